"""Which cases or documents to show: in what order, how many, or a sample of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import typer

from genner.exceptions import UnknownNameError

__all__ = ["LabelOf", "Limit", "SampleOf", "Seed", "TextOf", "chosen", "rest"]

Item = TypeVar("Item")

LabelOf = Annotated[str | None, typer.Option("--label", metavar="LABEL", help="Only what is about this label.")]
TextOf = Annotated[str | None, typer.Option("--text", metavar="TEXT", help="Only documents that hold this text.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, help="Show at most this many.")]
SampleOf = Annotated[int | None, typer.Option("--sample", min=1, metavar="N", help="Draw this many by chance.")]
Seed = Annotated[int, typer.Option(help="The same seed draws the same.")]


def chosen(
    items: Sequence[Item],
    sort: str,
    keys: Mapping[str, Callable[[Item], Any]],
    sample: int | None,
    seed: int,
) -> list[Item]:
    """Draw a sample, if one is asked for, and put it in order.

    Raises:
        UnknownNameError: when there is no order of that name.
    """
    if sort not in keys:
        raise UnknownNameError.of("order", sort, keys)
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
