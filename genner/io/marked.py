"""Texts with marked entities: `<ENAMEX TYPE="PERSON">Ann</ENAMEX>`, `<PER>Ann</PER>`, `[Ann](PER)`, `{{PER:Ann}}`.

MUC, ACE, OntoNotes, GENIA, HAREM and i2b2 wrote SGML or XML of the first kind, Rasa writes the third.  A file whose
elements hold documents (`<DOC>`, `<RECORD>`, ...) is read document by document, any other line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from genner.exceptions import DataError
from genner.io.json_text import load_json
from genner.io.source import BAD_BYTE, Source, bad_byte
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".sgml",)

_TAG = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>"
    r"|<(?P<end>/?)(?P<name>[A-Za-z_][\w.-]*)(?P<attributes>(?:\s+[\w.:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_KINDS = ("type", "categ", "category", "sem", "label", "class", "ner")
"""Attributes that hold the label of an entity."""

_DOCUMENTS = frozenset(("doc", "document", "record", "article"))
_ABOUT = frozenset(
    ("docid", "docno", "doctype", "docsource", "datetime", "date_time", "slug", "nwords", "preamble", "trailer")
) | {"articleinfo", "bibliomisc"}
"""Elements that say something about a document and are no part of its text."""

_STRUCTURE = _DOCUMENTS.union(
    ("root", "set", "corpus", "colharem", "dataset", "data", "text", "body", "head", "headline", "hl", "title"),
    ("abstract", "section", "paragraph", "para", "p", "s", "sentence", "sent", "turn", "speaker"),
    ("html", "br", "div", "span", "a", "b", "i"),
)

_LINK = re.compile(
    r"\[(?P<mention>[^\[\]\n]+)\]"
    r"(?:\((?P<label>[A-Za-z_][\w.-]*)(?::(?!//)[^()\n]*)?\)|(?P<object>\{[^{}\n]*\}))"
)
_BRACES = re.compile(r"\{\{(?P<label>[^{}:\n]+):(?P<mention>[^{}\n]+)\}\}")
_PAIR = re.compile(r"<([A-Za-z_][\w.-]*)(?:\s[^<>]*)?>[^<>\n]+</\1>", re.IGNORECASE)


def sniff(name: str, head: str) -> bool:
    """Tell whether there are pairs of tags around words, or Rasa's or BosonNLP's marks."""
    if re.match(r"\s*(?:<!DOCTYPE html|<html|[{\[]\s*[\"\[])", head, re.IGNORECASE):
        return False
    if re.search(r"^utterances\s*:", head, re.MULTILINE):  # Snips: the label of its marks comes first
        return False
    if head.lstrip().startswith("<"):
        return any(_may_be_entity(match) for match in _TAG.finditer(head))
    return _by_line(head) is not None


def _by_line(head: str) -> re.Pattern[str] | None:
    """Return what marks entities inside the lines of a text."""
    for pattern in (_BRACES, _LINK):
        if any(pattern is _BRACES or match["label"] or "entity" in match["object"] for match in pattern.finditer(head)):
            return pattern
    return _TAG if any(_may_be_entity(match) for match in _PAIR.finditer(head)) else None


def _may_be_entity(match: re.Match[str]) -> bool:
    found = _TAG.match(match[0])
    if found is None or found["name"] is None or found["end"] or found["empty"]:
        return False
    return found["name"].casefold() not in _STRUCTURE | _ABOUT and _PAIR.match(match.string, match.start()) is not None


def read(source: Source) -> Iterator[Document]:
    """Yield one document for each element of documents, or for each line that is not empty."""
    text = source.text()
    if text.lstrip().startswith("<") and any(_is_structure(match) for match in _TAG.finditer(text)):
        return source.each([*_no_text(text), *_documents(text)], _Built.document)
    pattern = _by_line(text) or _LINK
    source.note_end(text.count("\n") + 1)
    lines = _examples(text) if pattern is _LINK else enumerate(text.split("\n"), 1)
    records: list[tuple[int, str | DataError]] = [*_no_text(text)]
    records += [(number, line) for number, line in lines if line.strip() and not BAD_BYTE.search(line)]
    return source.each(records, lambda line: _line(line, pattern))


def _no_text(text: str) -> Iterator[tuple[int, DataError]]:
    """Yield an error for each byte that is no UTF-8."""
    line, counted = 1, 0
    for match in BAD_BYTE.finditer(text):
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        yield line, bad_byte(match[0])


def _is_structure(match: re.Match[str]) -> bool:
    return match["name"] is not None and match["name"].casefold() in _STRUCTURE


def _examples(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text; of Rasa's training data the examples of its intents."""
    rasa = re.search(r"^\s*-?\s*intent\s*:|^##\s*intent\s*:", text, re.MULTILINE)
    inside = rasa is None
    for number, line in enumerate(text.split("\n"), 1):
        if rasa is not None and (heading := re.match(r"\s*-?\s*(\w+)\s*:\s*\S*\s*$|##\s*(\w+)\s*:", line)):
            name = heading[1] or heading[2]
            inside = name == "intent" or (inside and name == "examples")
        elif rasa is None:
            yield number, line
        elif inside and (example := re.match(r"\s*[-*]\s+(.*)", line)):
            yield number, example[1]


