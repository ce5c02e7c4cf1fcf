"""The pieces of markup an inline format may write, as one trie of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from genner.constrained.states import Passage
from genner.exceptions import DataError, EncodeError
from genner.formats.inline.description import Inline
from genner.formats.inline.markup import LABEL
from genner.types import Document, LabelSet

__all__ = ["MarkupPiece", "PieceTrie", "pieces_of"]


@dataclass(frozen=True, slots=True)
class MarkupPiece:
    """An opener or a closer.

    Args:
        opens: whether it opens an entity.
        name: what decides which closers fit: the rank of the opener's label, or -1 where it has none;
            of closers -1 for those that close whatever is innermost.
        label: rank of the closer's label among the sorted names; -1 where it has none.
    """

    text: bytes
    opens: bool
    name: int
    label: int


class PieceTrie:
    """All pieces of a format for a label set; sets of pieces are bit masks.

    A label the format cannot write is left out.

    Attributes:
        pieces: the pieces; bit `1 << index` is set for each.
        whole: the pieces by what is written.
        below: for each beginning of a piece, the pieces that begin so.
        children: for each beginning, the bytes that may come next and the beginnings they lead to.
        opening: all openers.
        closing: for each name an open entity can have, its closers.
        named: whether a closer ends the innermost open entity of its own name.
        labels: the labels among which a closer chooses, the last first; none where the opener decides.
        special: source characters that can be taken for markup, and that a backslash marks as copied.

    Raises:
        DataError: when one piece begins another, so that nobody could tell where it ends.
    """

    def __init__(self, codec: Inline, labels: LabelSet) -> None:
        names = [label for label in sorted(labels) if _writable(codec, label)]
        self.pieces = pieces = _pieces(codec, names)
        self.whole = {piece.text: piece for piece in pieces}
        self.below: dict[bytes, int] = {b"": 0}
        self.children: dict[bytes, dict[int, bytes]] = {b"": {}}
        for index, piece in enumerate(pieces):
            for end in range(len(piece.text) + 1):
                begun = piece.text[:end]
                self.below[begun] = self.below.get(begun, 0) | 1 << index
                self.children.setdefault(begun, {})
                if end:
                    self.children[begun[:-1]][begun[-1]] = begun
        for index, piece in enumerate(pieces):
            if self.below[piece.text] != 1 << index:
                raise DataError(f"{codec.name} has no guide: {piece.text.decode()!r} begins other markup of it")
        self.opening = sum(1 << index for index, piece in enumerate(pieces) if piece.opens)
        self.closing = {
            name: sum(1 << at for at, piece in enumerate(pieces) if not piece.opens and piece.name in (name, -1))
            for name in {piece.name for piece in pieces if piece.opens}
        }
        self.named = codec.named
        chooses = LABEL in codec.closer and LABEL not in codec.opener
        self.labels = range(len(names) - 1, -1, -1) if chooses else range(0)
        self.special = codec.markup.special
        self._passages: dict[tuple[bytes, int], Passage] = {}

    def among(self, mask: int) -> Iterator[MarkupPiece]:
        """Yield the pieces of a mask."""
        for index, piece in enumerate(self.pieces):
            if mask >> index & 1:
                yield piece

    def passage(self, begun: bytes, allowed: int) -> Passage:
        """Return the passage inside the allowed pieces that begin so."""
        if (begun, allowed) not in self._passages:
            texts = [piece.text for piece in self.among(self.below[begun] & allowed)]
            ends = list(accumulate(map(len, texts)))
            places = [end - len(text) + len(begun) for end, text in zip(ends, texts, strict=True)]
            self._passages[begun, allowed] = Passage(b"".join(texts), places, [end - 1 for end in ends])
        return self._passages[begun, allowed]


def _pieces(codec: Inline, names: list[str]) -> list[MarkupPiece]:
    """List each opener and closer once; where they all have no label, there is one of each."""
    found: dict[tuple[bool, bytes], MarkupPiece] = {}
    opener_names, closer_names = LABEL in codec.opener, LABEL in codec.closer
    for rank, label in enumerate(names):
        opener, closer = codec.open(label).encode(), codec.close(label).encode()
        found.setdefault((True, opener), MarkupPiece(opener, True, rank if opener_names else -1, -1))
        name = rank if opener_names and closer_names else -1
        found.setdefault((False, closer), MarkupPiece(closer, False, name, rank if closer_names else -1))
    return list(found.values())


def _writable(codec: Inline, label: str) -> bool:
    try:
        codec.encode(Document("x", [(0, 1, label)])).encode()
    except (EncodeError, UnicodeEncodeError):
        return False
    return True


pieces_of = lru_cache(maxsize=64)(PieceTrie)
"""Return the pieces of a format, kept for the last few label sets."""
