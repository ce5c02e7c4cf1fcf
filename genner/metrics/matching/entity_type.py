"""Any overlap with the same label ("type" of SemEval-2013 task 9.1): as many pairs as each label allows."""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair, remaining
from genner.metrics.matching.pairing import augmented, overlapping
from genner.types import Entity

__all__ = ["entity_type"]


def _match(case: Case) -> Iterable[Pair]:
    missed, wrong = case.rest
    found: list[Pair] = []
    for label in {one[2] for one in missed} & {other[2] for other in wrong}:
        gold, predicted = [one for one in missed if one[2] == label], [other for other in wrong if other[2] == label]
        pairs = [(gold[one], predicted[other]) for one, other in overlapping(gold, predicted)]
        if len(pairs) < min(len(gold), len(predicted)):
            exact = [one for one in remaining(case.gold, missed) if one[2] == label]
            pairs = _with_exact(exact, gold, predicted)
        found += [(one, other, 1) for one, other in pairs]
    return found


def _with_exact(exact: list[Entity], gold: list[Entity], predicted: list[Entity]) -> list[tuple[Entity, Entity]]:
    """Pair more entities of one label by taking apart pairs of equal ones.

    All that were paired stay paired, with others.  What is returned are those that are paired besides.
    """
    least = len(exact)
    pairs = augmented(
        {place: place for place in range(least)}, dict(overlapping([*exact, *gold], [*exact, *predicted]))
    )
    ones = sorted(one for one in pairs if one >= least)
    others = sorted(other for other in pairs.values() if other >= least)
    return [(gold[one - least], predicted[other - least]) for one, other in zip(ones, others, strict=True)]


entity_type = Matching("type", _match, "they share a character, and the label agrees", pairs_exact_first=True)
