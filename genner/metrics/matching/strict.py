"""Same span and same label; repeated entities pair off one to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from genner.metrics.matching._case import Case, Item, Matched
from genner.types import Entity

__all__ = ["common", "strict"]


def common(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Collection[Entity]:
    """Return what both sides hold, each entity as often as both do."""
    left, right = {*gold}, {*predicted}
    if len(left) == len(gold) and len(right) == len(predicted):
        return left & right
    return list((Counter(gold) & Counter(predicted)).elements())


def strict(case: Case) -> Matched:
    """Give credit where start, end and label agree."""
    shared = common(case.gold, case.predicted)
    counted: Sequence[Item] = [*case.predicted, *case.unplaced] if case.unplaced else case.predicted
    return Matched(case.gold, counted, shared, shared)
