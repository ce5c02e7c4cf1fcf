"""Compare documents one by one: check both sides, prepare them as the settings say, match them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter, is_
from typing import Any, TypeAlias

from genner.exceptions import DataError, WrongTypeError
from genner.metrics.counts import Outcome, Row, row_of, sum_outcomes
from genner.metrics.issues import IssueTally
from genner.metrics.matching import MATCHINGS, Case, Item, Matching, Pair, split_exact
from genner.metrics.matching.strict import exact_pairs
from genner.metrics.results import Evaluation
from genner.metrics.settings import Settings
from genner.types import Document, Entity, Mention, Prediction

__all__ = ["Output", "case_maker", "check", "compared", "counter", "documents", "paired", "preparer", "score"]

Output: TypeAlias = Prediction | Document
"""What a system predicted for one document."""

Sides: TypeAlias = tuple[Sequence[Entity], Sequence[Entity], Sequence[Mention]]

_text: Callable[[Any], str | None] = attrgetter("text")


# -- checking ----------------------------------------------------------------------------------


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
    gold: Iterable[Document], predicted: Iterable[Output], name: str = "predicted"
) -> tuple[list[Document], list[Output]]:
    """Check that both sides are about the same documents, and list them.

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
        check(document, output, position, name)
    return left, right


def check(document: Document, output: Output, position: int, name: str = "predicted") -> None:
    """Raise when `output` is not about `document`."""
    if output.text is not document.text:
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


# -- preparing ---------------------------------------------------------------------------------


def _preparer(settings: Settings) -> Callable[[Document, Output], Sides] | None:
    """Return the function that prepares both sides; None where they are taken as they are."""
    rename = settings.relabel() if settings.relabels else None
    if rename is None and settings.duplicates == "count" and settings.unplaced == "count":
        return None
    single, unplaced = settings.duplicates == "ignore", settings.unplaced == "count"

    def prepared(items: Sequence[Any]) -> Sequence[Any]:
        if rename is not None:
            renamed = [(item, rename(item.label)) for item in items]
            items = [item if label == item.label else _relabelled(item, label) for item, label in renamed if label]
        return [*dict.fromkeys(items)] if single else items

    def sides(document: Document, output: Output) -> Sides:
        mentions = output.unplaced if unplaced and isinstance(output, Prediction) else ()
        return prepared(document.entities), prepared(output.entities), prepared(mentions)

    return sides


def _relabelled(item: Entity | Mention, label: str) -> Entity | Mention:
    return Entity(item[0], item[1], label) if isinstance(item, Entity) else Mention(item.text, label)


def _as_they_are(document: Document, output: Output) -> Sides:
    return document.entities, output.entities, output.unplaced if isinstance(output, Prediction) else ()


def preparer(settings: Settings) -> Callable[[Document, Output], Sides]:
    """Return the function from a document and a prediction to gold, predicted and unplaced as they are compared."""
    return _preparer(settings) or _as_they_are


def case_maker(settings: Settings) -> Callable[[Document, Output], Case]:
    """Return the function from a document and a prediction to both sides as they are compared."""
    prepare = preparer(settings)
    return lambda document, output: Case(document.text, *prepare(document, output))


# -- matching ----------------------------------------------------------------------------------


def compared(
    settings: Settings, matchings: Sequence[Matching], gold: Iterable[Document], predicted: Iterable[Output]
) -> Iterator[list[Outcome]]:
    """Match every document by every matching; yield an outcome for each matching.

    Args:
        settings: how both sides are prepared; its own matching is not looked at.
        matchings: which predictions answer which gold entities.
        gold: documents that were checked.
        predicted: a prediction for each.
    """
    prepare = _preparer(settings)
    # tuple.__new__ takes a third of the time of calling the named tuple, which is most of a document's
    new, make, none = tuple.__new__, Outcome, ()
    listed = [(matching, matching.match, matching.pairs_exact_first) for matching in matchings]
    for document, output in zip(gold, predicted, strict=True):
        if prepare is not None:
            golds, said, mentions = prepare(document, output)
        else:
            golds, said = document.entities, output.entities
            mentions = output.unplaced if type(output) is Prediction else none
        split = (golds, none, none) if golds == said else split_exact(golds, said)
        exact, missed, wrong = split
        clear = not (missed and (wrong or mentions))
        shared = new(make, (golds, said, mentions, exact, none))
        found = []
        for matching, match, exact_first in listed:
            if (clear and exact_first) or match is exact_pairs:
                found.append(shared)
            else:
                pairs = tuple(match(new(Case, (document.text, golds, said, mentions, split))))
                if MATCHINGS.get(matching.name) is not matching:
                    _check_pairs(matching, golds, [*said, *mentions], pairs)
                found.append(new(make, (golds, said, mentions, none, pairs)))
        yield found


def score(settings: Settings, matching: Matching, gold: Sequence[Document], predicted: Sequence[Output]) -> Evaluation:
    """Score documents that were checked; they are counted one by one only when that is asked for."""

    (sums,) = sum_outcomes(compared(settings, [matching], gold, predicted))
    return Evaluation.of(settings, sums, counter(settings, matching, gold, predicted), IssueTally.of(predicted))


def counter(
    settings: Settings, matching: Matching, gold: Sequence[Document], predicted: Sequence[Output]
) -> Callable[[], Iterator[Row]]:
    """Return the function that counts documents one by one."""
    return lambda: (row_of(one) for (one,) in compared(settings, [matching], gold, predicted))


def _check_pairs(matching: Matching, gold: Sequence[Item], predicted: Sequence[Item], pairs: Sequence[Pair]) -> None:
    """Refuse pairs that would make counts impossible."""
    sides: tuple[Counter[Any], ...] = (Counter(gold), Counter(predicted))
    for side, here in enumerate(sides):
        for item, times in Counter(pair[side] for pair in pairs).items():
            if times > here[item]:
                raise DataError(
                    f"matching {matching.name!r} pairs {item!r} {times} times; the document has it {here[item]} times"
                )
    for one, other, credit in pairs:
        if not 0 < credit <= 1:
            raise DataError(
                f"matching {matching.name!r}: expected credit of at most 1, got {credit!r} for {one}, {other}"
            )
