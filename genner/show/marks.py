"""Entities over a text as a sequence of nested steps, from which highlights are drawn.

Entities that cross are cut at the end of the one that began first, so that every piece that opens
closes before the one around it.  There is no recursion, so any depth can be drawn.

>>> [step for step in steps("ab cd", [Mark(0, 5, "X"), Mark(3, 5, "Y")])]
[Open(mark=Mark(start=0, end=5, label='X', error='', tone=''), cut=False), 'ab ', \
Open(mark=Mark(start=3, end=5, label='Y', error='', tone=''), cut=False), 'cd', \
Close(mark=Mark(start=3, end=5, label='Y', error='', tone=''), cut=False), \
Close(mark=Mark(start=0, end=5, label='X', error='', tone=''), cut=False)]

"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeAlias

__all__ = ["Close", "Mark", "Open", "Step", "bracketed", "steps", "with_words"]


class Mark(NamedTuple):
    """One highlight.

    Args:
        start: first character.
        end: one past the last character.
        label: its entity type, or another name for it.
        error: what is wrong with it, if anything.
        tone: "bad", "good" or empty: how strongly it is coloured.
    """

    start: int
    end: int
    label: str
    error: str = ""
    tone: str = ""


class Open(NamedTuple):
    """A piece of a mark begins; `cut` when the mark began before."""

    mark: Mark
    cut: bool


class Close(NamedTuple):
    """A piece of a mark ends; `cut` when the mark goes on."""

    mark: Mark
    cut: bool


Step: TypeAlias = Open | Close | str
"""What to draw next: an edge, or the characters up to the next edge."""


def steps(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> Iterator[Step]:
    """Yield the text from `start` to `end` with the edges of its marks.

    Args:
        text: all of it.
        marks: over the text, in any order; those outside the part are left out.
        start: where to begin.
        end: where to stop; the end of the text when None.
    """
    last = len(text) if end is None else min(end, len(text))
    waiting = [
        (max(mark.start, start), -min(mark.end, last), place, mark)
        for place, mark in enumerate(marks)
        if mark.start < last and start < mark.end
    ]
    heapify(waiting)
    opened: list[tuple[int, Mark]] = []
    at = start
    while waiting or opened:
        if opened and (not waiting or opened[-1][0] <= waiting[0][0]):
            border, mark = opened.pop()
            if at < border:
                yield text[at:border]
            at = border
            yield Close(mark, cut=border < mark.end)
            continue
        begin, minus_border, place, mark = heappop(waiting)
        border = -minus_border
        if opened and border > opened[-1][0]:
            heappush(waiting, (opened[-1][0], minus_border, place, mark))
            border = opened[-1][0]
        if at < begin:
            yield text[at:begin]
        at = begin
        opened.append((border, mark))
        yield Open(mark, cut=begin > mark.start)
    if at < last:
        yield text[at:last]


def with_words(text: str, first: int, last: int, around: int) -> tuple[int, int]:
    """Return the part of a text to show: what is from `first` to `last`, and whole words in `around` characters."""
    start, end = max(0, first - around), min(len(text), last + around)
    before = [place + 1 for place in range(start, first) if text[place].isspace()]
    behind = [place for place in range(last, end) if text[place].isspace()]
    return (before[0] if start and before else start), (behind[-1] if end < len(text) and behind else end)


def bracketed(step: Step) -> str:
    """Write a step in plain characters: `[PU.1]protein`, what is wrong in double brackets, `…` where a mark is cut.

    >>> "".join(map(bracketed, steps("Ann left", [Mark(0, 3, "ORG", "wrong_type")])))
    '[[Ann]]ORG left'

    """
    if isinstance(step, str):
        return step
    width = 2 if step.mark.error else 1
    if isinstance(step, Open):
        return "[" * width + "…" * step.cut
    return "…" * step.cut + "]" * width + step.mark.label
