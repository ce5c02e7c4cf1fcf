"""Answers with a right reading: each row of two files as a test by name, then single kinds as plain tests.

`tests/data/answers.jsonl` and `careful_readings.jsonl`: `gold` is what a careful human recovers,
`also_ok` are other defensible readings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import genner

DATA = Path(__file__).parent / "data"
WRONG: dict[str, str] = {}
"""Rows that are left out, with the reason."""

FORMATS = {"category": "grouped-json", "occurrence": "occurrence-json", "offset": "offset-json"}


def rows(name: str) -> list[Any]:
    """Read the rows of a file, each a test parameter with its id."""
    cases = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases if case["id"] not in WRONG]


def labels_of(case: dict[str, Any]) -> Any:
    """Return label names, labels with titles and aliases, or the name of a known set."""
    labels = case["labels"]
    if isinstance(labels, str):
        return labels
    return [genner.Label(**label) if isinstance(label, dict) else label for label in labels]


def check(case: dict[str, Any]) -> None:
    name = FORMATS.get(case["format"], case["format"])
    prediction = genner.decode(case["output"], case["source"], format=name, labels=labels_of(case))

    readings = [sorted(map(tuple, reading)) for reading in (case["gold"], *case.get("also_ok", ()))]
    assert sorted(map(tuple, prediction.entities)) in readings, (case["why"], prediction)


@pytest.mark.parametrize("case", rows("answers.jsonl"))
def test_an_answer_is_read_as_a_careful_reader_would(case: dict[str, Any]) -> None:
    check(case)


@pytest.mark.parametrize("case", rows("careful_readings.jsonl"))
def test_an_output_of_the_five_formats_is_read_as_a_careful_reader_would(case: dict[str, Any]) -> None:
    check(case)
