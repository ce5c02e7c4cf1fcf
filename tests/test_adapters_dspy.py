"""The metric for DSPy, in its own evaluation."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("dspy")

import dspy

from genner.adapters.dspy import ner_metric

EXAMPLES = [
    dspy.Example(text="Ann left Rome", entities=[{"text": "Ann", "label": "PER"}, {"text": "Rome", "label": "LOC"}]),
    dspy.Example(text="nobody", entities=[]),
]
EXAMPLES = [example.with_inputs("text") for example in EXAMPLES]


class Program(dspy.Module):
    """Finds persons alone, as a string that a model wrote or as plain data."""

    def __init__(self, raw: bool) -> None:
        super().__init__()
        self.raw = raw

    def forward(self, text: str) -> Any:
        if self.raw:
            return dspy.Prediction(entities=text.replace("Ann", "<PER>Ann</PER>"))
        return dspy.Prediction(entities=[{"text": "Ann", "label": "PER"}] if "Ann" in text else [])


@pytest.mark.parametrize("raw", [True, False])
def test_dspy_evaluates_a_program(raw: bool) -> None:
    """One of two entities is found, none is invented: F1 is 2/3 there, and 1 where there is nothing to find."""
    metric = ner_metric(labels=["PER", "LOC"], format="xml" if raw else None)
    result = dspy.Evaluate(devset=EXAMPLES, metric=metric, num_threads=1, display_progress=False)(Program(raw))

    assert result.score == pytest.approx(100 * (2 / 3 + 1) / 2, abs=0.01)


def test_an_optimizer_that_collects_examples_gets_a_yes_or_no() -> None:
    """With a trace the metric says whether an example is good enough to be shown."""
    example, prediction = EXAMPLES[0], Program(True)(text="Ann left Rome")

    assert ner_metric(format="xml")(example, prediction, trace=[]) is False
    assert ner_metric(format="xml", threshold=0.6)(example, prediction, trace=[]) is True


def test_feedback_names_the_errors() -> None:
    """GEPA reads words: each error with its gold and predicted text."""
    metric = ner_metric(format="xml", labels=["PER", "LOC"], feedback=True)
    verdict = metric(EXAMPLES[0], Program(True)(text="Ann left Rome"), None, None, None)

    assert verdict.score == pytest.approx(2 / 3)
    assert verdict.feedback == "omitted_mention: gold 'Rome', predicted None"
