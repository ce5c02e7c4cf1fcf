"""Answers whose characters are escaped, read as what they mean, with their places in the output kept."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from genner.formats.answer import Answer, Candidate

__all__ = ["move", "replaced", "unescaped"]

_HTML = re.compile(r"&(?:quot|apos|amp|lt|gt|#\d{1,5}|#x[\da-fA-F]{1,5});")
"""How HTML writes a character that would be markup."""

_UNICODE = re.compile(
    r"(?<!\\)\\u(?!00(?:[0-6]|7[^fF]))[\da-fA-F]{4}(?:(?<=[dD][89abAB][\da-fA-F]{2})\\u[dD][c-fC-F][\da-fA-F]{2})?"
)
"""How JSON may write a character that is not in ASCII."""


def unescaped(read: Callable[[Answer], Iterator[Candidate]]) -> Callable[[Answer], Iterator[Candidate]]:
    """Let a reader see the characters that are meant where an answer escapes them and the text does not."""

    def read_unescaped(answer: Answer) -> Iterator[Candidate]:
        origins: list[list[int]] = []
        for sign, pattern, meaning in (("&", _HTML, html.unescape), ("\\u", _UNICODE, _character)):
            escape = pattern.search(answer.body) if sign in answer.body else None
            if escape is not None and escape[0] not in answer.source.text:
                body, origin = replaced(answer.body, pattern, meaning)
                answer = replace(answer, body=body)
                origins.append(origin)
        for candidate in read(answer):
            for origin in reversed(origins):
                move(candidate, origin)
            yield candidate

    return read_unescaped


def _character(escape: str) -> str:
    return str(json.loads(f'"{escape}"'))


def replaced(
    text: str, pattern: re.Pattern[str] = _HTML, meaning: Callable[[str], str] = html.unescape, offset: int = 0
) -> tuple[str, list[int]]:
    """Replace escapes by what they mean.

    Args:
        text: a part of an output.
        pattern: of an escape.
        meaning: of what the pattern matches.
        offset: where the part begins in the output.

    Returns:
        The text, and where each of its characters, and its end, is in the output.
    """
    parts: list[str] = []
    origin: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        char = meaning(match[0])
        parts += text[last : match.start()], char
        origin += range(offset + last, offset + match.start())
        origin += [offset + match.start()] * len(char)
        last = match.end()
    parts.append(text[last:])
    origin += range(offset + last, offset + len(text) + 1)
    return "".join(parts), origin


def move(candidate: Candidate, origin: list[int]) -> None:
    """Translate the places of a candidate into those of the output as it was written."""
    last = len(origin) - 1
    candidate.start, candidate.end = origin[candidate.start], origin[candidate.end]
    for claim in candidate.claims:
        claim.place = origin[claim.place[0]], origin[min(claim.place[1], last)]
    candidate.notes = [
        note._replace(start=origin[note.start], end=origin[min(note.end, last)]) for note in candidate.notes
    ]
    candidate.note("wrapped", "the answer is escaped", candidate.start, candidate.end)
