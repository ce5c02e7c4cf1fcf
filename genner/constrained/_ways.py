"""Ways to read the bytes of an inline answer so far, and which of them come to the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

__all__ = ["NOTHING", "Open", "Said", "Way", "kind_of", "merged"]

Open: TypeAlias = "tuple[int, int]"
"""An open entity: its name (see `Piece`) and where it starts."""

Said: TypeAlias = "tuple[int, int, int]"
"""A closed entity: start, end and label."""

NOTHING: frozenset[Said] = frozenset()


class Way(NamedTuple):
    """One way to read the bytes so far.

    Args:
        at: byte offset in the source.
        node: where in the trie of markup; 0 between pieces, -1 after a backslash that escapes.
        open: the open entities, (name, start) each, outermost first.
        ended: (start, label) of the entities that ended at `at`, where that still matters.
        left: how many more entities may be opened; -1 without limit.
        said: the entities closed, as far as the other ways differ in them; None for more than one history.
        legal: whether the options allow this reading.  What they forbid is still what a decoder may read.
    """

    at: int
    node: int
    open: tuple[Open, ...]
    ended: tuple[Open, ...]
    left: int
    said: frozenset[Said] | None
    legal: bool


def merged(ways: list[Way]) -> tuple[Way, ...]:
    """Join ways that no later byte can tell apart, and forget what all ways have said."""
    if len(ways) == 1:
        way = ways[0]
        return (way if not way.said else way._replace(said=NOTHING),)
    groups: dict[object, Way] = {}
    for way in ways:
        if all(start < way.at for _, start in way.open):
            key: object = kind_of(way)
        else:
            key = way[:3]
        groups[key] = _joined(groups[key], way) if key in groups else way
    return _without_common(groups.values())


def kind_of(way: Way) -> tuple[int, int, tuple[int, ...]]:
    """Name what decides how a way may go on, but for entities that have only just been opened."""
    return way.at, way.node, tuple(sorted(name for name, _ in way.open))


def _joined(one: Way, other: Way) -> Way:
    if one.said is not None and one.said == other.said and one.open == other.open:
        return one if one.legal else other
    return one._replace(ended=(), left=0, said=None, legal=False)


def _without_common(ways: Iterable[Way]) -> tuple[Way, ...]:
    ways = tuple(ways)
    known = [way.said for way in ways if way.said is not None]
    common = frozenset.intersection(*known) if known else NOTHING
    if common:
        ways = tuple(way if way.said is None else way._replace(said=way.said - common) for way in ways)
    return tuple(sorted(ways, key=lambda way: (way[:3], not way.legal)))
