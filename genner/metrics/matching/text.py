"""Same characters and same label, wherever they are: for formats without positions.

Both sides are multisets of (characters, label).  A mention without a place takes part with the
characters the model wrote.  Entities that agree in place are paired first, then the rest from left
to right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from genner.metrics.matching.case import Case, Item, Matching, Pair

__all__ = ["text"]


def _match(case: Case) -> Iterable[Pair]:
    missed, wrong = case.rest
    free: defaultdict[tuple[str, str], list[Item]] = defaultdict(list)
    for mention in reversed(case.unplaced):
        free[mention.text, mention.label].append(mention)
    for entity in sorted(wrong, key=tuple, reverse=True):
        free[case.text[entity[0] : entity[1]], entity[2]].append(entity)
    pairs: list[Pair] = []
    for entity in sorted(missed, key=tuple):
        waiting = free.get((case.text[entity[0] : entity[1]], entity[2]))
        if waiting:
            pairs.append((entity, waiting.pop(), 1))
    return pairs


text = Matching("text", _match, "characters and label agree, wherever they are", pairs_exact_first=True)
