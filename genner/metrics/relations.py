"""Span relations: which entities share a character with a span, how, and which of them is the closest."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Literal, TypeAlias, get_args

from genner.types import Entity

__all__ = ["FEW", "Relation", "closest", "closest_relation", "near_each"]

Relation: TypeAlias = Literal["same_span", "contains", "contained", "crosses"]
"""The relation of a span to another that shares a character with it, the closest first."""

_ORDER: tuple[Relation | None, ...] = get_args(Relation)

FEW = 16
"""Up to this many spans, looking at each is faster than finding those that are near."""

_MANY = 64
"""Up to this many near spans, looking at each is faster than choosing a few of them."""


def closest_relation(item: Any, others: Collection[Entity]) -> Relation | None:
    """Return the closest of its relations to `others`; None when none of them shares a character with it."""
    if not others:  # all that a mention without a place has
        return None
    start, end, _ = item
    closest = None
    for first, last, _ in others:
        if first < end and start < last:
            if start <= first and last <= end:
                if first == start and last == end:
                    return "same_span"
                closest = "contains"
            elif closest != "contains":
                if first <= start and end <= last:
                    closest = "contained"
                elif closest is None:
                    closest = "crosses"
    return closest  # type: ignore[return-value]


def closest(entity: Entity, others: Iterable[Entity]) -> Entity | None:
    """Return the closest of those of `others` that share a character with an entity.

    That is by relation, then the same label, the larger overlap, the smaller distance of the boundaries, coordinates.
    """
    start, end, label = entity

    def distance(other: Entity) -> tuple[object, ...]:
        first, last, name = other
        relation = closest_relation(entity, [other])
        overlap, borders = min(end, last) - max(start, first), abs(start - first) + abs(end - last)
        return _ORDER.index(relation), name != label, -overlap, borders, tuple(other)

    return min((other for other in others if other[0] < end and start < other[1]), key=distance, default=None)


def near_each(
    entities: Iterable[Entity], others: Iterable[Entity], wrong: Collection[Entity] = ()
) -> dict[Entity, Sequence[Entity]]:
    """Choose for each of `entities` some of `others`, which show of all of them that share a character with it which
    relations there are, also to those that are `wrong`, whether one has its label, and the closest.

    Of many these are a few: in each direction the closest of all, of those with its label, and of the wrong ones.
    So the pairs are never listed: n log n.
    """
    ordered = sorted(others, key=tuple)
    starts, reach = [other[0] for other in ordered], [*accumulate([other[1] for other in ordered], max)]
    found: dict[Entity, Sequence[Entity]] = {}
    wide: dict[Entity, list[Entity]] = {}
    for entity in entities:
        first, last = bisect_right(reach, entity[0]), bisect_left(starts, entity[1])
        if last - first > _MANY:
            wide[entity] = []
        else:
            found[entity] = ordered[first:last]
    for label in {entity[2] for entity in wide}:
        alike = [entity for entity in wide if entity[2] == label]
        _add_closest(wide, alike, [other for other in ordered if other[2] == label])
    for group in (ordered, wrong) if wide else ():
        _add_closest(wide, wide, group)
    return {**found, **wide}


_DIRECTIONS: tuple[tuple[int, int, float, Callable[[int, int], Any]], ...] = (
    (-1, 1, 0, lambda start, end: start - end),  # inside: the longest
    (1, -1, 0, lambda start, end: end - start),  # around: the shortest
    (1, 1, 0.5, lambda start, end: (-end, -start)),  # from before its start to before its end: the latest
    (-1, -1, 0.5, lambda start, end: start),  # from behind its start to behind its end: the earliest
)
"""Signs for start and end, so that what lies in this direction has neither above that of the span; how far both are
below at least; and what the closest has least of, which does not depend on the span."""


def _add_closest(wide: dict[Entity, list[Entity]], entities: Iterable[Entity], others: Iterable[Entity]) -> None:
    """Add for each of `entities` the closest of `others` in each direction, and one with the same span."""
    spans, ordered = [*entities], sorted({*others}, key=tuple)  # of equally close ones, the first is the closest
    same = {other[:2]: other for other in reversed(ordered)}
    for span in spans:
        if span[:2] in same:
            wide[span].append(same[span[:2]])
    for one, two, below, least in _DIRECTIONS:
        points = [(one * o[0], two * o[1], least(o[0], o[1]), place) for place, o in enumerate(ordered)]
        queries = [(one * e[0] - below, two * e[1] - below, place) for place, e in enumerate(spans)]
        for query, place in _least_below(points, queries):
            wide[spans[query]].append(ordered[place])


def _least_below(points: list[tuple[Any, ...]], queries: list[tuple[Any, ...]]) -> Iterator[tuple[int, int]]:
    """Yield the place of each query, and of the least point of which no coordinate is above its own and one is below.

    Points are taken by their first coordinate.  Those that may still be the least of a query are kept in the order of
    the second.  In every direction a point is less than all that were taken before and are no higher, so each that is
    kept is less than those below it, and a new one takes the place of those above it that it is less than.
    """
    points.sort(reverse=True)
    heights: list[float] = []
    kept: list[list[Any]] = []
    for x, y, query in sorted(queries):
        while points and points[-1][:2] < (x, y):
            _, height, *new = points.pop()
            first = last = bisect_left(heights, height)
            while last < len(kept) and new < kept[last]:
                last += 1
            heights[first:last], kept[first:last] = [height], [new]
        place = bisect_right(heights, y)
        if place:
            yield query, kept[place - 1][1]
