"""States of an answer, what may follow them byte by byte, and the passages of plain text that states share."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from genner.constrained.vocabulary import TokenNode

__all__ = ["END", "Choice", "Option", "Passage", "State", "agreement", "alike", "follow"]

_NOTHING: frozenset[int] = frozenset()

Continuations: TypeAlias = "tuple[list[int], list[tuple[bytes, TokenNode]]]"
"""The tokens that stay in a passage; and where tokens leave it: the bytes up to there, and the node after them."""


class Passage:
    """A place inside plain text: what may follow there does not depend on what came before.

    It keeps the tokens found in it: they are the same for every item of a list, and whatever entities are open.

    Args:
        data: the bytes to copy.
        places: the offsets in `data` at which the text may be, ascending.
        stops: the offsets whose byte leaves the text, ascending; one of them at or behind each place.
        exits: bytes by which the text may be left anywhere.
        single: the same text at single places, so far.
    """

    __slots__ = ("_branches", "_continuations", "_mask", "_single", "data", "exits", "places", "stops")

    def __init__(
        self,
        data: bytes,
        places: Sequence[int],
        stops: Sequence[int],
        exits: frozenset[int] = _NOTHING,
        single: dict[int, Passage] | None = None,
    ) -> None:
        self.data = data
        self.places = places
        self.stops = stops
        self.exits = exits
        self._single: dict[int, Passage] = {} if single is None else single
        self._branches: dict[int, Passage] | None = None
        self._mask = 0
        self._continuations: dict[TokenNode, Continuations] = {}

    def moved(self, places: Sequence[int]) -> Passage:
        """Return the same text at other places; at a single one it is the same for all."""
        found = self._single.get(places[0]) if len(places) == 1 else None
        if found is None:
            found = Passage(self.data, places, self.stops, self.exits, self._single)
            if len(places) == 1:
                self._single[places[0]] = found
        return found

    @property
    def mask(self) -> int:
        """The places as a bit mask."""
        if len(self.places) == 1:
            return 1 << self.places[0]
        if not self._mask:
            bits = bytearray(len(self.data) // 8 + 1)
            for at in self.places:
                bits[at >> 3] |= 1 << (at & 7)
            self._mask = int.from_bytes(bits, "little")
        return self._mask

    @property
    def branches(self) -> Mapping[int, Passage]:
        """The text after each byte that stays in it."""
        if self._branches is None:
            agreed: dict[int, list[int]] = {}
            for at in self.places:
                if at not in self.stops:
                    agreed.setdefault(self.data[at], []).append(at + 1)
            self._branches = {byte: self.moved(places) for byte, places in agreed.items()}
        return self._branches

    @property
    def line(self) -> bytes:
        """All that follows inside where only one text can."""
        begin = self.places[0]
        return self.data[begin : self.stops[bisect_left(self.stops, begin)]] if len(self.places) == 1 else b""

    def advanced(self, data: bytes, begin: int) -> tuple[Passage, int]:
        """Follow `data` from `begin` as far as it is in the text; return the text there and the bytes taken."""
        passage, at = self, begin
        while at < len(data):
            if len(passage.places) == 1:
                place = passage.places[0]
                taken = agreement(self.data, place, self.stops[bisect_left(self.stops, place)], data, at)
                return (passage.moved((place + taken,)) if taken else passage), at + taken - begin
            longer = passage.branches.get(data[at])
            if longer is None:
                break
            passage, at = longer, at + 1
        return passage, at - begin

    def continuations(self, node: TokenNode) -> Continuations:
        """Return how tokens continue from a node of the vocabulary."""
        if node not in self._continuations:
            self._continuations[node] = self._walk(node)
        return self._continuations[node]

    def _walk(self, node: TokenNode) -> Continuations:
        data, stops = self.data, self.stops
        tokens: list[int] = []
        left: list[tuple[bytes, TokenNode]] = []
        todo = [(node, self.places, 0)]
        while todo:
            node, places, depth = todo.pop()
            if len(places) == 1:
                self._walk_line(node, places[0], depth, tokens, left)
                continue
            children, begin = node.children, places[0] - depth
            for byte in self.exits:
                if byte in children:
                    left.append((data[begin : places[0]] + bytes((byte,)), children[byte]))
            after: dict[int, list[int]] = {}
            for at in places:
                byte = data[at] if at < len(data) else -1
                if byte in after:
                    after[byte].append(at + 1)
                elif byte in children:
                    after[byte] = [at + 1]
            for byte, agreed in after.items():
                if agreed[0] - 1 in stops:
                    left.append((data[agreed[0] - depth - 1 : agreed[0]], children[byte]))
                else:
                    tokens += children[byte].ids
                    todo.append((children[byte], agreed, depth + 1))
        return tokens, left

    def _walk_line(
        self, node: TokenNode, place: int, depth: int, tokens: list[int], left: list[tuple[bytes, TokenNode]]
    ) -> None:
        """Collect the same where only one text can follow, which is the usual case and several times as fast."""
        data, begin = self.data, place - depth
        end = self.stops[bisect_left(self.stops, place)]
        for at in range(place, len(data) + 1):
            children = node.children
            for byte in self.exits:
                if byte in children:
                    left.append((data[begin:at] + bytes((byte,)), children[byte]))
            child = children.get(data[at]) if at < len(data) else None
            if child is None:
                return
            if at == end:
                left.append((data[begin : at + 1], child))
                return
            node = child
            tokens += node.ids


def agreement(source: bytes, at: int, end: int, data: bytes, begin: int) -> int:
    """Return how many bytes of `data` from `begin` on are those of `source` from `at` to `end`."""
    most = min(end - at, len(data) - begin)
    if source[at : at + most] == data[begin : begin + most]:
        return most
    taken = 0
    while source[at + taken] == data[begin + taken]:
        taken += 1
    return taken


class State:
    """A point in an answer.  What may follow is computed when first asked for, and kept."""

    __slots__ = ("_following",)

    def __init__(self) -> None:
        self._following: Mapping[int, State] | None = None

    @property
    def final(self) -> bool:
        """Whether the answer may end here."""
        return False

    @property
    def following(self) -> Mapping[int, State]:
        """Every byte that may come next, with the state it leads to."""
        if self._following is None:
            self._following = self._expand()
        return self._following

    @property
    def ending(self) -> State:
        """The same point of an answer in which no entity begins any more; one that has begun may be ended or go on."""
        return self

    @property
    def is_copy(self) -> bool:
        """Whether the source decides what may follow, so that other answers tell nothing of it."""
        return False

    def step(self, byte: int) -> State | None:
        """Return the state after one byte, or None where it may not come next."""
        return self.following.get(byte)

    @property
    def passage(self) -> Passage | None:
        """The passage of plain text this state is in, if any: all of it is allowed here."""
        return None

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        """Follow the passage as far as `data` from `begin` does; return the state there and the bytes taken."""
        passage = self.passage
        if passage is None:
            return self, 0
        passage, taken = passage.advanced(data, begin)
        return (self._along(passage, taken) if taken else self), taken

    def leave(self, written: bytes) -> State | None:
        """Return the state after `written`, bytes since the passage began of which all but the last are in it."""
        return follow(self, written)

    def repeats(self, data: bytes) -> State | None:
        """Return the same point of a list's last item where `data` would write an earlier item again, else None."""
        return None

    def _along(self, passage: Passage, taken: int) -> State:
        """Return the state so many bytes further along its passage."""
        raise NotImplementedError

    def _expand(self) -> Mapping[int, State]:
        """Compute what may follow."""
        return {}


