"""How spans lie to one another: sorted by start, with running maxima of the ends, found by bisection.

The relations of a span to several others are bits of one number, the closest relation lowest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import Literal, TypeAlias, get_args

from genner.metrics._crowds import Crowd, best_within, crossing
from genner.types import Entity

__all__ = ["SAME_LABEL", "Relation", "finder", "named", "neighbours"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""How a span lies to another that shares a character with it."""

SAME_SPAN, CONTAINS, CONTAINED, CROSSES, SAME_LABEL = 1, 2, 4, 8, 16

Neighbours: TypeAlias = tuple[int, Entity | None]
"""The relations to all others, with `SAME_LABEL` when one has the same label; and the closest of them."""

_SMALL = 16
"""Up to this many spans, looking at each is faster than bisecting."""

_CROWD = 64
"""From this many possible neighbours on, sweeping is faster than listing them."""

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
        return _among_many(entities, others)
    found = []
    for entity in entities:
        start, end = entity[0], entity[1]
        near = [other for other in others if other[0] < end and start < other[1]]
        found.append(_described(entity, near) if near else _NOBODY)
    return found


def _among_many(entities: Sequence[Entity], others: Sequence[Entity]) -> list[Neighbours]:
    """List the neighbours of those that have few, and sweep over the others together."""
    ordered, window = windows(others)
    crowded, found = [], []
    for place, entity in enumerate(entities):
        start, end = entity[0], entity[1]
        first, after = window(start, end)
        if after - first > _CROWD:
            crowded.append(place)
            found.append(_NOBODY)
        else:
            found.append(_described(entity, [other for other in ordered[first:after] if start < other[1]]))
    if crowded:
        swept = _swept([entities[place] for place in crowded], others)
        for place, neighbour in zip(crowded, swept, strict=True):
            found[place] = neighbour
    return found


def _swept(entities: Sequence[Entity], others: Sequence[Entity]) -> list[Neighbours]:
    """Tell the same without listing neighbours, of which all together may have very many."""
    everybody = Crowd(others)
    by_label: defaultdict[str, list[Entity]] = defaultdict(list)
    for other in everybody.ordered:
        by_label[other[2]].append(other)
    alike = {label: Crowd(members) for label, members in by_label.items()}
    first_of = {(other[0], other[1]): other for other in reversed(everybody.ordered)}
    present = {*everybody.ordered}
    crossed = crossing(everybody.ordered, [(entity[0], entity[1]) for entity in entities])
    found: list[Neighbours] = []
    asked: defaultdict[tuple[int, str | None], list[int]] = defaultdict(list)
    for place, entity in enumerate(entities):
        start, end, label = entity
        bits = SAME_SPAN if (start, end) in first_of else 0
        bits |= CONTAINS if everybody.inside(start, end) else 0
        bits |= CONTAINED if everybody.around(start, end) else 0
        bits |= CROSSES if (start, end) in crossed else 0
        same = alike.get(label)
        bits |= SAME_LABEL if same is not None and same.touches(start, end) else 0
        partner = None
        if bits & SAME_SPAN:
            partner = entity if entity in present else first_of[start, end]
        elif bits & CONTAINS:
            asked[CONTAINS, label if same is not None and same.inside(start, end) else None].append(place)
        elif bits & CONTAINED:
            asked[CONTAINED, label if same is not None and same.around(start, end) else None].append(place)
        elif bits & CROSSES:
            near = same.across(start, end) if same is not None else []
            partner = min(near or everybody.across(start, end), key=partial(distance, entity))
        found.append((bits, partner))
    for (how, name), places in asked.items():
        bounds = [(entities[place][0], entities[place][1]) for place in places]
        best = best_within(everybody.ordered if name is None else alike[name].ordered, bounds, around=how == CONTAINED)
        for place, bound in zip(places, bounds, strict=True):
            found[place] = found[place][0], best[bound]
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
    ordered, window = windows(entities)

    def touching(start: int, end: int) -> list[Entity]:
        first, after = window(start, end)
        return [entity for entity in ordered[first:after] if start < entity[1]]

    return touching


def windows(entities: Iterable[Entity]) -> tuple[list[Entity], Callable[[int, int], tuple[int, int]]]:
    """Return the entities in order, and the function that bounds where those that touch `start:end` must be."""
    ordered = sorted(entities, key=tuple)
    starts = [entity[0] for entity in ordered]
    reach = list(accumulate([entity[1] for entity in ordered], max))
    return ordered, lambda start, end: (bisect_right(reach, start), bisect_left(starts, end))
