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
    "filtered_resps",  # lm-evaluation-harness
    "resps",
    "modelOutput",  # Bedrock
    "message",  # Ollama
)
"""Keys under which programs keep what a model wrote; the first one present counts."""

CHOICES = ("choices", "outputs", "candidates", "generations", "completions")
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
            wraps = "body" in value or _has_choices(value) or any(isinstance(value.get(one), str) for one in RAW_KEYS)
            inner = raw_answer(value.get("body", value)) if wraps else _content(value)
            return inner if inner is not None else json.dumps(value, ensure_ascii=False)
        listed = _of_list(key, value) if isinstance(value, list) and value else None
        if listed is not None:
            return listed
    for key in CHOICES:
        value = record.get(key)
        if key == "outputs" and isinstance(value, dict):  # LangSmith
            return raw_answer(value)
        if isinstance(value, list) and value:
            first = value[0]
            return first if isinstance(first, str) else _content(first) or first.get("text")
    role, content = turns_of(record)[-1] if has_turns(record) else ("", "")
    return content if role == "assistant" else None


def _of_list(key: str, value: list[Any]) -> str | None:
    """Return the last turn of a chat, or the first of lm-evaluation-harness's answers to one question."""
    if key in ("filtered_resps", "resps"):
        first = value[0]
        return first if isinstance(first, str) else _of_list(key, first) if isinstance(first, list) and first else None
    return str(value[-1]["content"]) if key != "output" and _is_turn(value[-1]) else None


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
    """Return the records inside a value: itself, a list inside of answers or entities, or its values by id."""
    if not isinstance(value, dict) or raw_answer(value) is not None:
        return [value]
    inner = [*value.values()]
    inner += [deeper for one in inner if isinstance(one, dict) for deeper in one.values()]
    for one in inner:
        if isinstance(one, list) and one and all(isinstance(item, dict) and "entities" in item for item in one):
            return one
        if isinstance(one, list) and one and all(isinstance(item, dict) and raw_answer(item) for item in one):
            return one
    if value and all(isinstance(one, str) for one in value.values()):
        return [{"id": name, "output": one} for name, one in value.items()]
    if value and all(isinstance(one, dict) and raw_answer(one) is not None for one in value.values()):
        return [one if name.isdecimal() else {"id": name, **one} for name, one in value.items()]
    return [value]
