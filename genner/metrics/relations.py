"""Span relations: which entities share a character with a span, how, and which of them is the closest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import accumulate, compress
from typing import Literal, TypeAlias

from genner.metrics.overlap_index import OverlapIndex, best_within, crossing
from genner.types import Entity

__all__ = ["Neighbours", "Relation", "finder", "neighbours"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""The relation of a span to another that shares a character with it, the closest first."""

_ORDER: tuple[Relation, ...] = ("same_span", "contains", "contained", "crosses")
_ALONE: tuple[frozenset[Relation], ...] = tuple(frozenset({relation}) for relation in _ORDER)
_SAME, _CONTAINS, _CONTAINED, _CROSSES = _ALONE

_SMALL = 16
"""Up to this many spans, looking at each is faster than an index."""


_MANY = 64
"""From this many possible neighbours on, sweeping over all spans is faster than looking at each."""


Neighbours: TypeAlias = "tuple[frozenset[Relation], bool, Entity | None]"
"""The entities that share a character with one: its relations to them, whether one has the same label, and
the closest: by relation, then same label, larger overlap, smaller distance of the boundaries, coordinates."""

_NOBODY: Neighbours = (frozenset(), False, None)


def neighbours(entities: Sequence[Entity], others: Collection[Entity]) -> list[Neighbours]:
    """Describe for each entity which of `others` share a character with it."""
    if not entities or not others:
        return [_NOBODY] * len(entities)
    if len(others) <= _SMALL:
        return [_described(entity, others) for entity in entities]
    ordered, window = windows(others)
    near = [window(entity[0], entity[1]) for entity in entities]
    many = [one.stop - one.start > _MANY for one in near]
    swept = iter(_swept([*compress(entities, many)], others) if any(many) else ())
    return [
        next(swept) if too_many else _described(entity, ordered[one])
        for entity, one, too_many in zip(entities, near, many, strict=True)
    ]


def _described(entity: Entity, others: Iterable[Entity]) -> Neighbours:
    start, end, label = entity
    near = [other for other in others if other[0] < end and start < other[1]]
    if not near:
        return _NOBODY
    if len(near) == 1:  # by far the most frequent case
        return _relations(start, end, near[0]), label == near[0][2], near[0]
    relations = [_relations(start, end, other) for other in near]
    found = relations[0].union(*relations)
    first = next(relation for relation in _ALONE if relation <= found)
    closest = [other for other, relation in zip(near, relations, strict=True) if relation is first]
    return (
        found,
        label in [other[2] for other in near],
        closest[0] if len(closest) == 1 else min(closest, key=partial(_distance, entity)),
    )


def _relations(start: int, end: int, other: Entity) -> frozenset[Relation]:
    """Return the relation of a span to another, with which it shares a character."""
    first, second = start - other[0], end - other[1]
    if first <= 0 <= second:
        return _CONTAINS if first or second else _SAME
    return _CONTAINED if second <= 0 <= first else _CROSSES


def _distance(one: Entity, other: Entity) -> tuple[object, ...]:
    """Order the entities that have the same relation to `one`."""
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    borders = abs(one[0] - other[0]) + abs(one[1] - other[1])
    return one[2] != other[2], -overlap, borders, tuple(other)


def _swept(entities: Sequence[Entity], others: Collection[Entity]) -> list[Neighbours]:
    """Describe the same without listing neighbours, of which all together may have very many."""
    everybody = OverlapIndex(others)
    by_label: defaultdict[str, list[Entity]] = defaultdict(list)
    for other in everybody.ordered:
        by_label[other[2]].append(other)
    alike = {label: OverlapIndex(members) for label, members in by_label.items()}
    first_of = {(other[0], other[1]): other for other in reversed(everybody.ordered)}
    present = {*everybody.ordered}
    crossed = crossing(everybody.ordered, [(entity[0], entity[1]) for entity in entities])
    found: list[Neighbours] = []
    asked: defaultdict[tuple[Relation, str | None], list[int]] = defaultdict(list)
    for place, entity in enumerate(entities):
        start, end, label = entity
        holds: dict[Relation, bool] = {
            "same_span": (start, end) in first_of,
            "contains": everybody.inside(start, end),
            "contained": everybody.around(start, end),
            "crosses": (start, end) in crossed,
        }
        same = alike.get(label)
        partner = None
        if holds["same_span"]:
            partner = entity if entity in present else first_of[start, end]
        elif holds["contains"]:
            asked["contains", label if same is not None and same.inside(start, end) else None].append(place)
        elif holds["contained"]:
            asked["contained", label if same is not None and same.around(start, end) else None].append(place)
        elif holds["crosses"]:
            near = same.across(start, end) if same is not None else []
            partner = min(near or everybody.across(start, end), key=partial(_distance, entity))
        relations = frozenset(relation for relation in _ORDER if holds[relation])
        found.append((relations, same is not None and same.touches(start, end), partner))
    for (relation, name), places in asked.items():
        bounds = [(entities[place][0], entities[place][1]) for place in places]
        candidates = everybody if name is None else alike[name]
        best = best_within(candidates.ordered, bounds, around=relation == "contained")
        for place, bound in zip(places, bounds, strict=True):
            found[place] = (*found[place][:2], best[bound])
    return found


def windows(entities: Iterable[Entity]) -> tuple[list[Entity], Callable[[int, int], slice]]:
    """Return the entities in order, and the function that bounds where those that touch `start:end` must be."""
    ordered = sorted(entities, key=tuple)
    starts = [entity[0] for entity in ordered]
    reach = list(accumulate([entity[1] for entity in ordered], max))
    return ordered, lambda start, end: slice(bisect_right(reach, start), bisect_left(starts, end))


def finder(entities: Iterable[Entity]) -> Callable[[int, int], list[Entity]]:
    """Return the function that lists those of `entities` that share a character with `start:end`."""
    ordered, window = windows(entities)
    return lambda start, end: [entity for entity in ordered[window(start, end)] if start < entity[1]]
