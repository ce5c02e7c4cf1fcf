"""New sentences from old ones: entities exchanged for others of their label, words for other words.

What cannot be known by heart has to be copied.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from genner.types import Document, Entity

__all__ = ["Piece", "Swapper"]


class Piece(NamedTuple):
    """The text of an outermost entity and everything annotated in it, counted from its start."""

    text: str
    entities: tuple[tuple[int, int, str], ...]


class Swapper:
    """Exchange outermost entities, with all that lies in them, for others of the same label.

    Args:
        documents: where the others come from.
        share: of the entities to exchange.
        rng: draws them.
        noise: share of the words between entities to exchange for any others.
    """

    def __init__(self, documents: Sequence[Document], share: float, rng: random.Random, *, noise: float = 0.0) -> None:
        self.share, self.rng, self.noise = share, rng, noise
        pools: defaultdict[str, list[Piece]] = defaultdict(list)
        for document in documents:
            for group in _groups(document.entities):
                if _is_whole(group):
                    pools[group[0].label].append(_piece(document, group))
        self.pools = dict(pools)
        self.words = [word for document in documents for word in document.text.split()]

    def __call__(self, document: Document) -> Document:
        """Return the document with some entities exchanged; itself, when none was drawn."""
        parts: list[str] = []
        entities: list[tuple[int, int, str]] = []
        at = size = 0
        for group in _groups(document.entities):
            start, end = group[0].start, max(entity.end for entity in group)
            piece = _piece(document, group)
            if _is_whole(group) and self.rng.random() < self.share:
                piece = self.rng.choice(self.pools.get(group[0].label) or [piece])
            before = self._noisy(document.text[at:start])
            parts += (before, piece.text)
            size += len(before)
            entities += ((first + size, last + size, label) for first, last, label in piece.entities)
            size += len(piece.text)
            at = end
        text = "".join([*parts, self._noisy(document.text[at:])])
        return document if text == document.text else Document(text, entities, id=document.id)

    def _noisy(self, text: str) -> str:
        """Exchange words that stand between spaces; those at the edges touch an entity perhaps, and stay."""
        if not self.noise:
            return text
        words = text.split(" ")
        for at in range(1, len(words) - 1):
            if words[at] and self.rng.random() < self.noise:
                words[at] = self.rng.choice(self.words)
        return " ".join(words)


def _groups(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """Yield runs of entities that share characters, in canonical order."""
    group: list[Entity] = []
    end = 0
    for entity in entities:
        if group and entity.start >= end:
            yield group
            group = []
        end = max(end, entity.end) if group else entity.end
        group.append(entity)
    if group:
        yield group


def _is_whole(group: list[Entity]) -> bool:
    """Tell whether the first entity of a run encloses the others."""
    return all(entity.end <= group[0].end for entity in group)


def _piece(document: Document, group: list[Entity]) -> Piece:
    start, end = group[0].start, max(entity.end for entity in group)
    inside = tuple((first - start, last - start, label) for first, last, label in group)
    return Piece(document.text[start:end], inside)
