"""The tokens of a document: what a reader kept of them, or words between white space."""

from __future__ import annotations

import re

from genner.exceptions import DataError
from genner.types import Document

__all__ = ["tokens_of"]


def tokens_of(document: Document) -> list[tuple[int, int]]:
    """Return start and end of each token: those in `meta["tokens"]`, else the runs without white space.

    Raises:
        DataError: when `meta["tokens"]` holds something else.
    """
    listed = document.meta.get("tokens")
    if listed is None:
        return [match.span() for match in re.finditer(r"\S+", document.text)]
    try:
        return [(int(start), int(end)) for start, end in listed]
    except (TypeError, ValueError):
        raise DataError(f"tokens: expected a list of [start, end], got {listed!r:.60}") from None
