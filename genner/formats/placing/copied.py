"""Claims marked in a copy of the text, whose place follows from what surrounds them."""

from __future__ import annotations

from collections.abc import Sequence

from genner.formats.placing.claims import Claim, Span
from genner.formats.placing.free import FreePlaces
from genner.text.folding import fold
from genner.text.fuzzy import edits_within
from genner.text.grounding import Source, wording_kind
from genner.text.spelling import bare

__all__ = ["place_copied"]

CONTEXT_SHARE = 0.4
"""Edits allowed for each folded character of an entity whose surroundings are those of the source."""

HAN_SHARE = 0.67
"""The same where both sides are written in as many Chinese characters: 臺北 and 台北."""

_LEVELS = {
    "exact": (None, "spacing", "syntax"),
    "normalized": (None, "spacing", "syntax", "case", "unicode"),
    "fuzzy": (None, "spacing", "syntax", "case", "unicode", "fuzzy"),
}


def place_copied(claims: Sequence[Claim], source: Source) -> None:
    """Place claims where their copy of the text says, though the wording there may differ more.

    What differs too much is placed elsewhere only where the text has it to the letter.
    """
    free: dict[int, FreePlaces] = {}
    for claim in claims:
        span = claim.copied or (0, 0)
        start = span[0] - (len(claim.text) - len(claim.text.lstrip()))
        end = start + len(claim.text)
        if claim.text and start >= 0 and end >= span[1] and source.text.startswith(claim.text, start):
            claim.put((start, end))  # to the letter, whatever the alignment left out at its rim
            continue
        surface = source.text[span[0] : span[1]]
        if surface != claim.text and surface.strip():
            start = span[0] + len(surface) - len(surface.lstrip())
            span = (start, start + len(surface.strip()))
            surface = surface.strip()
        if surface and _is_near(claim.text, surface, source.grounding):
            claim.put(span)
            continue
        if (exact := source.exact(claim.text.strip())).whole:
            claim.hits = exact
            places = free.setdefault(id(exact), FreePlaces(exact.whole))
            nearest: Span | None = places.nearest(span[0])
            if nearest is not None:
                places.take(nearest)
                claim.put(nearest)


def _is_near(mention: str, surface: str, grounding: str) -> bool:
    kind = wording_kind(mention, surface)
    if kind not in _LEVELS[grounding]:
        return False
    if kind != "fuzzy":
        return True
    if fold(bare(mention)) == fold(bare(surface)):
        return True
    one, other = fold(mention), fold(surface)
    is_han = len(one) == len(other) and all("\u3400" <= char <= "\u9fff" for char in one + other)
    share = HAN_SHARE if is_han else CONTEXT_SHARE
    return edits_within(one, other, int(share * max(len(one), len(other)))) is not None
