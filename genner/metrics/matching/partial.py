"""Any overlap, whatever the label; half credit where the spans differ ("partial" of SemEval-2013 task 9.1)."""

from __future__ import annotations

from genner.metrics.matching._case import Case, Matched
from genner.metrics.matching._pairing import pair, split_exact

__all__ = ["partial"]


def partial(case: Case) -> Matched:
    """Give full credit for the same span, half for an overlap, to pairs one to one."""
    exact, gold, predicted = split_exact(case.gold, case.predicted)
    pairs = pair(gold, predicted)
    full = [(one, other) for one, other in pairs if one[:2] == other[:2]]
    half = [(one, other) for one, other in pairs if one[:2] != other[:2]]
    return Matched(
        case.gold,
        [*case.predicted, *case.unplaced],
        [*exact, *(one for one, _ in full)],
        [*exact, *(other for _, other in full)],
        [one for one, _ in half],
        [other for _, other in half],
    )
