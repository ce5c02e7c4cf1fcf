"""Find what is wrong in a document, and all that can be told of it.

A fault is a plain tuple, and what is known of it are the bits of one number: most corpora have as
many faults as documents, of a few dozen different kinds.  `facts_of` spells the number out.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TypeAlias

from genner.metrics.matching import Case, Item
from genner.metrics.relations import SAME_LABEL, named, neighbours
from genner.metrics.taxonomy import Facts
from genner.types import Entity

__all__ = ["Fault", "facts_of", "faults_of", "is_missed", "is_wrong_entity"]

Fault: TypeAlias = tuple[Item, Entity | None, int]
"""The prediction that is wrong or the gold entity that is missed, its closest partner, and the bits."""

_TO_ERRORS = 5
"""Places by which the relations to wrong predictions are shifted; those to anybody are the lowest four."""

_RELATIONS = 15
_MISSED, _UNKNOWN_LABEL, _UNPLACED, _COPY, _PARTNER_MATCHED = (1 << place for place in range(9, 14))


def is_missed(bits: int) -> bool:
    """Tell whether it is a missed gold entity."""
    return bool(bits & _MISSED)


def is_wrong_entity(bits: int) -> bool:
    """Tell whether it is a wrong prediction that has a place."""
    return not bits & (_MISSED | _UNPLACED)


def facts_of(bits: int, partner: Entity | None = None) -> Facts:
    """Spell out what is known of a fault."""
    facts = _facts(bits)
    return facts if partner is None else facts._replace(partner=partner)


@lru_cache(maxsize=1 << 14)
def _facts(bits: int) -> Facts:
    return Facts(
        side="gold" if bits & _MISSED else "predicted",
        known_label=not bits & _UNKNOWN_LABEL,
        placed=not bits & _UNPLACED,
        copy=bool(bits & _COPY),
        relations=named(bits & _RELATIONS),
        error_relations=named(bits >> _TO_ERRORS & _RELATIONS),
        same_label=bool(bits & SAME_LABEL),
        partner_matched=bool(bits & _PARTNER_MATCHED),
    )


def faults_of(case: Case, known: frozenset[str] | None) -> list[Fault]:
    """List mentions without a place, other wrong predictions, then missed gold entities.

    Args:
        case: both sides, prepared.
        known: the label set, or None when any label will do.
    """
    gold, predicted = case.gold, case.predicted
    golds, predictions = {*gold}, {*predicted}
    if len(golds) == len(gold) and len(predictions) == len(predicted):
        wrong, missed = sorted(predictions - golds, key=tuple), sorted(golds - predictions, key=tuple)
    else:
        left, right = Counter(gold), Counter(predicted)
        wrong = sorted((right - left).elements(), key=tuple)
        missed = sorted((left - right).elements(), key=tuple)
    faults: list[Fault] = []
    for mention in case.unplaced:
        strange = known is not None and mention.label not in known
        faults.append((mention, None, _UNPLACED | _UNKNOWN_LABEL if strange else _UNPLACED))
    if wrong:
        for entity, (bits, partner) in zip(wrong, neighbours(wrong, gold)):  # noqa: B905  (strict takes time)
            if known is not None and entity[2] not in known:
                bits |= _UNKNOWN_LABEL
            if partner in predictions:
                bits |= _PARTNER_MATCHED
                if entity in golds:
                    bits |= _COPY
            faults.append((entity, partner, bits))
    if missed:
        at = len(faults)
        for entity, (bits, partner) in zip(missed, neighbours(missed, predicted)):  # noqa: B905
            bits |= _MISSED
            if known is not None and entity[2] not in known:
                bits |= _UNKNOWN_LABEL
            if partner in golds:
                bits |= _PARTNER_MATCHED
            faults.append((entity, partner, bits))
        if wrong:
            for place, (wrongly, _) in enumerate(neighbours(missed, wrong), at):
                if wrongly:
                    item, partner, bits = faults[place]
                    faults[place] = item, partner, bits | (wrongly & _RELATIONS) << _TO_ERRORS
    return faults
