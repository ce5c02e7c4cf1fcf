"""Grounding: from what a model says of the text to places in it, and how far they are from it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from itertools import islice

from genner.text.folding import Folded, difference, fold
from genner.text.fuzzy import best_match
from genner.text.occurrences import occurrences, splits_word

__all__ = ["Hits", "Source"]

_MOST_HITS = 1000


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a mention may stand.

    Args:
        spans: (start, end) pairs in text order; empty when the mention is not in the text.
        kind: what had to be forgiven, an issue kind, or None when the text says just that.
        capped: more places exist than are listed.
    """

    spans: tuple[tuple[int, int], ...]
    kind: str | None = None
    capped: bool = False

    @property
    def starts(self) -> list[int]:
        return [start for start, _ in self.spans]


class Source:
    """Finds mentions in one text; each distinct mention is looked for once.

    Args:
        text: the source text, or None when it is not at hand.
        grounding: `"exact"` takes only what the text says to the letter, `"normalized"` forgives
            spaces, case and Unicode form, `"fuzzy"` a few edits as well.
    """

    def __init__(self, text: str | None, grounding: str) -> None:
        self.text = text or ""
        self.given = text is not None
        self.grounding = grounding
        self._folded: Folded | None = None
        self._found: dict[str, Hits] = {}

    @property
    def folded(self) -> Folded:
        if self._folded is None:
            self._folded = Folded(self.text)
        return self._folded

    def has(self, said: str) -> bool:
        """Tell whether the text has `said` up to spaces, case and Unicode form; yes without a text.

        Only for choosing between readings of an answer: what the grounding level forbids is
        refused when it comes to placing.
        """
        if not self.given or said in self.text:
            return True
        chars = fold(said)
        return bool(chars) and chars in self.folded.chars

    def is_whole(self, said: str) -> bool:
        """Tell whether `said` is the whole text, or nearly: a model that echoes its input."""
        return len(said) > 1 and self.given and fold(said) == self.folded.chars

    def find(self, mention: str) -> Hits:
        """Find a mention at the mildest level at which the text has it."""
        hits = self._found.get(mention)
        if hits is None:
            hits = self._found[mention] = self._search(mention)
        return hits

    def _search(self, mention: str) -> Hits:
        size = len(mention)
        starts = list(islice(occurrences(self.text, mention), _MOST_HITS + 1))
        if starts:
            spans = tuple((start, start + size) for start in starts[:_MOST_HITS])
            return Hits(spans, capped=len(starts) > _MOST_HITS)
        if self.grounding == "exact":
            return Hits(())
        for said in dict.fromkeys((mention, html.unescape(mention))):
            spans = self._normalized(fold(said))
            if spans:
                start, end = spans[0]
                kind = difference(mention, self.text[start:end])
                return Hits(spans, "unicode" if kind == "fuzzy" else kind)
        if self.grounding == "fuzzy":
            return self._approximate(mention)
        return Hits(())

    def _normalized(self, chars: str) -> tuple[tuple[int, int], ...]:
        """Find what folds alike, at whole words only: `US` is not in `just`."""
        found = self.folded.find(chars, _MOST_HITS)
        return tuple(span for span in found if not splits_word(self.text, *span))

    def _approximate(self, mention: str) -> Hits:
        match = best_match(fold(mention), self.folded)
        if match is None:
            return Hits(())
        span = self.folded.span(match[0], match[1])
        if span is None or not alike(mention, self.text[span[0] : span[1]]) or splits_word(self.text, *span):
            return Hits(())
        return Hits((span,), "fuzzy")


def alike(said: str, source: str) -> bool:
    """Tell whether an edit could be a slip: digits, and words of one character, must agree.

    `group 1` is no misspelling of `group 2`, nor `vitamin B` of `vitamin D`.
    """
    return _weighty(said) == _weighty(source)


def _weighty(text: str) -> list[str]:
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    short = [word for word in words if len(word) == 1 and not word.isdigit()]
    return sorted(short) + [char for char in text if char.isdigit()]
