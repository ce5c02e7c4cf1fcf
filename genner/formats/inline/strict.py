"""Finding the parts of an answer that are exactly what an inline format asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from genner.formats.answer import Answer, Candidate
from genner.formats.inline.markup import Markup, Reading
from genner.formats.inline.walk import Beginning, beginning, readings
from genner.formats.placing.claims import Claim

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline

__all__ = ["strict_copies"]

_STEPS = 64
"""How many times the length of an answer may be read."""

_MOST_BEGINNINGS = 8


def strict_copies(answer: Answer, markups: list[Markup], codec: Inline | None) -> list[Candidate]:
    """Find the whole lines that copy the source to the letter, with markup or without.

    Args:
        markups: the grammar asked for, then others.
        codec: the inline format that was asked for, if one was: then a copy without marks is an answer.
    """
    is_asked = codec is not None
    found: list[Candidate] = []
    for number, markup in enumerate(markups):
        for candidate in _copies(answer, markup):
            if candidate.claims or (is_asked and number == 0):
                if number and is_asked:
                    candidate.strict = False
                    candidate.note("syntax", "another notation than asked for", candidate.start, candidate.end)
                found.append(candidate)
    found = _without_overlaps(found)
    if not found and codec is not None:
        found += _cut_off(answer, codec)
    return found


def _without_overlaps(found: list[Candidate]) -> list[Candidate]:
    """Keep of the readings of the same lines the one with most claims."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda one: (one.start, -len(one.claims))):
        if not kept or candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


def _copies(answer: Answer, markup: Markup) -> Iterator[Candidate]:
    """Read every run of lines that may be a copy; a copy that was found is not read again."""
    body, text = answer.body, answer.source.text
    known = None if answer.labels is None else answer.labels.known
    budget = _STEPS * (len(body) + 64)
    # marks may hold the white space at either rim of the source, so less and less of it is left out
    sources = dict.fromkeys((text, text.rstrip(), text.lstrip(), text.strip()))
    for meant, is_stripped in ((text, False), *((source, True) for source in sources)):
        if not meant:
            return
        shift = text.index(meant)
        done = -1
        for start, end in _lines(body, meant.count("\n") + 1, is_stripped=is_stripped):
            if start < done or end <= start or not _may_begin(markup, body, start, meant):
                continue
            piece = body[start:end]
            budget -= len(piece)
            if budget < 0:
                return
            found = list(islice(readings(markup, piece, meant, known=known), 2))
            if found:
                done = end
                yield _candidate(found, text, shift, start, end)
        if done >= 0:
            return


def _candidate(found: list[Reading], text: str, shift: int, start: int, end: int) -> Candidate:
    candidate = Candidate(start, end, strict=True)
    for low, high, label in found[0]:
        span = (low + shift, high + shift)
        candidate.claims.append(Claim(text[span[0] : span[1]], label, (start, end), copied=span))
    candidate.says_none = not candidate.claims
    if len(found) > 1:
        candidate.note("ambiguous", "brackets or tags of the text leave several readings", start, end)
    return candidate


def _lines(body: str, height: int, *, is_stripped: bool) -> Iterator[tuple[int, int]]:
    """Yield the range of the whole body, then of every `height` lines of it.

    Args:
        is_stripped: leave out the white space around, and what begins with a blank line.
    """
    lines: list[tuple[int, int]] = []
    at = solid = 0
    for line in body.split("\n"):
        end = at + len(line)
        solid = at + len(line.rstrip()) if line.strip() else solid
        lines.append((at + len(line) - len(line.lstrip()), solid) if is_stripped else (at, end))
        at = end + 1
    whole = (len(body) - len(body.lstrip()), solid) if is_stripped else (0, len(body))
    if len(lines) != height:
        yield whole
    for (start, own), (_, end) in zip(lines, lines[height - 1 :], strict=False):
        if not is_stripped or start < own:
            yield start, end


def _may_begin(markup: Markup, body: str, start: int, meant: str) -> bool:
    char = body[start]
    return char == meant[0] or char == "\\" or markup.token.match(body, start) is not None


def _cut_off(answer: Answer, codec: Inline) -> Iterator[Candidate]:
    """Read a good answer that was cut off."""
    markup = codec.markup_for(answer.labels)
    body, text = answer.body.rstrip(), answer.source.text
    known = None if answer.labels is None else answer.labels.known
    lead = len(text) - len(text.lstrip())
    starts = [start for start, _ in _lines(body, 1, is_stripped=True) if start < len(body)]
    for start in list(dict.fromkeys(starts))[:_MOST_BEGINNINGS]:
        if not _may_begin(markup, body, start, text[lead : lead + 1] or " "):
            continue
        piece = body[start:]
        cut = beginning(markup, piece, text[lead:], known=known)
        closer = _begun(codec, markup, cut, piece[cut.end :], known) if cut is not None and cut.opened else None
        is_complete = cut is not None and closer is not None
        if cut is not None and closer is not None:
            completed = beginning(markup, piece[: cut.end] + closer, text[lead:], known=known)
            cut = cut if completed is None else completed._replace(end=cut.end)
        if cut is None or cut.copied <= (0 if cut.closed else 1) or markup.token.search(body, 0, start):
            continue  # or a list of marks, one a line
        is_short = lead + cut.copied < len(text.rstrip())
        if not is_short and any(text[lead + low] in " .,;:!?)" for _, low in cut.opened):
            continue  # nothing but a closer is missing, and this open mark may be one without its slash
        if cut.end < len(piece) and not (markup.named or is_complete or markup.has_marks(text)):
            continue  # in what has begun there may be a label
        found = _candidate([cut.closed], text, lead, start, len(body))
        found.strict = found.says_none = False
        if is_short or cut.end < len(piece):
            what = "the output copies only part of the text" if is_short else "a closing mark is cut off"
            found.note("truncated", what, start, len(body))
        for name, low in cut.opened:
            mention = text[lead + low : lead + cut.copied]
            kind = "truncated" if is_short else "syntax"
            found.note(kind, f"{name!r:.60} before {mention!r:.60} is never closed", start, len(body))
        yield found
        return


def _begun(codec: Inline, markup: Markup, cut: Beginning, mark: str, known: frozenset[str] | None) -> str | None:
    """Return the closer that a mark at the end of an output can only be the beginning of."""
    if not mark:
        return None
    if markup.named:
        closer = codec.close(cut.opened[0][0])
        return closer if closer.startswith(mark) and mark != codec.opener[: len(mark)] else None
    labels = [label for label in known or () if codec.close(label).startswith(mark)]
    return codec.close(labels[0]) if len(labels) == 1 and mark.endswith(labels[0]) else None
