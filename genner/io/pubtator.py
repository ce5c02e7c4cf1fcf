"""PubTator: `PMID|t|title`, `PMID|a|abstract`, then a line for each mention; a blank line between documents.

The text is the passages joined by one space, which is how PubTator counts its offsets.  Relations
have no place in a `Document` and are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial

from genner.exceptions import DataError
from genner.io._annotations import Annotations, Unit
from genner.io._reports import Problem
from genner.io._sink import Sink
from genner.io._source import Block, Source
from genner.io._tokens import cannot
from genner.types import Document

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".pubtator",)

_PASSAGE = re.compile(r"([^|\t]+)\|([a-z])\|(.*)", re.DOTALL)


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line that is not blank is a title."""
    return re.match(r"\s*[^|\s]+\|t\|", head) is not None


def read(source: Source, *, offsets: Unit = "characters") -> Iterator[Document]:
    """Yield one document an article; the PMID is the id.

    Args:
        offsets: what the offsets count.
    """
    return source.each(source.blocks(), partial(_parse, source, offsets))


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
    annotations = Annotations(source, " ".join(passage for _, _, passage in passages), unit)
    for number, line in block[len(passages) :]:
        cells = line.split("\t")
        if cells[0] != identity:
            raise DataError(f"expected a line of {identity}, got {line!r:.60}", line=number)
        if len(cells) >= 4 and not cells[1].isdecimal():  # a relation: PMID, kind, two concept ids
            continue
        if len(cells) < 5 or not (cells[1].isdecimal() and cells[2].isdecimal()):
            raise DataError(f"expected PMID, start, end, mention and type between tabs, got {line!r:.80}", line=number)
        annotations.add([(int(cells[1]), int(cells[2]))], cells[4], mention=cells[3], line=number)
    return annotations.document(id=identity)


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one article per document, its text as the title up to the first line break or whole."""
    for number, document in enumerate(documents, 1):
        identity = str(number) if document.id is None else document.id
        if "|" in identity or identity != identity.strip() or not identity or set(identity) & set("\t\n"):
            raise DataError(f"id: expected no '|', tab or white space at an edge, got {identity!r}")
        text = document.text
        if "\n" in text or text != text.rstrip("\r"):
            raise DataError(f"PubTator cannot hold a text of several lines, got {text!r:.60}")
        bad = [entity for entity in document.entities if set(entity.label) & set("\t\n\r")]
        if bad and sink.on_error == "raise":
            raise cannot("PubTator cannot say a label with a tab or line break", bad)
        for entity in bad:
            sink.note(Problem("dropped", f"{entity!r}: its label holds a tab or line break", path=document.id))
        sink.write(f"{identity}|t|{text}\n")
        for entity in document.entities:
            if entity not in bad:
                surface = document.surface(entity).replace("\t", " ")
                sink.write(f"{identity}\t{entity.start}\t{entity.end}\t{surface}\t{entity.label}\n")
        sink.write("\n")
        yield document
