"""Long documents: cut a text into overlapping windows, and merge their predictions.

windows = split_text(text, size=2000, overlap=200)
predictions = [decode(ask(window.text), window.text, format="xml") for window in windows]
prediction = merge_windows(text, windows, predictions)
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any

import regex

from genner.exceptions import DataError
from genner.types import Document, Entity, Issue, Prediction, Span

__all__ = ["Window", "merge_windows", "split_text"]

# Borders from best to worst: a blank line, a line, a sentence, a word.
_BORDERS = (
    r"\n\s*\n\s*",
    r"\n\s*",
    r"[.!?…]['\"’”)\]]*\s+|[。！？][’”」』）]*\s*",
    r"\s+",
)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a longer text.

    Args:
        text: its characters.
        start: where it begins in the longer text, in characters.
    """

    text: str
    start: int

    @property
    def end(self) -> int:
        """One past its last character in the longer text."""
        return self.start + len(self.text)

    def cut(self, document: Document) -> Document:
        """Return this part of `document` with the entities that lie wholly inside it."""
        inside = [
            (start - self.start, end - self.start, label)
            for start, end, label in document.entities
            if self.start <= start and end <= self.end
        ]
        id = None if document.id is None else f"{document.id}@{self.start}"
        return Document(document.text[self.start : self.end], inside, id=id, meta=document.meta)


