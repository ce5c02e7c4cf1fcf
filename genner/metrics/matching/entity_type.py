"""Any overlap with the same label ("type" of SemEval-2013 task 9.1): as many pairs as each label allows."""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair
from genner.metrics.matching.pairing import overlapping

__all__ = ["entity_type"]


def _match(case: Case) -> Iterable[Pair]:
    exact, missed, wrong = case.split
    open_labels = {one[2] for one in missed} & {other[2] for other in wrong}
    pairs: list[Pair] = [(entity, entity, 1) for entity in exact if entity[2] not in open_labels]
    for label in open_labels:
        # with the exact ones: two pairs may be possible where pairing an exact one leaves none
        gold = [entity for entity in case.gold if entity[2] == label]
        predicted = [entity for entity in case.predicted if entity[2] == label]
        pairs += [(gold[one], predicted[other], 1) for one, other in overlapping(gold, predicted)]
    return pairs


entity_type = Matching("type", _match, "they share a character, and the label agrees", pairs_exact_first=True)
