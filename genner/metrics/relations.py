"""Which spans share a character: sorted by start, with running maxima of the ends, found by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal, TypeAlias

from genner.types import Entity

__all__ = ["Relation", "closest", "finder", "relation"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""How a span lies to another that shares a character with it."""

_SMALL = 16
"""Up to this many spans, looking at each is faster than bisecting."""

_RANK: dict[Relation, int] = {"same_span": 0, "contains": 1, "contained": 2, "crosses": 3}


def relation(one: Entity, other: Entity) -> Relation:
    """Tell how `one` lies to `other`, with which it shares a character."""
    if one[0] == other[0] and one[1] == other[1]:
        return "same_span"
    if one[0] <= other[0] and other[1] <= one[1]:
        return "contains"
    if other[0] <= one[0] and one[1] <= other[1]:
        return "contained"
    return "crosses"


def closest(entity: Entity, near: Sequence[Entity], relations: Sequence[Relation]) -> Entity:
    """Return the one of `near` by relation, then same label, larger overlap, smaller distance, coordinates.

    Args:
        entity: the one they are near to.
        near: entities that share a character with it.
        relations: how `entity` lies to each of them.
    """
    first = min(relations, key=_RANK.__getitem__)
    best = [other for other, how in zip(near, relations, strict=True) if how == first]
    return best[0] if len(best) == 1 else min(best, key=lambda other: _distance(entity, other))


def _distance(one: Entity, other: Entity) -> tuple[object, ...]:
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    borders = abs(one[0] - other[0]) + abs(one[1] - other[1])
    return one[2] != other[2], -overlap, borders, other


def finder(entities: Sequence[Entity]) -> Callable[[int, int], list[Entity]]:
    """Return the function that lists those of `entities` that share a character with `start:end`."""
    if len(entities) <= _SMALL:
        return lambda start, end: [entity for entity in entities if entity[0] < end and start < entity[1]]
    ordered = sorted(entities)
    starts = [entity[0] for entity in ordered]
    reach = list(accumulate([entity[1] for entity in ordered], max))

    def touching(start: int, end: int) -> list[Entity]:
        window = ordered[bisect_right(reach, start) : bisect_left(starts, end)]
        return [entity for entity in window if start < entity[1]]

    return touching
