"""`<DNA>myeloid <PROTEIN>PU.1</PROTEIN> site</DNA>`: the paper's inline tags.

It looks like XML but is not: nothing is escaped, labels need not be XML names, and tags may cross,
since each closing tag ends the innermost entity of its own label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.inline.description import Inline
from genner.formats.wording import COPY, UNCHANGED, Wording

__all__ = ["Xml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Xml(Inline):
    """Inline tags named by label.  Only entities of one label that cross cannot be expressed."""

    name: ClassVar[str] = "xml"
    opener: ClassVar[str] = "<{label}>"
    closer: ClassVar[str] = "</{label}>"
    named: ClassVar[bool] = True
    wording: ClassVar[Wording] = Wording(
        "Find all named entities in the input and rewrite it with each of them written as <LABEL>entity text</LABEL>.",
        (COPY, "Tags have no attributes, and every tag that opens is closed."),
        (
            "Entities may lie inside other entities: write the inner one, tags and all, inside the outer one.",
            "If the same words are an entity under two labels, put one pair of tags around the other.",
        ),
        UNCHANGED,
    )
