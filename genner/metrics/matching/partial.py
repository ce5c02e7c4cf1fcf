"""Any overlap, whatever the label; half credit where the spans differ ("partial" of SemEval-2013 task 9.1).

Equal spans are paired first, then as many of the others as possible.  No one-to-one pairing gives
more credit: an equal span is worth the two halves it may cost.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair, remaining
from genner.metrics.matching.pairing import overlapping_by_label, same_span

__all__ = ["partial"]

_FEW = 16
"""Up to so many possible pairs, looking at each is faster; mostly there is one to choose, or none."""


def _match(case: Case) -> Iterable[Pair]:
    missed, wrong = case.rest
    if len(missed) * len(wrong) <= _FEW:
        near = [(one, other) for one in missed for other in wrong if one[0] < other[1] and other[0] < one[1]]
        if len({one for one, _ in near}) == len(near) == len({other for _, other in near}):  # no choice
            return [(one, other, 1 if one[:2] == other[:2] else 0.5) for one, other in near]
    equal = same_span(missed, wrong)
    if equal:
        missed = remaining(missed, [one for one, _ in equal])
        wrong = remaining(wrong, [other for _, other in equal])
    rest = overlapping_by_label(missed, wrong) if missed and wrong else ()
    return [*((one, other, 1) for one, other in equal), *((one, other, 0.5) for one, other in rest)]


partial = Matching(
    "partial", _match, "they share a character: 1 for the same span, else one half", pairs_exact_first=True
)
