"""Which spans a JSON answer may still name, given those it has named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from genner.constrained.options import GuideOptions
from genner.constrained.source import SourceBytes
from genner.text.grounding import Source

__all__ = ["RemainingSpans"]


class RemainingSpans:
    """Which spans may come next in a list, each label of a span once.  Offsets are in bytes of the source.

    Args:
        listable: the source whose spans a format without positions can name; None for all.
        labels: the labels that spans may have.
        before: how many entities the answer named before this list.
        named: the items so far.
        only: the label of the next item, where the answer has already chosen it.
        is_full: whether no item may begin.

    Attributes:
        named: the items so far.
        choice: the labels the next item may have.
        count: how many entities the answer has named.
        plain: whether every span may begin and continue anywhere, so that only its end is in question.
    """

    def __init__(
        self,
        source: SourceBytes,
        options: GuideOptions,
        listable: Source | None,
        labels: Sequence[str],
        before: int,
        named: tuple[tuple[int, int, str], ...] = (),
        only: str | None = None,
        *,
        is_full: bool = False,
    ) -> None:
        self._fixed = source, options, listable, labels, before
        self._source = source
        self._listable = listable
        self.named = named
        self._only = only
        self.choice = labels if only is None else (only,)
        self.count = before + len(named)
        self._is_full = is_full or (options.max_entities is not None and self.count >= options.max_entities)
        self._taken: dict[tuple[int, int], set[str]] = {}
        for start, end, label in named:
            self._taken.setdefault((start, end), set()).add(label)
        self._last = named[-1] if options.canonical_order and named else None
        self._limits = _depth_limits(source.size, named, options.max_depth)
        self._crossing = options.crossing or not named
        self._last_ends: dict[int, int] = {}
        self.plain = (
            self._last is None
            and self._crossing
            and listable is None
            and self._limits is None
            and not any(
                end == source.last_end and names.issuperset(self.choice) for (_, end), names in self._taken.items()
            )
        )

    def add(self, start: int, end: int, label: str) -> RemainingSpans:
        """Return what remains after one more item."""
        return RemainingSpans(*self._fixed, (*self.named, (start, end, label)), is_full=self._is_full)

    def last(self) -> RemainingSpans:
        """Return what remains for an item behind which the list ends."""
        return RemainingSpans(*self._fixed, self.named, self._only, is_full=True)

    def with_label(self, label: str) -> RemainingSpans:
        """Return what remains for an item with this label."""
        return RemainingSpans(*self._fixed, self.named, label)

    def starts(self) -> Sequence[int]:
        """Return where a next span may begin, ascending."""
        if self._is_full:
            return ()
        if self.plain:
            return self._source.all_starts
        return [at for at in self._source.all_starts if self.last_end(at)]

    def last_end(self, start: int) -> int:
        """Return the last place where a span from `start` may end; 0 when there is none."""
        if self.plain:
            return self._source.last_end
        if start not in self._last_ends:
            ends = range(self._bound(start), start, -1)
            self._last_ends[start] = next((end for end in ends if self.labels(start, end)), 0)
        return self._last_ends[start]

    def labels(self, start: int, end: int) -> Sequence[str]:
        """Return the labels this span may still have, in the order of the label set."""
        if not self._source.can_end[end] or end > self._bound(start):
            return ()
        if not self._crossing and any(_cross(start, end, left, right) for left, right, _ in self.named):
            return ()
        char_at = self._source.char_at
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
        bound = self._source.last_end
        if self._last is not None and start <= self._last[0]:
            bound = self._last[1] if start == self._last[0] else 0
        return bound if self._limits is None else min(bound, self._limits[start])


def _cross(start: int, end: int, left: int, right: int) -> bool:
    return left < start < right < end or start < left < end < right


def _depth_limits(size: int, named: Sequence[tuple[int, int, str]], max_depth: int | None) -> list[int] | None:
    """Return for each byte offset the latest end of a span from there that does not exceed `max_depth`."""
    if max_depth is None or (max_depth and not named):
        return None
    change = [0] * (size + 1)
    for start, end, _ in named:
        change[start] += 1
        change[end] -= 1
    depths = list(accumulate(change))
    limits = list(range(size + 1))
    for at in range(size - 1, -1, -1):
        limits[at] = at if depths[at] >= max_depth else limits[at + 1]
    return limits
