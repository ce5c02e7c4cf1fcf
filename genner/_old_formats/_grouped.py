"""Placing mentions that come without positions, with the order of their list as the only help."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from genner.text.occurrences import Occurrences, place_in_order, splits_word
from genner.types import Entity, Issue, Span

__all__ = ["Covering", "ambiguous", "arrange", "place_list", "settle"]

_new: Any = tuple.__new__


class Covering:
    """Tells which places lie inside a longer mention whose own place is certain.

    `NF-kappa B` alone is seldom the one inside `NF-kappa B p65`: `benchmarks/round_trip.py` counts
    the documents in which a mention took the wrong one of its places.
    """

    def __init__(self, spans: Iterable[Sequence[Any]]) -> None:
        ordered = sorted((span[0], span[1]) for span in spans)
        self._starts = [start for start, _ in ordered]
        self._ends = list(accumulate((end for _, end in ordered), max))

    def covers(self, start: int, end: int) -> bool:
        """Tell whether a longer place than `start` to `end` contains it."""
        before = bisect_left(self._starts, start)
        if before and self._ends[before - 1] >= end:
            return True
        after = bisect_left(self._starts, start + 1)
        return after > before and self._ends[after - 1] > end


def settle(hits: Occurrences, surface: str, count: int) -> list[int] | None:
    """Return the starts of a surface listed `count` times, when it has just as many places."""
    starts = hits[surface]
    if len(starts) == count:
        return starts
    whole = hits.whole(surface)
    return whole if len(whole) == count else None


def place_list(
    hits: Occurrences, label: str, surfaces: Sequence[str], order: str, covering: Covering
) -> tuple[list[Entity], list[Issue]] | None:
    """Place every mention of one list; None when one is not there often enough.

    Args:
        surfaces: in the order the model listed them.
        order: what that order is, a key of `ORDERS`.
        covering: places of mentions that are certain.

    Returns:
        The entities, and an `ambiguous` issue for each that could stand elsewhere as well.
    """
    counts = Counter(surfaces) if len(surfaces) > 1 else {surfaces[0]: 1}
    for surface, count in counts.items():
        if len(hits[surface]) < count:
            return None
    entities: list[Entity] = []
    issues: list[Issue] = []
    placed = arrange(hits.text, surfaces, hits.__getitem__, order, covering, hits.whole, counts)
    for surface, (start, others) in zip(surfaces, placed, strict=True):
        entities.append(_new(Entity, (start, start + len(surface), label)))
        if others:
            issues.append(ambiguous(surface, label, others, start))
    return entities, issues


def arrange(
    text: str,
    surfaces: Sequence[str],
    starts_of: Callable[[str], Sequence[int]],
    order: str,
    covering: Covering | None = None,
    whole_of: Callable[[str], Sequence[int]] | None = None,
    counts: Mapping[str, int] | None = None,
) -> list[tuple[int, Sequence[int]]]:
    """Choose a place for each mention of one list.

    Whole words come first where there are enough of them, then places outside longer mentions.  In
    text order, what the order of the list leaves open is taken leftmost.

    Args:
        surfaces: the list; no surface more often than it has places.
        starts_of: the possible starts of a surface, ascending.
        covering: places of mentions that are certain.
        whole_of: those starts that split no word, when they are known.
        counts: how often each surface is listed, when that is known.

    Returns:
        For each mention its start and, when it might stand elsewhere, all places it might have.
    """
    counts = counts or Counter(surfaces)
    candidates: dict[str, Sequence[int]] = {}
    likely: dict[str, Sequence[int]] = {}
    for surface, count in counts.items():
        starts = starts_of(surface)
        if len(starts) > 1:
            whole: Sequence[int]
            if whole_of is not None:
                whole = whole_of(surface)
            else:
                whole = [at for at in starts if not splits_word(text, at, at + len(surface))]
            starts = whole if len(whole) >= count else starts
        candidates[surface] = likely[surface] = starts
        if covering is not None and len(starts) > count:
            free = [at for at in starts if not covering.covers(at, at + len(surface))]
            likely[surface] = free if len(free) >= count else starts
    leftmost, rightmost = _ends(candidates, surfaces, counts, order)
    if leftmost == rightmost:
        return [(start, ()) for start in leftmost]
    chosen, _ = _ends(likely, surfaces, counts, order)
    return [
        (start, () if first == last else candidates[surface])
        for surface, start, first, last in zip(surfaces, chosen, leftmost, rightmost, strict=True)
    ]


def _ends(
    candidates: dict[str, Sequence[int]], surfaces: Sequence[str], counts: Mapping[str, int], order: str
) -> tuple[list[int], list[int]]:
    """Return the leftmost and the rightmost placement of a list."""
    if len(surfaces) == 1:
        starts = candidates[surfaces[0]]
        return [starts[0]], [starts[-1]]
    placed = None
    if order != "genia":
        placed = place_in_order([candidates[surface] for surface in surfaces], [len(surface) for surface in surfaces])
    return placed or _first_come(candidates, surfaces, counts)


def _first_come(
    candidates: dict[str, Sequence[int]], surfaces: Sequence[str], counts: Mapping[str, int]
) -> tuple[list[int], list[int]]:
    """Place a list that is not in the order of the text: each surface from left to right."""
    used: Counter[str] = Counter()
    leftmost, rightmost = [], []
    for surface in surfaces:
        starts = candidates[surface]
        leftmost.append(starts[used[surface]])
        rightmost.append(starts[len(starts) - counts[surface] + used[surface]])
        used[surface] += 1
    return leftmost, rightmost


def ambiguous(surface: str, label: str, starts: Sequence[int], chosen: int, place: Span | None = None) -> Issue:
    """Flag a mention placed at `chosen` that could stand at any of `starts`."""
    places = ", ".join(map(str, starts[:8])) + (", ..." if len(starts) > 8 else "")
    detail = f"{surface!r} ({label}) may stand at any of {places}; taken at {chosen}"
    return Issue("ambiguous", detail, place, Span(chosen, chosen + len(surface)))
