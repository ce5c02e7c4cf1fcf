"""Units in which models count offsets, and how each is read in characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from genner.formats.placing.claims import Span

__all__ = ["Reading", "readings", "words_of"]

Reading: TypeAlias = Callable[[int, int], Span]
"""Turns stated offsets into offsets in characters; what it cannot read becomes (-1, -1)."""

_WORD = re.compile(r"\S+")
_NOWHERE = (-1, -1)


def readings(text: str, last: int) -> Iterator[tuple[str, Reading]]:
    """Yield readings of offsets, the likelier first, each with its name.

    Args:
        last: the largest offset stated.
    """
    yield "start and end are swapped", lambda start, end: (end, start)
    yield "offsets count from 1", lambda start, end: (start - 1, end - 1)
    yield "the end is inclusive", lambda start, end: (start, end + 1)
    yield "offsets count from 1 and the end is inclusive", lambda start, end: (start - 1, end)
    units: list[tuple[str, Reading]] = []
    if not text.isascii():
        units.append(("offsets count bytes of UTF-8", _wide(text, _utf8_width)))
        if any(char > "\uffff" for char in text):
            units.append(("offsets count UTF-16 units", _wide(text, lambda char: 2 if char > "\uffff" else 1)))
    if "  " in text or "\n" in text or "\t" in text or text[:1].isspace():
        units.append(("runs of spaces count as one", _collapsed(text)))
    words = words_of(text)
    if last <= len(words):
        units.append(("offsets count words", _words(words)))
    pieces = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
    if last <= len(pieces) != len(words):
        units.append(("offsets count words and punctuation", _words(pieces)))
    for name, reading in units:
        yield name, reading
        yield f"{name} and the end is inclusive", _moved(reading, 0, 1)
        yield f"{name} from 1", _moved(reading, -1, -1)
        yield f"{name} from 1 and the end is inclusive", _moved(reading, -1, 0)


def words_of(text: str) -> list[Span]:
    """Return the places of what white space separates."""
    return [match.span() for match in _WORD.finditer(text)]


def _moved(reading: Reading, start_by: int, end_by: int) -> Reading:
    return lambda start, end: reading(start + start_by, end + end_by)


def _utf8_width(char: str) -> int:
    return 1 if char < "\x80" else 2 if char < "\u0800" else 3 if char < "\U00010000" else 4


def _wide(text: str, width: Callable[[str], int]) -> Reading:
    """Translate offsets in other units; one inside a character is taken for its start."""
    offsets: list[int] = []
    for at, char in enumerate(text):
        offsets += [at] * width(char)
    offsets.append(len(text))

    def reading(start: int, end: int) -> Span:
        return (offsets[start], offsets[end]) if 0 <= start < end < len(offsets) else _NOWHERE

    return reading


def _collapsed(text: str) -> Reading:
    kept = [at for at, char in enumerate(text) if not (char.isspace() and (at == 0 or text[at - 1].isspace()))]

    def reading(start: int, end: int) -> Span:
        return (kept[start], kept[end - 1] + 1) if 0 <= start < end <= len(kept) else _NOWHERE

    return reading


def _words(words: Sequence[Span]) -> Reading:
    def reading(start: int, end: int) -> Span:
        return (words[start][0], words[end - 1][1]) if 0 <= start < end <= len(words) else _NOWHERE

    return reading
