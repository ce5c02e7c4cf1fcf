"""Whether an inline answer may end, and whether some answer with exactly one reading is still possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from genner.constrained.inline.markup import MarkupPiece
from genner.constrained.inline.readings import PartialReading, shape_of

if TYPE_CHECKING:
    from genner.constrained.inline.automaton import InlineAutomaton

__all__ = ["Endings"]

_Plan = tuple[str, int]
_PLANS: tuple[_Plan, ...] = tuple((when, which) for when in ("late", "early", "split") for which in (-1, 0))
"""How to complete an answer: close when there is no choice, at once, or after one more entity around
the next character; and of several closers the last or the first."""


class Endings:
    """Searches the completions of an answer."""

    def __init__(self, automaton: InlineAutomaton) -> None:
        self._automaton = automaton

    def is_final(self, readings: tuple[PartialReading, ...]) -> bool:
        """Tell whether the answer may end: exactly one reading is complete, and the options allow it."""
        size = self._automaton.size
        done = [it for it in readings if it.at == size and not it.node and not it.open]
        return len(done) == 1 and done[0].legal and done[0].closed is not None

    def is_live(self, readings: tuple[PartialReading, ...]) -> bool:
        """Tell whether some answer with exactly one reading continues from here."""
        automaton = self._automaton
        legal = [reading for reading in readings if reading.legal and reading.closed is not None]
        if not legal or not automaton.ambiguous:
            return bool(legal)
        if len(readings) == 1 and not automaton.literal:
            return True
        if not automaton.literal and not automaton.backslash:
            # Writing the rest with an escape before all that looks like markup keeps every other
            # reading in step, so that only one with the same place and the same open names can follow.
            shapes = Counter(map(shape_of, readings))
            if any(shapes[shape_of(reading)] == 1 for reading in legal):
                return True
        return any(
            self._is_certain(readings, rest)
            for reading in legal
            for plan in _PLANS
            for rest in self._completions(reading, plan)
        )

    def _is_certain(self, readings: tuple[PartialReading, ...], rest: bytes) -> bool:
        for byte in rest:
            readings = self._automaton.steps(readings).get(byte, ())
            if not any(reading.legal and reading.closed is not None for reading in readings):
                return False
            if len(readings) == 1 and not self._automaton.literal:
                return True
        return self.is_final(readings)

    def _completions(self, reading: PartialReading, plan: _Plan) -> Iterator[bytes]:
        """Spell completions of the answer by one plan: one for each piece that may have been begun."""
        if reading.node <= 0:
            yield self._complete(reading, plan)
            return
        automaton = self._automaton
        begun = automaton.rules.allowed(reading) & automaton.trie.below[reading.node]
        for piece in automaton.trie.among(begun):
            written = self._depth(reading.node, piece)
            yield piece.text[written:] + self._complete(automaton.apply(reading, piece, True), plan)

    def _depth(self, node: int, piece: MarkupPiece) -> int:
        """Return how many bytes of a piece lead to a node."""
        at = 0
        for length, byte in enumerate(piece.text, 1):
            at = self._automaton.trie.children[at][byte]
            if at == node:
                return length
        return 0

    def _complete(self, reading: PartialReading, plan: _Plan) -> bytes:
        """Spell the rest of the answer: copies with escapes, and closers as the plan says."""
        automaton = self._automaton
        when, which = plan
        written = bytearray()
        while reading.at < automaton.size or reading.open:
            allowed = 0
            if not reading.node and automaton.source.char_at[reading.at] >= 0:
                allowed = automaton.rules.allowed(reading)
            openers = list(automaton.trie.among(allowed & automaton.trie.opening))
            closers = list(automaton.trie.among(allowed & ~automaton.trie.opening))
            copied = automaton.copy(reading) if reading.at < automaton.size else None
            if when == "split" and openers:
                piece, when = openers[which], "early"
            elif closers and (when == "early" or copied is None or not copied.legal):
                piece = closers[which]
            elif copied is not None:
                if automaton.escapable[reading.at] and not reading.node:
                    written += b"\\"
                written.append(automaton.data[reading.at])
                reading = copied
                continue
            else:
                return b""
            written += piece.text
            reading = automaton.apply(reading, piece, True)
        return bytes(written)
