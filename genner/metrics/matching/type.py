"""Any overlap with the same label ("type" of SemEval-2013 task 9.1).

Pairs are those of `partial`; a pair whose labels differ uses up both its entities and gets no credit.
"""

from __future__ import annotations

from collections.abc import Sequence

from genner.metrics.matching._case import Pair
from genner.metrics.matching._pairing import BeyondExact, Pairs

__all__ = ["type_"]


def _credited(pairs: Sequence[Pair]) -> Pairs:
    return [(one, other) for one, other in pairs if one[2] == other[2]], ()


type_ = BeyondExact(_credited)
"""Gives credit to pairs whose labels agree."""
