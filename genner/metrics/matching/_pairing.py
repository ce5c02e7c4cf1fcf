"""Pair gold entities with predictions one to one, in an order that does not depend on their listing.

All pairs that share a character are taken in one global order: same span and label, same span, same
label, larger overlap, smaller distance of the boundaries, coordinates.  A pair is kept when both of
its entities are still free.  The order is symmetric, so swapping the sides gives the same pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from genner.metrics.matching._case import Case, Matched, Pair, credit
from genner.metrics.matching._crowded import pair_crowded, pair_same_span
from genner.metrics.relations import finder
from genner.types import Entity

__all__ = ["BeyondExact", "Pairs", "pair", "split_exact"]

Pairs: TypeAlias = tuple[Sequence[Pair], Sequence[Pair]]
"""Pairs with full credit, and pairs with half."""

Split: TypeAlias = tuple[Collection[Entity], list[Entity], list[Entity]]
"""What agrees in span and label, and what is left of the gold entities and of the predictions."""

_SMALL = 64
"""Up to this many pairs, looking at each is faster than an index."""

_CROWD = 32
"""From this many pairs for each entity on, they are not listed."""


def split_exact(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Split:
    """Take out what agrees in span and label; return it, and what is left of either side."""
    left, right = {*gold}, {*predicted}
    if len(left) == len(gold) and len(right) == len(predicted):
        shared = left & right
        return shared, [*(left - shared)], [*(right - shared)]
    all_left, all_right = Counter(gold), Counter(predicted)
    both = all_left & all_right
    return list(both.elements()), list((all_left - both).elements()), list((all_right - both).elements())


class BeyondExact:
    """A matching that gives credit to what agrees in span and label, and to some of the pairs of `pair`.

    Args:
        credited: takes the pairs; says which get full credit and which get half.
        same_span: whether only pairs with the same span get any, which are found sooner.
    """

    def __init__(self, credited: Callable[[Sequence[Pair]], Pairs], *, same_span: bool = False) -> None:
        self.credited = credited
        self.same_span = same_span

    def pairs(self, gold: Sequence[Entity], predicted: Sequence[Entity]) -> Pairs:
        """Return the pairs with full and with half credit, of what is left when exact matches are taken out."""
        return self.credited(pair(gold, predicted, same_span=self.same_span))

    def __call__(self, case: Case) -> Matched:
        exact, gold, predicted = split_exact(case.gold, case.predicted)
        return credit(case, exact, *self.pairs(gold, predicted))


def pair(gold: Sequence[Entity], predicted: Sequence[Entity], *, same_span: bool = False) -> list[Pair]:
    """Pair what is left when exact matches are taken out, where it shares a character.

    Args:
        gold: gold entities without exact match.
        predicted: predictions without exact match.
        same_span: pair only entities with the same span.
    """
    if len(gold) * len(predicted) <= _SMALL:
        candidates = [
            (at, place)
            for at, one in enumerate(gold)
            for place, other in enumerate(predicted)
            if one[0] < other[1] and other[0] < one[1] and (not same_span or one[:2] == other[:2])
        ]
    elif same_span:
        return pair_same_span(gold, predicted)
    else:
        most = _CROWD * (len(gold) + len(predicted))
        candidates = list(islice(_overlapping(gold, predicted), most + 1))
        if len(candidates) > most:
            return pair_crowded(gold, predicted)
    if len(candidates) < 2:
        return [(gold[one], predicted[other]) for one, other in candidates]
    ordered = sorted([(_order(gold[one], predicted[other]), one, other) for one, other in candidates])
    taken_gold, taken_predicted, kept = set(), set(), []
    for _, one, other in ordered:
        if one not in taken_gold and other not in taken_predicted:
            taken_gold.add(one)
            taken_predicted.add(other)
            kept.append((gold[one], predicted[other]))
    return kept


def _overlapping(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Iterator[tuple[int, int]]:
    """Yield places of entities that share a character."""
    touching = finder(gold)
    places: dict[Entity, list[int]] = {}
    for at, one in enumerate(gold):
        places.setdefault(one, []).append(at)
    for place, other in enumerate(predicted):
        for one in dict.fromkeys(touching(other[0], other[1])):
            for at in places[one]:
                yield at, place


def _order(one: Entity, other: Entity) -> tuple[object, ...]:
    distance = abs(one[0] - other[0]) + abs(one[1] - other[1])
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    first, second = (one, other) if one < other else (other, one)
    return distance > 0, one[2] != other[2], -overlap, distance, first, second
