"""Figures of the page and the cases behind them: a count, and the link that shows what it counts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlencode

__all__ = ["Linker", "linker", "shown_text"]

Linker: TypeAlias = Callable[..., dict[str, Any]]
"""Takes a count, what it counts in words, and the query over the documents that selects it."""


def linker(study: int) -> Linker:
    """Return the function that makes figures of one study.

    A query is what follows the `#` of a link, and what the script of the page filters by:
    `r` the place of the system, `show` the kind of case, `label`, `pair` (what a label was taken for,
    empty for nothing), `by` and `bucket` of a breakdown, `v` a second system, `issue`.
    """

    def figure(count: float, says: str, *, unit: str = "cases", **query: str | int) -> dict[str, Any]:
        whole = round(count)
        return {
            "n": whole,
            "shown": f"{whole:,}",
            "says": f"{whole:,} {says}",
            "unit": unit,
            "href": "#" + urlencode({"s": study} | {name: shown_text(str(value)) for name, value in query.items()}),
        }

    return figure


def shown_text(text: str) -> str:
    """Put a mark where a lone surrogate is: no page can hold one, and offsets must stay."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


_SURROGATE = re.compile("[\ud800-\udfff]")
