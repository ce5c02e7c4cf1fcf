"""Passages of plain text in an answer: what may follow inside one does not depend on what came before it.

A passage keeps the tokens found in it: they are the same for every item of a list, and whatever
entities are open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from genner.constrained.states.source import SourceBytes

if TYPE_CHECKING:
    from genner.constrained.tokens.vocabulary import Node

__all__ = ["Continuations", "CopiedText", "Passage", "SpanPrefix", "agreement"]

_Line: TypeAlias = "tuple[bytes, int, int]"
_Exit: TypeAlias = "tuple[bytes, int, Node]"


class Continuations(NamedTuple):
    """How tokens continue from a node of the vocabulary inside a passage.

    Args:
        tokens: those that stay in it.
        exits: those that leave it: what is written before, the byte that leaves, the node after it.
        longest: how many bytes of the passage were looked at.
    """

    tokens: list[int]
    exits: list[_Exit]
    longest: int


class Passage:
    """A place inside plain text.

    Attributes:
        exits: bytes by which the text may be left.
        exit_adds: whether leaving it adds structure to the answer.
        line: where only one text can follow, its bytes: (data, begin, end).
    """

    __slots__ = ("_continuations", "exit_adds", "exits", "line")

    def __init__(self, exits: frozenset[int], exit_adds: bool, line: _Line | None = None) -> None:
        self.exits = exits
        self.exit_adds = exit_adds
        self.line = line
        self._continuations: dict[Node, Continuations] = {}

    def continuations(self, node: Node) -> Continuations:
        """Return how tokens continue from a node of the vocabulary."""
        known = self._continuations.get(node)
        if known is None:
            known = self._continuations[node] = self._walk(node)
        return known

    def _walk(self, node: Node) -> Continuations:
        """Find the continuations; where more than one text may follow, a passage has its own walk."""
        if self.line is None:
            raise NotImplementedError
        tokens: list[int] = []
        exits: list[_Exit] = []
        return Continuations(tokens, exits, _walk_line(node, self.line, self.exits, b"", tokens, exits))


def _walk_line(
    node: Node, line: _Line, leaving: frozenset[int], written: bytes, tokens: list[int], exits: list[_Exit]
) -> int:
    """Collect tokens and exits where only one text can follow; return how many bytes of it were looked at."""
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


def agreement(line: _Line, data: bytes, begin: int) -> int:
    """Return how many bytes of `data` from `begin` on agree with a line."""
    source, at, end = line
    most = min(end - at, len(data) - begin)
    if source[at : at + most] == data[begin : begin + most]:
        return most
    taken = 0
    while source[at + taken] == data[begin + taken]:
        taken += 1
    return taken


class CopiedText:
    """The passages of a source that is being copied.

    Args:
        exits: bytes by which the copy may be left.
        stops: for each byte offset, whether a byte that may be more than text is there.
    """

    def __init__(self, source: SourceBytes, exits: frozenset[int], stops: Sequence[bool] = ()) -> None:
        self._source = source
        self._exits = exits
        self._passages: dict[int, Passage] = {}
        self._ends = _next_stop(stops, source.size)

    def passage(self, at: int) -> Passage:
        """Return the passage from a byte offset on."""
        found = self._passages.get(at)
        if found is None:
            end = self._ends[at] if self._ends else self._source.size
            found = self._passages[at] = Passage(self._exits, True, (self._source.data, at, end))
        return found


def _next_stop(stops: Sequence[bool], size: int) -> list[int]:
    """Return for each place the first stop from there on, or the end; nothing when there are no stops."""
    if not any(stops):
        return []
    ends = [size] * (size + 1)
    for at in range(size - 1, -1, -1):
        ends[at] = at if stops[at] else ends[at + 1]
    return ends


_QUOTE = 0x22
_QUOTES = frozenset((_QUOTE,))


class SpanPrefix(Passage):
    """The beginning of a string that agrees with the source at one or more places.

    Args:
        places: byte offsets in the source up to which the string agrees, ascending.
        length: how many bytes it has.
        known: the continuations found at single places, by place.
    """

    __slots__ = ("_known", "_source", "_steps", "length", "places")

    def __init__(
        self,
        source: SourceBytes,
        places: Sequence[int],
        length: int = 0,
        known: dict[int, dict[Node, Continuations]] | None = None,
    ) -> None:
        # As `super().__init__` does: these are made by the thousand.
        self.exits = _QUOTES
        self.exit_adds = False
        self._source = source
        self._known = known = {} if known is None else known
        self._steps: dict[int, SpanPrefix | None] = {}
        self.places = places
        self.length = length
        if len(places) == 1:
            at = places[0]
            self.line = (source.data, at, source.last_end)
            self._continuations = known.setdefault(at, {})
        else:
            self.line = None
            self._continuations = {}

    def step(self, byte: int) -> SpanPrefix | None:
        """Return the string with one more byte, or None where that is nowhere in the source."""
        try:
            return self._steps[byte]
        except KeyError:
            data, last = self._source.data, self._source.last_end
            agreed = [at + 1 for at in self.places if at < last and data[at] == byte]
            found = SpanPrefix(self._source, agreed, self.length + 1, self._known) if agreed else None
            self._steps[byte] = found
            return found

    def advanced(self, data: bytes, begin: int) -> SpanPrefix:
        """Return the string extended as far as `data` agrees with the source."""
        prefix: SpanPrefix = self
        for at in range(begin, len(data)):
            if prefix.line is not None:
                taken = agreement(prefix.line, data, at)
                return SpanPrefix(self._source, (prefix.places[0] + taken,), prefix.length + taken, self._known)
            longer = prefix.step(data[at])
            if longer is None:
                break
            prefix = longer
        return prefix

    def extended(self, last_end: Callable[[int], int] | None) -> Mapping[int, SpanPrefix]:
        """Return the strings that are one byte longer, by byte.

        Args:
            last_end: given the start of a span, the last place where it may end; None for no limit.
        """
        data, last = self._source.data, self._source.last_end
        length = self.length + 1
        longer: dict[int, list[int]] = {}
        for at in self.places:
            if at < last if last_end is None else at < last_end(at - self.length):
                longer.setdefault(data[at], []).append(at + 1)
        return {byte: SpanPrefix(self._source, agreed, length, self._known) for byte, agreed in longer.items()}

    def _walk(self, node: Node) -> Continuations:
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
        return Continuations(tokens, exits, longest)
