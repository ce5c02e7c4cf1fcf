"""What a matching takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from genner.types import Entity, Mention

__all__ = ["Case", "Item", "Matching", "Pair", "Split", "exact_of", "remaining", "split_exact"]

Item: TypeAlias = Entity | Mention
"""Something predicted: an entity, or a mention without a place."""

Pair: TypeAlias = tuple[Entity, Item, float]
"""A gold entity, the prediction that answers it, and the credit both get: more than 0, at most 1."""

Split: TypeAlias = tuple[Collection[Entity], Collection[Entity], Collection[Entity]]
"""Entities that agree in span and label; the other gold entities; the other predictions."""


def exact_of(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Collection[Entity]:
    """Return what agrees in span and label, each entity as often as both sides have it."""
    single = {*gold}
    if len(single) == len(gold):  # no gold entity can be found twice
        return single.intersection(predicted)
    return [*(Counter(gold) & Counter(predicted)).elements()]


def split_exact(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Split:
    """Take out what agrees in span and label."""
    left, right = {*gold}, {*predicted}
    if len(left) == len(gold) and len(right) == len(predicted):
        shared = left & right
        return shared, left - shared, right - shared
    both = exact_of(gold, predicted)
    return both, remaining(gold, both), remaining(predicted, both)


def remaining(items: Iterable[Any], taken: Iterable[Any]) -> list[Any]:
    """Return `items` without those of `taken`, each as often as it is there."""
    return [*(Counter(items) - Counter(taken)).elements()]


class Case(NamedTuple):
    """One document as it is compared: labels renamed, duplicates and unplaced mentions as the settings say."""

    text: str
    gold: Sequence[Entity]
    predicted: Sequence[Entity]
    unplaced: Sequence[Mention] = ()
    known_split: Split | None = None

    @property
    def split(self) -> Split:
        """What agrees in span and label, and what is left of either side."""
        return split_exact(self.gold, self.predicted) if self.known_split is None else self.known_split


@dataclass(frozen=True, slots=True)
class Matching:
    """Which prediction answers which gold entity.

    Args:
        name: recorded in the signature.
        match: from one document to pairs.  Its total credit must not depend on the order of entities.
        help: one line for tables and the command line.
        pairs_exact_first: promises that entities which agree in span and label are paired with full
            credit wherever that leaves no gold entity or no prediction; `match` is not called then.
    """

    name: str
    match: Callable[[Case], Iterable[Pair]]
    help: str = ""
    pairs_exact_first: bool = False
