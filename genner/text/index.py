"""Where strings occur in one text, when many strings are looked for."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["TextIndex"]

_FREE_SEARCHES = 64
_SHORT_TEXT = 20_000
_GRAMS = (8, 3)
_SAMPLES = 8
_FACTOR = 0x9E3779B97F4A7C15 | 1

_PLACES_PER_CHAR = 8
_PLACES = 100_000
_LATE_PLACES = 1000


class TextIndex:
    """Finds the places of strings in a text; each distinct string is looked for once.

    The first searches go through the text. When there are many and the text is long, the places of
    every eight (three) characters are indexed, so that a further search costs what it finds and not
    what the text is long.

    Args:
        limited: limit the places of all strings together to a multiple of the length of the text. Only
            texts like `aaaa` asked for `a`, `aa`, `aaa` and so on reach the limit, and later strings
            then have at most the first thousand places.
    """

    def __init__(self, text: str, *, limited: bool = True) -> None:
        self.text = text
        self._found: dict[str, list[int]] = {}
        self._known: dict[str, bool] = {}
        self._searches = 0
        self._left = _PLACES_PER_CHAR * len(text) + _PLACES if limited else sys.maxsize
        self._tables: dict[int, tuple[Any, Any]] = {}

    def starts(self, piece: str) -> list[int]:
        """Return where a string starts, in text order, overlapping occurrences included."""
        found = self._found.get(piece)
        if found is None:
            found = self._found[piece] = self._find(piece, max(self._left, _LATE_PLACES))
            self._left -= len(found)
        return found

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
            for size in _GRAMS:
                if len(piece) >= size:
                    return self._look_up(piece, size, most)
        return self._scan(piece, most)

    def _scan(self, piece: str, most: int) -> list[int]:
        places: list[int] = []
        find = self.text.find
        at = find(piece)
        while at >= 0 and len(places) < most:
            places.append(at)
            at = find(piece, at + 1)
        return places

    def _look_up(self, piece: str, size: int, most: int) -> list[int]:
        """Look at the places of the rarest of some grams of a string."""
        import numpy as np  # slow to load, and needed for long texts only

        if size not in self._tables:
            hashes = _gram_hashes(self.text, size)
            order = np.argsort(hashes, kind="stable")
            self._tables[size] = hashes[order], order
        hashes, order = self._tables[size]
        last = len(piece) - size
        offsets = sorted({last * sample // (_SAMPLES - 1) for sample in range(_SAMPLES)})
        wanted = np.array([_gram_hash(piece[at : at + size]) for at in offsets], dtype=np.uint64)
        low, high = np.searchsorted(hashes, wanted, "left"), np.searchsorted(hashes, wanted, "right")
        rarest = int(np.argmin(high - low))
        if high[rarest] - low[rarest] > max(64, len(self.text) // 16):
            return self._scan(piece, most)
        text, offset = self.text, offsets[rarest]
        places: list[int] = []
        for at in order[low[rarest] : high[rarest]].tolist():
            if at >= offset and text.startswith(piece, at - offset):
                places.append(at - offset)
                if len(places) == most:
                    break
        return places


def _gram_hash(gram: str) -> int:
    number = 0
    for char in gram:
        number = (number * _FACTOR + ord(char)) & 0xFFFF_FFFF_FFFF_FFFF
    return number


def _gram_hashes(text: str, size: int) -> Any:
    """Return a number for every `size` characters of a text; equal characters have equal numbers."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    count = len(codes) - size + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for at in range(size):
        hashes = hashes * np.uint64(_FACTOR) + codes[at : at + count]
    return hashes
