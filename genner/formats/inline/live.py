"""Reading marked text as it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from genner.formats.inline.markup import Markup
from genner.formats.inline.walk import Path, Walk
from genner.text.words import splits_word
from genner.types import Entity, LabelSet

__all__ = ["InlineReader"]


class InlineReader:
    """Keeps every reading of the answer as a copy of the source with markup.

    A reading may begin with the answer or with any line of it, so that a preamble does no harm.
    An entity is given when all living readings that closed any agree on it.
    """

    def __init__(self, markup: Markup, text: str, labels: LabelSet | None) -> None:
        self._walk = Walk(markup, text, None if labels is None else labels.known)
        self._text = text
        self._given = 0

    def feed(self, chunk: str) -> Iterator[Entity]:
        """Take the next piece of the answer; yield the entities that became final with it."""
        at = 0
        while at < len(chunk) and not self._walk.gave_up:  # the right reading might have been left out
            end = chunk.find("\n", at) + 1 or len(chunk)
            for _ in self._walk.feed(chunk[at:end]):
                yield from self._agreed()
            yield from self._agreed()
            if chunk[end - 1] == "\n" and not any(path.ended for path in self._walk.paths):
                self._walk.begin()
            at = end

    def _agreed(self) -> Iterator[Entity]:
        """Give the entities that every living reading has closed."""
        paths = self._walk.paths
        fewest = min((path.ended for path in paths), default=0)
        if fewest <= self._given or self._walk.gave_up:
            return
        lists = [self._closed_since(path, fewest) for path in paths]
        for entities in zip(*lists, strict=True):
            if any(entity != entities[0] for entity in entities) or self._may_go_on(entities[0][1]):
                return
            self._given += 1
            yield entities[0]

    def _may_go_on(self, end: int) -> bool:
        """Tell whether a mention that ends inside a word may yet turn out to have lost its last letters."""
        is_copied = all(path.j > end for path in self._walk.paths)
        return not is_copied and end < len(self._text) and splits_word(self._text, end, len(self._text))

    def _closed_since(self, path: Path, fewest: int) -> list[Entity]:
        """Return what a path closed after what was given, up to its `fewest`-th entity."""
        closed = path.closed
        for _ in range(path.ended - fewest):
            closed = closed[1]
        found = []
        for _ in range(fewest - self._given):
            found.append(closed[0])
            closed = closed[1]
        return found[::-1]
