"""Which number is asked for, as a function of sums of counts, for many sums at once.

`Score` and `Average` do the same for one evaluation in plain Python; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genner.exceptions import UnknownNameError
from genner.metrics.counts import Row
from genner.metrics.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]
    Statistic = Callable[[Array], Array]

__all__ = ["AVERAGES", "METRICS", "Sample", "Target", "labels_of", "matrix"]

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

    @property
    def single(self) -> bool:
        """Whether it is the ratio of one row of sums, and no mean."""
        return self.label is not None or self.average == "micro"

    def project(self, table: Array, labels: Sequence[str]) -> Array:
        """Keep of counts of shape (..., labels, 4) what the number depends on."""
        if self.label is not None:
            return table[..., [list(labels).index(self.label)], :]
        return table.sum(-2, keepdims=True) if self.average == "micro" else table

    def statistic(self, labels: Sequence[str], settings: Settings) -> Statistic:
        """Return the function from sums of shape (..., labels, 4) to numbers of shape (...)."""
        zero = _zero(settings)
        if self.single:
            return lambda sums: _ratio(self.project(sums, labels)[..., 0, :], self.metric, zero)
        declared = [label in settings.declared_rows for label in labels]
        return lambda sums: _mean(sums, self, settings.macro, declared, zero)


@dataclass(frozen=True, slots=True)
class Sample:
    """A corpus as one number sees it: the different counts it depends on, and how often each occurs."""

    times: Array
    table: Array
    labels: Sequence[str]
    target: Target
    settings: Settings

    @classmethod
    def of(cls, rows: Mapping[Row, int], settings: Settings, target: Target) -> Sample:
        """Project rows, and count together those that are then the same.

        What comes out does not depend on the order of the rows.
        """
        import numpy as np

        labels = labels_of(rows, settings, [target])
        table = target.project(matrix(list(rows), labels), labels)
        if target.single:
            labels = [target.label or target.average]
        flat, places = np.unique(table.reshape(len(rows), 4 * len(labels)), axis=0, return_inverse=True)
        times = np.bincount(places.ravel(), weights=list(rows.values()), minlength=len(flat)).astype(float)
        return cls(times, flat.reshape(len(flat), len(labels), 4), labels, target, settings)

    @property
    def sums(self) -> Array:
        """The counts of all documents together, of shape (labels, 4)."""
        sums: Array = (self.table * self.times[:, None, None]).sum(0)
        return sums

    def statistic(self, sums: Array) -> Array:
        """Return the number for sums of shape (..., labels, 4)."""
        zero = _zero(self.settings)
        if self.target.single:
            return _ratio(sums[..., 0, :], self.target.metric, zero)
        return self.target.statistic(self.labels, self.settings)(sums)

    @property
    def informative(self) -> int:
        """Number of documents that hold anything the number depends on."""
        return int(self.times[self.table.any(axis=(1, 2))].sum())

    def influence(self) -> Array:
        """Return how far the number moves with each document, of shape (documents,): a numeric derivative."""
        step, sums = 1e-4, self.sums
        up, down = (self.statistic(sums + sign * step * self.table) for sign in (1, -1))
        return (up - down) / (2 * step)


def labels_of(rows: Mapping[Row, Any], settings: Settings, targets: Sequence[Target]) -> list[str]:
    """Return every label of the rows, of the label set and of the targets."""
    asked = {target.label for target in targets if target.label is not None}
    return sorted({label for row in rows for label in row} | {*settings.declared_rows} | asked)


def matrix(rows: Sequence[Row], labels: Sequence[str]) -> Array:
    """Return counts of shape (rows, labels, 4)."""
    import numpy as np

    columns = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(rows) * len(labels), 4))
    items = [row.items_ for row in rows]  # most rows hold few of the labels
    places = [place * len(labels) + columns[key] for place, row in enumerate(items) for key, _ in row]
    numbers = [number for row in items for _, counts in row for number in counts]
    table[places] = np.array(numbers, dtype=float).reshape(-1, 4)
    return table.reshape(len(rows), len(labels), 4)


def _zero(settings: Settings) -> float:
    return float("nan") if settings.zero_division is None else settings.zero_division


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


def _mean(sums: Array, target: Target, over: str, declared: Sequence[bool], zero: float) -> Array:
    """Do for arrays what `Average` does; which labels are seen is found anew for each draw."""
    import numpy as np

    values = _ratio(sums, target.metric, zero)
    known = _taken(sums, over, declared) & ~np.isnan(values)
    weights = known * sums[..., 0] if target.average == "weighted" else known.astype(float)
    whole = weights.sum(-1)
    part = (np.where(known, values, 0.0) * weights).sum(-1)
    return np.where(whole == 0, zero, part / np.where(whole == 0, 1, whole))


def _taken(sums: Array, over: str, declared: Sequence[bool]) -> Any:
    """Return which labels an average is over."""
    import numpy as np

    gold, predicted = sums[..., 0], sums[..., 1]
    if over == "labels":
        return np.broadcast_to(np.array(declared, dtype=bool), gold.shape)
    return (gold > 0) | (predicted > 0) if over == "seen" else gold > 0
