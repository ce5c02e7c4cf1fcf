"""Gold documents and predictions to be scored, read from any of the usual shapes and checked to be about one text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from genner.exceptions import DataError, WrongTypeError
from genner.types import Document, Prediction
from genner.types.plain import AnyDocument, AnyOutput, Output, read_document, read_output

__all__ = ["check", "documents", "paired", "read_at"]


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
