"""Places inside longer mentions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from genner.formats.placing.claims import Span

__all__ = ["Covering", "Occupied"]


class Covering:
    """Tells which places are inside a longer mention whose own place is certain.

    `NF-kappa B` alone is seldom the one inside `NF-kappa B p65`: `benchmarks/round_trip.py` counts
    the documents in which a mention took the wrong one of its places.
    """

    def __init__(self, certain: Iterable[Span]) -> None:
        ordered = sorted(certain)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))

    def covers(self, start: int, end: int) -> bool:
        """Tell whether a longer certain place contains `start` to `end`."""
        before = bisect_left(self._starts, start)
        if before and self._furthest[before - 1] >= end:
            return True
        after = bisect_left(self._starts, start + 1)
        return after > before and self._furthest[after - 1] > end

    def outside(self, spans: Sequence[Span]) -> Sequence[Span]:
        """Return the places that are not covered."""
        return [span for span in spans if not self.covers(*span)]


class Occupied:
    """The characters that belong to some entity already, as ranges that do not touch."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            self.add(start, end)

    def overlaps(self, start: int, end: int) -> bool:
        """Tell whether a character from `start` to `end` is occupied."""
        at = bisect_left(self._starts, end)
        return at > 0 and self._ends[at - 1] > start

    def add(self, start: int, end: int) -> None:
        """Occupy the characters from `start` to `end`."""
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
