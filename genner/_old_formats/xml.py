"""`<DNA>myeloid <PROTEIN>PU.1</PROTEIN> site</DNA>`: the paper's inline XML.

It is markup in the manner of XML, not XML: nothing is escaped, labels need not be XML names, and
crossing tags are allowed, each closing tag ending the innermost entity of its own name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from genner._old_formats._inline import InlineCodec
from genner._old_formats._markup import Markup

__all__ = ["XmlCodec"]

_NAME = r"([^\s<>/](?:[^<>\n]*[^\s<>/])?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlCodec(InlineCodec):
    """Inline tags named by label.  Only entities of one label that cross cannot be said."""

    name: ClassVar[str] = "xml"
    markup: ClassVar[Markup] = Markup(
        token=re.compile(f"<{_NAME}>|</{_NAME}>"),
        special=frozenset("<"),
        escapable="<",
        by_name=True,
        unfinished=re.compile(r"(?:<[^<>]*|\\)\Z"),
    )

    def opener(self, label: str) -> str:
        return f"<{label}>"

    def closer(self, label: str) -> str:
        return f"</{label}>"
