"""Where strings occur in one text, when many strings are looked for."""

from __future__ import annotations

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


class TextIndex:
    """Finds the places of strings in a text; each distinct string is looked for once.

    The first searches go through the text. When there are many and the text is long, the suffixes of
    the text are sorted, so that a further search costs what it finds and not what the text is long.

    Args:
        limited: limit the places of all strings together to a multiple of the length of the text. Only
            texts like `aaaa` asked for `a`, `aa`, `aaa` and so on reach the limit, and later strings
            then have at most a thousand of their places.
    """

    def __init__(self, text: str, *, limited: bool = True) -> None:
        self.text = text
        self._found: dict[str, list[int]] = {}
        self._known: dict[str, bool] = {}
        self._whole: dict[str, list[int]] = {}
        self._searches = 0
        self._left = _PLACES_PER_CHAR * len(text) + _PLACES if limited else sys.maxsize
        self._suffixes: Any = None

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
            starts = [at for at in self.starts(piece) if not splits_word(self.text, at, at + size)]
            self._whole[piece] = starts
        return starts

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

    def _find(self, piece: str, most: int) -> list[int]:
        if not piece or len(piece) > len(self.text):
            return []
        self._searches += 1
        if self._searches > _FREE_SEARCHES and len(self.text) > _SHORT_TEXT:
            return self._look_up(piece, most)
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

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
    size = len(codes)
    _, ranks = np.unique(codes, return_inverse=True)
    ranks = ranks.reshape(-1).astype(np.int64) + 1  # 0 is for what is behind the end
    width = 1
    while True:
        behind = np.zeros(size, dtype=np.int64)
        behind[: size - width] = ranks[width:]
        keys = ranks * (size + 1) + behind
        order = np.argsort(keys)
        ordered = keys[order]
        changes = np.ones(size, dtype=np.int64)
        changes[1:] = ordered[1:] != ordered[:-1]
        ranks = np.empty(size, dtype=np.int64)
        ranks[order] = np.cumsum(changes)
        width *= 2
        if width >= size or ranks[order[-1]] == size:
            return memoryview(order.data)
