"""Which places of a mention are still free."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from genner.formats.placing.claims import Span

__all__ = ["FreePlaces"]


class FreePlaces:
    """The places of one mention, of which each is given out once.

    Taken places are skipped by following links that are shortened as they are followed (union-find), so that
    a mention with very many places can be listed as often in nearly linear time.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._after: dict[int, int] = {}
        self._before: dict[int, int] = {}

    def first(self, start: int = 0) -> Span | None:
        """Return the first free place from an offset on."""
        at = _follow(self._after, bisect_left(self.spans, (start, 0)))
        return self.spans[at] if at < len(self.spans) else None

    def take(self, span: Span) -> None:
        """Mark a place as taken."""
        at = bisect_left(self.spans, span)
        if at < len(self.spans) and self.spans[at] == span:
            self._after[at] = at + 1
            self._before[at] = at - 1

    def nearest(self, start: int) -> Span | None:
        """Return the free place that starts nearest to an offset; of two as near the first."""
        at = bisect_left(self.spans, (start, 0))
        right = _follow(self._after, at)
        left = _follow(self._before, at - 1)
        if right >= len(self.spans):
            return self.spans[left] if left >= 0 else None
        if left < 0 or self.spans[right][0] - start < start - self.spans[left][0]:
            return self.spans[right]
        return self.spans[left]


def _follow(links: dict[int, int], at: int) -> int:
    """Return the end of a chain of links, and let all of it point there."""
    end = at
    while end in links:
        end = links[end]
    while at in links and links[at] != end:
        links[at], at = end, links[at]
    return end
