"""Which prediction answers which gold entity: one file each, one line each in `MATCHINGS`.

A matching is a pure function of one document.  It says who got credit and knows nothing of counting,
averages or tables, which know nothing of it.  Its answer must not depend on the order of entities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from genner.exceptions import UnknownNameError
from genner.metrics.matching._case import Case, Item, Matched, Pair
from genner.metrics.matching._pairing import BeyondExact
from genner.metrics.matching.authors import authors
from genner.metrics.matching.boundaries import boundaries
from genner.metrics.matching.partial import partial
from genner.metrics.matching.strict import strict
from genner.metrics.matching.text import text
from genner.metrics.matching.type import type_

__all__ = ["MATCHINGS", "OVER_STRICT", "BeyondExact", "Case", "Item", "Matched", "Matching", "Pair", "get_matching"]

Matching: TypeAlias = Callable[[Case], Matched]
"""Takes one document, says which entities count and which got credit."""

MATCHINGS: dict[str, Matching] = {
    "strict": strict,
    "boundaries": boundaries,
    "partial": partial,
    "type": type_,
    "text": text,
    "authors": authors,
}

OVER_STRICT = frozenset(MATCHINGS) - {"authors"}
"""Matchings that pair exact matches first: where these use up one side, all of them say the same."""


def get_matching(name: str) -> Matching:
    """Return the matching of that name.

    Raises:
        UnknownNameError: offering the closest known one.
    """
    if name not in MATCHINGS:
        raise UnknownNameError.of("matching", name, MATCHINGS)
    return MATCHINGS[name]
