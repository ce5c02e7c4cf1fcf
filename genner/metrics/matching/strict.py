"""Same span and same label; repeated entities pair off one to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from genner.metrics.matching._case import Case, Item, Matched

__all__ = ["strict"]


def strict(case: Case) -> Matched:
    """Give credit where start, end and label agree."""
    gold, predicted = case.gold, case.predicted
    unique = set(predicted)
    if len(unique) == len(predicted) and len(set(gold)) == len(gold):
        common = [entity for entity in gold if entity in unique]
    else:
        common = list((Counter(gold) & Counter(predicted)).elements())
    counted: Sequence[Item] = [*predicted, *case.unplaced] if case.unplaced else predicted
    return Matched(gold, counted, common, common)
