"""Places for mentions of files that give no offsets."""

from __future__ import annotations

from collections import defaultdict

from genner.text.index import TextIndex
from genner.text.words import splits_word

__all__ = ["Search"]


class Search:
    """Gives each mention of a text its next place: whole words before parts of words, then the letters in any case.

    >>> search = Search("Ann met Anna and Ann.")
    >>> search.next("Ann", "X"), search.next("Ann", "X"), search.next("Bob", "X")
    ((0, 3), (17, 20), None)

    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._given: defaultdict[tuple[str, str], int] = defaultdict(int)

    def next(self, mention: str, label: str) -> tuple[int, int] | None:
        """Return the next place of a mention with this label; the last comes again; None where there is none."""
        place = self.peek(mention, label)
        self._given[mention, label] += 1
        return place

    def peek(self, mention: str, label: str) -> tuple[int, int] | None:
        """Return what `next` would, and take nothing."""
        if mention not in self._places:
            self._places[mention] = self._find(mention)
        places = self._places[mention]
        if not places:
            return None
        return places[min(self._given[mention, label], len(places) - 1)]

    def _find(self, mention: str) -> list[tuple[int, int]]:
        if not mention.strip():
            return []
        for text, wanted in ((self.text, mention), (self.text, mention.strip()), _folded(self.text, mention.strip())):
            found = [(start, start + len(wanted)) for start in TextIndex(text, limited=False).starts(wanted)]
            whole = [(start, end) for start, end in found if not splits_word(self.text, start, end)]
            if found:
                return whole or found
        return []


def _folded(text: str, mention: str) -> tuple[str, str]:
    """Return both in lower case where that keeps every place; else a pair that matches nothing."""
    lowered = text.lower()
    return (lowered, mention.lower()) if len(lowered) == len(text) else ("", mention)
