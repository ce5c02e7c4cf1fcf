"""Claims that state offsets."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import regex

from genner.formats.placing.claims import Claim, Span
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.units import Reading, readings
from genner.text.grounding import Source
from genner.text.words import splits_word

__all__ = ["place_by_offsets"]

_MOST_SHIFTS = 50
"""Places of one mention that are tried for the shift which explains all offsets."""

_SENTENCE_START = regex.compile(r"(?:^|[.!?…。！？]['\")\]]*\s*|\n\s*)(?=\S)")


def place_by_offsets(claims: Sequence[Claim], source: Source) -> None:
    """Place claims at their offsets where these fit, else at the nearest free place that fits.

    What the offsets of all claims together suggest (bytes, words, counted from 1) is one reading of
    the whole answer, taken when it makes more of them fit.
    """
    if not claims:
        return
    cause, spans = _best_reading(claims, source)
    free = {claim.key: FreePlaces(claim.places) for claim in claims}
    rest: list[tuple[Claim, Span]] = []
    for claim, span in zip(claims, spans, strict=True):
        if _fits(claim, span, source):
            inner = _without_rim(claim, span, source)
            _put(claim, inner, cause, source)
            free[claim.key].take(inner)
        else:
            rest.append((claim, span))
    # where offsets are right to the character, it is the mention that has a slip
    are_right = len(rest) < len(claims) and all(source.is_near(claim.text, *span) for claim, span in rest)
    for claim, span in rest:
        if are_right and not (claim.hits.whole and splits_word(source.text, *span)):
            _put(claim, _without_rim(claim, span, source), cause, source)
        else:
            _place_near(claim, span, source, free[claim.key])


def _place_near(claim: Claim, span: Span, source: Source, free: FreePlaces) -> None:
    """Place a claim whose offsets do not fit: where they overlap its mention, or nearly fit, or nearest."""
    hint = span[0] if 0 <= span[0] < len(source.text) else (claim.start or 0)
    nearest = free.nearest(hint)
    if nearest is None or not (nearest[0] < span[1] and span[0] < nearest[1]):
        close = source.nearly(claim.text, *span) if claim.text else None
        if close is not None:
            _put(claim, close, "the nearest words", source)
            return
    if nearest is not None:
        free.take(nearest)
        _put(claim, nearest, "the nearest place that fits", source)
    elif claim.places:  # every place is taken: the claim repeats one
        claim.put(claim.places[min(bisect_left(claim.places, (hint, 0)), len(claim.places) - 1)])


def _put(claim: Claim, span: Span, cause: str, source: Source) -> None:
    stated = (span[0] if claim.start is None else claim.start, span[1] if claim.end is None else claim.end)
    if stated == span:
        claim.put(span)
        return
    mention = claim.text or source.text[span[0] : span[1]]
    detail = f"{mention!r:.60} at {claim.start} to {claim.end} read as {span[0]} to {span[1]}"
    claim.put(span, "offset_repaired", f"{detail}: {cause or 'without the spaces around it'}")


def _fits(claim: Claim, span: Span, source: Source) -> bool:
    """Tell whether a claim may be at a span: its mention is there in some wording."""
    if claim.text:
        return any(source.agrees(mention, *span) for mention in (claim.text, *claim.spellings))
    return 0 <= span[0] < span[1] <= len(source.text)


def _without_rim(claim: Claim, span: Span, source: Source) -> Span:
    """Leave out white space and punctuation at the edges of a span that the mention does not have."""
    surface = source.text[span[0] : span[1]]
    if surface == claim.text or not surface.strip():
        return span
    inner = surface.strip()
    rest = surface.replace(claim.text, "", 1)
    if claim.text and rest != surface and not any(map(str.isalnum, rest)):  # else it is misspelt, and the span right
        inner = claim.text
    start = span[0] + surface.index(inner)
    return start, start + len(inner)


def _stated(claim: Claim) -> Span:
    """Return the offsets of a claim; a missing one follows from the length of the mention."""
    start, end = claim.start, claim.end
    if start is None:
        start = (end or 0) - len(claim.text)
    return start, start + len(claim.text) if end is None else end


# -- one reading of all offsets -------------------------------------------------------------------


def _best_reading(claims: Sequence[Claim], source: Source) -> tuple[str, list[Span]]:
    """Return the reading that makes most offsets fit: its name, and a span for each claim."""
    stated = [_stated(claim) for claim in claims]
    best = ("", stated)
    most = _score(claims, stated, source, misspelt=True)
    if most == len(claims):
        return best
    last = max(max(span) for span in stated)
    for cause, reading in _possible(claims, stated, source, last):
        spans = [reading(*span) for span in stated]
        score = _score(claims, spans, source)
        if score > most:
            most, best = score, (cause, spans)
        if most == len(claims):
            return best
    spans = _in_sentences(claims, stated, source)
    if _score(claims, spans, source) > most:
        return "offsets count from the start of a sentence", spans
    return best


def _score(claims: Sequence[Claim], spans: Sequence[Span], source: Source, *, misspelt: bool = False) -> int:
    """Count the claims that fit; one without a mention fits where it splits no word.

    Args:
        misspelt: a mention with a slip fits too where it has the words at its span.
    """
    fits = 0
    for claim, span in zip(claims, spans, strict=True):
        if _fits(claim, span, source):
            fits += bool(claim.text) or _is_neat(source.text, span)
        elif misspelt and claim.text:
            fits += source.nearly(claim.text, *span) == span
    return fits


def _is_neat(text: str, span: Span) -> bool:
    surface = text[span[0] : span[1]]
    return surface == surface.strip() == surface.strip(",;") and not splits_word(text, *span)


def _possible(
    claims: Sequence[Claim], stated: Sequence[Span], source: Source, last: int
) -> Iterator[tuple[str, Reading]]:
    yield from readings(source.text, last)
    shifts: Counter[int] = Counter()
    for claim, (start, end) in zip(claims, stated, strict=True):
        places = claim.places
        at = max(0, bisect_left(places, (start, 0)) - _MOST_SHIFTS // 2)
        shifts.update({s - start for s, e in places[at : at + _MOST_SHIFTS] if e - end == s - start})
    if shifts:
        shift, fits = max(shifts.items(), key=lambda pair: (pair[1], -abs(pair[0])))
        if fits > 1:
            cause = f"all offsets are {abs(shift)} too {'small' if shift > 0 else 'large'}"
            yield cause, lambda start, end: (start + shift, end + shift)


def _in_sentences(claims: Sequence[Claim], stated: Sequence[Span], source: Source) -> list[Span]:
    """Read the offsets of each group as those inside one sentence, the sentences in the order of the text."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        groups[claim.group].append(number)
    spans = list(stated)
    if len(groups) < 2:
        return spans
    starts = {match.end() for match in _SENTENCE_START.finditer(source.text)}
    earliest = 0
    for numbers in groups.values():
        first = claims[numbers[0]]
        for start, _ in first.places:
            base = start - stated[numbers[0]][0]
            moved = [(low + base, high + base) for low, high in (stated[number] for number in numbers)]
            if base >= earliest and base in starts and _fits(first, moved[0], source):
                for number, span in zip(numbers, moved, strict=True):
                    spans[number] = span
                earliest = base + 1
                break
    return spans
