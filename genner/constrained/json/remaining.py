"""Which spans a JSON answer may still name, given those it has named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

from genner.constrained.options import GuideOptions
from genner.constrained.states.source import SourceBytes
from genner.text.grounding import Source

__all__ = ["RemainingSpans"]

_Item: TypeAlias = "tuple[int, int, str]"
_Span: TypeAlias = "tuple[int, int]"


class RemainingSpans:
    """Which spans may come next in a list, each label of a span once.  Offsets are in bytes of the source.

    Args:
        labels: the labels that spans may have.
        named: the items so far.
        before: how many entities the answer named before this list.
        only: the label of the next item, where the answer has already chosen it.
        listable: the source whose spans a format without positions can name; None for all.

    Attributes:
        choice: the labels the next item may have.
        count: how many entities the answer has named.
        plain: whether every span may begin and continue anywhere, so that only its end is in question.
    """

    def __init__(
        self,
        source: SourceBytes,
        labels: Sequence[str],
        options: GuideOptions,
        named: tuple[_Item, ...] = (),
        before: int = 0,
        only: str | None = None,
        listable: Source | None = None,
    ) -> None:
        self.source = source
        self._listable = listable
        self.options = options
        self.count = before + len(named)
        self._labels = labels
        self._named = named
        self._before = before
        self.choice = labels if only is None else (only,)
        self._taken: dict[_Span, set[str]] = {}
        for start, end, label in named:
            self._taken.setdefault((start, end), set()).add(label)
        self._spent = frozenset(span for span, names in self._taken.items() if names.issuperset(self.choice))
        self._last = named[-1] if options.canonical_order and named else None
        self._limits = _depth_limits(source, named, options.max_depth)
        self._crossing = options.crossing or not named
        self._last_ends: dict[int, int] = {}
        self.plain = (
            self._last is None
            and self._crossing
            and self._listable is None
            and self._limits is None
            and not any(end == source.last_end for _, end in self._spent)
        )

    def add(self, start: int, end: int, label: str) -> RemainingSpans:
        """Return what remains after one more item."""
        return RemainingSpans(
            self.source,
            self._labels,
            self.options,
            (*self._named, (start, end, label)),
            self._before,
            listable=self._listable,
        )

    def with_label(self, label: str) -> RemainingSpans:
        """Return what remains for an item with this label."""
        return RemainingSpans(self.source, self._labels, self.options, self._named, self._before, label, self._listable)

    def starts(self) -> Sequence[int]:
        """Return where a next span may begin, ascending."""
        if self.options.max_entities is not None and self.count >= self.options.max_entities:
            return ()
        if self.plain:
            return self.source.all_starts
        return [at for at in self.source.all_starts if self.last_end(at)]

    def last_end(self, start: int) -> int:
        """Return the last place where a span from `start` may end; 0 when there is none."""
        known = self._last_ends.get(start)
        if known is None:
            end = self._bound(start)
            while end > start and not self.fits(start, end):
                end -= 1
            known = self._last_ends[start] = end if end > start else 0
        return known

    def fits(self, start: int, end: int) -> bool:
        """Tell whether this span may be next."""
        if not self.source.can_end[end]:
            return False
        return (start, end) not in self._spent if self.plain else bool(self.labels(start, end))

    def labels(self, start: int, end: int) -> Sequence[str]:
        """Return the labels this span may still have, in the order of the label set."""
        if end > self._bound(start):
            return ()
        if not self._crossing and any(_cross(start, end, left, right) for left, right, _ in self._named):
            return ()
        char_at = self.source.char_at
        if self._listable is not None and not self._listable.names(char_at[start], char_at[end]):
            return ()
        taken = self._taken.get((start, end))
        if taken is None:
            return self.choice
        # In canonical order only the last span can come again, with labels that follow its last.
        after = "" if self._last is None else self._last[2]
        return [name for name in self.choice if name not in taken and name > after]

    def _bound(self, start: int) -> int:
        """Return a place that no span from `start` may pass."""
        bound = self.source.last_end
        if self._last is not None and start <= self._last[0]:
            bound = self._last[1] if start == self._last[0] else 0
        return bound if self._limits is None else min(bound, self._limits[start])


def _cross(start: int, end: int, left: int, right: int) -> bool:
    return left < start < right < end or start < left < end < right


def _depth_limits(source: SourceBytes, named: Sequence[_Item], max_depth: int | None) -> list[int] | None:
    """Return for each byte offset the latest end of a span from there that does not exceed `max_depth`."""
    if max_depth is None or (max_depth and not named):
        return None
    change = [0] * (source.size + 1)
    for start, end, _ in named:
        change[start] += 1
        change[end] -= 1
    depths = list(accumulate(change))
    limits = list(range(source.size + 1))
    limit = source.size
    for at in range(source.size - 1, -1, -1):
        if depths[at] >= max_depth:
            limit = at
        limits[at] = limit
    return limits
