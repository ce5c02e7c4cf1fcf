"""What kind of entity is easy and what is hard: the score of each bucket, with support and interval.

A bucket follows from the span, the text, the gold annotation and the training corpus, never from
other predictions, so a prediction that matches strictly is in the bucket of its gold entity.
The result is an `Evaluation` whose rows are buckets instead of labels, and merges as one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from genner.exceptions import DataError, UnknownNameError
from genner.metrics.matching import Item
from genner.plugins import name_of, named
from genner.types import Document, Entity, Mention

__all__ = ["BREAKDOWNS", "AnyBreakdown", "Breakdown", "digest", "get_breakdown"]

UNPLACED = "unplaced"

Corpus: TypeAlias = Sequence[Document] | None

ForDocument: TypeAlias = Callable[[Document, Sequence[Entity]], Callable[[Item], str]]
"""Takes a document and its gold entities (labels renamed), gives the function from entity to bucket."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Sorts entities into buckets.

    Args:
        name: recorded in the signature.
        prepare: gives the function from entity to bucket for one document.
        buckets: their names in order, where they are known beforehand.
    """

    name: str
    prepare: ForDocument
    buckets: tuple[str, ...] | None = None


def _each(name: str, bucket: Callable[[Document, Item], str], buckets: tuple[str, ...] | None = None) -> Breakdown:
    """Sort entities by themselves and their document, whatever else is annotated there."""
    return Breakdown(name, lambda document, gold: lambda item: bucket(document, item), buckets)


def _numbers(name: str, uppers: tuple[int, ...], measure: Callable[[Document, Item], int], least: int = 0) -> Breakdown:
    """Sort by a whole number, in ranges by their upper ends: with 1, 2 and 4 they are "0-1", "2", "3-4", "5+"."""
    lows = [least, *(upper + 1 for upper in uppers)]
    ranges = [str(low) if low == up else f"{low}-{up}" for low, up in zip(lows, uppers, strict=False)]
    names = (*ranges, f"{lows[-1]}+")
    return _each(name, lambda document, item: names[bisect_left(uppers, measure(document, item))], names)


_NUMBERS: tuple[Breakdown, ...] = (
    # words of the entity, parted by white space
    _numbers("length", (1, 2, 3, 4), lambda document, item: len(document.surface(item).split()) or 1, 1),
    # characters of the entity, and of the text
    _numbers("characters", (4, 8, 16, 32), lambda document, item: len(document.surface(item)), 1),
    _numbers("text_length", (50, 100, 200, 400), lambda document, item: len(document.text)),
    # how often the characters of the entity occur in the text (plain hits, none overlapping)
    _numbers("occurrences", (0, 1, 2, 3), lambda document, item: document.text.count(document.surface(item))),
)


def _depth(gold: Corpus, training: Corpus) -> Breakdown:
    """How many gold entities with other boundaries enclose the span."""
    names = ("0", "1", "2", "3+")

    def prepare(document: Document, entities: Sequence[Entity]) -> Callable[[Item], str]:
        spans = sorted({entity[:2] for entity in entities})
        starts = [start for start, _ in spans]
        # the four largest ends of the spans that start no later: of those around a span, and of itself, no more count
        ends: list[list[int]] = [*accumulate(spans, lambda largest, span: sorted([*largest, span[1]])[-4:], initial=[])]
        known = {*spans}

        def bucket(item: Item) -> str:
            if isinstance(item, Mention):
                return UNPLACED
            around = sum(end >= item[1] for end in ends[bisect_right(starts, item[0])])
            return names[min(around - (item[:2] in known), 3)]

        return bucket

    return Breakdown("depth", prepare, (*names, UNPLACED))


def _frequency(gold: Corpus, training: Corpus) -> Breakdown:
    """How often the label occurs in the training corpus, or in gold when there is none."""
    source = gold if training is None else training
    if source is None:
        raise DataError("by='frequency' counts labels in a corpus: give `training`")
    counts = Counter(entity[2] for document in source for entity in document.entities)
    return _numbers("frequency", (0, 9, 99, 999), lambda document, item: counts[item.label])


def _seen(name: str, *names: str) -> Callable[[Corpus, Corpus], Breakdown]:
    """Whether the characters were an entity in training: with this label, with another one, or not at all."""

    def known(gold: Corpus, training: Corpus) -> Breakdown:
        if training is None:
            raise DataError(f"by={name!r} compares with the training corpus: give `training`")
        pairs = {(document.surface(entity), entity.label) for document in training for entity in document.entities}
        surfaces = {surface for surface, _ in pairs}

        def bucket(document: Document, item: Item) -> str:
            surface = document.surface(item)
            return names[0 if (surface, item.label) in pairs else 1 if surface in surfaces else 2]

        return _each(name, bucket, tuple(dict.fromkeys(names)))

    return known


BREAKDOWNS: Mapping[str, Breakdown | Callable[[Corpus, Corpus], Breakdown]] = {
    **{one.name: one for one in _NUMBERS},
    "depth": _depth,
    "frequency": _frequency,
    "seen": _seen("seen", "seen", "seen", "unseen"),
    "seen_label": _seen("seen_label", "same label", "other label", "unseen"),
}
"""What a score can be broken down by; `meta:FIELD`, functions and values of `Breakdown` work too."""

AnyBreakdown: TypeAlias = "str | Breakdown | Callable[[Document, Item], str]"
"""A name, `meta:FIELD`, a value, or a function from a document and an entity to a bucket."""


def get_breakdown(by: AnyBreakdown, gold: Corpus, training: Corpus = None) -> Breakdown:
    """Return the breakdown of that name, of a field of `meta`, of a function, or the one that is passed.

    Raises:
        UnknownNameError: offering the closest known one, or the fields that the documents have.
        DataError: when a training corpus is needed and was not given.
    """
    if isinstance(by, Breakdown):
        return by
    if callable(by):
        function = by
        return _each(name_of(by), lambda document, item: str(function(document, item)))
    if isinstance(by, str) and by.startswith("meta:"):
        field = by.removeprefix("meta:")
        if gold and not any(field in document.meta for document in gold):
            fields = dict.fromkeys(name for document in gold for name in document.meta)
            raise UnknownNameError.of("field of the documents", field, fields)
        return _each(by, lambda document, item: str(document.meta.get(field, "(none)")))
    if by in BREAKDOWNS:
        found = BREAKDOWNS[by]
        return found if isinstance(found, Breakdown) else found(gold, training)
    return get_breakdown(named("breakdown", by, {**BREAKDOWNS, "meta:FIELD": None}, "genner.breakdowns"), gold)


def digest(documents: Sequence[Document]) -> str:
    """Return the number of documents and eight digits that depend on their texts and entities."""
    from hashlib import sha256

    whole = sha256()
    for document in documents:
        whole.update(repr((document.text, *map(tuple, document.entities))).encode("utf-8", "surrogatepass"))
    return f"{len(documents)}-{whole.hexdigest()[:8]}"
