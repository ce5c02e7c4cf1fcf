"""PubTator: `PMID|t|title`, `PMID|a|abstract`, then a line for each mention; a blank line between documents.

The text is the passages joined by one space, which is how PubTator counts its offsets.  Concept ids are
kept in `meta["details"]`, relations in `meta["relations"]`, and both are written back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import count

from genner.exceptions import DataError, EncodeError
from genner.io._annotations import Annotations, Unit
from genner.io._writing import Details
from genner.io.reports import Problem
from genner.io.sink import Sink
from genner.io.source import Block, Source
from genner.types import Document

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".pubtator",)
KEEPS = ("details",)

_TITLE = re.compile(r"[^|\t]+\|t\|")
_PASSAGE = re.compile(r"([^|\t]+)\|([a-z])\|(.*)", re.DOTALL)


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line that is not blank is a title."""
    return re.match(r"\s*[^|\s]+\|t\|", head) is not None


def read(source: Source, *, offsets: Unit = "characters") -> Iterator[Document]:
    """Yield one document an article; the PMID is the id.

    Args:
        offsets: what the offsets count.
    """
    return source.each(_articles(source.blocks()), partial(_parse, source, offsets))


def _articles(blocks: Iterable[tuple[int, Block | DataError]]) -> Iterator[tuple[int, Block | DataError]]:
    """Yield one block an article: a title begins one also where no blank line is before it."""
    for number, block in blocks:
        if isinstance(block, DataError):
            yield number, block
            continue
        article: Block = []
        for row in block:
            if article and _TITLE.match(row[1]):
                yield article[0][0], article
                article = []
            article.append(row)
        yield article[0][0], article


def _parse(source: Source, unit: Unit, block: Block) -> Document:
    passages = []
    for number, line in block:
        match = _PASSAGE.fullmatch(line)
        if match is None:
            break
        passages.append((number, match[1], match[3]))
    if not passages:
        raise DataError(f"expected 'PMID|t|title', got {block[0][1]!r:.60}", line=block[0][0])
    identity = passages[0][1]
    relations: list[list[str]] = []
    annotations = Annotations(source, " ".join(passage for _, _, passage in passages), unit)
    for number, line in block[len(passages) :]:
        fields = line.split("\t")
        if fields[0] != identity:
            raise DataError(f"expected a line of {identity}, got {line!r:.60}", line=number)
        if len(fields) >= 4 and not fields[1].isdecimal():  # a relation: PMID, kind, two concept ids
            relations.append(fields[1:])
            continue
        if len(fields) < 5 or not (fields[1].isdecimal() and fields[2].isdecimal()):
            raise DataError(f"expected PMID, start, end, mention and type between tabs, got {line!r:.80}", line=number)
        details = {key: value for key, value in zip(("id", "more"), fields[5:], strict=False) if value}
        place = [(int(fields[1]), int(fields[2]))]
        annotations.add(place, fields[4], mention=fields[3], line=number, details=details)
    return annotations.document(id=identity, meta={"relations": relations} if relations else None)


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one article per document: the first line of its text is the title, the rest the abstract.

    Offsets stay what they are: a line break is written as a space, and counted.
    """
    numbers = count(1)
    for document, lines in sink.each(documents, lambda document: [*_lines(document, next(numbers), sink)]):
        sink.write("\n".join(lines) + "\n\n")
        yield document


def _lines(document: Document, number: int, sink: Sink) -> Iterator[str]:
    identity = str(number) if document.id is None else document.id
    if "|" in identity or identity != identity.strip() or not identity or set(identity) & set("\t\n"):
        raise EncodeError(f"id: expected no '|', tab or white space at an edge, got {identity!r}")
    bad = [entity for entity in document.entities if set(entity.label) & set("\t\n\r")]
    sink.leave_out(document, [(one, "its label holds a tab or line break") for one in bad], "lines of PubTator")
    text = document.text.replace("\r", " ")
    title, line_break, abstract = text.partition("\n")
    if document.text != text or line_break:
        sink.note(Problem("left_out", "line breaks are written as spaces", path=document.id))
    yield f"{identity}|t|{title}"
    if line_break:
        yield f"{identity}|a|{abstract}".replace("\n", " ")
    details = Details(document)
    for entity in document.entities:
        if entity not in bad:
            surface = _spaced(document.surface(entity))
            known = details.take(*entity)
            fields = [str(known.get(key, "")) for key in ("id", "more")]
            more = "".join(f"\t{' '.join(field.split())}" for field in fields).rstrip("\t")
            yield f"{identity}\t{entity.start}\t{entity.end}\t{surface}\t{entity.label}{more}"
    for relation in document.meta.get("relations") or ():
        if isinstance(relation, list) and all(isinstance(field, str) for field in relation):
            yield "\t".join((identity, *relation))


def _spaced(text: str) -> str:
    return re.sub(r"[\t\r\n]", " ", text)
