"""The candidates among the lines of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from genner.formats.answer import Answer, Candidate
from genner.formats.escapes import unescaped
from genner.formats.keys import TAKEN_BACK
from genner.formats.lines.fields import as_lines, fields_of, lines_of
from genner.formats.lines.listed import Listed
from genner.formats.lines.words import Words

__all__ = ["line_candidates"]


@unescaped
def line_candidates(answer: Answer) -> Iterator[Candidate]:
    """Yield what the lines of an answer name: before each announcement of a correction, and behind the last one."""
    if "\\n" not in answer.source.text:
        answer = replace(answer, body=as_lines(answer.body))
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
