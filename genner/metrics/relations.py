"""Span relations: which entities share a character with a span, how, and which of them is the closest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import accumulate, combinations
from typing import Any, Literal, TypeAlias

from genner.types import Entity

__all__ = ["Neighbours", "Relation", "finder", "neighbours"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""The relation of a span to another that shares a character with it, the closest first."""

Neighbours: TypeAlias = "tuple[frozenset[Relation], frozenset[Relation], bool, Entity | None]"
"""The entities that share a character with one: its relations to them, its relations to those that are wrong,
whether one has the same label, and the closest: by relation, then same label, larger overlap, smaller distance
of the boundaries, coordinates."""

_ORDER: tuple[Relation, ...] = ("same_span", "contains", "contained", "crosses")
_SETS: dict[frozenset[int], frozenset[Relation]] = {
    frozenset(places): frozenset(_ORDER[place] for place in places)
    for count in range(5)
    for places in combinations(range(4), count)
}
_ALONE = [_SETS[frozenset({place})] for place in range(4)]
_NONE = _SETS[frozenset()]

_SMALL = 16
"""Up to this many spans, looking at each is faster than finding those that are near."""

_MANY = 64
"""From this many near spans on, arrays are faster."""


def neighbours(
    entities: Iterable[Entity], others: Sequence[Entity], wrong: Collection[Entity] = ()
) -> list[Neighbours]:
    """Describe for each entity which of `others` share a character with it.

    Args:
        entities: any.
        others: in the order of their starts.
        wrong: those of `others` that are wrong.
    """
    if len(others) <= _SMALL:
        return [_described(entity, others, wrong) for entity in entities]
    ordered, window = windows(others)
    arrays: Any = None
    found = []
    for entity in entities:
        near = window(entity[0], entity[1])
        if near.stop - near.start <= _MANY:
            found.append(_described(entity, ordered[near], wrong))
        else:
            arrays = _arrays(ordered, wrong) if arrays is None else arrays
            found.append(_described_by_arrays(entity, ordered, near, arrays))
    return found


def _described(entity: Entity, others: Iterable[Entity], wrong: Collection[Entity]) -> Neighbours:
    start, end, label = entity
    near: list[Entity] = []
    places: list[int] = []  # in _ORDER
    same_label = False
    for other in others:
        first, last, name = other
        if start < last:
            if end <= first:
                break
            near.append(other)
            if name == label:
                same_label = True
            if first < start:
                places.append(2 if end <= last else 3)
            elif start < first:
                places.append(1 if last <= end else 3)
            else:
                places.append(0 if last == end else 1 if last < end else 2)
    if not near:
        return _NONE, _NONE, False, None
    if len(near) == 1:  # by far the most frequent case
        relations, partner = _ALONE[places[0]], near[0]
        return relations, relations if partner in wrong else _NONE, same_label, partner
    closest = min(places)
    if places.count(closest) == 1:
        partner = near[places.index(closest)]
    else:
        alike = [other for other, place in zip(near, places, strict=True) if place == closest]
        partner = min(alike, key=partial(_distance, entity))
    to_wrong = [place for other, place in zip(near, places, strict=True) if other in wrong] if wrong else ()
    return _SETS[frozenset(places)], _SETS[frozenset(to_wrong)], same_label, partner


def _distance(one: Entity, other: Entity) -> tuple[object, ...]:
    """Order the entities that have the same relation to `one`."""
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    borders = abs(one[0] - other[0]) + abs(one[1] - other[1])
    return one[2] != other[2], -overlap, borders, tuple(other)


def _arrays(ordered: Sequence[Entity], wrong: Collection[Entity]) -> tuple[Any, ...]:
    """Return starts, ends, numbers of labels, and which are wrong; and the number of each label."""
    import numpy as np

    numbers = {label: number for number, label in enumerate({entity[2] for entity in ordered})}
    columns = zip(*[(entity[0], entity[1], numbers[entity[2]], entity in wrong) for entity in ordered], strict=True)
    return *map(np.array, columns), numbers


def _described_by_arrays(entity: Entity, ordered: Sequence[Entity], near: slice, arrays: tuple[Any, ...]) -> Neighbours:
    """Describe the same, where very many entities are near."""
    import numpy as np

    start, end, label = entity
    *columns, numbers = arrays
    touching = near.start + np.flatnonzero(columns[1][near] > start)
    if not touching.size:
        return _NONE, _NONE, False, None
    begin, last, name, wrong = (column[touching] for column in columns)
    # in _ORDER: the same start and end, inside, around, neither
    inside, around = (begin >= start) & (last <= end), (begin <= start) & (last >= end)
    places = np.where(inside, np.where(around, 0, 1), np.where(around, 2, 3))
    alike = name == numbers.get(label)
    closest = np.flatnonzero(places == places.min())
    overlap = np.minimum(end, last) - np.maximum(start, begin)
    for key in (~alike, -overlap, abs(begin - start) + abs(last - end)):
        closest = closest[key[closest] == key[closest].min()]
    return (
        _SETS[frozenset(np.flatnonzero(np.bincount(places)).tolist())],
        _SETS[frozenset(np.flatnonzero(np.bincount(places[wrong])).tolist())],
        bool(alike.any()),
        ordered[touching[closest[0]]],
    )


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
