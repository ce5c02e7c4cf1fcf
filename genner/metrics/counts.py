"""Counts per key and document, and what follows from their sums: precision, recall, F1 and the averages over rows.

Counts are added up; ratios are never stored.  A key is a label, or the bucket of a breakdown.  A match has two
sides: the gold entity is *found*, the prediction is *correct*.  The sides differ per key only where a matching
ignores labels (a gold PER found by a predicted ORG); then each side is counted in its own row.

0/0 has no value of its own.  `zero_division` says what it is: 0.0 (the default), 1.0, or None for "undefined";
precision without a prediction, recall without a gold entity and F1 without either all follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Average", "Counts", "Row", "Score", "sum_counts", "sum_rows"]


class _Counted:
    """Names what follows from `counts`, for those of a key, a row, a score and an average alike."""

    __slots__ = ()

    @property
    def counts(self) -> Counts:
        """The counts of all keys together."""
        raise NotImplementedError

    @property
    def tp(self) -> float:
        """Credit: gold entities found (halves under `partial`)."""
        return self.counts.found

    @property
    def fp(self) -> float:
        """Predictions, less their credit."""
        return self.counts.predicted - self.counts.correct

    @property
    def fn(self) -> float:
        """Gold entities, less their credit."""
        return self.counts.gold - self.counts.found

    @property
    def gold(self) -> int:
        """Number of gold entities."""
        return self.counts.gold

    support = gold

    @property
    def predicted(self) -> int:
        """Number of predictions."""
        return self.counts.predicted


class _Four(NamedTuple):
    gold: int = 0
    predicted: int = 0
    found: float = 0
    correct: float = 0


class Counts(_Four, _Counted):
    """Counts of one key: gold entities, predictions, and the credit of either side."""

    __slots__ = ()

    @property
    def counts(self) -> Counts:
        return self


NONE = Counts()


def sum_counts(counts: Iterable[Counts]) -> Counts:
    """Add up counts."""
    return Counts(*map(sum, zip(NONE, *counts, strict=True)))


class Row(_Counted, dict[str, Counts]):
    """The counts of one document, key by key, never changed; equal rows are the same row to a bootstrap.

    It answers `tp`, `fp`, `fn`, `gold`, `predicted` and `support` for the document as a whole, and
    `row["DNA"]` for one key; a key it does not hold counts zero.
    """

    __slots__ = ()

    def __init__(self, counts: Mapping[str, Counts]) -> None:
        super().__init__(sorted([item for item in counts.items() if item[1] != NONE]))

    def __missing__(self, key: str) -> Counts:
        return NONE

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    @property
    def counts(self) -> Counts:
        return sum_counts(self.values())


def sum_rows(rows: Iterable[tuple[Row, int]]) -> dict[str, Counts]:
    """Add up rows, each as often as it occurs, key by key."""
    result: dict[str, list[float]] = {}
    for one, times in rows:
        for key, counts in one.items():
            total = result.setdefault(key, [0, 0, 0, 0])
            for place, number in enumerate(counts):
                total[place] += times * number
    return {key: Counts(*total) for key, total in result.items()}  # type: ignore[arg-type]


class _Rated(_Counted):
    """Names the ratios of one row, and their means over several."""

    __slots__ = ()

    def _mean(self, ratio: Callable[[Score], float | None]) -> float | None:
        raise NotImplementedError

    @property
    def precision(self) -> float | None:
        """Share of the predictions that are right; None where it is not defined."""
        return self._mean(lambda row: row._ratio(row.counts.correct, row.counts.predicted))

    @property
    def recall(self) -> float | None:
        """Share of the gold entities that were found; None where it is not defined."""
        return self._mean(lambda row: row._ratio(row.counts.found, row.counts.gold))

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall; of several rows the mean of their F1."""
        return self.f(1.0)

    def f(self, beta: float) -> float | None:
        """Return F with recall weighing `beta` times as much as precision (van Rijsbergen 1979)."""
        return self._mean(lambda row: row._f(beta))


@dataclass(frozen=True, slots=True)
class Score(_Rated):
    """Counts of one row and the ratios that follow from them; `zero_division` is the value of 0/0."""

    counts: Counts
    zero_division: float | None = 0.0

    def _mean(self, ratio: Callable[[Score], float | None]) -> float | None:
        return ratio(self)

    def _ratio(self, part: float, whole: float) -> float | None:
        return part / whole if whole else self.zero_division

    def _f(self, beta: float) -> float | None:
        gold, predicted, found, correct = self.counts
        if not (gold or predicted):
            return self.zero_division
        square = beta * beta
        # (1 + b²)PR / (b²P + R), multiplied out: it needs no precision or recall to be defined.
        below = square * correct * gold + found * predicted
        if below or not (found or correct):
            return (1 + square) * correct * found / below if below else 0.0
        # a row of one side, under a matching that ignores labels: the ratio of the other side is 0/0
        precision, recall = self.precision, self.recall
        if precision is None or recall is None:
            return None
        return (1 + square) * precision * recall / (square * precision + recall)


@dataclass(frozen=True, slots=True)
class Average(_Rated):
    """The mean of the ratios of several rows; the counts are those of all rows together.

    Args:
        rows: the rows it is taken over.
        weighted: weigh each row by its gold entities.  A row without gold then weighs nothing,
            however many predictions it holds: read it with micro.
        zero_division: what the mean of no row is.  Rows whose ratio is undefined are left out.
    """

    rows: tuple[Score, ...]
    weighted: bool = False
    zero_division: float | None = 0.0

    @property
    def counts(self) -> Counts:
        return sum_counts(row.counts for row in self.rows)

    def _mean(self, ratio: Callable[[Score], float | None]) -> float | None:
        values = ((ratio(row), row.support if self.weighted else 1) for row in self.rows)
        known = [(value, weight) for value, weight in values if value is not None]
        whole = sum(weight for _, weight in known)
        return sum(value * weight for value, weight in known) / whole if whole else self.zero_division
