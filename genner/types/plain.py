"""Documents and predictions from plain data, in the shapes that other libraries give them.

=============================  ==================================================================
a document                     `Document`, `{"text": ..., "entities": [...]}`, `(text, entities)`
a prediction                   the same, a `Prediction`, or the list of entities alone
the list of entities           under `entities`, `ents`, `spans`, `mentions` or `labels`
an entity                      `Entity`, `(start, end, label)`, or a dict with `start`, `end` and
                               `label`, or the names that other libraries give these
a mention without a place      a dict with `text` and `label` and no `start`
=============================  ==================================================================

Offsets are characters, 0-based, end exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from genner.exceptions import DataError, WrongTypeError
from genner.types._documents import Document, Mention
from genner.types._predictions import Prediction
from genner.types._spans import Entity

__all__ = [
    "AnyDocument", "AnyOutput", "Output", "documents", "outputs", "read_at", "read_document", "read_output",
]  # fmt: skip

Output: TypeAlias = Prediction | Document
"""What a system predicted for one document."""

AnyDocument: TypeAlias = "Document | Mapping[str, Any] | tuple[str, Any]"
"""A document, or plain data that holds its text and entities."""

AnyOutput: TypeAlias = "Output | Mapping[str, Any] | Sequence[Any]"
"""What a system predicted for one document, or plain data that holds it."""

_LISTS = ("entities", "ents", "spans", "mentions", "labels")
_KEYS = {
    "start": ("start", "start_char", "start_offset", "begin"),
    "end": ("end", "end_char", "end_offset"),
    "label": ("label", "label_", "type", "entity_type", "entity_group", "entity"),
}
"""Keys by libraries: spaCy, Doccano, Presidio, GLiNER, and the pipelines of transformers."""


def documents(values: Iterable[AnyDocument], name: str = "gold") -> list[Document]:
    """Read `values` as documents.

    Raises:
        DataError: naming the first that is none.
    """
    return _listed(values, name, (Document,), read_document)


def outputs(values: Iterable[AnyOutput], name: str = "predicted") -> list[Output]:
    """Read `values` as what was predicted for each document.

    Raises:
        DataError: naming the first that is no prediction and no document.
    """
    return _listed(values, name, (Prediction, Document), read_output)


def _listed(values: Iterable[Any], name: str, kinds: tuple[type, ...], read: Callable[[Any], Any]) -> list[Any]:
    expected = " or ".join(kind.__name__ for kind in kinds)
    if isinstance(values, (str, bytes, Mapping, *kinds)) or not isinstance(values, Iterable):
        raise WrongTypeError(f"{name}: expected a sequence of {expected}, got {type(values).__name__} {values!r:.80}")
    items = list(values)
    if {*map(type, items)} <= {*kinds}:  # looks at every item, and needs no loop
        return items
    return [read_at(position, item, name, read) for position, item in enumerate(items)]


def read_at(position: int, item: Any, name: str, read: Callable[[Any], Any]) -> Any:
    """Read one item; an error names its position."""
    try:
        return read(item)
    except DataError as error:
        raise type(error)(f"{name}[{position}]: {error}") from None


def read_document(value: Any) -> Document:
    """Return a document from any of the usual shapes.

    Raises:
        DataError: when it holds no text, or an entity is malformed; `WrongTypeError` for another type.
    """
    if isinstance(value, Document):
        return value
    text, entities, unplaced, id = _parts(value, "Document")
    if text is None or unplaced:
        what = "a text" if text is None else f"a start and an end in {unplaced[0]!r:.60}"
        raise DataError(f"expected {what}, got {value!r:.80}")
    return Document(text, entities, id=id)


def read_output(value: Any) -> Output:
    """Return what was predicted for a document from any of the usual shapes.

    Raises:
        DataError: when an entity is malformed; `WrongTypeError` for another type.
    """
    if isinstance(value, (Prediction, Document)):
        return value
    text, entities, unplaced, id = _parts(value, "Prediction or Document")
    if id is not None and text is not None and not unplaced:
        return Document(text, entities, id=id)
    return Prediction(entities, unplaced, text=text)


def _parts(value: Any, expected: str) -> tuple[str | None, list[Any], list[Mention], str | None]:
    """Return text, entities, mentions without a place and id of plain data."""
    text, id, items = None, None, value
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        text, items = value  # as spaCy's training data: (text, {"entities": [...]})
    if isinstance(items, Mapping):
        text, id = items.get("text", text), items.get("id")
        key = next((key for key in _LISTS if isinstance(items.get(key), (list, tuple))), None)
        items = None if key is None else [*items[key], *items.get("unplaced", ())]
    if not isinstance(items, (list, tuple)):
        missing = f" with no list under {', '.join(_LISTS)}" if items is None else ""
        raise WrongTypeError(f"expected {expected}, got {type(value).__name__} {value!r:.80}{missing}")
    entities, mentions = list[Any](), list[Mention]()
    for one in map(_entity, items):
        (mentions if isinstance(one, Mention) else entities).append(one)
    return text, entities, mentions, None if id is None else str(id)


def _entity(item: Any) -> Any:
    """Return an entity, a mention without a place, or what the constructor of a document makes an entity of."""
    if not isinstance(item, Mapping):
        return item
    values = {name: [item[key] for key in keys if item.get(key) is not None] for name, keys in _KEYS.items()}
    found = {name: given[0] for name, given in values.items() if given}
    if found.keys() == {"label"} and isinstance(item.get("text"), str):
        return Mention(item["text"], found["label"])
    if len(found) < len(_KEYS):
        raise DataError(f"expected the keys start, end and label, got {item!r:.80}")
    return Entity(**found)
