"""The scorer for Inspect, in a whole evaluation with its own mock model."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

pytest.importorskip("inspect_ai")

from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.solver import generate

from genner import Document
from genner.adapters.inspect import ner_scorer, samples

GOLD = [
    Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="1"),
    Document("Bob left", [(0, 3, "PER")], id="2"),
    Document("nobody", id="3"),
]
LABELS = ["PER", "LOC"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # streams that Inspect leaves open
def test_counts_are_added_before_anything_is_divided(tmp_path: Path) -> None:
    """One of three is found, and one is invented: precision 1/2, recall 1/3, F1 2/5, on every sample of the task."""
    answers = ["<PER>Ann</PER> left Rome", "Bob left", "<LOC>nobody</LOC>"]
    outputs = [ModelOutput.from_content("mockllm/model", answer) for answer in answers]
    for output in outputs:
        output.usage = ModelUsage()  # else the mock model counts tokens, and fetches a vocabulary for it
    task = Task(dataset=samples(GOLD, LABELS, "xml"), solver=generate(), scorer=ner_scorer("xml", LABELS))

    (log,) = run(
        task, model=get_model("mockllm/model", custom_outputs=outputs), log_dir=str(tmp_path), display="none",
        max_samples=1, max_connections=1,
    )  # fmt: skip
    gc.collect()  # finds these streams here, and not in the test that happens to come next

    assert log.status == "success"
    metrics = {name: one.value for name, one in log.results.scores[0].metrics.items()}
    assert metrics == pytest.approx({"precision": 1 / 2, "recall": 1 / 3, "f1": 2 / 5})


def test_samples_ask_as_genner_does() -> None:
    """The prompt, the right answer and the gold entities are in each sample."""
    first = samples(GOLD, LABELS, "xml")[0]

    assert first.target == "<PER>Ann</PER> left <LOC>Rome</LOC>"
    assert "Ann left Rome" in first.input[-1].text
    assert first.metadata["entities"][0] == {"start": 0, "end": 3, "label": "PER"}
