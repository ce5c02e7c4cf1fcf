"""Placing mentions that come without positions, with the order of their list as the only help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from genner.align import Occurrences, place_in_order, splits_word
from genner.types import Entity, Issue, Span

__all__ = ["ambiguous", "arrange", "place_list"]

_new: Any = tuple.__new__


def place_list(text: str, label: str, surfaces: Sequence[str], order: str) -> tuple[list[Entity], list[Issue]] | None:
    """Place every mention of one list; None when one is no string or not there often enough.

    Args:
        surfaces: in the order the model listed them.
        order: what that order is, a key of `ORDERS`.

    Returns:
        The entities, and an `ambiguous` issue for each that could stand elsewhere as well.
    """
    hits = Occurrences(text)
    if not all(type(surface) is str and surface for surface in surfaces):
        return None
    if any(len(hits[surface]) < count for surface, count in Counter(surfaces).items()):
        return None
    entities: list[Entity] = []
    issues: list[Issue] = []
    for surface, (start, others) in zip(surfaces, arrange(text, surfaces, hits.__getitem__, order), strict=True):
        entities.append(_new(Entity, (start, start + len(surface), label)))
        if others:
            issues.append(ambiguous(surface, label, others, start))
    return entities, issues


def arrange(
    text: str, surfaces: Sequence[str], starts_of: Callable[[str], Sequence[int]], order: str
) -> list[tuple[int, Sequence[int]]]:
    """Choose a place for each mention of one list.

    Whole words come first where there are enough of them.  In text order, what the order of the
    list leaves open is taken leftmost.

    Args:
        surfaces: the list; no surface more often than it has places.
        starts_of: the possible starts of a surface, ascending.

    Returns:
        For each mention its start and, when it might stand elsewhere, all places it might have.
    """
    counts = Counter(surfaces)
    candidates: dict[str, Sequence[int]] = {}
    for surface, count in counts.items():
        starts = starts_of(surface)
        if len(starts) > 1:
            whole = [at for at in starts if not splits_word(text, at, at + len(surface))]
            starts = whole if len(whole) >= count else starts
        candidates[surface] = starts
    placed = None
    if order != "genia":
        placed = place_in_order([candidates[surface] for surface in surfaces], [len(surface) for surface in surfaces])
    leftmost, rightmost = placed or _first_come(candidates, surfaces, counts)
    return [
        (start, () if start == other else candidates[surface])
        for surface, start, other in zip(surfaces, leftmost, rightmost, strict=True)
    ]


def _first_come(
    candidates: dict[str, Sequence[int]], surfaces: Sequence[str], counts: Counter[str]
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
