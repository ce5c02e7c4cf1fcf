"""Same characters and same label, wherever they are: for formats without positions.

Both sides are multisets of (characters, label).  A mention without a place takes part with the
characters the model wrote.  Entities that agree in place are paired first, then the rest from left
to right.
"""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Item, Matching, Pair
from genner.metrics.matching.pairing import paired_by
from genner.types import Entity

__all__ = ["text"]


def _match(case: Case) -> Iterable[Pair]:
    surfaces, (missed, wrong) = case.text, case.rest

    def key(item: Item) -> tuple[str, str]:
        if isinstance(item, Entity):
            return surfaces[item[0] : item[1]], item[2]
        return item.text, item.label

    predictions: list[Item] = [*sorted(wrong, key=tuple), *case.unplaced]
    return [(one, other, 1) for one, other in paired_by(key, sorted(missed, key=tuple), predictions)]


text = Matching("text", _match, "characters and label agree, wherever they are", pairs_exact_first=True)
