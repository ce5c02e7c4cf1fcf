"""How sure a number is: intervals for one system, tests between two, corrections for many.

Documents are the units that are drawn.  Documents with the same counts are the same to every
statistic, so a draw says how often each *different* row came up (a multinomial), and the rows are
added, never scored again.  Rows are sorted first: the same corpus gives the same interval whatever
the order of its documents and however it was merged.

Sources: percentile bootstrap (Efron 1979); delta method for ratios (Cochran 1977, section 6);
approximate randomization (Noreen 1989; for NLP Yeh 2000) with the `(r + 1) / (n + 1)` and `>=` of
Davison and Hinkley 1997; step-down correction (Holm 1979).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from genner.exceptions import DataError, UnknownNameError
from genner.metrics.counts import Row
from genner.metrics.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]
    Statistic = Callable[[Array], Array]

__all__ = ["Interval", "Target", "bootstrap", "delta", "holm", "paired_bootstrap", "percentiles", "randomization"]

METRICS = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted")

_CELLS = 4_000_000
"""Draws held at once: bounds memory, not the result."""

_EPSILON = 1e-12
"""Differences closer than this are the same difference: sums of the same terms in another order."""


class Interval(tuple[float | None, float | None]):
    """Unpacks as `low, high`; both are None when there is nothing to draw from."""

    value: float | None
    level: float
    method: str

    def __new__(
        cls, low: float | None, high: float | None, *, value: float | None, level: float, method: str
    ) -> Interval:
        self = super().__new__(cls, (low, high))
        self.value, self.level, self.method = value, level, method
        return self

    @property
    def low(self) -> float | None:
        return self[0]

    @property
    def high(self) -> float | None:
        return self[1]

    def __repr__(self) -> str:
        return f"Interval({self[0]}, {self[1]}, value={self.value}, level={self.level}, method={self.method!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _interval, (self[0], self[1], self.value, self.level, self.method)


def _interval(low: float | None, high: float | None, value: float | None, level: float, method: str) -> Interval:
    return Interval(low, high, value=value, level=level, method=method)


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

    def statistic(self, labels: Sequence[str], settings: Settings) -> Statistic:
        """Return the function from sums of shape (..., labels, 4) to numbers of shape (...)."""
        zero = float("nan") if settings.zero_division is None else settings.zero_division
        if self.label is not None:
            place = list(labels).index(self.label)
            return lambda sums: _ratio(sums[..., place, :], self.metric, zero)
        if self.average == "micro":
            return lambda sums: _ratio(sums.sum(-2), self.metric, zero)
        declared = [label in (settings.labels or ()) for label in labels]
        return lambda sums: _mean(sums, self, settings.macro, declared, zero)


def _ratio(sums: Array, metric: str, zero: float) -> Array:
    """Do for arrays what `Score` does for one row; a test holds the two together."""
    import numpy as np

    gold, predicted, found, correct = np.moveaxis(sums, -1, 0)
    over, under = {
        "precision": (correct, predicted),
        "recall": (found, gold),
        "f1": (2 * correct * found, correct * gold + found * predicted),
    }[metric]
    empty = (gold + predicted if metric == "f1" else under) == 0
    return np.where(empty, zero, over / np.where(under == 0, 1, under))


def _mean(sums: Array, target: Target, over: str, declared: Sequence[bool], zero: float) -> Array:
    """Do for arrays what `Average` does; labels seen or not are told anew for each draw."""
    import numpy as np

    gold, predicted = sums[..., 0], sums[..., 1]
    if over == "labels":
        taken = np.broadcast_to(np.array(declared, dtype=bool), gold.shape)
    else:
        taken = (gold > 0) | (predicted > 0) if over == "seen" else gold > 0
    values = _ratio(sums, target.metric, zero)
    known = taken & ~np.isnan(values)
    weights = known * gold if target.average == "weighted" else known.astype(float)
    whole = weights.sum(-1)
    part = (np.where(known, values, 0.0) * weights).sum(-1)
    return np.where(whole == 0, zero, part / np.where(whole == 0, 1, whole))


def matrix(rows: Sequence[Row], labels: Sequence[str]) -> Array:
    """Return counts of shape (rows, labels, 4)."""
    import numpy as np

    return np.array([[row[label] for label in labels] for row in rows], dtype=float).reshape(len(rows), len(labels), 4)


def percentiles(values: Array, level: float) -> tuple[float | None, float | None]:
    """Return the bounds that leave out the same share of `values` at either end."""
    import numpy as np

    known = values[~np.isnan(values)]
    if not known.size:
        return None, None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _check(level: float, resamples: int) -> None:
    if not 0 < level < 1:
        raise DataError(f"level: expected a number between 0 and 1, got {level!r}")
    if isinstance(resamples, bool) or not isinstance(resamples, int) or resamples < 1:
        raise DataError(f"resamples: expected an int of at least 1, got {resamples!r}")


def _number(value: Any) -> float | None:
    number = float(value)
    return None if number != number else number


def resampled(times: Sequence[int], tables: Sequence[Array], resamples: int, seed: int) -> Iterator[list[Array]]:
    """Draw documents with replacement and yield the sums of each table, some draws at a time.

    Args:
        times: how often each different document occurs.
        tables: counts of shape (documents, ...); all are summed over the same draws.
        resamples: number of draws.
        seed: of the random numbers.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    weights = np.array(times, dtype=float)
    size = int(weights.sum())
    flat = [table.reshape(len(times), -1) for table in tables]
    for count in _chunks(resamples, len(times)):
        drawn = random.multinomial(size, weights / size, size=count).astype(float)
        yield [(drawn @ part).reshape(count, *table.shape[1:]) for part, table in zip(flat, tables, strict=True)]


