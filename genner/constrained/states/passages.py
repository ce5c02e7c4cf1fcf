"""Passages of plain text in an answer: what may follow inside one does not depend on what came before it.

A passage keeps the tokens found in it: they are the same for every item of a list, and whatever
entities are open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from genner.constrained.states.source import SourceBytes

if TYPE_CHECKING:
    from genner.constrained.tokens.vocabulary import TokenNode

__all__ = ["Continuations", "Passage", "SpanPrefix", "agreement"]

_Line: TypeAlias = "tuple[bytes, int, int]"
_Exit: TypeAlias = "tuple[bytes, TokenNode]"


class Continuations(NamedTuple):
    """How tokens continue from a node of the vocabulary inside a passage.

    Args:
        tokens: those that stay in it.
        exits: where tokens leave it: the bytes up to there, and the node after them.
    """

    tokens: list[int]
    exits: list[_Exit]


class Passage:
    """A place inside plain text.

    Attributes:
        exits: bytes by which the text may be left anywhere; the byte after a line leaves it as well.
        exit_adds: whether leaving it adds structure to the answer.
        line: where only one text can follow, its bytes: (data, begin, end).
    """

    __slots__ = ("_continuations", "exit_adds", "exits", "line")

    def __init__(self, exits: frozenset[int], exit_adds: bool, line: _Line | None = None) -> None:
        self.exits = exits
        self.exit_adds = exit_adds
        self.line = line
        self._continuations: dict[TokenNode, Continuations] = {}

    def continuations(self, node: TokenNode) -> Continuations:
        """Return how tokens continue from a node of the vocabulary."""
        known = self._continuations.get(node)
        if known is None:
            known = self._continuations[node] = Continuations([], [])
            self._walk(node, known)
        return known

    def _walk(self, node: TokenNode, found: Continuations) -> None:
        """Collect the continuations; where more than one text may follow, a passage has its own walk."""
        if self.line is not None:
            _walk_line(node, self.line, self.exits, b"", found)


def _walk_line(node: TokenNode, line: _Line, leaving: frozenset[int], written: bytes, found: Continuations) -> None:
    """Collect the continuations where only one text can follow."""
    data, begin, end = line
    for at in range(begin, len(data) + 1):
        children = node.children
        for byte in leaving:
            if byte in children:
                found.exits.append((written + data[begin:at] + bytes((byte,)), children[byte]))
        child = children.get(data[at]) if at < len(data) else None
        if child is None:
            return
        if at >= end:
            found.exits.append((written + data[begin : at + 1], child))
            return
        node = child
        found.tokens.extend(node.ids)


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
        known: dict[int, dict[TokenNode, Continuations]] | None = None,
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

    def _walk(self, node: TokenNode, found: Continuations) -> None:
        data, last = self._source.data, self._source.last_end
        todo = [(node, self.places, b"")]
        while todo:
            node, places, written = todo.pop()
            if len(places) == 1:
                _walk_line(node, (data, places[0], last), _QUOTES, written, found)
                continue
            children = node.children
            if _QUOTE in children:
                found.exits.append((written + b'"', children[_QUOTE]))
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
                found.tokens.extend(child.ids)
                todo.append((child, agreed, written + bytes((byte,))))
