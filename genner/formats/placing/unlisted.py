"""Spans that an answer without positions cannot name, because their mention is read as another one."""

from __future__ import annotations

from genner.text.grounding import Source
from genner.text.occurrences import splits_word

__all__ = ["ListableSpans"]


class ListableSpans:
    """Tells which spans of a text their mention alone leads to.

    One that begins or ends inside a word or with white space may not be: where the text has its mention in another
    wording as a word of its own, that is what the mention is read as.
    """

    def __init__(self, text: str, grounding: str) -> None:
        self._text = text
        self._grounding = grounding
        self._source: Source | None = None

    def holds(self, start: int, end: int) -> bool:
        """Tell whether `text[start:end]` is one of them."""
        surface = self._text[start:end]
        if surface == surface.strip() and not splits_word(self._text, start, end):
            return True
        if self._source is None:
            self._source = Source(self._text, self._grounding)
        return self._source.reads_back(surface)
