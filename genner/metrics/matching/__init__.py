"""Which prediction answers which gold entity: one line each in `MATCHINGS`.

A matching is a value with a pure function of one document.  It says who gets credit and knows nothing
of counting, averages or tables, which know nothing of it.  Packages add theirs by the entry point
`genner.matchings`; everything that takes `matching=` takes a name, a `Matching` or a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from genner.exceptions import WrongTypeError
from genner.metrics.matching.case import Case, Item, Matching, Pair, Rest, remaining, rest_of
from genner.metrics.matching.semeval import boundaries, entity_type, partial
from genner.metrics.matching.text import text
from genner.plugins import name_of, named

__all__ = [
    "MATCHINGS", "AnyMatching", "Case", "Item", "Matching", "Pair", "Rest", "get_matching", "remaining", "rest_of",
]  # fmt: skip

AnyMatching: TypeAlias = "str | Matching | Callable[[Case], Iterable[Pair]]"
"""A name, the matching itself, or its function."""

strict = Matching("strict", lambda case: (), "start, end and label agree", pairs_exact_first=True)

MATCHINGS: Mapping[str, Matching] = {
    matching.name: matching for matching in (strict, boundaries, partial, entity_type, text)
}


def get_matching(matching: AnyMatching) -> Matching:
    """Return the matching of that name, or the one that is passed.

    Raises:
        UnknownNameError: offering the closest known one.
    """
    found = named("matching", matching, MATCHINGS, "genner.matchings") if isinstance(matching, str) else matching
    if isinstance(found, Matching):
        return found
    if callable(found):
        return Matching(name_of(matching), found)
    raise WrongTypeError(f"matching {matching!r:.60}: expected a name, a Matching or a function, got {found!r:.60}")
