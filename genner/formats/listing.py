"""`PU.1 (PROTEIN)`: a mention and its label a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from genner.formats.answer import Answer, Candidate
from genner.formats.codec import BaseCodec
from genner.formats.lines.fields import QUOTES, lines_of
from genner.formats.lines.reader import line_candidates
from genner.formats.naming import known, looks_like_label
from genner.formats.placing.claims import Claim
from genner.formats.wording import EXACT, LISTED, Wording
from genner.types import Entity, LabelSet

__all__ = ["Lines", "line_of"]

_NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines(BaseCodec):
    """One mention a line, its label in brackets behind it; "none" where there is no entity.

    What would be read otherwise, such as a mention with a line break in it, is written as a JSON string.
    """

    name: ClassVar[str] = "lines"
    family: ClassVar[str] = "lines"
    positional: ClassVar[bool] = False
    wording: ClassVar[Wording] = Wording(
        "Find all named entities in the input and write one per line: the entity text and, in round brackets behind "
        "it, its label.",
        (
            EXACT,
            "Keep the order of the input, and repeat a line as often as its text is an entity there.",
            "Write no bullets, numbers or remarks.",
        ),
        LISTED,
        'If there is no entity, write "none".',
    )

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        lines = [line_of(text[start:end], label) for start, end, label in entities]
        return "\n".join(lines) or _NONE

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        candidate = _strict(answer)
        if candidate is not None:
            yield candidate
            return
        for candidate in line_candidates(answer):
            candidate.strict = bool(candidate.claims) and _is_in_form(answer, candidate)
            yield candidate


def line_of(text: str, label: str) -> str:
    """Write one mention.

    >>> line_of("PU.1", "PROTEIN"), line_of("a (b)", "LOC")
    ('PU.1 (PROTEIN)', '"a (b)" (LOC)')

    """
    return f"{_quoted(text)} ({_quoted(label)})"


def _quoted(text: str) -> str:
    """Write a string as it is where that is read as written, and as a JSON string elsewhere."""
    line = next(lines_of(text), None)
    plain = line is not None and line.content == text and " (" not in text and text.isprintable()
    if plain and text[0] not in QUOTES + "*_" and text[-1] not in QUOTES + "*_" and ")" not in text[-1:]:
        return text
    return json.dumps(text)


def _strict(answer: Answer) -> Candidate | None:
    """Read an answer in which every line is exactly what the format asks for."""
    candidate: Candidate | None = None
    at = 0
    for line in answer.body.split("\n"):
        plain = line.strip()
        start = at + len(line) - len(line.lstrip())
        at += len(line) + 1
        if not plain:
            continue
        claim = _claim(plain, start)
        if claim is None or not looks_like_label(claim.label, answer.labels):
            return _nothing(plain, start) if candidate is None and plain == answer.body.strip() else None
        if answer.labels is not None and claim.label not in answer.labels:
            return None
        if plain != line_of(claim.text, claim.label) or not answer.source.has(claim.text):
            return None
        candidate = candidate or Candidate(start, start, strict=True)
        candidate.claims.append(claim)
        candidate.end = start + len(plain)
    return candidate


def _is_in_form(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether every line is a mention and a label of the set in brackets: a slip in a mention is no other form."""
    ends = [line.content.rpartition(" (")[2] for line in lines_of(answer.body[candidate.start : candidate.end])]
    is_one_each = len(ends) == len(candidate.claims)
    return is_one_each and all(end.endswith(")") and known(end[:-1], answer.labels) for end in ends)


def _nothing(plain: str, start: int) -> Candidate | None:
    return Candidate(start, start + len(plain), strict=True, says_none=True) if plain == _NONE else None


def _claim(line: str, start: int) -> Claim | None:
    text, at = _string(line, 0, " (")
    if text is None or not line.endswith(")"):
        return None
    label, end = _string(line[:-1], at, "")
    if not label or end != len(line) - 1:
        return None
    return Claim(text, label, (start, start + len(line)))


def _string(line: str, at: int, until: str) -> tuple[str | None, int]:
    """Read a string, quoted or not, and what must follow it."""
    if line[at : at + 1] == '"':
        try:
            value, end = json.JSONDecoder().raw_decode(line, at)
        except ValueError:
            return None, at
        return (str(value), end + len(until)) if line.startswith(until, end) else (None, at)
    end = line.find(until, at) if until else len(line)
    if end < 0:
        return None, at
    return line[at:end], end + len(until)
