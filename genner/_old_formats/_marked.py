"""What the two inline notations share when they are read loosely: marked stretches and their labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from genner._old_formats._labels import known, looks_like_label
from genner.types import LabelSet

__all__ = ["Finder", "Group", "Marked"]

DEEPEST = 100
"""Marks inside more marks than this are not read."""

_REMEMBERED = 40
_SEARCHES = 500
_MENTION_CHARS = 200
"""How far back a mention may reach whose beginning is not marked."""


@dataclass(slots=True)
class Group:
    """A marked stretch of the output.

    Args:
        label: as written.
        start, end: output offsets of what is marked, inner markup included.
        guessed: the start was not marked and had to be guessed.
    """

    label: str
    start: int
    end: int
    guessed: bool = False


@dataclass(slots=True)
class Marked:
    """An output with its markup told apart.

    Args:
        output: the output, masked where it held chatter.
        markup: 1 for each character that is markup.
        troubles: kind, detail and output offsets of what was wrong.
    """

    output: str
    markup: bytearray
    groups: list[Group] = field(default_factory=list)
    troubles: list[tuple[str, str, int, int]] = field(default_factory=list)

    def trouble(self, kind: str, detail: str, start: int, end: int) -> None:
        self.troubles.append((kind, detail, start, max(end, start + 1)))

    def hide(self, start: int, end: int) -> None:
        """Take characters for markup."""
        self.markup[start:end] = b"\1" * (end - start)

    def drop_deep(self) -> None:
        """Leave out what is marked inside more than `DEEPEST` marks, so that all marks are read in linear time."""
        open_ends: list[int] = []
        kept: list[Group] = []
        for group in sorted(self.groups, key=lambda group: (group.start, -group.end)):
            while open_ends and open_ends[-1] <= group.start:
                open_ends.pop()
            if len(open_ends) < DEEPEST:
                open_ends.append(group.end)
                kept.append(group)
        if len(kept) < len(self.groups):
            count = len(self.groups) - len(kept)
            self.trouble("skipped", f"{count} marks inside more than {DEEPEST} others", kept[0].start, kept[0].end)
        self.groups = kept

    def said(self, start: int, end: int) -> str:
        """Return a stretch without the markup in it."""
        if 1 not in self.markup[start:end]:
            return self.output[start:end]
        return "".join(
            char for char, hidden in zip(self.output[start:end], self.markup[start:end], strict=True) if not hidden
        )


class Finder:
    """What both notations need to know of labels and source."""

    def __init__(
        self, output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]
    ) -> None:
        self.marked = Marked(output, bytearray(len(output)))
        self.output = output
        self.text = text
        self.labels = labels
        self.known_text = known_text
        self._in_source: dict[str, bool] = {}
        self._budget = _SEARCHES * (len(output) + len(text or "") + 1000)

    def known(self, name: str) -> bool:
        return known(name, self.labels)

    def can_be_label(self, name: str) -> bool:
        return looks_like_label(name, self.labels)

    def in_source(self, piece: str) -> bool:
        if not self.text:
            return False
        if len(piece) > _REMEMBERED:
            return self.look(piece)
        if piece not in self._in_source:
            self._in_source[piece] = self.look(piece)
        return self._in_source[piece]

    def look(self, piece: str) -> bool:
        """Search the source, as long as all searches together stay within a multiple of the input."""
        text = self.text or ""
        self._budget -= len(text)
        return self._budget > 0 and piece in text

    def before(self, end: int) -> int:
        """Guess where a mention starts that ends at `end`: its last word, and capitals before it."""
        stretch = self.output[max(0, end - _MENTION_CHARS) : end]
        base = end - len(stretch)
        cut = max(
            (at + 1 for at, char in enumerate(stretch) if char == "\n" or self.marked.markup[base + at]), default=0
        )
        words = list(re.finditer(r"[^\s\[\]<>|]+", stretch[cut:]))
        if not words:
            return end
        first = words[-1]
        for word in reversed(words[:-1]):
            if not (word[0][0].isupper() and first[0][0].isupper()) or word[0][-1] in ".,;:!?":
                break
            first = word
        return base + cut + first.start()