def _chunks(resamples: int, width: int) -> Iterator[int]:
    most = max(1, _CELLS // max(1, width))
    for start in range(0, resamples, most):
        yield min(most, resamples - start)


def _sorted_rows(rows: Mapping[Row, int]) -> tuple[list[Row], list[int], list[str]]:
    ordered = sorted(rows, key=lambda row: row.items_)
    labels = sorted({label for row in ordered for label in row})
    return ordered, [rows[row] for row in ordered], labels


def bootstrap(
    rows: Mapping[Row, int], settings: Settings, target: Target, *, level: float, resamples: int, seed: int
) -> Interval:
    """Return the percentile interval of `target` over documents drawn with replacement."""
    import numpy as np

    _check(level, resamples)
    ordered, times, labels = _sorted_rows(rows)
    labels = _with(labels, target.label, settings)
    statistic, table = target.statistic(labels, settings), matrix(ordered, labels)
    value = _number(statistic((table * np.array(times)[:, None, None]).sum(0)))
    if not ordered:
        return Interval(None, None, value=value, level=level, method="bootstrap")
    drawn = np.concatenate([statistic(sums) for (sums,) in resampled(times, [table], resamples, seed)])
    low, high = percentiles(drawn, level)
    return Interval(low, high, value=value, level=level, method="bootstrap")


def _with(labels: list[str], label: str | None, settings: Settings) -> list[str]:
    """Add declared labels that no row holds: they take part in macro='labels', or are asked for."""
    extra = {label} if label is not None else set()
    return sorted({*labels, *(settings.labels or ()), *extra})


def delta(rows: Mapping[Row, int], settings: Settings, target: Target, *, level: float) -> Interval:
    """Return the closed-form interval of `target`: its linear part at the observed sums, and a normal law."""
    import numpy as np

    _check(level, 1)
    ordered, times, labels = _sorted_rows(rows)
    labels = _with(labels, target.label, settings)
    statistic, table = target.statistic(labels, settings), matrix(ordered, labels)
    weights = np.array(times, dtype=float)
    sums = (table * weights[:, None, None]).sum(0)
    value, size = _number(statistic(sums)), int(weights.sum())
    if value is None or size < 2:
        return Interval(None, None, value=value, level=level, method="delta")
    slopes = _gradient(sums, target, settings, labels)
    influence = (table * slopes).sum((1, 2))
    centre = (influence * weights).sum() / size
    variance = size / (size - 1) * (weights * (influence - centre) ** 2).sum()
    reach = NormalDist().inv_cdf((1 + level) / 2) * float(np.sqrt(variance))
    return Interval(max(0.0, value - reach), min(1.0, value + reach), value=value, level=level, method="delta")


def _gradient(sums: Array, target: Target, settings: Settings, labels: Sequence[str]) -> Array:
    """Return how `target` changes with each sum, of the shape of `sums`."""
    import numpy as np

    if target.label is not None:
        slopes = np.zeros_like(sums)
        place = list(labels).index(target.label)
        slopes[place] = _slope(sums[place], target.metric)
        return slopes
    if target.average == "micro":
        return np.broadcast_to(_slope(sums.sum(0), target.metric), sums.shape)
    zero = float("nan") if settings.zero_division is None else settings.zero_division
    values = _ratio(sums, target.metric, zero)
    declared = np.array([label in (settings.labels or ()) for label in labels], dtype=bool)
    seen = {"labels": declared, "gold": sums[:, 0] > 0, "seen": (sums[:, 0] > 0) | (sums[:, 1] > 0)}[settings.macro]
    known = seen & ~np.isnan(values)
    weights = known * sums[:, 0] if target.average == "weighted" else known.astype(float)
    whole = weights.sum() or 1.0
    slopes = np.array([_slope(row, target.metric) for row in sums]) * (weights / whole)[:, None]
    if target.average == "weighted":
        mean = (np.where(known, values, 0.0) * weights).sum() / whole
        slopes[:, 0] += np.where(known, values - mean, 0.0) / whole
    return slopes


def _slope(sums: Array, metric: str) -> Array:
    """Return the derivative of a ratio by (gold, predicted, found, correct); zero where it is 0/0."""
    import numpy as np

    gold, predicted, found, correct = (float(x) for x in sums)
    by_precision, by_recall = np.zeros(4), np.zeros(4)
    if predicted:
        by_precision[1], by_precision[3] = -correct / predicted**2, 1 / predicted
    if gold:
        by_recall[0], by_recall[2] = -found / gold**2, 1 / gold
    if metric != "f1":
        return by_precision if metric == "precision" else by_recall
    precision, recall = correct / (predicted or 1), found / (gold or 1)
    whole = (precision + recall) ** 2 or 1.0
    return 2 * recall**2 / whole * by_precision + 2 * precision**2 / whole * by_recall


@dataclass(frozen=True, slots=True)
class Paired:
    """Two systems on the same documents: each different pair of rows, and how often it occurs."""

    times: Sequence[int]
    first: Array
    second: Array
    statistics: Sequence[Statistic]

    @classmethod
    def of(cls, a: Sequence[Row], b: Sequence[Row], settings: Settings, targets: Sequence[Target]) -> Paired:
        """Count the pairs, in an order that does not depend on that of the documents."""
        pairs = Counter(zip(a, b, strict=True))
        ordered = sorted(pairs, key=lambda two: (two[0].items_, two[1].items_))
        names = {label for two in ordered for row in two for label in row}
        labels = sorted({*names, *(settings.labels or ()), *(one.label for one in targets if one.label is not None)})
        first, second = (matrix([two[side] for two in ordered], labels) for side in (0, 1))
        return cls([pairs[two] for two in ordered], first, second, [one.statistic(labels, settings) for one in targets])

    def sums(self) -> tuple[Array, Array]:
        """Return the observed sums of both systems, of shape (labels, 4)."""
        import numpy as np

        weights = np.array(self.times, dtype=float)[:, None, None]
        return (weights * self.first).sum(0), (weights * self.second).sum(0)

    def differences(self, first: Array, second: Array) -> Array:
        """Return first minus second of every statistic, of shape (statistics, ...)."""
        import numpy as np

        return np.array([statistic(first) - statistic(second) for statistic in self.statistics])


def randomization(paired: Paired, *, resamples: int, seed: int) -> list[float | None]:
    """Return two-sided p values of the differences when the two outputs of any document may be swapped."""
    import numpy as np

    _check(0.5, resamples)
    first, second = paired.sums()
    observed = paired.differences(first, second)
    change = paired.second - paired.first
    moved = np.flatnonzero(change.any(axis=(1, 2)))  # swapping equal rows changes nothing
    flat = change[moved].reshape(len(moved), first.size)
    times = np.array(paired.times, dtype=np.int64)[moved]
    random, extreme = np.random.default_rng(seed), np.zeros(len(observed), dtype=np.int64)
    for count in _chunks(resamples, len(moved)):
        swapped = random.binomial(times, 0.5, size=(count, len(moved))).astype(float)
        shift = (swapped @ flat).reshape(count, *first.shape)
        extreme += _extreme(paired.differences(first + shift, second - shift), observed)
    return _p_values(extreme, observed, resamples)


def _extreme(values: Array, observed: Array) -> Any:
    """Count values at least as far from zero as observed; an undefined one counts, to be safe."""
    import numpy as np

    return (~(np.abs(values) < np.abs(observed)[:, None] - _EPSILON)).sum(-1)


def _p_values(extreme: Any, observed: Array, resamples: int) -> list[float | None]:
    return [
        None if value is None else (int(count) + 1) / (resamples + 1)
        for count, value in zip(extreme, map(_number, observed), strict=True)
    ]


def paired_bootstrap(
    paired: Paired, *, resamples: int, seed: int, level: float = 0.95
) -> tuple[list[float | None], list[Interval]]:
    """Return two-sided p values and intervals of the differences over documents drawn with replacement.

    A p value is that of the drawn differences shifted to where there is no difference.
    """
    import numpy as np

    _check(level, resamples)
    observed = paired.differences(*paired.sums())
    tables = [paired.first, paired.second]
    chunks = [
        paired.differences(a, b) for a, b in (resampled(paired.times, tables, resamples, seed) if paired.times else ())
    ]
    drawn = np.concatenate(chunks, axis=1) if chunks else np.zeros((len(observed), 0))
    extreme = _extreme(drawn - observed[:, None], observed) + (resamples - drawn.shape[1])
    intervals = [
        Interval(*percentiles(draws, level), value=_number(value), level=level, method="bootstrap")
        for draws, value in zip(drawn, observed, strict=True)
    ]
    return _p_values(extreme, observed, resamples), intervals


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values so that the chance of any false alarm among them stays what it is for one.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]

    """
    ranks = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(ranks):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
