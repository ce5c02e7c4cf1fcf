"""What an inline answer says when its markup is taken out."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field

from genner._old_formats._marked import Marked

__all__ = ["Said", "said_in"]

_REFERENCE = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


@dataclass(slots=True)
class Said:
    """The output without markup, and where each of its characters stands in the output."""

    text: str
    origin: list[int]
    references: list[int] = field(default_factory=list)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Translate output offsets."""
        return bisect_left(self.origin, start), bisect_left(self.origin, end)


def said_in(marked: Marked, text: str | None) -> Said:
    origin = [at for at, hidden in enumerate(marked.markup) if not hidden]
    said = "".join([marked.output[at] for at in origin])
    if "&" not in said:
        return Said(said, origin)
    pieces: list[str] = []
    places: list[int] = []
    references: list[int] = []
    last = 0
    for match in _REFERENCE.finditer(said):
        char = html.unescape(match[0])
        if char == match[0] or (text is not None and match[0] in text):
            continue
        pieces += [said[last : match.start()], char]
        references.append(origin[match.start()])
        places += origin[last : match.start()] + [origin[match.start()]] * len(char)
        last = match.end()
    return Said("".join([*pieces, said[last:]]), places + origin[last:], references)
