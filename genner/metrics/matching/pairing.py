"""Maximum one-to-one matchings of spans, in n log n.

The entity with the smallest end is paired with the smallest end it overlaps on the other side.  All
that are left end no earlier, so an entity overlaps them as soon as they start before its own end: of
two candidates the one that ends later can be paired with everything the other can, and is kept.
Hence no other one-to-one pairing of overlapping entities has more pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any, TypeVar

from genner.metrics.matching.case import Item
from genner.types import Entity

__all__ = ["Places", "augmented", "overlapping", "overlapping_by_label", "paired_by", "same_span"]

Places = list[tuple[int, int]]
"""Pairs of places: in the gold entities, in the predictions."""

_Predicted = TypeVar("_Predicted", bound=Item)


def same_span(gold: Collection[Entity], predicted: Collection[Entity]) -> list[tuple[Entity, Entity]]:
    """Pair as many entities with equal spans as there are, in the order of their labels."""
    span = itemgetter(0, 1)
    if {*map(span, gold)}.isdisjoint(map(span, predicted)):
        return []
    return paired_by(span, sorted(gold, key=tuple), sorted(predicted, key=tuple))


def paired_by(
    key: Callable[[Any], Any], gold: Iterable[Entity], predicted: Sequence[_Predicted]
) -> list[tuple[Entity, _Predicted]]:
    """Pair each gold entity with the first prediction that has its key and no partner."""
    waiting: defaultdict[Any, list[_Predicted]] = defaultdict(list)
    for other in reversed(predicted):
        waiting[key(other)].append(other)
    return [(one, others.pop()) for one in gold if (others := waiting.get(key(one)))]


def overlapping(gold: Sequence[tuple[Any, ...]], predicted: Sequence[tuple[Any, ...]]) -> Places:
    """Pair as many entities as possible that share a character.

    Args:
        gold: start, end and label, in any order; equal entities are equal in the result too.
        predicted: the same.
    """
    if len(gold) == len(predicted) == 1:  # by far the most frequent case
        return [(0, 0)] if gold[0][0] < predicted[0][1] and predicted[0][0] < gold[0][1] else []
    # (end, start, label, side, place), so that what is taken first does not depend on the listing
    by_end = sorted(
        (entity[1], entity[0], entity[2], side, place)
        for side, entities in enumerate((gold, predicted))
        for place, entity in enumerate(entities)
    )
    unread = [sorted((one for one in by_end if one[3] == side), key=lambda one: -one[1]) for side in (0, 1)]
    started: tuple[list[tuple[int, int, str, int, int]], ...] = ([], [])
    done: tuple[set[int], ...] = (set(), set())
    pairs = []
    for end, _, _, side, place in by_end:
        if place in done[side]:
            continue
        done[side].add(place)
        others = started[1 - side]
        while unread[1 - side] and unread[1 - side][-1][1] < end:
            heappush(others, unread[1 - side].pop())
        while others and others[0][4] in done[1 - side]:
            heappop(others)
        if others:
            other = heappop(others)[4]
            done[1 - side].add(other)
            pairs.append((other, place) if side else (place, other))
    return pairs


def augmented(pairs: dict[int, int], largest: dict[int, int]) -> dict[int, int]:
    """Return as many pairs as `largest` has, in which everything that `pairs` has is paired.

    Where the largest pairing takes another route, its part is taken over only if it adds a pair (the
    symmetric difference of two matchings, Berge 1957).
    """
    kept, gold_of = dict(pairs), {other: one for one, other in pairs.items()}
    for begin in sorted(largest.keys() - pairs.keys()):
        route = {}
        place: int | None = begin
        while place in largest:
            route[place] = largest[place]
            place = gold_of.get(largest[place])
        if place is None:  # it ends at a prediction that is free
            kept.update(route)
    return kept


def overlapping_by_label(gold: Collection[Entity], predicted: Collection[Entity]) -> list[tuple[Entity, Entity]]:
    """Pair as many entities as possible that share a character, equal labels first.

    Entities that can be paired within their label are paired in any case, which costs no pair.

    Of what is found from the left and from the right, the labels decide, of both sides alike: so a mirrored text has
    the same rows, and swapped sides have swapped rows.
    """
    found = (_paired_by_label(gold, predicted, turn) for turn in (tuple, _mirrored))
    return min(found, key=_rows)


def _rows(pairs: list[tuple[Entity, Entity]]) -> tuple[object, ...]:
    """Return what the rows of labels follow from, first without regard to which side is which."""
    sides = [sorted(pair[side][2] for pair in pairs) for side in (0, 1)]
    return sorted(sides), sides


def _mirrored(entity: Entity) -> tuple[int, int, str]:
    return -entity[1], -entity[0], entity[2]


def _paired_by_label(
    gold: Collection[Entity], predicted: Collection[Entity], turn: Callable[[Entity], tuple[Any, ...]]
) -> list[tuple[Entity, Entity]]:
    """Pair entities as they are, or as they are in the mirror."""
    golds, predictions = sorted(gold, key=turn), sorted(predicted, key=turn)
    left, right = [*map(turn, golds)], [*map(turn, predictions)]
    largest = dict(overlapping(left, right))
    kept: dict[int, int] = {}
    for label in {one[2] for one in golds} & {other[2] for other in predictions}:
        ours = [place for place, one in enumerate(golds) if one[2] == label]
        theirs = [place for place, other in enumerate(predictions) if other[2] == label]
        found = overlapping([left[place] for place in ours], [right[place] for place in theirs])
        kept.update((ours[one], theirs[other]) for one, other in found)
    return [(golds[one], predictions[other]) for one, other in augmented(kept, largest).items()]
