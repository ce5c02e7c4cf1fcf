"""Same span, whatever the label ("exact" of SemEval-2013 task 9.1).

Where the labels of a pair differ, the gold entity counts as found in its own row and the prediction
as correct in its own.
"""

from __future__ import annotations

from genner.metrics.matching._case import Case, Matched, credit
from genner.metrics.matching._pairing import pair, split_exact

__all__ = ["boundaries"]


def boundaries(case: Case) -> Matched:
    """Give credit where start and end agree."""
    exact, gold, predicted = case.split or split_exact(case.gold, case.predicted)
    return credit(case, exact, pair(gold, predicted, same_span=True))
