"""The types of answers, in instructor's own client: a span that is not in the text is asked for again."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("instructor")

import instructor
from openai import OpenAI
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from genner.adapters.instructor import Span, spans_of

TEXT = "Ann left Rome, and Ann came back"


def client(answers: list[Any]) -> tuple[Any, list[Any]]:
    """Return a client of instructor whose model gives these answers in turn, and what it was asked."""
    asked: list[Any] = []

    def create(*, messages: list[Any], **options: Any) -> ChatCompletion:
        asked.append([*messages])
        message = {"role": "assistant", "content": json.dumps(answers[len(asked) - 1])}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return ChatCompletion.model_validate(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        )

    raw = OpenAI(api_key="none", base_url="http://localhost:1")
    raw.chat.completions.create = create  # type: ignore[method-assign,assignment]
    return instructor.from_openai(raw, mode=instructor.Mode.JSON), asked


def ask(answers: list[Any]) -> tuple[Any, list[Any]]:
    made, asked = client(answers)
    answer = made.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": TEXT}],
        response_model=spans_of({"PER": "a person", "LOC": "a place"}),
        context={"text": TEXT},
        max_retries=2,
    )
    return answer, asked


def test_spans_are_placed_in_the_text() -> None:
    """Repeated mentions have the places that follow each other."""
    spans = [{"text": text, "label": label} for text, label in (("Ann", "PER"), ("Rome", "LOC"), ("Ann", "PER"))]

    answer, asked = ask([{"entities": spans}])

    assert [tuple(entity) for entity in answer.place(TEXT)] == [(0, 3, "PER"), (9, 13, "LOC"), (19, 22, "PER")]
    assert len(asked) == 1


def test_a_span_that_is_not_in_the_text_is_asked_for_again() -> None:
    """The model gets the reason, and its second answer counts."""
    wrong, right = {"text": "Paris", "label": "LOC"}, {"text": "Rome", "label": "LOC"}

    answer, asked = ask([{"entities": [wrong]}, {"entities": [right]}])

    assert [one.text for one in answer.entities] == ["Rome"]
    assert "'Paris' is not in the text" in str(asked[1])


def test_the_schema_has_the_labels_and_what_they_mean() -> None:
    """Other labels are errors; the definitions are in the schema that the model sees."""
    schema = spans_of({"PER": "a person", "LOC": "a place"}).model_json_schema()
    label = schema["$defs"]["Span"]["properties"]["label"]

    assert (label["enum"], label["description"]) == (["PER", "LOC"], "PER: a person; LOC: a place")
    with pytest.raises(ValidationError, match="PER"):
        spans_of("PER,LOC").model_validate({"entities": [{"text": "x", "label": "ORG"}]})
    assert Span(text="anything", label="X").text == "anything"
