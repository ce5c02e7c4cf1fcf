"""Partial readings of an inline answer, and which of them no later byte can tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

__all__ = ["NOTHING", "Closed", "Open", "PartialReading", "merged", "shape_of"]

Open: TypeAlias = "tuple[int, int]"
"""An open entity: its name (see `MarkupPiece`) and where it starts."""

Closed: TypeAlias = "tuple[int, int, int]"
"""A closed entity: start, end and label."""

NOTHING: frozenset[Closed] = frozenset()


class PartialReading(NamedTuple):
    """One reading of the bytes so far.

    Args:
        at: byte offset in the source.
        node: where in the trie of markup; 0 between pieces, -1 after a backslash that escapes.
        open: the open entities, (name, start) each, outermost first.
        ended: (label, start) of the entities that ended at `at`, where that still matters.
        room: how many more entities may be opened; -1 without limit.
        closed: the closed entities in which the other readings differ; None for more than one history.
        legal: whether the options allow this reading.  A decoder may read what they forbid all the same.
    """

    at: int
    node: int
    open: tuple[Open, ...]
    ended: tuple[Open, ...]
    room: int
    closed: frozenset[Closed] | None
    legal: bool


def merged(readings: list[PartialReading]) -> tuple[PartialReading, ...]:
    """Join readings that no later byte can tell apart, and forget the closed entities they all share."""
    if len(readings) == 1:
        reading = readings[0]
        return (reading if not reading.closed else reading._replace(closed=NOTHING),)
    groups: dict[object, PartialReading] = {}
    for reading in readings:
        settled = all(start < reading.at for _, start in reading.open)
        key: object = shape_of(reading) if settled else reading[:3]
        groups[key] = _joined(groups[key], reading) if key in groups else reading
    return _without_common(groups.values())


def shape_of(reading: PartialReading) -> tuple[int, int, tuple[int, ...]]:
    """Return what decides how a reading may continue, except for entities opened at this very place."""
    return reading.at, reading.node, tuple(sorted(name for name, _ in reading.open))


def _joined(one: PartialReading, other: PartialReading) -> PartialReading:
    if one.closed is not None and one.closed == other.closed and one.open == other.open:
        return one if one.legal else other
    return one._replace(ended=(), room=0, closed=None, legal=False)


def _without_common(found: Iterable[PartialReading]) -> tuple[PartialReading, ...]:
    readings = tuple(found)
    known = [reading.closed for reading in readings if reading.closed is not None]
    common = frozenset.intersection(*known) if known else NOTHING
    if common:
        readings = tuple(
            reading if reading.closed is None else reading._replace(closed=reading.closed - common)
            for reading in readings
        )
    return tuple(sorted(readings, key=lambda reading: (reading[:3], not reading.legal)))
