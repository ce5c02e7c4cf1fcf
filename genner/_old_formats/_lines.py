"""Answers that are no JSON: a line a mention, a line a label, tables, CSV and YAML."""

from __future__ import annotations

import re
from collections.abc import Callable

from genner._old_formats._fields import END_KEYS, INDEX_KEYS, LABEL_KEYS, START_KEYS, TEXT_KEYS, key_name
from genner._old_formats._labels import known, label_names
from genner._old_formats._literals import NUMBER, number
from genner._old_formats._loose_json import Node
from genner.types import LabelSet

__all__ = ["read_lines", "split_line"]

_MAX_LINE = 2000
_QUOTES = " \"'*`“”‘’_"

_SEPARATED = re.compile(r"\s*(?:\||->|=>|→|—|–|\t|:|=| - |,|;|/)\s*")
_PARENTHESES = re.compile(r"(.+?)\s*[(\[<]\s*([^()\[\]<>]+?)\s*[)\]>]")
_NUMBERS_AT_END = re.compile(
    r"[\s,;:(\[@]*(?:(?:at|occurrence|index|offsets?|positions?|chars?)?\s*(?:no\.|#|[:=])?\s*)"
    r"(\d{1,9})(?:\s*(?:-|–|,|:|\.\.|to)\s*(\d{1,9}))?[\s)\].]*\Z",
    re.I,
)
_BULLET = re.compile(r"\s*(?:[-*•·+]|\d{1,3}[.)])\s+")
_LABELLED = re.compile(r"\W{0,6}([^\W\d][^:=\n]{0,60}?)\W{0,3}?\s*[:=]\s*(.*)")
_FIELD = re.compile(r"\s*(?:[-*•]\s+)?[\"'*]{0,2}(\w[\w -]{0,30}?)[\"'*]{0,2}\s*[:=]\s*(\S.*)")
_TAGGED = re.compile(r"<(\w{2,20})>([^<>\n]{1,400})</\1>")
_EMPTY = frozenset(("", "[]", "none", "null", "n/a", "-", "{}"))
_RECORD_KEYS = frozenset((*TEXT_KEYS, *LABEL_KEYS, *INDEX_KEYS, *START_KEYS, *END_KEYS))


def split_line(line: str, labels: LabelSet | None, known_text: Callable[[str], bool]) -> tuple[str, str] | None:
    """Read `Rome (LOC)`, `Rome: LOC`, `LOC | Rome` and the like.

    Returns:
        Mention and label, or None when no reading has a known label (or, without a label set, a
        mention that is in the text).
    """

    def fits(text: str, name: str) -> bool:
        if labels is not None:
            return known(name, labels) and bool(text)
        return bool(name) and bool(text) and known_text(text) and not known_text(name)

    if len(line) > _MAX_LINE:
        return None
    match = _PARENTHESES.fullmatch(line.strip())
    if match and fits(match[1].strip(_QUOTES), match[2]):
        return match[1].strip(_QUOTES), match[2]
    for cut in reversed(list(_SEPARATED.finditer(line))[:8]):
        left, right = (part.strip(_QUOTES + ".,") for part in (line[: cut.start()], line[cut.end() :]))
        if fits(left, right):
            return left, right
        if fits(right, left):
            return right, left
    return None


def read_lines(output: str, labels: LabelSet | None, known_text: Callable[[str], bool]) -> Node | None:
    """Turn lines into what the same answer would be as JSON: an array of items or groups."""
    reader = _Lines(labels, known_text)
    at = 0
    for line in output.split("\n"):
        if line.strip() and len(line) <= _MAX_LINE:
            reader.line(line, at)
        at += len(line) + 1
    reader.end_record()
    if not reader.items:
        return None
    return Node("array", reader.items, reader.items[0].start, max(item.end for item in reader.items))


