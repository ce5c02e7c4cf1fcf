"""Guides of the inline formats: copy the source, open an entity, close one.

A state holds every reading of the bytes so far: places in the source, each with the entities open
there.  Where the source has nothing that looks like markup there is one, except for a byte or two.
Elsewhere `[` may be a copy or an opener; the guide then follows all that the strict reader of the
format would follow, and allows a byte only when some answer that continues from it has exactly one
reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from genner.constrained.inline.endings import Endings
from genner.constrained.inline.markup import MarkupPiece, PieceTrie, Spelling
from genner.constrained.inline.readings import NOTHING, PartialReading, merged
from genner.constrained.inline.rules import MarkupRules
from genner.constrained.options import GuideOptions
from genner.constrained.states.passages import Passage, agreement
from genner.constrained.states.source import SourceBytes
from genner.constrained.states.state import State, follow

__all__ = ["ESCAPED", "InlineAutomaton", "InlineState"]

ESCAPED = -1
"""The node of a reading in which a backslash marks the next character as copied."""

_BACKSLASH = 0x5C


class InlineState(State):
    """The readings of the bytes so far."""

    __slots__ = ("_allowed", "_automaton", "_passage", "readings")

    def __init__(self, automaton: InlineAutomaton, readings: tuple[PartialReading, ...]) -> None:
        super().__init__()
        self._automaton = automaton
        self._allowed = -1
        self._passage: Passage | None = None
        self.readings = readings

    @property
    def final(self) -> bool:
        return self._automaton.endings.is_final(self.readings)

    @property
    def allowed(self) -> int:
        """The pieces of markup with which the first reading may continue."""
        if self._allowed < 0:
            self._allowed = self._automaton.rules.allowed(self.readings[0])
        return self._allowed

    @property
    def passage(self) -> Passage | None:
        if self._passage is None and len(self.readings) == 1:
            self._passage = self._automaton.passage(self)
        return self._passage

    def step(self, byte: int) -> State | None:
        automaton = self._automaton
        if automaton.ambiguous or self._following is not None:
            return self.following.get(byte)
        moved = tuple(after for reading in self.readings for _, after in automaton.moves(reading, byte))
        return automaton.state(moved) if moved else None

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        passage = self.passage
        if passage is None:
            return self, 0
        reading, taken = self._automaton.advanced(self.readings[0], passage, data, begin)
        return (self._automaton.state((reading,)) if taken else self), taken

    def leave(self, written: bytes) -> State | None:
        passage = self.passage
        if passage is not None and self._automaton.leaves_for_markup(self.readings[0], passage, written):
            return self._automaton.left(self.readings[0], passage, written)
        return follow(self, written)

    def _expand(self) -> dict[int, State]:
        automaton = self._automaton
        readings = self.readings
        steps = automaton.steps(readings)
        if not automaton.ambiguous:  # every reading left is legal, and so leads to the end
            copied = (automaton.data[it.at] for it in readings if not it.node and it.at < automaton.size)
            self._copying = frozenset(copied) & steps.keys()
            return {byte: automaton.state(moved) for byte, moved in steps.items()}
        following: dict[int, State] = {}
        copying = []
        for byte, moved in steps.items():
            if automaton.endings.is_live(moved):
                following[byte] = automaton.state(moved)
                if any(automaton.copies(reading, byte) for reading in readings):
                    copying.append(byte)
        if _BACKSLASH in copying and len(copying) > 1:
            copying.remove(_BACKSLASH)
        self._copying = frozenset(copying)
        return following


class InlineAutomaton:
    """The moves of an inline format over one source.

    Attributes:
        ambiguous: whether the source holds what can be taken for markup, so that readings multiply.
        literal: whether it holds whole pieces of markup.
        backslash: whether it holds backslashes besides.
    """

    def __init__(self, source: SourceBytes, trie: PieceTrie, options: GuideOptions) -> None:
        self.source = source
        self.data = source.data
        self.size = source.size
        self.trie = trie
        self.rules = MarkupRules(source, trie, options)
        self.endings = Endings(self)
        pieces = trie.pieces
        self.ambiguous = not trie.special.isdisjoint(source.text)
        self.literal = self.ambiguous and any(len(piece.text) > 1 and piece.text in self.data for piece in pieces)
        self.backslash = self.ambiguous and _BACKSLASH in self.data
        self.escapable = [char >= 0 and source.text[char : char + 1] in trie.special for char in source.char_at]
        self._states: dict[tuple[PartialReading, ...], InlineState] = {}
        self._set_passages()
        room = -1 if options.max_entities is None else options.max_entities
        self.start = self.state((PartialReading(0, 0, (), (), room, NOTHING, True),))

    def _set_passages(self) -> None:
        """Find where copied text may go on as a passage; nowhere among literal markup."""
        pieces, data = self.trie.pieces, self.data
        begins = {piece.text[:2] for piece in pieces}
        escapable = {ord(char) for char in self.trie.special if char.isascii()}
        self._soft = frozenset(begin[0] for begin in begins) - escapable
        """Bytes that begin markup, and also characters that nobody escapes."""
        self._hidden = self.literal or (self.ambiguous and any(it[0] in self._soft and it in data for it in begins))
        self._passages: dict[tuple[int, int, bool], Passage] = {}
        escapes = frozenset((_BACKSLASH,)) if self.ambiguous else frozenset()
        self._outside = escapes | {piece.text[0] for piece in pieces if piece.opens}
        self._inside = escapes | {piece.text[0] for piece in pieces}
        self._ends = [at for at, able in enumerate(self.source.can_end) if able]
        stops = (
            [at for at in range(self.size) if self.escapable[at] or data[at] == _BACKSLASH] if self.ambiguous else []
        )
        self._stops = [*stops, self.size]

    def state(self, readings: tuple[PartialReading, ...]) -> InlineState:
        """Return the state of some readings."""
        if not self.ambiguous:  # then a state costs less than to look for it, and is seldom met again
            return InlineState(self, readings)
        found = self._states.get(readings)
        if found is None:
            found = self._states[readings] = InlineState(self, readings)
        return found

    # -- passages -----------------------------------------------------------------------------------

    def passage(self, state: InlineState) -> Passage | None:
        """Return the passage of a state with one reading: of copied text, or of markup."""
        reading = state.readings[0]
        at, node, open_ = reading[:3]
        if self._hidden or not reading.legal or node == ESCAPED:
            return None
        if node:
            return self.trie.spelling(node, state.allowed)
        end = self._stops[bisect_left(self._stops, at)]
        if open_:  # every open entity needs a place to end behind the passage
            end = min(end, self._ends[-len(open_) - 1] - 1) if len(open_) < len(self._ends) else 0
        if end <= at:
            return None
        key = (at, end, bool(open_))
        found = self._passages.get(key)
        if found is None:
            exits = self._inside if open_ else self._outside
            found = self._passages[key] = Passage(exits, True, (self.data, at, end))
        return found

    def advanced(
        self, reading: PartialReading, passage: Passage, data: bytes, begin: int
    ) -> tuple[PartialReading, int]:
        """Follow a passage as far as `data` from `begin` does, except for a last byte that may begin markup."""
        if isinstance(passage, Spelling):
            spelling, taken = passage.advanced(data, begin)
            return reading._replace(node=spelling.node), taken
        taken = 0 if passage.line is None else agreement(passage.line, data, begin)
        if taken and data[begin + taken - 1] in self._soft:
            taken -= 1
        if not taken:
            return reading, 0
        return self._copied(reading, taken), taken

    def _copied(self, reading: PartialReading, length: int) -> PartialReading:
        return PartialReading(reading.at + length, 0, reading.open, (), reading.room, reading.closed, True)

    def leaves_for_markup(self, reading: PartialReading, passage: Passage, written: bytes) -> bool:
        """Tell whether the last of some bytes is markup, or what follows as a copy is in the passage anyway."""
        return passage.line is None or (not self.ambiguous and reading.at + len(written) <= passage.line[2])

    def left(self, reading: PartialReading, passage: Passage, written: bytes) -> State | None:
        """Return the state after bytes of a passage and one of markup."""
        inside = written[:-1]
        if isinstance(passage, Spelling):
            reading = reading._replace(node=passage.advanced(inside, 0)[0].node)
        elif inside:
            reading = self._copied(reading, len(inside))
        child = self.trie.children[reading.node].get(written[-1])
        if self.source.char_at[reading.at] < 0 or child is None:
            return None
        allowed = self.rules.allowed(reading, self.trie.below[child])
        return self.state((self._entered(reading, child, True),)) if allowed else None

    # -- one byte -----------------------------------------------------------------------------------

    def steps(self, readings: tuple[PartialReading, ...]) -> dict[int, tuple[PartialReading, ...]]:
        """Return the readings after each byte that any reading can take."""
        after: dict[int, list[PartialReading]] = {}
        for reading in readings:
            for byte, moved in self.moves(reading):
                if byte in after:
                    after[byte].append(moved)
                else:
                    after[byte] = [moved]
        if not self.ambiguous:
            return {byte: tuple(moved) for byte, moved in after.items()}
        return {byte: merged(moved) for byte, moved in after.items()}

    def moves(self, reading: PartialReading, only: int = -1) -> Iterator[tuple[int, PartialReading]]:
        """Yield the bytes a reading can take, with the reading after each.

        Args:
            only: the byte asked for; heeded only where the source has nothing that looks like markup.
        """
        at, node = reading.at, reading.node
        if node == ESCAPED:
            yield self.data[at], self.copy(reading)
            return
        if node == 0:
            if at < self.size:
                byte = self.data[at]
                copied = self.copy(reading)
                if (copied.legal or self.ambiguous) and (only < 0 or only == byte):
                    yield byte, copied
                if self.ambiguous and self.escapable[at]:
                    yield _BACKSLASH, reading._replace(node=ESCAPED, legal=copied.legal)
            if self.source.char_at[at] < 0:
                return
        allowed = self.rules.allowed(reading) if reading.legal else 0
        readable = self._readable(reading) if self.ambiguous else allowed
        if not readable:
            return
        below, children = self.trie.below, self.trie.children[node]
        for byte in children if only < 0 else (only,) if only in children else ():
            child = children[byte]
            if below[child] & readable:
                yield byte, self._entered(reading, child, below[child] & allowed != 0)

    def copy(self, reading: PartialReading) -> PartialReading:
        """Copy one byte of the source."""
        at = reading.at + 1
        open_ = reading.open
        if not open_:
            return PartialReading(at, 0, (), (), reading.room, reading.closed, reading.legal)
        legal = reading.legal and (self.source.ends_after[at - 1] > len(open_) or self.rules.closable(at, open_, ()))
        return PartialReading(at, 0, open_, (), reading.room, reading.closed, legal)

    def copies(self, reading: PartialReading, byte: int) -> bool:
        """Tell whether a legal reading takes `byte` as a copy of the source, or as the escape before one."""
        if not reading.legal or reading.node > 0 or reading.at == self.size:
            return False
        if self.data[reading.at] == byte:
            return self.copy(reading).legal
        return byte == _BACKSLASH and self.escapable[reading.at]

    def _entered(self, reading: PartialReading, child: int, legal: bool) -> PartialReading:
        """Go to a node of the trie; at its end the piece is applied."""
        piece = self.trie.ends[child]
        if piece < 0:
            return reading._replace(node=child, legal=legal)
        return self.apply(reading, self.trie.pieces[piece], legal)

    def apply(self, reading: PartialReading, piece: MarkupPiece, legal: bool) -> PartialReading:
        """Take a whole piece of markup at its place."""
        at, closed = reading.at, reading.closed
        if piece.opens:
            room = reading.room - 1 if reading.room > 0 else reading.room
            return PartialReading(at, 0, (*reading.open, (piece.name, at)), reading.ended, room, closed, legal)
        one, rest = self.rules.closed_by(reading.open, piece.name, piece.label)
        if self.ambiguous and closed is not None:
            closed = closed | {(one[1], at, one[0])}
        return PartialReading(at, 0, rest, self.rules.after_end(reading.ended, one, rest), reading.room, closed, legal)

    def _readable(self, reading: PartialReading) -> int:
        """Return the pieces the strict reader would take for markup here."""
        mask = self.trie.opening if reading.at < self.size else 0
        innermost = dict(reading.open) if self.trie.named else dict(reading.open[-1:])
        for name, start in innermost.items():
            if start != reading.at:
                mask |= self.trie.closing[name]
        return mask
