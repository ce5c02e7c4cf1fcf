"""Strings of a JSON answer that have to be spans of the source."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence

from genner.constrained.json.remaining import RemainingSpans
from genner.constrained.options import GuideOptions
from genner.constrained.states.passages import SpanPrefix
from genner.constrained.states.source import SourceBytes
from genner.constrained.states.state import State
from genner.formats.codec import BaseCodec
from genner.text.grounding import Source

__all__ = ["JsonAutomaton"]

_QUOTE = 0x22


class JsonAutomaton(ABC):
    """What the guides of the JSON formats share: strings that are spans of the source."""

    start: State

    def __init__(self, codec: BaseCodec, text: str, options: GuideOptions) -> None:
        self.options = options
        is_limited = not codec.positional and options.boundaries == "character"
        self._listable = Source(text, codec.grounding) if is_limited else None
        self.source = SourceBytes(text, options.boundaries, lambda part: self.dump(part)[1:-1])
        self._prefix = SpanPrefix(self.source, self.source.all_starts)

    def dump(self, value: object) -> str:
        """Write a value as JSON."""
        return json.dumps(value, ensure_ascii=self.options.ensure_ascii)

    def remaining(self, labels: Sequence[str], count: int = 0) -> RemainingSpans:
        """Return the spans of a new list, before which `count` entities were named."""
        return RemainingSpans(self.source, labels, self.options, (), count, listable=self._listable)

    def string(self, remaining: RemainingSpans) -> State:
        """Return the state inside a string of which nothing is written yet."""
        prefix = self._prefix if remaining.plain else SpanPrefix(self.source, remaining.starts())
        return _Inside(self, remaining, prefix)

    @abstractmethod
    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        """Return the state before the quote that ends a string: `length` bytes from any of `starts`."""


class _Inside(State):
    """Inside a string.

    Args:
        prefix: what is written of it, and where that is in the source.
    """

    __slots__ = ("_automaton", "_remaining", "prefix")

    def __init__(self, automaton: JsonAutomaton, remaining: RemainingSpans, prefix: SpanPrefix) -> None:
        super().__init__()
        self._automaton = automaton
        self._remaining = remaining
        self.prefix = prefix

    @property
    def passage(self) -> SpanPrefix | None:
        return self.prefix if self._remaining.plain else None

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        if not self._remaining.plain:
            return self, 0
        prefix = self.prefix.advanced(data, begin)
        taken = prefix.length - self.prefix.length
        return (_Inside(self._automaton, self._remaining, prefix) if taken else self), taken

    def step(self, byte: int) -> State | None:
        if not self._remaining.plain:
            return self.following.get(byte)
        if byte == _QUOTE:
            return self._ended(self.prefix)
        longer = self.prefix.step(byte)
        return None if longer is None else _Inside(self._automaton, self._remaining, longer)

    def _ended(self, prefix: SpanPrefix) -> State | None:
        """Return the state after the quote that ends the string, or None where none may end."""
        length = prefix.length
        if not length:
            return None
        fits = self._remaining.fits
        starts = [at - length for at in prefix.places if fits(at - length, at)]
        return _Ended(self._automaton, self._remaining, starts, length) if starts else None

    def _expand(self) -> dict[int, State]:
        remaining = self._remaining
        longer = self.prefix.extended(None if remaining.plain else remaining.last_end)
        following: dict[int, State] = {
            byte: _Inside(self._automaton, remaining, prefix) for byte, prefix in longer.items()
        }
        ended = self._ended(self.prefix)
        if ended is not None:
            following[_QUOTE] = ended
        self._copying = frozenset(following)
        return following


class _Ended(State):
    """After the quote that ends a string.

    The walk of the vocabulary meets many such states and looks behind few of them, so what follows
    is computed late.
    """

    __slots__ = ("_after",)

    def __init__(self, automaton: JsonAutomaton, remaining: RemainingSpans, starts: Sequence[int], length: int) -> None:
        super().__init__()
        self._after = automaton, remaining, starts, length

    def _expand(self) -> dict[int, State]:
        automaton, remaining, starts, length = self._after
        after = automaton.closed(remaining, starts, length).following[_QUOTE]
        self._copying = after.copying
        return dict(after.following)
