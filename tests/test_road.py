"""Choosing between several answers in one output."""

from __future__ import annotations

import genner

TEXT = "Ann left Rome in May."


def test_of_two_answers_that_fit_alike_the_last_counts() -> None:
    """A model that answers twice means the second answer."""
    output = "<PER>Ann</PER> left Rome in May.\n\nAgain:\n\n<LOC>Ann</LOC> left Rome in May."

    assert genner.decode(output, TEXT, "xml", labels="PER,LOC").entities == ((0, 3, "LOC"),)


def test_an_answer_that_is_taken_back_does_not_count() -> None:
    """What is announced as the corrected answer counts, though it says less; the first one is named in an issue."""
    output = '{"PER": ["Ann", "May"], "LOC": ["Rome"]}\nWait, May is a month:\n{"PER": ["Ann"], "LOC": []}'
    prediction = genner.decode(output, TEXT, "grouped-json", labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"),)
    assert any("'May'" in issue.detail for issue in prediction.issues)


def test_without_a_word_of_correction_the_fuller_answer_counts() -> None:
    """A remark behind an answer that repeats a part of it takes nothing back."""
    output = '{"PER": ["Ann"], "LOC": ["Rome"]}\nThe person:\n{"PER": ["Ann"], "LOC": []}'
    prediction = genner.decode(output, TEXT, "grouped-json", labels="PER,LOC")

    assert [entity.label for entity in prediction.entities] == ["PER", "LOC"]
