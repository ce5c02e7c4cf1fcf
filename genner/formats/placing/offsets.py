"""Claims that state offsets."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import regex

from genner.formats.placing.free import FreePlaces
from genner.formats.placing.pending import Pending, Span
from genner.formats.placing.units import Reading, readings, shifted
from genner.text.grounding import Source
from genner.text.words import splits_word

__all__ = ["place_by_offsets"]

_MOST_SHIFTS = 50
"""Places of one mention that are tried for the shift which explains all offsets."""

_SENTENCE_START = regex.compile(r"(?:^|[.!?…。！？]['\")\]]*\s*|\n\s*)(?=\S)")


def place_by_offsets(items: Sequence[Pending], source: Source) -> None:
    """Place claims at their offsets where these fit, else at the nearest free place that fits.

    What the offsets of all claims together suggest (bytes, words, counted from 1) is one reading of
    the whole answer, taken when it makes more of them fit.
    """
    if not items:
        return
    cause, spans = _best_reading(items, source)
    free: dict[tuple[int, str], FreePlaces] = {}
    rest: list[tuple[Pending, Span]] = []
    for item, span in zip(items, spans, strict=True):
        if _fits(item, span, source):
            inner = _without_rim(item, span, source)
            _put(item, inner, cause, source)
            _free(free, item).take(inner)
        else:
            rest.append((item, span))
    # where offsets are right to the character, it is the mention that has a slip
    are_right = len(rest) < len(items) and all(source.is_near(item.claim.text, *span) for item, span in rest)
    for item, span in rest:
        if are_right and not (item.hits.whole and splits_word(source.text, *span)):
            _put(item, span, cause, source)
        else:
            _place_near(item, span, source, _free(free, item))


def _free(free: dict[tuple[int, str], FreePlaces], item: Pending) -> FreePlaces:
    if item.key not in free:
        free[item.key] = FreePlaces(item.places)
    return free[item.key]


def _place_near(item: Pending, span: Span, source: Source, free: FreePlaces) -> None:
    """Place a claim whose offsets do not fit: where they overlap its mention, or nearly fit, or nearest."""
    hint = span[0] if 0 <= span[0] < len(source.text) else (item.claim.start or 0)
    nearest = free.nearest(hint)
    if nearest is None or not (nearest[0] < span[1] and span[0] < nearest[1]):
        close = source.nearly(item.claim.text, *span) if item.claim.text else None
        if close is not None:
            _put(item, close, "the nearest words", source)
            return
    if nearest is not None:
        free.take(nearest)
        _put(item, nearest, "the nearest place that fits", source)
    elif item.places:  # every place is taken: the claim repeats one
        item.put(item.places[min(bisect_left(item.places, (hint, 0)), len(item.places) - 1)])


def _put(item: Pending, span: Span, cause: str, source: Source) -> None:
    claim = item.claim
    stated = (span[0] if claim.start is None else claim.start, span[1] if claim.end is None else claim.end)
    if stated == span:
        item.put(span)
        return
    mention = claim.text or source.text[span[0] : span[1]]
    detail = f"{mention!r:.60} at {claim.start} to {claim.end} read as {span[0]} to {span[1]}"
    item.put(span, "offset_repaired", f"{detail}: {cause or 'without the spaces around it'}")


def _fits(item: Pending, span: Span, source: Source) -> bool:
    """Tell whether a claim may be at a span: its mention is there in some wording."""
    if item.claim.text:
        return any(source.agrees(mention, *span) for mention in (item.claim.text, *item.claim.spellings))
    return 0 <= span[0] < span[1] <= len(source.text)


def _without_rim(item: Pending, span: Span, source: Source) -> Span:
    """Leave out white space at the edges of a span, unless the mention has it too."""
    surface = source.text[span[0] : span[1]]
    if surface == item.claim.text or not surface.strip():
        return span
    start = span[0] + len(surface) - len(surface.lstrip())
    return start, start + len(surface.strip())


def _stated(item: Pending) -> Span:
    """Return the offsets of a claim; a missing one follows from the length of the mention."""
    start, end = item.claim.start, item.claim.end
    if start is None:
        start = (end or 0) - len(item.claim.text)
    return start, start + len(item.claim.text) if end is None else end


# -- one reading of all offsets -------------------------------------------------------------------


def _best_reading(items: Sequence[Pending], source: Source) -> tuple[str, list[Span]]:
    """Return the reading that makes most offsets fit: its name, and a span for each claim."""
    stated = [_stated(item) for item in items]
    best = ("", stated)
    most = _score(items, stated, source, misspelt=True)
    if most == len(items):
        return best
    last = max(max(span) for span in stated)
    for cause, reading in _possible(items, stated, source, last):
        spans = [reading(*span) for span in stated]
        score = _score(items, spans, source)
        if score > most:
            most, best = score, (cause, spans)
        if most == len(items):
            return best
    spans = _in_sentences(items, stated, source)
    if _score(items, spans, source) > most:
        return "offsets count from the start of a sentence", spans
    return best


def _score(items: Sequence[Pending], spans: Sequence[Span], source: Source, *, misspelt: bool = False) -> int:
    """Count the claims that fit; one without a mention fits where it splits no word.

    Args:
        misspelt: a mention with a slip fits too where it has the words at its span.
    """
    fits = 0
    for item, span in zip(items, spans, strict=True):
        if _fits(item, span, source):
            fits += bool(item.claim.text) or _is_neat(source.text, span)
        elif misspelt and item.claim.text:
            fits += source.nearly(item.claim.text, *span) == span
    return fits


def _is_neat(text: str, span: Span) -> bool:
    surface = text[span[0] : span[1]]
    return surface == surface.strip() and not splits_word(text, *span)


def _possible(
    items: Sequence[Pending], stated: Sequence[Span], source: Source, last: int
) -> Iterator[tuple[str, Reading]]:
    yield from readings(source.text, last)
    shifts: Counter[int] = Counter()
    for item, (start, end) in zip(items, stated, strict=True):
        places = item.places
        at = max(0, bisect_left(places, (start, 0)) - _MOST_SHIFTS // 2)
        shifts.update({s - start for s, e in places[at : at + _MOST_SHIFTS] if e - end == s - start})
    if shifts:
        shift, fits = max(shifts.items(), key=lambda pair: (pair[1], -abs(pair[0])))
        if fits > 1:
            yield f"all offsets are {abs(shift)} too {'small' if shift > 0 else 'large'}", shifted(shift)


def _in_sentences(items: Sequence[Pending], stated: Sequence[Span], source: Source) -> list[Span]:
    """Read the offsets of each group as those inside one sentence, the sentences in the order of the text."""
    groups: dict[int, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        groups[item.claim.group].append(number)
    spans = list(stated)
    if len(groups) < 2:
        return spans
    starts = {match.end() for match in _SENTENCE_START.finditer(source.text)}
    earliest = 0
    for numbers in groups.values():
        first = items[numbers[0]]
        for start, _ in first.places:
            base = start - stated[numbers[0]][0]
            moved = [(low + base, high + base) for low, high in (stated[number] for number in numbers)]
            if base >= earliest and base in starts and _fits(first, moved[0], source):
                for number, span in zip(numbers, moved, strict=True):
                    spans[number] = span
                earliest = base + 1
                break
    return spans
