"""Deciding where each claim of an answer goes.

What a claim states is looked at first, in every wording: a place in a copy of the text, offsets, a
count. Claims that state nothing, or nothing that fits, are placed by their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from genner.formats.placing.claims import Claim
from genner.formats.placing.copied import place_copied
from genner.formats.placing.counts import place_by_counts
from genner.formats.placing.draft import Draft
from genner.formats.placing.offsets import place_by_offsets
from genner.formats.placing.order import place_by_order
from genner.text.grounding import Source, wording_kind

__all__ = ["place"]


def place(
    claims: Sequence[Claim],
    source: Source,
    draft: Draft,
    *,
    order: str = "text",
    nested: bool = True,
    occurrences: str = "listed",
) -> None:
    """Turn claims into entities, unplaced mentions and issues of a draft.

    Args:
        claims: in the order of the answer, with the labels they mean.
        order: the order of lists in answers, a key of `genner.formats.codec.ORDERS`.
        nested: whether entities may overlap; without it free places are preferred.
        occurrences: `"listed"` or `"all"`, see `BaseCodec`.
    """
    if not source.given:
        for claim in claims:
            _place_without_text(claim, draft)
        return
    for claim in claims:
        if claim.text and claim.copied is None:  # what is marked in a copy has its place by its surroundings
            claim.hits = source.find(claim.text, claim.spellings)
    place_copied([claim for claim in claims if claim.copied is not None], source)
    # an end alone helps only with the length of a mention
    stated = [claim for claim in claims if claim.start is not None or (claim.end is not None and claim.hits)]
    place_by_offsets(stated, source)
    place_by_counts(_open([claim for claim in claims if claim.count is not None]), source)
    if occurrences == "all":
        _place_everywhere(_open(claims))
    else:
        place_by_order(_open(claims), claims, order=order, nested=nested)
    for claim in claims:
        _finish(claim, source, draft)


def _open(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims that still need a place and whose mention is in the text."""
    return [claim for claim in claims if claim.chosen is None and claim.hits]


def _place_without_text(claim: Claim, draft: Draft) -> None:
    """Without the source only a copy, or offsets that fit their own mention, can be believed."""
    span = claim.copied
    if span is None and claim.start is not None and claim.end is not None:
        span = (claim.start, claim.end)
        if not (0 <= span[0] < span[1] and (not claim.text or span[1] - span[0] == len(claim.text))):
            span = None
    if span is not None:
        draft.place(*span, claim.label, claim.place, claim.details)
    elif claim.text:
        draft.unplace(claim.text, claim.label, claim.place)
    else:
        draft.issue("skipped", f"offsets {claim.start} to {claim.end} without text", claim.place)


def _place_everywhere(claims: Sequence[Claim]) -> None:
    """Place each mention wherever it is a word: one listed several times takes a place each, the last the rest."""
    listed: dict[tuple[int, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        listed[claim.key].append(claim)
    for same in listed.values():
        places = same[0].places
        for number, claim in enumerate(same):
            rest = places[number:] if claim is same[-1] else places[number : number + 1]
            claim.chosen = rest or places[-1:]


def _finish(claim: Claim, source: Source, draft: Draft) -> None:
    """Write down what became of a claim."""
    if claim.chosen is None:
        if claim.text:
            draft.unplace(claim.text, claim.label, claim.place)
        else:
            draft.issue("skipped", f"offsets {claim.start} to {claim.end} are not in the text", claim.place)
        return
    for kind, detail in claim.notes:
        draft.issue(kind, detail, claim.place, claim.chosen[0])
    for start, end in claim.chosen:
        surface = source.text[start:end]
        if surface != claim.text and claim.text and (changed := _wording(claim, surface)) is not None:
            draft.issue(changed, f"{claim.text!r:.100} is {surface!r:.100} in the text", claim.place, (start, end))
        draft.place(start, end, claim.label, claim.place, claim.details)


def _wording(claim: Claim, surface: str) -> str | None:
    """Name what a claim changed of the text; an escape read as it was written is a slip of syntax."""
    return "syntax" if surface in claim.spellings else wording_kind(claim.text, surface)
