"""Any overlap, whatever the label; half credit where the spans differ ("partial" of SemEval-2013 task 9.1)."""

from __future__ import annotations

from genner.metrics.matching._case import Case, Matched, credit
from genner.metrics.matching._pairing import pair, split_exact
from genner.types import Entity

__all__ = ["partial"]


def partial(case: Case) -> Matched:
    """Give full credit for the same span, half for an overlap, to pairs one to one."""
    exact, gold, predicted = case.split or split_exact(case.gold, case.predicted)
    full: list[tuple[Entity, Entity]] = []
    half: list[tuple[Entity, Entity]] = []
    for one, other in pair(gold, predicted):
        (full if one[0] == other[0] and one[1] == other[1] else half).append((one, other))
    return credit(case, exact, full, half)
