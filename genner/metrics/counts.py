"""What is added up: counts per key and document.  Ratios are never stored, they are derived.

A key is a label, or the bucket of a breakdown.  A match has two sides: the gold entity is *found*,
the prediction is *correct*.  The sides differ per key only where a matching ignores labels (a gold
PER found by a predicted ORG); then each side is counted in its own row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeAlias

from genner.metrics.matching.case import Item, Pair
from genner.types import Entity, Mention

__all__ = ["Counts", "Outcome", "Row", "row_of", "sum_outcomes", "sum_rows"]


class Counts(NamedTuple):
    """Counts of one key.

    Args:
        gold: gold entities.
        predicted: predicted entities.
        found: credit of the gold entities.
        correct: credit of the predictions.
    """

    gold: int = 0
    predicted: int = 0
    found: float = 0
    correct: float = 0

    @property
    def tp(self) -> float:
        return self.found

    @property
    def fp(self) -> float:
        return self.predicted - self.correct

    @property
    def fn(self) -> float:
        return self.gold - self.found

    @property
    def support(self) -> int:
        return self.gold

    def plus(self, other: Counts) -> Counts:
        """Add the counts of another document or key."""
        return Counts(self[0] + other[0], self[1] + other[1], self[2] + other[2], self[3] + other[3])


NONE = Counts()


class Row(Mapping[str, Counts]):
    """The counts of one document, key by key; equal rows are the same row to a bootstrap.

    It answers `tp`, `fp`, `fn`, `gold`, `predicted` and `support` for the document as a whole, and
    `row["DNA"]` for one key; a key it does not hold counts zero.
    """

    __slots__ = ("_counts", "items_")

    items_: tuple[tuple[str, Counts], ...]
    """Keys and counts by key: what rows are compared and sorted by."""

    def __init__(self, counts: Mapping[str, Counts]) -> None:
        self.items_ = tuple(sorted([item for item in counts.items() if item[1] != NONE]))
        self._counts = dict(self.items_)

    def __getitem__(self, key: str) -> Counts:
        return self._counts.get(key, NONE)

    def __contains__(self, key: object) -> bool:
        return key in self._counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __hash__(self) -> int:
        return hash(self.items_)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self.items_ == other.items_

    def __reduce__(self) -> tuple[type[Row], tuple[dict[str, Counts]]]:
        return Row, (self._counts,)

    def __repr__(self) -> str:
        return f"Row({self._counts!r})"

    @property
    def total(self) -> Counts:
        """The counts of all keys together."""
        return Counts(*map(sum, zip(NONE, *self._counts.values(), strict=True)))

    tp = property(lambda self: self.total.tp)
    fp = property(lambda self: self.total.fp)
    fn = property(lambda self: self.total.fn)
    gold = property(lambda self: self.total.gold)
    predicted = property(lambda self: self.total.predicted)
    support = property(lambda self: self.total.gold)


class Outcome(NamedTuple):
    """What came of comparing one document: it holds the entities, and is counted when somebody asks.

    Args:
        gold: the gold entities.
        predicted: the predictions that have a place.
        unplaced: the predictions that have none.
        exact: entities of both sides that get full credit for each other.
        pairs: the other pairs that get credit.
    """

    gold: Sequence[Entity]
    predicted: Sequence[Entity]
    unplaced: Sequence[Mention]
    exact: Collection[Entity]
    pairs: Sequence[Pair]


_Key: TypeAlias = Callable[[Any], str]
_entity_label: _Key = itemgetter(2)
_label: _Key = attrgetter("label")


def row_of(outcome: Outcome, key: Callable[[Item], str] = _label) -> Row:
    """Count one document, key by key."""
    gold, predicted, unplaced, exact, pairs = outcome
    found: Counter[str] = Counter(map(key, exact))
    correct = found
    if pairs:
        correct = found.copy()
        for one, other, credit in pairs:
            found[key(one)] += credit  # type: ignore[assignment]
            correct[key(other)] += credit  # type: ignore[assignment]
    return Row(_gathered(Counter(map(key, gold)), Counter(map(key, chain[Item](predicted, unplaced))), found, correct))


def sum_outcomes(compared: Iterable[Sequence[Outcome]], matchings: int = 1) -> list[dict[str, Counts]]:
    """Count all documents together, label by label.

    Args:
        compared: an outcome for each matching, document by document.
        matchings: how many there are.
    """
    # lists of entities that are there anyway: keeping more for each document would wake the garbage collector
    golds: list[Entity] = []
    predictions: list[Entity] = []
    unplaced: list[Mention] = []
    exact: list[list[Entity]] = [[] for _ in range(matchings)]
    found: list[Counter[str]] = [Counter() for _ in range(matchings)]
    correct: list[Counter[str]] = [Counter() for _ in range(matchings)]
    for outcomes in compared:
        gold, predicted, mentions, _, _ = outcomes[0]
        golds += gold
        predictions += predicted
        if mentions:
            unplaced += mentions
        for place, outcome in enumerate(outcomes):
            exact[place] += outcome[3]
            for one, other, credit in outcome[4]:
                found[place][one[2]] += credit  # type: ignore[assignment]
                correct[place][other.label] += credit  # type: ignore[assignment]
    sides = [Counter(map(_entity_label, side)) for side in (golds, predictions)]
    sides[1].update(map(_label, unplaced))
    for place, shared in enumerate(exact):
        for credited in (found[place], correct[place]):
            for label, times in Counter(map(_entity_label, shared)).items():
                credited[label] += times
    return [_gathered(sides[0], sides[1], *credited) for credited in zip(found, correct, strict=True)]


def _gathered(
    gold: Mapping[str, int], predicted: Mapping[str, int], found: Mapping[str, float], correct: Mapping[str, float]
) -> dict[str, Counts]:
    """Gather the four counts of each key."""
    return {
        name: Counts(gold.get(name, 0), predicted.get(name, 0), found.get(name, 0), correct.get(name, 0))
        for name in {**gold, **predicted, **found, **correct}
    }


def sum_rows(rows: Iterable[tuple[Row, int]]) -> dict[str, Counts]:
    """Add up rows, each as often as it occurs, key by key."""
    result: dict[str, Counts] = {}
    for one, times in rows:
        for key, counts in one.items():
            result[key] = result.get(key, NONE).plus(Counts(*(times * number for number in counts)))  # type: ignore[arg-type]
    return result