def split_text(text: str, *, size: int = 2000, overlap: int = 200) -> tuple[Window, ...]:
    """Cut a text into windows at paragraph, line, sentence or word borders, whichever fits first.

    Every character is in some window, and every span no longer than about half the overlap is whole
    in one unless it crosses a border where a window was cut.

    Args:
        size: most characters in a window.
        overlap: characters, at most, that a window shares with the one before.

    Raises:
        DataError: when `overlap` is not between 0 and half of `size`.
    """
    if size < 1 or not 0 <= overlap <= size // 2:
        raise DataError(f"expected 0 <= overlap <= size / 2, got size={size}, overlap={overlap}")
    windows: list[Window] = []
    start = 0
    while True:
        if len(text) - start <= size:
            end = len(text)
        else:
            end = _border(text, max(start + size // 3, windows[-1].end if windows else 0), start + size)
        windows.append(Window(text[start:end], start))
        if end == len(text):
            return tuple(windows)
        back = max(end - overlap, start + 1)
        start = _first_border(text, back, end) if overlap else end


def _border(text: str, low: int, high: int) -> int:
    """Return the best place to cut in `low` to `high`: the last of the best kind of border."""
    for pattern in _BORDERS:
        found = _borders(pattern, text, low + 1, high)
        if found:
            return found[-1]
    while high > low + 1 and (unicodedata.combining(text[high]) or text[high] in "\u200d\ufe0f"):
        high -= 1
    return high


def _first_border(text: str, low: int, high: int) -> int:
    """Return the earliest sentence or word beginning in `low` to `high`."""
    for pattern in _BORDERS[2:]:
        found = _borders(pattern, text, low, high - 1)
        if found:
            return found[0]
    return low


def _borders(pattern: str, text: str, low: int, high: int) -> list[int]:
    """Return the borders from `low` to `high`; what makes one may begin a little before."""
    found = regex.finditer(pattern, text, pos=max(0, low - 8), endpos=high)
    return [match.end() for match in found if match.end() >= low]


def merge_windows(
    text: str, windows: Sequence[Window], predictions: Sequence[Prediction], *, nested: bool = True
) -> Prediction:
    """Merge the predictions of overlapping windows into one over the whole text.

    Where two windows overlap, the middle of the overlap decides which of them is believed.  What both
    found is one entity.  What only the other found is kept unless it contradicts an entity that is
    kept already, and every such case is a `seam` issue.  An entity contradicts another that it
    overlaps when its own window shows all of the other and did not find it: an inner entity of
    an outer one that both windows found is kept.  Of one that its window shows only in part it has
    to lie inside.

    Args:
        text: the whole text.
        windows: in the order of the text, as `split_text` returns them.
        predictions: one for each window.
        nested: whether entities may overlap; False keeps nothing that overlaps a believed entity.

    Raises:
        DataError: when there is not one prediction for each window, a window is not from `text`, or
            they are not in order.
    """
    _check_windows(text, windows, predictions)
    found = [
        [Entity(start + window.start, end + window.start, label) for start, end, label in prediction.entities]
        for window, prediction in zip(windows, predictions, strict=True)
    ]
    borders = [after.start + before.end for before, after in pairwise(windows)]
    ends = [window.end for window in windows]
    starts = [window.start for window in windows]
    believed: list[list[Entity]] = [[] for _ in windows]
    others: list[list[Entity]] = [[] for _ in windows]
    for number, entities in enumerate(found):
        for entity in entities:
            first, last = bisect_left(ends, entity.end), bisect_right(starts, entity.start) - 1
            owner = min(max(bisect_right(borders, entity.start + entity.end), first), last)
            (believed if owner == number else others)[number].append(entity)
    kept = {entity: number for number, entities in enumerate(believed) for entity in entities}
    issues = [_moved(issue, n, w.start) for n, w in enumerate(windows) for issue in predictions[n].issues]
    for number, (window, entities) in enumerate(zip(windows, others, strict=True)):
        missing = [entity for entity in dict.fromkeys(entities) if entity not in kept]
        if not missing:
            continue
        first, last = bisect_right(ends, window.start), bisect_left(starts, window.end)
        near = [entity for listed in believed[first:last] for entity in listed]
        contradicts = _contradictions(window, near, set(found[number]) if nested else None)
        for entity in missing:
            at_edge = (entity.end == window.end and window.end < len(text)) or (entity.start == window.start > 0)
            what = "left out" if at_edge or contradicts(entity) else "kept"
            if what == "kept":
                kept[entity] = number
                believed[number].append(entity)
            detail = f"{entity!r} is found in window {number + 1} only, near its edge; {what}"
            issues.append(Issue("seam", detail, None, entity.span))
    details = {
        entity: moved
        for entity, number in kept.items()
        if (moved := _details_of(predictions[number], entity, windows[number].start)) is not None
    }
    unplaced = [mention for prediction in predictions for mention in prediction.unplaced]
    formats = {prediction.format for prediction in predictions}
    format = formats.pop() if len(formats) == 1 else None
    return Prediction(kept, unplaced, issues, text, details, format)


def _check_windows(text: str, windows: Sequence[Window], predictions: Sequence[Prediction]) -> None:
    if len(windows) != len(predictions):
        raise DataError(f"expected one prediction for each window, got {len(predictions)} for {len(windows)}")
    for window, prediction in zip(windows, predictions, strict=True):
        if text[window.start : window.end] != window.text:
            raise DataError(f"the window at {window.start} is not from this text")
        beyond = next((entity for entity in prediction.entities if entity.end > len(window.text)), None)
        if beyond is not None:
            raise DataError(f"{beyond!r} ends past the end of the window at {window.start}")
    for before, after in pairwise(windows):
        if before.start > after.start or before.end > after.end:
            raise DataError(f"windows: expected the order of the text, got the one at {after.start} out of order")


def _contradictions(
    window: Window, entities: Iterable[Entity], found: Collection[Entity] | None
) -> Callable[[Entity], bool]:
    """Return a function that tells whether an entity of `window` contradicts any of `entities`.

    Args:
        window: where the entity was found.
        entities: what other windows found and is believed.
        found: everything that was found in `window`; None when every overlap is a contradiction.
    """
    rivals, edges = [], []
    for entity in entities:
        if found is None or (window.start <= entity.start and entity.end <= window.end):
            if found is None or entity not in found:
                rivals.append(entity)
        else:  # the window shows a part of it: an entity that holds the edge of that part crosses it
            edges += [place for place in entity.span if window.start < place < window.end]
    rivals.sort(key=itemgetter(0))
    edges.sort()
    starts = [entity.start for entity in rivals]
    furthest = [0, *accumulate((entity.end for entity in rivals), max)]

    def contradicts(entity: Entity) -> bool:
        overlaps = furthest[bisect_left(starts, entity.end)] > entity.start
        return overlaps or bisect_right(edges, entity.start) < bisect_left(edges, entity.end)

    return contradicts


def _details_of(prediction: Prediction, entity: Entity, start: int) -> Any:
    if not prediction.details:
        return None
    return prediction.details.get(Entity(entity.start - start, entity.end - start, entity.label))


def _moved(issue: Issue, number: int, by: int) -> Issue:
    """Name the window in the detail of an issue, and move its place into the whole text."""
    moved = None if issue.text_span is None else Span(issue.text_span.start + by, issue.text_span.end + by)
    return replace(issue, detail=f"window {number + 1}: {issue.detail}", text_span=moved)
