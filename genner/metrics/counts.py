"""What is added up: counts per key and document.  Ratios are never stored, they are derived.

A key is a label, or the bucket of a breakdown.  A match has two sides: the gold entity is *found*,
the prediction is *correct*.  The sides differ per key only where a matching ignores labels (a gold
PER found by a predicted ORG); then each side is counted in its own row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
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
        self._items = tuple(sorted((key, value) for key, value in counts.items() if value != NONE))
        self._counts = dict(self._items)
        self._hash = hash(self._items)

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


@lru_cache(maxsize=1 << 16)
def row(gold: Keys, predicted: Keys, found: Keys, correct: Keys, half_found: Keys = (), half_correct: Keys = ()) -> Row:
    """Count keys: one argument for each side, one entry for each entity.

    Cached, because a corpus of sentences holds few different rows.
    """
    sides = (Counter(gold), Counter(predicted), Counter(found), Counter(correct))
    halves = (Counter(half_found), Counter(half_correct))
    counts = {}
    for key in sides[0].keys() | sides[1].keys() | sides[2].keys() | sides[3].keys():
        all_gold, all_predicted, is_found, is_correct = (side[key] for side in sides)
        counts[key] = Counts(
            all_gold,
            all_predicted,
            is_found + halves[0][key] / 2 if halves[0][key] else is_found,
            is_correct + halves[1][key] / 2 if halves[1][key] else is_correct,
        )
    return Row(counts)


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
