"""What is added up: counts per key and document.  Ratios are never stored, they are derived.

A key is a label, or the bucket of a breakdown.  A match has two sides: the gold entity is *found*,
the prediction is *correct*.  The sides differ per key only where a matching ignores labels (a gold
PER found by a predicted ORG); then each side is counted in its own row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Counts", "Row", "full_row", "row", "total"]


class Counts(NamedTuple):
    """Counts of one key; partial credit comes in halves, everything else in ones.

    Args:
        gold: gold entities.
        predicted: predicted entities.
        found: credit of the gold entities.
        correct: credit of the predictions.
    """

    gold: int = 0
    predicted: int = 0
    found: float = 0
    correct: float = 0

    @property
    def tp(self) -> float:
        return self.found

    @property
    def fp(self) -> float:
        return self.predicted - self.correct

    @property
    def fn(self) -> float:
        return self.gold - self.found

    @property
    def support(self) -> int:
        return self.gold


NONE = Counts()


def _plus(one: Counts, other: Counts) -> Counts:
    return Counts(one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


class Row(Mapping[str, Counts]):
    """The counts of one document, key by key; equal rows are the same row to a bootstrap.

    It answers `tp`, `fp`, `fn`, `gold`, `predicted` and `support` for the document as a whole, and
    `row["DNA"]` for one key; a key it does not hold counts zero.
    """

    __slots__ = ("_counts", "_hash", "_items")

    def __init__(self, counts: Mapping[str, Counts]) -> None:
        self._set(tuple(sorted([item for item in counts.items() if item[1] != NONE])))

    @classmethod
    def _of(cls, items: tuple[tuple[str, Counts], ...]) -> Row:
        """Build from what is sorted and counts something."""
        self = cls.__new__(cls)
        self._set(items)
        return self

    def _set(self, items: tuple[tuple[str, Counts], ...]) -> None:
        self._items = items
        self._counts = dict(items)
        self._hash = hash(items)

    def __getitem__(self, key: str) -> Counts:
        return self._counts.get(key, NONE)

    def __contains__(self, key: object) -> bool:
        return key in self._counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Row) and self._items == other._items)

    def __reduce__(self) -> tuple[type[Row], tuple[dict[str, Counts]]]:
        return Row, (self._counts,)

    def __repr__(self) -> str:
        return f"Row({self._counts!r})"

    @property
    def items_(self) -> tuple[tuple[str, Counts], ...]:
        """Keys and counts by key: what two rows are compared and sorted by."""
        return self._items

    @property
    def total(self) -> Counts:
        """The counts of all keys together."""
        result = NONE
        for _, counts in self._items:
            result = _plus(result, counts)
        return result

    @property
    def tp(self) -> float:
        return self.total.tp

    @property
    def fp(self) -> float:
        return self.total.fp

    @property
    def fn(self) -> float:
        return self.total.fn

    @property
    def gold(self) -> int:
        return self.total.gold

    @property
    def predicted(self) -> int:
        return self.total.predicted

    @property
    def support(self) -> int:
        return self.total.gold


Keys = tuple[str, ...]

_FEW = 32

_new = tuple.__new__  # half the time of calling the named tuple, which is most of a row's


@lru_cache(maxsize=1 << 16)
def row(gold: Keys, predicted: Keys, found: Keys, correct: Keys, half_found: Keys = (), half_correct: Keys = ()) -> Row:
    """Count keys: one argument for each side, one entry for each entity.

    Cached, because a corpus of sentences holds few different rows.
    """
    golds, said, right, sure = _times(gold), _times(predicted), _times(found), _times(correct)
    halves = (_times(half_found), _times(half_correct)) if half_found else None
    items = []
    for key in sorted({*gold, *predicted}):
        numbers: tuple[float, ...] = golds(key), said(key), right(key), sure(key)
        if halves is not None:
            half, half_sure = (times(key) / 2 if times(key) else 0 for times in halves)
            numbers = *numbers[:2], numbers[2] + half, numbers[3] + half_sure
        items.append((key, _new(Counts, numbers)))
    return Row._of(tuple(items))


def _times(keys: Keys) -> Callable[[str], int]:
    """Return how often each key occurs; a few are counted by looking at them, which is faster than hashing."""
    return keys.count if len(keys) <= _FEW else Counter(keys).__getitem__


@lru_cache(maxsize=1 << 16)
def full_row(keys: Keys) -> Row:
    """Count a document where everything is right."""
    return row(keys, keys, keys, keys)


def total(rows: Iterable[tuple[Row, int]]) -> dict[str, Counts]:
    """Add up rows, each as often as it occurs, key by key."""
    result: dict[str, list[float]] = {}
    for one, times in rows:
        for key, counts in one._items:
            sums = result.get(key)
            if sums is None:
                sums = result[key] = [0, 0, 0, 0]
            for place in range(4):
                sums[place] += times * counts[place]
    return {key: Counts(*sums) for key, sums in result.items()}  # type: ignore[arg-type]
