"""A metric in the manner of Hugging Face's `evaluate`: raw outputs against gold entities.

The keys of the result are those of its `seqeval` metric.
"""

from __future__ import annotations

from typing import Any

from genner.adapters import missing
from genner.adapters.answers import read
from genner.evaluation import evaluate as score
from genner.formats import Format, Labels
from genner.types import Document

try:
    import evaluate
    from datasets import Features, Value
except ImportError:
    raise missing("evaluate") from None

__all__ = ["Ner"]


class Ner(evaluate.Metric):
    """Decodes raw outputs, and scores them against `{"text", "entities": [{"start", "end", "label"}]}`."""

    def _info(self) -> Any:
        entity = {"start": Value("int64"), "end": Value("int64"), "label": Value("string")}
        reference = {"text": Value("string"), "entities": [entity]}
        return evaluate.MetricInfo(
            description="Precision, recall and F1 of entities, read from the raw outputs of a language model.",
            citation="",
            inputs_description="predictions: raw outputs; references: texts with their gold entities.",
            features=Features({"predictions": Value("string"), "references": reference}),
        )

    def _compute(
        self,
        predictions: list[str],
        references: list[dict[str, Any]],
        format: Format | None = None,
        labels: Labels = None,
        **scoring: Any,
    ) -> dict[str, Any]:
        gold = [Document(one["text"], one["entities"]) for one in references]
        read_ones = [read(output, one.text, format, labels) for output, one in zip(predictions, gold, strict=True)]
        result = score(gold, read_ones, labels=labels, **scoring)
        shown: dict[str, Any] = {
            label: {"precision": one.precision, "recall": one.recall, "f1": one.f1, "number": one.support}
            for label, one in result.scores.items()
        }
        overall = {f"overall_{name}": getattr(result.micro, name) for name in ("precision", "recall", "f1")}
        return shown | overall | {"signature": result.signature}
