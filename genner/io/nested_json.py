"""JSON of corpora and annotation tools in any shape: records with a text or tokens, and spans or tags.

`docs/data.md` lists the keys; `_records` finds them.  The shapes that tools are known for have names of
their own in `json_formats`; they are read by the same reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from genner.exceptions import EncodeError, UnknownNameError
from genner.io._annotations import Unit
from genner.io._names import names_nearby
from genner.io._tokens import on_grid_or_dropped, words
from genner.io.items import End
from genner.io.json_text import json_line, json_records
from genner.io.records import Keys, RecordReader
from genner.io.sink import Sink
from genner.io.source import Source
from genner.types import Document, Entity

__all__ = ["fits", "read", "sniff", "write"]

SUFFIXES = (".json",)


def sniff(name: str, head: str) -> bool:
    """Tell nothing from a beginning: `fits` looks at the whole first record."""
    return False


def fits(record: Any) -> bool:
    """Tell whether this is an object or a list: JSON of no other shape is read here, or the error says why not."""
    return isinstance(record, (Mapping, list))


def read(
    source: Source,
    *,
    offsets: Unit = "characters",
    end: End | None = None,
    text: str | None = None,
    tokens: str | None = None,
    entities: str | None = None,
    names: Sequence[str] | Mapping[Any, str] | None = None,
    joiner: str | None = None,
) -> Iterator[Document]:
    """Yield one document a record, its other keys in `meta`.

    Args:
        offsets: what character offsets count.
        end: whether the last character or token is meant; by default what each shape is known for.
        text: the key of the text; found when not given.
        tokens: the key of the tokens.
        entities: the key of the annotations, spans or tags.
        names: names of the classes in order, where the file has numbers.
        joiner: what is between tokens in the text; one space by default.
    """
    if names is None:
        names = names_nearby(source)
    return documents(
        source,
        json_records(source),
        offsets=offsets,
        end=end,
        text=text,
        tokens=tokens,
        entities=entities,
        names=names,
        joiner=joiner,
    )


def documents(
    source: Source,
    records: Iterable[tuple[int | None, Any]],
    *,
    offsets: Unit = "characters",
    end: End | None = None,
    text: str | None = None,
    tokens: str | None = None,
    entities: str | None = None,
    names: Sequence[str] | Mapping[Any, str] | None = None,
    joiner: str | None = None,
) -> Iterator[Document]:
    """Yield the document of each numbered record; options as for `read`."""
    if end not in (None, "exclusive", "inclusive"):
        raise UnknownNameError.of("end", end, ["exclusive", "inclusive"])
    reader = RecordReader(source, Keys(text, tokens, entities, names), offsets=offsets, end=end, joiner=joiner)
    return reader.read(records)


def write(
    documents: Iterable[Document], sink: Sink, *, shape: Literal["text", "tokens"] = "text"
) -> Iterator[Document]:
    """Write JSON Lines.

    Args:
        shape: `text` for `{"text", "entities": [[start, end, label]]}`, `tokens` for
            `{"tokens", "entity_mentions": [{"start", "end", "type", "text"}]}`.
    """
    if shape not in ("text", "tokens"):
        raise UnknownNameError.of("shape", shape, ["text", "tokens"])
    for document in documents:
        record: dict[str, Any] = {} if document.id is None else {"id": document.id}
        if shape == "text":
            record |= {"text": document.text, "entities": [list(entity) for entity in document.entities]}
        else:
            record |= _tokens_record(document, sink)
        sink.write(json_line(record) + "\n")
        yield document


def _tokens_record(document: Document, sink: Sink) -> dict[str, Any]:
    tokens, grid = words(document, sink)
    if not grid:
        raise EncodeError("expected at least one token, got a text of white space")
    mentions = [
        {
            "start": first,
            "end": end,
            "type": label,
            "text": document.surface(Entity(grid[first][0], grid[end - 1][1], label)),
        }
        for first, end, label in on_grid_or_dropped(document, grid, sink)
    ]
    return {"tokens": tokens, "entity_mentions": mentions}
