"""States of an answer: what may follow, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from genner.constrained.states.passages import Passage, agreement

__all__ = ["END", "Choice", "Option", "State", "follow"]

_NOTHING: frozenset[int] = frozenset()


class State:
    """A point in an answer.  What may follow is computed when first asked for, and kept."""

    __slots__ = ("_copying", "_following")

    def __init__(self) -> None:
        self._following: dict[int, State] | None = None
        self._copying: frozenset[int] = _NOTHING

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
    def copying(self) -> frozenset[int]:
        """Those bytes that only copy the source, or end a list instead of adding to it."""
        if self._following is None:
            self._following = self._expand()
        return self._copying

    def step(self, byte: int) -> State | None:
        """Return the state after one byte, or None where it may not come next."""
        return self.following.get(byte)

    @property
    def passage(self) -> Passage | None:
        """The passage of plain text this state is in, if any: all of it is allowed here."""
        return None

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        """Follow the passage as far as `data` from `begin` does; return the state there and the bytes taken."""
        return self, 0

    def leave(self, written: bytes) -> State | None:
        """Return the state after bytes of which all but the last are in the passage."""
        return follow(self, written)

    def _expand(self) -> dict[int, State]:
        """Compute what may follow, and set `_copying`."""
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
        copying: which of the strings adds no structure.
    """

    __slots__ = ("_at", "_options", "_passage", "_plainest", "_shared")

    def __init__(self, options: Sequence[Option], *, at: int = 0, copying: bytes | None = None) -> None:
        super().__init__()
        self._options = options
        self._at = at
        self._plainest = copying
        self._shared = -1
        self._passage: Passage | None = None

    @property
    def passage(self) -> Passage | None:
        """What all strings begin with, except for its last byte."""
        if self._shared < 0:
            options = self._options
            first = options[0][0]
            shared = self._shared = len(first) if len(options) == 1 else _shared([written for written, _ in options])
            if shared > self._at:
                self._passage = Passage(_NOTHING, False, (first, self._at, shared - 1))
        return self._passage

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        passage = self.passage
        if passage is None or passage.line is None:
            return self, 0
        taken = agreement(passage.line, data, begin)
        return (Choice(self._options, at=self._at + taken, copying=self._plainest) if taken else self), taken

    def _expand(self) -> dict[int, State]:
        at = self._at
        if self._plainest is not None:
            self._copying = frozenset(self._plainest[at : at + 1])
        groups: dict[int, list[Option]] = {}
        for option in self._options:
            groups.setdefault(option[0][at], []).append(option)
        return {byte: self._after(options, at + 1) for byte, options in groups.items()}

    def _after(self, options: Sequence[Option], at: int) -> State:
        written, make = options[0]
        if len(written) == at:
            return make()
        plainest = self._plainest
        if plainest is not None and plainest[:at] != written[:at]:
            plainest = None
        return Choice(options, at=at, copying=plainest)


def _shared(strings: Sequence[bytes]) -> int:
    """Return how many bytes all strings begin with."""
    lowest = min(strings)
    return agreement((lowest, 0, len(lowest)), max(strings), 0)


def follow(state: State, data: bytes) -> State | None:
    """Return the state after `data`, or None where the guide forbids it."""
    at = 0
    while at < len(data):
        after, taken = state.advance(data, at)
        if taken:
            state, at = after, at + taken
            continue
        found = state.step(data[at])
        if found is None:
            return None
        state, at = found, at + 1
    return state
