"""Stretches of plain text in an answer: what goes on inside them does not depend on what was said before.

A stretch grows where it is walked, and keeps the tokens found on the way: they are the same for
every item of a list, and whatever entities are open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genner.constrained._source import Source

__all__ = ["Copy", "Reach", "Stretch"]


class Stretch:
    """A place inside plain text.

    Attributes:
        exits: bytes by which the text may be left.
        loud: whether leaving it adds structure.
        tokens: for nodes of a vocabulary, what is known of the tokens that go on from there.
    """

    __slots__ = ("_following", "exits", "loud", "tokens")

    def __init__(self, exits: frozenset[int], loud: bool) -> None:
        self.exits = exits
        self.loud = loud
        self.tokens: dict[Any, Any] | None = None
        self._following: Mapping[int, Stretch] | None = None

    @property
    def following(self) -> Mapping[int, Stretch]:
        """Where it goes on, by the byte that comes next."""
        if self._following is None:
            self._following = self._grow()
        return self._following

    def _grow(self) -> Mapping[int, Stretch]:
        raise NotImplementedError


class Copy(Stretch):
    """A place in the source that is being copied.

    Args:
        at: byte offset.
        copies: the copies of all places, by offset.
        stops: bytes that are more than text here.
    """

    __slots__ = ("_copies", "_source", "_stops", "at")

    def __init__(self, source: Source, at: int, copies: dict[int, Copy], exits: frozenset[int], stops: frozenset[int]):
        super().__init__(exits, loud=True)
        self._source = source
        self._copies = copies
        self._stops = stops
        self.at = at

    def _grow(self) -> Mapping[int, Stretch]:
        at = self.at
        if at == self._source.size or self._source.data[at] in self._stops:
            return {}
        return {self._source.data[at]: self.place(at + 1)}

    def place(self, at: int) -> Copy:
        """Return another place of the same source."""
        found = self._copies.get(at)
        if found is None:
            found = self._copies[at] = Copy(self._source, at, self._copies, self.exits, self._stops)
        return found


_QUOTES = frozenset(b'"')


class Reach(Stretch):
    """The beginning of a string that agrees with the source at one or more places.

    Args:
        places: byte offsets in the source up to which the string agrees, ascending.
        length: how many bytes it has.
    """

    __slots__ = ("_source", "length", "places")

    def __init__(self, source: Source, places: Sequence[int], length: int = 0) -> None:
        # As `super().__init__` does: these are made by the thousand.
        self.exits = _QUOTES
        self.loud = False
        self.tokens = None
        self._following = None
        self._source = source
        self.places = places
        self.length = length

    def _grow(self) -> Mapping[int, Stretch]:
        last = self._source.last_end
        return self._longer([at for at in self.places if at < last])

    def narrowed(self, far: Callable[[int], int]) -> Mapping[int, Reach]:
        """Return the longer strings, of those spans that do not go on past `far` of their start."""
        return self._longer([at for at in self.places if far(at - self.length) > at])

    def _longer(self, places: Sequence[int]) -> Mapping[int, Reach]:
        data = self._source.data
        source, length = self._source, self.length + 1
        if len(places) == 1:
            return {data[places[0]]: Reach(source, (places[0] + 1,), length)}
        longer: dict[int, list[int]] = {}
        for at in places:
            longer.setdefault(data[at], []).append(at + 1)
        return {byte: Reach(source, agreeing, length) for byte, agreeing in longer.items()}
