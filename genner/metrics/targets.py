"""Which number is asked for, as a function of sums of counts, for many sums at once.

`Score` and `Average` do the same for one evaluation in plain Python; a test holds them together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
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
        """Return the number of one system.

        Args:
            evaluation: of one system.
        """
        found: Score | Average = getattr(evaluation, self.average)
        if self.label is not None:
            found = evaluation.scores.get(self.label, Score(Counts(), evaluation.settings.zero_division))
        value: float | None = getattr(found, self.metric)
        return value

    def of(self, sums: Array, labels: Sequence[str], settings: Settings) -> Array:
        """Return the numbers of shape (...) that follow from sums of counts of shape (..., labels, 4).

        Args:
            sums: of counts.
            labels: of the rows.
            settings: how 0/0 and averages are taken.
        """
        import numpy as np

        zero = np.nan if settings.zero_division is None else settings.zero_division
        if self.label is not None:
            return _ratio(sums[..., list(labels).index(self.label), :], self.metric, zero)
        if self.average == "micro":
            return _ratio(sums.sum(-2), self.metric, zero)
        values = _ratio(sums, self.metric, zero)
        known = _averaged(sums, labels, settings) & ~np.isnan(values)
        weights = known * sums[..., 0] if self.average == "weighted" else known.astype(float)
        whole = weights.sum(-1)
        part = (np.where(known, values, 0.0) * weights).sum(-1)
        return np.where(whole == 0, zero, part / np.where(whole == 0, 1, whole))


@dataclass(frozen=True, slots=True)
class Sample:
    """One or two systems on the same documents: each different document, and how often it occurs.

    Args:
        times: how often each occurs.
        tables: what each system did on them, of shape (documents, ...).
        statistic: from the sums of each system, of shape (draws, ...), to the numbers asked for, of shape
            (numbers, draws); for two systems, the first minus the second.
        holding: how many documents hold anything a number depends on, for each number.
    """

    times: Array
    tables: Sequence[Array]
    statistic: Callable[[Sequence[Array]], Array]
    holding: Sequence[int]

    @classmethod
    def of(cls, systems: Sequence[Iterable[Row]], settings: Settings, targets: Sequence[Target]) -> Sample:
        """Build from the rows of one system, or of two; what comes out depends on no order.

        Args:
            systems: the counts of each document, for each system.
            settings: those of the score.
            targets: the numbers asked for.
        """
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
        tables = [_matrix([rows[::step][side] for rows, _ in ordered], labels) for side in range(len(systems))]
        times = np.array([times for _, times in ordered], dtype=float)
        holds = np.any([table.any(-1) for table in tables], axis=0)
        masks = [holds.any(1) if one.label is None else holds[:, labels.index(one.label)] for one in targets]

        def statistic(sums: Sequence[Array]) -> Array:
            found = [np.array([one.of(side, labels, settings) for one in targets]) for side in sums]
            return found[0] - found[1] if len(found) > 1 else found[0]

        return cls(times, tables, statistic, [int(times[mask].sum()) for mask in masks])

    @property
    def sums(self) -> list[Array]:
        """What each system did on all documents together, as one draw: of shape (1, ...)."""
        import numpy as np

        return [np.tensordot(self.times, table, 1)[None] for table in self.tables]

    @property
    def observed(self) -> Array:
        """The numbers of all documents together, of shape (numbers,)."""
        return self.statistic(self.sums)[:, 0]

    def influence(self) -> Array:
        """Return how far each number moves with each document, of shape (numbers, documents): a numeric derivative."""
        step = 1e-4
        up, down = (
            self.statistic([sums + sign * step * table for sums, table in zip(self.sums, self.tables, strict=True)])
            for sign in (1, -1)
        )
        return (up - down) / (2 * step)


def _matrix(rows: Sequence[Sequence[tuple[str, Sequence[float]]]], labels: Sequence[str]) -> Array:
    """Return counts of shape (rows, labels, 4)."""
    import numpy as np

    columns = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(rows) * len(labels), 4))
    places = [place * len(labels) + columns[key] for place, row in enumerate(rows) for key, _ in row]
    numbers = [number for row in rows for _, counts in row for number in counts]
    table[places] = np.array(numbers, dtype=float).reshape(-1, 4)
    return table.reshape(len(rows), len(labels), 4)


def _ratio(sums: Array, metric: str, zero: float) -> Array:
    """Do for arrays what `Score` does for one row."""
    import numpy as np

    gold, predicted, found, correct = np.moveaxis(sums, -1, 0)
    over, under = {
        "precision": (correct, predicted),
        "recall": (found, gold),
        "f1": (2 * correct * found, correct * gold + found * predicted),
    }[metric]
    empty = (gold + predicted if metric == "f1" else under) == 0
    values: Array = np.where(empty, zero, over / np.where(under == 0, 1, under))
    if metric == "f1":
        credit = found + correct  # all of one side where the other side of the row is empty
        single, known = (under == 0) & (credit > 0), credit / np.where(empty, 1, gold + predicted)
        values = np.where(single, 2 * zero * known / np.where(single, zero + known, 1), values)
    return values


def _averaged(sums: Array, labels: Sequence[str], settings: Settings) -> Any:
    """Return which labels an average is over; which are seen is found anew for each draw."""
    import numpy as np

    gold, predicted = sums[..., 0], sums[..., 1]
    if settings.macro == "labels":
        return np.broadcast_to(np.array([label in settings.declared_rows for label in labels], bool), gold.shape)
    return (gold > 0) | (predicted > 0) if settings.macro == "seen" else gold > 0
