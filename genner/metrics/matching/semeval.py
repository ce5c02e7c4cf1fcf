"""The measures of SemEval-2013 task 9.1, but for the strict one.

`boundaries` ("exact"): the same span, whatever the label.  Where the labels of a pair differ, the gold entity
counts as found in its own row and the prediction as correct in its own.

`partial`: any overlap, whatever the label, half credit where the spans differ.  Equal spans are paired first, then
as many of the others as possible.  No one-to-one pairing gives more credit: an equal span is worth the two halves
it may cost.

`type`: any overlap with the same label, as many pairs as each label allows.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair, remaining
from genner.metrics.matching.pairing import augmented, overlapping, overlapping_by_label, same_span
from genner.types import Entity

__all__ = ["boundaries", "entity_type", "partial"]

_FEW = 16
"""Up to so many possible pairs, looking at each is faster; mostly there is one to choose, or none."""


def _boundaries(case: Case) -> Iterable[Pair]:
    return ((one, other, 1) for one, other in same_span(*case.rest))


def _partial(case: Case) -> Iterable[Pair]:
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


def _type(case: Case) -> Iterable[Pair]:
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


boundaries = Matching("boundaries", _boundaries, "start and end agree", pairs_exact_first=True)
partial = Matching(
    "partial", _partial, "they share a character: 1 for the same span, else one half", pairs_exact_first=True
)
entity_type = Matching("type", _type, "they share a character, and the label agrees", pairs_exact_first=True)