class _Lines:
    def __init__(self, labels: LabelSet | None, known_text: Callable[[str], bool]) -> None:
        self.labels = labels
        self.known_text = known_text
        self.items: list[Node] = []
        self.heading: Node | None = None
        self.record: dict[str, Node] = {}
        self.bounds = (0, 0)

    def line(self, line: str, at: int) -> None:
        self.bounds = (at, at + len(line))
        if self.field(line) or self.labelled(line) or self.row(line) or self.said(line):
            return
        bullet = _BULLET.match(line)
        item = line[bullet.end() :].strip(_QUOTES + ".,") if bullet else line.strip()
        if self.heading is not None and item and (bullet or self.known_text(item)):
            self.items.append(self.object(self.heading, self.string(item)))
        elif item and set(item) - set("|-: "):
            self.heading = None

    def string(self, said: str) -> Node:
        return Node("string", said, *self.bounds)

    def value(self, said: str) -> Node:
        plain = said.strip()
        if NUMBER.match(plain):
            return Node("scalar", number(plain), *self.bounds, raw=plain)
        return self.string(plain.strip(_QUOTES + ","))

    def object(self, key: Node, value: Node) -> Node:
        return Node("object", [(key, value)], *self.bounds)

    def field(self, line: str) -> bool:
        """Read a line `text: Rome` of a record, or all of it in tags."""
        tagged = [match.groups() for match in _TAGGED.finditer(line)]
        match = _FIELD.fullmatch(line)
        pairs = tagged if len(tagged) > 1 else [(match[1], match[2])] if match else []
        pairs = [(key, value) for key, value in pairs if key_name(key) in _RECORD_KEYS and not known(key, self.labels)]
        if not pairs:
            return False
        for key, value in pairs:
            name = key_name(key)
            if name in self.record or (_BULLET.match(line) and self.record):
                self.end_record()
            self.record[name] = self.value(value)
        return True

    def end_record(self) -> None:
        if len(self.record) > 1:
            nodes = list(self.record.values())
            pairs = [(Node("string", key, value.start, value.end), value) for key, value in self.record.items()]
            self.items.append(Node("object", pairs, nodes[0].start, nodes[-1].end))
        self.record = {}

    def labelled(self, line: str) -> bool:
        """Read a line `LABEL: one, two`, or the heading of a list."""
        match = _LABELLED.fullmatch(line.rstrip())
        name, rest = (match[1], match[2]) if match else (line.strip(" #*_|"), "")
        if match is None and not line.lstrip().startswith(("#", "*")):
            return False
        names = label_names(name.strip(_QUOTES), self.labels)
        if self.labels is None or len(names) != 1 or names[0] not in self.labels:
            return False
        key = self.string(names[0])
        said = rest.strip(_QUOTES + "[].|")
        if said.casefold() not in _EMPTY:
            parts = [part.strip(_QUOTES + "[]") for part in re.split(r"[,;、，،]", said)]
            whole = self.known_text(said) or not all(self.known_text(part) for part in parts)
            strings = [self.string(part) for part in ([said] if whole else parts) if part]
            self.items.append(self.object(key, Node("array", strings, *self.bounds)))
            self.heading = None
        else:
            self.heading = key
        return True

    def row(self, line: str) -> bool:
        """Read a row of a table: one cell is a label, one is in the text, the others are numbers."""
        for separator in ("|", "\t", ",", ";"):
            cells = [cell.strip(_QUOTES) for cell in _BULLET.sub("", line).strip(" |").split(separator)]
            if not 2 <= len(cells) <= 8:
                continue
            names = [cell for cell in cells if known(cell, self.labels)]
            texts = [cell for cell in cells if cell and cell not in names and not NUMBER.match(cell)]
            texts = [cell for cell in texts if self.known_text(cell)]
            if len(names) == 1 and len(texts) == 1:
                numbers = [self.value(cell) for cell in cells if NUMBER.match(cell)]
                self.items.append(Node("array", [self.string(texts[0]), self.string(names[0]), *numbers], *self.bounds))
                return True
        return False

    def said(self, line: str) -> bool:
        """Read `"Rome" (LOC), occurrence 2`."""
        item = _BULLET.sub("", line).strip()
        numbers = _NUMBERS_AT_END.search(item[-60:])
        options: list[tuple[str, list[str]]] = [(item, [])]
        if numbers is not None:
            options.append(
                (item[: len(item) - (len(item[-60:]) - numbers.start())], [n for n in numbers.groups() if n])
            )
        for rest, values in options:
            found = split_line(rest, self.labels, self.known_text)
            if found is not None and self.known_text(found[0]):
                parts = [self.string(found[0]), self.string(found[1]), *(self.value(value) for value in values)]
                self.items.append(Node("array", parts, *self.bounds))
                return True
        return False
