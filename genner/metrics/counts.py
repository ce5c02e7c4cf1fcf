"""What is added up: counts per key and document.  Ratios are never stored, they are derived.

A key is a label, or the bucket of a breakdown.  A match has two sides: the gold entity is *found*,
the prediction is *correct*.  The sides differ per key only where a matching ignores labels (a gold
PER found by a predicted ORG); then each side is counted in its own row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

__all__ = ["Counted", "Counts", "Row", "sum_counts", "sum_rows"]


class Counts(NamedTuple):
    """Counts of one key.

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
        """Credit of the predictions."""
        return self.found

    @property
    def fp(self) -> float:
        """Predictions, less their credit."""
        return self.predicted - self.correct

    @property
    def fn(self) -> float:
        """Gold entities, less their credit."""
        return self.gold - self.found


NONE = Counts()


class Counted:
    """Names what follows from `counts`, for a row, a score and an average alike."""

    __slots__ = ()

    @property
    def counts(self) -> Counts:
        """The counts of all keys together."""
        raise NotImplementedError

    @property
    def tp(self) -> float:
        """Credit: gold entities found (halves under `partial`)."""
        return self.counts.tp

    @property
    def fp(self) -> float:
        """Predictions without credit."""
        return self.counts.fp

    @property
    def fn(self) -> float:
        """Gold entities without credit."""
        return self.counts.fn

    @property
    def gold(self) -> int:
        """Number of gold entities."""
        return self.counts.gold

    support = gold

    @property
    def predicted(self) -> int:
        """Number of predictions."""
        return self.counts.predicted


def sum_counts(counts: Iterable[Counts]) -> Counts:
    """Add up counts."""
    return Counts(*map(sum, zip(NONE, *counts, strict=True)))


class Row(Counted, Mapping[str, Counts]):
    """The counts of one document, key by key; equal rows are the same row to a bootstrap.

    It answers `tp`, `fp`, `fn`, `gold`, `predicted` and `support` for the document as a whole, and
    `row["DNA"]` for one key; a key it does not hold counts zero.
    """

    __slots__ = ("_counts", "items_")

    items_: tuple[tuple[str, Counts], ...]
    """Keys and counts by key: what rows are compared and sorted by."""

    def __init__(self, counts: Mapping[str, Counts]) -> None:
        self.items_ = tuple(sorted([item for item in counts.items() if item[1] != NONE]))
        self._counts = dict(self.items_)

    def __getitem__(self, key: str) -> Counts:
        return self._counts.get(key, NONE)

    def __contains__(self, key: object) -> bool:
        return key in self._counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __hash__(self) -> int:
        return hash(self.items_)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.items_ == other.items_

    def __reduce__(self) -> tuple[type[Row], tuple[dict[str, Counts]]]:
        return Row, (self._counts,)

    def __repr__(self) -> str:
        return f"Row({self._counts!r})"

    @property
    def counts(self) -> Counts:
        """The counts of all keys together."""
        return sum_counts(self._counts.values())


def sum_rows(rows: Iterable[tuple[Row, int]]) -> dict[str, Counts]:
    """Add up rows, each as often as it occurs, key by key."""
    result: dict[str, list[float]] = {}
    for one, times in rows:
        for key, counts in one.items():
            total = result.setdefault(key, [0, 0, 0, 0])
            for place, number in enumerate(counts):
                total[place] += times * number
    return {key: Counts(*total) for key, total in result.items()}  # type: ignore[arg-type]
