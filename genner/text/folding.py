"""Folding: two strings that a reader takes for the same fold to the same characters.

Dropped are spaces, invisible characters and the marks that a writer may leave out: accents on Latin,
Greek and Cyrillic letters, the vowel points of Arabic and Hebrew, the dot that lower-casing `İ` leaves.
Ignored are case, compatibility forms (full width, ligatures, composed or not), strokes through letters
and the shapes of quotes and dashes.  Vowel signs of the scripts of India and South-East Asia and the
voicing marks of Japanese tell words apart and stay.
Every folded character remembers which character of the text it comes from.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from genner.text.index import TextIndex

__all__ = ["Folded", "difference", "fold"]

_QUOTES = dict.fromkeys('"“”„‟″«»‹›＂', "''") | dict.fromkeys("'‘’‚‛′`´ʼ＇", "'")
_DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
_PLAIN = {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"}
_OPTIONAL: tuple[tuple[int, int], ...] = (
    (0x0300, 0x036F), (0x0591, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640), (0x064B, 0x065F),
    (0x0670, 0x0670), (0x06D6, 0x06DC), (0x1AB0, 0x1AFF), (0x1F3FB, 0x1F3FF), (0xFE00, 0xFE0F),
)  # fmt: skip
"""Marks that may be left out: combining accents, Hebrew points, Arabic signs and kashida, variation
selectors and skin tones."""


def _is_optional(char: str) -> bool:
    code = ord(char)
    return any(low <= code <= high for low, high in _OPTIONAL)


class _FoldTable(dict[str, str]):
    """Folds one character, computed once."""

    def __missing__(self, char: str) -> str:
        folded = ""
        if not (char.isspace() or unicodedata.category(char) == "Cf"):
            plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
            folded = "".join(self._special.get(part, part) for part in plain if not _is_optional(part))
            folded = "".join(folded.split())
        self[char] = folded
        return folded

    _special = _QUOTES | _DASHES | _PLAIN


_FOLD = _FoldTable(_QUOTES | _DASHES)
_INVISIBLE = frozenset(char for char in map(chr, range(128)) if char.isspace())


class Folded:
    """A text and its folded characters.

    Args:
        units: parts of the text that are folded in another spelling: start, end, spelling.

    Attributes:
        text: the text as it is.
        chars: its folded characters.
        origin: for each folded character the offset in `text` it comes from.
    """

    def __init__(self, text: str, units: Sequence[tuple[int, int, str]] = ()) -> None:
        self.text = text
        self._unit_ends = {start: end for start, end, _ in units}
        if text.isascii() and '"' not in text and not units:  # every character folds to one or none
            self.chars = _fold_ascii(text)
            self.origin = [at for at, char in enumerate(text) if char not in _INVISIBLE]
        else:
            pieces = [_FOLD[char] for char in text]
            for start, end, spelling in units:
                pieces[start:end] = [fold(spelling), *[""] * (end - start - 1)]
            self.chars = "".join(pieces)
            self.origin = [at for at, piece in enumerate(pieces) for _ in piece]

    @cached_property
    def index(self) -> TextIndex:
        """An index of the folded characters."""
        return TextIndex(self.chars)

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Return where folded characters `first` to `last` (exclusive) are in the text.

        None when an edge would cut a character of the text in two.
        """
        origin = self.origin
        if not 0 <= first < last <= len(origin):
            return None
        start, final = origin[first], origin[last - 1]
        if (first > 0 and origin[first - 1] == start) or (last < len(origin) and origin[last] == final):
            return None
        end = self._unit_ends.get(final, final + 1)
        while end < len(self.text) and not self.text[end].isascii() and unicodedata.category(self.text[end]) == "Mn":
            if last < len(origin) and origin[last] == end:
                break  # a mark that is significant: not part of what matched
            end += 1
        return start, end

    def around(self, first: int, last: int) -> tuple[int, int]:
        """Return the characters of the text of which folded characters `first` to `last` are at least a part."""
        span = self.span(first, last)
        final = self.origin[last - 1]
        return span or (self.origin[first], self._unit_ends.get(final, final + 1))

    def at(self, offset: int) -> int:
        """Return the index of the first folded character at or after `offset` of the text."""
        return bisect_left(self.origin, offset)


def fold(text: str) -> str:
    """Return the folded characters of `text`."""
    if text.isascii() and '"' not in text:
        return _fold_ascii(text)
    return "".join([_FOLD[char] for char in text])


def _fold_ascii(text: str) -> str:
    return "".join(text.split()).lower().replace("`", "'")


def difference(written: str, source: str) -> str | None:
    """Name what `written` changed of `source`: the mildest issue kind that explains it, or None.

    >>> difference("new  york", "New York"), difference("New  York", "New York"), difference("x", "y")
    ('case', 'spacing', 'fuzzy')

    """
    if written == source:
        return None
    packed, source_packed = "".join(written.split()), "".join(source.split())
    if packed == source_packed:
        return "spacing"
    if packed.lower() == source_packed.lower():  # and not casefold(), which undoes ligatures too
        return "case"
    return "unicode" if fold(written) == fold(source) else "fuzzy"
