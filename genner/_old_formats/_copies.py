"""Finding the stretch of a messy output that copies the source to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, islice

from genner._old_formats._draft import Draft
from genner._old_formats._markup import Markup, Reading, readings
from genner.types import Span

__all__ = ["Copy", "exact_copy", "take_copy"]


@dataclass(slots=True)
class Copy:
    reading: Reading
    shift: int
    start: int
    end: int
    ambiguous: bool


def exact_copy(markup: Markup, output: str, text: str) -> Copy | None:
    """Find the stretch of whole lines that copies the source to the letter; of several the last."""
    meant = text.strip()
    if not meant:
        return None
    shift = text.index(meant)
    lines = output.split("\n")
    ends = list(accumulate(len(line) + 1 for line in lines))
    height = meant.count("\n") + 1
    best: Copy | None = None
    stretches = [(0, len(output))]
    stretches += [
        (ends[at] - len(lines[at]) - 1, ends[at + height - 1] - 1)
        for at in range(len(lines) - height + 1)
        if lines[at].strip()
    ]
    budget = 64 * len(output) + 4096
    for start, end in stretches if len(lines) > 1 else stretches[:1]:
        piece = output[start:end].strip()
        if not piece or budget < 0:
            continue
        budget -= len(piece)
        found = list(islice(readings(markup, piece, meant), 2))
        if found and (best is None or len(found[0]) >= len(best.reading)):
            first = output.index(piece, start)
            best = Copy(found[0], shift, first, first + len(piece), len(found) > 1)
            if start == 0 and end == len(output):
                break
    return best


def take_copy(draft: Draft, copy: Copy, output: str) -> None:
    for start, end, where in ((0, copy.start, "before"), (copy.end, len(output), "after")):
        if output[start:end].strip():
            draft.issue("extra_text", f"text {where} the answer", Span(start, max(end, start + 1)))
    if copy.ambiguous:
        draft.issue("ambiguous", "brackets or tags of the text leave several readings", Span(copy.start, copy.end))
    for start, end, said in copy.reading:
        for label in draft.names(said, Span(copy.start, copy.end)):
            draft.place(start + copy.shift, end + copy.shift, label, None)
