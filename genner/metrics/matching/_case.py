"""What a matching takes and gives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeAlias

from genner.types import Document, Entity, Mention, Prediction

__all__ = ["Case", "Item", "Matched", "Pair", "credit"]

Item: TypeAlias = Entity | Mention
"""Something predicted: an entity, or a mention without a place."""


Pair: TypeAlias = tuple[Entity, Entity]
"""A gold entity and the prediction that answers it."""


class Case(NamedTuple):
    """One document, ready to be matched: labels renamed, duplicates and unplaced mentions as the settings say."""

    text: str
    gold: Sequence[Entity]
    predicted: Sequence[Entity]
    unplaced: Sequence[Mention] = ()
    output: Prediction | Document | None = None


class Matched(NamedTuple):
    """Who counts and who got credit.

    Args:
        gold: the gold entities that count.
        predicted: the predictions that count.
        found: gold entities with full credit.
        correct: predictions with full credit.
        half_found: gold entities with half credit.
        half_correct: predictions with half credit.
    """

    gold: Sequence[Item]
    predicted: Sequence[Item]
    found: Collection[Item]
    correct: Collection[Item]
    half_found: Collection[Item] = ()
    half_correct: Collection[Item] = ()


def credit(
    case: Case,
    exact: Collection[Entity],
    full: Sequence[Pair],
    half: Sequence[Pair] = (),
) -> Matched:
    """Give exact matches and the pairs in `full` their full credit, the pairs in `half` one half."""
    predicted: Sequence[Item] = [*case.predicted, *case.unplaced] if case.unplaced else case.predicted
    found = correct = exact
    if full:
        found, correct = [*exact, *(one for one, _ in full)], [*exact, *(other for _, other in full)]
    if not half:
        return Matched(case.gold, predicted, found, correct)
    return Matched(case.gold, predicted, found, correct, [one for one, _ in half], [other for _, other in half])
