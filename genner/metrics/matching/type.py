"""Any overlap with the same label ("type" of SemEval-2013 task 9.1).

Pairs are those of `partial`; a pair whose labels differ uses up both its entities and gets no credit.
"""

from __future__ import annotations

from genner.metrics.matching._case import Case, Matched, credit
from genner.metrics.matching._pairing import pair, split_exact

__all__ = ["type_"]


def type_(case: Case) -> Matched:
    """Give credit to pairs whose labels agree."""
    exact, gold, predicted = case.split or split_exact(case.gold, case.predicted)
    return credit(case, exact, [(one, other) for one, other in pair(gold, predicted) if one[2] == other[2]])
