"""Finding the parts of an answer that are exactly what an inline format asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from genner.formats.answer import Answer, Candidate
from genner.formats.inline.markup import Markup, Reading
from genner.formats.inline.walk import Walk, distinct
from genner.formats.placing.claims import Claim

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline

__all__ = ["strict_copies", "strict_copy"]


def strict_copies(answer: Answer, markups: list[Markup], codec: Inline | None) -> list[Candidate]:
    """Find the whole lines that copy the source to the letter, with markup or without.

    Args:
        markups: the grammar asked for, then others.
        codec: the inline format that was asked for, if one was: then a copy without marks is an answer.
    """
    found: list[Candidate] = []
    for number, markup in enumerate(markups):
        is_own = codec is not None and number == 0
        for candidate in _whole(answer, markup):
            if candidate.claims or is_own:
                if number and codec is not None:
                    candidate.strict = False
                    candidate.note("syntax", "another notation than asked for", candidate.start, candidate.end)
                found.append(candidate)
    return _without_overlaps(found)


def strict_copy(start: int, end: int, text: str, reading: Reading) -> Candidate:
    """Make a candidate of a copy to the letter: `reading` are the entities of `text` that it marks."""
    claims = [Claim(text[low:high], label, (start, end), copied=(low, high)) for low, high, label in reading]
    return Candidate(start, end, claims, strict=True, says_none=not claims, text=text)


def _without_overlaps(found: list[Candidate]) -> list[Candidate]:
    """Keep of the readings of the same lines the one with most claims."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda one: (one.start, -len(one.claims))):
        if not kept or candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


def _whole(answer: Answer, markup: Markup) -> Iterator[Candidate]:
    """Yield the copies from the first to the last character of the source, white space around it aside.

    The answer is walked through once; a copy may begin with any line.
    """
    body, text = answer.body.rstrip(), answer.source.text
    lead, size = len(text) - len(text.lstrip()), len(text.rstrip())
    walk = Walk(markup, text, None if answer.labels is None else answer.labels.known, body.count(markup.closing))
    walk.paths = []
    at = 0
    for line in body.split("\n") if size else ():
        first = len(line) - len(line.lstrip())
        # marks may hold the white space in front of the source, so that it need not be left out
        for offset, j in dict.fromkeys(((0, 0), (first, 0), (first, lead))):
            walk.begin(offset, j, at + offset)
        deque(walk.feed(line, is_last=True), maxlen=0)
        done = [path for path in walk.paths if path.j >= size and path.open is None]
        if done:
            best = max(done, key=lambda path: (path.j, -path.begun))
            found = list(islice(distinct(path for path in done if path.begun == best.begun), 2))
            candidate = strict_copy(best.begun, at + len(line), text, found[0])
            if len(found) > 1:
                what = "brackets or tags of the text leave several readings"
                candidate.note("ambiguous", what, candidate.start, candidate.end)
            yield candidate
            # an opener on a line above may be closed on one below
            walk.paths = [path for path in walk.paths if path.begun < best.begun]
        deque(walk.feed("\n", is_last=True), maxlen=0)
        at += len(line) + 1
