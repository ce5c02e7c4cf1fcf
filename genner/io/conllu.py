"""CoNLL-U with `Entity=` in the MISC column, as GUM and CorefUD write it: `(1-person-new`, `(2-place)`, `1)`.

One document a sentence, `sent_id` as its id.  The text is `# text`, or the tokens and their
`SpaceAfter`.  Words of a multiword token share its characters.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from genner.exceptions import DataError
from genner.io._annotations import Annotations
from genner.io._reports import Problem
from genner.io._source import Block, Source
from genner.io._tokens import join, locate
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".conllu", ".conllup")
GLOBAL_ENTITY = "GRP-etype"
"""Fields of an opening bracket where the file has no `# global.Entity` line."""

_BRACKET = re.compile(r"\((?P<fields>[^()]+)(?P<closed>\))?|(?P<name>[^()]+)\)")
_PART = re.compile(r"(.*)\[(\d+)/(\d+)\]")

Spans = list[tuple[int, int, str, str]]
"""First token, one past the last, name, label."""


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line of a token has ten columns, the first of them a number."""
    for line in head.split("\n"):
        if line and not line.startswith("#") and not line.isspace():
            cells = line.split("\t")
            return len(cells) == 10 and cells[0].replace("-", "").replace(".", "").isdecimal()
    return False


def read(source: Source) -> Iterator[Document]:
    """Yield one document a sentence."""
    return source.each(source.blocks(), _Reader(source).document)


class _Reader:
    """Remembers what `# global.Entity` said, for all sentences that follow."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fields = GLOBAL_ENTITY.split("-")

    def document(self, block: Block) -> Document | None:
        comments: dict[str, str] = {}
        rows: list[tuple[int, list[str]]] = []
        for number, line in block:
            if line.startswith("#"):
                key, _, value = line[1:].partition("=")
                comments[key.strip()] = value.removeprefix(" ")
            else:
                cells = line.split("\t")
                if len(cells) != 10:
                    raise DataError(f"a column is missing: expected 10 between tabs, got {len(cells)}", line=number)
                rows.append((number, cells))
        if "global.Entity" in comments:
            self.fields = comments["global.Entity"].strip().split("-")
        return self._build(rows, comments) if rows else None

    def _build(self, rows: list[tuple[int, list[str]]], comments: dict[str, str]) -> Document:
        tokens: list[str] = []
        spaces: list[str] = []
        words: list[tuple[int, int, str]] = []  # line, token it belongs to, MISC
        inside = 0  # words of a multiword token still to come
        for number, cells in rows:
            name, form, misc = cells[0], cells[1], cells[9]
            if "." in name:  # an empty node has no characters
                continue
            if inside and "-" not in name:
                inside -= 1
            else:
                tokens.append(form)
                spaces.append("" if "SpaceAfter=No" in misc.split("|") else " ")
                if "-" in name:
                    first, _, last = name.partition("-")
                    if not (first.isdecimal() and last.isdecimal()):
                        raise DataError(f"expected a token number, got {name!r}", line=number)
                    inside = int(last) - int(first) + 1
                    continue
            words.append((number, len(tokens) - 1, misc))
        if not tokens:
            raise DataError("expected at least one token")
        text, grid = join(tokens, [*spaces[:-1], ""])
        if comments.get("text", text) != text:
            found = locate(tokens, comments["text"])
            if found is None:
                self.source.note(Problem("repaired", "'# text' differs from the tokens", line=rows[0][0]))
            else:
                text, grid = comments["text"], found
        annotations = Annotations(self.source, text)
        for fragments, label in self._mentions(words):
            annotations.add([(grid[first][0], grid[last][1]) for first, last in fragments], label, line=rows[0][0])
        return annotations.document(id=comments.get("sent_id", "").strip() or None, meta={"tokens": grid})

    def _mentions(self, words: list[tuple[int, int, str]]) -> Iterator[tuple[list[tuple[int, int]], str]]:
        """Yield `(first, last)` tokens and label of each mention; parts of one with a gap together."""
        opened: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        parts: defaultdict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        for number, token, misc in words:
            for name, label, is_open, is_closed in self._brackets(misc, number):
                if is_open:
                    opened[name].append((token, number, label))
                if is_closed:
                    if not opened[name]:
                        raise DataError(f"Entity {name!r} is closed and was never opened", line=number)
                    first, _, label = opened[name].pop()
                    part = _PART.fullmatch(name)
                    if part is None:
                        yield [(first, token)], label
                    else:
                        parts[part[1], part[3], label].append((first, token))
        for name, left in opened.items():
            if left:
                raise DataError(f"Entity {name!r} is opened and never closed in its sentence", line=left[0][1])
        for (_, size, label), fragments in parts.items():
            for start in range(0, len(fragments), int(size)):
                yield fragments[start : start + int(size)], label

    def _brackets(self, misc: str, number: int) -> Iterator[tuple[str, str, bool, bool]]:
        for item in misc.split("|"):
            key, _, value = item.partition("=")
            if key != "Entity":
                continue
            position = 0
            for match in _BRACKET.finditer(value):
                if match.start() != position:
                    break
                position = match.end()
                if match["name"] is not None:
                    yield match["name"], "", False, True
                    continue
                fields = dict(zip(self.fields, match["fields"].split("-"), strict=False))
                label = fields.get("etype", "")
                if not label:
                    raise DataError(f"expected {'-'.join(self.fields)}, got {match['fields']!r:.60}", line=number)
                yield fields[self.fields[0]], label, True, match["closed"] is not None
            if position != len(value):
                raise DataError(f"expected brackets such as (1-person or 1), got {value!r:.60}", line=number)
