"""Guides of the inline formats: copy the source, open an entity, close one.

A state holds every way the bytes so far can be read: places in the source, each with the entities
open there.  Where the source has nothing that looks like markup there is one such way, save for a
byte or two.  Elsewhere `[` may be a copy or an opener; the guide then follows all that the strict
reader of the format would follow, and allows a byte only when some answer that goes on from it has
exactly one reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from genner.constrained._markup import Piece, Pieces, Spelling
from genner.constrained._offers import Offers
from genner.constrained._options import GuideOptions
from genner.constrained._source import Source
from genner.constrained._state import State
from genner.constrained._stretch import Copies, Stretch, agreeing
from genner.constrained._ways import NOTHING, Way, kind_of, merged

__all__ = ["InlineMachine", "InlineState"]

_ESCAPED = -1
_BACKSLASH = 0x5C
_Manner = tuple[str, int]
_MANNERS: tuple[_Manner, ...] = tuple((when, which) for when in ("late", "early", "split") for which in (-1, 0))
"""Ways to end an answer: close when there is no choice, at once, or after one more entity around
the next character; and of several closers the last or the first."""


class InlineState(State):
    """The ways of reading the bytes so far."""

    __slots__ = ("_machine", "_offered", "_stretch", "ways")

    def __init__(self, machine: InlineMachine, ways: tuple[Way, ...]) -> None:
        super().__init__()
        self._machine = machine
        self._offered = -1
        self._stretch: Stretch | None = None
        self.ways = ways

    @property
    def final(self) -> bool:
        return self._machine.is_final(self.ways)

    @property
    def offered(self) -> int:
        """The pieces of markup the first way may go on with."""
        if self._offered < 0:
            self._offered = self._machine.offered(self.ways[0])
        return self._offered

    @property
    def stretch(self) -> Stretch | None:
        if self._stretch is None and len(self.ways) == 1:
            self._stretch = self._machine.stretch(self)
        return self._stretch

    def is_free(self, length: int) -> bool:
        return self._machine.is_free(self.ways[0], length)

    def step(self, byte: int) -> State | None:
        machine = self._machine
        if machine.walks or self._following is not None:
            return self.following.get(byte)
        ways = tuple(moved for way in self.ways for _, moved in machine.moves(way, byte))
        return machine.state(ways) if ways else None

    def along(self, data: bytes, begin: int) -> tuple[State, int]:
        stretch = self.stretch
        if stretch is None:
            return self, 0
        way, taken = self._machine.along(self.ways[0], stretch, data, begin)
        return (self._machine.state((way,)) if taken else self), taken

    def leave(self, written: bytes, byte: int) -> State | None:
        way = self.ways[0]
        if written:
            way = self._machine.gone(way, self.stretch, written)
        return self._machine.left(way, byte)

    def _expand(self) -> dict[int, State]:
        machine = self._machine
        steps = machine.steps(self.ways)
        if not machine.walks:  # every way left is legal, and so leads to the end
            self._quiet = frozenset(machine.data[way.at] for way in self.ways if not way.node and way.at < machine.size)
            self._quiet &= steps.keys()
            return {byte: machine.state(ways) for byte, ways in steps.items()}
        following: dict[int, State] = {}
        quiet = []
        for byte, ways in steps.items():
            if machine.is_live(ways):
                following[byte] = machine.state(ways)
                if any(machine.copies(way, byte) for way in self.ways):
                    quiet.append(byte)
        if _BACKSLASH in quiet and len(quiet) > 1:
            quiet.remove(_BACKSLASH)
        self._quiet = frozenset(quiet)
        return following


class InlineMachine:
    """Moves of the inline formats over one source."""

    def __init__(self, source: Source, pieces: Pieces, options: GuideOptions) -> None:
        self.source = source
        self.data = source.data
        self.size = source.size
        self.pieces = pieces
        self.walks = not pieces.special.isdisjoint(source.text)
        self.literal = self.walks and any(piece.text in self.data and len(piece.text) > 1 for piece in pieces.pieces)
        self.backslash = self.walks and _BACKSLASH in self.data
        self.offers = Offers(source, pieces, options)
        self.offered = self.offers.offered
        self._states: dict[tuple[Way, ...], InlineState] = {}
        self._stops = pieces.escapable | {_BACKSLASH} if self.walks else frozenset()
        begins = {piece.text[:2] for piece in pieces.pieces}
        self._soft = frozenset(begin[0] for begin in begins) - pieces.escapable
        hidden = self.walks and any(begin[0] in self._soft and begin in self.data for begin in begins)
        self._outside = self._inside = None
        if not (self.literal or hidden):
            exits = frozenset(piece.text[0] for piece in pieces.pieces if piece.opens) | self._stops
            self._outside = Copies(source, exits, self._stops)
            exits |= frozenset(piece.text[0] for piece in pieces.pieces)
            self._inside = Copies(source, exits, self._stops)
        left = -1 if options.max_entities is None else options.max_entities
        self.start = self.state((Way(0, 0, (), (), left, NOTHING, True),))

    def state(self, ways: tuple[Way, ...]) -> InlineState:
        if not self.walks:  # then a state costs less than to look for it, and is seldom met again
            return InlineState(self, ways)
        found = self._states.get(ways)
        if found is None:
            found = self._states[ways] = InlineState(self, ways)
        return found

    # -- stretches of copied text -------------------------------------------------------------------

    def stretch(self, state: InlineState) -> Stretch | None:
        """Return the stretch a state with one way is in: of source it copies, or of markup."""
        way = state.ways[0]
        copies = self._inside if way.open else self._outside
        if copies is None or not way.legal or way.node == _ESCAPED:
            return None
        if way.node:
            return self.pieces.spelling(way.node, state.offered)
        return copies.place(way.at)

    def is_free(self, way: Way, length: int) -> bool:
        """Tell whether so much of the source may be copied with the open entities still closable."""
        if way.node or not way.open:
            return True
        return self.source.ends_after[min(way.at + length, self.size)] > len(way.open)

    def gone(self, way: Way, stretch: Stretch | None, written: bytes) -> Way:
        """Go along a stretch by bytes that it is known to go on with."""
        if isinstance(stretch, Spelling):
            return way._replace(node=stretch.along(written, 0)[0].node)
        return Way(way.at + len(written), 0, way.open, (), way.left, way.said, True)

    def along(self, way: Way, stretch: Stretch, data: bytes, begin: int) -> tuple[Way, int]:
        """Go along a stretch as far as `data` from `begin` agrees, but for a last byte that may begin markup."""
        if isinstance(stretch, Spelling):
            inside, taken = stretch.along(data, begin)
            return way._replace(node=inside.node), taken
        taken = 0 if stretch.line is None else agreeing(stretch.line, data, begin)
        if taken and data[begin + taken - 1] in self._soft:
            taken -= 1
        if not taken or not self.is_free(way, taken):
            return way, 0
        return Way(way.at + taken, 0, way.open, (), way.left, way.said, True), taken

    def left(self, way: Way, byte: int) -> State | None:
        """Return the state after leaving a stretch by `byte`: by markup, or by what may be markup."""
        if not way.node and byte in self._stops:
            copied = self.data[way.at] if way.at < self.size else -1
            if copied in self._stops:
                return self.state((way,)).following.get(byte)
            if byte == _BACKSLASH:
                return None
        if self.source.char_at[way.at] < 0:
            return None
        child = self.pieces.children[way.node].get(byte)
        if child is None or not self.offered(way, self.pieces.below[child]):
            return None
        if self.pieces.ends[child] < 0:
            return self.state((Way(way.at, child, way.open, way.ended, way.left, way.said, True),))
        return self.state((self._apply(way, self.pieces.pieces[self.pieces.ends[child]], True),))

    # -- one byte ---------------------------------------------------------------------------------

    def steps(self, ways: tuple[Way, ...]) -> dict[int, tuple[Way, ...]]:
        """Return the ways after each byte that any way can read."""
        after: dict[int, list[Way]] = {}
        for way in ways:
            for byte, moved in self.moves(way):
                if byte in after:
                    after[byte].append(moved)
                else:
                    after[byte] = [moved]
        if not self.walks:
            return {byte: tuple(moved) for byte, moved in after.items()}
        return {byte: merged(moved) for byte, moved in after.items()}

    def moves(self, way: Way, only: int = -1) -> Iterator[tuple[int, Way]]:
        """Yield the bytes a way can read with the way after each; only one of them, where nothing looks like markup."""
        at, node = way.at, way.node
        if node == _ESCAPED:
            yield self.data[at], self._copy(way)
            return
        if node == 0:
            if at < self.size:
                byte = self.data[at]
                copied = self._copy(way)
                if (copied.legal or self.walks) and (only < 0 or only == byte):
                    yield byte, copied
                if self.walks and byte in self.pieces.escapable:
                    yield _BACKSLASH, way._replace(node=_ESCAPED, legal=copied.legal)
            if self.source.char_at[at] < 0:
                return
        offered = self.offered(way) if way.legal else 0
        readable = self._readable(way) if self.walks else offered
        if not readable:
            return
        below, ends, children = self.pieces.below, self.pieces.ends, self.pieces.children[node]
        for byte in children if only < 0 else (only,) if only in children else ():
            child = children[byte]
            if below[child] & readable:
                legal = below[child] & offered != 0
                if ends[child] < 0:
                    yield byte, Way(at, child, way.open, way.ended, way.left, way.said, legal)
                else:
                    yield byte, self._apply(way, self.pieces.pieces[ends[child]], legal)

    def _copy(self, way: Way) -> Way:
        at = way.at + 1
        if not way.open:
            return Way(at, 0, (), (), way.left, way.said, way.legal)
        legal = way.legal and (self.source.ends_after[at - 1] > len(way.open) or self.offers.closable(at, way.open, ()))
        return Way(at, 0, way.open, (), way.left, way.said, legal)

    def copies(self, way: Way, byte: int) -> bool:
        """Tell whether a legal way reads `byte` as a copy of the source, or as the escape before one."""
        if not way.legal or way.node > 0 or way.at == self.size:
            return False
        if self.data[way.at] == byte:
            return self._copy(way).legal
        return byte == _BACKSLASH and self.data[way.at] in self.pieces.escapable

    def _apply(self, way: Way, piece: Piece, legal: bool) -> Way:
        """Take a whole piece of markup at its place."""
        at = way.at
        if piece.opens:
            left = way.left - 1 if way.left > 0 else way.left
            return Way(at, 0, (*way.open, (piece.name, at)), way.ended, left, way.said, legal)
        place = self.offers.innermost(way.open, piece.name)
        start = way.open[place][1]
        rest = way.open[:place] + way.open[place + 1 :]
        said = way.said
        if self.walks and said is not None:
            said = said | {(start, at, piece.label)}
        return Way(at, 0, rest, self.offers.after_end(way.ended, (piece.label, start), rest), way.left, said, legal)

    # -- what the reader reads, and what the options offer ------------------------------------------

    def _readable(self, way: Way) -> int:
        """Return the pieces the strict reader would take for markup here."""
        mask = self.pieces.opening if way.at < self.size else 0
        innermost = dict(way.open)
        for name, start in innermost.items():
            if start != way.at:
                mask |= self.pieces.closing[name]
        return mask

    # -- several readings ---------------------------------------------------------------------------

    def is_final(self, ways: tuple[Way, ...]) -> bool:
        """Tell whether the answer may end: exactly one way has read the whole source, and the options allow it."""
        if len(ways) == 1:
            at, node, open_, _, _, said, legal = ways[0]
            return at == self.size and not node and not open_ and legal and said is not None
        done = [way for way in ways if way.at == self.size and not way.node and not way.open]
        return len(done) == 1 and done[0].legal and done[0].said is not None

    def is_live(self, ways: tuple[Way, ...]) -> bool:
        """Tell whether some answer with exactly one reading goes on from here."""
        legal = [way for way in ways if way.legal and way.said is not None]
        if not legal or not self.walks:
            return bool(legal)
        if len(ways) == 1 and not self.literal:
            return True
        if not self.literal and not self.backslash:
            # Writing the rest with an escape before all that looks like markup keeps every other
            # way in step, so that only one with the same place and the same open names can follow.
            kinds = Counter(map(kind_of, ways))
            if any(kinds[kind_of(way)] == 1 for way in legal):
                return True
        return any(
            self._is_certain(ways, rest) for way in legal for manner in _MANNERS for rest in self._rests(way, manner)
        )

    def _is_certain(self, ways: tuple[Way, ...], rest: bytes) -> bool:
        for byte in rest:
            ways = self.steps(ways).get(byte, ())
            if not any(way.legal and way.said is not None for way in ways):
                return False
            if len(ways) == 1 and not self.literal:
                return True
        return self.is_final(ways)

    def _rests(self, way: Way, manner: _Manner) -> Iterator[bytes]:
        """Spell ends of the answer: copies with escapes, and closers as `manner` says."""
        if way.node <= 0:
            yield self._rest(way, manner)
            return
        offered = self.offered(way)
        for index, piece in enumerate(self.pieces.pieces):
            if offered & self.pieces.below[way.node] & 1 << index:
                written = len(self._spelled(way.node, piece))
                moved = self._apply(way, piece, True)
                yield piece.text[written:] + self._rest(moved, manner)

    def _spelled(self, node: int, piece: Piece) -> bytes:
        at = 0
        for length, byte in enumerate(piece.text, 1):
            at = self.pieces.children[at][byte]
            if at == node:
                return piece.text[:length]
        return b""

    def _rest(self, way: Way, manner: _Manner) -> bytes:
        when, which = manner
        written = bytearray()
        while way.at < self.size or way.open:
            offered = self.offered(way) if not way.node and self.source.char_at[way.at] >= 0 else 0
            closers = [
                piece for index, piece in enumerate(self.pieces.pieces) if offered >> index & 1 and not piece.opens
            ]
            openers = [piece for index, piece in enumerate(self.pieces.pieces) if offered >> index & 1 and piece.opens]
            copied = self._copy(way) if way.at < self.size else None
            if when == "split" and openers:
                piece, when = openers[which], "early"
            elif closers and (when == "early" or copied is None or not copied.legal):
                piece = closers[which]
            elif copied is not None:
                if self.data[way.at] in self.pieces.escapable and way.node != _ESCAPED:
                    written.append(_BACKSLASH)
                written.append(self.data[way.at])
                way = copied
                continue
            else:
                return b""
            written += piece.text
            way = self._apply(way, piece, True)
        return bytes(written)
