"""The component of spaCy, found by its entry point."""

from __future__ import annotations

from typing import Any

import pytest
from chat_server import serving

pytest.importorskip("spacy", exc_type=ImportError)

import spacy

import genner

TEXTS = ["Ann saw Rome", "nobody here", "Rome and Ann"]


@pytest.fixture
def pipeline() -> Any:
    """A pipeline with the component alone, which asks a function that nests a place in a place."""

    @spacy.registry.misc("genner_test_model")
    def model() -> Any:
        def answer(messages: list[dict[str, str]]) -> str:
            text = messages[-1]["content"].rpartition("\n")[2]
            return text.replace("Ann", "<PER>Ann</PER>").replace("saw Rome", "<EVENT>saw <LOC>Rome</LOC></EVENT>")

        return answer

    nlp = spacy.blank("en")
    nlp.add_pipe("genner", config={"model": {"@misc": "genner_test_model"}, "labels": ["PER", "LOC", "EVENT"]})
    return nlp


def test_entities_go_into_spans_and_the_longest_into_ents(pipeline: Any) -> None:
    """Nested entities are kept in the spans; `ents` holds no two that overlap; the prediction is kept whole."""
    doc = pipeline(TEXTS[0])

    assert [(span.text, span.label_) for span in doc.spans["genner"]] == [
        ("Ann", "PER"), ("saw Rome", "EVENT"), ("Rome", "LOC")
    ]  # fmt: skip
    assert [(span.text, span.label_) for span in doc.ents] == [("Ann", "PER"), ("saw Rome", "EVENT")]
    assert len(genner.Prediction.from_dict(doc.user_data["genner"])) == 3


def test_documents_are_asked_in_batches_and_in_order(pipeline: Any) -> None:
    """`nlp.pipe` gives each text its own entities."""
    found = [[span.text for span in doc.spans["genner"]] for doc in pipeline.pipe(TEXTS, batch_size=2)]

    assert found == [["Ann", "saw Rome", "Rome"], [], ["Ann"]]


def test_the_component_is_found_by_name_and_can_ask_a_server() -> None:
    """A config of plain values is enough, so that a pipeline can be saved."""
    with serving() as start:
        nlp = spacy.blank("en")
        config = {
            "model": "openai:tiny",
            "labels": "PER,LOC",
            "format": "bracket",
            "options": {"url": start().url, "guided": False},
        }
        nlp.add_pipe("genner", config=config)

        assert [(one.text, one.label_) for one in nlp("Ann saw Rome").ents] == [("Ann", "PER"), ("Rome", "LOC")]
    assert spacy.blank("en").from_config(nlp.config).pipe_names == ["genner"]


def test_an_entity_inside_a_token_is_as_long_as_the_token() -> None:
    """spaCy knows tokens alone; the prediction in `user_data` keeps the characters."""
    from genner.adapters.spacy import Finder

    nlp = spacy.blank("en")
    doc = Finder(nlp, "genner", ["X"], lambda messages: "a <X>b</X>c", "xml", "genner", {})(nlp("a bc"))

    assert [span.text for span in doc.ents] == ["bc"]
    assert doc.user_data["genner"]["entities"] == [{"start": 2, "end": 3, "label": "X"}]
