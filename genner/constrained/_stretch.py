"""Stretches of plain text in an answer: what goes on inside them does not depend on what was said before.

A stretch keeps the tokens found on the way: they are the same for every item of a list, and whatever
entities are open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from genner.constrained._source import Source
from genner.constrained._vocabulary import Node

__all__ = ["Copies", "Reach", "Stretch", "Ways", "agreeing"]

_Line: TypeAlias = "tuple[bytes, int, int]"
_Exit: TypeAlias = "tuple[bytes, int, Node]"


class Ways(NamedTuple):
    """How tokens go on from a node of the vocabulary inside a stretch of text.

    Args:
        tokens: those that stay in it.
        exits: the ways out: what is written before, the byte that leaves, the node after it.
        longest: how many bytes of the stretch were looked at.
    """

    tokens: list[int]
    exits: list[_Exit]
    longest: int


class Stretch:
    """A place inside plain text.

    Attributes:
        exits: bytes by which the text may be left.
        loud: whether leaving it adds structure.
        line: where the text can go on in one way only, the bytes it does so with: (data, begin, end).
    """

    __slots__ = ("_following", "_ways", "exits", "line", "loud")

    def __init__(self, exits: frozenset[int], loud: bool, line: _Line | None = None) -> None:
        self.exits = exits
        self.loud = loud
        self.line = line
        self._ways: dict[Node, Ways] = {}
        self._following: Mapping[int, Stretch] | None = None

    def ways(self, node: Node) -> Ways:
        """Return how tokens go on from a node of the vocabulary."""
        known = self._ways.get(node)
        if known is None:
            known = self._ways[node] = self._walk(node)
        return known

    def _walk(self, node: Node) -> Ways:
        if self.line is not None:
            tokens: list[int] = []
            exits: list[_Exit] = []
            return Ways(tokens, exits, _walk_line(node, self.line, self.exits, b"", tokens, exits))
        return self._walk_branches(node)

    def _walk_branches(self, node: Node) -> Ways:
        """Find the ways where the text may go on in more than one way."""
        tokens: list[int] = []
        exits: list[_Exit] = []
        longest = 0
        todo: list[tuple[Node, Stretch, bytes]] = [(node, self, b"")]
        while todo:
            node, stretch, written = todo.pop()
            longest = max(longest, len(written))
            children = node.children
            exits.extend((written, byte, children[byte]) for byte in stretch.exits if byte in children)
            for byte, longer in stretch.following.items():
                child = children.get(byte)
                if child is not None:
                    tokens.extend(child.ids)
                    todo.append((child, longer, written + bytes((byte,))))
        return Ways(tokens, exits, longest)

    @property
    def following(self) -> Mapping[int, Stretch]:
        """Where it goes on, by the byte that comes next; nothing is said of lines."""
        if self._following is None:
            self._following = self._grow()
        return self._following

    def _grow(self) -> Mapping[int, Stretch]:
        return {}


def _walk_line(
    node: Node, line: _Line, leaving: frozenset[int], written: bytes, tokens: list[int], exits: list[_Exit]
) -> int:
    """Collect the ways where the text goes on in one way only; return how far that was looked at."""
    data, begin, end = line
    at = begin
    while True:
        children = node.children
        for byte in leaving:
            if byte in children:
                exits.append((written + data[begin:at], byte, children[byte]))
        child = children.get(data[at]) if at < end else None
        if child is None:
            return at - begin
        node = child
        tokens += node.ids
        at += 1


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


_QUOTE = 0x22
_QUOTES = frozenset((_QUOTE,))


class Reach(Stretch):
    """The beginning of a string that agrees with the source at one or more places.

    Args:
        places: byte offsets in the source up to which the string agrees, ascending.
        length: how many bytes it has.
        known: the ways found at single places, by place.
    """

    __slots__ = ("_known", "_source", "_steps", "length", "places")

    def __init__(
        self, source: Source, places: Sequence[int], length: int = 0, known: dict[int, dict[Node, Ways]] | None = None
    ) -> None:
        # As `super().__init__` does: these are made by the thousand.
        self.exits = _QUOTES
        self.loud = False
        self._following = None
        self._source = source
        self._known = known = {} if known is None else known
        self._steps: dict[int, Reach | None] = {}
        self.places = places
        self.length = length
        if len(places) == 1:
            at = places[0]
            self.line = (source.data, at, source.last_end)
            self._ways = known.setdefault(at, {})
        else:
            self.line = None
            self._ways = {}

    def _grow(self) -> Mapping[int, Stretch]:
        return self.narrowed(None)

    def step(self, byte: int) -> Reach | None:
        """Return the string with one more byte, or None where that stands nowhere."""
        try:
            return self._steps[byte]
        except KeyError:
            data, last = self._source.data, self._source.last_end
            agreed = [at + 1 for at in self.places if at < last and data[at] == byte]
            found = Reach(self._source, agreed, self.length + 1, self._known) if agreed else None
            self._steps[byte] = found
            return found

    def along(self, data: bytes, begin: int) -> Reach:
        """Go on as far as `data` does."""
        reach: Reach = self
        for at in range(begin, len(data)):
            if reach.line is not None:
                taken = agreeing(reach.line, data, at)
                return Reach(self._source, (reach.places[0] + taken,), reach.length + taken, self._known)
            longer = reach.step(data[at])
            if longer is None:
                break
            reach = longer
        return reach

    def narrowed(self, far: Callable[[int], int] | None) -> Mapping[int, Reach]:
        """Return the longer strings; with `far`, of those spans that do not go on past `far` of their start."""
        data, last = self._source.data, self._source.last_end
        length = self.length + 1
        longer: dict[int, list[int]] = {}
        for at in self.places:
            if at < last if far is None else at < far(at - self.length):
                longer.setdefault(data[at], []).append(at + 1)
        return {byte: Reach(self._source, agreed, length, self._known) for byte, agreed in longer.items()}

    def _walk_branches(self, node: Node) -> Ways:
        """As of any stretch, but for sets of places, without making the strings between."""
        data, last = self._source.data, self._source.last_end
        tokens: list[int] = []
        exits: list[_Exit] = []
        todo = [(node, self.places, b"")]
        longest = 0
        while todo:
            node, places, written = todo.pop()
            if len(places) == 1:
                line = (data, places[0], last)
                longest = max(longest, len(written) + _walk_line(node, line, _QUOTES, written, tokens, exits))
                continue
            longest = max(longest, len(written))
            children = node.children
            if _QUOTE in children:
                exits.append((written, _QUOTE, children[_QUOTE]))
            groups: dict[int, list[int]] = {}
            for at in places:
                if at < last:
                    byte = data[at]
                    if byte in groups:
                        groups[byte].append(at + 1)
                    elif byte in children:
                        groups[byte] = [at + 1]
            for byte, agreed in groups.items():
                child = children[byte]
                tokens += child.ids
                todo.append((child, agreed, written + bytes((byte,))))
        return Ways(tokens, exits, longest)
