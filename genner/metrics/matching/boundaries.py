"""Same span, whatever the label ("exact" of SemEval-2013 task 9.1).

Where the labels of a pair differ, the gold entity counts as found in its own row and the prediction
as correct in its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from genner.metrics.matching._case import Pair
from genner.metrics.matching._pairing import BeyondExact, Pairs

__all__ = ["boundaries"]


def _credited(pairs: Sequence[Pair]) -> Pairs:
    return [(one, other) for one, other in pairs if one[0] == other[0] and one[1] == other[1]], ()


boundaries = BeyondExact(_credited, same_span=True)
"""Gives credit where start and end agree."""
