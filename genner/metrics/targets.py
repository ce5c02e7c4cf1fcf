"""Which number is asked for, as a function of sums of counts, for many sums at once.

`Score` and `Average` do the same for one evaluation in plain Python; a test holds them together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genner.exceptions import UnknownNameError
from genner.metrics.counts import Average, Counts, Row, Score
from genner.metrics.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from genner.metrics.results import Evaluation

    Array = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["AVERAGES", "METRICS", "Sample", "Target"]

METRICS = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted")


@dataclass(frozen=True, slots=True)
class Target:
    """The number asked for: a metric, of all entities, of a mean over labels, or of one label.

    Args:
        metric: "precision", "recall" or "f1".
        average: "micro", "macro" or "weighted".
        label: one label instead of an average.
    """

    metric: str = "f1"
    average: str = "micro"
    label: str | None = None

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise UnknownNameError.of("metric", self.metric, METRICS)
        if self.average not in AVERAGES:
            raise UnknownNameError.of("average", self.average, AVERAGES)

    def __str__(self) -> str:
        return f"{self.label or self.average} {self.metric}"

    def value_of(self, evaluation: Evaluation) -> float | None:
        """Return the number of one `evaluation`."""
        found: Score | Average = getattr(evaluation, self.average)
        if self.label is not None:
            found = evaluation.scores.get(self.label, Score(Counts(), evaluation.settings.zero_division))
        value: float | None = getattr(found, self.metric)
        return value

    def of(self, sums: Array, labels: Sequence[str], settings: Settings) -> Array:
        """Return the numbers of shape (...) that follow from `sums` of counts of shape (..., `labels`, 4).

        How 0/0 and averages are taken, `settings` say; which labels are seen is found anew for each draw.
        """
        import numpy as np

        zero = np.nan if settings.zero_division is None else settings.zero_division
        if self.label is not None:
            return _ratio(sums[..., list(labels).index(self.label), :], self.metric, zero)
        if self.average == "micro":
            return _ratio(sums.sum(-2), self.metric, zero)
        values, gold = _ratio(sums, self.metric, zero), sums[..., 0]
        averaged: Mapping[str, Any] = {
            "labels": np.isin(labels, settings.declared_rows),
            "seen": gold + sums[..., 1] > 0,
            "gold": gold > 0,
        }
        known = averaged[settings.macro] & ~np.isnan(values)
        weights = known * gold if self.average == "weighted" else known.astype(float)
        whole = weights.sum(-1)
        part = (np.where(known, values, 0.0) * weights).sum(-1)
        return np.where(whole == 0, zero, part / np.where(whole == 0, 1, whole))


@dataclass(frozen=True, slots=True)
class Sample:
    """One or two systems on the same documents: each different document, and how often it occurs.

    Args:
        times: how often each occurs.
        tables: what each system did on them, of shape (documents, labels, 4).
        statistic: from the sums of each system, of shape (draws, labels, 4), to the numbers asked for, of
            shape (numbers, draws); for two systems, the first minus the second.
        holding: how many documents hold anything a number depends on, for each number.
    """

    times: Array
    tables: Sequence[Array]
    statistic: Callable[[Sequence[Array]], Array]
    holding: Sequence[int]

    @classmethod
    def of(cls, systems: Sequence[Iterable[Row]], settings: Settings, targets: Sequence[Target]) -> Sample:
        """Build from the rows of one system, or of two; what comes out depends on no order."""
        import numpy as np

        documents = Counter(zip(*systems, strict=True))
        # sorted as seen from either system, of which one is taken whichever is first: so p(a, b) = p(b, a)
        seen_from = [
            sorted((tuple([tuple(row.items()) for row in rows[::step]]), times) for rows, times in documents.items())
            for step in (1, -1)[: len(systems)]
        ]
        ordered = min(seen_from)
        step = 1 if ordered is seen_from[0] else -1
        held = {label for rows in documents for row in rows for label in row}
        labels = sorted({*held, *settings.declared_rows, *(one.label for one in targets if one.label is not None)})
        columns = {label: place for place, label in enumerate(labels)}
        tables = [np.zeros((len(ordered), len(labels), 4)) for _ in systems]
        for place, (rows, _) in enumerate(ordered):
            for table, row in zip(tables[::step], rows, strict=True):
                for label, counts in row:
                    table[place, columns[label]] = counts
        times = np.array([times for _, times in ordered], dtype=float)
        holds = np.any([table.any(-1) for table in tables], axis=0)
        masks = [holds.any(1) if one.label is None else holds[:, columns[one.label]] for one in targets]

        def statistic(sums: Sequence[Array]) -> Array:
            found = [np.array([one.of(side, labels, settings) for one in targets]) for side in sums]
            return found[0] - found[1] if len(found) > 1 else found[0]

        return cls(times, tables, statistic, [int(times[mask].sum()) for mask in masks])

    @property
    def sums(self) -> list[Array]:
        """What each system did on all documents together, as one draw: of shape (1, labels, 4)."""
        import numpy as np

        return [np.tensordot(self.times, table, 1)[None] for table in self.tables]

    @property
    def observed(self) -> Array:
        """The numbers of all documents together, of shape (numbers,)."""
        return self.statistic(self.sums)[:, 0]


def _ratio(sums: Array, metric: str, zero: float) -> Array:
    """Do for arrays what `Score` does for one row."""
    import numpy as np

    gold, predicted, found, correct = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = np.where(predicted, correct / predicted, zero), np.where(gold, found / gold, zero)
        if metric != "f1":
            return precision if metric == "precision" else recall
        below = correct * gold + found * predicted
        mean = np.where(below, 2 * correct * found / below, 2 * precision * recall / (precision + recall))
    return np.where(gold + predicted == 0, zero, np.where(found + correct == 0, 0.0, mean))
