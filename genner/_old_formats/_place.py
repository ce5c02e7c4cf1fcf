"""Giving the claims of a JSON answer their places: by offsets, by index, or by order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from genner._old_formats._draft import Draft
from genner._old_formats._grouped import ambiguous, arrange
from genner._old_formats._items import Claim, Shape
from genner.text.folding import difference
from genner.text.grounding import Hits, Source
from genner.text.occurrences import splits_word
from genner.types import Span

__all__ = ["place_claims"]

_Pair = tuple[int, int]

_MOST_SHIFTS = 50


@dataclass(slots=True)
class _Found:
    """A claim with a known label and at least one place in the text."""

    claim: Claim
    label: str
    said: str
    hits: Hits

    @property
    def way(self) -> str:
        """What there is to place it by."""
        if self.claim.start is not None or self.claim.end is not None:
            return "offset"
        return "order" if self.claim.index is None else "index"


def place_claims(
    draft: Draft, claims: Iterable[Claim], shape: Shape, text: str | None, grounder: Source, order: str
) -> None:
    """Turn claims into entities and unplaced mentions of the draft."""
    found: list[_Found] = []
    for claim in claims:
        names = draft.names(claim.label, claim.place)
        if names and text is not None and not claim.text:
            claim.text = _at_offsets(draft, claim, text) or ""
            if not claim.text:
                continue
        for label in names:
            if text is None:
                _without_text(draft, claim, label)
                continue
            said, hits = _look_up(draft, claim, grounder)
            if claim.cut and len(hits.spans) > 1 and shape != "grouped":
                draft.issue("truncated", "an item is cut off before its place", claim.place)
            elif hits.spans:
                found.append(_Found(claim, label, said, hits))
            else:
                draft.unplace(claim.text, label, claim.place)
    if text is None or not found:
        return
    ways: dict[str, list[_Found]] = {"offset": [], "index": [], "order": []}
    for item in found:
        fits = (item.claim.start, item.claim.end) in item.hits.spans
        ways["order" if shape == "grouped" and not fits else item.way].append(item)
    _by_offset(draft, ways["offset"], text)
    _by_index(draft, ways["index"], text)
    _by_order(draft, ways["order"], text, order)


def _look_up(draft: Draft, claim: Claim, grounder: Source) -> tuple[str, Hits]:
    """Find a mention as it is, or as it was before its escapes were resolved."""
    hits = grounder.find(claim.text)
    if hits.spans:
        return claim.text, hits
    if claim.raw is not None and (as_written := grounder.find(claim.raw)).spans:
        draft.issue("syntax", "a backslash of the text read as written", claim.place)
        return claim.raw, as_written
    return claim.text, hits


def _at_offsets(draft: Draft, claim: Claim, text: str) -> str | None:
    """Return what stands at the offsets of a claim without text."""
    start, end = claim.start or 0, claim.end or 0
    if 0 <= start < end <= len(text):
        return text[start:end]
    draft.issue("skipped", f"offsets {start} to {end} without text are not in the text", claim.place)
    return None


def _without_text(draft: Draft, claim: Claim, label: str) -> None:
    """Without the source only offsets that fit their own mention can be believed."""
    start, end = claim.start, claim.end
    if start is not None and end is not None and 0 <= start < end and end - start == len(claim.text):
        draft.place(start, end, label, claim.place)
    else:
        draft.unplace(claim.text, label, claim.place)


def _put(draft: Draft, item: _Found, text: str, start: int, end: int) -> None:
    kind = item.hits.kind
    if kind not in (None, "fuzzy"):
        kind = difference(item.said, text[start:end])  # places that fold alike may differ in how
        kind = "unicode" if kind == "fuzzy" else kind
    if kind is not None:
        draft.issue(kind, f"{item.said!r:.100} is not written so in the text", item.claim.place, Span(start, end))
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
        _put(draft, item, text, start, end)


def _pair(item: _Found) -> _Pair:
    start, end = item.claim.start, item.claim.end
    if start is None:
        start = (end or 0) - len(item.said)
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
    if most < len(items) > 1:
        shift, fits = _common_shift(items)
        if fits > max(most, 1):
            best = (f"all offsets are {abs(shift)} too {'small' if shift > 0 else 'large'}", _shifted(shift))
    return best


def _common_shift(items: Sequence[_Found]) -> tuple[int, int]:
    """Return the one shift that makes most offsets fit, and how many it makes fit."""
    shifts: Counter[int] = Counter()
    for item in items:
        start, end = _pair(item)
        shifts.update({span[0] - start for span in item.hits.spans[:_MOST_SHIFTS] if span[1] - end == span[0] - start})
    return max(shifts.items(), key=lambda pair: (pair[1], -abs(pair[0])), default=(0, 0))


def _shifted(shift: int) -> Callable[[int, int], _Pair]:
    return lambda start, end: (start + shift, end + shift)


def _fits(items: Sequence[_Found], reading: Callable[[int, int], _Pair]) -> int:
    return sum(reading(*_pair(item)) in item.hits.spans for item in items)


def _as_written(start: int, end: int) -> _Pair:
    return start, end


def _readings(text: str, items: Sequence[_Found]) -> Iterable[tuple[str, Callable[[int, int], _Pair]]]:
    yield "start and end are swapped", lambda start, end: (end, start)
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
        _put(draft, item, text, *span)


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
            _put(draft, item, text, start, spans[item.said][start])
        for item in surplus:
            draft.place(last[item.said], spans[item.said][last[item.said]], label, item.claim.place)
