"""Same span, whatever the label ("exact" of SemEval-2013 task 9.1).

Where the labels of a pair differ, the gold entity counts as found in its own row and the prediction
as correct in its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair
from genner.metrics.matching.pairing import same_span

__all__ = ["boundaries"]


def _match(case: Case) -> Iterable[Pair]:
    return ((one, other, 1) for one, other in same_span(*case.rest))


boundaries = Matching("boundaries", _match, "start and end agree", pairs_exact_first=True)
