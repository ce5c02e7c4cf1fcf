"""Samples, a scorer and its metrics for Inspect (`inspect_ai`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genner.adapters import missing
from genner.adapters.answers import read, scored
from genner.formats import Format, Labels, encode
from genner.prompts import prompt
from genner.types import Document, LabelSet

try:
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
    from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
    from inspect_ai.solver import TaskState
except ImportError:
    raise missing("inspect-ai") from None

__all__ = ["f1", "ner_scorer", "precision", "recall", "samples"]


def samples(
    documents: Iterable[Document], labels: LabelSet | Iterable[str] | str, format: Format, **options: Any
) -> list[Sample]:
    """Return a sample for each document, which asks for its entities; options are those of `genner.prompt`."""
    roles = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    return [
        Sample(
            input=[
                roles[turn["role"]](content=turn["content"])
                for turn in prompt(document.text, format, labels, **options).messages()
            ],
            target=encode(document, format, labels=labels),
            id=document.id,
            metadata={"text": document.text, "entities": [entity.to_dict() for entity in document.entities]},
        )
        for document in documents
    ]


def _ratio(right: str, *wrong: str) -> Metric:
    """Return a metric from counts, which are added over all samples before anything is divided."""

    def compute(scores: list[SampleScore]) -> float:
        values: list[Any] = [one.score.value for one in scores]
        top = sum(one[right] for one in values)
        return top / (top + sum(one[name] for one in values for name in wrong)) if top else 0.0

    return compute


@metric
def precision() -> Metric:
    """Share of the predictions that are right."""
    return _ratio("tp", "fp")


@metric
def recall() -> Metric:
    """Share of the gold entities that are found."""
    return _ratio("tp", "fn")


@metric
def f1() -> Metric:
    """Micro F1 over all samples."""
    return _ratio("twice tp", "fp", "fn")


@scorer(metrics=[f1(), precision(), recall()])
def ner_scorer(format: Format, labels: Labels = None, **scoring: Any) -> Scorer:
    """Decode each answer and count: the value of a score is the counts of its sample.

    Args:
        format: in which the model answers.
        labels: the label set.
        scoring: as in `genner.evaluate`.
    """

    async def score(state: TaskState, target: Target) -> Score:
        text, gold = state.metadata["text"], state.metadata["entities"]
        output = state.output.completion
        micro = scored(gold, output, text, format, labels, **scoring).micro
        counts = {"tp": micro.tp, "twice tp": 2 * micro.tp, "fp": micro.fp, "fn": micro.fn}
        issues = "\n".join(f"{one.kind}: {one.detail}" for one in read(output, text, format, labels).issues)
        return Score(value=counts, answer=output, explanation=issues or None)

    return score
