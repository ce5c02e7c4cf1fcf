"""From a string to offsets: where a mention is in a text.

Occurrences are plain, case-sensitive substring hits and may overlap, so that every span of a text
is some occurrence of its surface: the count the occurrence format writes (DESIGN of the format:
the paper, Table 1).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

import regex

__all__ = [
    "Occurrences",
    "cuts_number",
    "occurrence_index",
    "occurrences",
    "place_in_order",
    "splits_word",
    "whole_word_start",
]

# Letters and digits of scripts that put spaces between words.  In the others (and in Hangul, where
# particles are written onto the word) a mention may be anywhere, so no edge splits a word.
_SPACED = (
    r"(?V1)[\p{Alphabetic}\p{N}\p{M}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\p{Tibetan}]]"
)


@cache
def _is_spaced(char: str) -> bool:
    if char.isascii():
        return char.isalnum()
    return regex.match(_SPACED, char) is not None


def splits_word(text: str, start: int, end: int) -> bool:
    """Tell whether an edge of `text[start:end]` falls inside a word.

    Only scripts that separate words by spaces have such edges; an underscore is no letter.
    """
    return (start > 0 and _is_spaced(text[start - 1]) and _is_spaced(text[start])) or (
        end < len(text) and _is_spaced(text[end - 1]) and _is_spaced(text[end])
    )


def cuts_number(text: str, start: int, end: int) -> bool:
    """Tell whether an edge of `text[start:end]` falls between two digits."""
    return (start > 0 and text[start - 1].isdigit() and text[start].isdigit()) or (
        end < len(text) and text[end - 1].isdigit() and text[end].isdigit()
    )


def occurrences(text: str, surface: str) -> Iterator[int]:
    """Yield the start of every occurrence of `surface`, overlapping ones included."""
    if not surface:
        return
    at = text.find(surface)
    while at >= 0:
        yield at
        at = text.find(surface, at + 1)


_PIECE = 3
_MANY_CHARS = 20_000
_MANY_SURFACES = 32


class Occurrences:
    """The occurrences in one text, found once for each surface.

    A long text of which many surfaces are asked is indexed by the places of every three
    characters, so that each further surface costs what it occurs and not what the text is long.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts: dict[str, list[int]] = {}
        self._whole: dict[str, list[int]] = {}
        self._pieces: defaultdict[tuple[str, ...], list[int]] | None = None

    def __getitem__(self, surface: str) -> list[int]:
        starts = self._starts.get(surface)
        if starts is None:
            starts = self._starts[surface] = self._find(surface)
        return starts

    def _find(self, surface: str) -> list[int]:
        text = self.text
        if len(text) < _MANY_CHARS or len(self._starts) < _MANY_SURFACES or len(surface) < _PIECE:
            return list(occurrences(text, surface))
        if self._pieces is None:
            self._pieces = defaultdict(list)
            for at, piece in enumerate(zip(text, text[1:], text[2:], strict=False)):
                self._pieces[piece].append(at)
        return [at for at in self._pieces.get(tuple(surface[:_PIECE]), ()) if text.startswith(surface, at)]

    def whole(self, surface: str) -> list[int]:
        """Return the occurrences that split no word."""
        starts = self._whole.get(surface)
        if starts is None:
            size = len(surface)
            starts = [at for at in self[surface] if not splits_word(self.text, at, at + size)]
            self._whole[surface] = starts
        return starts

    def index(self, start: int, end: int) -> int:
        """Return the 1-based occurrence index of `text[start:end]` at `start`."""
        return bisect_left(self[self.text[start:end]], start) + 1


def occurrence_index(text: str, start: int, end: int) -> int:
    """Return the 1-based occurrence index of `text[start:end]` at `start`.

    >>> occurrence_index("Rome and Rome", 9, 13)
    2

    """
    return Occurrences(text).index(start, end)


def place_in_order(candidates: Sequence[Sequence[int]], lengths: Sequence[int]) -> tuple[list[int], list[int]] | None:
    """Place a list of mentions so that they follow each other in the text.

    Args:
        candidates: for each mention its possible starts, ascending.
        lengths: for each mention its length in characters.

    Returns:
        The leftmost and the rightmost placement in (start, longest first) order; where they agree
        the place is certain.  None when the list cannot be in that order.
    """
    leftmost: list[int] = []
    key = (-1, 0)
    for starts, length in zip(candidates, lengths, strict=True):
        at = bisect_left(starts, key[0])
        if at < len(starts) and (starts[at], -length) <= key:
            at += 1
        if at == len(starts):
            return None
        key = (starts[at], -length)
        leftmost.append(starts[at])
    rightmost: list[int] = []
    limit: tuple[float, int] = (float("inf"), 0)
    for starts, length in zip(reversed(candidates), reversed(lengths), strict=True):
        at = len(starts) if limit[0] == float("inf") else bisect_left(starts, int(limit[0]) + 1)
        at -= 1
        if at >= 0 and (starts[at], -length) >= limit:
            at -= 1
        limit = (starts[at], -length)
        rightmost.append(starts[at])
    rightmost.reverse()
    return leftmost, rightmost


def whole_word_start(hits: Occurrences, surface: str, index: int) -> int | None:
    """Return the start of the `index`-th occurrence (1-based) that splits no word, or None."""
    whole = hits.whole(surface)
    return whole[index - 1] if 0 < index <= len(whole) else None
