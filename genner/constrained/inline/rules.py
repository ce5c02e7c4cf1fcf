"""What an inline answer may open and close at a place: nothing that could not be closed in the end."""

from __future__ import annotations

import sys
from collections import Counter

from genner.constrained.inline.markup import PieceTrie
from genner.constrained.inline.readings import Open, PartialReading
from genner.constrained.options import GuideOptions
from genner.constrained.states.source import SourceBytes

__all__ = ["MarkupRules"]


class MarkupRules:
    """The pieces of markup that obey the options and let the answer be completed."""

    def __init__(self, source: SourceBytes, trie: PieceTrie, options: GuideOptions) -> None:
        self.source = source
        self.trie = trie
        self.max_depth = sys.maxsize if options.max_depth is None else options.max_depth
        self.crossing = options.crossing and trie.named
        self.ordered = options.canonical_order

    def allowed(self, reading: PartialReading, among: int = -1) -> int:
        """Return those pieces of the mask `among` that may come next."""
        at, open_ = reading.at, reading.open
        source = self.source
        opening = self.trie.opening
        mask = 0
        if among & opening and reading.room and source.can_start[at] and len(open_) < self.max_depth:
            if source.ends_after[at] > len(open_) + 1:
                mask = opening
            elif source.ends_after[at]:
                mask = self._openers(reading)
        if open_ and among & ~opening and source.can_end[at] and open_[-1][1] != at:
            if len(open_) == 1 and not reading.ended and source.ends_after[at] > 1:
                mask |= self.trie.closing[open_[0][0]]
            else:
                mask |= self._closers(reading)
        return mask & among

    def _openers(self, reading: PartialReading) -> int:
        mask = 0
        for index, piece in enumerate(self.trie.pieces):
            if piece.opens and self.closable(reading.at, (*reading.open, (piece.name, reading.at)), reading.ended):
                mask |= 1 << index
        return mask

    def _closers(self, reading: PartialReading) -> int:
        at, open_, ended = reading.at, reading.open, reading.ended
        ample = self.source.ends_after[at] > len(open_)
        mask = 0
        seen: set[int] = set()
        starts: set[int] = set()
        for place in range(len(open_) - 1, -1, -1):
            name, start = open_[place]
            if name not in seen and not (self.ordered and start in starts):
                if ample and not ended:
                    mask |= self.trie.closing[name]
                else:
                    mask |= self._closers_of(reading, place)
            if not self.crossing:
                break
            seen.add(name)
            starts.add(start)
        return mask

    def _closers_of(self, reading: PartialReading, place: int) -> int:
        """Return the closers of one open entity that leave room for the others."""
        name, start = reading.open[place]
        rest = reading.open[:place] + reading.open[place + 1 :]
        closing = self.trie.closing[name]
        mask = 0
        for index, piece in enumerate(self.trie.pieces):
            if closing >> index & 1:
                one = (self._label(name, piece.label), start)
                ended = self.after_end(reading.ended, one, rest)
                if self._may_end(one, reading.ended) and self.closable(reading.at, rest, ended):
                    mask |= 1 << index
        return mask

    def closed_by(self, open_: tuple[Open, ...], name: int, label: int) -> tuple[Open, tuple[Open, ...]]:
        """Return what a closer ends, as (label, start), and what stays open."""
        place = len(open_) - 1
        if self.trie.named:
            place = max(place for place, (own, _) in enumerate(open_) if own == name)
        own, start = open_[place]
        return (self._label(own, label), start), open_[:place] + open_[place + 1 :]

    @staticmethod
    def _label(name: int, label: int) -> int:
        """Return the label of an entity: the closer's, or where that has none the opener's."""
        return label if label >= 0 else name

    def _may_end(self, one: Open, ended: tuple[Open, ...]) -> bool:
        """Tell whether an entity may end where `ended` have ended: not the same twice, and in order."""
        if not ended:
            return True
        if self.ordered:
            return (one[1], one[0]) < (ended[-1][1], ended[-1][0])
        return one not in ended

    def closable(self, at: int, open_: tuple[Open, ...], ended: tuple[Open, ...]) -> bool:
        """Tell whether all open entities can be closed from here on without two becoming the same.

        Ends are counted as slots: slot 0 is this place, if an entity may end here, which none may
        once one has been opened.  Every entity takes the first slot that those opened after it,
        and those equal to it, leave.
        """
        if not open_:
            return True
        here = self.source.can_end[at] and open_[-1][1] != at
        slots = self.source.ends_after[at] + here
        if slots > len(open_):
            return True
        if not self.trie.labels:
            return self._last_slot(open_, ended, here) < slots
        return self._last_slot_of_labels(open_, ended, here) < slots

    def _last_slot(self, open_: tuple[Open, ...], ended: tuple[Open, ...], here: bool) -> int:
        taken: list[tuple[int, int, int]] = []
        for name, start in reversed(open_):
            slot = 1 if here and not self._may_end((name, start), ended) else 0
            for other, other_start, used in taken:
                if start == other_start and (name == other or (self.ordered and name > other)):
                    slot = max(slot, used + 1)
                elif name == other or not self.crossing or (self.ordered and start == other_start):
                    slot = max(slot, used)
            taken.append((name, start, slot))
        return max(slot for _, _, slot in taken)

    def _last_slot_of_labels(self, open_: tuple[Open, ...], ended: tuple[Open, ...], here: bool) -> int:
        """Do as `_last_slot` where the closer chooses the label: as many entities of a start per slot as labels."""
        counts = Counter(start for _, start in open_)
        labels = self.trie.labels
        slot = 0
        for start in sorted(counts, reverse=True):
            room = labels
            if slot == 0 and here:
                room = sum(self._may_end((label, start), ended) for label in range(labels))
            missing = counts[start] - room
            if missing > 0:
                slot += -(-missing // labels)
        return slot

    def after_end(self, ended: tuple[Open, ...], one: Open, rest: tuple[Open, ...]) -> tuple[Open, ...]:
        """Keep what ended here as long as an open entity could end as the same."""
        if not rest:
            return ()
        if self.ordered:
            return (one,)
        starts = {start for _, start in rest}
        return tuple(sorted(item for item in {*ended, one} if item[1] in starts))
