"""Confidence intervals and significance tests: for one system, between two, corrections for many.

Documents are the units that are drawn.  Documents with the same counts are the same to every
statistic, so a draw says how often each *different* row came up (a multinomial), and the rows are
added, never scored again.  They are put in order first: the same corpus gives the same interval
whatever the order of its documents and however it was merged.

Few documents bear no such statement: below the numbers at the top of this file an interval has no
bounds and a test no p value, and both have the reason.

Sources: percentile bootstrap (Efron 1979); delta method for ratios (Cochran 1977, section 6);
approximate randomization (Noreen 1989; for NLP Yeh 2000) with the `(r + 1) / (n + 1)` and `>=` of
Davison and Hinkley 1997; step-down correction (Holm 1979).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from genner.exceptions import DataError
from genner.metrics.counts import Row
from genner.metrics.settings import Settings
from genner.metrics.targets import Sample, Target, labels_of, matrix

if TYPE_CHECKING:
    import numpy as np

    from genner.metrics.targets import Array, Statistic

__all__ = [
    "FEWEST_DRAWN",
    "FEWEST_SWAPPED",
    "TESTS",
    "Interval",
    "Paired",
    "bootstrap",
    "delta",
    "holm",
    "paired_bootstrap",
    "percentiles",
    "randomization",
    "too_few",
]

TESTS = ("randomization", "permutation", "bootstrap")
"""Swap the outputs of drawn documents; of every set of documents; draw documents."""

FEWEST_DRAWN = 20
"""Documents an interval or a bootstrap test needs: with so many, 92 of 100 intervals of 95 % hold the true F1;
with five 84, with two 53 (simulated as in `benchmarks/intervals.py`)."""

FEWEST_SWAPPED = 6
"""Documents a test by swapping needs: of 2^5 swaps of five, two are as extreme as any, so p is 0.06 at best."""

_MOST_EXACT = 20
"""Documents that differ, up to which every swap can be listed."""

_DRAWS = 4_000_000
"""Draws held at once: bounds memory, not the result."""

_RARE = 25
"""Rows of fewer documents than this are drawn document by document."""

_EPSILON = 1e-12
"""Differences closer than this are the same difference: sums of the same terms in another order."""


class Interval(tuple[float | None, float | None]):
    """Unpacks as `low, high`; both are None when there are too few documents: then `reason` says so."""

    value: float | None
    level: float
    method: str
    resamples: int | None
    seed: int | None
    reason: str

    def __new__(
        cls,
        low: float | None,
        high: float | None,
        *,
        value: float | None = None,
        level: float = 0.95,
        method: str = "bootstrap",
        resamples: int | None = None,
        seed: int | None = None,
        reason: str = "",
    ) -> Interval:
        self = super().__new__(cls, (low, high))
        self.value, self.level, self.method, self.reason = value, level, method, reason
        self.resamples, self.seed = resamples, seed
        return self

    def __getnewargs__(self) -> tuple[float | None, float | None]:
        return self[0], self[1]

    @property
    def signature(self) -> str:
        """One line naming every setting that can change the bounds."""
        drawn = "" if self.resamples is None else f"|resamples:{self.resamples}|seed:{self.seed}"
        return f"interval:{self.method}|level:{self.level:g}{drawn}"

    @property
    def low(self) -> float | None:
        return self[0]

    @property
    def high(self) -> float | None:
        return self[1]

    def __repr__(self) -> str:
        return f"Interval({self[0]}, {self[1]}, value={self.value}, level={self.level}, method={self.method!r})"


def too_few(documents: int, fewest: int) -> str:
    """Return why so many documents are too few, or an empty string when they are not."""
    if documents >= fewest:
        return ""
    return f"{documents} document{'s' * (documents != 1)} with entities; at least {fewest} are needed"


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


def resampled(
    times: Array | Sequence[int], tables: Sequence[Array], resamples: int, seed: int
) -> Iterator[list[Array]]:
    """Draw documents with replacement and yield the sums of each table, some draws at a time.

    Args:
        times: how often each different document occurs.
        tables: counts of shape (documents, ...); all are summed over the same draws.
        resamples: number of draws.
        seed: of the random numbers.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    weights = np.array(times, dtype=np.int64)
    order = np.argsort(-weights, kind="stable")
    flat = [table.reshape(len(weights), -1)[order] for table in tables]
    for count in _chunks(resamples, len(weights)):
        drawn = _drawn(random, weights[order], count)
        yield [(drawn @ part).reshape(count, *table.shape[1:]) for part, table in zip(flat, tables, strict=True)]


