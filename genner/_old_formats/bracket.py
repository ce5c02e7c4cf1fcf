"""`[PU.1 | PROTEIN] binds a [myeloid [PU.1 | PROTEIN] site | DNA]`: the paper's inline brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from genner._old_formats._inline import InlineCodec
from genner._old_formats._markup import Markup

__all__ = ["BracketCodec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BracketCodec(InlineCodec):
    """Inline brackets: the closer carries the label.  Crossing entities cannot be said."""

    name: ClassVar[str] = "bracket"
    markup: ClassVar[Markup] = Markup(
        token=re.compile(r"(\[)| \| ([^\s\[\]|](?:[^\[\]|\n]*[^\s\[\]|])?)\]"),
        special=frozenset("[|"),
        escapable="[|",
        by_name=False,
        unfinished=re.compile(r"(?: (?:\|[^\[\]|]*)?|\\)\Z"),
    )

    def opener(self, label: str) -> str:
        return "["

    def closer(self, label: str) -> str:
        return f" | {label}]"
