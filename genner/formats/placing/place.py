"""Deciding where each claim of an answer goes.

What a claim states is looked at first, in every wording: a place in a copy of the text, offsets, a
count. Claims that state nothing, or nothing that fits, are placed by their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from genner.formats.placing.claims import Claim
from genner.formats.placing.copied import place_copied
from genner.formats.placing.counts import place_by_counts
from genner.formats.placing.draft import Draft
from genner.formats.placing.offsets import place_by_offsets
from genner.formats.placing.order import place_by_order
from genner.formats.placing.pending import Pending
from genner.text.grounding import Source, wording_kind

__all__ = ["place"]


def place(
    claims: Iterable[Claim],
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
    items = [Pending.of(claim, source) for claim in claims]
    place_copied([item for item in items if item.claim.copied is not None], source)
    place_by_offsets([item for item in items if _states_offsets(item)], source)
    place_by_counts([item for item in _open(items) if item.claim.count is not None], source)
    if occurrences == "all":
        _place_everywhere(_open(items))
    else:
        place_by_order(_open(items), items, order=order, nested=nested)
    for item in items:
        _finish(item, source, draft)


def _states_offsets(item: Pending) -> bool:
    """Tell whether a claim has offsets that can help: an end alone needs the length of a mention."""
    return item.claim.start is not None or (item.claim.end is not None and bool(item.hits))


def _open(items: Sequence[Pending]) -> list[Pending]:
    """Return the claims that still need a place and whose mention is in the text."""
    return [item for item in items if item.chosen is None and item.hits]


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


def _place_everywhere(items: Sequence[Pending]) -> None:
    """Place each mention wherever it is a word: one listed several times takes a place each, the last the rest."""
    listed: dict[tuple[int, str], list[Pending]] = defaultdict(list)
    for item in items:
        listed[item.key].append(item)
    for same in listed.values():
        places = same[0].places
        for number, item in enumerate(same):
            rest = places[number:] if item is same[-1] else places[number : number + 1]
            item.chosen = rest or places[-1:]


def _finish(item: Pending, source: Source, draft: Draft) -> None:
    """Write down what became of a claim."""
    claim = item.claim
    if item.chosen is None:
        if claim.text:
            draft.unplace(claim.text, claim.label, claim.place)
        else:
            draft.issue("skipped", f"offsets {claim.start} to {claim.end} are not in the text", claim.place)
        return
    for kind, detail in item.notes:
        draft.issue(kind, detail, claim.place, item.chosen[0])
    for span in item.chosen:
        surface = source.text[span[0] : span[1]]
        changed = _wording(claim, surface) if claim.text and surface != claim.text else None
        if changed is not None:
            draft.issue(changed, f"{claim.text!r:.100} is {surface!r:.100} in the text", claim.place, span)
        draft.place(*span, claim.label, claim.place, claim.details)


def _wording(claim: Claim, surface: str) -> str | None:
    """Name what a claim changed of the text; an escape read as it was written is a slip of syntax."""
    return "syntax" if surface in claim.spellings else wording_kind(claim.text, surface)
