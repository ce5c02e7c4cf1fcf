"""Placing mentions that come without positions, with the order of their list as the only help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from genner.align import Occurrences, place_in_order, splits_word
from genner.types import Entity, Issue, Span

__all__ = ["place_groups"]

_new: Any = tuple.__new__


def place_groups(
    text: str, groups: Iterable[tuple[str, Sequence[str]]], order: str = "text"
) -> tuple[list[Entity], tuple[Issue, ...]] | None:
    """Place every mention of every list; None when one is listed more often than it occurs.

    Args:
        groups: (label, surfaces) pairs, surfaces in the order the model listed them.
        order: what that order is, a key of `ORDERS`.

    Returns:
        The entities, and an `ambiguous` issue for each that could stand elsewhere as well.
    """
    hits = Occurrences(text)
    entities: list[Entity] = []
    issues: list[Issue] = []
    for label, surfaces in groups:
        candidates = _candidates(hits, surfaces)
        if candidates is None:
            return None
        lengths = [len(surface) for surface in surfaces]
        placed = place_in_order([candidates[surface] for surface in surfaces], lengths)
        if placed is None:
            placed = _first_come(candidates, surfaces)
        for surface, start, other in zip(surfaces, *placed, strict=True):
            end = start + len(surface)
            entities.append(_new(Entity, (start, end, label)))
            if start != other:
                issues.append(ambiguous(surface, label, candidates[surface], start))
    return entities, tuple(issues)


def _candidates(hits: Occurrences, surfaces: Sequence[str]) -> dict[str, list[int]] | None:
    """Find where each surface may stand: at whole words where there are enough of them."""
    result: dict[str, list[int]] = {}
    for surface, count in Counter(surfaces).items():
        starts = hits[surface]
        if len(starts) < count:
            return None
        if len(starts) > 1:
            whole = [at for at in starts if not splits_word(hits.text, at, at + len(surface))]
            starts = whole if len(whole) >= count else starts
        result[surface] = starts
    return result


def _first_come(candidates: dict[str, list[int]], surfaces: Sequence[str]) -> tuple[list[int], list[int]]:
    """Place a list that is not in the order of the text: each surface from left to right."""
    used: Counter[str] = Counter()
    total = Counter(surfaces)
    leftmost, rightmost = [], []
    for surface in surfaces:
        starts = candidates[surface]
        leftmost.append(starts[used[surface]])
        rightmost.append(starts[len(starts) - total[surface] + used[surface]])
        used[surface] += 1
    return leftmost, rightmost


def ambiguous(surface: str, label: str, starts: Sequence[int], chosen: int) -> Issue:
    """Flag a mention placed at `chosen` that could stand at any of `starts`."""
    places = ", ".join(map(str, starts[:8])) + (", ..." if len(starts) > 8 else "")
    detail = f"{surface!r} ({label}) may stand at any of {places}; taken at {chosen}"
    return Issue("ambiguous", detail, None, Span(chosen, chosen + len(surface)))
