"""Long documents in windows: nothing is lost, and the seams show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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


def contradicts(entity: Entity, other: Entity, window: Window, found: set[Entity], nested: bool) -> bool:
    """Tell by the definition whether an entity of `window` contradicts a believed one."""
    if not entity.overlaps(other):
        return False
    if not nested:
        return True
    if window.start <= other.start and other.end <= window.end:
        return other not in found
    return entity.crosses(other)


def slow_merge(text: str, windows: Sequence[Window], predictions: Sequence[Prediction], nested: bool) -> set[Entity]:
    """Merge by looking at every pair of windows and of entities."""
    found = [
        {Entity(e.start + window.start, e.end + window.start, e.label) for e in prediction}
        for window, prediction in zip(windows, predictions, strict=True)
    ]

    def owner(entity: Entity) -> int:
        holding = [n for n, w in enumerate(windows) if w.start <= entity.start and entity.end <= w.end]
        best = holding[0]
        for number in holding[1:]:
            if entity.start - windows[number].start >= windows[number - 1].end - entity.end:
                best = number
        return best

    kept = {entity for number, entities in enumerate(found) for entity in entities if owner(entity) == number}
    for number, window in enumerate(windows):
        added = set()
        for entity in found[number] - kept:
            at_edge = (entity.end == window.end < len(text)) or (entity.start == window.start > 0)
            if not at_edge and not any(contradicts(entity, o, window, found[number], nested) for o in kept):
                added.add(entity)
        kept |= added
    return kept


@given(data=st.data(), nested=st.booleans())
@settings(max_examples=500, deadline=None)
def test_merging_agrees_with_the_slow_definition(data: st.DataObject, nested: bool) -> None:
    """Whatever the windows and the predictions, with up to three windows over one place."""
    text = "abcdefghij" * 3
    edges = data.draw(st.lists(st.tuples(st.integers(0, 29), st.integers(1, 15)), min_size=1, max_size=5))
    bounds = zip(sorted(start for start, _ in edges), sorted(min(start + n, 30) for start, n in edges), strict=True)
    windows = [Window(text[start:end], start) for start, end in bounds if start < end]
    predictions = []
    for window in windows:
        size = len(window.text)
        places = st.tuples(st.integers(0, size - 1), st.integers(1, 8), st.sampled_from("XY"))
        spans = data.draw(st.lists(places, max_size=5))
        predictions.append(Prediction([(s, min(s + n, size), label) for s, n, label in spans], text=window.text))
    merged = merge_windows(text, windows, predictions, nested=nested)

    assert set(merged.entities) == slow_merge(text, windows, predictions, nested)
    assert len(set(merged.entities)) == len(merged.entities)


def merged(left: list[tuple[int, int, str]], right: list[tuple[int, int, str]], **options: bool) -> set[Entity]:
    """Merge what two windows of a text of 30 characters found, given in offsets of the whole text."""
    windows = (Window("x" * 20, 0), Window("x" * 20, 10))
    found = [Prediction(left, text="x" * 20), Prediction([(s - 10, e - 10, n) for s, e, n in right], text="x" * 20)]
    return set(merge_windows("x" * 30, windows, found, **options).entities)


def test_an_inner_entity_that_one_window_missed_is_kept() -> None:
    """Both windows found the outer entity, so the inner one contradicts nothing."""
    outer, inner = Entity(12, 19, "ORG"), Entity(16, 18, "LOC")

    assert merged([outer, inner], [outer]) == {outer, inner}
    assert merged([outer, inner], [outer], nested=False) == {outer}
    assert merged([outer], [outer, Entity(12, 14, "LOC")]) == {outer, Entity(12, 14, "LOC")}


def test_another_reading_of_the_same_place_is_left_out() -> None:
    """The other window could have found the believed entity and found a part of it instead."""
    assert merged([(16, 19, "LOC")], [(14, 19, "LOC")]) == {Entity(14, 19, "LOC")}
    assert merged([(12, 14, "LOC")], [(12, 14, "PER")]) == {Entity(12, 14, "LOC")}


def test_an_entity_beyond_the_edge_may_hold_an_inner_one_and_may_not_be_crossed() -> None:
    """The second window shows the end of the outer entity only."""
    outer = Entity(4, 14, "ORG")

    assert merged([outer], [(11, 13, "LOC")]) == {outer, Entity(11, 13, "LOC")}
    assert merged([outer], [(11, 13, "LOC")], nested=False) == {outer}
    assert merged([outer, (13, 15, "X")], [(12, 15, "LOC")]) == {outer, Entity(13, 15, "X")}


def test_details_and_format_are_kept() -> None:
    """Details belong to the entity at its new place; one format is the format of the whole."""
    windows = (Window("Ann ", 0), Window("Bob", 4))
    found = [
        Prediction([(0, 3, "PER")], format="xml"),
        Prediction([(0, 3, "PER")], details={Entity(0, 3, "PER"): {"confidence": 1}}, format="xml"),
    ]
    prediction = merge_windows("Ann Bob", windows, found)

    assert prediction.details == {Entity(4, 7, "PER"): {"confidence": 1}}
    assert prediction.format == "xml"


@pytest.mark.parametrize("spans", ["apart", "nested"])
def test_merging_takes_steps_in_proportion_to_the_entities(spans: str) -> None:
    """Twice the entities, about twice the lines run, also where every entity is a seam."""

    def lines_run(size: int) -> int:
        text = "x" * 12 * size
        places = (
            [(6 * n, 6 * n + 4) for n in range(size)] if spans == "apart" else [(n, 4 * size - n) for n in range(size)]
        )
        windows = (Window(text[: 8 * size], 0), Window(text[4 * size :], 4 * size))
        found = [Prediction([(4 * size + a, 4 * size + b, "X") for a, b in places if b <= 4 * size]), Prediction(())]
        count = 0

        def counted(frame: object, event: str, argument: object) -> object:
            nonlocal count
            count += event == "line"
            return counted

        before = sys.gettrace()
        sys.settrace(counted)  # type: ignore[arg-type]
        try:
            merge_windows(text, windows, found)
        finally:
            sys.settrace(before)
        return count

    assert lines_run(400) < 2.5 * lines_run(200)


def test_issues_say_which_window_they_come_from() -> None:
    """Places in the text are moved along."""
    from genner import decode

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
    with pytest.raises(DataError, match="past the end of the window at 0"):
        merge_windows("abc", [Window("a", 0)], [Prediction([(0, 2, "X")])])
    with pytest.raises(DataError, match="expected the order of the text, got the one at 0"):
        merge_windows("abc", [Window("c", 2), Window("a", 0)], [Prediction(())] * 2)
