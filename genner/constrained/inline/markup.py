"""The pieces of markup an inline format may write, as one trie of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from genner.constrained.states.passages import Continuations, Passage
from genner.exceptions import DataError, EncodeError
from genner.formats.inline.description import Inline
from genner.formats.inline.markup import LABEL
from genner.types import Document, LabelSet

if TYPE_CHECKING:
    from genner.constrained.tokens.vocabulary import TokenNode

__all__ = ["MarkupPiece", "PieceTrie", "Spelling", "pieces_of"]


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


@dataclass(frozen=True, slots=True)
class PieceTrie:
    """All pieces of a format for a label set; sets of pieces are bit masks.

    Args:
        pieces: the pieces; bit `1 << index` is set for each.
        children: for each node of the trie, bytes to nodes; node 0 is the root.
        below: for each node, the pieces that pass through it.
        ends: for each node, the piece that ends there, or -1.
        opening: all openers.
        closing: for each name an open entity can have, its closers.
        named: whether a closer ends the innermost open entity of its own name.
        labels: among how many labels a closer chooses; 0 where the opener decides.
        special: source characters that can be taken for markup, and that a backslash marks as copied.
    """

    pieces: tuple[MarkupPiece, ...]
    children: tuple[dict[int, int], ...]
    below: tuple[int, ...]
    ends: tuple[int, ...]
    opening: int
    closing: dict[int, int]
    named: bool
    labels: int
    special: frozenset[str]
    spellings: dict[tuple[int, int], Spelling] = field(default_factory=dict)

    def among(self, mask: int) -> Iterator[MarkupPiece]:
        """Yield the pieces of a mask."""
        for index, piece in enumerate(self.pieces):
            if mask >> index & 1:
                yield piece

    def spelling(self, node: int, allowed: int) -> Spelling:
        """Return the passage inside the allowed pieces from `node` on."""
        found = self.spellings.get((node, allowed))
        if found is None:
            found = self.spellings[node, allowed] = Spelling(self, node, allowed)
        return found


class Spelling(Passage):
    """Inside one of several pieces of markup; the last byte of one leaves it."""

    __slots__ = ("_allowed", "_following", "_trie", "node")

    def __init__(self, trie: PieceTrie, node: int, allowed: int) -> None:
        self._trie = trie
        self._allowed = allowed
        self._following: Mapping[int, Spelling] | None = None
        self.node = node
        ends = frozenset(byte for byte, child in self._steps() if trie.ends[child] >= 0)
        super().__init__(ends, exit_adds=False)

    def advanced(self, data: bytes, begin: int) -> tuple[Spelling, int]:
        """Follow `data` from `begin` as far as possible; return the passage there and the bytes taken."""
        spelling, taken = self, 0
        for byte in data[begin:]:
            longer = spelling.following.get(byte)
            if longer is None:
                break
            spelling, taken = longer, taken + 1
        return spelling, taken

    @property
    def following(self) -> Mapping[int, Spelling]:
        """The passage after each byte that stays inside."""
        if self._following is None:
            trie = self._trie
            steps = [(byte, child) for byte, child in self._steps() if trie.ends[child] < 0]
            self._following = {byte: trie.spelling(child, self._allowed) for byte, child in steps}
        return self._following

    def _steps(self) -> Iterator[tuple[int, int]]:
        for byte, child in self._trie.children[self.node].items():
            if self._trie.below[child] & self._allowed:
                yield byte, child

    def _walk(self, node: TokenNode, found: Continuations) -> None:
        todo: list[tuple[TokenNode, Spelling, bytes]] = [(node, self, b"")]
        while todo:
            node, spelling, written = todo.pop()
            for byte, child in node.children.items():
                if byte in spelling.exits:
                    found.exits.append((written + bytes((byte,)), child))
                if byte in spelling.following:
                    found.tokens.extend(child.ids)
                    todo.append((child, spelling.following[byte], written + bytes((byte,))))


@lru_cache(maxsize=64)
def pieces_of(codec: Inline, labels: LabelSet) -> PieceTrie:
    """Build the trie of a format; a label the format cannot write is left out.

    Raises:
        DataError: when one piece begins another, so that nobody could tell where it ends.
    """
    names = [label for label in sorted(labels) if _writable(codec, label)]
    pieces = _pieces(codec, names)
    children: list[dict[int, int]] = [{}]
    below, ends = [0], [-1]
    for index, piece in enumerate(pieces):
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
    for node, index in enumerate(ends):
        if index >= 0 and below[node] != 1 << index:
            raise DataError(f"{codec.name} has no guide: {pieces[index].text.decode()!r} begins other markup of it")
    opening = sum(1 << index for index, piece in enumerate(pieces) if piece.opens)
    closing = {
        name: sum(1 << at for at, piece in enumerate(pieces) if not piece.opens and piece.name in (name, -1))
        for name in {piece.name for piece in pieces if piece.opens}
    }
    chooses = LABEL in codec.closer and LABEL not in codec.opener
    return PieceTrie(
        tuple(pieces),
        tuple(children),
        tuple(below),
        tuple(ends),
        opening,
        closing,
        codec.named,
        len(names) if chooses else 0,
        codec.markup.special,
    )


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
