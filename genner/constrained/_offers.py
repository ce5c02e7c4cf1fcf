"""What an inline answer may open and close at a place: nothing that could not be closed in the end."""

from __future__ import annotations

import sys
from collections import Counter

from genner.constrained._markup import Pieces
from genner.constrained._options import GuideOptions
from genner.constrained._source import Source
from genner.constrained._ways import Open, Way

__all__ = ["Offers"]


class Offers:
    """The pieces of markup that keep to the options and leave a way to end the answer."""

    def __init__(self, source: Source, pieces: Pieces, options: GuideOptions) -> None:
        self.source = source
        self.pieces = pieces
        self.max_depth = sys.maxsize if options.max_depth is None else options.max_depth
        self.crossing = options.crossing and pieces.by_name
        self.ordered = options.canonical_order
        self.labels = sum(not piece.opens for piece in pieces.pieces)

    def offered(self, way: Way, asked: int = -1) -> int:
        """Return those of the pieces asked for that keep to the options and leave a way to end the answer."""
        at, open_ = way.at, way.open
        source = self.source
        opening = self.pieces.opening
        mask = 0
        if asked & opening and way.left and source.can_start[at] and len(open_) < self.max_depth:
            if source.ends_after[at] > len(open_) + 1:
                mask = opening
            elif source.ends_after[at]:
                mask = self._openers(way)
        if open_ and asked & ~opening and source.can_end[at] and open_[-1][1] != at:
            if len(open_) == 1 and not way.ended and source.ends_after[at] > 1:
                mask |= self.pieces.closing[open_[0][0]]
            else:
                mask |= self._closers(way)
        return mask & asked

    def _openers(self, way: Way) -> int:
        mask = 0
        for index, piece in enumerate(self.pieces.pieces):
            if piece.opens and self.closable(way.at, (*way.open, (piece.name, way.at)), way.ended):
                mask |= 1 << index
        return mask

    def _closers(self, way: Way) -> int:
        at, open_, ended = way.at, way.open, way.ended
        ample = self.source.ends_after[at] > len(open_)
        mask = 0
        seen: set[int] = set()
        starts: set[int] = set()
        for place in range(len(open_) - 1, -1, -1):
            name, start = open_[place]
            if name not in seen and not (self.ordered and start in starts):
                if ample and not ended:
                    mask |= self.pieces.closing[name]
                else:
                    mask |= self._closers_of(way, place)
            if not self.crossing:
                break
            seen.add(name)
            starts.add(start)
        return mask

    def _closers_of(self, way: Way, place: int) -> int:
        """Return the closers of one open entity that leave room for the others."""
        name, start = way.open[place]
        rest = way.open[:place] + way.open[place + 1 :]
        mask = 0
        for index, piece in enumerate(self.pieces.pieces):
            if not piece.opens and piece.name == name:
                one = (piece.label, start)
                ended = self.after_end(way.ended, one, rest)
                if self._may_end(one, way.ended) and self.closable(way.at, rest, ended):
                    mask |= 1 << index
        return mask

    def _may_end(self, one: Open, ended: tuple[Open, ...]) -> bool:
        """Tell whether an entity may end where `ended` have ended: not the same twice, and in order."""
        if not ended:
            return True
        if self.ordered:
            return (one[1], one[0]) < (ended[-1][1], ended[-1][0])
        return one not in ended

    def closable(self, at: int, open_: tuple[Open, ...], ended: tuple[Open, ...]) -> bool:
        """Tell whether the open entities can all be closed from here on, each its own way.

        Ends are counted as slots: slot 0 is this place, if an entity may end here, which none may
        once one has been opened.  Every entity takes the first slot that those opened after it,
        and its own twins, leave.
        """
        if not open_:
            return True
        here = self.source.can_end[at] and open_[-1][1] != at
        slots = self.source.ends_after[at] + here
        if slots > len(open_):
            return True
        if self.pieces.by_name:
            return self._last_slot(open_, ended, here) < slots
        return self._last_slot_of_labels(open_, ended, here) < slots

    def _last_slot(self, open_: tuple[Open, ...], ended: tuple[Open, ...], here: bool) -> int:
        taken: list[tuple[int, int, int]] = []
        for name, start in reversed(open_):
            slot = 1 if here and not self._may_end((name, start), ended) else 0
            for other, beside, used in taken:
                if start == beside and (name == other or (self.ordered and name > other)):
                    slot = max(slot, used + 1)
                elif name == other or not self.crossing or (self.ordered and start == beside):
                    slot = max(slot, used)
            taken.append((name, start, slot))
        return max(slot for _, _, slot in taken)

    def _last_slot_of_labels(self, open_: tuple[Open, ...], ended: tuple[Open, ...], here: bool) -> int:
        """As `_last_slot`, where the closer chooses the label: so many entities of a start a slot as labels."""
        counts = Counter(start for _, start in open_)
        slot = 0
        for start in sorted(counts, reverse=True):
            room = self.labels
            if slot == 0 and here:
                room = sum(self._may_end((label, start), ended) for label in range(self.labels))
            missing = counts[start] - room
            if missing > 0:
                slot += -(-missing // self.labels)
        return slot

    def innermost(self, open_: tuple[Open, ...], name: int) -> int:
        return max(place for place, (own, _) in enumerate(open_) if own == name)

    def after_end(self, ended: tuple[Open, ...], one: Open, rest: tuple[Open, ...]) -> tuple[Open, ...]:
        """Keep what ended here as long as an open entity could end just so."""
        if not rest:
            return ()
        if self.ordered:
            return (one,)
        starts = {start for _, start in rest}
        return tuple(sorted(item for item in {*ended, one} if item[1] in starts))
