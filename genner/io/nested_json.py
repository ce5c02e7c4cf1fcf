"""JSON of nested corpora and annotation tools, in the shapes that are common; JSON Lines or one array.

Token offsets: `{"tokens", "entity_mentions" | "entities": [{"start", "end", "type"}]}` (end exclusive),
`{"sentences" | "tokenized_text" | "tokens", "ner": [[first, last, label]]}` (last inclusive),
`{"sentence": [tokens], "ner": [{"index", "type"}]}`.
Character offsets (end exclusive): `{"text", "spans": [{"start", "end", "label"}]}`,
`{"text", "entities" | "label" | "labels": [[start, end, label]]}`, `["text", {"entities": [...]}]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Literal

from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.io._annotations import Annotations, Unit
from genner.io._json import first_record, json_records
from genner.io._reports import Problem
from genner.io._sink import Sink
from genner.io._source import Source
from genner.io._tokens import cannot, grid_of, join, locate, on_grid
from genner.types import Document, Entity

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".json",)

_TOKENS = ("tokens", "tokenized_text", "sentences", "sentence")
_LISTS = ("entity_mentions", "ner", "spans", "entities", "labels", "label")
_LABELS = ("label", "type", "entity_type")
_IDS = ("id", "sent_id", "doc_key", "doc_id")

End = Literal["exclusive", "inclusive"]


def sniff(name: str, head: str) -> bool:
    """Tell whether the first record has tokens or a text, and a list of entities."""
    keys = first_record(head)
    if head.lstrip().startswith(("[[", '["')):
        return '"entities"' in head
    return any(key in keys for key in (*_TOKENS, "text")) and any(key in keys for key in _LISTS)


def read(source: Source, *, offsets: Unit = "characters", end: End | None = None) -> Iterator[Document]:
    """Yield one document a record, its other keys in `meta`.

    Args:
        offsets: what character offsets count.
        end: whether the last character or token is meant; by default what each shape is known for.
    """
    if end not in (None, "exclusive", "inclusive"):
        raise UnknownNameError.of("end", end, ["exclusive", "inclusive"])
    return source.each(json_records(source), partial(_parse, source, offsets, end))


def _parse(source: Source, unit: Unit, end: End | None, record: Any) -> Document:
    if isinstance(record, list) and len(record) == 2 and isinstance(record[1], dict):
        record = {"text": record[0], **record[1]}
    if not isinstance(record, dict):
        raise DataError(f"expected an object, got {type(record).__name__} {record!r:.40}")
    listed = next((key for key in _LISTS if isinstance(record.get(key), list)), None)
    if listed is None:
        raise DataError(f"expected a list of entities under one of {', '.join(_LISTS)}; got {', '.join(record)!r:.80}")
    tokens_key = next((key for key in _TOKENS if _is_tokens(record.get(key))), None)
    inclusive = (end or ("inclusive" if listed == "ner" else "exclusive")) == "inclusive"
    identity = next((str(record[key]) for key in _IDS if isinstance(record.get(key), (str, int))), None)
    used = {listed, tokens_key, "text", *(key for key in _IDS if str(record.get(key)) == identity)}
    meta = {key: value for key, value in record.items() if key not in used}
    if tokens_key is None or listed == "spans":
        text = record.get("text")
        if not isinstance(text, str):
            raise DataError("expected 'text' (a string) or 'tokens' (a list of strings)")
        annotations = Annotations(source, text, unit)
        for item in record[listed]:
            (start, last), label, mention = _offsets(item)
            annotations.add([(start, last + inclusive)], label, mention=mention)
        return annotations.document(id=identity, meta=meta | _own_grid(record.get("tokens")))
    tokens = _flat(record[tokens_key])
    text, grid = join(tokens)
    raw = next((record[key] for key in ("text", "sentence") if isinstance(record.get(key), str)), None)
    found = None if raw is None else locate(tokens, raw)
    if raw is not None and found is not None:
        text, grid = raw, found
        meta = {key: value for key, value in meta.items() if value != raw}
    annotations = Annotations(source, text)
    for item in _mentions(record[listed]):
        annotations.add(*_on_tokens(item, grid, inclusive))
    return annotations.document(id=identity, meta=meta | {"tokens": grid})


def _is_tokens(value: Any) -> bool:
    """Tell whether this is a list of tokens, or of lists of tokens."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, str) or (isinstance(item, list) and item and _is_tokens(item)) for item in value)


def _own_grid(tokens: Any) -> dict[str, Any]:
    """Return the token grid of `[{"text", "start", "end"}]`, as annotation tools write it."""
    if not isinstance(tokens, list) or not all(isinstance(t, dict) and {"start", "end"} <= t.keys() for t in tokens):
        return {}
    return {"tokens": [[token["start"], token["end"]] for token in tokens]}


def _flat(tokens: list[Any]) -> list[str]:
    return [token for item in tokens for token in (item if isinstance(item, list) else [item])]


def _mentions(items: list[Any]) -> Iterator[Any]:
    """Yield mentions, also where they are listed sentence by sentence."""
    for item in items:
        if isinstance(item, list) and (not item or isinstance(item[0], (list, dict))):
            yield from item
        else:
            yield item


def _offsets(item: Any) -> tuple[tuple[int, int], str, str | None]:
    """Return start, end, label and what the record says the mention is."""
    if isinstance(item, dict):
        label = next((item[key] for key in _LABELS if key in item), None)
        found = (item.get("start"), item.get("end"), label, item.get("text"))
    elif isinstance(item, list) and len(item) >= 3:
        found = (item[0], item[1], item[2], None)
    else:
        found = (None, None, None, None)
    start, end, label, mention = found
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        raise DataError(f"expected [start, end, label] or an object with start, end and type, got {item!r:.80}")
    return (start, end), label, mention if isinstance(mention, str) else None


def _on_tokens(item: Any, grid: list[list[int]], inclusive: bool) -> tuple[list[tuple[int, int]], str]:
    if isinstance(item, dict) and isinstance(item.get("index"), list):
        indexes = item["index"]
        _, label, _ = _offsets({"start": 0, "end": 1, **{key: item[key] for key in _LABELS if key in item}})
    else:
        (start, end), label, _ = _offsets(item)
        indexes = [start, end if inclusive else end - 1]
        if not 0 <= start <= indexes[1] < len(grid):
            raise DataError(f"expected tokens within 0..{len(grid)}, got {item!r:.80}")
        return [(grid[indexes[0]][0], grid[indexes[1]][1])], label
    if not indexes or any(type(index) is not int or not 0 <= index < len(grid) for index in indexes):
        raise DataError(f"expected token numbers below {len(grid)}, got {item!r:.80}")
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return [(grid[first][0], grid[last][1]) for first, last in runs], label


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
        sink.write(json.dumps(record, ensure_ascii=False) + "\n")
        yield document


def _tokens_record(document: Document, sink: Sink) -> dict[str, Any]:
    grid = grid_of(document)
    if not grid:
        raise EncodeError("expected at least one token, got a text of white space")
    placed, off = on_grid(document.entities, grid)
    if off and sink.on_error == "raise":
        raise cannot("token offsets cannot say an entity whose edges are no token edges", off)
    for entity in off:
        sink.note(Problem("dropped", f"{entity!r}: its edges are no token edges", path=document.id))
    mentions = [
        {
            "start": first,
            "end": end,
            "type": label,
            "text": document.surface(Entity(grid[first][0], grid[end - 1][1], label)),
        }
        for first, end, label in placed
    ]
    return {"tokens": [document.text[start:end] for start, end in grid], "entity_mentions": mentions}
