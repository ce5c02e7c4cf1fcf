"""`PU.1 (PROTEIN)`: a mention and its label a line."""

from __future__ import annotations

import json
import re
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

_LINE = re.compile(r'("(?:[^"\\]|\\.)*"|(?:(?! \().)+) \(("(?:[^"\\]|\\.)*"|.+)\)')
_NOT_BLANK = re.compile(r"\S(?:[^\n]*\S)?")


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
    claims: list[Claim] = []
    for line in _NOT_BLANK.finditer(answer.body):
        if line[0] == _NONE == answer.body.strip():
            return Candidate(*line.span(), strict=True, says_none=True)
        claim = _claim(line)
        if claim is None or not looks_like_label(claim.label, answer.labels) or not answer.source.has(claim.text):
            return None
        if answer.labels is not None and claim.label not in answer.labels:
            return None
        claims.append(claim)
    return Candidate(claims[0].place[0], claims[-1].place[1], claims, strict=True) if claims else None


def _is_in_form(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether every line is a mention and a label of the set in brackets: a slip in a mention is no other form."""
    ends = [line.content.rpartition(" (")[2] for line in lines_of(answer.body[candidate.start : candidate.end])]
    is_one_each = len(ends) == len(candidate.claims)
    return is_one_each and all(end.endswith(")") and known(end[:-1], answer.labels) for end in ends)


def _claim(line: re.Match[str]) -> Claim | None:
    """Read a line that is written just so."""
    match = _LINE.fullmatch(line[0])
    try:
        text, label = (json.loads(part) if part[0] == '"' else part for part in match.groups()) if match else ("", "")
    except ValueError:  # no JSON string
        return None
    return Claim(text, label, line.span()) if label and line[0] == line_of(text, label) else None
