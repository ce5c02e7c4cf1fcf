"""One document at a time: check it, prepare it as the settings say, match it, count it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from genner.exceptions import DataError, WrongTypeError
from genner.metrics.counts import Row, full_row, row
from genner.metrics.matching import Case, Item, Matched, get_matching
from genner.metrics.settings import Settings
from genner.types import Document, Entity, Mention, Prediction

__all__ = ["Output", "Scorer", "documents", "paired"]

Output: TypeAlias = Prediction | Document
"""What a system said about one document."""

label_of: Callable[[Any], str] = attrgetter("label")


def _listed(values: Iterable[Any], name: str, kinds: tuple[type, ...]) -> list[Any]:
    expected = " or ".join(kind.__name__ for kind in kinds)
    if isinstance(values, (str, bytes, dict, *kinds)) or not isinstance(values, Iterable):
        raise WrongTypeError(f"{name}: expected a sequence of {expected}, got {type(values).__name__} {values!r:.80}")
    items = list(values)
    for position, item in enumerate(items):
        if not isinstance(item, kinds):
            raise WrongTypeError(f"{name}[{position}]: expected {expected}, got {type(item).__name__} {item!r:.80}")
    return items


def documents(values: Iterable[Document], name: str = "gold") -> list[Document]:
    """Check that `values` are documents."""
    return _listed(values, name, (Document,))


def paired(
    gold: Iterable[Document], predicted: Iterable[Output], name: str = "predicted", *, texts: bool = True
) -> list[tuple[Document, Output]]:
    """Check that both sides speak of the same documents, and pair them.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
    """
    left, right = documents(gold), _listed(predicted, name, (Prediction, Document))
    if len(left) != len(right):
        raise DataError(
            f"expected one prediction for each gold document, got {len(left)} gold and {len(right)} {name}; "
            f"the first without a partner is at position {min(len(left), len(right))}"
        )
    pairs = list(zip(left, right, strict=True))
    for position, (document, output) in enumerate(pairs):
        check(document, output, position, name, texts)
    return pairs


def check(document: Document, output: Output, position: int, name: str = "predicted", texts: bool = True) -> None:
    """Raise when `output` does not speak of `document`."""
    if output.text is not document.text and texts:
        if output.text is None:
            _check_ends(document, output.entities, position, name)
        elif output.text != document.text:
            raise DataError(_texts_differ(document.text, output.text, position, name))
    if document.id is not None:
        other = getattr(output, "id", None)
        if other is not None and other != document.id:
            raise DataError(f"{name}[{position}]: expected id {document.id!r} as in gold, got {other!r}")


def _check_ends(document: Document, entities: Sequence[Entity], position: int, name: str) -> None:
    size = len(document.text)
    for entity in entities:
        if entity[1] > size:
            raise DataError(
                f"{name}[{position}]: {entity!r} ends past the end of the text, which has {size} characters"
            )


def _texts_differ(gold: str, other: str, position: int, name: str) -> str:
    place = next((at for at, (a, b) in enumerate(zip(gold, other, strict=False)) if a != b), min(len(gold), len(other)))
    begin = max(0, place - 10)
    return (
        f"{name}[{position}]: its text differs from the gold text at character {place}: expected "
        f"{gold[begin : place + 20]!r}, got {other[begin : place + 20]!r}; "
        "decode with text= to place entities in the source"
    )


class Scorer:
    """Turns a document and an output into a row of counts."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._match = get_matching(settings.matching)
        self._plain = not settings.relabels and settings.duplicates == "count"
        self._rename = settings.relabel() if settings.relabels else None
        self._unplaced = settings.unplaced == "count"

    def case(self, document: Document, output: Output) -> Case:
        """Prepare both sides as the settings say."""
        gold, predicted = document.entities, output.entities
        unplaced = output.unplaced if isinstance(output, Prediction) and self._unplaced else ()
        if self._plain:
            return Case(document.text, gold, predicted, unplaced, output)
        sides: list[Sequence[Any]] = [gold, predicted, unplaced]
        if self._rename is not None:
            sides = [list(self._renamed(side)) for side in sides]
        if self.settings.duplicates == "ignore":
            sides = [list(dict.fromkeys(side)) for side in sides]
        return Case(document.text, sides[0], sides[1], sides[2], output)

    def _renamed(self, items: Iterable[Item]) -> Iterator[Item]:
        assert self._rename is not None
        for item in items:
            label = self._rename(item.label)
            if label == item.label:
                yield item
            elif label:
                yield Entity(item[0], item[1], label) if isinstance(item, Entity) else Mention(item.text, label)

    def match(self, document: Document, output: Output) -> Matched:
        """Tell who counts and who got credit."""
        return self._match(self.case(document, output))

    def matched(self, case: Case) -> Matched:
        """Tell the same of a prepared document."""
        return self._match(case)

    def row(self, document: Document, output: Output) -> Row:
        """Count one document label by label."""
        gold = document.entities
        if self._plain and gold == output.entities and not getattr(output, "unplaced", ()):
            return full_row(tuple([entity[2] for entity in gold]))
        return count(self.match(document, output), label_of)


def count(matched: Matched, key: Callable[[Any], str]) -> Row:
    """Count what a matching said, key by key."""
    gold, predicted, found, correct, half_found, half_correct = matched
    keys = tuple(map(key, found))
    return row(
        tuple(map(key, gold)),
        tuple(map(key, predicted)),
        keys,
        keys if correct is found else tuple(map(key, correct)),
        tuple(map(key, half_found)) if half_found else (),
        tuple(map(key, half_correct)) if half_correct else (),
    )
