"""`[PU.1 | PROTEIN] binds a [myeloid [PU.1 | PROTEIN] site | DNA]`: the paper's inline brackets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.inline.description import Inline
from genner.formats.wording import COPY, UNCHANGED, Wording

__all__ = ["Bracket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket(Inline):
    """Inline brackets: the closer holds the label.  Entities that cross cannot be expressed."""

    name: ClassVar[str] = "bracket"
    opener: ClassVar[str] = "["
    closer: ClassVar[str] = " | {label}]"
    wording: ClassVar[Wording] = Wording(
        "Find all named entities in the input and rewrite it with each of them written as [entity text | LABEL].",
        (COPY,),
        (
            "Entities may lie inside other entities: write the inner one, brackets and all, inside the outer one.",
            "If the same words are an entity under two labels, put one pair of brackets around the other.",
        ),
        UNCHANGED,
    )
