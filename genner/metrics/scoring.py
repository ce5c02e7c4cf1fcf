"""One document at a time: check it, prepare it as the settings say, match it, count it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, is_, itemgetter
from typing import Any, TypeAlias

from genner.exceptions import DataError, WrongTypeError
from genner.metrics.counts import Keys, Row, full_row, row
from genner.metrics.matching import OVER_STRICT, BeyondExact, Case, Item, Matched, Pair, get_matching
from genner.metrics.matching._pairing import Pairs, pair, split_exact
from genner.metrics.matching.strict import common, strict
from genner.metrics.settings import Settings
from genner.types import Document, Entity, Mention, Prediction

__all__ = ["Output", "Scorer", "documents", "paired"]

Output: TypeAlias = Prediction | Document
"""What a system said about one document."""

label_of: Callable[[Any], str] = attrgetter("label")
_third: Callable[[Any], str] = itemgetter(2)
_text: Callable[[Any], str | None] = attrgetter("text")


def _listed(values: Iterable[Any], name: str, kinds: tuple[type, ...]) -> list[Any]:
    expected = " or ".join(kind.__name__ for kind in kinds)
    if isinstance(values, (str, bytes, dict, *kinds)) or not isinstance(values, Iterable):
        raise WrongTypeError(f"{name}: expected a sequence of {expected}, got {type(values).__name__} {values!r:.80}")
    items = list(values)
    if {*map(type, items)} <= {*kinds}:  # looks at every item, and needs no loop
        return items
    for position, item in enumerate(items):
        if not isinstance(item, kinds):
            raise WrongTypeError(f"{name}[{position}]: expected {expected}, got {type(item).__name__} {item!r:.80}")
    return items


def documents(values: Iterable[Document], name: str = "gold") -> list[Document]:
    """Check that `values` are documents."""
    return _listed(values, name, (Document,))


def paired(
    gold: Iterable[Document], predicted: Iterable[Output], name: str = "predicted", *, texts: bool = True
) -> tuple[list[Document], list[Output]]:
    """Check that both sides speak of the same documents, and list them.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
    """
    left, right = documents(gold), _listed(predicted, name, (Prediction, Document))
    if len(left) != len(right):
        raise DataError(
            f"expected one prediction for each gold document, got {len(left)} gold and {len(right)} {name}; "
            f"the first without a partner is at position {min(len(left), len(right))}"
        )
    if {*map(type, right)} <= {Prediction} and all(map(is_, map(_text, left), map(_text, right))):
        return left, right  # predictions have no id, and a text that is the same object is the same text
    for position, (document, output) in enumerate(zip(left, right, strict=True)):
        check(document, output, position, name, texts)
    return left, right


def check(document: Document, output: Output, position: int, name: str = "predicted", texts: bool = True) -> None:
    """Raise when `output` does not speak of `document`."""
    if output.text is not document.text and texts:
        if output.text is None:
            _check_ends(document, output.entities, position, name)
        elif output.text != document.text:
            raise DataError(_texts_differ(document.text, output.text, position, name))
    if isinstance(output, Document) and None is not output.id != document.id is not None:
        raise DataError(f"{name}[{position}]: expected id {document.id!r} as in gold, got {output.id!r}")


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
        self._over_strict = settings.matching in OVER_STRICT
        self._beyond = self._match if isinstance(self._match, BeyondExact) else None
        self._plain = not settings.relabels and settings.duplicates == "count"
        self._rename = settings.relabel() if settings.relabels else None
        self._unplaced = settings.unplaced == "count"
        self._shares = self._plain and (self._beyond is not None or self._match is strict)

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

    def agrees(self, document: Document, output: Output) -> bool:
        """Tell, before anything is prepared, whether everything is right."""
        if not self._plain or document.entities != output.entities:
            return False
        return not (self._unplaced and isinstance(output, Prediction) and output.unplaced)

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
        if not self._plain:
            return count(self.match(document, output), label_of)
        gold, predicted = document.entities, output.entities
        unplaced = output.unplaced if self._unplaced and isinstance(output, Prediction) else ()
        if not self._over_strict or unplaced:
            return count_labels(self._match(Case(document.text, gold, predicted, unplaced, output)))
        if gold == predicted:
            return full_row(_labels(gold))
        if self._match is strict:
            keys = _labels(common(gold, predicted))
            return row(_labels(gold), _labels(predicted), keys, keys)
        shared, missed, wrong = split_exact(gold, predicted)
        keys = _labels(shared)
        if missed and wrong:  # else a side is used up: no matching can give more
            if self._beyond is None:
                return count_labels(self._match(Case(document.text, gold, predicted, (), output)))
            return _beyond(_labels(gold), _labels(predicted), keys, self._beyond.pairs(missed, wrong))
        return row(_labels(gold), _labels(predicted), keys, keys)

    @staticmethod
    def rows(scorers: Sequence[Scorer], document: Document, output: Output) -> Sequence[Row]:
        """Count one document for scorers that differ in nothing but their matching, looking at it once."""
        gold, predicted = document.entities, output.entities
        unplaced = isinstance(output, Prediction) and output.unplaced
        if unplaced or not all(scorer._shares for scorer in scorers):
            return [scorer.row(document, output) for scorer in scorers]
        if gold == predicted:
            return [full_row(_labels(gold))] * len(scorers)
        shared, missed, wrong = split_exact(gold, predicted)
        golds, said, keys = _labels(gold), _labels(predicted), _labels(shared)
        exact = row(golds, said, keys, keys)
        pairs = pair(missed, wrong) if missed and wrong else ()
        if not pairs:
            return [exact] * len(scorers)
        return [
            exact if scorer._beyond is None else _beyond(golds, said, keys, scorer._beyond.credited(pairs))
            for scorer in scorers
        ]


def _beyond(gold: Keys, predicted: Keys, exact: Keys, pairs: Pairs) -> Row:
    """Count exact matches, and the pairs that get credit beside them."""
    full, half = pairs
    found, correct = _both(full) if full else ((), ())
    if half:
        return row(gold, predicted, exact + found, exact + correct, *_both(half))
    return row(gold, predicted, exact + found, exact + correct)


def count(matched: Matched, key: Callable[[Any], str]) -> Row:
    """Count what a matching said, key by key."""
    return _row(matched, lambda items: tuple(map(key, items)))


def count_labels(matched: Matched) -> Row:
    """Count what a matching said, label by label."""
    try:
        return _row(matched, _labels)
    except TypeError:  # a mention among the predictions, which is no tuple
        return count(matched, label_of)


def _labels(items: Iterable[Any]) -> tuple[str, ...]:
    """Take labels off entities by position, in half the time of asking for the attribute."""
    return tuple(map(_third, items))


def _both(pairs: Iterable[Pair]) -> tuple[Keys, Keys]:
    """Take labels off the gold entities of pairs, and off their predictions."""
    return tuple([one[2] for one, _ in pairs]), tuple([other[2] for _, other in pairs])


def _row(matched: Matched, keys: Callable[[Iterable[Item]], tuple[str, ...]]) -> Row:
    gold, predicted, found, correct, half_found, half_correct = matched
    found_keys = keys(found)
    correct_keys = found_keys if correct is found else keys(correct)
    if half_found:
        return row(keys(gold), keys(predicted), found_keys, correct_keys, keys(half_found), keys(half_correct))
    return row(keys(gold), keys(predicted), found_keys, correct_keys)
