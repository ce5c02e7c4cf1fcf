"""JSON Lines, one document a line: `{"id": ..., "text": ..., "entities": [{"start", "end", "label"}]}`.

Offsets count characters (code points), `end` exclusive.  Any other key is kept in `Document.meta`
and written back; so is whatever else an entity says.  An entity may carry its `text`: it must then be
what the offsets say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from genner.io._annotations import Unit
from genner.io._writing import Details
from genner.io.json_text import json_line, json_records
from genner.io.own import OWN_KEYS, own_document
from genner.io.records import RecordReader
from genner.io.sink import Sink
from genner.io.source import Source
from genner.types import Document

__all__ = ["fits", "read", "sniff", "write"]

SUFFIXES = (".jsonl", ".ndjson")
KEEPS = ("details", "discontinuous")


def sniff(name: str, head: str) -> bool:
    """Tell nothing from a beginning: `fits` looks at the whole first record."""
    return False


def fits(record: Any) -> bool:
    """Tell whether a record is a document in this shape, right in all it says."""
    return own_document(record) is not None


def read(source: Source, *, offsets: Unit = "characters") -> Iterator[Document]:
    """Yield one document for every line that is not blank.

    Args:
        offsets: what offsets count.
    """
    return RecordReader(source, offsets=offsets, end="exclusive").read(json_records(source))


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one line per document; what `meta` holds becomes keys of the record."""
    for document in documents:
        sink.write(_line(document) + "\n")
        yield document


def _line(document: Document) -> str:
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    details = Details(document)
    record["entities"] = [
        {"start": start, "end": end, "label": label, **details.take(start, end, label)}
        for start, end, label in document.entities
    ]
    inner: dict[str, Any] = {}
    for key, value in document.meta.items():
        if key == "details" and details.all_taken:
            continue
        (inner if key in OWN_KEYS else record)[key] = value
    if inner:
        record["meta"] = inner
    return json_line(record)
