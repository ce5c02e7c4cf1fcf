"""How surely the mean loss of a document is below a limit: p-values that hold for every number of documents.

The hypothesis is that the mean of independent losses, drawn alike, is above `limit`.  A p-value below `delta`
rejects it with a probability of at most `delta` where it is true.
"""

from __future__ import annotations

import math
from typing import Any, Literal, TypeAlias, get_args

from genner.exceptions import DataError, UnknownNameError

__all__ = ["Test", "binomial_tail", "p_value"]

Test: TypeAlias = Literal["betting", "binomial", "normal"]

_BETS = ((1.0, 0.75), (1 / 3, 0.25))
"""Sizes of bets, as shares of the largest there can be, and how much is put on each.  Large ones find most in a few
hundred documents, where a test needs a mean far below its limit; many documents bear the cost of both."""


def p_value(losses: Any, limit: float, highest: float, *, test: Test = "betting") -> float:
    """Return the p-value of the hypothesis that the mean loss is above `limit`.

    * `"betting"`: the weighted mean over two bets b of the product of 1 - b (loss - limit), none of it negative.
      Where the hypothesis is true its expectation is at most 1, so that its inverse is a p-value (Markov; Waudby-Smith
      and Ramdas 2020, Estimating means of bounded random variables by betting, with bets that are fixed beforehand,
      so that the order of the documents does not matter).  It adapts to the variance.
    * `"binomial"`: exact, for losses of 0 and 1 only.
    * `"normal"`: the central limit theorem, with one loss of 1 above the limit added, so that a few documents without
      an error prove nothing.  It finds more than the others in a few hundred documents, and it is an approximation:
      nothing bounds how often it is wrong.

    Args:
        losses: one for each document.
        limit: what the mean loss should not exceed.
        highest: the largest loss there can be.

    Raises:
        DataError: when a loss is larger than that, or is no 0 or 1 in a binomial test.
        UnknownNameError: for another test.
    """
    import numpy

    values = numpy.asarray(losses, float)
    if len(values) and values.max() > highest + 1e-9:
        raise DataError(f"losses: expected at most {highest:g}, got {values.max():g}")
    if test not in get_args(Test):
        raise UnknownNameError.of("test", test, get_args(Test))
    if limit >= highest:
        return 0.0
    if not len(values):
        return 1.0
    if test == "normal":
        return _normal(numpy.append(values - limit, min(1.0, highest - limit)))
    if test == "betting":
        return _betting(values - limit, highest - limit)
    if not numpy.isin(values, (0, 1)).all():
        raise DataError("losses: the binomial test is for losses of 0 and 1")
    return binomial_tail(int(values.sum()), len(values), limit)


def _betting(centred: Any, highest: float) -> float:
    import numpy

    sizes, weights = numpy.array(_BETS).T
    bets = sizes * (1 - 1e-6) / highest
    wealth = numpy.log1p(-bets[:, None] * centred[None, :]).sum(1)
    return math.exp(min(0.0, -float(numpy.logaddexp.reduce(wealth + numpy.log(weights)))))


def _normal(centred: Any) -> float:
    error = float(centred.std(ddof=1)) / math.sqrt(len(centred))
    return 0.5 * math.erfc(-float(centred.mean()) / error / math.sqrt(2)) if error else 1.0


def binomial_tail(count: int, trials: int, chance: float) -> float:
    """Return the probability of at most `count` successes in `trials` trials."""
    if count < 0:
        return 0.0
    if count >= trials or chance <= 0:
        return 1.0
    if chance >= 1:
        return 0.0
    first = math.lgamma(trials + 1)
    logs = [
        first
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(chance)
        + (trials - k) * math.log1p(-chance)
        for k in range(count + 1)
    ]
    top = max(logs)
    return min(1.0, math.exp(top + math.log(math.fsum(math.exp(value - top) for value in logs))))