class _End(State):
    """Nothing may follow."""

    __slots__ = ()

    @property
    def final(self) -> bool:
        return True


END = _End()

Option: TypeAlias = "tuple[bytes, Callable[[], State]]"
"""Bytes to write, and how to make the state after them."""


class Choice(State):
    """One of a few byte strings, none of which begins another.

    Args:
        options: the strings.
        at: how many bytes, the same in all of them, are written.
        ending: which of the strings begins no entity, if any.
        taken: strings that earlier items of a list leave no room for, and how to make this choice for its last item.
    """

    __slots__ = ("_at", "_last", "_options", "_shared", "_taken")

    def __init__(
        self,
        options: Sequence[Option],
        *,
        at: int = 0,
        ending: bytes | None = None,
        taken: tuple[Sequence[bytes], Callable[[], State]] | None = None,
    ) -> None:
        super().__init__()
        self._options = options
        self._at = at
        self._last = ending
        self._taken = taken
        self._shared: Passage | None = None

    @property
    def ending(self) -> State:
        last = [option for option in self._options if option[0] == self._last]
        return Choice(last, at=self._at) if last else self

    @property
    def passage(self) -> Passage | None:
        """What all strings begin with, except for its last byte."""
        if self._shared is None:
            strings = [written for written, _ in self._options]
            first = min(strings)
            shared = agreement(first, 0, len(first), max(strings), 0)
            self._shared = Passage(first[:shared], (self._at,), (shared - 1,))
        return self._shared if self._at < len(self._shared.data) else None

    def _along(self, passage: Passage, taken: int) -> State:
        after = Choice(self._options, at=self._at + taken, ending=self._last, taken=self._taken)
        after._shared = passage
        return after

    def _expand(self) -> Mapping[int, State]:
        at = self._at
        groups: dict[int, list[Option]] = {}
        for option in self._options:
            groups.setdefault(option[0][at], []).append(option)
        return {byte: self._after(options, at + 1) for byte, options in groups.items()}

    def _after(self, options: Sequence[Option], at: int) -> State:
        written, make = options[0]
        if len(written) == at:
            return make()
        return Choice(options, at=at, ending=self._last, taken=self._taken)

    def repeats(self, data: bytes) -> State | None:
        strings, last = self._taken or ((), None)
        written = self._options[0][0][: self._at]
        return follow(last(), written) if last and any(alike(written + data, one) for one in strings) else None


def alike(left: bytes, right: bytes) -> bool:
    """Tell whether one of two strings begins the other."""
    return left.startswith(right) or right.startswith(left)


def follow(state: State, data: bytes) -> State | None:
    """Return the state after `data`, or None where the guide forbids it."""
    at = 0
    while at < len(data):
        after, taken = state.advance(data, at)
        found = after if taken else state.step(data[at])
        if found is None:
            return None
        state, at = found, at + (taken or 1)
    return state
