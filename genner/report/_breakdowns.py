"""What entities are broken down by on the page: those asked for, each with few enough buckets to be drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from genner.evaluation import Evaluation, breakdown
from genner.metrics import ErrorReport, Score
from genner.metrics.breakdown import Breakdown, get_breakdown
from genner.metrics.matching import Case, Item
from genner.report._headline import kind_title
from genner.report._links import Linker
from genner.study.assessment import FormatResult, Study
from genner.types import Document

__all__ = [
    "By",
    "Shown",
    "breakdowns_data",
    "error_breakdowns_data",
    "error_bucketings",
    "settings_of",
    "shown_breakdowns",
]

By: TypeAlias = str | Callable[[Document, Item], str]
"""What `genner.evaluation.breakdown` takes: a name, `meta:FIELD`, or a function."""

DESCRIBED = {
    "length": "words of the entity",
    "characters": "characters of the entity",
    "depth": "gold entities around it",
    "occurrences": "times its string occurs in the text",
    "text_length": "characters of the text",
    "seen": "whether the string is an entity in the training documents",
    "seen_label": "the string in the training documents",
    "frequency": "times its label occurs in the training documents",
}
"""Breakdowns in words."""

USUAL = ("length", "depth", "occurrences", "text_length")
"""What the page shows when nothing is asked for."""

USUAL_TRAINED = ("seen_label", "frequency")
"""What it also shows where the training documents are known."""

MOST = 36
"""Buckets of a breakdown: as many as there are digits; a field may have any number of values."""

OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Shown:
    """A breakdown of the page.

    Args:
        bucketing: with the names of its buckets.
        described: what it breaks down by, in words.
        parts: the scores by bucket, one for each system.
    """

    bucketing: Breakdown
    described: str
    parts: Sequence[Evaluation]

    @property
    def used(self) -> list[tuple[int, str, list[Score | None]]]:
        """Place, name and scores of each bucket that holds anything; None where a system has nothing in it."""
        found = []
        for place, name in enumerate(self.bucketing.buckets or ()):
            scores = [part.scores.get(name) for part in self.parts]
            if any(score and (score.gold or score.predicted) for score in scores):
                found.append((place, name, scores))
        return found


def shown_breakdowns(study: Study, by: Sequence[By] | None) -> list[Shown]:
    """Break a study down.

    Args:
        study: a corpus and what systems made of it.
        by: what to break down by; the usual ones when None, without those that have one bucket.

    Raises:
        UnknownNameError: when there is no breakdown of that name.
        DataError: when a training corpus is needed and not known.
    """
    usual = (*USUAL, *(() if study.training is None else USUAL_TRAINED))

    def parts(key: By) -> list[Evaluation]:
        return [
            breakdown(study.gold, result.predictions, key, training=study.training, **settings_of(result))
            for result in study.results
        ]

    found: list[Shown] = []
    for key in usual if by is None else by:
        bucketing, scores = get_breakdown(key, study.gold, study.training), parts(key)
        if bucketing.buckets is None:
            weight: Counter[str] = Counter()
            for part in scores:
                weight.update({name: score.gold + score.predicted for name, score in part.scores.items()})
            grouped = _grouped(bucketing, weight)
            if OTHERS in (grouped.buckets or ()):
                scores = parts(_function(grouped))
            bucketing = grouped
        one = Shown(_named(bucketing, [other.bucketing for other in found]), described(key, bucketing.name), scores)
        if by is not None or len(one.used) > 1:
            found.append(one)
    return found


def settings_of(result: FormatResult) -> dict[str, Any]:
    """Return what a result was scored with, as keywords."""
    return {"settings": result.strict.settings}


def described(by: By, name: str) -> str:
    """Say in words what entities are broken down by."""
    if callable(by):
        return (by.__doc__ or "").strip().partition("\n")[0] or name
    return DESCRIBED.get(by) or f"{by.removeprefix('meta:')} of the document"


def _grouped(bucketing: Breakdown, weight: Counter[str]) -> Breakdown:
    """Fix the names of the buckets: all, or the most frequent and one for the others."""
    often = {name for name, _ in weight.most_common(MOST if len(weight) <= MOST else MOST - 1)}
    if len(often) == len(weight):
        return replace(bucketing, buckets=tuple(sorted(often)))

    def prepare(document: Document, gold: Sequence[Any]) -> Callable[[Item], str]:
        bucket = bucketing.prepare(document, gold)
        return lambda item: name if (name := bucket(item)) in often else OTHERS

    return Breakdown(bucketing.name, prepare, (*sorted(often - {OTHERS}), OTHERS))


def _function(bucketing: Breakdown) -> Callable[[Document, Item], str]:
    """Return a bucketing that needs no gold entities as a function."""
    return lambda document, item: bucketing.prepare(document, ())(item)


def _named(bucketing: Breakdown, before: Sequence[Breakdown]) -> Breakdown:
    """Tell breakdowns of one name apart, such as two functions: links go by name."""
    names, name, number = {other.name for other in before}, bucketing.name, 1
    while name in names:
        number += 1
        name = f"{bucketing.name} {number}"
    return replace(bucketing, name=name)


def breakdowns_data(study: Study, shown: Sequence[Shown], link: Linker) -> list[dict[str, Any]]:
    """Lay out F1 by bucket, with links to what was wrong or missed."""
    found = []
    for one in shown:
        by = one.bucketing.name
        rows = []
        for digit, name, scores in one.used:
            bars = []
            for place, (result, part, score) in enumerate(zip(study.results, one.parts, scores, strict=True)):
                says = f"wrong or missed, {one.described}: {name}, {result.format}"
                mistakes = 0 if score is None else score.fp + score.fn
                bars.append(
                    {
                        "system": result.format,
                        "place": place,
                        "f1": None if score is None else score.f1,
                        "interval": [None, None] if score is None else [*part.interval(label=name, method="delta")],
                        "figure": link(mistakes, says, r=place, show="mistake", by=by, bucket=digit),
                    }
                )
            gold = max(score.gold for score in scores if score is not None)
            says = f"gold entities, {one.described}: {name}"
            support = link(gold, says, r=0, show="gold", by=by, bucket=digit)
            rows.append({"bucket": name, "support": support, "bars": bars})
        found.append({"by": by, "described": one.described, "rows": rows})
    return found


def error_bucketings(
    cases: Sequence[Case], documents: Sequence[Document], by: Sequence[By], training: Sequence[Document] | None
) -> list[tuple[Breakdown, str]]:
    """Return what to break errors down by, and what that is in words.

    Args:
        cases: both sides of each document, as compared.
        documents: that are shown.
        by: what to break down by.
        training: the training corpus, for those that need it.
    """
    found: list[tuple[Breakdown, str]] = []
    for key in by:
        bucketing = get_breakdown(key, None, training)
        if bucketing.buckets is None:
            weight: Counter[str] = Counter()
            for document, case in zip(documents, cases, strict=True):
                bucket = bucketing.prepare(document, case.gold)
                items: tuple[Item, ...] = (*case.gold, *case.predicted, *case.unplaced)
                weight.update(map(bucket, items))
            bucketing = _grouped(bucketing, weight)
        found.append((_named(bucketing, [one for one, _ in found]), described(key, bucketing.name)))
    return found


def error_breakdowns_data(
    report: ErrorReport, cases: Sequence[Case], bucketings: Sequence[tuple[Breakdown, str]], link: Linker
) -> list[dict[str, Any]]:
    """Lay out the kinds of error as columns, the buckets as rows."""
    kinds = [kind for kind in report.kinds if report.counts[kind]]
    found = []
    for bucketing, words in bucketings:
        counts = Counter(
            (bucketing.prepare(case.document, cases[case.position].gold)(case.item), case.type) for case in report.cases
        )
        rows = []
        for digit, name in enumerate(bucketing.buckets or ()):
            figures = [
                link(
                    counts[name, kind],
                    f"{kind_title(kind)}, {words}: {name}",
                    r=0,
                    show=str(kind),
                    by=bucketing.name,
                    bucket=digit,
                )
                for kind in kinds
            ]
            if any(figure["n"] for figure in figures):
                rows.append({"name": name, "cells": figures})
        found.append({"described": words, "kinds": [kind_title(kind) for kind in kinds], "rows": rows})
    return found
