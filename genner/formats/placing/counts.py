"""Claims that state which occurrence of their mention they mean."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from genner.formats.placing.claims import Claim, Span, among
from genner.formats.placing.units import words_of
from genner.text.grounding import Hits, Source

__all__ = ["place_by_counts"]

_ALL_BUT = 10
"""One number in so many may lead elsewhere: that of a mention inside a word, or a slip."""


def place_by_counts(claims: Sequence[Claim], source: Source) -> None:
    """Place claims by their counts, unless these say nothing.

    A count is that of plain, case-sensitive substring hits. Where these counts do not fit, one other
    reading of the whole answer is looked for: counted from 0, counted in whole words, the numbers of
    words of the text, offsets, or the numbers of the claims themselves.
    """
    if not claims:
        return
    base = 1 if any(claim.count == 0 for claim in claims) else 0
    plain = [_plain(claim, source) for claim in claims]
    valid = [1 <= count <= len(hits.spans) for count, hits in zip(_counts(claims, base), plain, strict=True)]
    if _says_nothing(claims, valid):
        for claim in claims:
            claim.notes = (("index_repaired", f"the index {claim.count} is not that of an occurrence"),)
        return
    if not all(valid) and (other := _other_reading(claims, source)) is not None:
        cause, spans = other
        for claim, span in zip(claims, spans, strict=True):
            claim.put(span, "index_repaired", _detail(claim, span, cause))
        return
    in_words = _count_whole_words(claims, plain, base)
    for claim, hits in zip(claims, plain, strict=True):
        count = (claim.count or 0) + base
        span, cause = _counted_place(hits, claim.hits.whole, count, in_words)
        cause = cause or ("indices count from 0" if base else "")
        if cause:
            claim.put(span, "index_repaired", _detail(claim, span, cause))
        else:
            claim.put(span)


def _counted_place(plain: Hits, whole: Sequence[Span], count: int, in_words: bool = False) -> tuple[Span, str]:
    """Return the place that a count means, and what had to be assumed for that.

    Args:
        plain: every hit of the mention, parts of words included.
        whole: its places as whole words, in the wording that is nearest.
        count: from 1.
        in_words: the answer counts whole words.
    """
    span = plain.spans[count - 1] if 1 <= count <= len(plain.spans) else None
    word = whole[count - 1] if 1 <= count <= len(whole) else None
    if word is not None and word != span and (in_words or span is None or not among(span, plain.whole)):
        return word, "the index counts whole words"
    if span is not None:
        return span, ""
    places = whole or plain.spans
    return places[-1], f"there {'is only 1 place' if len(places) == 1 else f'are only {len(places)} places'}"


def _detail(claim: Claim, span: Span, cause: str) -> str:
    return f"{claim.text!r:.60}, occurrence {claim.count}, taken at {span[0]}: {cause}"


def _counts(claims: Sequence[Claim], base: int) -> list[int]:
    return [(claim.count or 0) + base for claim in claims]


def _plain(claim: Claim, source: Source) -> Hits:
    """Return what a count counts: hits to the letter, and where there are none those in another wording."""
    for mention in (claim.text, *claim.spellings):
        if (hits := source.exact(mention.strip() or mention)).spans:
            return hits
    return claim.hits


def _says_nothing(claims: Sequence[Claim], valid: Sequence[bool]) -> bool:
    """Tell whether the counts are the numbers of the claims, or always 1 although mentions come back."""
    counts = [claim.count for claim in claims]
    if not all(valid):
        distinct = len({claim.text for claim in claims}) > 1
        return distinct and len(counts) > 1 and counts in (list(range(1, len(counts) + 1)), list(range(len(counts))))
    if any(count != 1 for count in counts):
        return False
    last: dict[tuple[str, str], int] = {}
    comes_back = False
    listed: Counter[tuple[str, str]] = Counter()
    for number, claim in enumerate(claims):
        key = (claim.text, claim.label)
        comes_back |= key in last and last[key] < number - 1
        last[key] = number
        listed[key] += 1
        if listed[key] > len(claim.places):
            return False
    return comes_back


def _count_whole_words(claims: Sequence[Claim], plain: Sequence[Hits], base: int) -> bool:
    """Tell whether more counts lead to a whole word when whole words are counted."""
    as_hits = as_words = 0
    for claim, hits, count in zip(claims, plain, _counts(claims, base), strict=True):
        as_words += 1 <= count <= len(claim.hits.whole)
        as_hits += 1 <= count <= len(hits.spans) and among(hits.spans[count - 1], hits.whole)
    return as_words > as_hits


def _other_reading(claims: Sequence[Claim], source: Source) -> tuple[str, list[Span]] | None:
    """Find a reading under which nearly every number leads to its own mention."""
    words = words_of(source.text)

    def word(number: int) -> Span:
        return words[number] if 0 <= number < len(words) else (-1, -1)

    def read_all(word_of: Callable[[int], Span]) -> list[Span] | None:
        spans = []
        misses = 0
        for claim in claims:
            start, end = word_of(claim.count or 0)
            at = bisect_left(claim.places, (start, 0))
            # quotes and brackets belong to the word but not to the mention
            misses += start < 0 or at == len(claim.places) or claim.places[at][0] >= end
            if misses * _ALL_BUT > len(claims):
                return None
            spans.append(claim.places[min(at, len(claim.places) - 1)])
        return spans

    for cause, word_of in (
        ("the index counts words of the text", lambda count: word(count - 1)),
        ("the index counts words of the text from 0", word),
        ("the index is an offset", lambda count: (count, count + 3)),
    ):
        spans = read_all(word_of)
        if spans is not None:
            return cause, spans
    return None
