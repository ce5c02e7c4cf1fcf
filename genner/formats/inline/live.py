"""Reading marked text as it arrives, character by character."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genner.formats.inline.markup import Markup
from genner.text.occurrences import splits_word
from genner.types import Entity, LabelSet

__all__ = ["InlineReader"]

_MOST_PATHS = 64
_LONGEST_MARK = 200

_new: Any = tuple.__new__


class _Path:
    """One reading of the answer so far.

    `pending` is markup that has begun and not ended; `open` and `closed` are linked lists.
    """

    __slots__ = ("closed", "count", "j", "open", "pending")

    def __init__(self, j: int, open_: Any, closed: Any, count: int, pending: str = "") -> None:
        self.j = j
        self.open = open_
        self.closed = closed
        self.count = count
        self.pending = pending


class InlineReader:
    """Keeps every reading of the answer as a copy of the source with markup.

    A reading may begin with the answer or with any line of it, so that a preamble does no harm.
    An entity is given when all living readings that closed any agree on it.
    """

    def __init__(self, markup: Markup, text: str, labels: LabelSet | None) -> None:
        self._markup = markup
        self._text = text
        self._known = None if labels is None else labels.known
        self._paths = [_Path(0, None, None, 0)]
        self._given = 0
        self._gave_up = False

    def feed(self, chunk: str) -> Iterator[Entity]:
        """Take the next piece of the answer; yield the entities that became final with it."""
        for char in chunk:
            following = [path for before in self._paths for path in self._step(before, char)]
            if char == "\n" and not self._gave_up and not any(path.count for path in following):
                following.append(_Path(0, None, None, 0))
            if len(following) > _MOST_PATHS:  # one of those left out might be the right one
                self._gave_up = True
                following = []
            is_new = any(path.count > self._given for path in following)
            self._paths = following
            if is_new:
                yield from self._agreed()

    def _step(self, path: _Path, char: str) -> Iterator[_Path]:
        text, j = self._text, path.j
        if path.pending:
            yield from self._continue(path, char)
            return
        if j < len(text) and text[j] == char:
            yield _Path(j + 1, path.open, path.closed, path.count)
        if char == "\\":
            if j < len(text) and text[j] in self._markup.special:
                yield _Path(j, path.open, path.closed, path.count, char)
        else:
            yield from self._continue(path, char)

    def _continue(self, path: _Path, char: str) -> Iterator[_Path]:
        """Take one more character of markup that has begun, or the first."""
        pending = path.pending + char
        if path.pending == "\\":
            if self._text[path.j] == char:
                yield _Path(path.j + 1, path.open, path.closed, path.count)
            return
        if len(pending) > _LONGEST_MARK:
            return
        match = self._markup.token.fullmatch(pending)
        if match is not None:
            opened, closed = match.groups()
            if closed is not None:
                yield from self._close(path, closed)
            elif path.j < len(self._text) and self._may_label(opened, self._markup.opener_labelled):
                yield _Path(path.j, (opened, path.j, path.open), path.closed, path.count)
        if self._markup.partial.fullmatch(pending):
            yield _Path(path.j, path.open, path.closed, path.count, pending)

    def _may_label(self, name: str, is_label: bool) -> bool:
        return not is_label or self._known is None or name in self._known

    def _close(self, path: _Path, name: str) -> Iterator[_Path]:
        markup = self._markup
        if not self._may_label(name, markup.closer_labelled):
            return
        above = []
        ended = path.open
        while ended is not None and markup.named and ended[0] != name:
            above.append(ended)
            ended = ended[2]
        if ended is None or ended[1] == path.j:
            return
        still = ended[2]
        for opened, start, _ in reversed(above):
            still = (opened, start, still)
        label = name if markup.closer_labelled else ended[0] if markup.opener_labelled else markup.label
        closed = (_new(Entity, (ended[1], path.j, label)), path.closed)
        yield _Path(path.j, still, closed, path.count + 1)

    def _agreed(self) -> Iterator[Entity]:
        """Give the entities that every living reading has closed."""
        fewest = min((path.count for path in self._paths), default=0)
        if fewest <= self._given:
            return
        lists = [self._closed_since(path, fewest) for path in self._paths]
        for entities in zip(*lists, strict=True):
            if any(entity != entities[0] for entity in entities) or self._may_go_on(entities[0][1]):
                return
            self._given += 1
            yield entities[0]

    def _may_go_on(self, end: int) -> bool:
        """Tell whether a mention that ends inside a word may yet turn out to have lost its last letters."""
        is_copied = all(path.j > end for path in self._paths)
        return not is_copied and end < len(self._text) and splits_word(self._text, end, len(self._text))

    def _closed_since(self, path: _Path, fewest: int) -> list[Entity]:
        """Return what a path closed after what was given, up to its `fewest`-th entity."""
        closed = path.closed
        for _ in range(path.count - fewest):
            closed = closed[1]
        found = []
        for _ in range(fewest - self._given):
            found.append(closed[0])
            closed = closed[1]
        return found[::-1]
