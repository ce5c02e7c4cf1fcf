"""The laws of the codecs, over the registry: hostile texts, real documents, valid JSON and many shapes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import genner
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.testing import (
    HOSTILE,
    LABELS,
    REASONING,
    check_decode,
    check_laws,
    check_nothing_lost,
    check_one_road,
    check_round_trip,
    check_stream,
    documents,
    json_trees,
    texts,
)
from genner.types import Document

PLAIN = (*"ab ,.", "New York", "ab", "I", "İ")
FORMATS: tuple[str, ...] = tuple(genner.formats()) if callable(getattr(genner, "formats", None)) else genner.FORMATS
INLINE = ("bracket", "xml")
STREAMED = tuple(name for name in FORMATS if hasattr(genner.get_codec(name), "live_reader")) or FORMATS
ORDERED = ("grouped-json", "occurrence-json", "offset-json")


def sample_documents(count: int, longest: int = 600) -> list[tuple[Document, genner.LabelSet]]:
    """Draw documents with entities from both samples, with their label sets."""
    drawn = []
    for name in SAMPLES:
        fitting = [document for document in load_sample(name) if document.entities and len(document.text) <= longest]
        labels = sample_labels(name)
        drawn += [(document, labels) for document in random.Random(name).sample(fitting, min(count, len(fitting)))]
    return drawn


# -- law 1: what is encoded comes back ------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents())
@example(document=Document("[3H]", [(1, 3, "PER")]))
@example(document=Document("[3H]", [(0, 3, "PER")]))
@example(document=Document("a | PER]", [(0, 1, "PER")]))
@example(document=Document("[[a | PER]", [(0, 9, "PER")]))
@example(document=Document(">", [(0, 1, "PER")]))
@example(document=Document(']"', [(0, 2, "PER")]))
@example(document=Document("<PER></PER>", [(5, 6, "PER")]))
@example(document=Document("a /b", [(2, 4, "PER")]))
@example(document=Document(" ", [(0, 1, "PER")]))
@settings(max_examples=300, deadline=None)
def test_decoding_gives_back_what_was_encoded(name: str, document: Document) -> None:
    """A hostile alphabet, with and without the label set."""
    for labels in (None, LABELS):
        check_round_trip(genner.get_codec(name), document, labels=labels)


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents(pieces=PLAIN, max_pieces=20, max_entities=8))
@settings(max_examples=150, deadline=None)
def test_plain_texts_come_back_too(name: str, document: Document) -> None:
    """Entities that share surfaces, nest and cross."""
    check_round_trip(genner.get_codec(name), document, labels=LABELS)


@pytest.mark.parametrize("name", ORDERED)
@pytest.mark.parametrize("order", ["text", "genia", "ace2005"])
@given(document=documents())
@settings(max_examples=60, deadline=None)
def test_the_order_of_lists_changes_no_entity(name: str, order: str, document: Document) -> None:
    check_round_trip(genner.get_codec(name, order=order), document)


@pytest.mark.parametrize("name", FORMATS)
def test_repeated_gold_is_refused(name: str) -> None:
    """One answer cannot name one entity twice."""
    document = Document("Ann left", [(0, 3, "PER"), (0, 3, "PER")])

    with pytest.raises(genner.EncodeError):
        genner.get_codec(name).encode(document)


# -- laws 2 to 4: nothing raises, nothing leaves the text ---------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@given(output=st.one_of(st.text(), texts(max_pieces=30)), text=st.one_of(st.none(), st.text(), texts()))
@settings(max_examples=200, deadline=None)
def test_decode_never_raises(name: str, output: str, text: str | None) -> None:
    """Strings that were never an encoding."""
    check_decode(genner.get_codec(name), output, text, labels=LABELS)
    check_decode(genner.get_codec(name), output, text)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("output", ["", " ", "\n"])
def test_an_empty_output_has_an_issue_inside_it(name: str, output: str) -> None:
    prediction = check_decode(genner.get_codec(name), output, "Ann left Rome.", labels=["PER"])

    assert not prediction.entities


# -- all laws of one document -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents(max_pieces=8, max_entities=3))
@settings(max_examples=40, deadline=None)
def test_a_hostile_document_obeys_every_law(name: str, document: Document) -> None:
    check_laws(genner.get_codec(name), document, labels=LABELS)


@pytest.mark.parametrize("name", FORMATS)
def test_real_documents_obey_every_law(name: str) -> None:
    for document, labels in sample_documents(12):
        check_laws(genner.get_codec(name), document, labels=labels)


# -- law 3: every marked string is accounted for ----------------------------------------------------------

STRANGERS = ("Zoltan Quux", "ann  lee", "[x", "a | b", 'say "so"', "\u0301", "<b>", "東京", "Ann, Bob", "", " ")


@pytest.mark.parametrize("name", ["occurrence-json", "offset-json", "grouped-json"])
@given(mentions=st.lists(st.one_of(st.sampled_from(STRANGERS), st.text(min_size=1, max_size=8)), max_size=6))
@settings(max_examples=200, deadline=None)
def test_every_mention_of_an_answer_is_accounted_for(name: str, mentions: list[str]) -> None:
    text = "Ann Lee met Bob in 東京."
    labelled = [(mention, "PER" if at % 2 else "planet") for at, mention in enumerate(mentions)]
    marked = [mention for mention in mentions if mention.strip()]
    for output in shapes(labelled).values():
        check_nothing_lost(genner.get_codec(name), output, text, marked, labels=["PER", "LOC"])


# -- law 5: one road --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents())
@settings(max_examples=100, deadline=None)
def test_white_space_and_fences_change_no_entity(name: str, document: Document) -> None:
    codec = genner.get_codec(name)
    try:
        output = codec.encode(document, labels=LABELS)
    except genner.EncodeError:
        return
    check_one_road(codec, output, document.text, labels=LABELS)


@pytest.mark.parametrize("name", ORDERED)
@given(tree=json_trees(), text=st.sampled_from(("ab I ab", "PER a.b LOC", "1 ab")))
@settings(max_examples=200, deadline=None)
def test_valid_json_is_read_alike_however_it_is_spelt(name: str, tree: Any, text: str) -> None:
    """Spacing, escapes and a comma too many are no content."""
    codec = genner.get_codec(name)
    plain = codec.decode(json.dumps(tree), text, labels=LABELS)
    for output in (json.dumps(tree, indent=2), json.dumps(tree, ensure_ascii=False), f"{json.dumps(tree)}\n"):
        other = codec.decode(output, text, labels=LABELS)
        assert (other.entities, other.unplaced) == (plain.entities, plain.unplaced), (output, plain, other)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "tree",
    ["A(\u00d0", "A(\x7f", "PER(\u00d0", {"text": "A(\U0001d49c"}, {"a B-PER\n\u00d0 O": "PER"}, "[\u00d0 | PER]"],
)
def test_what_looks_like_another_form_within_json_is_read_alike_however_it_is_spelt(name: str, tree: Any) -> None:
    codec = genner.get_codec(name)
    plain = codec.decode(json.dumps(tree), "PER a.b LOC", labels=LABELS)
    other = codec.decode(json.dumps(tree, ensure_ascii=False), "PER a.b LOC", labels=LABELS)

    assert (other.entities, other.unplaced) == (plain.entities, plain.unplaced)


# -- law 7: shape does not matter ----------------------------------------------------------------------------

Claims = list[tuple[str, str]]


def shapes(claims: Claims) -> dict[str, str]:
    """Write the same claims, in their order, in many shapes of JSON and lines."""
    groups: dict[str, list[str]] = {}
    for mention, label in claims:
        groups.setdefault(label, []).append(mention)
    values: dict[str, Any] = {
        "objects": [{"text": mention, "label": label} for mention, label in claims],
        "other keys": [{"entity": mention, "type": label} for mention, label in claims],
        "label first": [{"type": label, "value": mention} for mention, label in claims],
        "pairs": [[mention, label] for mention, label in claims],
        "pairs, label first": [[label, mention] for mention, label in claims],
        "one pair an object": [{mention: label} for mention, label in claims],
        "groups": groups,
        "groups of objects": {label: [{"text": mention} for mention in group] for label, group in groups.items()},
        "groups in a wrapper": {"entities": groups},
        "objects in a wrapper": {"entities": [{"text": mention, "label": label} for mention, label in claims]},
        "numbered objects": {
            str(at): {"text": mention, "label": label} for at, (mention, label) in enumerate(claims, 1)
        },
        "parallel lists": {
            "texts": [mention for mention, _ in claims],
            "labels": [label for _, label in claims],
        },
    }
    if len({mention for mention, _ in claims}) == len(claims):
        values["mention to label"] = dict(claims)
    written = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    written["one object a line"] = "\n".join(json.dumps({"text": m, "label": lb}) for m, lb in claims)
    written["a string of JSON"] = json.dumps(written["objects"])
    return written


def lines(claims: Claims) -> dict[str, str]:
    """Write the same claims in lines; for mentions without line breaks and marks of lists."""
    groups: dict[str, list[str]] = {}
    for mention, label in claims:
        groups.setdefault(label, []).append(mention)
    each = {
        "label in parentheses": "{mention} ({label})",
        "bullets": "- {mention}: {label}",
        "stars": "* **{mention}** ({label})",
        "label first": "- {label}: {mention}",
        "dashes": "{mention} - {label}",
        "numbers": "{at}. {mention} ({label})",
        "table": "| {mention} | {label} |",
        "tabs": "{mention}\t{label}",
    }
    written = {
        name: "\n".join(line.format(mention=m, label=lb, at=at) for at, (m, lb) in enumerate(claims, 1))
        for name, line in each.items()
    }
    written["groups"] = "\n".join(f"{label}: {', '.join(group)}" for label, group in groups.items())
    return written


CLAIMS: dict[str, tuple[str, Claims]] = {
    "plain": ("Ann Reed left Acme in Oslo.", [("Ann Reed", "PER"), ("Acme", "ORG"), ("Oslo", "LOC")]),
    "an unknown label": ("Ann Reed left Acme in May.", [("Ann Reed", "PER"), ("Acme", "ORG"), ("May", "DATE")]),
    "a stranger": ("Ann Reed left Acme.", [("Ann Reed", "PER"), ("Acme", "ORG"), ("Karla Quist", "PER")]),
    "a folded label": ("Ann Reed left Acme.", [("Ann Reed", "per"), ("Acme", "org")]),
    "a repeated name": ("Oslo is Oslo, and Ann knows.", [("Oslo", "LOC"), ("Oslo", "LOC"), ("Ann", "PER")]),
    "a name in a name": ("the U.S. Navy and the U.S. flag", [("U.S. Navy", "ORG"), ("U.S.", "LOC")]),
}


def content(prediction: genner.Prediction) -> tuple[Any, Any]:
    return prediction.entities, sorted((mention.text, mention.label) for mention in prediction.unplaced)


def shape_cases(write: Any) -> Iterator[Any]:
    for case, (text, claims) in CLAIMS.items():
        for shape, output in write(claims).items():
            yield pytest.param(text, claims, output, id=f"{case}, {shape}")


@pytest.mark.parametrize(("text", "claims", "output"), list(shape_cases(shapes)))
@pytest.mark.parametrize("name", ORDERED)
def test_the_shape_of_json_does_not_matter(name: str, text: str, claims: Claims, output: str) -> None:
    codec = genner.get_codec(name)
    objects = codec.decode(shapes(claims)["objects"], text, labels=["PER", "ORG", "LOC"])

    assert content(codec.decode(output, text, labels=["PER", "ORG", "LOC"])) == content(objects)


@pytest.mark.parametrize(("text", "claims", "output"), list(shape_cases(lines)))
@pytest.mark.parametrize("name", FORMATS)
def test_lines_are_read_as_json_is(name: str, text: str, claims: Claims, output: str) -> None:
    objects = genner.get_codec("offset-json").decode(shapes(claims)["objects"], text, labels=["PER", "ORG", "LOC"])
    found = genner.get_codec(name).decode(output, text, labels=["PER", "ORG", "LOC"])

    assert content(found) == content(objects)


# -- law 8: streams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marks", REASONING, ids=lambda marks: marks[0].strip())
@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_holds_back_every_kind_of_reasoning(name: str, marks: tuple[str, str]) -> None:
    text = "Ann left Rome for Acme."
    document, draft = Document(text, [(0, 3, "PER")]), Document(text, [(9, 13, "PER"), (0, 3, "PER")])
    codec = genner.get_codec(name)
    answer = codec.encode(document, labels=["PER"])
    output = f"{marks[0]}Perhaps\n{codec.encode(draft, labels=['PER'])}\n{marks[1]}{answer}"
    for size in (1, 3, 1000):
        check_stream(codec, output, text, size=size, labels=["PER"])

    assert codec.decode(output, text, labels=["PER"]).entities == document.entities


@pytest.mark.parametrize("name", STREAMED)
@given(output=texts(max_pieces=30), size=st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_a_stream_of_anything_ends_as_decode_does(name: str, output: str, size: int) -> None:
    codec = genner.get_codec(name)
    stream = codec.stream("ab I [ab] PER", labels=LABELS)
    for at in range(0, len(output), size):
        stream.feed(output[at : at + size])

    assert stream.finish() == codec.decode(output, "ab I [ab] PER", labels=LABELS)


# -- inline options ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INLINE)
@given(document=documents(max_pieces=6, max_entities=3))
@settings(max_examples=200, deadline=None)
def test_unescaped_output_is_right_or_flagged(name: str, document: Document) -> None:
    """With `escape="never"` a wrong reading is never silent."""
    codec = genner.get_codec(name, escape="never")
    try:
        output = codec.encode(document)
    except ValueError:
        return
    prediction = codec.decode(output, document.text)

    assert prediction.entities == document.entities or not prediction.ok


@pytest.mark.parametrize("name", INLINE)
@given(document=documents(pieces=tuple(piece for piece in HOSTILE if not set("[]|<>\\") & set(piece))))
@settings(max_examples=100, deadline=None)
def test_inline_output_carries_its_text(name: str, document: Document) -> None:
    """Where the text holds no markup characters, the output alone gives text and entities."""
    codec = genner.get_codec(name)
    try:
        output = codec.encode(document)
    except ValueError:
        return
    prediction = codec.decode(output)

    assert (prediction.text, prediction.entities) == (document.text, document.entities)
