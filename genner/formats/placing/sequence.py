"""Places for a list of mentions that follow each other in the text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import NamedTuple

from genner.formats.placing.pending import Span

__all__ = ["Rule", "Walk", "place_range"]

_Rank = Callable[[Span], tuple[int, int]]


def _in_text_order(span: Span) -> tuple[int, int]:
    """Sort by start; the longer of two places with one start comes first."""
    return span[0], -span[1]


def _in_genia_order(span: Span) -> tuple[int, int]:
    """Sort by end, the shorter one first, as the paper's released GENIA files do."""
    return span[1], -span[0]


_RANKS: dict[str, _Rank] = {"text": _in_text_order, "genia": _in_genia_order}


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
        self._rank = _RANKS.get(rule.order, _in_text_order)
        self._nested = rule.nested
        self._shared = rule.shared
        self._backwards = backwards
        self._at: Span | None = None
        self._labels: set[str] = set()

    def next_index(self, spans: Sequence[Span], label: str) -> int:
        """Return the index of the nearest place that may come next; outside `spans` when there is none."""
        at = self._at
        if at is None:
            return len(spans) - 1 if self._backwards else 0
        if self._backwards:
            if not self._nested:
                return bisect_right(spans, at[0], key=lambda span: span[1]) - 1
            found = bisect_right(spans, self._rank(at), key=self._rank) - 1
            return found - 1 if spans[found] == at and not self._may_share(label) else found
        if not self._nested:
            return bisect_left(spans, at[1], key=lambda span: span[0])
        found = bisect_left(spans, self._rank(at), key=self._rank)
        return found + 1 if found < len(spans) and spans[found] == at and not self._may_share(label) else found

    def _may_share(self, label: str) -> bool:
        return self._shared and label not in self._labels

    def move(self, span: Span, label: str) -> None:
        """Go to a place."""
        if self._shared:
            if span != self._at:
                self._labels.clear()
            self._labels.add(label)
        self._at = span


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
    leftmost: list[int] = []
    walk = Walk(rule)
    for spans, label in zip(places, labels, strict=True):
        at = walk.next_index(spans, label)
        if at == len(spans):
            return None
        walk.move(spans[at], label)
        leftmost.append(at)
    if all(len(spans) == 1 for spans in places):
        return leftmost, leftmost
    rightmost: list[int] = []
    walk = Walk(rule, backwards=True)
    for spans, label in zip(reversed(places), reversed(labels), strict=True):
        at = walk.next_index(spans, label)
        walk.move(spans[at], label)
        rightmost.append(at)
    rightmost.reverse()
    return leftmost, rightmost
