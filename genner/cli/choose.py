"""Which cases or documents to show: in what order, how many, or a sample of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["chosen", "rest"]

Item = TypeVar("Item")


def chosen(
    items: Sequence[Item],
    sort: str,
    keys: Mapping[str, Callable[[Item], Any]],
    sample: int | None,
    seed: int,
) -> list[Item]:
    """Draw a sample, if one is asked for, and put it in order."""
    drawn = list(items)
    if sample is not None and sample < len(drawn):
        places = sorted(random.Random(seed).sample(range(len(drawn)), sample))
        drawn = [drawn[place] for place in places]
    return sorted(drawn, key=keys[sort])


def rest(items: Sequence[object], shown: int, seen: int) -> str | None:
    """Say how many are not shown.

    Args:
        items: all that fit.
        shown: how many of them are shown.
        seen: how many a sample left.
    """
    if seen < len(items):
        return f"a sample of {seen} of {len(items)}"
    return f"{len(items) - shown} more; --limit shows them" if shown < len(items) else None
