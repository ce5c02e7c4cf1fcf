"""`<DNA>myeloid <PROTEIN>PU.1</PROTEIN> site</DNA>`: the paper's inline tags.

It looks like XML but is not: nothing is escaped, labels need not be XML names, and tags may cross,
since each closing tag ends the innermost entity of its own label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.inline.description import Inline

__all__ = ["Xml"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Xml(Inline):
    """Inline tags named by label.  Only entities of one label that cross cannot be expressed."""

    name: ClassVar[str] = "xml"
    opener: ClassVar[str] = "<{label}>"
    closer: ClassVar[str] = "</{label}>"
    named: ClassVar[bool] = True
