"""Places for a list of mentions that follow each other in the text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from genner.formats.placing.claims import Span

__all__ = ["Rule", "Walk", "place_range"]


def _in_text_order(span: Span) -> tuple[int, int]:
    """Sort by start; the longer of two places with one start comes first."""
    return span[0], -span[1]


def _in_genia_order(span: Span) -> tuple[int, int]:
    """Sort by end, the shorter one first, as the paper's released GENIA files do."""
    return span[1], -span[0]


class Rule(NamedTuple):
    """What it means that mentions follow each other.

    Args:
        order: the order of places, a key of `ORDERS`; within one label that of the released ACE2005
            files is that of the text.
        nested: False when places must not overlap.
        shared: whether two mentions may share a place, under two labels.
    """

    order: str
    nested: bool
    shared: bool


class Walk:
    """Goes through a text in one direction, from one place to the next.

    Args:
        backwards: go from the end of the text to its start.
    """

    def __init__(self, rule: Rule, *, backwards: bool = False) -> None:
        self._backwards = backwards
        self._shared = rule.shared
        self._nested = rule.nested
        rank = _in_genia_order if rule.order == "genia" else _in_text_order
        # where places must not overlap, the next one starts behind the end of this one
        self._key: Callable[[Span], Any] = rank if rule.nested else itemgetter(backwards)
        self._edge: Callable[[Span], Any] = rank if rule.nested else itemgetter(not backwards)
        self._at: Span | None = None
        self._labels: set[str] = set()

    def next_index(self, spans: Sequence[Span], label: str) -> int:
        """Return the index of the nearest place that may come next; outside `spans` when there is none."""
        if self._at is None:
            return len(spans) - 1 if self._backwards else 0
        may_share = not self._nested or (self._shared and label not in self._labels)
        bisect = bisect_right if may_share is self._backwards else bisect_left
        return bisect(spans, self._edge(self._at), key=self._key) - self._backwards

    def move(self, span: Span, label: str) -> None:
        """Go to a place."""
        if self._shared:
            if span != self._at:
                self._labels.clear()
            self._labels.add(label)
        self._at = span

    def indices(self, places: Iterable[Sequence[Span]], labels: Iterable[str]) -> list[int] | None:
        """Take the nearest place for each mention, and return its index; None when one has no place left."""
        taken = []
        for spans, label in zip(places, labels, strict=True):
            at = self.next_index(spans, label)
            if not 0 <= at < len(spans):
                return None
            self.move(spans[at], label)
            taken.append(at)
        return taken


def place_range(
    places: Sequence[Sequence[Span]], labels: Sequence[str], rule: Rule
) -> tuple[list[int], list[int]] | None:
    """Return the leftmost and the rightmost place of each mention of a list that is in order.

    Args:
        places: for each mention its possible places, in text order.
        labels: for each mention its label.

    Returns:
        For each mention two indices into its places; where they agree the place is certain.
        None when no choice of places is in order.
    """
    leftmost = Walk(rule).indices(places, labels)
    if leftmost is None:
        return None
    rightmost = Walk(rule, backwards=True).indices(reversed(places), reversed(labels))
    return None if rightmost is None else (leftmost, rightmost[::-1])
