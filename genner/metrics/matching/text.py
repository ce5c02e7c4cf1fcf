"""Same characters and same label, wherever they stand: for formats without positions.

Both sides are multisets of (characters, label).  A mention without a place takes part with the
characters the model wrote.  Of several candidates with the same characters and label, those that
agree in place are paired first, then the rest from left to right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from genner.metrics.matching._case import Case, Item, Matched
from genner.metrics.matching._pairing import split_exact
from genner.types import Mention

__all__ = ["by_surface", "text"]


def text(case: Case) -> Matched:
    """Give credit where characters and label agree."""
    return by_surface(case, case.text)


def by_surface(case: Case, other_text: str) -> Matched:
    """Match surfaces; `other_text` is what the predicted offsets are over."""
    exact: Collection[Item]
    if other_text == case.text:
        exact, gold, predicted = split_exact(case.gold, case.predicted)
        gold, predicted = sorted(gold, key=tuple), sorted(predicted, key=tuple)
    else:
        exact, gold, predicted = [], list(case.gold), list(case.predicted)
    said: Sequence[Item] = [*predicted, *case.unplaced]
    free: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
    for surface, item in _surfaces(reversed(said), other_text):
        free[surface, item.label].append(item)
    found: list[Item] = list(exact)
    correct: list[Item] = list(exact)
    for surface, entity in _surfaces(gold, case.text):
        waiting = free[surface, entity.label]
        if waiting:
            found.append(entity)
            correct.append(waiting.pop())
    return Matched(case.gold, [*case.predicted, *case.unplaced], found, correct)


def _surfaces(items: Iterable[Item], source: str) -> Iterator[tuple[str, Item]]:
    for item in items:
        yield (item.text if isinstance(item, Mention) else source[item[0] : item[1]]), item
