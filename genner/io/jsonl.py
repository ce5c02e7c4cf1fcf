"""JSON Lines, one document a line: `{"id": ..., "text": ..., "entities": [{"start", "end", "label"}]}`.

Offsets count characters (code points), `end` exclusive.  Any other key is kept in `Document.meta`
and written back.  An entity may carry its `text`: it must then be what the offsets say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from genner.exceptions import DataError
from genner.io._json import load_json, looks_like_documents
from genner.io._sink import Sink
from genner.io._source import Source
from genner.types import Document, Entity

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".jsonl", ".ndjson")
_OWN_KEYS = frozenset(("id", "text", "entities", "meta"))


def sniff(name: str, head: str) -> bool:
    """Tell whether the first record has a text and no entities of another shape."""
    return looks_like_documents(head)


def read(source: Source) -> Iterator[Document]:
    """Yield one document for every line that is not blank."""
    return source.each(source.lines(), _parse)


def _parse(line: str) -> Document | None:
    if not line or line.isspace():
        return None
    return document_of(load_json(line))


def document_of(value: Any) -> Document:
    """Build a document from a decoded record.

    Correct records take the short way; pydantic finds the words for the others.
    """
    try:
        text, listed, identity = value["text"], value.get("entities", ()), value.get("id")
        entities = [Entity(item["start"], item["end"], item["label"]) for item in listed]
        meta = None if value.keys() <= _OWN_KEYS else {key: value[key] for key in value if key not in _OWN_KEYS}
        if "meta" in value:
            meta = dict(value["meta"] or {}) | (meta or {})
        if type(identity) is int:
            identity = str(identity)
        document = Document(text, entities, id=identity, meta=meta)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Document.from_json(json.dumps(value))
    for item in listed:
        if len(item) > 3 and "text" in item:
            _check_surface(text, item)
    return document


def _check_surface(text: str, item: dict[str, Any]) -> None:
    found = text[item["start"] : item["end"]]
    if item["text"] != found:
        where = f"{item['start']}..{item['end']}"
        raise DataError(f"the entity at {where} is said to be {item['text']!r:.60}, the text there is {found!r:.60}")


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one line per document; what `meta` holds becomes keys of the record."""
    for document in documents:
        sink.write(_line(document) + "\n")
        yield document


def _line(document: Document) -> str:
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    record["entities"] = [{"start": start, "end": end, "label": label} for start, end, label in document.entities]
    inner: dict[str, Any] = {}
    for key, value in document.meta.items():
        (inner if key in _OWN_KEYS else record)[key] = value
    if inner:
        record["meta"] = inner
    try:
        line = json.dumps(record, ensure_ascii=False)
        line.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: JSON can say it in ASCII only
        return json.dumps(record)
    except (TypeError, ValueError) as error:
        raise DataError(f"meta: expected what JSON can hold: {error}") from None
    return line
