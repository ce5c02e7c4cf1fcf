"""How spans lie to one another: sorted by start, with running maxima of the ends, found by bisection.

The relations of a span to several others are bits of one number, the closest relation lowest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal, TypeAlias, get_args

from genner.types import Entity

__all__ = ["SAME_LABEL", "Relation", "finder", "named", "neighbours"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""How a span lies to another that shares a character with it."""

SAME_SPAN, CONTAINS, CONTAINED, CROSSES, SAME_LABEL = 1, 2, 4, 8, 16

Neighbours: TypeAlias = tuple[int, Entity | None]
"""The relations to all others, with `SAME_LABEL` when one has the same label; and the closest of them."""

_SMALL = 16
"""Up to this many spans, looking at each is faster than bisecting."""

_NOBODY: Neighbours = (0, None)


@lru_cache(maxsize=16)
def named(bits: int) -> frozenset[Relation]:
    """Return the names of the relations among `bits`."""
    return frozenset(name for place, name in enumerate(get_args(Relation)) if bits >> place & 1)


def _relation(one: Entity, other: Entity) -> int:
    """Tell how `one` lies to `other`, with which it shares a character."""
    first, second = one[0] - other[0], one[1] - other[1]
    if first <= 0 <= second:
        return CONTAINS if first or second else SAME_SPAN
    return CONTAINED if second <= 0 <= first else CROSSES


def neighbours(entities: Sequence[Entity], others: Sequence[Entity]) -> list[Neighbours]:
    """Tell of each entity how it lies to `others`, and which is the closest.

    That is by relation in the order of `Relation`, then same label, larger overlap, smaller distance
    of the boundaries, coordinates.
    """
    if not entities or not others:
        return [_NOBODY] * len(entities)
    if len(others) > _SMALL:
        touching = finder(others)
        return [_described(entity, touching(entity[0], entity[1])) for entity in entities]
    found = []
    for entity in entities:
        start, end = entity[0], entity[1]
        near = [other for other in others if other[0] < end and start < other[1]]
        found.append(_described(entity, near) if near else _NOBODY)
    return found


def _described(entity: Entity, near: Sequence[Entity]) -> Neighbours:
    if len(near) == 1:  # by far the most frequent case
        other = near[0]
        bits = _relation(entity, other)
        return bits | SAME_LABEL if entity[2] == other[2] else bits, other
    if not near:
        return _NOBODY
    relations = [_relation(entity, other) for other in near]
    first = min(relations)
    best = [other for other, how in zip(near, relations, strict=True) if how == first]
    bits = SAME_LABEL if entity[2] in [other[2] for other in near] else 0
    for how in relations:
        bits |= how
    return bits, best[0] if len(best) == 1 else min(best, key=lambda other: distance(entity, other))


def distance(one: Entity, other: Entity) -> tuple[object, ...]:
    """Order the entities that lie to `one` in the same way."""
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
