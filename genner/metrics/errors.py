"""What `analyze_errors` returns: every error as a case, counted by kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from genner._html import details, items, marked, plain_text
from genner._marks import Mark
from genner._plots import bars
from genner._table import Column, Table, Tabular
from genner.exceptions import DataError
from genner.metrics.breakdown import get_bucketing
from genner.metrics.matching import Case, Item
from genner.metrics.relations import Relation, closest, finder, relation
from genner.metrics.scoring import Output, Scorer
from genner.metrics.settings import Settings
from genner.metrics.taxonomy import ErrorType, Facts, Policy
from genner.types import Document, Entity, Mention

__all__ = ["ErrorCase", "ErrorReport", "errors_of"]


class ErrorCase(NamedTuple):
    """One error.

    Args:
        position: of the document in the corpus, 0-based.
        document: the gold document.
        type: the kind; None for a missed gold entity that another error tells of ("touched").
        gold: the gold entity missed, or the one closest to the wrong prediction.
        predicted: the wrong prediction, or the one closest to the missed gold entity.
        facts: what the kind was told from.
    """

    position: int
    document: Document
    type: ErrorType | None
    gold: Entity | None
    predicted: Entity | Mention | None
    facts: Facts

    @property
    def item(self) -> Item:
        """The entity, or the mention without a place, that is wrong or missed."""
        at_fault = self.gold if self.facts.side == "gold" else self.predicted
        assert at_fault is not None
        return at_fault

    @property
    def label(self) -> str:
        """The label of the entity that is wrong or missed."""
        return self.item.label

    @property
    def gold_text(self) -> str | None:
        """The characters of the gold entity."""
        return None if self.gold is None else self.document.surface(self.gold)

    @property
    def predicted_text(self) -> str | None:
        """The characters of the prediction, as in the text or as the model said."""
        if isinstance(self.predicted, Mention):
            return self.predicted.text
        return None if self.predicted is None else self.document.surface(self.predicted)

    def window(self, around: int = 60) -> tuple[int, int]:
        """Return the part of the text to show: both entities, and so many characters on either side."""
        spans = [side for side in (self.gold, self.predicted) if isinstance(side, Entity)]
        if not spans:
            return 0, len(self.document.text)
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        return max(0, start - around), min(len(self.document.text), end + around)

    def _repr_html_(self) -> str:
        name = "touched" if self.type is None else self.type.value.replace("_", " ")
        wrong = self.facts.side == "predicted"
        sides = (("gold", self.gold, "" if wrong else name), ("predicted", self.predicted, name if wrong else ""))
        text, window = self.document.text, self.window()
        drawn = [
            marked(text, [Mark(*side, fault)], *window)
            if isinstance(side, Entity)
            else plain_text(f"{side.text!r} as {side.label}, not in the text")
            for _, side, fault in sides
            if side is not None
        ]
        heads = [f"<small>{head}</small>" for head, side, _ in sides if side is not None]
        rows = "".join(map("".join, zip(heads, drawn, strict=True)))
        return f"<div><b>{plain_text(name)}</b> {plain_text(self.document.id or f'#{self.position + 1}')}{rows}</div>"

    def to_dict(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "type": "touched" if self.type is None else self.type.value,
            "position": self.position,
            "id": self.document.id,
            "gold": None if self.gold is None else {**self.gold.to_dict(), "text": self.gold_text},
            "predicted": None if self.predicted is None else {**self.predicted.to_dict(), "text": self.predicted_text},
            "facts": {
                "side": facts.side,
                "known_label": facts.known_label,
                "placed": facts.placed,
                "copy": facts.copy,
                "relations": sorted(facts.relations),
                "error_relations": sorted(facts.error_relations),
                "same_label": facts.same_label,
                "partner_matched": facts.partner_matched,
            },
            "text": self.document.text,
        }


def errors_of(case: Case, known: frozenset[str] | None) -> list[tuple[Item, Facts]]:
    """List the wrong predictions and the missed gold entities of one document, with all facts.

    Args:
        case: both sides, prepared.
        known: the label set, or None when any label will do.
    """
    gold, predicted = case.gold, case.predicted
    golds, predictions = {*gold}, {*predicted}
    if len(golds) == len(gold) and len(predictions) == len(predicted):
        wrong = [entity for entity in predicted if entity not in golds]
        missed = [entity for entity in gold if entity not in predictions]
    else:
        left, right = Counter(gold), Counter(predicted)
        wrong, missed = list((right - left).elements()), list((left - right).elements())
    found: list[tuple[Item, Facts]] = []
    for mention in case.unplaced:
        found.append((mention, Facts("predicted", known is None or mention.label in known, placed=False)))
    if wrong:
        touching = finder(gold)
        for entity in wrong:
            start, end, label = entity
            is_known = known is None or label in known
            near = touching(start, end)
            if near:
                how, same, partner = _describe(entity, near)
                copy, matched = entity in golds, partner in predictions
                found.append((entity, Facts("predicted", is_known, True, copy, how, _NONE, same, partner, matched)))
            else:
                found.append((entity, _FREE if is_known else _FREE_UNKNOWN))
    if missed:
        touching, errors = finder(predicted), {*wrong}
        for entity in missed:
            start, end, label = entity
            is_known = known is None or label in known
            near = touching(start, end)
            if near:
                how, same, partner = _describe(entity, near)
                if len(near) == 1:
                    wrongly = how if partner in errors else _NONE
                else:
                    wrongly = frozenset([relation(entity, other) for other in near if other in errors])
                matched = partner in golds
                found.append((entity, Facts("gold", is_known, True, False, how, wrongly, same, partner, matched)))
            else:
                found.append((entity, _ALONE if is_known else _ALONE_UNKNOWN))
    return found


def _describe(entity: Entity, near: Sequence[Entity]) -> tuple[frozenset[Relation], bool, Entity]:
    """Tell the relations of `entity` to those near it, whether one has its label, and the closest."""
    if len(near) == 1:
        other = near[0]
        return _SINGLE[relation(entity, other)], entity[2] == other[2], other
    relations = [relation(entity, other) for other in near]
    return frozenset(relations), entity[2] in [other[2] for other in near], closest(entity, near, relations)


_NONE: frozenset[Any] = frozenset()
_SINGLE: Mapping[Relation, frozenset[Relation]] = {kind: frozenset([kind]) for kind in get_args(Relation)}
_FREE, _FREE_UNKNOWN = Facts("predicted"), Facts("predicted", known_label=False)
_ALONE, _ALONE_UNKNOWN = Facts("gold"), Facts("gold", known_label=False)


_SHOWN = 5
"""Cases a notebook shows under the table."""


class ErrorReport(Tabular):
    """Errors of one system, counted by kind; `a + b` merges two parts of one corpus.

    Args:
        settings: how gold and predictions were compared.
        cases: every error that has a kind.
        touched_cases: missed gold entities that another error tells of.
        documents: number of documents looked at.
        correct: number of correct predictions.
    """

    __slots__ = ("cases", "correct", "counts", "documents", "settings", "touched_cases")

    def __init__(
        self,
        settings: Settings,
        cases: Iterable[ErrorCase],
        touched_cases: Iterable[ErrorCase] = (),
        *,
        documents: int,
        correct: int,
    ) -> None:
        self.settings = settings
        self.cases = tuple(cases)
        self.touched_cases = tuple(touched_cases)
        self.documents = documents
        self.correct = correct
        tally = Counter([case.type for case in self.cases])
        self.counts: Mapping[ErrorType, int] = {kind: tally[kind] for kind in ErrorType}

    @property
    def signature(self) -> str:
        """One line naming every setting that can change a number."""
        return str(self.settings)

    @property
    def touched(self) -> int:
        """Number of missed gold entities that another error tells of: reported beside, in no share."""
        return len(self.touched_cases)

    @property
    def total(self) -> int:
        """Number of errors: wrong predictions and omitted mentions."""
        return len(self.cases)

    @property
    def fp(self) -> int:
        """Number of wrong predictions: the strict false positives."""
        return self.total - self.counts[ErrorType.OMITTED_MENTION]

    @property
    def fn(self) -> int:
        """Number of missed gold entities: the strict false negatives."""
        return self.counts[ErrorType.OMITTED_MENTION] + self.touched

    @property
    def shares(self) -> dict[ErrorType, float | None]:
        """Each count as a share of all errors; without errors, the value of 0/0 that was chosen."""
        whole = self.total
        return {kind: n / whole if whole else self.settings.zero_division for kind, n in self.counts.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        notes = [f"{self.touched} missed gold entities are touched by a prediction and in no share"]
        if self.settings.labels is None:
            notes.append("no label set was given, so no label counts as ood_type")
        return tuple(notes)

    def by_label(self) -> dict[str, dict[ErrorType, int]]:
        """Count by the label of the entity that is wrong or missed, then by kind."""
        return self.by(lambda case: case.label)

    def by(
        self, key: str | Callable[[ErrorCase], str], *, training: Sequence[Document] | None = None
    ) -> dict[str, dict[ErrorType, int]]:
        """Count by buckets, then by kind.

        Args:
            key: a function from a case to a bucket; or what `genner.evaluation.breakdown` takes by
                name, told of the entity that is wrong or missed.
            training: the training corpus, for "seen", "seen_label" and "frequency".
        """
        if isinstance(key, str):
            bucketing = get_bucketing(key, None, training)
            prepare = bucketing.prepare
            return self.by(lambda case: prepare(case.document, case.document.entities)(case.item), training=training)
        tally = Counter([(key(case), case.type) for case in self.cases])
        return {name: {kind: tally[name, kind] for kind in ErrorType} for name in sorted({name for name, _ in tally})}

    def confusions(self, *types: ErrorType | str) -> dict[tuple[str, str], int]:
        """Count pairs (gold label, predicted label), the most frequent first.

        Args:
            types: the kinds to count; wrong types when none is given.
        """
        kinds = {ErrorType(kind) for kind in types} or {ErrorType.WRONG_TYPE}
        pairs = [
            (case.gold.label, case.predicted.label)
            for case in self.cases
            if case.type in kinds and case.gold is not None and case.predicted is not None
        ]
        return dict(sorted(Counter(pairs).items(), key=lambda item: (-item[1], item[0])))

    def select(
        self, *, type: ErrorType | str | None = None, label: str | None = None, text: str | None = None
    ) -> tuple[ErrorCase, ...]:
        """Return the cases of one kind ("touched" too), about one label on either side, whose document holds `text`."""
        wanted = None if type in (None, "touched") else ErrorType(type)
        return tuple(
            case
            for case in (self.touched_cases if type == "touched" else self.cases)
            if wanted in (None, case.type)
            and (label is None or label in {side.label for side in (case.gold, case.predicted) if side is not None})
            and (text is None or text in case.document.text)
        )

    def __add__(self, other: ErrorReport) -> ErrorReport:
        if not isinstance(other, ErrorReport):
            return NotImplemented
        if self.settings != other.settings:
            raise DataError(f"expected two parts analysed alike, got {self.signature} and {other.signature}")
        return ErrorReport(
            self.settings,
            self.cases + _moved(other.cases, self.documents),
            self.touched_cases + _moved(other.touched_cases, self.documents),
            documents=self.documents + other.documents,
            correct=self.correct + other.correct,
        )

    def __radd__(self, other: object) -> ErrorReport:
        """Let `sum(parts)` work."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ErrorReport):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = " ".join(f"{kind}={n}" for kind, n in self.counts.items() if n)
        return f"<ErrorReport {shown or 'no errors'} documents={self.documents} {self.signature}>"

    def to_table(self) -> Table:
        """Lay out count and share of each kind."""
        rows = [(kind.value, self.counts[kind], self.shares[kind]) for kind in ErrorType]
        columns = (Column("error"), Column("count", "count"), Column("share", "percent"))
        return Table(columns, rows, notes=(*self.notes, self.signature))

    def label_table(self) -> Table:
        """Lay out the kinds as columns, the labels as rows."""
        rows = [(name, *counts.values(), sum(counts.values())) for name, counts in self.by_label().items()]
        columns = [Column("label"), *(Column(kind.value, "count") for kind in ErrorType), Column("all", "count")]
        return Table(columns, rows, notes=(self.signature,))

    def to_html(self, *, title: str = "errors") -> str:
        """Return a self-contained page: the kinds of error, and every case where it happened.

        Raises:
            MissingExtraError: when jinja2 is not installed.
        """
        from genner.report import errors_to_html  # not at import: the report stands above the metrics

        return errors_to_html(self, title=title)

    def _repr_html_(self) -> str:
        shown = items(case._repr_html_() for case in self.cases[:_SHOWN])
        summary = f"the first {min(_SHOWN, self.total)} of {self.total} cases"
        return self.to_table().to_html() + (details(summary, shown) if shown else "")

    def plot(self, *others: ErrorReport, names: Sequence[str] = (), axes: Any = None) -> Any:
        """Draw the share of each kind with matplotlib, as the paper's Figure 2 does; return the axes.

        Args:
            others: reports of other systems, drawn beside this one.
            names: of the systems, this one first.
            axes: matplotlib axes to draw on; new ones when None.
        """
        reports = (self, *others)
        called = list(names) or [f"system {place}" for place in range(1, len(reports) + 1)]
        drawn = {
            name: [(share, None, None) for share in report.shares.values()]
            for name, report in zip(called, reports, strict=True)
        }
        return bars([kind.value for kind in ErrorType], drawn, axis="share of all errors, percent", axes=axes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "signature": self.signature,
            "documents": self.documents,
            "correct": self.correct,
            "counts": {kind.value: n for kind, n in self.counts.items()},
            "touched": self.touched,
            "shares": {kind.value: share for kind, share in self.shares.items()},
            "notes": list(self.notes),
            "cases": [case.to_dict() for case in (*self.cases, *self.touched_cases)],
        }

    def to_json(self) -> str:
        """Return `to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def to_jsonl(self) -> str:
        """Write one case a line, touched ones last."""
        cases = (*self.cases, *self.touched_cases)
        return "".join(json.dumps(case.to_dict(), ensure_ascii=False) + "\n" for case in cases)


def _moved(cases: Iterable[ErrorCase], offset: int) -> tuple[ErrorCase, ...]:
    return tuple(
        ErrorCase(case.position + offset, case.document, case.type, case.gold, case.predicted, case.facts)
        for case in cases
    )


def report(pairs: Iterable[tuple[Document, Output]], scorer: Scorer, policy: Policy) -> ErrorReport:
    """Analyse documents one by one."""
    settings = scorer.settings
    known = None if settings.labels is None else frozenset(settings.labels)
    cases: list[ErrorCase] = []
    touched: list[ErrorCase] = []
    position, correct = -1, 0
    for position, (document, output) in enumerate(pairs):
        if scorer.agrees(document, output):
            correct += len(document.entities)
            continue
        case = scorer.case(document, output)
        correct += len(case.predicted)
        for item, facts in errors_of(case, known):
            kind = policy(facts)
            if facts[0] == "gold":
                one = ErrorCase(position, document, kind, item, facts[7], facts)  # type: ignore[arg-type]
                (touched if kind is None else cases).append(one)
            elif kind is None:
                raise DataError(f"policy: expected a kind for every wrong prediction, got None for {item!r}")
            else:
                correct -= facts[2]
                cases.append(ErrorCase(position, document, kind, facts[7], item, facts))  # type: ignore[arg-type]
    return ErrorReport(settings, cases, touched, documents=position + 1, correct=correct)
