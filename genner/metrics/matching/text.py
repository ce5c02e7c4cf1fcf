"""Same characters and same label, wherever they are: for formats without positions.

Both sides are multisets of (characters, label).  A mention without a place takes part with the
characters the model wrote.  Entities that agree in place are paired first, then the rest from left
to right.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Item, Matching, Pair
from genner.metrics.matching.pairing import paired_by
from genner.types import Mention

__all__ = ["text"]


def _match(case: Case) -> Iterable[Pair]:
    def key(item: Item) -> tuple[str, str]:
        surface = item.text if isinstance(item, Mention) else case.text[item[0] : item[1]]
        return surface, item.label

    missed, wrong = (sorted(side, key=tuple) for side in case.rest)
    predictions: list[Item] = [*wrong, *case.unplaced]
    return ((one, other, 1) for one, other in paired_by(key, missed, predictions))


text = Matching("text", _match, "characters and label agree, wherever they are", pairs_exact_first=True)
