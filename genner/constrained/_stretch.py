"""Stretches of plain text in an answer: what goes on inside them does not depend on what was said before.

A stretch keeps the tokens found on the way: they are the same for every item of a list, and whatever
entities are open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from genner.constrained._source import Source

__all__ = ["Copies", "Reach", "Stretch", "agreeing"]


class Stretch:
    """A place inside plain text.

    Attributes:
        exits: bytes by which the text may be left.
        loud: whether leaving it adds structure.
        line: where the text can go on in one way only, the bytes it does so with: (data, begin, end).
        tokens: for nodes of a vocabulary, what is known of the tokens that go on from there.
    """

    __slots__ = ("_following", "exits", "line", "loud", "tokens")

    def __init__(self, exits: frozenset[int], loud: bool, line: tuple[bytes, int, int] | None = None) -> None:
        self.exits = exits
        self.loud = loud
        self.line = line
        self.tokens: dict[Any, Any] = {}
        self._following: Mapping[int, Stretch] | None = None

    @property
    def following(self) -> Mapping[int, Stretch]:
        """Where it goes on, by the byte that comes next; nothing is said of lines."""
        if self._following is None:
            self._following = self._grow()
        return self._following

    def _grow(self) -> Mapping[int, Stretch]:
        return {}


class Copies:
    """The places of a source that is being copied.

    Args:
        exits: bytes by which the copy may be left.
        stops: bytes that are more than text here.
    """

    def __init__(self, source: Source, exits: frozenset[int], stops: frozenset[int]) -> None:
        self._source = source
        self._exits = exits
        self._places: dict[int, Stretch] = {}
        self._ends = _next_of(source.data, stops) if stops else None

    def place(self, at: int) -> Stretch:
        """Return the stretch from a byte offset on."""
        found = self._places.get(at)
        if found is None:
            end = self._source.size if self._ends is None else self._ends[at]
            found = self._places[at] = Stretch(self._exits, True, (self._source.data, at, end))
        return found


def _next_of(data: bytes, stops: frozenset[int]) -> list[int]:
    """Return for each place the first stop from there on, or the end."""
    ends = [len(data)] * (len(data) + 1)
    for at in range(len(data) - 1, -1, -1):
        ends[at] = at if data[at] in stops else ends[at + 1]
    return ends


def agreeing(line: tuple[bytes, int, int], data: bytes, begin: int) -> int:
    """Return how many bytes of `data` from `begin` on a line goes on with."""
    source, at, end = line
    most = min(end - at, len(data) - begin)
    if source[at : at + most] == data[begin : begin + most]:
        return most
    taken = 0
    while source[at + taken] == data[begin + taken]:
        taken += 1
    return taken


_QUOTES = frozenset(b'"')


class Reach(Stretch):
    """The beginning of a string that agrees with the source at one or more places.

    Args:
        places: byte offsets in the source up to which the string agrees, ascending.
        length: how many bytes it has.
        known: the tokens found at single places, by place.
    """

    __slots__ = ("_known", "_source", "length", "places")

    def __init__(
        self, source: Source, places: Sequence[int], length: int = 0, known: dict[int, dict[Any, Any]] | None = None
    ) -> None:
        # As `super().__init__` does: these are made by the thousand.
        self.exits = _QUOTES
        self.loud = False
        self._following = None
        self._source = source
        self._known = known = {} if known is None else known
        self.places = places
        self.length = length
        if len(places) == 1:
            at = places[0]
            self.line = (source.data, at, source.last_end)
            self.tokens = known.setdefault(at, {})
        else:
            self.line = None
            self.tokens = {}

    def along(self, data: bytes, begin: int) -> Reach:
        """Go on as far as `data` does."""
        reach: Reach = self
        for at in range(begin, len(data)):
            if reach.line is not None:
                taken = agreeing(reach.line, data, at)
                return Reach(self._source, (reach.places[0] + taken,), reach.length + taken, self._known)
            longer = reach.following.get(data[at])
            if longer is None:
                break
            reach = cast(Reach, longer)
        return reach

    def _grow(self) -> Mapping[int, Stretch]:
        last = self._source.last_end
        return self._longer([at for at in self.places if at < last])

    def narrowed(self, far: Callable[[int], int]) -> Mapping[int, Reach]:
        """Return the longer strings, of those spans that do not go on past `far` of their start."""
        return self._longer([at for at in self.places if far(at - self.length) > at])

    def _longer(self, places: Sequence[int]) -> Mapping[int, Reach]:
        data = self._source.data
        length = self.length + 1
        longer: dict[int, list[int]] = {}
        for at in places:
            longer.setdefault(data[at], []).append(at + 1)
        return {byte: Reach(self._source, agreed, length, self._known) for byte, agreed in longer.items()}
