"""What `analyze_errors` returns: every error as a case, counted by kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from genner.exceptions import DataError
from genner.metrics.breakdown import get_bucketing
from genner.metrics.error_cases import ErrorCase, Found, LazyCases, kinds_of
from genner.metrics.faults import facts_of, faults_of, is_missed, is_wrong_entity
from genner.metrics.matching import Item
from genner.metrics.scoring import Output, Scorer
from genner.metrics.settings import Settings
from genner.metrics.taxonomy import POLICIES, ErrorType, Policy
from genner.show.html import details, items
from genner.show.plots import bars
from genner.show.tables import Column, Table, Tabular
from genner.types import Document, Prediction

__all__ = ["ErrorCase", "ErrorReport", "report"]

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

    __slots__ = ("_cases", "_touched", "correct", "counts", "documents", "settings")

    _cases: Sequence[ErrorCase]
    _touched: Sequence[ErrorCase]

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
        self._cases = cases if isinstance(cases, LazyCases) else tuple(cases)
        self._touched = touched_cases if isinstance(touched_cases, LazyCases) else tuple(touched_cases)
        self.documents = documents
        self.correct = correct
        tally = kinds_of(self._cases)
        self.counts: Mapping[ErrorType, int] = {kind: tally[kind] for kind in ErrorType}

    @property
    def cases(self) -> tuple[ErrorCase, ...]:
        """Every error that has a kind."""
        self._cases = tuple(self._cases)
        return self._cases

    @property
    def touched_cases(self) -> tuple[ErrorCase, ...]:
        """The missed gold entities that another error tells of."""
        self._touched = tuple(self._touched)
        return self._touched

    @property
    def signature(self) -> str:
        """One line naming every setting that can change a number."""
        return str(self.settings)

    @property
    def touched(self) -> int:
        """Number of missed gold entities that another error tells of: reported beside, in no share."""
        return len(self._touched)

    @property
    def total(self) -> int:
        """Number of errors: wrong predictions and omitted mentions."""
        return len(self._cases)

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
            return self.by(self._bucket_of(key, training))
        tally = Counter([(key(case), case.type) for case in self.cases])
        return {name: {kind: tally[name, kind] for kind in ErrorType} for name in sorted({name for name, _ in tally})}

    def _bucket_of(self, name: str, training: Sequence[Document] | None) -> Callable[[ErrorCase], str]:
        """Return the function from a case to its bucket, told from gold entities as they were compared."""
        prepare = get_bucketing(name, None, training).prepare
        scorer = Scorer(replace(self.settings, policy=None))
        ready: dict[int, Callable[[Item], str]] = {}

        def bucket(case: ErrorCase) -> str:
            if case.position not in ready:
                compared = scorer.case(case.document, Prediction(()))
                ready[case.position] = prepare(case.document, compared.gold)
            return ready[case.position](case.item)

        return bucket

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
        told = ("settings", "documents", "correct", "counts", "cases", "touched_cases")
        return all(getattr(self, name) == getattr(other, name) for name in told)

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

    def to_html(
        self,
        *,
        title: str = "errors",
        by: Sequence[str | Callable[[Document, Item], str]] = (),
        training: Sequence[Document] | None = None,
    ) -> str:
        """Return a self-contained page: the kinds of error, and every case where it happened.

        Args:
            title: of the page.
            by: what to break errors down by: what `genner.evaluation.breakdown` takes.
            training: the training corpus, for "seen", "seen_label" and "frequency".

        Raises:
            MissingExtraError: when jinja2 is not installed.
        """
        from genner.report import errors_to_html  # not at import: the report stands above the metrics

        return errors_to_html(self, title=title, by=by, training=training)

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
    known = None if scorer.settings.labels is None else frozenset(scorer.settings.labels)
    agrees, prepared = scorer.agrees, scorer.case
    ours = _Kinds(policy) if policy in POLICIES.values() else None
    found: list[Found] = []
    touched: list[Found] = []
    position, correct = -1, 0
    for position, (document, output) in enumerate(pairs):
        if agrees(document, output):
            correct += len(document.entities)
            continue
        case = prepared(document, output)
        correct += len(case.predicted)
        for item, partner, bits in faults_of(case, known):
            kind = policy(facts_of(bits, partner)) if ours is None else ours[bits]
            (touched if kind is None else found).append((position, document, kind, item, partner, bits))
    for *_, item, _, bits in touched:
        if not is_missed(bits):
            raise DataError(f"policy: expected a kind for every wrong prediction, got None for {item!r}")
    correct -= sum(times for bits, times in Counter([one[5] for one in found]).items() if is_wrong_entity(bits))
    cases, beside = LazyCases(found), LazyCases(touched)
    return ErrorReport(scorer.settings, cases, beside, documents=position + 1, correct=correct)


class _Kinds(dict[int, "ErrorType | None"]):
    """What a policy of genner's says of each combination of facts: it does not look at the partner."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def __missing__(self, bits: int) -> ErrorType | None:
        kind = self[bits] = self._policy(facts_of(bits))
        return kind
