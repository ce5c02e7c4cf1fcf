"""Compare documents, all at once or one by one: check both sides, prepare them as the settings say, match, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap, zip_longest
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from typing_extensions import Unpack

from genner.exceptions import DataError, WrongTypeError
from genner.metrics.counts import Counts, Row
from genner.metrics.matching import MATCHINGS, AnyMatching, Case, Item, Matching, Pair, Rest, remaining, rest_of
from genner.metrics.results import Evaluation, Result
from genner.metrics.settings import Scoring, Settings, resolved
from genner.show.tables import Table
from genner.types import Document, Entity, Mention, Prediction
from genner.types.plain import AnyDocument, AnyOutput, Output, documents, outputs, read_at, read_document, read_output
from genner.types.tally import IssueTally

__all__ = [
    "Evaluator", "case_of", "cases", "check", "paired", "pairs_of", "row_of", "score", "sides_of", "sums_of",
    "without_credit",
]  # fmt: skip

Sides: TypeAlias = tuple[str, Sequence[Entity], Sequence[Entity], Sequence[Mention]]
"""Text, gold entities, predictions, and those without a place."""


def paired(gold: Iterable[AnyDocument], predicted: Iterable[AnyOutput]) -> tuple[list[Document], list[Output]]:
    """Read both sides, and check that they are about the same documents.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
    """
    left, right = documents(gold), outputs(predicted)
    if len(left) != len(right):
        raise DataError(
            f"expected one prediction for each gold document, got {len(left)} gold and {len(right)} predicted; "
            f"the first without a partner is at position {min(len(left), len(right))}"
        )
    same = [one.text is other.text for one, other in zip(left, right, strict=True)]
    if {*map(type, right)} <= {Prediction} and all(same):
        return left, right  # predictions have no id, and a text that is the same object is the same text
    for position, (document, output) in enumerate(zip(left, right, strict=True)):
        check(document, output, position)
    return left, right


def check(document: Document, output: Output, position: int) -> None:
    """Raise when `output` is not about `document`."""
    if output.text is None:
        size = len(document.text)
        for entity in output.entities:
            if entity[1] > size:
                raise DataError(
                    f"predicted[{position}]: {entity!r} ends past the end of the text, which has {size} characters"
                )
    elif output.text is not document.text and output.text != document.text:
        same = zip(document.text, output.text, strict=False)  # a text that ends early differs at its end
        place = next((at for at, (a, b) in enumerate(same) if a != b), min(len(document.text), len(output.text)))
        shown = slice(max(0, place - 10), place + 20)
        raise DataError(
            f"predicted[{position}]: its text differs from the gold text at character {place}: expected "
            f"{document.text[shown]!r}, got {output.text[shown]!r}; decode with text= to place entities in the source"
        )
    if isinstance(output, Document) and None is not output.id != document.id is not None:
        raise DataError(f"predicted[{position}]: expected id {document.id!r} as in gold, got {output.id!r}")


def sides_of(settings: Settings, gold: Iterable[Document], predicted: Iterable[Output]) -> Iterator[Sides]:
    """Yield text, gold, predicted and unplaced of each document as they are compared: the fields of a `Case`."""
    prepared, count_unplaced = _preparer(settings), settings.unplaced == "count"
    for document, output in zip(gold, predicted, strict=True):
        mentions = output.unplaced if count_unplaced and type(output) is Prediction else ()
        if prepared is None:
            yield document.text, document.entities, output.entities, mentions
        else:
            yield document.text, prepared(document.entities), prepared(output.entities), prepared(mentions)


def cases(settings: Settings, gold: Iterable[Document], predicted: Iterable[Output]) -> Iterator[Case]:
    """Yield both sides of each document as they are compared."""
    return starmap(Case, sides_of(settings, gold, predicted))


def case_of(settings: Settings, document: Document, output: Output) -> Case:
    """Return both sides of one document as they are compared."""
    return next(cases(settings, [document], [output]))


def _preparer(settings: Settings) -> Callable[[Sequence[Any]], tuple[Any, ...]] | None:
    """Return the function that renames, drops and makes single what one side holds; None where nothing changes."""
    if not settings.relabels and settings.duplicates == "count":
        return None
    rename, single = settings.relabel(), settings.duplicates == "ignore"

    def renamed(item: Any) -> Any:
        label = rename(item.label)
        if label is None or label == item.label:
            return item if label else None
        return Entity(item[0], item[1], label) if isinstance(item, Entity) else Mention(item.text, label)

    def prepared(items: Sequence[Any]) -> tuple[Any, ...]:
        kept = filter(None, map(renamed, items))
        return tuple(dict.fromkeys(kept) if single else kept)

    return prepared


_entity_label: Callable[[Any], str] = itemgetter(2)
_label: Callable[[Any], str] = attrgetter("label")


def sums_of(
    compared: Iterable[Sides],
    matchings: Sequence[Matching],
    key: Callable[[Item], str] | None = None,
    watch: Callable[[Sequence[Entity], Sequence[Entity], Sequence[Mention], Rest], object] | None = None,
) -> list[dict[str, Counts]]:
    """Match documents by every matching, and count all of them together, key by key.

    Args:
        key: what is counted apart; labels when None.
        watch: called with gold, predicted, unplaced and the rest of each document in which the two sides differ.
    """
    golds, missed, wrong = list[Entity](), list[Entity](), list[Item]()
    pairs: list[list[Pair]] = [[] for _ in matchings]
    asked = [(one, into) for one, into in zip(matchings, pairs, strict=True) if one is not MATCHINGS["strict"]]
    always = [(one, into) for one, into in asked if not one.pairs_exact_first]
    nothing: Rest = ((), ())
    for text, gold, predicted, mentions in compared:
        golds += gold
        rest, called = nothing, always
        if mentions or gold != predicted:
            rest = lost, extra = rest_of(gold, predicted)
            missed += lost
            wrong += extra
            if mentions:
                wrong += mentions
            if watch:
                watch(gold, predicted, mentions, rest)
            if lost and (extra or mentions):
                called = asked
        if called:
            case = Case(text, gold, predicted, mentions, rest)
            for matching, into in called:
                into += pairs_of(case, matching)
    key_of_entity, key_of_any = (_entity_label, _label) if key is None else (key, key)
    all_gold, all_missed = Counter(map(key_of_entity, golds)), Counter(map(key_of_entity, missed))
    all_wrong = Counter(map(key_of_any, wrong))
    result = []
    for matching, found_pairs in zip(matchings, pairs, strict=True):
        found, correct = Counter[str](), Counter[str]()
        for one, other, credit in found_pairs:
            found[key_of_entity(one)] += credit  # type: ignore[assignment]
            correct[key_of_any(other)] += credit  # type: ignore[assignment]
        sums = {}
        for name in {**all_gold, **all_wrong}:
            exact = all_gold[name] - all_missed[name]
            credit = exact if matching.pairs_exact_first else 0
            sums[name] = Counts(all_gold[name], exact + all_wrong[name], found[name] + credit, correct[name] + credit)
        result.append(sums)
    return result


def pairs_of(case: Case, matching: Matching) -> Iterable[Pair]:
    """Return the pairs of one document.

    Raises:
        DataError: when a matching of another package gives pairs that make counts impossible.
    """
    pairs = matching.match(case)
    if MATCHINGS.get(matching.name) is matching:
        return pairs
    name = f"matching {matching.name!r}"
    if not isinstance(pairs, Iterable):
        raise WrongTypeError(f"{name}: expected pairs, got {type(pairs).__name__}")
    pairs, (gold, predicted) = [*pairs], matching.open_sides(case)
    left: tuple[Counter[Item], Counter[Item]] = Counter(gold), Counter([*predicted, *case.unplaced])
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 3:
            raise WrongTypeError(f"{name}: expected (gold, prediction, credit), got {pair!r:.80}")
        *sides, credit = pair
        if not (isinstance(credit, (int, float)) and 0 < credit <= 1):
            raise DataError(f"{name}: expected credit of at most 1, got {credit!r} in {pair!r:.80}")
        for item, rest in zip(sides, left, strict=True):
            rest[item] -= 1
            if rest[item] < 0:
                raise DataError(f"{name} pairs {item!r} more often than the document has it")
    return pairs


def without_credit(case: Case, matching: Matching) -> tuple[list[Any], list[Any]]:
    """Return the gold entities and the predictions of one document that no pair gives credit."""
    pairs = [*pairs_of(case, matching)]
    gold, predicted = matching.open_sides(case)
    return (
        remaining(gold, [pair[0] for pair in pairs]),
        remaining([*predicted, *case.unplaced], [pair[1] for pair in pairs]),
    )


def row_of(case: Case, matching: Matching, key: Callable[[Item], str] | None = None) -> Row:
    """Count one document, key by key."""
    return Row(sums_of([case[:4]], [matching], key)[0])


def score(
    settings: Settings, matchings: Sequence[Matching], gold: Sequence[Document], predicted: Sequence[Output]
) -> list[Evaluation]:
    """Score documents that were checked; what single documents count is found when it is asked for."""
    sums = sums_of(sides_of(settings, gold, predicted), matchings)

    def rows(matching: Matching) -> Iterator[Row]:
        return (row_of(case, matching) for case in cases(settings, gold, predicted))

    return [
        Evaluation(
            replace(settings, matching=one.name), partial(rows, one), partial(IssueTally.of, predicted), sums=counts
        )
        for one, counts in zip(matchings, sums, strict=True)
    ]


_END: Any = object()


class Evaluator(Result):
    """Takes documents one by one; `a + b` merges what any number of processes or machines took.

    `result()` equals what `evaluate` returns for all documents at once, but for the counts of single documents,
    which are not kept: it needs the memory of the different rows of counts.

    >>> evaluator = Evaluator(labels=["PER"])
    >>> evaluator.add(Document("Ada", [(0, 3, "PER")]), Document("Ada", [(0, 3, "PER")]))
    >>> evaluator.result().micro.f1
    1.0

    Args:
        settings: what holds where no keyword says otherwise.
        options: as in `genner.evaluate`.
    """

    def __init__(self, *, settings: Settings | None = None, **options: Unpack[Scoring]) -> None:
        self.settings, self._matching = resolved(options, settings)
        self._rows: Counter[Row] = Counter()
        self._tally = IssueTally()
        self.documents = 0
        """Number of documents taken so far."""

    def add(self, gold: AnyDocument, predicted: AnyOutput) -> None:
        """Take one `gold` document and what was `predicted` for it.

        Raises:
            DataError: when the two are not about the same text; nothing is counted then.
        """
        document: Document = read_at(self.documents, gold, "gold", read_document)
        output: Output = read_at(self.documents, predicted, "predicted", read_output)
        check(document, output, self.documents)
        self._rows[row_of(case_of(self.settings, document, output), self._matching)] += 1
        self.documents += 1
        self._tally += IssueTally.of([output])

    def update(self, gold: Iterable[AnyDocument], predicted: Iterable[AnyOutput]) -> None:
        """Take `gold` documents and what was `predicted` for each, from two iterables.

        Raises:
            DataError: when one ends before the other; what came before is counted.
        """
        for document, output in zip_longest(gold, predicted, fillvalue=_END):
            if document is _END or output is _END:
                shorter = "gold" if document is _END else "predicted"
                raise DataError(f"expected as many of either, but {shorter} ended after {self.documents} documents")
            self.add(document, output)

    def result(self) -> Evaluation:
        """Return the score of all documents taken so far."""
        return Evaluation(self.settings, dict(self._rows), self._tally)

    def to_table(self) -> Table:
        return self.result().to_table()

    def to_dict(self) -> dict[str, Any]:
        return self.result().to_dict()

    @classmethod
    def from_json(cls, value: str | bytes, *, matching: AnyMatching | None = None) -> Evaluator:
        """Return an evaluator that goes on from what `to_json` wrote.

        Args:
            value: JSON.
            matching: the value, where the name in the file is not a known one.
        """
        return cls._of(Evaluation.from_json(value), matching)

    @classmethod
    def _of(cls, evaluation: Evaluation, matching: AnyMatching | None) -> Evaluator:
        self = cls(settings=evaluation.settings, matching=matching or evaluation.settings.matching)
        self._rows, self._tally = Counter(evaluation.rows), evaluation.tally
        self.documents = evaluation.documents
        return self

    def _merged(self, other: Evaluator) -> Evaluator:
        return self._of(self.result() + other.result(), self._matching)

    def _compared(self) -> tuple[object, ...]:
        return self.settings, self._rows, self._tally
