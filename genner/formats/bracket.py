"""`[PU.1 | PROTEIN] binds a [myeloid [PU.1 | PROTEIN] site | DNA]`: the paper's inline brackets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.inline.description import Inline

__all__ = ["Bracket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket(Inline):
    """Inline brackets: the closer holds the label.  Entities that cross cannot be expressed."""

    name: ClassVar[str] = "bracket"
    opener: ClassVar[str] = "["
    closer: ClassVar[str] = " | {label}]"
