"""WebAnno TSV 3: a token a line with its offsets, stacked annotations such as `person[4]|place[5]`.

One document a sentence, with the text of its `#Text=` line.  The layer and feature that hold the
entity label are found in the header.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from genner.exceptions import DataError, UnknownNameError
from genner.io._annotations import Annotations, to_characters
from genner.io._tokens import locate
from genner.io.reports import Problem
from genner.io.source import Block, Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".tsv",)

_ITEM = re.compile(r"(?P<label>(?:\\.|[^\\\[\]])*)(?:\[(?P<number>\d+)\])?")
_ESCAPE = re.compile(r"\\(->|.)")
_BAR = re.compile(r"(?:\\.|[^|\\])+")


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line says so."""
    return head.startswith("#FORMAT=WebAnno TSV 3")


def read(source: Source, *, layer: str | None = None, feature: str | None = None) -> Iterator[Document]:
    """Yield one document a sentence.

    Args:
        layer: name of the span layer, or its last part; by default NamedEntity, else the first.
        feature: which of its features is the label; by default `value`, else the first.
    """
    return source.each(source.blocks(), _Reader(source, layer, feature).document)


class _Reader:
    """Remembers the header, and which annotations the sentence before had."""

    def __init__(self, source: Source, layer: str | None, feature: str | None) -> None:
        self.source = source
        self.wanted = layer, feature
        self.layers: list[tuple[str, str, list[str], int]] = []  # kind, name, features, first column
        self.column: int | None = None
        self.before: set[str] = set()
        self.unnamed = ""
        self.has_features = True

    def document(self, block: Block) -> Document | None:
        text: list[str] = []
        rows: list[tuple[int, list[str]]] = []
        for number, line in block:
            if line.startswith("#Text="):
                text.append(line[len("#Text=") :])
            elif line.startswith("#T_"):
                self._declare(line)
            elif not line.startswith("#"):
                rows.append((number, line.split("\t")))
        if not rows:
            return None
        if self.column is None:
            self.column = self._choose()
        return self._build("\n".join(text), rows)

    def _declare(self, line: str) -> None:
        kind, _, rest = line[1:].partition("=")
        name, *features = rest.split("|")
        start = 3 + sum(max(1, len(known)) for _, _, known, _ in self.layers)
        self.layers.append((kind, name, features, start))

    def _choose(self) -> int:
        layer, feature = self.wanted
        spans = {name: (features, start) for kind, name, features, start in self.layers if kind == "T_SP"}
        if not spans:
            if layer is not None or self.layers:
                raise DataError("expected a span layer (#T_SP=...) in the header, got none")
            return -1  # INCEpTION declares no layer where a document has no annotation
        matching = [name for name in spans if name == layer or name.rsplit(".", 1)[-1] == layer]
        if layer is not None and not matching:
            raise UnknownNameError.of("layer", layer, spans)
        named = [name for name in spans if name.endswith("NamedEntity")]
        features, start = spans[(matching or named or list(spans))[0]]
        if feature is not None and feature not in features:
            raise UnknownNameError.of("feature", feature, features)
        chosen = feature or ("value" if "value" in features else None)
        self.unnamed = next(name for name in spans if spans[name] == (features, start)).rsplit(".", 1)[-1]
        self.has_features = any(features)
        return start + (features.index(chosen) if chosen else 0)

    def _build(self, text: str, rows: list[tuple[int, list[str]]]) -> Document:
        assert self.column is not None
        least = max(self.column, 2)  # number, offsets and token come first
        for number, fields in rows:
            if len(fields) <= least:
                message = f"a column is missing: expected at least {least + 1}, got {len(fields)}"
                raise DataError(message, line=number)
        tokens = [(number, fields) for number, fields in rows if "." not in fields[0]]
        text = text or " ".join(fields[2] for _, fields in tokens)
        grid = locate([fields[2] for _, fields in tokens], text)
        if grid is None:
            text = _ESCAPE.sub(_unescape, text)
            grid = locate([_ESCAPE.sub(_unescape, fields[2]) for _, fields in tokens], text)
        if grid is None:
            raise DataError("the tokens are not in '#Text='", line=rows[0][0])
        annotations = Annotations(self.source, text)
        for fragments, label, number in self._mentions(rows, grid, text):
            if label == "*" and self.has_features:  # an annotation whose feature was never set
                self.source.note(Problem("set_aside", "an annotation without a label", line=number))
            else:
                annotations.add(fragments, self.unnamed if label == "*" else label, line=number)
        sentence = rows[0][1][0].partition("-")[0]
        identity = f"{self.source.stem}-{sentence}" if self.source.stem else sentence
        return annotations.document(id=identity, meta={"tokens": grid})

    def _mentions(
        self, rows: list[tuple[int, list[str]]], grid: list[list[int]], text: str
    ) -> Iterator[tuple[list[list[int]], str, int]]:
        """Yield fragments, label and line of each mention; tokens next to each other make one fragment."""
        assert self.column is not None
        numbered: defaultdict[tuple[str, str], list[tuple[int, list[int]]]] = defaultdict(list)
        lines: dict[tuple[str, str], int] = {}
        token, offset = -1, 0
        for number, fields in rows:
            if "." in fields[0]:
                if token < 0:
                    raise DataError("a part of a token comes before its token", line=number)
                place = _inside(text, grid[token], offset, fields[1], number)
            else:
                token += 1
                place = grid[token]
                offset = _edges(fields[1], number)[0]
            for label, identity in _items(fields[self.column] if self.column >= 0 else "_", number):
                if identity is None:
                    yield [list(place)], label, number
                else:
                    numbered[label, identity].append((token, list(place)))
                    lines.setdefault((label, identity), number)
        for key, pieces in numbered.items():
            if key[1] in self.before:
                self.source.note(Problem("repaired", f"{key[0]}[{key[1]}] is cut at the sentence end", line=lines[key]))
            fragments: list[list[int]] = []
            last = -2
            for token, place in pieces:
                if fragments and token <= last + 1:
                    fragments[-1][1] = place[1]
                else:
                    fragments.append(place)
                last = token
            yield fragments, key[0], lines[key]
        self.before = {identity for _, identity in numbered}


def _edges(field: str, number: int) -> tuple[int, int]:
    start, _, end = field.partition("-")
    if not (start.isdecimal() and end.isdecimal()):
        raise DataError(f"expected START-END, got {field!r:.40}", line=number)
    return int(start), int(end)


def _inside(text: str, token: list[int], offset: int, field: str, number: int) -> list[int]:
    """Return the characters of a part of a token; WebAnno counts UTF-16 units."""
    start, end = (edge - offset for edge in _edges(field, number))
    table = to_characters(text[token[0] : token[1]], "utf16")
    if table is not None:
        start, end = table.get(start, -1), table.get(end, -1)
    return [token[0] + start, token[0] + end]


def _items(field: str, number: int) -> Iterator[tuple[str, str | None]]:
    """Yield label and number of each annotation in a field; `_` is none, `*` one without a label."""
    if field == "_":
        return
    for item in _BAR.findall(field):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise DataError(f"expected LABEL or LABEL[NUMBER], got {item!r:.60}", line=number)
        if match["label"] == "_" and match["number"] is None:  # an annotation whose feature is empty
            continue
        label = _ESCAPE.sub(_unescape, match["label"])
        yield label, None if match["number"] in (None, "0") else match["number"]


def _unescape(match: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r"}.get(match[1], match[1])
