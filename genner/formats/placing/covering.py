"""Places inside longer mentions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from genner.formats.placing.pending import Span

__all__ = ["Covering"]


class Covering:
    """Tells which places are inside a longer mention whose own place is certain.

    `NF-kappa B` alone is seldom the one inside `NF-kappa B p65`: `benchmarks/round_trip.py` counts
    the documents in which a mention took the wrong one of its places.

    Args:
        spans: the certain places.
        nested: False when no place may even overlap one of them.
    """

    def __init__(self, spans: Iterable[Span], nested: bool = True) -> None:
        ordered = sorted(spans)
        self._nested = nested
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))

    def covers(self, start: int, end: int) -> bool:
        """Tell whether a longer certain place contains `start` to `end`, or overlaps it when that counts."""
        if not self._nested:
            before = bisect_left(self._starts, end)
            return before > 0 and self._furthest[before - 1] > start
        before = bisect_left(self._starts, start)
        if before and self._furthest[before - 1] >= end:
            return True
        after = bisect_left(self._starts, start + 1)
        return after > before and self._furthest[after - 1] > end

    def outside(self, spans: Sequence[Span]) -> list[Span]:
        """Return the places that are not covered."""
        return [span for span in spans if not self.covers(*span)]
