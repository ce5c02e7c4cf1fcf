"""Which spans a JSON answer may still name, given those it has named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from genner.constrained.options import GuideOptions
from genner.constrained.source import SourceBytes
from genner.constrained.states import Passage
from genner.text.grounding import Source

__all__ = ["RemainingSpans"]

_Item: TypeAlias = "tuple[int, int, str]"


class _Items:
    """The items of a list that grows; each state of an answer knows how many of them are its own.

    Attributes:
        all: the items.
        labels: for each span the number and label of its items.
        last: the items that end where no span ends later.
    """

    def __init__(self, last_end: int, items: Iterable[_Item] = ()) -> None:
        self._last_end = last_end
        self.all: list[_Item] = []
        self.labels: dict[tuple[int, int], list[tuple[int, str]]] = {}
        self.last: list[tuple[int, _Item]] = []
        for item in items:
            self.append(item)

    def append(self, item: _Item) -> None:
        start, end, label = item
        self.labels.setdefault((start, end), []).append((len(self.all), label))
        if end == self._last_end:
            self.last.append((len(self.all), item))
        self.all.append(item)


class RemainingSpans:
    """Which spans may come next in a list, each label of a span once.  Offsets are in bytes of the source.

    Sets of places are bit masks, and items are kept once for all states: no item costs more than the first.

    Args:
        source: the text.
        options: limits on the answer.
        listable: the source whose spans a format without positions can name; None for all.
        labels: the labels that spans may have.
        before: how many entities the answer named before this list.
        items: the items of this list, and more behind them where others have been tried.
        size: how many of them are its own.
        covered: what one item or more, two or more, and so on cover, where `max_depth` limits that.
        only: the label of the next item, where the answer has already chosen it.
        is_full: whether no item may begin.

    Attributes:
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
        before: int = 0,
        items: _Items | None = None,
        size: int = 0,
        covered: tuple[int, ...] = (),
        only: str | None = None,
        *,
        is_full: bool = False,
    ) -> None:
        self._fixed = source, options, listable, labels, before
        self._source = source
        self._listable = listable
        self._items = _Items(source.last_end) if items is None else items
        self._size = size
        self._covered = covered
        self._only = only
        self.choice = labels if only is None else (only,)
        self.count = before + size
        depth, most = options.max_depth, options.max_entities
        self._limited = depth is not None
        self._is_full = is_full or depth == 0 or (most is not None and self.count >= most)
        self._last = self._items.all[size - 1] if options.canonical_order and size else None
        self._crossing = options.crossing or not size
        self._closed = covered[-1] if covered and len(covered) == depth else 0
        self._last_ends: dict[int, int] = {}
        is_plain = self._last is None and self._crossing and listable is None and not self._closed
        last = (item for at, item in self._items.last if at < size)
        self.plain = is_plain and all(self.labels(start, end) for start, end, _ in last)

    @property
    def named(self) -> Iterator[_Item]:
        """The items so far."""
        return islice(self._items.all, self._size)

    def add(self, start: int, end: int, label: str) -> RemainingSpans:
        """Return what remains after one more item."""
        items, covered = self._items, self._covered
        if len(items.all) > self._size:  # another item has been tried here
            items = _Items(self._source.last_end, self.named)
        items.append((start, end, label))
        if self._limited:
            covered = _covered_by(covered, start, end)
        return RemainingSpans(*self._fixed, items, self._size + 1, covered, is_full=self._is_full)

    def last(self) -> RemainingSpans:
        """Return what remains for an item behind which the list ends."""
        return RemainingSpans(*self._fixed, self._items, self._size, self._covered, self._only, is_full=True)

    def with_label(self, label: str) -> RemainingSpans:
        """Return what remains for an item with this label."""
        return RemainingSpans(*self._fixed, self._items, self._size, self._covered, label)

    def begins(self, anywhere: Passage) -> bool:
        """Tell whether an item may begin, at any place of a passage."""
        return not self._is_full and (bool(anywhere.places) if self.plain else self._reaches(anywhere.mask, 1))

    def continues(self, passage: Passage, length: int) -> bool:
        """Tell whether an item may go on of which so many bytes lead to the places of a passage."""
        return self.plain or self._reaches(passage.mask >> length, length)

    def _reaches(self, starts: int, length: int) -> bool:
        """Tell whether a span of so many bytes or more may begin at any of these places."""
        starts &= ~self._closed
        if self._last is not None:
            starts &= -1 << self._last[0]
        while starts:
            start = (starts & -starts).bit_length() - 1
            if self.last_end(start) >= start + length:
                return True
            starts &= starts - 1
        return False

    def last_end(self, start: int) -> int:
        """Return the last place where a span from `start` may end; 0 when there is none."""
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
        taken = self.taken(start, end)
        # In canonical order only the last span can come again, with labels that follow its last.
        after = "" if self._last is None or not taken else self._last[2]
        return [name for name in self.choice if name not in taken and name > after] if taken else self.choice

    def taken(self, start: int, end: int) -> set[str]:
        """Return the labels under which the list has named this span."""
        return {label for at, label in self._items.labels.get((start, end), ()) if at < self._size}

    def _bound(self, start: int) -> int:
        """Return a place that no span from `start` may pass."""
        bound = self._source.last_end
        if self._last is not None and start <= self._last[0]:
            bound = self._last[1] if start == self._last[0] else 0
        closed = self._closed >> start
        return min(bound, start + (closed & -closed).bit_length() - 1) if closed else bound


def _cross(start: int, end: int, left: int, right: int) -> bool:
    return left < start < right < end or start < left < end < right


def _covered_by(covered: tuple[int, ...], start: int, end: int) -> tuple[int, ...]:
    """Return what one item or more, two or more, and so on cover after one more item."""
    found, more = [], (1 << end) - (1 << start)
    for mask in covered:
        found.append(mask | more)
        more &= mask
    return (*found, more) if more else tuple(found)
