"""States of an answer: what may follow, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from genner.constrained._stretch import Stretch, agreeing

__all__ = ["END", "Choice", "Option", "State", "follow"]

_NOTHING: frozenset[int] = frozenset()


class State:
    """A point in an answer.  What may follow is worked out when first asked for, and kept."""

    __slots__ = ("_following", "_quiet")

    def __init__(self) -> None:
        self._following: dict[int, State] | None = None
        self._quiet: frozenset[int] = _NOTHING

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

    def step(self, byte: int) -> State | None:
        """Return the state after one byte, or None where it may not come next."""
        return self.following.get(byte)

    @property
    def stretch(self) -> Stretch | None:
        """The stretch of plain text this state is in; it allows what goes on inside as far as it is free."""
        return None

    def is_free(self, length: int) -> bool:
        """Tell whether so many bytes of the stretch are allowed."""
        return True

    def along(self, data: bytes, begin: int) -> tuple[State, int]:
        """Go along the stretch as far as `data` from `begin` does; return where that leads, and what it took."""
        return self, 0

    def leave(self, written: bytes, byte: int) -> State | None:
        """Return the state after going along the stretch by `written` and leaving it by `byte`."""
        return None

    @property
    def quiet(self) -> frozenset[int]:
        """Those bytes that only copy the source, or end a list instead of adding to it."""
        if self._following is None:
            self._following = self._expand()
        return self._quiet

    def _expand(self) -> dict[int, State]:
        """Work out what may follow, and set `_quiet`."""
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
        quiet: which of the strings adds no structure.
    """

    __slots__ = ("_at", "_options", "_quietest", "_stretch")

    def __init__(self, options: Sequence[Option], *, at: int = 0, quiet: bytes | None = None) -> None:
        super().__init__()
        self._options = options
        self._at = at
        self._quietest = quiet
        self._stretch: Stretch | None = None

    @property
    def stretch(self) -> Stretch | None:
        """One string alone is a line, which its last byte leaves."""
        if self._stretch is None and len(self._options) == 1:
            written = self._options[0][0]
            last = len(written) - 1
            self._stretch = Stretch(frozenset(written[last:]), False, (written, self._at, last))
        return self._stretch

    def along(self, data: bytes, begin: int) -> tuple[State, int]:
        stretch = self.stretch
        if stretch is None or stretch.line is None:
            return self, 0
        taken = agreeing(stretch.line, data, begin)
        return (Choice(self._options, at=self._at + taken, quiet=self._quietest) if taken else self), taken

    def leave(self, written: bytes, byte: int) -> State | None:
        line, make = self._options[0]
        return make() if self._at + len(written) == len(line) - 1 and byte == line[-1] else None

    def _expand(self) -> dict[int, State]:
        at = self._at
        if self._quietest is not None:
            self._quiet = frozenset(self._quietest[at : at + 1])
        if len(self._options) == 1:
            return {self._options[0][0][at]: self._after(self._options)}
        groups: dict[int, Sequence[Option]] = {}
        for option in self._options:
            groups.setdefault(option[0][at], []).append(option)  # type: ignore[attr-defined]
        return {byte: self._after(options) for byte, options in groups.items()}

    def _after(self, options: Sequence[Option]) -> State:
        written, make = options[0]
        after = self._at + 1
        if len(written) == after:
            return make()
        quiet = self._quietest
        if quiet is not None and quiet[:after] != written[:after]:
            quiet = None
        return Choice(options, at=after, quiet=quiet)


def follow(state: State, data: bytes) -> State | None:
    """Return the state after `data`, or None where the guide forbids it."""
    at = 0
    while at < len(data):
        after, taken = state.along(data, at)
        if taken:
            state, at = after, at + taken
            continue
        found = state.step(data[at])
        if found is None:
            return None
        state, at = found, at + 1
    return state
