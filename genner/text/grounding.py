"""Grounding: from what a model writes to places in the text, and how far the two are apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from unicodedata import normalize

from genner.text.folding import Folded, difference, fold
from genner.text.fuzzy import MIN_LENGTH, FuzzySearch, allowed_edits, edit_distance, edits_within, is_slip, words_of
from genner.text.index import TextIndex
from genner.text.spelling import bare, bare_units, respell, spelled_units
from genner.text.words import cuts_number, is_inside_word, is_mark, script_change, splits_word

__all__ = ["Hits", "Source"]

_Span = tuple[int, int]
_Nearness = tuple[int, int, int, int, int]

_DECORATION = " \t\r\n\"'“”„‟‘’‚«»‹›`*_"
"""What surrounds a mention in an answer and is no part of it, unless the text has it too."""

_PUNCTUATION = _DECORATION + ".,;:!?()[]{}<>|"
"""What models add to a mention by mistake."""

_MOST_PLACES = 16
"""Places near to a mention that are compared with it."""


_FEWEST_BARE = 2
"""Shorter mentions are not looked for without their marks."""

_MOST_EDITS_AT_RIM = 3
"""How far an edge of a nearby place is moved at most, less one."""

_MOST_SPACES = 20
"""Characters behind a full stop in which the next sentence begins."""

_CASED = 200
"""Characters that are compared to find the places which have the case of a mention."""


class Hits:
    """Where a mention may be; true when it is anywhere.

    Args:
        spans: (start, end) pairs in text order, or what finds them when they are needed.
        whole: the spans that split no word.
        is_fuzzy: the text has it only with other marks, or a few edits away.
    """

    __slots__ = ("_spans", "is_fuzzy", "whole")

    def __init__(
        self,
        spans: Sequence[_Span] | Callable[[], Sequence[_Span]] = (),
        whole: Sequence[_Span] = (),
        is_fuzzy: bool = False,
    ) -> None:
        self._spans = spans
        self.whole = whole
        self.is_fuzzy = is_fuzzy

    @property
    def spans(self) -> Sequence[_Span]:
        """Every place, parts of words included; empty when the mention is not in the text."""
        if callable(self._spans):
            self._spans = self._spans()
        return self._spans

    def __bool__(self) -> bool:
        return bool(self.whole or self.spans)


_NOWHERE = Hits()


class Source:
    """Finds mentions in one text; each distinct mention is looked for once.

    Args:
        text: the source text, or None when it is not at hand.
        grounding: `"exact"` takes only what the text says to the letter, `"normalized"` forgives
            spaces, case and Unicode form, `"fuzzy"` a few edits as well.
        index: an index of the text, where there is one already.
    """

    def __init__(self, text: str | None, grounding: str, index: TextIndex | None = None) -> None:
        self.text = text or ""
        self.given = text is not None
        self.grounding = grounding
        self._index = index or TextIndex(self.text)
        self._exact: dict[str, Hits] = {}
        self._found: dict[tuple[str, ...], Hits] = {}

    @cached_property
    def folded(self) -> Folded:
        return Folded(self.text)

    @cached_property
    def respelled(self) -> Folded:
        """The folded text with every character in its plainest spelling."""
        units = spelled_units(self.text)
        return Folded(self.text, units) if units else self.folded

    @cached_property
    def bare(self) -> Folded:
        """The folded text without the marks that writers leave out or add."""
        return Folded(self.text, bare_units(self.text))

    @cached_property
    def _fuzzy(self) -> FuzzySearch:
        return FuzzySearch(self.folded.index)

    def has(self, mention: str) -> bool:
        """Tell whether the text has a mention up to spaces, case and Unicode form; yes without a text.

        Only for choosing between readings of an answer: what the grounding level forbids is
        refused when it comes to placing.
        """
        if not self.given or not mention or self._index.has(mention):
            return True
        chars = fold(mention)
        return bool(chars) and self.folded.index.has(chars)

    def is_whole(self, mention: str) -> bool:
        """Tell whether a string is the whole text, or nearly: a model that echoes its input."""
        return len(mention) > 1 and self.given and fold(mention) == self.folded.chars

    def exact(self, mention: str) -> Hits:
        """Find every place where the text has a mention to the letter, parts of words included."""
        hits = self._exact.get(mention)
        if hits is None:
            size = len(mention)
            whole = [(start, start + size) for start in self._index.whole(mention)]
            # no bound method: the source would hold what holds the source, and stay in memory
            hits = self._exact[mention] = Hits(partial(_everywhere, self._index, mention, whole), whole)
        return hits

    def learn(self, start: int, end: int) -> None:
        """Note that a mention is a word at `start` to `end` and nowhere else."""
        mention, places = self.text[start:end], [(start, end)]
        self._found[mention,] = self._exact[mention] = Hits(places, places)

    def find(self, mention: str, spellings: tuple[str, ...] = ()) -> Hits:
        """Find a mention in the wording that is nearest to it.

        Whole words in any wording come before parts of words, and a part of a number is no place
        at all: `he` is not in `the` where `He` is a word of its own, and `1. July` not in `21. July`.

        Args:
            spellings: other readings of the same mention, tried in turn within each wording.
        """
        key = (mention, *spellings)
        hits = self._found.get(key)
        if hits is None:
            hits = self._found[key] = self._search(key)
        return hits

    def names(self, start: int, end: int) -> bool:
        """Tell whether the characters of `text[start:end]` alone lead to where the text has them.

        A mention that begins or ends inside a word or with white space may be read as another wording of it that is
        a word of its own.
        """
        surface = self.text[start:end]
        is_plain = surface == surface.strip() and not splits_word(self.text, start, end)
        return is_plain or self.find(surface) is self.exact(surface)

    def agrees(self, mention: str, start: int, end: int) -> bool:
        """Tell whether `text[start:end]` is a mention up to spaces, case and Unicode form."""
        if not 0 <= start < end <= len(self.text) or end - start > 4 * len(mention) + 16:
            return False
        surface = self.text[start:end]
        if surface == mention:
            return True
        if self.grounding == "exact":
            return surface.strip() == mention.strip(_DECORATION)
        chars = fold(mention)
        return bool(chars) and (fold(surface) == chars or fold(respell(surface)) == fold(respell(mention)))

    def nearly(self, mention: str, start: int, end: int) -> _Span | None:
        """Return the whole words at `start` to `end` when they are a few edits away from a mention."""
        if not self._may_be_near(mention, start, end):
            return None
        mended = self._mended(mention, fold(mention), start, end)
        return None if mended is None else mended[1]

    def is_near(self, mention: str, start: int, end: int) -> bool:
        """Tell whether just `text[start:end]` is a few edits away from a mention, be it a part of a word."""
        if not self._may_be_near(mention, start, end):
            return False
        chars, surface = fold(mention), self.text[start:end]
        is_close = edits_within(chars, fold(surface), allowed_edits(len(chars))) is not None
        return is_close and is_slip(words_of(mention), words_of(surface))

    def _may_be_near(self, mention: str, start: int, end: int) -> bool:
        is_inside = 0 <= start < end <= len(self.text)
        return self.grounding == "fuzzy" and is_inside and end - start <= 2 * len(mention) + 16

    # -- wordings, from near to far ---------------------------------------------------------------

    def _search(self, mentions: tuple[str, ...]) -> Hits:
        mentions = tuple(mention.strip() or mention for mention in mentions)  # white space at the rim is no part of it
        for mention in mentions:
            hits = self.exact(mention)
            if hits.whole or any(self._cuts_marks_alone(*span) for span in hits.spans[:_MOST_PLACES]):
                return hits
            if hits.spans and is_mark(mention[0]) and not fold(mention[0]):  # without its mark it would be elsewhere
                return hits
        for hits in self._wordings(mentions):
            if hits.whole:
                return hits
        for mention in mentions:
            exact = self.exact(mention)
            spans = exact.spans
            if mention[:1].isdigit() or mention[-1:].isdigit():
                spans = [span for span in spans if not cuts_number(self.text, *span)]
            if spans:
                return exact if len(spans) == len(exact.spans) else Hits(spans)
        return _NOWHERE

    def _cuts_marks_alone(self, start: int, end: int) -> bool:
        """Tell whether all that an edge splits off a word are the marks on its last letter."""
        after = end
        while after < len(self.text) and is_mark(self.text[after]):
            after += 1
        return after > end and not splits_word(self.text, start, after)

    def _wordings(self, mentions: tuple[str, ...]) -> Iterator[Hits]:
        tried: set[tuple[int, str]] = set()
        for mention in mentions:  # one mark was added where the text may have others
            if len(mention) < 3:
                continue
            if mention[-1] in ".,;:!?":
                yield self.exact(mention[:-1])
            elif mention[0] in _DECORATION and mention[-1] in _DECORATION:
                yield self.exact(mention[1:-1])
        for strip in (" \t\r\n", _DECORATION, _PUNCTUATION):
            variants = [variant for mention in mentions if (variant := mention.strip(strip))]
            for variant in variants:
                yield self.exact(variant)
            if self.grounding == "exact":
                if strip == _DECORATION:
                    break
                continue
            for folded, respelled in ((self.folded, False), (self.respelled, True)):
                for variant in variants:
                    chars = fold(respell(variant) if respelled else variant)
                    if (id(folded), chars) not in tried:
                        tried.add((id(folded), chars))
                        yield self._alike(folded, chars, variant)
        for mention in mentions:
            yield self.exact(mention)  # white space alone, or with a word at its rim
        if self.grounding == "fuzzy":
            yield from map(self._bare_alike, map(fold, map(bare, mentions)))
            yield from map(self._approximate, dict.fromkeys((*map(str.strip, mentions), *variants)))

    def _alike(self, folded: Folded, chars: str, mention: str = "") -> Hits:
        """Find what folds alike, at whole words only: `US` is not in `just`.

        Marks at the rim of a mention that are apart in the text are no part of what is there: `Rome.` in `Rome .`.
        """
        is_joined = bool(mention) and not _is_apart(mention, 0, len(mention))
        size = len(chars)
        whole = []
        for at in folded.index.starts(chars):
            if is_inside_word(self.text, folded.origin[at]):  # seen at once, where parts of words are many
                continue
            span = folded.span(at, at + size)
            if span is None or is_inside_word(self.text, span[1]):
                continue
            if not (is_joined and _is_apart(self.text, *span)):
                whole.append(span)
        return Hits(whole, whole) if whole else _NOWHERE

    def _bare_alike(self, chars: str) -> Hits:
        """Find what is alike but for marks: `EU` and `E.U.`, of which the last point is a part."""
        if len(chars) < _FEWEST_BARE:
            return _NOWHERE
        whole = []
        for start, end in self._alike(self.bare, chars).whole:
            is_abbreviated = self.text[end : end + 1] == "." and self.text[end - 2 : end - 1] == "."
            whole.append((start, end + is_abbreviated))
        return Hits(whole, whole, True)

    def _approximate(self, mention: str) -> Hits:
        chars = fold(mention)
        if len(chars) < MIN_LENGTH:
            return _NOWHERE
        # A part of a longer word: perhaps a letter at its rim was left out.
        places = self.exact(mention).spans[:_MOST_PLACES]
        mended = [found for place in places if (found := self._mended(mention, chars, *place)) is not None]
        if not mended:
            places = [self.folded.around(*match) for match in self._fuzzy.best_matches(chars)[:_MOST_PLACES]]
            mended = [found for place in places if (found := self._mended(mention, chars, *place)) is not None]
        return self._all_of(mention, min(mended)[1]) if mended else _NOWHERE

    def _all_of(self, mention: str, span: _Span) -> Hits:
        """Return every place with the words at a place that is near to a mention."""
        hits = self._alike(self.folded, fold(self.text[span[0] : span[1]]))
        surfaces = {self.text[start:end] for start, end in hits.whole}
        edits = {surface: edit_distance(mention[:_CASED], surface[:_CASED]) for surface in surfaces}
        fewest = min(edits.values(), default=0)
        spans = [each for each in hits.whole if edits[self.text[each[0] : each[1]]] == fewest] or [span]
        return Hits(spans, spans, True)

    def _mended(self, mention: str, chars: str, start: int, end: int) -> tuple[_Nearness, _Span] | None:
        """Move the edges of a place to the edges of words, and check that it is near enough.

        Of two as near, one with as many words is taken, then one without marks at its rim, then one at
        whose edges the script of Japanese changes, and not behind its first or before its last letter, then the longer.
        """
        limit = allowed_edits(len(chars))
        words = words_of(mention)
        text, folded = self.text, self.folded
        best: tuple[_Nearness, _Span] | None = None
        for first in _edges(text, start, limit) if limit else ():
            for last in _edges(text, end, limit):
                if first >= last or text[first].isspace() or text[last - 1].isspace():
                    continue
                surface = text[first:last]
                found = words_of(surface)
                if not is_slip(words, found):
                    continue
                piece = folded.chars[folded.at(first) : folded.at(last)]
                edits = _letters_changed(chars, piece, best[0][0] if best else limit)
                if edits is None:
                    continue
                marks = (not surface[0].isalnum()) + (not surface[-1].isalnum())
                inner = script_change(text, first + 1) + script_change(text, last - 1)
                scripts = inner - script_change(text, first) - script_change(text, last)
                nearness = (edits, abs(len(found) - len(words)), marks, scripts, first - last)
                if best is None or nearness < best[0]:
                    best = (nearness, (first, last))
        return best


def _everywhere(index: TextIndex, mention: str, whole: Sequence[_Span]) -> Sequence[_Span]:
    """Return every place of a mention; the same sequence where it splits no word at any."""
    starts = index.starts(mention)
    size = len(mention)
    return whole if len(starts) <= len(whole) else [(start, start + size) for start in starts]


def _letters_changed(one: str, other: str, limit: int) -> int | None:
    """Count edits, None if there are more than `limit`; a syllable of Hangul or a voiced kana counts as one letter."""
    edits = edits_within(one, other, limit)
    if edits == 0 or other.isascii():
        return edits
    one, other = normalize("NFC", one), normalize("NFC", other)
    letters = edits_within(one, other, min(limit, allowed_edits(len(one))))
    return min((each for each in (edits, letters) if each is not None), default=None)


def _edges(text: str, at: int, limit: int) -> list[int]:
    """Return where an edge may be moved: to the borders of words near it, and past the space there."""
    reach = min(limit, _MOST_EDITS_AT_RIM) + 2
    near = range(max(0, at - reach), min(len(text), at + reach) + 1)
    return [edge for edge in near if not is_inside_word(text, edge)]


def _is_apart(text: str, start: int, end: int) -> bool:
    """Tell whether white space is between a part of a text and the mark that ends its sentence, or its quotes."""
    if end - start < 3 or not text[end - 2].isspace():
        return False
    if text[end - 1] == ".":  # that of an abbreviation does not end the sentence
        following = text[end : end + _MOST_SPACES].lstrip()[:1]
        return not following or following.isupper()
    if text[end - 1] in _DECORATION:
        return text[start] in _DECORATION and text[start + 1].isspace()
    return text[end - 1] in ",;:!?"


def wording_kind(mention: str, surface: str) -> str | None:
    """Name what a mention changed of the text it means: an issue kind, or None."""
    kind = difference(mention, surface)
    if kind != "fuzzy":
        return kind
    if mention.strip(_DECORATION) == surface:
        return "syntax"
    return "unicode" if fold(respell(mention)) == fold(respell(surface)) else "fuzzy"
