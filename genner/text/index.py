"""Where strings occur in one text, when many strings are looked for."""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from typing import Any

from genner.text.words import splits_word

__all__ = ["TextIndex"]

_FREE_SEARCHES = 64
_SHORT_TEXT = 2_000

_PLACES_PER_CHAR = 8
_PLACES = 20_000
_LATE_PLACES = 1000

_PACKED = 2**15
"""Numbers below this fit into 64 bits when four of them are joined."""

_WORD = re.compile(r"[0-9A-Za-z]+")
_RARE_WORD = 64
"""Places of a word up to which what begins with it is looked for there."""


class TextIndex:
    """Finds the places of strings in a text; each distinct string is looked for once.

    The first searches go through the text. When there are many and the text is long, the suffixes of
    the text are sorted, so that a further search costs what it finds and not what the text is long.

    Args:
        limited: limit the places of all strings together to a multiple of the length of the text. Only
            texts like `aaaa` asked for `a`, `aa`, `aaa` and so on reach the limit, and later strings
            then have at most a thousand of their places.
    """

    __slots__ = ("_found", "_known", "_left", "_searches", "_suffixes", "_whole", "_words", "text")

    def __init__(self, text: str, *, limited: bool = True) -> None:
        self.text = text
        self._found: dict[str, list[int]] = {}
        self._known: dict[str, bool] = {}
        self._whole: dict[str, list[int]] = {}
        self._searches = 0
        self._left = _PLACES_PER_CHAR * len(text) + _PLACES if limited else sys.maxsize
        self._suffixes: Any = None
        self._words: dict[str, list[int]] | None = None

    def starts(self, piece: str) -> list[int]:
        """Return where a string starts, in text order, overlapping occurrences included."""
        found = self._found.get(piece)
        if found is None:
            found = self._found[piece] = self._find(piece, max(self._left, _LATE_PLACES))
            self._left -= len(found)
        return found

    def whole(self, piece: str) -> list[int]:
        """Return where a string starts without splitting a word."""
        starts = self._whole.get(piece)
        if starts is None:
            size = len(piece)
            starts = [at for at in self._starts_of_words(piece) if not splits_word(self.text, at, at + size)]
            self._whole[piece] = starts
        return starts

    def _starts_of_words(self, piece: str) -> list[int]:
        """Return where a string starts, at least where a word does: after some searches by its first word."""
        word = _WORD.match(piece) if self._is_indexed and piece not in self._found and self.text.isascii() else None
        if word is None:
            return self.starts(piece)
        if self._words is None:
            self._words = {}
            for match in _WORD.finditer(self.text):
                self._words.setdefault(match[0], []).append(match.start())
        starts = self._words.get(word[0], [])
        return (
            [at for at in starts if self.text.startswith(piece, at)]
            if len(starts) <= _RARE_WORD
            else self.starts(piece)
        )

    def count(self, start: int, end: int) -> int:
        """Return the number, from 1, of the place at `start` among those of `text[start:end]`."""
        return bisect_left(self.starts(self.text[start:end]), start) + 1

    def has(self, piece: str) -> bool:
        """Tell whether a string occurs."""
        if piece in self._found:
            return bool(self._found[piece])
        known = self._known.get(piece)
        if known is None:
            known = self._known[piece] = bool(self._find(piece, 1))
        return known

    @property
    def _is_indexed(self) -> bool:
        return self._searches >= _FREE_SEARCHES and len(self.text) > _SHORT_TEXT

    def _find(self, piece: str, most: int) -> list[int]:
        if not piece or len(piece) > len(self.text):
            return []
        if self._is_indexed:
            return self._look_up(piece, most)
        self._searches += 1
        places: list[int] = []
        find = self.text.find
        at = find(piece)
        while at >= 0 and len(places) < most:
            places.append(at)
            at = find(piece, at + 1)
        return places

    def _look_up(self, piece: str, most: int) -> list[int]:
        """Look a string up among the sorted suffixes of the text."""
        if self._suffixes is None:
            self._suffixes = _sorted_suffixes(self.text)
        text, size = self.text, len(piece)

        def beginning(start: int) -> str:
            return text[start : start + size]

        low = high = bisect_left(self._suffixes, piece, key=beginning)
        while high < len(text) and high - low < most and text.startswith(piece, self._suffixes[high]):
            high += 1
        found: list[int] = sorted(self._suffixes[low:high])
        return found


def _sorted_suffixes(text: str) -> Any:
    """Return the starts of all suffixes of a text, sorted by suffix (Manber and Myers 1993, by doubling)."""
    import numpy as np  # slow to load, and needed for long texts only

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    size = len(codes)

    def joined(ranks: Any, width: int, most: int) -> Any:
        """Join the ranks of what starts at each place with those of what follows `width` characters behind it."""
        keys = ranks * most
        keys[: max(size - width, 0)] += ranks[width:]
        return keys

    _, ranks = np.unique(codes, return_inverse=True)
    ranks = ranks.reshape(-1).astype(np.int64) + 1  # 0 is for what is behind the end
    most, width = int(ranks.max()) + 1, 1
    while most < _PACKED:  # several characters fit into one number: sorting them one by one would say no more
        ranks, most, width = joined(ranks, width, most), most * most, 2 * width
    while True:
        keys = joined(ranks, width, most)
        order = np.argsort(keys)
        ordered = keys[order]
        changes = np.ones(size, dtype=np.int64)
        changes[1:] = ordered[1:] != ordered[:-1]
        ranks = np.empty(size, dtype=np.int64)
        ranks[order] = np.cumsum(changes)
        most, width = size + 1, 2 * width
        if width >= size or ranks[order[-1]] == size:
            return memoryview(order.data)
