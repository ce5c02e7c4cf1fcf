"""Confidence intervals and significance tests: for one system, between two, corrections for many.

Documents are the units that are drawn.  Documents with the same counts are the same to every
statistic, so a draw says how often each *different* row came up, and the rows are added, never scored
again.  They are put in order first: the same corpus gives the same interval whatever the order of its
documents and however it was merged.

Few documents bear no such statement: below the numbers at the top of this file an interval has no
bounds and a test no p-value, and both have the reason.

Sources: percentile bootstrap (Efron 1979); delta method for ratios (Cochran 1977, section 6);
approximate randomization (Noreen 1989; for NLP Yeh 2000) with the `(r + 1) / (n + 1)` and `>=` of
Davison and Hinkley 1997; step-down correction (Holm 1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from genner.exceptions import DataError
from genner.metrics.targets import Sample

if TYPE_CHECKING:
    from genner.metrics.targets import Array

__all__ = [
    "FEWEST_DRAWN", "FEWEST_SWAPPED", "TESTS", "Interval", "bootstrap", "delta", "holm", "missing_reasons",
    "randomization", "too_few",
]  # fmt: skip

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

_EPSILON = 1e-12
"""Differences closer than this are the same difference: sums of the same terms in another order."""


class Interval(tuple[float | None, float | None]):
    """Unpacks as `low, high`; both are None when there are too few documents: then `reason` says so."""

    low: float | None
    high: float | None
    value: float | None = None
    level: float = 0.95
    method: str = "bootstrap"
    resamples: int | None = None
    seed: int | None = None
    reason: str = ""

    def __new__(cls, low: float | None, high: float | None, **about: Any) -> Interval:
        self = super().__new__(cls, (low, high))
        self.__dict__.update(about, low=low, high=high)
        return self

    def __getnewargs__(self) -> tuple[float | None, float | None]:
        return self.low, self.high

    @property
    def signature(self) -> str:
        """One line naming every setting that can change the bounds."""
        drawn = "" if self.resamples is None else f"|resamples:{self.resamples}|seed:{self.seed}"
        return f"interval:{self.method}|level:{self.level:g}{drawn}"

    def __repr__(self) -> str:
        if self.low is None or self.high is None:
            return f"<Interval none: {self.reason or 'the value is undefined'}>"
        value = "" if self.value is None else f"{self.value:.4f}, "
        return f"<Interval {value}{100 * self.level:g} % from {self.low:.4f} to {self.high:.4f}, {self.method}>"


def too_few(documents: int, fewest: int) -> str:
    """Return why so many documents are too few, or an empty string when they are not."""
    if documents >= fewest:
        return ""
    return f"{documents} document{'s' * (documents != 1)} with entities; at least {fewest} are needed"


def missing_reasons(what: str, reasons: Iterable[tuple[str, str]], most: int = 3) -> list[str]:
    """Say of each number why it has no interval or p-value; of many, of the first, and how many more there are."""
    missing = [f"no {what} for {name}: {reason}" for name, reason in reasons if reason]
    return missing if len(missing) <= most else [*missing[:most], f"no {what} for {len(missing) - most} more"]


def _percentiles(values: Array, level: float) -> list[float | None]:
    """Return the bounds that leave out the same share of `values` at either end."""
    import numpy as np

    known = values[~np.isnan(values)]
    return np.quantile(known, [(1 - level) / 2, (1 + level) / 2]).tolist() if known.size else [None, None]


def _check(level: float, resamples: int, seed: int = 0) -> None:
    if not 0 < level < 1:
        raise DataError(f"level: expected a number between 0 and 1, got {level!r}")
    for name, value, least in (("resamples", resamples, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise DataError(f"{name}: expected an int of at least {least}, got {value!r}")


def _number(value: Any) -> float | None:
    number = float(value)
    return None if number != number else number


def _resampled(sample: Sample, resamples: int, seed: int) -> Array:
    """Draw documents with replacement and return the numbers of each draw, of shape (numbers, draws)."""
    import numpy as np

    random = np.random.default_rng(seed)
    rows = np.repeat(np.arange(len(sample.times)), sample.times.astype(np.int64))
    flat = [table.reshape(len(table), -1) for table in sample.tables]
    found = []
    for count in _chunks(resamples, len(flat[0])):
        drawn = np.empty((count, len(flat[0])))  # how often each row comes up
        for draw in drawn:
            draw[:] = np.bincount(rows[random.integers(0, len(rows), len(rows))], minlength=len(draw))
        sums = [
            (drawn @ part).reshape(count, *table.shape[1:]) for part, table in zip(flat, sample.tables, strict=True)
        ]
        found.append(sample.statistic(sums))
    return np.concatenate(found, axis=1)


def _chunks(resamples: int, width: int) -> Iterator[int]:
    most = max(1, _DRAWS // max(1, width))
    for start in range(0, resamples, most):
        yield min(most, resamples - start)


def bootstrap(
    sample: Sample, *, resamples: int, seed: int, level: float = 0.95
) -> tuple[list[float | None], list[Interval]]:
    """Draw documents with replacement.

    Returns:
        For each number the two-sided p-value of a distance from zero, from the draws shifted so that zero is
        true, and the percentile interval; both are None where too few documents hold what it depends on.
    """
    _check(level, resamples, seed)
    observed = sample.observed
    reasons = [too_few(documents, FEWEST_DRAWN) for documents in sample.holding]
    drawn = observed[:, None] if all(reasons) else _resampled(sample, resamples, seed)
    tested = _p_values(_extreme(drawn - observed[:, None], observed), observed, resamples, reasons)
    intervals = [
        Interval(
            *((None, None) if reason else _percentiles(values, level)), value=_number(value), level=level,
            method="bootstrap", resamples=resamples, seed=seed, reason=reason,
        )
        for values, value, reason in zip(drawn, observed, reasons, strict=True)
    ]  # fmt: skip
    return tested, intervals


def delta(sample: Sample, *, level: float) -> list[Interval]:
    """Return closed-form intervals: the linear part of each number at the observed sums, and a normal law."""
    _check(level, 1)
    step, size, found = 1e-4, float(sample.times.sum()), []
    up, down = (
        sample.statistic([sums + sign * table for sums, table in zip(sample.sums, sample.tables, strict=True)])
        for sign in (step, -step)
    )
    # how far each number moves with each document: a numeric derivative
    for number, slopes, documents in zip(sample.observed, (up - down) / (2 * step), sample.holding, strict=True):
        value, low, high, reason = _number(number), None, None, too_few(documents, FEWEST_DRAWN)
        if value is not None and not reason:
            centre = (slopes * sample.times).sum() / size
            variance = size / (size - 1) * (sample.times * (slopes - centre) ** 2).sum()
            reach = NormalDist().inv_cdf((1 + level) / 2) * float(variance) ** 0.5
            low, high = max(0.0, value - reach), min(1.0, value + reach)
        found.append(Interval(low, high, value=value, level=level, method="delta", reason=reason))
    return found


def randomization(sample: Sample, *, resamples: int, seed: int, exact: bool = False) -> list[float | None]:
    """Return two-sided p-values of the differences when the two outputs of any document may be swapped.

    Where there are no more than `resamples` swaps, or under `exact`, all are listed and none is drawn.

    Returns:
        A p-value for each number; None where too few documents hold what it depends on.

    Raises:
        DataError: when there are too many to list.
    """
    import numpy as np

    _check(0.5, resamples, seed)
    (first, second), observed = sample.sums, sample.observed
    change = sample.tables[1] - sample.tables[0]
    moved = np.flatnonzero(change.any(axis=(1, 2)))  # swapping equal rows changes nothing
    flat = change[moved].reshape(len(moved), first.size)
    times = sample.times[moved].astype(np.int64)
    differing = int(times.sum())
    if exact and differing > _MOST_EXACT:
        raise DataError(
            f"test='permutation' lists every swap of at most {_MOST_EXACT} documents that differ, here are "
            f"{differing}: use test='randomization'"
        )
    listed = exact or (differing <= _MOST_EXACT and 2**differing <= resamples)
    random = np.random.default_rng(seed)
    drawn = (
        random.binomial(times, 0.5, size=(count, len(times))).astype(float) for count in _chunks(resamples, len(times))
    )
    extreme, total = np.zeros(len(observed), dtype=np.int64), 0
    for swaps in _every_swap(times) if listed else drawn:
        shift = (swaps @ flat).reshape(len(swaps), *first.shape[1:])
        extreme += _extreme(sample.statistic([first + shift, second - shift]), observed)
        total += len(swaps)
    # what was observed is one of the listed swaps, and is added to drawn ones
    reasons = [too_few(documents, FEWEST_SWAPPED) for documents in sample.holding]
    return _p_values(extreme, observed, total, reasons, added=0 if listed else 1)


def _every_swap(times: Any) -> Iterator[Array]:
    """Yield which documents are swapped, for every set of documents, some sets at once."""
    import numpy as np

    size, step = int(times.sum()), 1 << 14
    spread = np.eye(len(times))[np.repeat(np.arange(len(times)), times)]
    for start in range(0, 2**size, step):
        sets = np.arange(start, min(2**size, start + step))
        yield (sets[:, None] >> np.arange(size) & 1).astype(float) @ spread


def _extreme(values: Array, observed: Array) -> Any:
    """Count values at least as far from zero as observed; an undefined one counts, to be safe."""
    import numpy as np

    return (~(np.abs(values) < np.abs(observed)[:, None] - _EPSILON)).sum(-1)


def _p_values(extreme: Any, observed: Array, total: int, reasons: Sequence[str], added: int = 1) -> list[float | None]:
    return [
        None if reason or _number(value) is None else (int(count) + added) / (total + added)
        for count, value, reason in zip(extreme, observed, reasons, strict=True)
    ]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that the chance of any false alarm among them stays what it is for one.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]

    Args:
        p_values: of the tests, in any order.
    """
    ranks = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(ranks):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
