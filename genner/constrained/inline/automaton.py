"""Guides of the inline formats: copy the source, open an entity, close one.

A state holds every reading of the bytes so far: places in the source, each with the entities open
there.  Where the source has nothing that looks like markup there is one, except for a byte or two.
Elsewhere `[` may be a copy or an opener; the guide then follows all that the strict reader of the
format would follow, and allows a byte only when some answer that continues from it has exactly one
reading.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from genner.constrained.inline.markup import pieces_of
from genner.constrained.inline.rules import BACKSLASH, ESCAPED, PartialReading, Rules
from genner.constrained.options import GuideOptions
from genner.constrained.source import SourceBytes
from genner.constrained.states import Passage, State, agreement
from genner.formats.inline.description import Inline
from genner.types import LabelSet

__all__ = ["InlineAutomaton", "InlineState"]

_PLANS = tuple((when, which) for when in ("late", "early", "split") for which in (-1, 0))
"""How to complete an answer: close when there is no choice, at once, or after one more entity around
the next character; and of several closers the last or the first."""


class InlineState(State):
    """The readings of the bytes so far."""

    __slots__ = ("_automaton", "_passage", "readings")

    def __init__(self, automaton: InlineAutomaton, readings: tuple[PartialReading, ...]) -> None:
        super().__init__()
        self._automaton = automaton
        self._passage: Passage | None = None
        self.readings = readings

    @property
    def final(self) -> bool:
        return self._automaton.is_final(self.readings)

    @property
    def is_copy(self) -> bool:
        return not any(reading.begun for reading in self.readings)

    @property
    def ending(self) -> State:
        last = self._automaton.state(tuple(reading._replace(room=0) for reading in self.readings))
        return last if last.following else self  # an opener that has begun is written

    @property
    def passage(self) -> Passage | None:
        if self._passage is None and len(self.readings) == 1:
            self._passage = self._automaton.passage(self.readings[0])
        return self._passage

    def advance(self, data: bytes, begin: int) -> tuple[State, int]:
        """Follow the passage, except for a last byte that may also begin markup."""
        passage, reading = self.passage, self.readings[0]
        if passage is None:
            return self, 0
        if reading.begun:
            inside, taken = passage.advanced(data, begin)
        else:
            taken = agreement(passage.data, reading.at, passage.stops[0], data, begin)
            if taken and data[begin + taken - 1] in self._automaton.soft:
                taken -= 1
            inside = passage.moved((reading.at + taken,))
        if not taken:
            return self, 0
        after = self._automaton.state((_inside(reading, data[begin : begin + taken]),))
        if inside.places[0] < inside.stops[-1]:
            after._passage = inside
        return after, taken

    def step(self, byte: int) -> State | None:
        rules = self._automaton.rules
        if rules.ambiguous or self._following is not None:
            return self.following.get(byte)
        found = [move(reading, byte) for reading in self.readings for move in (self._automaton.copied, rules.marked)]
        moved = tuple(reading for reading in found if reading)
        return self._automaton.state(moved) if moved else None

    def leave(self, written: bytes) -> State | None:
        passage, reading, rules = self.passage, self.readings[0], self._automaton.rules
        if passage is None or (not reading.begun and (rules.ambiguous or reading.at + len(written) > passage.stops[0])):
            return super().leave(written)
        # what goes on as a copy is in the passage anyway
        marked = rules.marked(_inside(reading, written[:-1]), written[-1])
        return self._automaton.state((marked,)) if marked else None

    def _expand(self) -> Mapping[int, State]:
        automaton = self._automaton
        steps = automaton.steps(self.readings).items()
        return {byte: automaton.state(moved) for byte, moved in steps if automaton.is_live(moved)}


class InlineAutomaton:
    """The sets of readings of an inline format over one source, and which of them lead to an answer with one.

    Attributes:
        soft: bytes that begin markup, and also characters that nobody escapes.
    """

    def __init__(self, codec: Inline, text: str, labels: LabelSet, options: GuideOptions) -> None:
        self.source = source = SourceBytes(text, options.boundaries)
        self.trie = trie = pieces_of(codec, labels)
        self.rules = rules = Rules(source, trie, options)
        data, ambiguous = source.data, rules.ambiguous
        begins = {piece.text[:2] for piece in trie.pieces}
        escapable = {ord(char) for char in trie.special if char.isascii()}
        self.soft = frozenset(begin[0] for begin in begins) - escapable
        self._literal = ambiguous and any(len(it.text) > 1 and it.text in data for it in trie.pieces)
        """Whether the source holds whole pieces of markup."""
        self._hides = self._literal or (ambiguous and any(it[0] in self.soft and it in data for it in begins))
        """Whether copied text is no passage, for what looks like markup is everywhere."""
        escapes = frozenset((BACKSLASH,)) if ambiguous else frozenset()
        self._outside = escapes | {piece.text[0] for piece in trie.pieces if piece.opens}
        self._inside = escapes | {piece.text[0] for piece in trie.pieces}
        self._ends = [at for at, able in enumerate(source.can_end) if able]
        stops = [at for at in range(source.size) if rules.escapable[at] or data[at] == BACKSLASH] if ambiguous else []
        self._stops = [*stops, source.size]
        room = -1 if options.max_entities is None else options.max_entities
        self._passages: dict[tuple[int, bool], Passage] = {}
        self._states: dict[tuple[PartialReading, ...], InlineState] = {}
        self.start = InlineState(self, (PartialReading(0, b"", (), (), room, frozenset(), True),))

    def state(self, readings: tuple[PartialReading, ...]) -> InlineState:
        """Return the state of some readings, kept where it costs more to find what follows than to look it up."""
        if not self.rules.ambiguous:
            return InlineState(self, readings)
        if readings not in self._states:
            self._states[readings] = InlineState(self, readings)
        return self._states[readings]

    def passage(self, reading: PartialReading) -> Passage | None:
        """Return the passage of a single reading: of copied text, or of markup."""
        at, begun, open_ = reading[:3]
        if self._hides or not reading.legal or begun == ESCAPED:
            return None
        if begun:
            return self.trie.passage(begun, self.rules.allowed(reading))
        end = self._stops[bisect_left(self._stops, at)]
        if open_:  # every open entity needs a place to end behind the passage
            end = min(end, self._ends[-len(open_) - 1] - 1) if len(open_) < len(self._ends) else 0
        if end <= at:
            return None
        if (end, bool(open_)) not in self._passages:
            exits = self._inside if open_ else self._outside
            self._passages[end, bool(open_)] = Passage(self.source.data, (at,), (end,), exits)
        return self._passages[end, bool(open_)].moved((at,))

    def copied(self, reading: PartialReading, byte: int) -> PartialReading | None:
        """Return a legal reading after `byte`, where that copies the source or escapes the copy behind it."""
        at = reading.at
        if not reading.legal or reading.begun not in (b"", ESCAPED) or at == self.source.size:
            return None
        if self.source.data[at] == byte:
            after = self.rules.copy(reading)
            return after if after.legal else None
        return reading._replace(begun=ESCAPED) if byte == BACKSLASH and self.rules.escapable[at] else None

    def steps(self, readings: tuple[PartialReading, ...]) -> dict[int, tuple[PartialReading, ...]]:
        """Return the readings after each byte that any reading can take."""
        after: dict[int, list[PartialReading]] = {}
        for reading in readings:
            for byte, moved in self.rules.moves(reading):
                if byte in after:
                    after[byte].append(moved)
                else:
                    after[byte] = [moved]
        return {byte: _merged(moved) if self.rules.ambiguous else tuple(moved) for byte, moved in after.items()}

    def is_final(self, readings: tuple[PartialReading, ...]) -> bool:
        """Tell whether the answer may end: exactly one reading is complete, and the options allow it."""
        done = [it for it in readings if it.at == self.source.size and not it.begun and not it.open]
        return len(done) == 1 and done[0].legal and done[0].closed is not None

    def is_live(self, readings: tuple[PartialReading, ...]) -> bool:
        """Tell whether some answer with exactly one reading continues from here."""
        legal = [reading for reading in readings if reading.legal and reading.closed is not None]
        if not legal or not self.rules.ambiguous:
            return bool(legal)
        if not self._literal:
            if len(readings) == 1:
                return True
            if BACKSLASH not in self.source.data:
                # Writing the rest with an escape before all that looks like markup keeps every other
                # reading in step, so that only one with the same place and the same open names can follow.
                shapes = Counter(map(_shape_of, readings))
                if any(shapes[_shape_of(reading)] == 1 for reading in legal):
                    return True
        return any(
            self._is_certain(readings, rest)
            for reading in legal
            for plan in _PLANS
            for rest in self._completions(reading, *plan)
        )

    def _is_certain(self, readings: tuple[PartialReading, ...], rest: bytes) -> bool:
        for byte in rest:
            readings = self.steps(readings).get(byte, ())
            if not any(reading.legal and reading.closed is not None for reading in readings):
                return False
            if len(readings) == 1 and not self._literal:
                return True
        return self.is_final(readings)

    def _completions(self, reading: PartialReading, when: str, which: int) -> Iterator[bytes]:
        """Spell completions of the answer by one plan: one for each piece that may have been begun."""
        if reading.begun in (b"", ESCAPED):
            yield self._complete(reading, when, which)
            return
        for piece in self.trie.among(self.rules.allowed(reading) & self.trie.below[reading.begun]):
            rest = self._complete(self.rules.apply(reading, piece, True), when, which)
            yield piece.text[len(reading.begun) :] + rest

    def _complete(self, reading: PartialReading, when: str, which: int) -> bytes:
        """Spell the rest of the answer: copies with escapes, and closers as the plan says."""
        source, trie, rules = self.source, self.trie, self.rules
        written = bytearray()
        while reading.at < source.size or reading.open:
            allowed = 0
            if not reading.begun and source.char_at[reading.at] >= 0:
                allowed = rules.allowed(reading)
            openers, closers = list(trie.among(allowed & trie.opening)), list(trie.among(allowed & ~trie.opening))
            copied = rules.copy(reading) if reading.at < source.size else None
            if when == "split" and openers:
                piece, when = openers[which], "early"
            elif closers and (when == "early" or copied is None or not copied.legal):
                piece = closers[which]
            elif copied is not None:
                if rules.escapable[reading.at] and not reading.begun:
                    written.append(BACKSLASH)
                written.append(source.data[reading.at])
                reading = copied
                continue
            else:
                return b""
            written += piece.text
            reading = rules.apply(reading, piece, True)
        return bytes(written)


def _inside(reading: PartialReading, written: bytes) -> PartialReading:
    """Return a single reading after some bytes of its passage."""
    if reading.begun:
        return reading._replace(begun=reading.begun + written)
    at, _, open_, ended, room, closed, _ = reading
    return PartialReading(at + len(written), b"", open_, () if written else ended, room, closed, True)


def _shape_of(reading: PartialReading) -> tuple[int, bytes, tuple[int, ...]]:
    """Return what decides how a reading may continue, except for entities opened at this very place."""
    return reading.at, reading.begun, tuple(sorted(name for name, _ in reading.open))


def _merged(readings: Sequence[PartialReading]) -> tuple[PartialReading, ...]:
    """Join readings that no later byte can tell apart, and forget the closed entities they all share."""
    groups: dict[object, PartialReading] = {}
    if len(readings) == 1:
        reading = readings[0]
        return (reading._replace(closed=frozenset()) if reading.closed else reading,)
    for reading in readings:
        settled = all(start < reading.at for _, start in reading.open)
        key: object = _shape_of(reading) if settled else reading[:3]
        groups[key] = _joined(groups[key], reading) if key in groups else reading
    known = [reading.closed for reading in groups.values() if reading.closed is not None]
    common = frozenset.intersection(*known) if known else frozenset()
    return tuple(
        reading if reading.closed is None else reading._replace(closed=reading.closed - common)
        for reading in groups.values()
    )


def _joined(one: PartialReading, other: PartialReading) -> PartialReading:
    if one.closed is not None and one.closed == other.closed and one.open == other.open:
        return one if one.legal else other
    return one._replace(ended=(), room=0, closed=None, legal=False)
