"""What `analyze_errors` returns: every error as a case, counted by kind."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from genner.exceptions import DataError, UnknownNameError
from genner.metrics.breakdown import Breakdown, get_breakdown
from genner.metrics.counts import Counts, Row, Score, sum_rows
from genner.metrics.error_cases import TOUCHED, ErrorCase, errors_of
from genner.metrics.matching import MATCHINGS, Item, Rest
from genner.metrics.results import Evaluation, Result
from genner.metrics.scoring import case_of, cases, sides_of, sums_of
from genner.metrics.settings import Settings
from genner.metrics.taxonomy import ErrorType, Policy
from genner.show.html import details, items
from genner.show.plots import bars
from genner.show.tables import Column, Table
from genner.types import Document, Entity, Mention, Prediction
from genner.types.plain import Output

__all__ = ["ErrorCase", "ErrorReport", "report"]

_SHOWN = 5
"""Cases a notebook shows under the table."""


class ErrorReport(Result):
    """Errors of one system, counted by kind; `a + b` merges two parts of one corpus.

    Args:
        settings: how gold and predictions were compared.
        cases: every error, and every missed gold entity that is no error of its own; read when they are asked for.
        kinds: how many of these there are of each kind; None is the kind of those that are no error.
        strict: the strict counts of each label.
        documents: number of documents looked at.
    """

    def __init__(
        self,
        settings: Settings,
        cases: Iterable[ErrorCase],
        kinds: Mapping[str | None, int],
        strict: Mapping[str, Counts],
        documents: int,
    ) -> None:
        self.settings, self._cases, self._kinds, self.documents = settings, cases, kinds, documents
        self.strict = Row(strict)
        others = {kind for kind in kinds if kind is not None} - {*ErrorType}
        self.counts: Mapping[str, int] = {kind: kinds.get(kind, 0) for kind in (*ErrorType, *sorted(others))}

    @cached_property
    def _all_cases(self) -> tuple[ErrorCase, ...]:
        return tuple(self._cases)

    def __reduce__(self) -> tuple[Any, ...]:
        return ErrorReport, (self.settings, self._all_cases, self._kinds, self.strict, self.documents)

    @property
    def cases(self) -> tuple[ErrorCase, ...]:
        """Every error: those that have a kind."""
        return tuple(case for case in self._all_cases if case.type is not None)

    @property
    def touched_cases(self) -> tuple[ErrorCase, ...]:
        """Missed gold entities that overlap a prediction and are no error of their own."""
        return tuple(case for case in self._all_cases if case.type is None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of error: those of `ErrorType`, then others that the policy named."""
        return tuple(self.counts)

    @property
    def touched(self) -> int:
        """Number of missed gold entities that overlap a prediction and are no error of their own."""
        return self._kinds.get(None, 0)

    @property
    def total(self) -> int:
        """Number of errors: wrong predictions and omitted mentions."""
        return sum(self.counts.values())

    @property
    def scores(self) -> Mapping[str, Score]:
        """The strict score of each label, as `evaluate` gives it: it comes from the same pass over the documents."""
        return Evaluation(self.settings, (), sums=self.strict).scores

    @property
    def correct(self) -> float:
        """Number of correct predictions."""
        return self.strict.tp

    @property
    def fp(self) -> float:
        """Number of wrong predictions: the strict false positives."""
        return self.strict.fp

    @property
    def fn(self) -> float:
        """Number of missed gold entities: the strict false negatives."""
        return self.strict.fn

    @property
    def shares(self) -> dict[str, float | None]:
        """Each count as a share of all errors; without errors, the value of 0/0 that was chosen."""
        whole = self.total
        return {kind: n / whole if whole else self.settings.zero_division for kind, n in self.counts.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        one = "1 missed gold entity overlaps a prediction and is not counted as a separate error"
        some = f"{self.touched} missed gold entities overlap a prediction and are not counted as separate errors"
        unknown = ("no label set was given, so no label counts as ood_type",) if self.settings.labels is None else ()
        return (one if self.touched == 1 else some, *unknown)

    def by_label(self) -> dict[str, dict[str, int]]:
        """Count by the label of the entity that is wrong or missed, then by kind."""
        return self.by(lambda case: case.label)

    def by(
        self, key: str | Breakdown | Callable[[ErrorCase], str], *, training: Sequence[Document] | None = None
    ) -> dict[str, dict[str, int]]:
        """Count by buckets, then by kind.

        Args:
            key: a function from a case to a bucket; or a name or a value that `genner.evaluation.breakdown`
                takes, applied to the entity that is wrong or missed.
            training: the training corpus, for "seen", "seen_label" and "frequency".
        """
        bucket = key if callable(key) else self._bucket_of(key, training)
        tally = Counter([(bucket(case), case.type) for case in self.cases])
        return {name: {kind: tally[name, kind] for kind in self.kinds} for name in sorted({name for name, _ in tally})}

    def _bucket_of(self, by: str | Breakdown, training: Sequence[Document] | None) -> Callable[[ErrorCase], str]:
        prepare, ready = get_breakdown(by, None, training).prepare, dict[int, Callable[[Item], str]]()

        def bucket(case: ErrorCase) -> str:
            if case.position not in ready:
                gold = case_of(self.settings, case.document, Prediction(())).gold
                ready[case.position] = prepare(case.document, gold)
            return ready[case.position](case.item)

        return bucket

    def _known(self, kind: str) -> str:
        if kind not in self.counts:
            raise UnknownNameError.of("kind of error", kind, [*map(str, self.counts), TOUCHED])
        return kind

    def confusions(self, *types: str) -> dict[tuple[str, str], int]:
        """Count pairs (gold label, predicted label), the most frequent first.

        Args:
            types: the kinds to count; wrong types when none is given.
        """
        kinds = {self._known(kind) for kind in types} or {ErrorType.WRONG_TYPE}
        sides = [(case.gold, case.predicted) for case in self.cases if case.type in kinds]
        pairs = Counter((one.label, other.label) for one, other in sides if one is not None and other is not None)
        return dict(sorted(pairs.items(), key=lambda item: (-item[1], item[0])))

    def select(
        self, *, type: str | None = None, label: str | None = None, text: str | None = None
    ) -> tuple[ErrorCase, ...]:
        """Return the cases of one `type` ("touched" too; all errors when None), about one `label` on either side, whose
        document holds `text`.
        """
        wanted = None if type in (None, TOUCHED) else self._known(str(type))
        return tuple(
            case
            for case in (self.touched_cases if type == TOUCHED else self.cases)
            if wanted in (None, case.type)
            and (label is None or label in {side.label for side in (case.gold, case.predicted) if side is not None})
            and (text is None or text in case.document.text)
        )

    def _merged(self, other: ErrorReport) -> ErrorReport:
        moved = [case._replace(position=case.position + self.documents) for case in other._all_cases]
        return ErrorReport(
            self.settings,
            (*self._all_cases, *moved),
            Counter(self._kinds) + Counter(other._kinds),
            sum_rows([(self.strict, 1), (other.strict, 1)]),
            self.documents + other.documents,
        )

    def _compared(self) -> tuple[object, ...]:
        return self.settings, self.documents, self.strict, self._all_cases

    def __repr__(self) -> str:
        shown = " ".join(f"{kind}={n}" for kind, n in self.counts.items() if n)
        return f"<ErrorReport {shown or 'no errors'} documents={self.documents} {self.signature}>"

    def to_table(self) -> Table:
        """Lay out count and share of each kind."""
        shares = self.shares
        rows = [(str(kind), count, shares[kind]) for kind, count in self.counts.items()]
        columns = (Column("error"), Column("count", "count"), Column("share", "percent"))
        return Table(columns, rows, notes=(*self.notes, self.signature))

    def label_table(self) -> Table:
        """Lay out the kinds as columns, the labels as rows."""
        rows = [(name, *counts.values(), sum(counts.values())) for name, counts in self.by_label().items()]
        columns = [Column("label"), *(Column(str(kind), "count") for kind in self.kinds), Column("all", "count")]
        return Table(columns, rows, notes=(self.signature,))

    def _repr_html_(self) -> str:
        shown = items(case._repr_html_() for case in self.cases[:_SHOWN])
        summary = f"the first {min(_SHOWN, self.total)} of {self.total} cases"
        return self.to_table().to_html() + (details(summary, shown) if shown else "")

    def plot(self, *others: ErrorReport, names: Sequence[str] = (), axes: Any = None) -> Any:
        """Draw the share of each kind with matplotlib, as the paper's Figure 2 does; return the axes.

        Args:
            others: reports of other systems, drawn next to this one.
            names: of the systems, this one first.
            axes: matplotlib axes to draw on; new ones when None.
        """
        reports = (self, *others)
        called = list(names) or [f"system {place}" for place in range(1, len(reports) + 1)]
        kinds = dict.fromkeys(kind for report in reports for kind in report.kinds)
        drawn = {
            name: [(shares.get(kind, 0.0), None, None) for kind in kinds]
            for name, shares in zip(called, (report.shares for report in reports), strict=True)
        }
        return bars([*map(str, kinds)], drawn, axis="share of all errors, percent", axes=axes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "signature": self.signature,
            "documents": self.documents,
            "correct": self.correct,
            "counts": {str(kind): n for kind, n in self.counts.items()},
            "touched": self.touched,
            "shares": {str(kind): share for kind, share in self.shares.items()},
            "notes": list(self.notes),
            "cases": [case.to_dict() for case in (*self.cases, *self.touched_cases)],
        }

    def to_jsonl(self) -> str:
        """Write one case a line, touched ones last."""
        return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in self.to_dict()["cases"])


