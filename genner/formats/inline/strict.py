"""Finding the parts of an answer that are exactly what an inline format asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from genner.formats.answer import Answer, Candidate
from genner.formats.inline.markup import Markup, Reading
from genner.formats.inline.walk import Path, Walk, distinct
from genner.formats.placing.claims import Claim

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline

__all__ = ["strict_copies", "strict_copy"]

_MOST_CUT = 100
"""Entities that may be open where the end of an output cuts it off."""


def strict_copies(answer: Answer, markups: list[Markup], codec: Inline | None) -> list[Candidate]:
    """Find the whole lines that copy the source to the letter, with markup or without.

    Args:
        markups: the grammar asked for, then others.
        codec: the inline format that was asked for, if one was: then a copy without marks is an answer.
    """
    found: list[Candidate] = []
    cut: list[Candidate] = []
    for number, markup in enumerate(markups):
        own = codec if number == 0 else None
        copies = _Copies(answer, markup)
        for candidate in copies.whole():
            if candidate.claims or own is not None:
                if own is None and codec is not None:
                    candidate.strict = False
                    candidate.note("syntax", "another notation than asked for", candidate.start, candidate.end)
                found.append(candidate)
        if own is not None:
            cut += copies.cut_off(own)
    return sorted(found, key=attrgetter("start")) or cut


def strict_copy(start: int, end: int, text: str, reading: Reading) -> Candidate:
    """Make a candidate of a copy to the letter: `reading` are the entities of `text` that it marks."""
    claims = [Claim(text[low:high], label, (start, end), copied=(low, high)) for low, high, label in reading]
    return Candidate(start, end, claims, strict=True, says_none=not claims, text=text)


class _Copies:
    """Walks through an answer once; a copy may begin with any line, and white space around it is free."""

    def __init__(self, answer: Answer, markup: Markup) -> None:
        self.body = answer.body.rstrip()
        self.text = answer.source.text
        self.lead = len(self.text) - len(self.text.lstrip())
        self.size = len(self.text.rstrip())
        self.markup = markup
        self.known = None if answer.labels is None else answer.labels.known
        self.walk = Walk(markup, self.text, self.known, self.body.count(markup.closing) + _MOST_CUT)
        self.paths: list[Path] = []
        self.held = ""

    def whole(self) -> Iterator[Candidate]:
        """Yield the copies from the first to the last character of the source."""
        walk = self.walk
        walk.paths = []
        at = 0
        for line in self.body.split("\n") if self.size else ():
            first = len(line) - len(line.lstrip())
            # marks may hold the white space in front of the source, so that it need not be left out
            for offset, j in dict.fromkeys(((0, 0), (first, 0), (first, self.lead))):
                walk.begin(offset, j, at + offset)
            end = at + len(line)
            deque(walk.feed(line), maxlen=0)
            self.paths, self.held = walk.paths, walk.held  # the last line may end with a mark that is cut off
            deque(walk.feed("", is_last=True), maxlen=0)
            done = [path for path in walk.paths if path.j >= self.size and path.open is None]
            if done:
                begun = done[0].begun
                readings = islice(distinct(path for path in done if path.begun == begun), 2)
                yield self.candidate(list(readings), begun, end)
                # an opener on a line above may be closed on one below
                walk.paths = [path for path in walk.paths if path.begun < begun]
            deque(walk.feed("\n", is_last=True), maxlen=0)
            at = end + 1

    def candidate(self, found: list[Reading], start: int, end: int) -> Candidate:
        candidate = strict_copy(start, end, self.text, found[0])
        if len(found) > 1:
            candidate.note("ambiguous", "brackets or tags of the text leave several readings", start, end)
        return candidate

    def cut_off(self, codec: Inline) -> Iterator[Candidate]:
        """Yield the good answer that the end of the output cuts off."""
        first = self.markup.token.search(self.body)
        # or a list of marks, one a line
        paths = [path for path in self.paths if first is not None and path.begun <= first.start()]
        whole = [path for path in paths if self.text.startswith(self.held[path.i :], path.j)]
        if not paths or not self.walk.has_closers:
            return
        path = (whole or paths)[0]
        mark = "" if whole else self.held
        copied = path.j + len(self.held) - path.i if whole else path.j
        is_short = copied < self.size
        closer = self.begun(codec, path, mark)
        if closer is not None:
            self.walk.paths, self.walk.held = [path], self.held
            deque(self.walk.feed(closer[len(mark) :], is_last=True), maxlen=0)
            path = self.walk.paths[0] if self.walk.paths else path
        opened = []
        open_ = path.open
        while open_ is not None:
            opened.append(open_)
            open_ = open_.below
        if copied <= self.lead + (0 if path.closed else 1):
            return
        if not is_short and any(self.text[one.start] in " .,;:!?)" for one in opened):
            return  # nothing but a closer is missing, and this open mark may be one without its slash
        if mark and not (self.markup.named or closer is not None or self.markup.has_marks(self.text)):
            return  # in what has begun there may be a label
        start, end = path.begun, len(self.body)
        found = self.candidate(list(distinct([path])), start, end)
        found.strict = found.says_none = False
        if is_short or mark:
            what = "the output copies only part of the text" if is_short else "a closing mark is cut off"
            found.note("truncated", what, start, end)
        for one in opened:
            kind = "truncated" if is_short else "syntax"
            mention = self.text[one.start : copied]
            found.note(kind, f"{one.name!r:.60} before {mention!r:.60} is never closed", start, end)
        yield found

    def begun(self, codec: Inline, path: Path, mark: str) -> str | None:
        """Return the closer that a mark at the end of an output can only be the beginning of."""
        if not mark or path.open is None:
            return None
        if self.markup.named:
            closer = codec.close(path.open.name)
            return closer if closer.startswith(mark) and mark != codec.opener[: len(mark)] else None
        labels = [label for label in self.known or () if codec.close(label).startswith(mark)]
        return codec.close(labels[0]) if len(labels) == 1 and mark.endswith(labels[0]) else None
