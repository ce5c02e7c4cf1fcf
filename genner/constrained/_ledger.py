"""What an answer in JSON has said so far, and so what it may still say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Protocol, TypeAlias

from genner.align import Occurrences
from genner.constrained._options import GuideOptions
from genner.constrained._source import Source

__all__ = ["Groups", "Items", "Ledger"]

_Item: TypeAlias = "tuple[int, int, str]"


class Ledger(Protocol):
    """Which spans may come next.  Offsets are in bytes of the source."""

    @property
    def starts(self) -> Sequence[int]:
        """Where a next span may begin, ascending."""

    def far(self, start: int) -> int:
        """Return the last place where a span from `start` may end; 0 when there is none."""

    def fits(self, start: int, end: int) -> bool:
        """Tell whether this span may be next."""


class Items:
    """The items of a list of spans with labels, each of which may stand once."""

    def __init__(self, source: Source, labels: Sequence[str], options: GuideOptions, said: tuple[_Item, ...] = ()):
        self.source = source
        self.names = labels
        self.options = options
        self.said = said
        self._taken: dict[tuple[int, int], set[str]] = {}
        for start, end, label in said:
            self._taken.setdefault((start, end), set()).add(label)
        self._last = said[-1] if options.canonical_order and said else None
        self._limits = _limits(source, said, options.max_depth)
        self._plain = (
            self._limits is None
            and self._last is None
            and (options.crossing or not said)
            and not any(len(taken) == len(labels) for taken in self._taken.values())
        )
        self._far: dict[int, int] = {}

    def add(self, start: int, end: int, label: str) -> Items:
        """Return the ledger after one more item."""
        return Items(self.source, self.names, self.options, (*self.said, (start, end, label)))

    @cached_property
    def starts(self) -> Sequence[int]:
        most = self.options.max_entities
        if self.options.max_depth == 0 or (most is not None and len(self.said) >= most):
            return ()
        return [at for at in self.source.all_starts if self.far(at)]

    def far(self, start: int) -> int:
        if self._plain:
            last = self.source.last_end
            return last if last > start else 0
        far = self._far.get(start)
        if far is None:
            far = self._far[start] = self._find_far(start)
        return far

    def _find_far(self, start: int) -> int:
        end = self.source.last_end if self._limits is None else self._limits[start]
        if self._last is not None:
            if start < self._last[0]:
                return 0
            if start == self._last[0]:
                end = min(end, self._last[1])
        while end > start and not self.fits(start, end):
            end -= 1
        return end if end > start else 0

    def fits(self, start: int, end: int) -> bool:
        return bool(self.source.can_end[end]) and bool(self.labels(start, end))

    def labels(self, start: int, end: int) -> Sequence[str]:
        """Return the labels this span may still have, in the order of the label set."""
        if self._plain and (start, end) not in self._taken:
            return self.names
        if self._limits is not None and end > self._limits[start]:
            return ()
        if not self.options.crossing and any(_cross(start, end, *item[:2]) for item in self.said):
            return ()
        taken = self._taken.get((start, end), ())
        last = self._last
        return [
            name
            for name in self.names
            if name not in taken and (last is None or (last[0], -last[1], last[2]) < (start, -end, name))
        ]


def _cross(start: int, end: int, left: int, right: int) -> bool:
    return left < start < right < end or start < left < end < right


def _limits(source: Source, said: Iterable[_Item], max_depth: int | None) -> list[int] | None:
    """Return for each byte offset where a span from there must end, lest it cover what is covered enough."""
    if max_depth is None or not said:
        return None
    change = [0] * (source.size + 1)
    for start, end, _ in said:
        change[start] += 1
        change[end] -= 1
    limits = [source.size] * (source.size + 1)
    full = []
    depth = 0
    for at in range(source.size):
        depth += change[at]
        full.append(depth >= max_depth)
    limit = source.size
    for at in range(source.size - 1, -1, -1):
        if full[at]:
            limit = at
        limits[at] = limit
    return limits


class Groups:
    """The mentions of one label's list: each surface as often as it stands in the text.

    Args:
        counts: how often each surface has been said in this list.
        total: how many mentions all lists hold.
        index: which list this is.
        key: the place of the last mention, (start, -end), when the list must follow the text and
            every mention is taken as far to the left as may be.
    """

    def __init__(
        self,
        source: Source,
        options: GuideOptions,
        hits: Occurrences,
        counts: Counter[str] | None = None,
        total: int = 0,
        key: tuple[int, int] = (-1, 0),
        index: int = 0,
    ):
        self.source = source
        self.options = options
        self.hits = hits
        self.counts = counts or Counter()
        self.total = total
        self.index = index
        self._key = key
        self._far: dict[int, int] = {}

    def add(self, start: int, end: int) -> Groups:
        """Return the ledger after a mention whose first place is this."""
        counts = self.counts + Counter([self._surface(start, end)])
        return Groups(self.source, self.options, self.hits, counts, self.total + 1, (start, -end), self.index)

    def next_list(self) -> Groups:
        """Return the ledger of the next label."""
        return Groups(self.source, self.options, self.hits, None, self.total, index=self.index + 1)

    @cached_property
    def starts(self) -> Sequence[int]:
        most = self.options.max_entities
        if most is not None and self.total >= most:
            return ()
        return [at for at in self.source.all_starts if self.far(at)]

    def far(self, start: int) -> int:
        far = self._far.get(start)
        if far is None:
            end = self.source.last_end
            if self.options.canonical_order:
                if start < self._key[0]:
                    end = 0
                elif start == self._key[0]:
                    end = min(end, -self._key[1])
            while end > start and not self.fits(start, end):
                end -= 1
            far = self._far[start] = end if end > start else 0
        return far

    def fits(self, start: int, end: int) -> bool:
        if not self.source.can_end[end]:
            return False
        if self.options.canonical_order and (start, -end) <= self._key:
            return False
        if not self.counts:
            return True
        surface = self._surface(start, end)
        said = self.counts[surface]
        return not said or said < self._places(surface)

    def _surface(self, start: int, end: int) -> str:
        return self.source.text[self.source.char_at[start] : self.source.char_at[end]]

    def _places(self, surface: str) -> int:
        """Count the places of a surface where an entity may begin and end."""
        source = self.source
        return sum(
            source.can_start[source.byte_of[at]] and source.can_end[source.byte_of[at + len(surface)]]
            for at in self.hits[surface]
        )
