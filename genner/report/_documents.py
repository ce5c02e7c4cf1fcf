"""Documents for the page's script: gold and predicted entities, what is wrong with each, and its buckets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from genner.metrics import ErrorCase, ErrorReport
from genner.metrics.breakdown import Breakdown
from genner.metrics.matching import Case, Item
from genner.metrics.matching.pairing import same_span
from genner.metrics.scoring import case_of
from genner.metrics.settings import Settings
from genner.types import Document, Entity, Mention, Prediction
from genner.types.plain import Output

__all__ = ["Answers", "documents_of"]

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""One for each bucket, so that the buckets of an entity are a short string."""


class Answers:
    """What one system predicted for each document, and which errors that made.

    Args:
        settings: both sides are prepared as the score does, so that the page shows what was counted.
        predictions: one for each document; None for a document that is not looked at.
        errors: the cases among them; none when nothing is scored.
        raw: what the system wrote, where that is known.
    """

    def __init__(
        self,
        settings: Settings,
        predictions: Sequence[Output],
        errors: ErrorReport | None = None,
        raw: Sequence[str] | None = None,
    ) -> None:
        self.settings = settings
        self.predictions, self.raw = predictions, raw
        self.cases: defaultdict[int, list[ErrorCase]] = defaultdict(list)
        for case in () if errors is None else (*errors.cases, *errors.touched_cases):
            self.cases[case.position].append(case)


def documents_of(
    gold: Sequence[Document], answers: Sequence[Answers], bucketings: Sequence[Breakdown] = (), *, scored: bool = True
) -> list[dict[str, Any]]:
    """Describe each document with what each system made of it; equal views are kept once.

    Args:
        gold: the documents.
        answers: of each system.
        bucketings: the breakdowns the page shows.
        scored: whether there is a gold side at all.
    """
    rows = []
    for position, document in enumerate(gold):
        entities: Sequence[Entity] = document.entities
        views: list[dict[str, Any]] = []
        places = []
        for one in answers:
            output = one.predictions[position]
            case = case_of(one.settings, document, output)
            entities = case.gold
            mentions = case.unplaced if one.settings.unplaced == "count" else _unplaced(output)
            view = _view(case, mentions, one.cases[position])
            view["issues"] = [[issue.kind, issue.detail] for issue in getattr(output, "issues", ())]
            view["buckets"] = _buckets(bucketings, document, case.gold, [*case.predicted, *mentions])
            if view not in views:
                views.append(view)
            places.append(views.index(view))
        row: dict[str, Any] = {"id": document.id, "text": document.text, "views": views, "of": places}
        if any(one.raw is not None for one in answers):
            row["raw"] = [None if one.raw is None else one.raw[position] for one in answers]
        if scored:
            row["gold"] = [list(entity) for entity in entities]
            row["buckets"] = _buckets(bucketings, document, entities, entities)
        rows.append(row)
    return rows


def _unplaced(output: Output) -> Sequence[Mention]:
    return output.unplaced if isinstance(output, Prediction) else ()


def _view(case: Case, mentions: Sequence[Mention], errors: Iterable[ErrorCase]) -> dict[str, Any]:
    """Say of every gold entity, prediction and mention without a place what is wrong with it, if anything.

    0 is right; `[kind, label]` has the kind of error, and the label that the same span has on the other side.
    """
    missed: defaultdict[Item, list[str]] = defaultdict(list)
    wrong: defaultdict[Item, list[str]] = defaultdict(list)
    for error in errors:
        (missed if error.facts.side == "gold" else wrong)[error.item].append(error.kind)
    taken: defaultdict[Item, list[str]] = defaultdict(list)
    meant: defaultdict[Item, list[str]] = defaultdict(list)
    if missed and wrong:
        for one, other in same_span(*case.rest):
            taken[one].append(other.label)
            meant[other].append(one.label)
    return {
        "gold": [_mistake(entity, missed, taken) for entity in case.gold],
        "predicted": [[*entity, _mistake(entity, wrong, meant)] for entity in case.predicted],
        "unplaced": [[mention.text, mention.label, _mistake(mention, wrong, meant)] for mention in mentions],
    }


def _mistake(item: Item, kinds: dict[Item, list[str]], pairs: dict[Item, list[str]]) -> int | list[str | None]:
    if not kinds.get(item):
        return 0
    return [kinds[item].pop(), pairs[item].pop() if pairs.get(item) else None]


def _buckets(
    bucketings: Sequence[Breakdown], document: Document, gold: Sequence[Entity], items: Sequence[Item]
) -> list[str]:
    """Return one digit for each breakdown and item: the place of its bucket."""
    columns = []
    for bucketing in bucketings:
        bucket = bucketing.prepare(document, gold)
        names = bucketing.buckets or ()
        columns.append([DIGITS[names.index(bucket(item))] for item in items])
    return ["".join(digits) for digits in zip(*columns, strict=True)]
