"""What another library holds as an answer, as a prediction: raw text, plain data, or models of pydantic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from genner.evaluation import Evaluation, evaluate
from genner.formats import Format, Labels, decode
from genner.types import Document, Entity, Prediction

__all__ = ["read", "scored"]


def read(answer: Any, text: str, format: Format | None = None, labels: Labels = None) -> Prediction:
    """Read an answer: whatever it is, it takes the same road as the output of a model.

    Args:
        answer: a string a model wrote; a list of entities, as dicts or models with `text` and `label`, or with
            offsets; a dict or a model that holds such a list; a `Prediction` or a `Document`.
        text: what the answer is about.
        format: of a string; found out when None.
        labels: the label set.
    """
    if isinstance(answer, Prediction):
        return answer
    if isinstance(answer, Document):
        return Prediction(answer.entities, text=answer.text)
    if isinstance(answer, (list, tuple)) and all(isinstance(one, Entity) for one in answer):
        return Prediction(answer, text=text)
    if isinstance(answer, str):
        return decode(answer, text, format, labels=labels)
    return decode(json.dumps(_plain(answer), ensure_ascii=False), text, "offset-json", labels=labels)


def _plain(value: Any) -> Any:
    """Turn models into dicts and tuples into lists."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def scored(
    gold: Any, answer: Any, text: str, format: Format | None = None, labels: Labels = None, **scoring: Any
) -> Evaluation:
    """Score one answer; nothing found where there is nothing to find counts as 1 unless `zero_division` differs."""
    right = Document(text, read(gold, text, labels=labels).entities)
    predicted = read(answer, text, format, labels)
    return evaluate([right], [predicted], **{"labels": labels, "zero_division": 1.0, **scoring})