def _drawn(random: np.random.Generator, times: Any, count: int) -> Array:
    """Return how often each row comes up in each of `count` draws of as many documents as there are.

    A row costs a binomial number, a document an index, which takes a twentieth of the time: so rows that
    are of fewer documents than that are drawn document by document.

    Args:
        random: the source of numbers.
        times: how many documents have each row, the most frequent first.
        count: number of draws.
    """
    import numpy as np

    often = int((times >= _RARE).sum())
    rare = np.repeat(np.arange(len(times) - often), times[often:])
    groups = np.append(times[:often], len(rare))
    shares = random.multinomial(times.sum(), groups / times.sum(), size=count)
    drawn = np.empty((count, len(times)))
    drawn[:, :often] = shares[:, :-1]
    if len(rare):
        for draw, number in zip(drawn, shares[:, -1], strict=True):
            picked = rare[random.integers(0, len(rare), number)]
            draw[often:] = np.bincount(picked, minlength=len(times) - often)
    return drawn


def _chunks(resamples: int, width: int) -> Iterator[int]:
    most = max(1, _DRAWS // max(1, width))
    for start in range(0, resamples, most):
        yield min(most, resamples - start)


def bootstrap(
    rows: Mapping[Row, int], settings: Settings, target: Target, *, level: float, resamples: int, seed: int
) -> Interval:
    """Return the percentile interval of `target` over documents drawn with replacement."""
    import numpy as np

    _check(level, resamples)
    sample = Sample.of(rows, settings, target)
    value = _number(sample.statistic(sample.sums))
    how: dict[str, Any] = {"level": level, "method": "bootstrap", "resamples": resamples, "seed": seed}
    if reason := too_few(sample.informative, FEWEST_DRAWN):
        return Interval(None, None, value=value, reason=reason, **how)
    draws = [sample.statistic(sums) for (sums,) in resampled(sample.times, [sample.table], resamples, seed)]
    return Interval(*percentiles(np.concatenate(draws), level), value=value, **how)


def delta(rows: Mapping[Row, int], settings: Settings, target: Target, *, level: float) -> Interval:
    """Return the closed-form interval of `target`: its linear part at the observed sums, and a normal law."""
    _check(level, 1)
    sample = Sample.of(rows, settings, target)
    value, size = _number(sample.statistic(sample.sums)), float(sample.times.sum())
    reason = too_few(sample.informative, FEWEST_DRAWN)
    if value is None or reason:
        return Interval(None, None, value=value, level=level, method="delta", reason=reason)
    influence = sample.influence()
    centre = (influence * sample.times).sum() / size
    variance = size / (size - 1) * (sample.times * (influence - centre) ** 2).sum()
    reach = NormalDist().inv_cdf((1 + level) / 2) * float(variance) ** 0.5
    return Interval(max(0.0, value - reach), min(1.0, value + reach), value=value, level=level, method="delta")


@dataclass(frozen=True, slots=True)
class Paired:
    """Two systems on the same documents: each different pair of rows, and how often it occurs."""

    times: Sequence[int]
    first: Array
    second: Array
    statistics: Sequence[Statistic]
    swapped: bool

    @classmethod
    def of(cls, a: Sequence[Row], b: Sequence[Row], settings: Settings, targets: Sequence[Target]) -> Paired:
        """Count the pairs, in an order that depends neither on that of the documents nor on which system is first."""
        sides = [sorted(Counter(row.items_ for row in rows).items()) for rows in (a, b)]
        swapped = sides[1] < sides[0]
        pairs = Counter(zip(b, a, strict=True) if swapped else zip(a, b, strict=True))
        ordered = sorted(pairs, key=lambda two: (two[0].items_, two[1].items_))
        labels = labels_of(dict.fromkeys(row for two in ordered for row in two), settings, targets)
        first, second = (matrix([two[side] for two in ordered], labels) for side in (0, 1))
        statistics = [one.statistic(labels, settings) for one in targets]
        return cls([pairs[two] for two in ordered], first, second, statistics, swapped)

    @property
    def informative(self) -> int:
        """Number of documents in which either side has an entity."""
        import numpy as np

        return int((np.array(self.times) * (self.first.any(axis=(1, 2)) | self.second.any(axis=(1, 2)))).sum())

    def sums(self) -> tuple[Array, Array]:
        """Return the observed sums of both systems, of shape (labels, 4)."""
        import numpy as np

        weights = np.array(self.times, dtype=float)[:, None, None]
        return (weights * self.first).sum(0), (weights * self.second).sum(0)

    def differences(self, first: Array, second: Array) -> Array:
        """Return first minus second of every statistic, of shape (statistics, ...)."""
        import numpy as np

        sign = -1 if self.swapped else 1
        return sign * np.array([statistic(first) - statistic(second) for statistic in self.statistics])


def randomization(paired: Paired, *, resamples: int, seed: int, exact: bool = False) -> list[float | None]:
    """Return two-sided p values of the differences when the two outputs of any document may be swapped.

    Args:
        paired: both systems.
        resamples: swaps to draw; all are listed instead when there are no more of them.
        seed: of the random numbers.
        exact: list all swaps, however many there are.

    Raises:
        DataError: when there are too many to list.
    """
    import numpy as np

    _check(0.5, resamples)
    first, second = paired.sums()
    observed = paired.differences(first, second)
    change = paired.second - paired.first
    moved = np.flatnonzero(change.any(axis=(1, 2)))  # swapping equal rows changes nothing
    flat = change[moved].reshape(len(moved), first.size)
    times = np.array(paired.times, dtype=np.int64)[moved]
    differing = int(times.sum())
    if exact and differing > _MOST_EXACT:
        raise DataError(
            f"test='permutation' lists every swap of at most {_MOST_EXACT} documents that differ, here are "
            f"{differing}: use test='randomization'"
        )
    listed = exact or (differing <= _MOST_EXACT and 2**differing <= resamples)
    draws = _every_swap(times) if listed else _drawn_swaps(np.random.default_rng(seed), times, resamples)
    extreme, total = np.zeros(len(observed), dtype=np.int64), 0
    for swaps in draws:
        shift = (swaps @ flat).reshape(len(swaps), *first.shape)
        extreme += _extreme(paired.differences(first + shift, second - shift), observed)
        total += len(swaps)
    # what was observed is one of the listed swaps, and is added to drawn ones
    return _p_values(extreme, observed, total, added=0 if listed else 1)


def _drawn_swaps(random: np.random.Generator, times: Any, resamples: int) -> Iterator[Array]:
    """Yield how many documents of each row are swapped, some draws at a time."""
    for count in _chunks(resamples, len(times)):
        yield random.binomial(times, 0.5, size=(count, len(times))).astype(float)


def _every_swap(times: Any) -> Iterator[Array]:
    """Yield the same for every set of documents."""
    import numpy as np

    size = int(times.sum())
    rows = np.repeat(np.arange(len(times)), times)
    spread = np.zeros((size, len(times)))
    spread[np.arange(size), rows] = 1.0
    step = 1 << 14
    for start in range(0, 2**size, step):
        sets = np.arange(start, min(2**size, start + step))
        yield (sets[:, None] >> np.arange(size) & 1).astype(float) @ spread


def _extreme(values: Array, observed: Array) -> Any:
    """Count values at least as far from zero as observed; an undefined one counts, to be safe."""
    import numpy as np

    return (~(np.abs(values) < np.abs(observed)[:, None] - _EPSILON)).sum(-1)


def _p_values(extreme: Any, observed: Array, total: int, added: int = 1) -> list[float | None]:
    return [
        None if value is None else (int(count) + added) / (total + added)
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
    how: dict[str, Any] = {"level": level, "method": "bootstrap", "resamples": resamples, "seed": seed}
    if reason := too_few(paired.informative, FEWEST_DRAWN):
        values = map(_number, observed)
        return [None] * len(observed), [Interval(None, None, value=value, reason=reason, **how) for value in values]
    tables = [paired.first, paired.second]
    drawn = np.concatenate(
        [paired.differences(a, b) for a, b in resampled(paired.times, tables, resamples, seed)], axis=1
    )
    extreme = _extreme(drawn - observed[:, None], observed)
    intervals = [
        Interval(*percentiles(draws, level), value=_number(value), **how)
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
