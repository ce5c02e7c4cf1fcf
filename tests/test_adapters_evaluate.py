"""The metric in the manner of Hugging Face's evaluate, through that library."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("evaluate")

import genner
from genner.adapters.evaluate import Ner

GOLD = [
    {
        "text": "Ann left Rome",
        "entities": [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}],
    },
    {"text": "nobody", "entities": []},
]
OUTPUTS = ["<PER>Ann</PER> left Rome", "nobody"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files go into a folder of the test."""
    monkeypatch.setattr("evaluate.config.HF_METRICS_CACHE", str(tmp_path))


def test_raw_outputs_are_scored() -> None:
    """Two batches; the result has the keys of seqeval and the ratios of `genner.evaluate`."""
    metric = Ner()
    for output, document in zip(OUTPUTS, GOLD, strict=True):
        metric.add(prediction=output, reference=document)
    result = metric.compute(format="xml", labels=["PER", "LOC"])

    assert result["overall_precision"] == 1.0
    assert result["overall_recall"] == 0.5
    assert result["overall_f1"] == pytest.approx(2 / 3)
    assert result["LOC"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "number": 1}
    assert result["signature"].startswith(f"genner:{genner.__version__}|matching:strict")


def test_it_scores_as_asked() -> None:
    """Keywords are those of `genner.evaluate`."""
    outputs = ["<PER>Ann left</PER> Rome", "nobody"]

    assert Ner().compute(predictions=outputs, references=GOLD, format="xml")["overall_f1"] == 0.0
    found = Ner().compute(predictions=outputs, references=GOLD, format="xml", matching="partial")
    assert found["overall_f1"] == pytest.approx(1 / 3)
