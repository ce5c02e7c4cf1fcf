"""Pair gold entities with predictions one to one, in an order that does not depend on their listing.

All pairs that share a character are taken in one global order: same span and label, same span, same
label, larger overlap, smaller distance of the boundaries, coordinates.  A pair is kept when both of
its entities are still free.  The order is symmetric, so swapping the sides gives the same pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from genner.metrics.relations import SpanIndex
from genner.types import Entity

__all__ = ["pair", "split_exact"]

_Pair = tuple[Entity, Entity]


def split_exact(gold: Sequence[Entity], predicted: Sequence[Entity]) -> tuple[list[Entity], list[Entity], list[Entity]]:
    """Take out what agrees in span and label; return it, and what is left of either side."""
    left, right = Counter(gold), Counter(predicted)
    common = left & right
    return list(common.elements()), list((left - common).elements()), list((right - common).elements())


def pair(gold: Sequence[Entity], predicted: Sequence[Entity], *, same_span: bool = False) -> list[_Pair]:
    """Pair what is left when exact matches are taken out.

    Args:
        gold: gold entities without exact match.
        predicted: predictions without exact match.
        same_span: pair only entities with the same span.
    """
    free_gold, free_predicted = Counter(gold), Counter(predicted)
    kept = []
    for one, other in sorted(set(_candidates(gold, predicted, same_span)), key=_order):
        times = min(free_gold[one], free_predicted[other])
        if times:
            free_gold[one] -= times
            free_predicted[other] -= times
            kept += [(one, other)] * times
    return kept


def _candidates(gold: Sequence[Entity], predicted: Sequence[Entity], same_span: bool) -> Iterator[_Pair]:
    if not gold or not predicted:
        return
    if same_span:
        by_span: dict[tuple[int, int], list[Entity]] = {}
        for one in gold:
            by_span.setdefault((one[0], one[1]), []).append(one)
        for other in predicted:
            for one in by_span.get((other[0], other[1]), ()):
                yield one, other
        return
    index = SpanIndex(gold)
    for other in predicted:
        for one in index.touching(other[0], other[1]):
            yield one, other


def _order(candidate: _Pair) -> tuple[object, ...]:
    one, other = candidate
    distance = abs(one[0] - other[0]) + abs(one[1] - other[1])
    overlap = min(one[1], other[1]) - max(one[0], other[0])
    same_label = one[2] == other[2]
    first, second = (one, other) if one < other else (other, one)
    return distance > 0, not same_label, -overlap, distance, tuple(first), tuple(second)