def report(settings: Settings, policy: Policy, gold: Sequence[Document], predicted: Sequence[Output]) -> ErrorReport:
    """Name the kind of every error; the cases are listed when they are asked for."""
    labels = settings.scored_labels
    known = None if labels is None else frozenset(labels)
    kinds: list[str | None] = []

    def watch(gold: Sequence[Entity], predicted: Sequence[Entity], unplaced: Sequence[Mention], rest: Rest) -> None:
        for facts in errors_of(known, gold, predicted, unplaced, rest):
            kind = policy(facts)
            if kind is None and facts[0] != "gold":
                raise DataError(f"policy: expected a kind for every wrong prediction, got None for {facts.item!r}")
            kinds.append(kind)

    (strict,) = sums_of(sides_of(settings, gold, predicted), [MATCHINGS["strict"]], watch=watch)

    def listed() -> Iterator[ErrorCase]:
        named = iter(kinds)
        for position, (document, case) in enumerate(zip(gold, cases(settings, gold, predicted), strict=True)):
            if case.unplaced or case.gold != case.predicted:
                found = errors_of(known, case.gold, case.predicted, case.unplaced, case.rest)
                yield from sorted((ErrorCase(position, document, next(named), facts) for facts in found), key=_place)

    counts = Counter(kinds)
    for name in counts:
        if name is not None and (not (isinstance(name, str) and name) or name == TOUCHED):
            raise DataError(f"policy: expected a name for a kind, or None for {TOUCHED!r}, got {name!r:.60}")
    return ErrorReport(settings, listed(), counts, strict, len(gold))


def _place(case: ErrorCase) -> tuple[Any, ...]:
    """Return what the errors of a document sort by: mentions without a place, wrong predictions, what was missed."""
    side, item, _, placed, *_ = case.facts
    return (side == "gold", item) if placed else (-1,)
