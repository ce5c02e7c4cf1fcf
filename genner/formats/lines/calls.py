"""Python that builds entities: `[Protein(span="PU.1"), ...]`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from genner.formats.answer import Answer, Candidate
from genner.formats.escapes import unescaped
from genner.formats.keys import TAKEN_BACK, role_of
from genner.formats.naming import known, looks_like_label
from genner.formats.placing.claims import Claim
from genner.types import LabelSet

__all__ = ["class_name", "code_candidates", "label_of_class"]

_CALL = re.compile(r"(?<![\w.])(?:[^\W\d]\w{0,60}\.){0,3}([^\W\d]\w{0,100})[ ]{0,2}\(")
_KEYWORD = re.compile(r"([^\W\d]\w{0,60})\s{0,4}[=:]\s{0,20}(?!=)")
_STRING = re.compile(
    r"[rbuf]{0,2}(?:\"\"\"((?:[^\"\\]|\\.|\"(?!\"\"))*)\"\"\"|\"((?:[^\"\\\n]|\\.|\"(?=\w))*)\""
    r"|'((?:[^'\\\n]|\\.|'(?=\w))*)')",
    re.S,
)
"""A quote before a letter is part of its string, as in `'O'Neil'`."""

_NEXT = re.compile(r"\)\s{0,4},\s{0,20}[^\W\d]\w{0,100}\(|,\s{0,20}[^\W\d]\w{0,100}\((?:\w{1,60}\s?=\s?)?[\"']")
"""What no string holds: the end of one call and the beginning of another."""

_WORD = re.compile(r"[^\s,()\[\]{}\"'=]{1,60}")
_SPACE = re.compile(r"(?:[\s,{}]|[=-]>)*")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_NOT_IN_NAME = re.compile(r"\W")
_WRITTEN = re.compile(r"_x([0-9a-f]{2,6})_")
_SUFFIX = re.compile(r"_?(?:Entity|Mention|Span)\Z")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def class_name(label: str) -> str:
    """Write a label as the name of a class; `label_of_class` is the inverse.

    >>> class_name("cell line"), class_name("PER")
    ('cell_x20_line', 'PER')

    """
    name = _WRITTEN.sub(lambda match: f"_x5f_{match[0][1:]}", label)
    name = _NOT_IN_NAME.sub(lambda match: f"_x{ord(match[0]):02x}_", name)
    if name[:1].isdigit() or not name.isidentifier():
        name = f"_x{ord(name[:1]):02x}_{name[1:]}"
    return name


def label_of_class(name: str, labels: LabelSet | None) -> str:
    """Return the label that the name of a class means."""

    def char(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return chr(code) if code < 0x110000 else match[0]

    label = _WRITTEN.sub(char, name)
    stem = _SUFFIX.sub("", label)
    if stem != label and labels is not None and label not in labels and known(stem, labels):
        return stem
    humps = _HUMP.sub("_", label)
    return humps if labels is not None and label not in labels and known(humps, labels) else label


@dataclass(slots=True)
class _Call:
    """What is between the brackets of one call.

    Args:
        end: behind its closing bracket, or -1 when it has none.
        stop: where reading stopped; no call begins before it.
        begin: where the value begins that is being read.
        stray: a quote before or behind a string is missing, or is one too many.
    """

    strings: list[tuple[str, str]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    end: int = -1
    stop: int = -1
    begin: int = -1
    stray: bool = False

    def is_named(self, name: str, inner: str, labels: LabelSet | None) -> bool:
        """Tell whether a call among the arguments is a list behind its key or its label: `PER = c("Ann")`."""
        before = name or "".join(value for _, value in self.strings[-1:])
        return (known(before, labels) or role_of(name) in ("text", "label")) and not known(inner, labels)

    def add_unquoted(self, name: str, text: str) -> None:
        """Take a value that lacks one of its quotes or both."""
        if text.strip() and (self.stray or (role_of(name) == "text" and not self.strings)):
            self.strings.append((name, text.strip()))


@unescaped
def code_candidates(answer: Answer) -> Iterator[Candidate]:
    """Yield the calls of an answer that have a string among their arguments; those that take others back apart."""
    body = answer.body
    claims: list[Claim] = []
    cut: re.Match[str] | None = None
    at = end = 0
    while (match := _CALL.search(body, at)) is not None:
        call = _call(body, match.end(), answer.labels)
        at = call.stop
        found = _claims(match[1], call, match.start(), answer.labels)
        if call.end < 0 or (call.end == len(body) and not body.endswith(")")):
            cut = match
        if found and claims and TAKEN_BACK.search(body, end, match.start()):
            yield _candidate(body, claims, None)
            claims = []
        claims += found
        end = max(end, call.end)
    if claims:
        yield _candidate(body, claims, cut)


def _candidate(body: str, claims: list[Claim], cut: re.Match[str] | None) -> Candidate:
    """Return the calls and the brackets around all of them; `cut` is one that has no end."""
    start, end = claims[0].place[0], claims[-1].place[1]
    opened = body[:start].rstrip()
    closed = len(body) - len(body[end:].lstrip(" \n\t,"))
    if opened.endswith("[") and body[closed : closed + 1] == "]":
        start, end = len(opened) - 1, closed + 1
    candidate = Candidate(start, end, claims)
    candidate.note("shape", "Python objects", start, end)
    if cut is not None and cut.start() >= claims[-1].place[0]:
        candidate.end, candidate.complete = len(body.rstrip()), False
    return candidate


def _call(body: str, at: int, labels: LabelSet | None) -> _Call:
    """Read the arguments of a call, up to its closing bracket or to a call among the arguments."""
    call = _Call(begin=at)
    depth = 0
    name = ""
    while True:
        at = call.stop = _SPACE.match(body, at).end()  # type: ignore[union-attr]
        char = body[at : at + 1]
        if char and char in "[(":
            depth, at = depth + 1, at + 1
        elif char and char in "])" and depth:
            depth, at, name = depth - 1, at + 1, "" if depth == 1 else name
        elif char == ")":
            call.add_unquoted(name, body[call.begin : at])
            call.end = call.stop = at + 1
            return call
        elif (string := _STRING.match(body, at)) and not _NEXT.search(body, at, string.end()):
            call.strings.append((name, _unescape(string)))
            at = call.begin = string.end()
            name = name if depth else ""
        elif (inner := _CALL.match(body, at)) and call.is_named(name, inner[1], labels):
            depth, at = depth + 1, inner.end()
        elif inner:
            call.end = at if call.strings and known(inner[1], labels) else -1  # its own bracket is missing
            return call
        elif keyword := _KEYWORD.match(body, at):
            name, at = keyword[1], keyword.end()
            call.begin = at
        elif word := _WORD.match(body, at):
            is_value = body[word.end() : word.end() + 1] in (",", ")") and name not in dict(call.strings[-1:])
            if role_of(name) == "text" and word[0].isdigit() and is_value:
                call.strings.append((name, word[0]))  # `DATE(span=1903)`
            elif word[0].isdigit():
                call.numbers[name] = int(word[0][:15])
            elif role_of(name) == "label" and known(value := word[0].rpartition(".")[2], labels):
                call.strings.append((name, value))  # `type=EntityType.PER`
            at, name = word.end(), "" if word[0].isdigit() and not depth else name
        elif char and char in "\"'":
            call.stray = True
            call.add_unquoted(name, body[call.begin : at])
            at += 1
            call.begin = at
        else:
            call.end = at if call.strings and not body[at:] else -1  # cut off behind a whole argument
            return call


def _claims(name: str, call: _Call, start: int, labels: LabelSet | None) -> list[Claim]:
    label = label_of_class(name, labels)
    is_class = known(label, labels)
    details: dict[str, str] = {}
    mentions: list[tuple[str, str]] = []
    runs: list[tuple[bool, list[str]]] = []  # of labels, and of mentions, as they alternate
    for key, value in call.strings:
        role = role_of(key) or role_of(key.removesuffix("s")) or ("text" if not key else None)
        if not key and known(value, labels) and (runs or not is_class):
            role = "label"
        if not is_class and known(key, labels):
            mentions.append((value, key))  # `PER="Ann"`
        elif role == "text" or (role == "label" and (known(value, labels) or not is_class)):
            if not runs or runs[-1][0] is not (role == "label"):
                runs.append((role == "label", []))
            runs[-1][1].append(value)
        else:
            details[key] = value
    names, texts = ([values for is_label, values in runs if is_label is one] for one in (True, False))
    if names and not texts:
        names, texts = [], names
    for at, values in enumerate(texts):  # labels are before all mentions, or behind all
        given = names[min(at, len(names) - 1)] if names else [label]
        mentions += zip(values, given if len(given) == len(values) else given[-1:] * len(values), strict=True)
    if call.end < 0 or not all(looks_like_label(name, labels) for _, name in mentions):
        return []
    numbers = {role_of(key): number for key, number in call.numbers.items()}
    first, last, count = (numbers.get(role) for role in ("start", "end", "count"))
    return [
        Claim(text, name, (start, call.end), first, last, count, details=details or None)
        for text, name in mentions
        if text
    ]


def _unescape(match: re.Match[str]) -> str:
    """Resolve the escapes of a string, those of JSON and of Python."""
    if match[0][0] == '"' and match[2] is not None:
        try:
            return str(json.loads(match[0]))
        except ValueError:
            pass
    raw = next(group for group in match.groups() if group is not None)

    def one(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else _SIMPLE.get(escape[3], escape[3])

    return _ESCAPE.sub(one, raw)
