"""The sample corpora that ship: valid, small, hard enough, and learnable by the lexicon."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

import genner
from genner.exceptions import UnknownNameError
from genner.lexicon import Lexicon
from genner.study.samples import (
    SAMPLES,
    SPLITS,
    SYSTEMS,
    load_answers,
    load_sample,
    sample_labels,
    spacy_predictions,
)
from genner.types import Document

every_split = pytest.mark.parametrize(("name", "split"), [(name, split) for name in SAMPLES for split in SPLITS])


@every_split
def test_documents_are_clean(name: str, split: str) -> None:
    """Unique ids, no entity twice, no crossing, and every label is in the sample's label set."""
    documents = load_sample(name, split)

    assert 150 <= len(documents) <= 250
    assert len({document.id for document in documents}) == len(documents)
    assert {entity.label for document in documents for entity in document.entities} <= set(sample_labels(name))
    for document in documents:
        assert len(set(document.entities)) == len(document.entities)
        assert not any(a.crosses(b) for a in document.entities for b in document.entities)


@every_split
def test_documents_hold_what_is_hard(name: str, split: str) -> None:
    """Non-ASCII text, a mention that comes twice, and no entity at all."""
    documents = load_sample(name, split)

    def surfaces(document: Document) -> Counter[str]:
        return Counter(document.surface(entity) for entity in document.entities)

    assert any(not document.text.isascii() for document in documents)
    assert any(count > 1 for document in documents for count in surfaces(document).values())
    assert any(not document.entities for document in documents)


@pytest.mark.parametrize("name", SAMPLES)
def test_some_texts_hold_the_characters_of_markup(name: str) -> None:
    """Literal brackets, which the inline formats also write."""
    assert any(set("[]<>") & set(document.text) for split in SPLITS for document in load_sample(name, split))


@every_split
def test_nesting_is_where_the_name_says(name: str, split: str) -> None:
    """Only `nested` nests."""
    pairs = [(a, b) for document in load_sample(name, split) for a in document.entities for b in document.entities]

    assert any(a != b and a.overlaps(b) for a, b in pairs) == (name == "nested")


@pytest.mark.parametrize(("name", "expected"), [("flat", (116, 28, 220)), ("nested", (340, 140, 700))])
def test_lexicon_scores_on_the_test_split(name: str, expected: tuple[int, int, int]) -> None:
    """True positives, false positives and false negatives, counted with sets; neither near zero nor perfect."""
    lexicon = Lexicon.fit(load_sample(name, "train"), nested=name == "nested")
    tp = fp = fn = 0
    for document in load_sample(name, "test"):
        predicted, gold = set(lexicon.predict(document.text)), set(document.entities)
        tp += len(predicted & gold)
        fp += len(predicted - gold)
        fn += len(gold - predicted)

    assert (tp, fp, fn) == expected


def test_train_and_test_share_no_document() -> None:
    """A sentence is on one side only."""
    for name in SAMPLES:
        train, test = ({document.id for document in load_sample(name, split)} for split in SPLITS)
        assert not train & test


def test_attribution_names_every_source() -> None:
    """Each GUM document, both licences and both papers are named where the files lie."""
    attribution = (files("genner.study.samples") / "ATTRIBUTION.md").read_text(encoding="utf-8")
    articles = {str(d.id).rpartition("-")[0] for split in SPLITS for d in load_sample("nested", split)}

    assert all(f"`{article}`" in attribution for article in articles)
    assert all(
        word in attribution for word in ("Broad Twitter Corpus", "CC BY 4.0", "CC BY 2.5", "Derczynski", "Zeldes")
    )
    assert (files("genner.study.samples") / "LICENSE-GUM.txt").read_text(encoding="utf-8")
    assert (files("genner.study.samples") / "LICENSE-BroadTwitterCorpus.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_recorded_answers_are_about_the_test_documents(name: str) -> None:
    """One answer of each format for each document, and most entities of the fine-tuned model are in its text."""
    documents, labels = load_sample(name), sample_labels(name)
    tuned = load_answers(name)

    assert all(tuple(load_answers(name, system)) == genner.FORMATS for system in SYSTEMS)
    for format, outputs in tuned.items():
        assert len(outputs) == len(documents)
        found = [
            genner.decode(output, document.text, format, labels=labels)
            for output, document in zip(outputs, documents, strict=True)
        ]
        assert sum(map(len, found)) > 2 * sum(len(one.unplaced) for one in found)


@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_does_not_depend_on_its_document_alone(name: str) -> None:
    """The model as it is wrote something else than after training, and spaCy something else again."""
    written = [load_answers(name, system)["bracket"] for system in SYSTEMS]

    assert sum(map(str.__eq__, *written)) < len(written[0]) / 2
    assert [one.text for one in spacy_predictions(name)] == [document.text for document in load_sample(name)]
    assert any(spacy_predictions(name))


def test_unknown_names_are_told() -> None:
    """The closest known name is offered."""
    with pytest.raises(UnknownNameError, match="unknown sample corpus 'flatt'; did you mean 'flat'"):
        load_sample("flatt")
    with pytest.raises(UnknownNameError, match="unknown split 'dev'"):
        load_sample("flat", "dev")
    with pytest.raises(UnknownNameError, match="did you mean 'nested'"):
        sample_labels("nestd")
    with pytest.raises(UnknownNameError, match="did you mean 'zero-shot'"):
        load_answers("flat", "zeroshot")
