"""What the readers of notations find in an answer: mentions that are marked, and what is wrong with them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from genner.formats.answer import Answer
from genner.formats.inline.view import View
from genner.formats.naming import is_outside, known, label_names, looks_like_label, split_tag

__all__ = ["QUOTED", "Mark", "Marked", "Plain"]

_MOST_SEARCHES = 500
_MENTION_CHARS = 200
"""How far back a mention may reach whose beginning is not marked."""

_WORD = re.compile(r"[^\s\[\]<>|]+")
_OPENING = "([{\"'“‘«*_`"
_PARTICLES = frozenset("van von der den de del della di da do dos das du la le el al bin ibn zu ter ten".split())  # noqa: SIM905
"""Small words inside of names: `Nikolaus van der Pas`."""

QUOTED = {"*": "*", "_": "_", "`": "`", '"': '"', "”": "“", "»": "«", "’": "‘", "'": "'"}


@dataclass(slots=True)
class Mark:
    """A mention that the answer marks.

    Args:
        label: as written.
        start, end: view offsets of the mention, with the marks inside of it.
        whole: view offsets of the mention together with its own marks.
        guessed: the start was not marked and had to be guessed.
        details: what else the mark says.
    """

    label: str
    start: int
    end: int
    whole: tuple[int, int]
    guessed: bool = False
    details: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Plain:
    """An answer without its markup, and where each of its characters is in the view."""

    text: str
    origin: list[int]

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Translate offsets of the view."""
        return bisect_left(self.origin, start), bisect_left(self.origin, end)


@dataclass(slots=True)
class Marked:
    """An answer with its markup found.

    Args:
        view: the characters of the answer.
        hidden: 1 for each character of the view that is markup.
        marks: in the order in which they end.
        notes: kind, detail, start and end in the view.
    """

    answer: Answer
    view: View
    hidden: bytearray = field(init=False)
    marks: list[Mark] = field(default_factory=list)
    notes: list[tuple[str, str, int, int]] = field(default_factory=list)
    _names: dict[str, bool] = field(default_factory=dict)
    _budget: int = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = bytearray(len(self.view.text))
        self._budget = _MOST_SEARCHES * (len(self.view.text) + len(self.answer.source.text) + 1000)

    def note(self, kind: str, detail: str, start: int, end: int) -> None:
        """Report something between two offsets of the view."""
        self.notes.append((kind, detail, start, max(end, start + 1)))

    def hide(self, start: int, end: int) -> None:
        """Take characters for markup."""
        self.hidden[start:end] = b"\1" * (end - start)

    def plain(self, start: int, end: int) -> str:
        """Return a part of the view without the markup found so far."""
        text = self.view.text[start:end]
        hidden = self.hidden[start:end]
        return text if 1 not in hidden else "".join(compress(text, (not flag for flag in hidden)))

    def all_plain(self) -> Plain:
        """Return the whole answer without its markup."""
        if 1 not in self.hidden:
            return Plain(self.view.text, list(range(len(self.hidden))))
        origin = [at for at, flag in enumerate(self.hidden) if not flag]
        text = self.view.text
        return Plain("".join([text[at] for at in origin]), origin)

    def is_label(self, name: str) -> bool:
        """Tell whether a name is a label of the set, with B- or I- before it or not."""
        name = name.strip()
        if len(name) > 60 or not name:
            return False
        if name not in self._names:
            labels = self.answer.labels
            self._names[name] = known(name, labels) or split_tag(name, labels) is not None
        return self._names[name]

    def means_label(self, name: str) -> bool:
        """Tell whether a name is a label of the set, several of them, or one with decoration."""
        labels = self.answer.labels
        if self.is_label(name) or is_outside(name, labels):
            return True
        return labels is not None and any(each in labels for each in label_names(name, labels))

    def may_be_label(self, name: str) -> bool:
        """Tell whether a name may be a label, known or not; one that nobody asked for begins with a letter or digit."""
        labels = self.answer.labels
        plain = name.strip()
        return (not plain or labels is None or plain[0].isalnum() or self.is_label(name)) and looks_like_label(
            name, labels
        )

    def in_source(self, mention: str) -> bool:
        """Tell whether the source has a mention, while all searches stay within a multiple of the input."""
        source = self.answer.source
        if not source.given or not mention:
            return False
        self._budget -= len(source.text)
        return self._budget > 0 and source.has(mention)

    def lacks(self, mention: str) -> bool:
        """Tell whether there is a source, which has a mention within words at most."""
        return self.answer.source.given and not (self.in_source(mention) and self.answer.source.exact(mention).whole)

    def before(self, end: int) -> int:
        """Guess where a mention starts that ends at `end`: its quote, or its last word and capitals before it."""
        text = self.view.text
        low = max(0, end - _MENTION_CHARS, text.rfind("\n", 0, end) + 1)
        hidden = self.hidden.rfind(b"\1", low, end)
        low = max(low, hidden + 1)
        closing = text[end - 1 : end]
        if closing in QUOTED:
            last = end - len(text[low:end]) + len(text[low:end].rstrip(closing))
            opening = text.rfind(QUOTED[closing], low, last)
            if opening >= 0 and text[opening + 1 : last].strip():
                return opening - (closing in "*_`" and text[opening - 1 : opening] == closing and opening > low)
        opening = text.rfind("**", low, end)
        if opening >= 0 and text[opening + 2 : opening + 3].strip() and not text[opening - 1 : opening].strip():
            return opening + 2
        words = list(_WORD.finditer(text, low, end))
        if not words:
            return end
        first = behind = words[-1]  # of the name, and the word behind the one that is looked at
        for word in reversed(words[:-1]):
            is_name = word[0].lstrip(_OPENING)[:1].isupper()
            if not (first[0][0].isupper() or first[0][0].isdigit()) or text[word.end() : behind.start()].strip():
                break
            if word[0][-1] in ".,;:!?" or not (is_name or word[0] in _PARTICLES):
                break
            behind = word
            first = word if is_name else first
        return first.end() - len(first[0].lstrip(_OPENING))
