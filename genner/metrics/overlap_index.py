"""Relations of spans to very many others, in n log n, without listing those that share a character.

Existence is asked of running extremes and bisection; what needs two bounds at once (the longest span
inside another, the ends between two places) of one sweep over sorted spans.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import accumulate

from genner.types import Entity

__all__ = ["OverlapIndex", "best_within", "crossing"]

_Bounds = tuple[int, int]


class OverlapIndex:
    """Distinct entities, in order, with the furthest and the nearest end on either side of each."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.ordered = sorted({*entities}, key=tuple)
        self._starts = [entity[0] for entity in self.ordered]
        self._ends = sorted([entity[1] for entity in self.ordered])
        self._furthest = [0, *accumulate([entity[1] for entity in self.ordered], max)]
        self._nearest = [*accumulate([entity[1] for entity in reversed(self.ordered)], min)][::-1]
        leftward = [(-entity[1], -entity[0], entity[2]) for entity in self.ordered]
        self._reaching = list(accumulate(leftward, min))

    def touches(self, start: int, end: int) -> bool:
        """Tell whether one shares a character with the span."""
        return bisect_left(self._starts, end) > bisect_right(self._ends, start)

    def inside(self, start: int, end: int) -> bool:
        """Tell whether one lies inside the span, and is not the same span."""
        first, after = bisect_left(self._starts, start), bisect_right(self._starts, start)
        if after < len(self._nearest) and self._nearest[after] <= end:
            return True
        return first < after and self.ordered[first][1] < end

    def around(self, start: int, end: int) -> bool:
        """Tell whether one encloses the span, and is not the same span."""
        first, after = bisect_left(self._starts, start), bisect_right(self._starts, start)
        return self._furthest[first] >= end or (first < after and self.ordered[after - 1][1] > end)

    def across(self, start: int, end: int) -> list[Entity]:
        """Return the closest on either side that cross the span, where none lies inside or around it."""
        first, after = bisect_left(self._starts, start), bisect_right(self._starts, start)
        found = []
        if first and -self._reaching[first - 1][0] > start:
            far, begin, label = self._reaching[first - 1]
            found.append(Entity(-begin, -far, label))
        if after < len(self._starts) and self._starts[after] < end:
            found.append(self.ordered[after])
        return found


def crossing(spans: Sequence[Entity], bounds: Iterable[_Bounds]) -> set[_Bounds]:
    """Return those of `bounds` that one of `spans` crosses."""
    asked = {*bounds}
    mirrored = _crossed_on_the_left([(-one[1], -one[0]) for one in spans], [(-end, -start) for start, end in asked])
    return _crossed_on_the_left([(one[0], one[1]) for one in spans], asked) | {(-a, -b) for b, a in mirrored}


def _crossed_on_the_left(spans: Sequence[_Bounds], asked: Iterable[_Bounds]) -> set[_Bounds]:
    """Return those in which one ends that began before."""
    waiting, place = sorted(spans), 0
    ends: list[int] = []
    found = set()
    for start, end in sorted(asked):
        while place < len(waiting) and waiting[place][0] < start:
            heappush(ends, waiting[place][1])
            place += 1
        while ends and ends[0] <= start:
            heappop(ends)
        if ends and ends[0] < end:
            found.add((start, end))
    return found


def best_within(spans: Iterable[Entity], bounds: Iterable[_Bounds], *, around: bool = False) -> dict[_Bounds, Entity]:
    """Return the longest of `spans` inside each of `bounds`, or the shortest around it; of equals the first.

    A Fenwick tree over the ends holds the best of the spans met so far.
    """
    sign = -1 if around else 1
    waiting = sorted(spans, key=lambda one: sign * one[0])
    ranks = sorted({sign * one[1] for one in waiting})
    tree: list[tuple[int, Entity] | None] = [None] * (len(ranks) + 1)
    found = {}
    for start, end in sorted({*bounds}, key=lambda one: -sign * one[0]):
        while waiting and sign * waiting[-1][0] >= sign * start:
            one = waiting.pop()
            key = (sign * (one[0] - one[1]), one)
            place = bisect_right(ranks, sign * one[1])
            while place < len(tree):
                held = tree[place]
                tree[place] = key if held is None else min(held, key)
                place += place & -place
        best, place = None, bisect_right(ranks, sign * end)
        while place:
            held = tree[place]
            if held is not None and (best is None or held < best):
                best = held
            place -= place & -place
        if best is not None:
            found[start, end] = best[1]
    return found
