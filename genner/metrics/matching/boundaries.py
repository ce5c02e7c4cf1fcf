"""Same span, whatever the label ("exact" of SemEval-2013 task 9.1).

Where the labels of a pair differ, the gold entity counts as found in its own row and the prediction
as correct in its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair
from genner.metrics.matching.pairing import same_span
from genner.metrics.matching.strict import exact_pairs

__all__ = ["boundaries"]


def _match(case: Case) -> Iterable[Pair]:
    _, missed, wrong = case.split
    return [*exact_pairs(case), *((one, other, 1) for one, other in same_span(missed, wrong))]


boundaries = Matching("boundaries", _match, "start and end agree", pairs_exact_first=True)
