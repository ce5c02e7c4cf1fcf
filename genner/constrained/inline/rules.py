"""What one reading of an inline answer may do next: copy, open and close, and nothing that cannot be completed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from genner.constrained.inline.markup import MarkupPiece, PieceTrie
from genner.constrained.options import GuideOptions
from genner.constrained.source import SourceBytes

__all__ = ["BACKSLASH", "ESCAPED", "PartialReading", "Rules"]

BACKSLASH = 0x5C
ESCAPED = b"\xff"
"""What a reading has begun after a backslash that marks the next character as copied; no piece begins so."""

_Open: TypeAlias = "tuple[int, int]"
"""An open entity: its name (see `MarkupPiece`) and where it starts."""


class PartialReading(NamedTuple):
    """One reading of the bytes so far.

    Args:
        at: byte offset in the source.
        begun: what is written of a piece of markup; empty between pieces.
        open: the open entities, (name, start) each, outermost first.
        ended: (label, start) of the entities that ended at `at`, where that still matters.
        room: how many more entities may be opened; -1 without limit.
        closed: the closed entities in which the other readings differ, as (start, end, label); None for more
            than one history.
        legal: whether the options allow this reading.  A decoder may read what they forbid all the same.
    """

    at: int
    begun: bytes
    open: tuple[_Open, ...]
    ended: tuple[_Open, ...]
    room: int
    closed: frozenset[tuple[int, int, int]] | None
    legal: bool


class Rules:
    """The moves of an inline format over one source.

    Attributes:
        ambiguous: whether the source holds what can be taken for markup, so that readings multiply.
        escapable: for each byte offset, whether a backslash may mark the character there as copied.
    """

    def __init__(self, source: SourceBytes, trie: PieceTrie, options: GuideOptions) -> None:
        self.source = source
        self.trie = trie
        self._max_depth = sys.maxsize if options.max_depth is None else options.max_depth
        self._crossing = options.crossing and trie.named
        self._ordered = options.canonical_order
        self.ambiguous = not trie.special.isdisjoint(source.text)
        self.escapable = [char >= 0 and source.text[char : char + 1] in trie.special for char in source.char_at]

    def moves(self, reading: PartialReading) -> Iterator[tuple[int, PartialReading]]:
        """Yield the bytes a reading can take, with the reading after each."""
        at, begun, source = reading.at, reading.begun, self.source
        if begun == ESCAPED:
            yield source.data[at], self.copy(reading)
            return
        if not begun:
            if at < source.size:
                copied = self.copy(reading)
                if copied.legal or self.ambiguous:
                    yield source.data[at], copied
                if self.ambiguous and self.escapable[at]:
                    yield BACKSLASH, reading._replace(begun=ESCAPED, legal=copied.legal)
            if source.char_at[at] < 0:
                return
        allowed = self.allowed(reading) if reading.legal else 0
        readable = self._readable(reading) if self.ambiguous else allowed
        if not readable:
            return
        for byte, longer in self.trie.children[begun].items():
            pieces = self.trie.below[longer]
            if pieces & readable:
                yield byte, self._marked(reading, longer, pieces & allowed != 0)

    def marked(self, reading: PartialReading, byte: int) -> PartialReading | None:
        """Return a legal reading after one byte of markup, or None where that may not come next."""
        longer = self.trie.children[reading.begun].get(byte)
        if longer is None or self.source.char_at[reading.at] < 0 or not self.allowed(reading) & self.trie.below[longer]:
            return None
        return self._marked(reading, longer, True)

    def _marked(self, reading: PartialReading, begun: bytes, legal: bool) -> PartialReading:
        """Write more of a piece of markup, which is applied when it is complete."""
        piece = self.trie.whole.get(begun)
        return self.apply(reading, piece, legal) if piece else reading._replace(begun=begun, legal=legal)

    def _readable(self, reading: PartialReading) -> int:
        """Return the pieces the strict reader would take for markup here."""
        mask = self.trie.opening if reading.at < self.source.size else 0
        innermost = dict(reading.open) if self.trie.named else dict(reading.open[-1:])
        for name, start in innermost.items():
            if start != reading.at:
                mask |= self.trie.closing[name]
        return mask

    def copy(self, reading: PartialReading) -> PartialReading:
        """Copy one byte of the source."""
        at, open_ = reading.at + 1, reading.open
        legal = reading.legal and self._closable(at, open_, ())
        return PartialReading(at, b"", open_, (), reading.room, reading.closed, legal)

    def apply(self, reading: PartialReading, piece: MarkupPiece, legal: bool) -> PartialReading:
        """Take a whole piece of markup at its place."""
        at, open_, closed = reading.at, reading.open, reading.closed
        if piece.opens:
            room = reading.room - 1 if reading.room > 0 else reading.room
            return PartialReading(at, b"", (*open_, (piece.name, at)), reading.ended, room, closed, legal)
        one, rest = self._closed_by(open_, piece)
        if self.ambiguous and closed is not None:
            closed = closed | {(one[1], at, one[0])}
        return PartialReading(at, b"", rest, self._after_end(reading.ended, one, rest), reading.room, closed, legal)

    def allowed(self, reading: PartialReading) -> int:
        """Return the pieces that obey the options and let the answer be completed."""
        at, open_ = reading.at, reading.open
        source, trie = self.source, self.trie
        mask = 0
        if reading.room and source.can_start[at] and source.ends_after[at] and len(open_) < self._max_depth:
            mask = trie.opening
        if open_ and source.can_end[at] and open_[-1][1] != at:
            mask |= self._closers(open_) if self._crossing else trie.closing[open_[-1][0]]
        certain = 0
        if source.ends_after[at] > len(open_) + 1:
            certain = mask & trie.opening if reading.ended else mask
        if certain == mask:
            return mask
        checked = enumerate(trie.pieces)
        doubtful = mask & ~certain
        return certain | sum(1 << at for at, it in checked if doubtful >> at & 1 and self._leads_on(reading, it))

    def _closers(self, open_: tuple[_Open, ...]) -> int:
        """Return what closes the innermost entity of each name.

        In canonical order the innermost of those that begin at one place ends first.
        """
        mask = 0
        seen: set[int] = set()
        starts: set[int] = set()
        for name, start in reversed(open_):
            if name not in seen and not (self._ordered and start in starts):
                mask |= self.trie.closing[name]
            seen.add(name)
            starts.add(start)
        return mask

    def _leads_on(self, reading: PartialReading, piece: MarkupPiece) -> bool:
        """Tell whether the answer can be completed after a piece without two entities becoming the same."""
        if not piece.opens and not self._may_end(self._closed_by(reading.open, piece)[0], reading.ended):
            return False
        after = self.apply(reading, piece, True)
        return self._closable(after.at, after.open, after.ended)

    def _closed_by(self, open_: tuple[_Open, ...], piece: MarkupPiece) -> tuple[_Open, tuple[_Open, ...]]:
        """Return what a closer ends, as (label, start), and what stays open."""
        place = len(open_) - 1
        if self.trie.named:
            place = max(place for place, (own, _) in enumerate(open_) if own == piece.name)
        name, start = open_[place]
        return (piece.label if piece.label >= 0 else name, start), open_[:place] + open_[place + 1 :]

    def _may_end(self, one: _Open, ended: tuple[_Open, ...]) -> bool:
        """Tell whether an entity may end where `ended` have ended: not the same twice, and in order."""
        if not ended:
            return True
        if self._ordered:
            return (one[1], one[0]) < (ended[-1][1], ended[-1][0])
        return one not in ended

    def _after_end(self, ended: tuple[_Open, ...], one: _Open, rest: tuple[_Open, ...]) -> tuple[_Open, ...]:
        """Keep what ended here as long as an open entity could end as the same."""
        if not rest:
            return ()
        if self._ordered:
            return (one,)
        starts = {start for _, start in rest}
        return tuple(sorted(item for item in {*ended, one} if item[1] in starts))

    def _closable(self, at: int, open_: tuple[_Open, ...], ended: tuple[_Open, ...]) -> bool:
        """Tell whether all open entities can be closed from here on without two becoming the same.

        They are closed as early as can be, the innermost first, at one place after the other: first here, if an
        entity may end here, which none may once one has been opened.
        """
        if not open_:
            return True
        here = self.source.can_end[at] and open_[-1][1] != at
        places = self.source.ends_after[at] + here
        if places > len(open_):
            return True
        if not here:
            ended = ()
        for _ in range(places):
            kept: list[_Open] = []
            for name, start in reversed(open_):
                labels = (label for label in self.trie.labels or (name,) if self._may_end((label, start), ended))
                label = None if self._waits(name, start, kept) else next(labels, None)
                if label is None:
                    kept.append((name, start))
                else:
                    ended = (*ended, (label, start))
            open_, ended = tuple(reversed(kept)), ()
        return not open_

    def _waits(self, name: int, start: int, inside: list[_Open]) -> bool:
        """Tell whether an entity cannot end before one of those inside it."""
        if not self._crossing:
            return bool(inside)
        return any(name == other or (self._ordered and start == begun) for other, begun in inside)
