"""Lines of an answer and the fields of a line: the parts between bullets, brackets, dashes, colons and tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = [
    "CLOSING",
    "OPENING",
    "QUOTES",
    "Field",
    "Line",
    "as_lines",
    "bare",
    "fields_of",
    "joined",
    "lines_of",
    "parts_of",
]

QUOTES = "\"'`“”‘’«»„「」『』《》"
OPENING, CLOSING = "([{<（【", ")]}>）】"

_SIGN = r"(?:(?:\\item|[-*+–—]|\[[ xX]\]|#{1,6})[ \t]+|[•·‣◦▪●○■◆►※・☀-➿\U0001f300-\U0001faff]\ufe0f?[ \t]*)"
_NUMBER = (
    r"(?:\*\*(?=\d{1,3}[.)][ \t]))?"
    r"(?:(?:\(?\d{1,4}[.):．、]|\d{1,3}-|#\d{1,3}:?)[ \t]+|\d{1,4}[.)．](?=[^\W\d])|[①-⑳][ \t]*)"
)
_BULLET = re.compile(rf"(?:>[ \t]*)?{_SIGN}*(?:{_NUMBER}{_SIGN}*)?")

_STRING = re.compile(r'[:\[,]\s?"((?:[^"\\\n]|\\.)*)"(?=\s*[}\],])')
"""A value of a JSON object or list."""

# No alternative may begin anywhere in white space of any length: a line of spaces would take quadratic time.
_DELIMITER = re.compile(
    r"""(?x)
    (?<!\w)(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|`[^`\n]*`|‘[^‘’\n]*’)(?![^\W은는이가は])
    | [“„][^“”„\n]*[“”] | «[^«»\n]*»
    | (?<!\S)\(?(?P<number>\d{1,2})[.)](?=\s)
    | \|+ | [\t\u3000] | (?<=\S)[ ]{2,}(?=\S) | (?<![-=])[-=]{1,3}> | [\u2190-\u21ff\u2794\u2798-\u27be—]
    | (?<=\s)(?:--|[-–~/+·])(?=\s) | (?<=\S)[–]\s | :: | :=
    | :(?!\d) | (?<!\d): | ,(?!\d) | (?<!\d), | [=;、，；：،؛]
    | [()\[\]{}<>（）【】]
    | [「『《][^「」『』《》\n]*[」』》] | (?<!\w)[*_]{1,3}(?=\S) | (?<=\S)[*_]{1,3}(?!\w)
    | \#{2,} | @{2,} | (?<=\s)[\#@](?=[\s\w]) | (?<=\w)[\#@](?=[^\W\d_]{2})
    | (?<=\s)(?:and|or|und|et|y|&)(?=\s)
    | (?<=\s)(?:is|are|was|as|labell?ed|tagged|classified|identified
      |annotated|marked|categori[sz]ed|considered|belongs[ ]to|of[ ]type|refers[ ]to)
      (?:[ ]as)?(?:[ ](?:an?|the))?(?=\s)
    | (?<=\s)(?:ist|sind|est|sont|es|son|è|sono|é|são|är|jest)(?=\s)
    | (?<=[）)」』】])[和与與及](?=\S) | (?<=[”"'’』」》\]】）)])(?:(?:是|为|為|は)(?!\s)|[은는이가](?=\s)) | 包括
    """
)


class Line(NamedTuple):
    """One line of an answer.

    Args:
        start: where its content begins in the output, behind bullets and the signs of a heading.
        content: the rest of the line, without white space at its end.
        bullet: what was before the content: `- `, `1. `, `## `.
        indent: how many characters it is indented.
        first: where the line begins in the output, with its bullet.
    """

    start: int
    content: str
    bullet: str
    indent: int
    first: int

    @property
    def end(self) -> int:
        return self.start + len(self.content)


class Field(NamedTuple):
    """A part of a line between delimiters, in characters of the line's content.

    Args:
        text: without quotes and white space at its rim.
        before: the delimiters between this field and the one before it.
    """

    start: int
    end: int
    text: str
    before: str


def lines_of(body: str) -> Iterator[Line]:
    """Split an answer into lines that are not blank."""
    at = 0
    for line in body.split("\n"):
        content = line.strip()
        if content:
            indent = len(line) - len(line.lstrip())
            if content[0] == content[-1] == "`" and content.count("`") == 2:  # the whole line is code
                content, indent = content[1:-1], indent + 1
            match = _BULLET.match(content)
            size = match.end() if match else 0
            yield Line(at + indent + size, content[size:], content[:size].strip(), indent, at + indent)
        at += len(line) + 1


def parts_of(line: Line, pattern: re.Pattern[str]) -> list[Line]:
    """Divide a line at what matches."""
    places = [(0, 0), *(match.span() for match in pattern.finditer(line.content)), (len(line.content), 0)]
    return [
        line._replace(start=line.start + low, content=line.content[low:high].rstrip())
        for (_, low), (high, _) in pairwise(places)
    ]


def as_lines(body: str) -> str:
    """Write the lines of a JSON string as lines: of the last one that holds any, or of the whole answer."""
    strings = [match.span(1) for match in _STRING.finditer(body) if "\\n" in match[1]] if "\\n" in body else []
    if not strings:
        return body if "\n" in body.strip() else body.replace("\\n", " \n")
    low, high = strings[-1]
    inside = body[low:high].replace("\\n", " \n").replace('\\"', ' "')
    return " " * low + inside + " " * (len(body) - high)


def fields_of(content: str, text: str = "") -> list[Field]:
    """Split the content of a line into its fields; a quoted string is one field.

    Args:
        text: the source, in which a number and the word behind it may be a date and no item: `1. July`.
    """
    found: list[Field] = []
    delimiters: list[str] = []
    last, item = 0, 2

    def add(start: int, end: int) -> None:
        raw = content[start:end]
        text = raw.strip()
        if text:
            start += len(raw) - len(raw.lstrip())
            found.append(Field(start, start + len(text), bare(text), "".join(delimiters)))
            delimiters.clear()

    for match in _DELIMITER.finditer(content):
        start, end = match.span()
        if match["number"]:  # `1. Ann 2. Bob`, but not `on May 21. Ann`
            word = content[end:].split(maxsplit=1)[:1]
            is_date = bool(word) and f"{match[0]} {word[0].rstrip(':,;)|')}" in text
            if int(match["number"]) not in (1, item) or is_date:
                continue
            item = int(match["number"]) + 1
        add(last, start)
        if end - start > 1 and match[0][0] in QUOTES:
            add(start, end)
        else:
            delimiters.append(";" if match["number"] else _written(match[0]))
        last = end
    add(last, len(content))
    if delimiters:
        found.append(Field(len(content), len(content), "", "".join(delimiters)))
    return found


def joined(content: str, fields: Sequence[Field]) -> Field:
    """Return neighbouring fields as one, with a bracket that it opens closed."""
    first, last = fields[0], fields[-1]
    if first is last:
        return first
    start, end = first.start, last.end
    if start and content[start - 1] in OPENING:
        closed = CLOSING[OPENING.index(content[start - 1])]
        start -= content.count(closed, start, end) > content.count(content[start - 1], start, end)
    at = end + content.startswith(" ", end)
    if at < len(content) and content[at] in CLOSING:
        opened = OPENING[CLOSING.index(content[at])]
        end = at + 1 if content.count(opened, start, end) > content.count(content[at], start, end) else end
    return Field(start, end, bare(content[start:end]), first.before)


def _written(delimiter: str) -> str:
    """Return a delimiter as it is, and words as what they do: part a list, or give a label."""
    if delimiter in ("and", "or", "und", "et", "y", "&", "和", "与", "與", "及"):
        return ","
    return " is " if delimiter[0].isalpha() else delimiter.strip() or "\t"


def bare(text: str) -> str:
    """Take white space and one pair of quotes off a string."""
    text = text.strip()
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        inner = text[1:-1].strip()
        return inner.replace("''", "'") if text[0] == "'" else inner.replace('\\"', '"')
    return text
