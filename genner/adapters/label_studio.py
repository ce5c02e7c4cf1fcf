"""Predictions as a machine-learning backend of Label Studio answers them; nothing of it needs to be installed.

    class Backend(LabelStudioMLBase):
        def predict(self, tasks, **kwargs):
            return predictions(tasks, lambda texts: genner.extract(texts, ["PER", "LOC"], "openai:qwen3"))

Files for its import are written by `genner.write(documents, path, "label-studio")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

from genner.exceptions import DataError
from genner.plugins import installed
from genner.types import Prediction

__all__ = ["predictions"]


def predictions(
    tasks: Sequence[Mapping[str, Any]],
    find: Callable[[list[str]], Iterable[Prediction]],
    *,
    value: str = "text",
    from_name: str = "label",
    to_name: str = "text",
    model_version: str | None = None,
) -> list[dict[str, Any]]:
    """Return a prediction for each task.

    Args:
        tasks: as Label Studio sends them.
        find: from texts to predictions.
        value: the key of the text in `task["data"]`, without the `$` of the labelling config.
        from_name: the name of the `Labels` tag in the config.
        to_name: the name of the `Text` tag in the config.
        model_version: shown with the predictions; that of genner when None.

    Raises:
        DataError: for a task without a text.
    """
    texts = []
    for position, task in enumerate(tasks):
        text = task.get("data", {}).get(value)
        if not isinstance(text, str):
            raise DataError(f"tasks[{position}]: expected a text in data[{value!r}], got {text!r:.80}")
        texts.append(text)
    name = f"genner {installed('genner')}" if model_version is None else model_version
    answers = []
    for text, one in zip(texts, find(texts), strict=True):
        results: list[dict[str, Any]] = []
        for number, entity in enumerate(one.entities):
            details = one.details.get(entity)
            score = details.get("confidence") if isinstance(details, Mapping) else None
            start, end, label = entity
            inner = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
            result = {"id": f"genner-{number}", "from_name": from_name, "to_name": to_name, "type": "labels"}
            results.append(result | {"value": inner} | ({"score": float(score)} if isinstance(score, Real) else {}))
        scores = [result["score"] for result in results if "score" in result]
        head: dict[str, Any] = {"model_version": name, "result": results}
        answers.append(head | ({"score": min(scores)} if scores else {}))
    return answers
