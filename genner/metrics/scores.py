"""From counts to ratios: precision, recall and F1 of one row, and the averages over rows.

0/0 has no value of its own.  `zero_division` says what it is: 0.0 (the default), 1.0, or None for
"undefined"; precision without a prediction, recall without a gold entity and F1 without either all
follow it, here and everywhere else in genner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from genner.metrics.counts import Counted, Counts, sum_counts

__all__ = ["Average", "Metric", "Score", "ZeroDivision"]

ZeroDivision: TypeAlias = float | None
Metric: TypeAlias = Literal["precision", "recall", "f1"]


@dataclass(frozen=True, slots=True)
class Score(Counted):
    """Counts of one row and the ratios that follow from them.

    Args:
        counts: credit, predictions and gold entities of the row.
        zero_division: the value of 0/0.
    """

    counts: Counts
    zero_division: ZeroDivision = 0.0

    @property
    def precision(self) -> float | None:
        """Share of the predictions that are right."""
        return self._ratio(self.counts.correct, self.counts.predicted)

    @property
    def recall(self) -> float | None:
        """Share of the gold entities that were found."""
        return self._ratio(self.counts.found, self.counts.gold)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall."""
        return self.f(1.0)

    def f(self, beta: float) -> float | None:
        """Return F with recall weighing `beta` times as much as precision (van Rijsbergen 1979)."""
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

    def _ratio(self, part: float, whole: float) -> float | None:
        return part / whole if whole else self.zero_division


@dataclass(frozen=True, slots=True)
class Average(Counted):
    """The mean of the ratios of several rows; the counts are those of all rows together.

    Args:
        rows: the rows it is taken over.
        weighted: weigh each row by its gold entities.  A row without gold then weighs nothing,
            however many predictions it holds: read it with micro.
        zero_division: what the mean of no row is.  Rows whose ratio is undefined are left out.
    """

    rows: tuple[Score, ...]
    weighted: bool = False
    zero_division: ZeroDivision = 0.0

    @property
    def counts(self) -> Counts:
        """The counts of all rows together."""
        return sum_counts(row.counts for row in self.rows)

    @property
    def precision(self) -> float | None:
        """The mean of the rows' precision; None where it is not defined."""
        return self._mean("precision")

    @property
    def recall(self) -> float | None:
        """The mean of the rows' recall; None where it is not defined."""
        return self._mean("recall")

    @property
    def f1(self) -> float | None:
        """The mean of the rows' F1 (not the F1 of mean precision and recall)."""
        return self._mean("f1")

    def _mean(self, metric: Metric) -> float | None:
        values = ((getattr(row, metric), row.support if self.weighted else 1) for row in self.rows)
        known = [(value, weight) for value, weight in values if value is not None]
        whole = sum(weight for _, weight in known)
        return sum(value * weight for value, weight in known) / whole if whole else self.zero_division
