"""Readings of tag sequences, by hand; `test_metrics_parity.py` runs the tools themselves."""

from __future__ import annotations

import pytest

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.metrics.tags import READINGS, evaluate_tags, spans


@pytest.mark.parametrize(
    ("tags", "lenient", "strict"),
    [
        ("B-A I-A O B-A", ["0-2A", "3-4A"], ["0-2A", "3-4A"]),
        ("I-A I-A", ["0-2A"], []),
        ("B-A B-A", ["0-1A", "1-2A"], ["0-1A", "1-2A"]),
        ("B-A I-B", ["0-1A", "1-2B"], ["0-1A"]),
        ("O O", [], []),
        ("", [], []),
        ("B-a-b I-a-b", ["0-2a-b"], ["0-2a-b"]),
    ],
)
def test_lenient_and_strict(tags: str, lenient: list[str], strict: list[str]) -> None:
    def shown(how: str) -> list[str]:
        return [f"{start}-{end}{label}" for start, end, label in spans(tags.split(), how)]

    assert shown("conlleval") == shown("seqeval") == lenient
    assert shown("IOB2") == strict


@pytest.mark.parametrize("how", READINGS)
def test_a_perfect_answer_scores_one(how: str) -> None:
    single, begin, end = {"IOBES": ("S", "B", "E"), "BILOU": ("U", "B", "L"), "IOE2": ("E", "I", "E")}.get(
        how, ("B", "B", "I")
    )
    tags = [[f"{single}-A", "O", f"{begin}-B", f"{end}-B"], ["O"]]
    evaluation = evaluate_tags(tags, tags, how=how)

    assert (evaluation.micro.f1, evaluation.micro.tp, evaluation.labels) == (1.0, 2, ("A", "B"))
    assert f"matching:tags-{how}" in evaluation.signature


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'IOB2'"):
        spans(["O"], "IOB")
    with pytest.raises(WrongTypeError, match="expected a sequence of tags, got str"):
        spans("O")
    with pytest.raises(DataError, match="sentence 1: expected 1 tags as in gold, got 2"):
        evaluate_tags([["O"], ["O"]], [["O"], ["O", "O"]])
    with pytest.raises(DataError, match="got 1 gold and 0 predicted"):
        evaluate_tags([["O"]], [])
