"""What a matching takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from genner.types import Entity, Mention

__all__ = ["Case", "Item", "Matching", "Pair", "Rest", "remaining", "rest_of"]

Item: TypeAlias = Entity | Mention
"""Something predicted: an entity, or a mention without a place."""

Pair: TypeAlias = tuple[Entity, Item, float]
"""A gold entity, the prediction that answers it, and the credit both get: more than 0, at most 1."""

Rest: TypeAlias = tuple[Collection[Entity], Collection[Entity]]
"""The gold entities and the predictions that have no equal on the other side."""


def rest_of(gold: Sequence[Entity], predicted: Sequence[Entity]) -> Rest:
    """Leave out of `gold` and `predicted` what agrees in span and label, each entity as often as both have it."""
    left, right = {*gold}, {*predicted}
    if len(left) == len(gold) and len(right) == len(predicted):
        left ^= right  # looks at equal entities once, where two differences look twice
        extra = right & left
        left -= extra
        return left, extra
    return remaining(gold, predicted), remaining(predicted, gold)


def remaining(items: Iterable[Any], taken: Iterable[Any]) -> list[Any]:
    """Return `items` without those of `taken`, each as often as it is there."""
    return [*(Counter(items) - Counter(taken)).elements()]


class Case(NamedTuple):
    """One document as it is compared: labels renamed, duplicates and unplaced mentions as the settings say."""

    text: str
    gold: Sequence[Entity]
    predicted: Sequence[Entity]
    unplaced: Sequence[Mention] = ()
    known_rest: Rest | None = None

    @property
    def rest(self) -> Rest:
        """The gold entities and the predictions that have no equal on the other side."""
        return rest_of(self.gold, self.predicted) if self.known_rest is None else self.known_rest


@dataclass(frozen=True, slots=True)
class Matching:
    """Which prediction answers which gold entity.

    Args:
        name: recorded in the signature.
        match: from one document to pairs.  Its total credit must not depend on the order of entities.
        help: one line for tables and the command line.
        pairs_exact_first: entities that agree in span and label get full credit, and `match` gives the pairs
            of the others, `Case.rest`; it is not called where either side has none left.
    """

    name: str
    match: Callable[[Case], Iterable[Pair]]
    help: str = ""
    pairs_exact_first: bool = False

    def open_sides(self, case: Case) -> Rest:
        """Return the entities of a `case` that `match` may pair."""
        return case.rest if self.pairs_exact_first else (case.gold, case.predicted)
