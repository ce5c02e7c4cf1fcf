"""Limits on the answers that a guide allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict

from genner.exceptions import DataError

__all__ = ["Boundaries", "GuideKeywords", "GuideOptions"]

Boundaries: TypeAlias = Literal["character", "word"]
"""Where an entity may begin and end."""


class GuideKeywords(TypedDict, total=False):
    """The options of `get_guide` for type checkers; see `GuideOptions`."""

    max_depth: int | None
    crossing: bool
    boundaries: Boundaries
    max_entities: int | None
    canonical_order: bool
    ensure_ascii: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideOptions:
    """Limits on an answer; by default everything that the format can express is allowed.

    Args:
        max_depth: how many entities may cover one character; 1 keeps the answer flat.
        crossing: whether two entities may overlap without one containing the other.
        boundaries: `"word"` lets no entity begin or end inside a word or with white space, and is what
            `get_guide` takes where a format has no positions.  `"character"` allows there what is not
            read as a slip of other words; that has to be looked up for every span and is slow.
        max_entities: how many entities an answer may hold.
        canonical_order: allow one order only, that of `genner.encode`: by start, longest first,
            then label.
        ensure_ascii: write JSON with `\\uXXXX` for what is not ASCII.
    """

    max_depth: int | None = None
    crossing: bool = True
    boundaries: Boundaries = "character"
    max_entities: int | None = None
    canonical_order: bool = False
    ensure_ascii: bool = False

    def __post_init__(self) -> None:
        for name in ("max_depth", "max_entities"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 0):
                raise DataError(f"{name}: expected a number from 0, or None, got {value!r}")
        for name in ("crossing", "canonical_order", "ensure_ascii"):
            if not isinstance(getattr(self, name), bool):
                raise DataError(f"{name}: expected True or False, got {getattr(self, name)!r:.80}")
        if self.boundaries not in ("character", "word"):
            raise DataError(f"boundaries: expected 'character' or 'word', got {self.boundaries!r}")
