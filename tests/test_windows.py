"""Long documents in windows: nothing is lost, and the seams show."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.exceptions import DataError
from genner.testing import texts
from genner.types import Document, Entity, Prediction
from genner.windows import Window, merge_windows, split_text

PROSE = ("Ann left. ", "Rome fell! ", "A new day\n", "\n\n", "word ", "東京だ。", "x", "e\u0301", "😀")


@given(text=texts(max_pieces=60, pieces=PROSE), size=st.integers(4, 60), share=st.floats(0, 0.5))
@settings(max_examples=300, deadline=None)
def test_windows_cover_the_text(text: str, size: int, share: float) -> None:
    """Windows follow each other without a gap, none is too long, all are of the text."""
    overlap = int(size * share)
    windows = split_text(text, size=size, overlap=overlap)

    assert windows[0].start == 0
    assert windows[-1].end == len(text)
    assert all(text[window.start : window.end] == window.text for window in windows)
    assert all(0 < len(window.text) <= size for window in windows)
    for before, after in pairwise(windows):
        assert before.start < after.start <= before.end < after.end
        assert before.end - after.start <= overlap


@given(text=texts(max_pieces=60, pieces=PROSE), data=st.data())
@settings(max_examples=300, deadline=None)
def test_merging_perfect_predictions_gives_back_what_the_windows_hold(text: str, data: st.DataObject) -> None:
    """Entities whole in some window come back once, without a seam where both windows agree."""
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 6))
    spans = data.draw(st.lists(places, max_size=8))
    document = Document(text, {(s, min(s + n, len(text)), "X") for s, n in spans})
    windows = split_text(text, size=24, overlap=8)
    parts = [window.cut(document) for window in windows]
    merged = merge_windows(text, windows, [Prediction(part.entities, text=part.text) for part in parts])
    whole = {e for e in document.entities if any(w.start <= e.start and e.end <= w.end for w in windows)}

    assert set(merged.entities) == whole
    assert len(set(merged.entities)) == len(merged.entities)
    assert not merged.issues


def test_cuts_fall_on_the_best_border() -> None:
    """A paragraph before a sentence before a word."""
    text = "One two. Three four.\n\nFive six now. Seven eight nine ten."

    assert [window.text for window in split_text(text, size=30, overlap=0)] == [
        "One two. Three four.\n\n",
        "Five six now. ",
        "Seven eight nine ten.",
    ]


def test_what_only_one_window_found_is_flagged() -> None:
    """In the overlap the window that has it deeper inside is believed; the rest is a seam."""
    text = "aaaa bbbb cccc dddd"
    windows = (Window(text[:14], 0), Window(text[5:], 5))
    left = Prediction([(0, 4, "X"), (10, 14, "X")], text=windows[0].text)
    right = Prediction([(0, 4, "Y"), (5, 9, "Z"), (10, 14, "X")], text=windows[1].text)
    merged = merge_windows(text, windows, [left, right])

    assert merged.entities == (
        Entity(0, 4, "X"),
        Entity(10, 14, "Z"),
        Entity(15, 19, "X"),
    )
    assert [issue.kind for issue in merged.issues] == ["seam", "seam"]


def test_issues_say_which_window_they_come_from() -> None:
    """Places in the text are moved along."""
    from genner._old_formats import decode

    text = "Rome fell. Ann wept."
    windows = split_text(text, size=12, overlap=0)
    merged = merge_windows(
        text,
        windows,
        [
            decode(out, w.text, format="xml")
            for out, w in zip(["Rome fell. ", "<PER>ann</PER> wept."], windows, strict=True)
        ],
    )

    assert merged.entities == (Entity(11, 14, "PER"),)
    assert {issue.detail.split(":")[0] for issue in merged.issues} == {"window 2"}


def test_wrong_use_is_one_clear_error() -> None:
    """Sizes that cannot be, predictions that are missing, windows of another text."""
    with pytest.raises(DataError, match="overlap"):
        split_text("abc", size=4, overlap=3)
    with pytest.raises(DataError, match="one prediction for each window"):
        merge_windows("abc", split_text("abc"), [])
    with pytest.raises(DataError, match="not from this text"):
        merge_windows("abc", [Window("x", 0)], [Prediction(())])
