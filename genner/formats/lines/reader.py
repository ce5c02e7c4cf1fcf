"""The candidates among the lines of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from genner.formats.answer import Answer, Candidate
from genner.formats.escapes import HTML, move, replaced
from genner.formats.keys import TAKEN_BACK
from genner.formats.lines.fields import fields_of, lines_of, unescaped
from genner.formats.lines.listed import Listed
from genner.formats.lines.words import Words

__all__ = ["line_candidates"]


def line_candidates(answer: Answer) -> Iterator[Candidate]:
    """Yield what the lines of an answer name, when they name anything or say that there is nothing."""
    if "\\n" not in answer.source.text:
        answer = replace(answer, body=unescaped(answer.body))
    escape = HTML.search(answer.body) if "&" in answer.body else None
    if escape is None or escape[0] in answer.source.text:
        yield from _answers(answer)
        return
    text, origin = replaced(answer.body)
    for candidate in _answers(replace(answer, body=text)):
        move(candidate, origin)
        yield candidate


def _answers(answer: Answer) -> Iterator[Candidate]:
    """Yield the lines before each announcement of a correction, and those behind the last one."""
    words = Words(answer)
    low, cuts = 0, []
    for line in lines_of(answer.body):
        is_taken_back = line.content.endswith((":", "：", ".")) and TAKEN_BACK.search(line.content)
        # `Final Fantasy (WORK).` takes nothing back
        if is_taken_back and line.first > low and not any(words.label(one.text) for one in fields_of(line.content)):
            cuts.append((low, line.first))
            low = line.end
    for start, end in [*cuts, (low, len(answer.body))]:
        candidate = Listed(answer.within(start, end)).read()
        if candidate is not None:
            yield candidate
