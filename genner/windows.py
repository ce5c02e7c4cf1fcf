"""Long documents: cut a text into overlapping windows, and put their predictions together.

windows = split_text(text, size=2000, overlap=200)
predictions = [decode(ask(window.text), window.text, format="xml") for window in windows]
prediction = merge_windows(text, windows, predictions)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from genner.exceptions import DataError
from genner.types import Document, Entity, Issue, Prediction, Span, canonical

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
    """A stretch of a longer text.

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
        """Return this stretch of `document` with the entities that lie wholly inside it."""
        inside = [
            (start - self.start, end - self.start, label)
            for start, end, label in document.entities
            if self.start <= start and end <= self.end
        ]
        id = None if document.id is None else f"{document.id}@{self.start}"
        return Document(document.text[self.start : self.end], inside, id=id, meta=document.meta)


def split_text(text: str, *, size: int = 2000, overlap: int = 200) -> tuple[Window, ...]:
    """Cut a text into windows at paragraph, line, sentence or word borders, whichever fits first.

    Every character is in some window, and every stretch no longer than about half the overlap is
    whole in one unless it stands on a border.

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


def merge_windows(text: str, windows: Sequence[Window], predictions: Sequence[Prediction]) -> Prediction:
    """Put the predictions of overlapping windows together, over the whole text.

    Where two windows overlap, the middle of the overlap decides which of them is believed.  What
    the other found as well is one entity; what only the other found is kept where it contradicts
    nothing, and every such case is a `seam` issue.

    Raises:
        DataError: when there is not one prediction for each window, or a window is not from `text`.
    """
    if len(windows) != len(predictions):
        raise DataError(f"expected one prediction for each window, got {len(predictions)} for {len(windows)}")
    for window in windows:
        if text[window.start : window.end] != window.text:
            raise DataError(f"the window at {window.start} is not from this text")
    issues: list[Issue] = []
    found: list[tuple[int, Entity]] = []
    for number, (window, prediction) in enumerate(zip(windows, predictions, strict=True)):
        found += [(number, Entity(s + window.start, e + window.start, label)) for s, e, label in prediction.entities]
        issues += [_moved(issue, number, window.start) for issue in prediction.issues]
    owned: dict[Entity, int] = {}
    others: list[tuple[int, Entity]] = []
    for number, entity in found:
        if _owner(windows, number, entity) == number:
            owned[entity] = number
        else:
            others.append((number, entity))
    believed = list(owned)
    kept = dict(owned)
    for number, entity in others:
        if entity in kept:
            continue
        window = windows[number]
        at_edge = (entity.end == window.end and window.end < len(text)) or (entity.start == window.start > 0)
        clash = at_edge or any(entity.overlaps(other) for other in _near(believed, entity))
        what = "left out" if clash else "kept"
        detail = f"{entity!r} is found in window {number + 1} only, near its edge; {what}"
        issues.append(Issue("seam", detail, None, entity.span))
        if not clash:
            kept[entity] = number
    unplaced = [mention for prediction in predictions for mention in prediction.unplaced]
    return Prediction(canonical(kept), unplaced, issues, text)


def _owner(windows: Sequence[Window], number: int, entity: Entity) -> int:
    """Return the window that is believed about `entity`: the one it is deeper inside."""
    middle = entity.start + entity.end
    best = number
    for other in (number - 1, number + 1):
        if 0 <= other < len(windows) and windows[other].start <= entity.start and entity.end <= windows[other].end:
            left, right = sorted((number, other))
            border = windows[right].start + windows[left].end
            best = left if middle < border else right
            if best != number:
                return best
    return best


def _near(entities: Sequence[Entity], entity: Entity) -> Sequence[Entity]:
    return [other for other in entities if other.start < entity.end and entity.start < other.end]


def _moved(issue: Issue, number: int, by: int) -> Issue:
    """Say of an issue which window it comes from, and where that is in the whole text."""
    moved = None if issue.text_span is None else Span(issue.text_span.start + by, issue.text_span.end + by)
    return replace(issue, detail=f"window {number + 1}: {issue.detail}", text_span=moved)
