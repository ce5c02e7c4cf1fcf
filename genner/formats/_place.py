"""Giving the claims of a JSON answer their places: by offsets, by index, or by order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from genner._ground import Grounder, Hits
from genner.align import splits_word
from genner.formats._draft import Draft
from genner.formats._grouped import ambiguous, arrange
from genner.formats._items import Claim, Shape
from genner.types import Span

__all__ = ["place_claims"]

_Pair = tuple[int, int]


@dataclass(slots=True)
class _Found:
    """A claim with a known label and at least one place in the text."""

    claim: Claim
    label: str
    said: str
    hits: Hits


def place_claims(
    draft: Draft, claims: Iterable[Claim], shape: Shape, text: str | None, grounder: Grounder, order: str
) -> None:
    """Turn claims into entities and unplaced mentions of the draft."""
    found: list[_Found] = []
    for claim in claims:
        label = draft.label(claim.label, claim.place)
        if label is None:
            continue
        if text is None:
            _without_text(draft, claim, label)
            continue
        said, hits = claim.text, grounder.find(claim.text)
        if not hits.spans and claim.raw is not None and grounder.find(claim.raw).spans:
            said, hits = claim.raw, grounder.find(claim.raw)
            draft.issue("syntax", "a backslash of the text read as written", claim.place)
        if hits.spans:
            found.append(_Found(claim, label, said, hits))
        else:
            draft.unplace(claim.text, label, claim.place)
    if text is None or not found:
        return
    with_start = [item for item in found if item.claim.start is not None]
    with_index = [item for item in found if item.claim.start is None and item.claim.index is not None]
    rest = [item for item in found if item.claim.start is None and item.claim.index is None]
    if shape == "grouped":
        rest, with_start, with_index = found, [], []
    _by_offset(draft, with_start, text)
    _by_index(draft, with_index, text)
    _by_order(draft, rest, text, order)


def _without_text(draft: Draft, claim: Claim, label: str) -> None:
    """Without the source only offsets that fit their own mention can be believed."""
    start, end = claim.start, claim.end
    if start is not None and end is not None and 0 <= start < end and end - start == len(claim.text):
        draft.place(start, end, label, claim.place)
    else:
        draft.unplace(claim.text, label, claim.place)


def _put(draft: Draft, item: _Found, start: int, end: int) -> None:
    if item.hits.kind is not None:
        draft.issue(
            item.hits.kind, f"{item.said!r:.100} is not written so in the text", item.claim.place, Span(start, end)
        )
    draft.place(start, end, item.label, item.claim.place)


# -- offsets ------------------------------------------------------------------------------------


def _by_offset(draft: Draft, items: Sequence[_Found], text: str) -> None:
    """Text beats offsets: take them where they fit, else the nearest free place that does."""
    if not items:
        return
    cause, reading = _cause(items, text)
    used: set[tuple[int, int, str]] = set()
    later: list[tuple[_Found, int]] = []
    chosen: dict[int, _Pair] = {}
    for number, item in enumerate(items):
        span = reading(*_pair(item))
        if span in item.hits.spans and (*span, item.label) not in used:
            chosen[number] = span
            used.add((*span, item.label))
        else:
            later.append((item, number))
    for item, number in later:
        hint = reading(*_pair(item))[0]
        free = [span for span in item.hits.spans if (*span, item.label) not in used]
        chosen[number] = min(free or item.hits.spans, key=lambda span: (abs(span[0] - hint), span))
        used.add((*chosen[number], item.label))
    for number, item in enumerate(items):
        start, end = chosen[number]
        if (item.claim.start, item.claim.end) != (start, end) and not (
            item.claim.end is None and item.claim.start == start and item.claim.index is not None
        ):
            why = cause if cause and reading(*_pair(item)) == (start, end) else "the nearest place that fits"
            said = f"{item.claim.start} to {item.claim.end}"
            detail = f"{item.said!r:.60} at {said} read as {start} to {end}: {why}"
            draft.issue("offset_repaired", detail, item.claim.place, Span(start, end))
        _put(draft, item, start, end)


def _pair(item: _Found) -> _Pair:
    start = item.claim.start or 0
    end = item.claim.end
    return start, start + len(item.said) if end is None else end


def _cause(items: Sequence[_Found], text: str) -> tuple[str, Callable[[int, int], _Pair]]:
    """Find the one reading of the offsets, of all the items, that fits most of them."""
    best: tuple[str, Callable[[int, int], _Pair]] = ("", _as_written)
    most = _fits(items, _as_written)
    if most == len(items):
        return best
    for name, reading in _readings(text, items):
        fits = _fits(items, reading)
        if fits > most:
            most, best = fits, (name, reading)
    return best


def _fits(items: Sequence[_Found], reading: Callable[[int, int], _Pair]) -> int:
    return sum(reading(*_pair(item)) in item.hits.spans for item in items)


def _as_written(start: int, end: int) -> _Pair:
    return start, end


def _readings(text: str, items: Sequence[_Found]) -> Iterable[tuple[str, Callable[[int, int], _Pair]]]:
    yield "offsets count from 1", lambda start, end: (start - 1, end - 1)
    yield "the end is inclusive", lambda start, end: (start, end + 1)
    yield "offsets count from 1 and the end is inclusive", lambda start, end: (start - 1, end)
    if not text.isascii():
        yield "offsets count bytes of UTF-8", _table(text, lambda char: len(char.encode("utf-8", "surrogatepass")))
        if any(char > "\uffff" for char in text):
            yield "offsets count UTF-16 units", _table(text, lambda char: 2 if char > "\uffff" else 1)
    if "  " in text or "\n" in text or "\t" in text or text[:1].isspace():
        yield "runs of spaces count as one", _collapsed(text)
    tokens = _tokens(text)
    if all((item.claim.end or 0) <= len(tokens) for item in items):
        yield "offsets count tokens", lambda start, end: _token_span(tokens, start, end)
        yield "offsets count tokens and the end is inclusive", lambda start, end: _token_span(tokens, start, end + 1)
        yield "offsets count tokens from 1", lambda start, end: _token_span(tokens, start - 1, end - 1)


def _table(text: str, width: Callable[[str], int]) -> Callable[[int, int], _Pair]:
    """Translate offsets in other units; one inside a character is taken for its start."""
    offsets = []
    for at, char in enumerate(text):
        offsets += [at] * width(char)
    offsets.append(len(text))

    def one(offset: int) -> int:
        return offsets[offset] if 0 <= offset < len(offsets) else -1

    return lambda start, end: (one(start), one(end))


def _collapsed(text: str) -> Callable[[int, int], _Pair]:
    kept = [at for at, char in enumerate(text) if not (char.isspace() and (at == 0 or text[at - 1].isspace()))]

    def reading(start: int, end: int) -> _Pair:
        if 0 <= start < end <= len(kept):
            return kept[start], kept[end - 1] + 1
        return -1, -1

    return reading


def _tokens(text: str) -> list[_Pair]:
    tokens = []
    at = 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        tokens.append((start, at))
    return tokens


def _token_span(tokens: Sequence[_Pair], start: int, end: int) -> _Pair:
    if 0 <= start < end <= len(tokens):
        return tokens[start][0], tokens[end - 1][1]
    return -1, -1


# -- occurrence indices ---------------------------------------------------------------------------


def _by_index(draft: Draft, items: Sequence[_Found], text: str) -> None:
    """Count plain substring hits; where that ends inside a word, count whole words."""
    base = 1 if any(item.claim.index == 0 for item in items) else 0
    for item in items:
        index = (item.claim.index or 0) + base
        spans = item.hits.spans
        whole = [span for span in spans if not splits_word(text, *span)]
        plain = spans[index - 1] if 1 <= index <= len(spans) else None
        why = "indices count from 0" if base else ""
        if plain is not None and (plain in whole or index > len(whole)):
            span = plain
        elif 1 <= index <= len(whole):
            span, why = whole[index - 1], "the index counts whole words"
        else:
            span = (whole or spans)[-1]
            places = f"only {len(spans)} place{'s' * (len(spans) > 1)}"
            why = f"there {'are' if len(spans) > 1 else 'is'} {places}"
        if why:
            detail = f"{item.said!r:.60}, occurrence {item.claim.index}, taken at {span[0]}: {why}"
            draft.issue("index_repaired", detail, item.claim.place, Span(*span))
        _put(draft, item, *span)


# -- order ----------------------------------------------------------------------------------------


def _by_order(draft: Draft, items: Sequence[_Found], text: str, order: str) -> None:
    """Place what has neither offsets nor index, list by list."""
    lists: dict[tuple[int, str], list[_Found]] = {}
    for item in items:
        lists.setdefault((item.claim.group, item.label), []).append(item)
    for (_, label), listed in lists.items():
        spans = {item.said: dict(item.hits.spans) for item in listed}
        left = Counter({said: len(places) for said, places in spans.items()})
        kept: list[_Found] = []
        surplus: list[_Found] = []
        for item in listed:
            (kept if left[item.said] > 0 else surplus).append(item)
            left[item.said] -= 1
        placed = arrange(
            text,
            [item.said for item in kept],
            {said: list(places) for said, places in spans.items()}.__getitem__,
            order,
        )
        last: dict[str, int] = {}
        for item, (start, others) in zip(kept, placed, strict=True):
            last[item.said] = start
            if others:
                draft.issues.append(ambiguous(item.said, label, others, start, item.claim.place))
            _put(draft, item, start, spans[item.said][start])
        for item in surplus:
            draft.place(last[item.said], spans[item.said][last[item.said]], label, item.claim.place)
