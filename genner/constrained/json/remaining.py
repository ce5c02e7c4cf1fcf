"""Which spans a JSON answer may still name, given those it has named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from genner.constrained.options import GuideOptions
from genner.constrained.states.source import SourceBytes
from genner.text.occurrences import Occurrences

__all__ = ["RemainingItems", "RemainingMentions", "RemainingSpans"]

_Item: TypeAlias = "tuple[int, int, str]"
_Span: TypeAlias = "tuple[int, int]"


class RemainingSpans:
    """Which spans may come next.  Offsets are in bytes of the source.

    Args:
        spent: spans that may not be named again.
        count: how many entities have been named.
        last: (start, -end) of the last of them, where the answer is in canonical order.

    Attributes:
        plain: whether every span may begin and continue anywhere, so that only its end is in question.
    """

    def __init__(
        self,
        source: SourceBytes,
        options: GuideOptions,
        spent: frozenset[_Span] = frozenset(),
        count: int = 0,
        last: _Span | None = None,
    ) -> None:
        self.source = source
        self.options = options
        self.spent = spent
        self.count = count
        self.last = last
        self.plain = last is None and not any(end == source.last_end for _, end in spent)
        self._last_ends: dict[int, int] = {}

    @property
    def full(self) -> bool:
        """Whether there are as many entities as there may be."""
        return self.options.max_entities is not None and self.count >= self.options.max_entities

    def starts(self) -> Sequence[int]:
        """Return where a next span may begin, ascending."""
        if self.full:
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
        return self.source.can_end[end] and (start, end) not in self.spent

    def _bound(self, start: int) -> int:
        """Return a place that no span from `start` may pass."""
        last = self.last
        if last is None or start > last[0]:
            return self.source.last_end
        return -last[1] if start == last[0] else 0


class RemainingItems(RemainingSpans):
    """The items of a list of spans with labels, each of which may come once.

    Args:
        labels: the label set.
        named: the items so far.
        only: the label of the next item, where the answer has already chosen it.
    """

    def __init__(
        self,
        source: SourceBytes,
        labels: Sequence[str],
        options: GuideOptions,
        named: tuple[_Item, ...] = (),
        only: str | None = None,
    ) -> None:
        taken: dict[_Span, set[str]] = {}
        for start, end, label in named:
            taken.setdefault((start, end), set()).add(label)
        choice = labels if only is None else (only,)
        spent = frozenset(span for span, names in taken.items() if names.issuperset(choice))
        ordered = options.canonical_order and named
        super().__init__(source, options, spent, len(named), (named[-1][0], -named[-1][1]) if ordered else None)
        self._all_labels = labels
        self._choice = choice
        self._named = named
        self._taken = taken
        self._limits = _depth_limits(source, named, options.max_depth)
        self._crossing = options.crossing or not named
        self.plain = self.plain and self._crossing and self._limits is None

    def add(self, start: int, end: int, label: str) -> RemainingItems:
        """Return what remains after one more item."""
        return RemainingItems(self.source, self._all_labels, self.options, (*self._named, (start, end, label)))

    def with_label(self, label: str) -> RemainingItems:
        """Return what remains for an item with this label."""
        return RemainingItems(self.source, self._all_labels, self.options, self._named, label)

    def fits(self, start: int, end: int) -> bool:
        if self.plain:
            return self.source.can_end[end] and (start, end) not in self.spent
        return self.source.can_end[end] and bool(self.labels(start, end))

    def labels(self, start: int, end: int) -> Sequence[str]:
        """Return the labels this span may still have, in the order of the label set."""
        if end > self._bound(start):
            return ()
        if not self._crossing and any(_cross(start, end, left, right) for left, right, _ in self._named):
            return ()
        taken = self._taken.get((start, end))
        if taken is None:
            return self._choice
        # In canonical order only the last span can come again, with labels that follow its last.
        after = self._named[-1][2] if self.last is not None else ""
        return [name for name in self._choice if name not in taken and name > after]

    def _bound(self, start: int) -> int:
        bound = super()._bound(start)
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
    limits = list(range(source.size + 1))
    depth = 0
    full = []
    for at in range(source.size):
        depth += change[at]
        full.append(depth >= max_depth)
    limit = source.size
    for at in range(source.size - 1, -1, -1):
        if full[at]:
            limit = at
        limits[at] = limit
    return limits


class RemainingMentions(RemainingSpans):
    """The mentions of one label's list: each surface as often as it occurs in the text.

    In canonical order every mention takes the leftmost place that it may have.

    Args:
        hits: the places of every surface in the text.
        index: which list this is.
        named: how often each surface has been named in this list.
    """

    def __init__(
        self,
        source: SourceBytes,
        options: GuideOptions,
        hits: Occurrences,
        *,
        index: int = 0,
        count: int = 0,
        spent: frozenset[_Span] = frozenset(),
        named: dict[str, int] | None = None,
        last: _Span | None = None,
    ) -> None:
        super().__init__(source, options, spent, count, last)
        self.hits = hits
        self.index = index
        self._named = named or {}

    def add(self, start: int, end: int) -> RemainingMentions:
        """Return what remains after a mention whose first place is this."""
        source = self.source
        surface = source.text[source.char_at[start] : source.char_at[end]]
        named = self._named | {surface: self._named.get(surface, 0) + 1}
        places = self._places(surface)
        spent = self.spent | frozenset(places) if named[surface] >= len(places) else self.spent
        last = (start, -end) if self.options.canonical_order else None
        return RemainingMentions(
            source, self.options, self.hits, index=self.index, count=self.count + 1, spent=spent, named=named, last=last
        )

    def next_list(self) -> RemainingMentions:
        """Return what remains for the next label."""
        return RemainingMentions(self.source, self.options, self.hits, index=self.index + 1, count=self.count)

    def fits(self, start: int, end: int) -> bool:
        return super().fits(start, end) and (self.last is None or (start, -end) > self.last)

    def _places(self, surface: str) -> list[_Span]:
        """Find the places of a surface where an entity may begin and end."""
        source = self.source
        spans = ((source.byte_of[at], source.byte_of[at + len(surface)]) for at in self.hits[surface])
        return [(start, end) for start, end in spans if source.can_start[start] and source.can_end[end]]
