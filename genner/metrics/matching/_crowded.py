"""The pairs of `_pairing` for spans that share characters with very many others.

All pairs would be too many to list and sort.  But a pair whose members prefer each other to all that
are free is kept whatever comes before it, since entities are only ever taken.  A chain of best
partners finds such pairs (the nearest-neighbour chain of clustering) with a few questions for each
entity; a k-d tree over (start, end) answers them and leaves out what cannot be better.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from genner.metrics.matching._case import Pair
from genner.types import Entity

__all__ = ["pair_crowded", "pair_same_span"]

_LEAF = 8


def pair_same_span(gold: Iterable[Entity], predicted: Iterable[Entity]) -> list[Pair]:
    """Pair entities with the same span, of which none agree in label: then the order is that of labels."""
    sides: tuple[defaultdict[object, list[Entity]], ...] = (defaultdict(list), defaultdict(list))
    for side, entities in zip(sides, (gold, predicted), strict=True):
        for entity in sorted(entities, key=tuple):
            side[entity[:2]].append(entity)
    return [
        two for span, mine in sides[0].items() if span in sides[1] for two in zip(mine, sides[1][span], strict=False)
    ]


def pair_crowded(gold: Sequence[Entity], predicted: Sequence[Entity]) -> list[Pair]:
    """Pair entities without exact match one to one: same span, same label, then any."""
    kept = pair_same_span(gold, predicted)
    free = _free(gold, predicted, kept)
    by_label: tuple[defaultdict[str, list[Entity]], ...] = (defaultdict(list), defaultdict(list))
    for side, entities in zip(by_label, free, strict=True):
        for entity in entities:
            side[entity[2]].append(entity)
    for label in by_label[0].keys() & by_label[1].keys():
        kept += _greedy(by_label[0][label], by_label[1][label])
    left, right = _free(gold, predicted, kept)
    return kept + _greedy(left, right)


def _free(gold: Iterable[Entity], predicted: Iterable[Entity], kept: Iterable[Pair]) -> tuple[list[Entity], ...]:
    """Leave out the entities of the pairs that are kept, each as often as it is there."""
    sides = []
    for place, entities in enumerate((gold, predicted)):
        taken: defaultdict[Entity, int] = defaultdict(int)
        for two in kept:
            taken[two[place]] += 1
        left = []
        for entity in entities:
            if taken[entity]:
                taken[entity] -= 1
            else:
                left.append(entity)
        sides.append(left)
    return tuple(sides)


def _greedy(gold: Sequence[Entity], predicted: Sequence[Entity]) -> list[Pair]:
    """Follow best partners from one side to the other until two are each other's: such a pair is always kept."""
    if not gold or not predicted:
        return []
    sides, trees, kept = (gold, predicted), (_Tree(gold), _Tree(predicted)), []
    for begin in range(len(gold)):
        chain = [begin] if trees[0].free[begin] else []  # places in gold and predicted in turn
        while chain:
            side = (len(chain) - 1) % 2
            last = sides[side][chain[-1]]
            following = trees[1 - side].best(last)
            if following is None:
                chain.pop()
            elif len(chain) > 1 and sides[1 - side][following] == sides[1 - side][chain[-2]]:
                two = chain.pop(), chain.pop()
                trees[side].take(two[0])
                trees[1 - side].take(two[1])
                one, other = last, sides[1 - side][two[1]]
                kept.append((other, one) if side else (one, other))
            else:
                chain.append(following)
    return kept


class _Node:
    """Some of the entities: the least and greatest start and end, how many are free, and the two halves."""

    __slots__ = ("box", "free", "halves", "places", "within")

    def __init__(self, entities: Sequence[Entity], places: list[int], within: _Node | None) -> None:
        starts, ends = [entities[place][0] for place in places], [entities[place][1] for place in places]
        self.box = min(starts), max(starts), min(ends), max(ends)
        self.free, self.places, self.within = len(places), places, within
        self.halves: tuple[_Node, ...] = ()


class _Tree:
    """Finds the best free partner of a span."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self._entities = entities
        self.free = [True] * len(entities)
        self._leaves: dict[int, _Node] = {}
        self._root = self._grown(list(range(len(entities))), None, 0)

    def _grown(self, places: list[int], within: _Node | None, axis: int) -> _Node:
        node = _Node(self._entities, places, within)
        if len(places) <= _LEAF:
            self._leaves.update(dict.fromkeys(places, node))
        else:
            places.sort(key=lambda place: self._entities[place][axis])
            middle = len(places) // 2
            halves = places[:middle], places[middle:]
            node.halves = tuple(self._grown(half, node, 1 - axis) for half in halves)
        return node

    def take(self, place: int) -> None:
        """Let nobody have this one any more."""
        self.free[place] = False
        node: _Node | None = self._leaves[place]
        while node is not None:
            node.free -= 1
            node = node.within

    def best(self, one: Entity) -> int | None:
        """Return the place of the free entity that shares most with `one`; of equals the nearest, then the first."""
        start, end = one[0], one[1]
        best: tuple[object, ...] | None = None
        found: int | None = None
        waiting = [(_promise(self._root, start, end), 0, self._root)]
        while waiting:
            promise, _, node = waiting.pop()
            if promise[0] >= 0 or not node.free or (best is not None and promise > best):
                continue
            if node.halves:
                offers = [(_promise(half, start, end), side, half) for side, half in enumerate(node.halves)]
                waiting += sorted(offers, reverse=True)  # the better half is looked at first
                continue
            for place in node.places:
                other = self._entities[place]
                overlap = min(end, other[1]) - max(start, other[0])
                if self.free[place] and overlap > 0:
                    key = (-overlap, abs(start - other[0]) + abs(end - other[1]), other)
                    if best is None or key < best:
                        best, found = key, place
        return found


def _promise(node: _Node, start: int, end: int) -> tuple[int, int, tuple[int, int]]:
    """Return what no entity of the node is better than: overlap, distance, coordinates."""
    first, last, nearest, furthest = node.box
    away = max(first - start, start - last, 0) + max(nearest - end, end - furthest, 0)
    return max(start, first) - min(end, furthest), away, (first, nearest)
