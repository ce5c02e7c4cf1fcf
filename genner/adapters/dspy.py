"""A metric for DSPy's optimizers and `dspy.Evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from genner.adapters import missing
from genner.adapters.answers import read, scored
from genner.evaluation import analyze_errors
from genner.formats import Format, Labels
from genner.types import Document

try:
    import dspy
except ImportError:
    raise missing("dspy") from None

__all__ = ["ner_metric"]


def ner_metric(
    *,
    text: str = "text",
    entities: str = "entities",
    format: Format | None = None,
    labels: Labels = None,
    feedback: bool = False,
    threshold: float = 1.0,
    **scoring: Any,
) -> Callable[..., Any]:
    """Return a metric: the F1 of one prediction.

    Args:
        text: the field of the text.
        entities: the field of the entities, in the example and in the prediction: a string a model wrote, or a
            list as `genner.adapters.answers.read` takes it.
        format: of a string; found out when None.
        labels: the label set.
        feedback: return `dspy.Prediction(score=..., feedback=...)`, as GEPA needs it, which names each error.
        threshold: the F1 from which an example is good enough to be shown, while an optimizer collects some.
        scoring: as in `genner.evaluate`.
    """

    def metric(
        example: dspy.Example,
        prediction: dspy.Prediction,
        trace: Any = None,
        pred_name: Any = None,
        pred_trace: Any = None,
    ) -> Any:
        source = example[text]
        score = scored(example[entities], prediction[entities], source, format, labels, **scoring).micro.f1 or 0.0
        if feedback:
            gold = Document(source, read(example[entities], source, labels=labels).entities)
            found = analyze_errors([gold], [read(prediction[entities], source, format, labels)], labels=labels)
            words = [f"{case.kind}: gold {case.gold_text!r}, predicted {case.predicted_text!r}" for case in found.cases]
            return dspy.Prediction(score=score, feedback="\n".join(words) or "Every entity is right.")
        return score if trace is None else score >= threshold

    return metric
