"""What a model wrote, in a record of any of the shapes in which programs and services keep answers."""

from __future__ import annotations

import json
from typing import Any

from genner.io.chat import has_turns, turns_of

__all__ = ["RAW_KEYS", "answers_in", "raw_answer"]

RAW_KEYS = (
    "predict",
    "prediction",
    "predicted",
    "pred",
    "response",
    "completion",
    "generated_text",
    "generation",
    "answer",
    "output",
    "model_output",
    "raw_output",
    "generated",
    "reply",
    "result",
    "text_output",
)
"""Keys under which programs keep what a model wrote; the first one present counts."""

CHOICES = ("choices", "outputs", "candidates", "generations")
"""Keys of lists whose first item holds the answer."""


def raw_answer(record: dict[str, Any]) -> str | None:
    """Return what a model wrote, by the keys that programs use; None where there is none."""
    for key in RAW_KEYS:
        value = record.get(key)
        if key == "answer" and value in ("accept", "reject", "ignore"):
            continue  # what a person answered in Prodigy
        if isinstance(value, str):
            return value
        if isinstance(value, dict):
            inner = raw_answer(value.get("body", value)) if "body" in value or _has_choices(value) else _content(value)
            return inner if inner is not None else json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and key != "output" and value and _is_turn(value[-1]):
            return str(value[-1]["content"])
    for key in CHOICES:
        value = record.get(key)
        if isinstance(value, list) and value:
            first = value[0]
            return first if isinstance(first, str) else _content(first) or first.get("text")
    role, content = turns_of(record)[-1] if has_turns(record) else ("", "")
    return content if role == "assistant" else None


def _content(value: Any) -> str | None:
    """Return the text of a message as services send it: inside `message`, `content` and `parts`."""
    if isinstance(value, list):
        texts = [one["text"] for one in value if isinstance(one, dict) and isinstance(one.get("text"), str)]
        return "".join(texts) if texts else None
    for key in ("message", "content", "parts"):
        inner = value.get(key) if isinstance(value, dict) else None
        if inner is not None:
            return inner if isinstance(inner, str) else _content(inner)
    return None


def _has_choices(value: dict[str, Any]) -> bool:
    return any(key in value for key in CHOICES)


def _is_turn(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("content"), str)


def answers_in(value: Any) -> list[Any]:
    """Return the records inside a value: itself, or the list inside that holds entities of one text each."""
    inner = [*value.values()] if isinstance(value, dict) and raw_answer(value) is None else []
    inner += [deeper for one in inner if isinstance(one, dict) for deeper in one.values()]
    for one in inner:
        if isinstance(one, list) and one and all(isinstance(item, dict) and "entities" in item for item in one):
            return one
    return [value]
