"""What can be scored: documents and predictions, or plain data of the usual shapes.

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
from genner.types import Document, Entity, Mention, Prediction

__all__ = [
    "AnyDocument", "AnyOutput", "Output", "check", "documents", "paired", "read_at", "read_document", "read_output",
]  # fmt: skip

Output: TypeAlias = Prediction | Document
"""What a system predicted for one document."""

AnyDocument: TypeAlias = "Document | Mapping[str, Any] | tuple[str, Any]"
"""A document, or plain data that holds its text and entities."""

AnyOutput: TypeAlias = "Output | Mapping[str, Any] | Sequence[Any]"
"""What a system predicted for one document, or plain data that holds it."""

_LISTS = ("entities", "ents", "spans", "mentions", "labels")
_START = ("start", "start_char", "start_offset", "begin")
_END = ("end", "end_char", "end_offset")
_LABEL = ("label", "label_", "type", "entity_type", "entity_group", "entity")
"""Keys by libraries: spaCy, Doccano, Presidio, GLiNER, and the pipelines of transformers."""


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
        if key is None:
            raise WrongTypeError(
                f"expected {expected}, got {type(value).__name__} {value!r:.80} with no list under {', '.join(_LISTS)}"
            )
        items = [*items[key], *items.get("unplaced", ())]
    if not isinstance(items, (list, tuple)):
        raise WrongTypeError(f"expected {expected}, got {type(value).__name__} {value!r:.80}")
    read = [_entity(item) for item in items]
    return (
        text,
        [one for one in read if not isinstance(one, Mention)],
        [one for one in read if isinstance(one, Mention)],
        None if id is None else str(id),
    )


def _entity(item: Any) -> Any:
    """Return an entity, what the constructor of a document makes one of, or a mention without a place."""
    if not isinstance(item, Mapping):
        return item
    start, end, label = [
        next((item[key] for key in keys if item.get(key) is not None), None) for keys in (_START, _END, _LABEL)
    ]
    if start is None and end is None and label is not None and isinstance(item.get("text"), str):
        return Mention(item["text"], label)
    if start is None or end is None or label is None:
        raise DataError(f"expected the keys start, end and label, got {item!r:.80}")
    return Entity(start, end, label)


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


def documents(values: Iterable[AnyDocument], name: str = "gold") -> list[Document]:
    """Read `values` as documents.

    Raises:
        DataError: naming the first that is none.
    """
    return _listed(values, name, (Document,), read_document)


def paired(
    gold: Iterable[AnyDocument], predicted: Iterable[AnyOutput], name: str = "predicted"
) -> tuple[list[Document], list[Output]]:
    """Read both sides, and check that they are about the same documents.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
    """
    left, right = documents(gold), _listed(predicted, name, (Prediction, Document), read_output)
    if len(left) != len(right):
        raise DataError(
            f"expected one prediction for each gold document, got {len(left)} gold and {len(right)} {name}; "
            f"the first without a partner is at position {min(len(left), len(right))}"
        )
    same = [one.text is other.text for one, other in zip(left, right, strict=True)]
    if {*map(type, right)} <= {Prediction} and all(same):
        return left, right  # predictions have no id, and a text that is the same object is the same text
    for position, (document, output) in enumerate(zip(left, right, strict=True)):
        check(document, output, position, name)
    return left, right


def check(document: Document, output: Output, position: int, name: str = "predicted") -> None:
    """Raise when `output` is not about `document`."""
    if output.text is None:
        size = len(document.text)
        for entity in output.entities:
            if entity[1] > size:
                raise DataError(
                    f"{name}[{position}]: {entity!r} ends past the end of the text, which has {size} characters"
                )
    elif output.text is not document.text and output.text != document.text:
        same = zip(document.text, output.text, strict=False)  # a text that ends early differs at its end
        place = next((at for at, (a, b) in enumerate(same) if a != b), min(len(document.text), len(output.text)))
        shown = slice(max(0, place - 10), place + 20)
        raise DataError(
            f"{name}[{position}]: its text differs from the gold text at character {place}: expected "
            f"{document.text[shown]!r}, got {output.text[shown]!r}; decode with text= to place entities in the source"
        )
    if isinstance(output, Document) and None is not output.id != document.id is not None:
        raise DataError(f"{name}[{position}]: expected id {document.id!r} as in gold, got {output.id!r}")