def _line(line: str, pattern: re.Pattern[str]) -> Document:
    if pattern is _TAG:
        ((_, built),) = _documents(line.rstrip("\r"), whole=True)
        if isinstance(built, DataError):
            raise built
        return built.document()
    built, last = _Built(), 0
    for match in pattern.finditer(line):
        built.add(line[last : match.start()])
        label, start = match["label"] or _label_in(match["object"]), built.size
        built.add(match["mention"])
        built.entities.append((start, built.size, label))
        last = match.end()
    built.add(line[last:])
    return built.document()


def _label_in(text: str) -> str:
    """Return the label of Rasa's longer form, `[Ann]{"entity": "name", "role": "guest"}`."""
    known = load_json(text)
    if not isinstance(known.get("entity"), str):
        raise DataError(f"expected an object with 'entity', got {text:.60}")
    return str(known["entity"])


@dataclass(slots=True)
class _Built:
    """A text under construction, and the entities found in it."""

    parts: list[str] = field(default_factory=list)
    entities: list[tuple[int, int, str]] = field(default_factory=list)
    id: str | None = None
    size: int = 0

    def add(self, piece: str) -> None:
        self.parts.append(piece)
        self.size += len(piece)

    def document(self) -> Document:
        """Return the document without white space around its text."""
        text = "".join(self.parts)
        cut = len(text) - len(text.lstrip())
        shown = text.strip()
        entities = []
        for start, end, label in self.entities:
            inner = text[start:end]
            start, end = start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
            if start < end:
                entities.append((start - cut, end - cut, label))
        return Document(shown, entities, id=self.id)


def _documents(text: str, *, whole: bool = False) -> Iterator[tuple[int, _Built | DataError]]:
    """Yield what the elements of documents hold, each with its line; where there are none, the whole text.

    Args:
        whole: the text is one line of a file, all of whose elements are entities.
    """
    return _Scan(text, whole).documents()


class _Scan:
    """Builds the documents of a text, tag by tag; see `_documents`."""

    def __init__(self, text: str, whole: bool) -> None:
        tags = [match for match in _TAG.finditer(text) if match["name"] is not None]
        named = {match["name"].casefold() for match in tags}
        self._text = text
        self._whole = whole
        self._unit = next((name for name in ("doc", "document", "record", "article") if name in named), "")
        self._typed = any(_kind(match) for match in tags if match["name"].casefold() not in _STRUCTURE)
        self._about = ""
        self._built: _Built | None = None if self._unit else _Built()
        self._opened: list[tuple[str, int, str]] = []  # entities: the element, where it began, and its label
        self._line = self._begun = 1

    def documents(self) -> Iterator[tuple[int, _Built | DataError]]:
        last = counted = 0
        for match in _TAG.finditer(self._text):
            self._line, counted = self._line + self._text.count("\n", counted, match.start()), match.start()
            self._characters(self._text[last : match.start()])
            last = match.end()
            if match["name"] is not None and not match["empty"]:
                yield from self._tag(match, match["name"].casefold(), bool(match["end"]))
        self._characters(self._text[last:])
        if self._unit and self._built is not None:
            self._opened.insert(0, (self._unit, 0, ""))
        yield from self._finished()

    def _characters(self, piece: str) -> None:
        if self._built is None:
            return
        if self._about in ("docid", "docno") and piece.strip():
            self._built.id = piece.strip()
        if not self._about:
            self._built.add(unescape(piece))

    def _tag(self, match: re.Match[str], name: str, ends: bool) -> Iterator[tuple[int, _Built | DataError]]:
        if name == self._unit and ends:
            yield from self._finished()
        elif name == self._unit:
            self._built, self._begun, self._opened = _Built(id=_identity(match)), self._line, []
        elif name in _ABOUT and not self._whole:
            self._about = "" if ends else name
        elif not self._about and (self._whole or name not in _STRUCTURE):
            yield from self._entity(match, name, ends)

    def _entity(self, match: re.Match[str], name: str, ends: bool) -> Iterator[tuple[int, DataError]]:
        kind = _kind(match)
        if self._built is None:
            return
        if not ends and (kind or not self._typed):
            self._opened.append((name, self._built.size, kind or match["name"]))
        elif ends and self._opened and self._opened[-1][0] == name:
            _, start, label = self._opened.pop()
            self._built.entities.append((start, self._built.size, label))
        elif ends and any(one[0] == name for one in self._opened):
            yield self._line, _unclosed(self._opened[-1][0], self._line)
            self._built, self._opened = None if self._unit else _Built(), []

    def _finished(self) -> Iterator[tuple[int, _Built | DataError]]:
        built, self._built = self._built, None
        if built is not None and not any(map(BAD_BYTE.search, built.parts)):  # else that is reported already
            yield self._begun, _unclosed(self._opened[-1][0], self._line) if self._opened else built


def _unclosed(name: str, line: int) -> DataError:
    return DataError(f"expected </{name}> for every <{name}>", line=line)


def _attributes(match: re.Match[str]) -> dict[str, str]:
    return {key.casefold(): unescape(one or other) for key, one, other in _ATTRIBUTE.findall(match["attributes"] or "")}


def _kind(match: re.Match[str]) -> str:
    known = _attributes(match)
    return next((known[key] for key in _KINDS if known.get(key)), "")


def _identity(match: re.Match[str]) -> str | None:
    known = _attributes(match)
    return next((known[key] for key in ("docid", "docno", "id") if known.get(key)), None)
