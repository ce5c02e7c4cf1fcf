"""What a guide may be asked to leave out of the answers it allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from genner.exceptions import DataError

__all__ = ["Boundaries", "GuideOptions"]

Boundaries: TypeAlias = Literal["character", "word"]
"""Where an entity may begin and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideOptions:
    """Limits on an answer; by default it may say all that its format can.

    Args:
        max_depth: how many entities may cover one character; 1 keeps the answer flat.
        crossing: whether two entities may overlap without one holding the other.
        boundaries: `"word"` lets no entity begin or end inside a word or with white space.
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
        if self.boundaries not in ("character", "word"):
            raise DataError(f"boundaries: expected 'character' or 'word', got {self.boundaries!r}")
