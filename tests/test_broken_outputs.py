"""Broken outputs with what a careful reader recovers from each: one test a case, named by its id.

`tests/data/broken_outputs.jsonl`: `gold` was decided by hand before anything was run, `surfaces` are
its characters, `also_ok` are other defensible readings, `issues` are kinds that must be reported.
The reason of a case that ends in "(control)" marks an output with nothing wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import genner

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "broken_outputs.jsonl").read_text(encoding="utf-8").splitlines()
]


def decode(case: dict[str, Any], **options: Any) -> genner.Prediction:
    return genner.decode(case["output"], case["source"], format=case["format"], labels=case["labels"], **options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_broken_output_is_read_as_a_careful_reader_would(case: dict[str, Any]) -> None:
    prediction = decode(case)

    readings = [sorted(map(tuple, reading)) for reading in (case["gold"], *case.get("also_ok", ()))]
    assert sorted(map(tuple, prediction.entities)) in readings, case["why"]
    kinds = {issue.kind for issue in prediction.issues}
    assert set(case["issues"]) <= kinds
    assert prediction.ok == case["why"].endswith("(control)")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_issues_point_into_the_output_and_the_text(case: dict[str, Any]) -> None:
    for issue in decode(case).issues:
        assert issue.output_span is None or issue.output_span.start <= len(case["output"])
        assert issue.text_span is None or issue.text_span.end <= len(case["source"])


def test_the_cases_are_what_they_claim_to_be() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES) >= 160
    for case in CASES:
        assert [case["source"][start:end] for start, end, _ in case["gold"]] == case["surfaces"], case["id"]
