"""The pieces of markup an inline format may write, as one trie of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from genner._old_formats import get_codec
from genner.constrained._stretch import Stretch
from genner.exceptions import EncodeError
from genner.types import Document, LabelSet

__all__ = ["Piece", "Pieces", "Spelling", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """An opener or a closer.

    Args:
        opens: whether it opens an entity.
        name: what the open entity is called: the rank of its label, or -1 where openers have none.
        label: rank of the label among the sorted names; -1 where the closer will tell.
    """

    text: bytes
    opens: bool
    name: int
    label: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """All pieces of a format for a label set; sets of pieces are bit masks.

    Args:
        pieces: the pieces; bit `1 << index` stands for each.
        children: for each node of the trie, bytes to nodes; node 0 is the root.
        below: for each node, the pieces that pass through it.
        ends: for each node, the piece that ends there, or -1.
        opening: all openers.
        closing: for each name an open entity can have, its closers.
        by_name: whether a closer ends the innermost open entity of its own name.
        special: source characters that can be taken for markup.
        escapable: source characters that a backslash marks as copied.
    """

    pieces: tuple[Piece, ...]
    children: tuple[dict[int, int], ...]
    below: tuple[int, ...]
    ends: tuple[int, ...]
    opening: int
    closing: dict[int, int]
    by_name: bool
    special: frozenset[str]
    escapable: frozenset[int]
    spellings: dict[tuple[int, int], Spelling] = field(default_factory=dict)

    def spelling(self, node: int, offered: int) -> Spelling:
        """Return the stretch inside the offered pieces from `node` on."""
        found = self.spellings.get((node, offered))
        if found is None:
            found = self.spellings[node, offered] = Spelling(self, node, offered)
        return found


class Spelling(Stretch):
    """Inside one of several pieces of markup; the last byte of one leaves it."""

    __slots__ = ("_offered", "_pieces", "node")

    def __init__(self, pieces: Pieces, node: int, offered: int) -> None:
        self._pieces = pieces
        self._offered = offered
        self.node = node
        ends = frozenset(byte for byte, child in self._steps() if pieces.ends[child] >= 0)
        super().__init__(ends, loud=False)

    def along(self, data: bytes, begin: int) -> tuple[Spelling, int]:
        """Go on as far as `data` from `begin` does; return where that leads, and what it took."""
        spelling, taken = self, 0
        for byte in data[begin:]:
            longer = spelling.following.get(byte)
            if longer is None:
                break
            spelling, taken = cast(Spelling, longer), taken + 1
        return spelling, taken

    def _steps(self) -> Iterator[tuple[int, int]]:
        pieces = self._pieces
        for byte, child in pieces.children[self.node].items():
            if pieces.below[child] & self._offered:
                yield byte, child

    def _grow(self) -> Mapping[int, Stretch]:
        pieces = self._pieces
        offered = self._offered
        return {byte: pieces.spelling(child, offered) for byte, child in self._steps() if pieces.ends[child] < 0}


@lru_cache(maxsize=64)
def pieces_of(format: str, labels: LabelSet) -> Pieces:
    """Build the trie of a format; a label the format cannot say is left out."""
    codec = get_codec(format)
    by_name: bool = codec.markup.by_name  # type: ignore[attr-defined]
    names = [label for label in sorted(labels) if _sayable(format, label)]
    pieces: list[Piece] = []
    for rank, label in enumerate(names):
        opener, closer = codec.opener(label).encode(), codec.closer(label).encode()  # type: ignore[attr-defined]
        if by_name:
            pieces += [Piece(opener, True, rank, rank), Piece(closer, False, rank, rank)]
        else:
            if not rank:
                pieces.append(Piece(opener, True, -1, -1))
            pieces.append(Piece(closer, False, -1, rank))
    children: list[dict[int, int]] = [{}]
    below, ends = [0], [-1]
    closing: dict[int, int] = {}
    opening = 0
    for index, piece in enumerate(pieces):
        if piece.opens:
            opening |= 1 << index
        else:
            closing[piece.name] = closing.get(piece.name, 0) | 1 << index
        node = 0
        for byte in piece.text:
            below[node] |= 1 << index
            if byte not in children[node]:
                children[node][byte] = len(children)
                children.append({})
                below.append(0)
                ends.append(-1)
            node = children[node][byte]
        below[node] |= 1 << index
        ends[node] = index
    markup = codec.markup  # type: ignore[attr-defined]
    return Pieces(
        tuple(pieces),
        tuple(children),
        tuple(below),
        tuple(ends),
        opening,
        closing,
        by_name,
        markup.special,
        frozenset(markup.escapable.encode()),
    )


def _sayable(format: str, label: str) -> bool:
    try:
        get_codec(format).encode(Document("x", [(0, 1, label)])).encode()
    except (EncodeError, UnicodeEncodeError):
        return False
    return True
