"""Long documents in pieces, cut at white space outside entities: no answer to learn from is lost or cut."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from genner.types import Document, Entity

__all__ = ["Piece", "split"]

_CUTS = tuple(map(regex.compile, (r"\n\s*\n", r"\n", r"(?<=[.!?。！？])\s+|(?<=[。！？])", r"\s+")))
"""Where a text may be cut, best first: between paragraphs, lines, sentences, words."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a document, and where it begins in it, in characters."""

    document: Document
    offset: int


def split(document: Document, fits: Callable[[Document], bool]) -> Iterator[Piece]:
    """Yield pieces that fit and together are the whole text, no entity cut.

    A piece that holds no place to cut is yielded although it does not fit: the caller decides.
    """
    waiting = [Piece(document, 0)]
    while waiting:
        piece = waiting.pop()
        cut = None if fits(piece.document) else _cut(piece.document)
        if cut is None:
            yield piece
            continue
        for start, end in ((cut, len(piece.document.text)), (0, cut)):
            waiting.append(Piece(_part(piece.document, start, end), piece.offset + start))


def _cut(document: Document) -> int | None:
    """Find the best place to cut: of the best kind there is, the one nearest to the middle."""
    size = len(document.text)
    taken = _merged(document.entities)
    starts = [start for start, _ in taken]
    for kind in _CUTS:
        places = [
            match.end()
            for match in kind.finditer(document.text)
            if 0 < match.end() < size and not _inside(match.end(), starts, taken)
        ]
        # a first sentence of two words is no half: better a worse kind of place nearer to the middle
        central = [place for place in places if size <= 8 * min(place, size - place)]
        chosen = central if kind is not _CUTS[-1] else places
        if chosen:
            return min(chosen, key=lambda place: abs(2 * place - size))
    return None


def _merged(entities: Sequence[Entity]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end, _ in entities:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _inside(place: int, starts: Sequence[int], taken: Sequence[tuple[int, int]]) -> bool:
    at = bisect_left(starts, place) - 1
    return at >= 0 and place < taken[at][1]


def _part(document: Document, start: int, end: int) -> Document:
    inside = [
        Entity(first - start, last - start, label)
        for first, last, label in document.entities
        if start <= first and last <= end
    ]
    return Document(document.text[start:end], inside, id=document.id, meta=document.meta)
