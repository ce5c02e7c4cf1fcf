"""What a matching takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from genner.types import Document, Entity, Mention, Prediction

__all__ = ["Case", "Item", "Matched"]

Item: TypeAlias = Entity | Mention
"""Something predicted: an entity, or a mention without a place."""


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
    found: Sequence[Item]
    correct: Sequence[Item]
    half_found: Sequence[Item] = ()
    half_correct: Sequence[Item] = ()
