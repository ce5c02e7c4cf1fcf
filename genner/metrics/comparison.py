"""Two systems, or several, on the same documents: whose scores differ, by how much, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from genner.exceptions import DataError, UnknownNameError
from genner.metrics.counts import Counts, Row
from genner.metrics.errors import ErrorReport
from genner.metrics.matching import Item
from genner.metrics.results import Evaluation
from genner.metrics.settings import parse_signature
from genner.metrics.significance import (
    FEWEST_DRAWN,
    FEWEST_SWAPPED,
    TESTS,
    Interval,
    bootstrap,
    holm,
    missing_reasons,
    randomization,
    too_few,
)
from genner.metrics.targets import AVERAGES, METRICS, Sample, Target
from genner.metrics.taxonomy import ErrorType
from genner.show.tables import Column, Table, Tabular
from genner.types import Document, Entity
from genner.types.wire import Plain

__all__ = ["TESTS", "Comparison", "Difference", "Disagreement", "Ranking", "differences", "side_by_side"]


_DIFFERENCE = (Column("difference", "signed"), Column("95 %", "interval"))


@dataclass(frozen=True, slots=True)
class Difference:
    """One number, such as "micro f1", of two systems.

    Args:
        interval: of a minus b.
        p_value: how often a difference as large would come by chance; None where one is undefined, or
            where there are too few documents for a test: then `reason` says so.
    """

    target: str
    a: float | None
    b: float | None
    interval: Interval
    p_value: float | None
    signature: str = ""
    reason: str = ""

    @property
    def value(self) -> float | None:
        """a minus b."""
        return None if self.a is None or self.b is None else self.a - self.b

    def __repr__(self) -> str:
        a, b, p = ("none" if value is None else f"{value:.4g}" for value in (self.a, self.b, self.p_value))
        return f"<Difference {self.target}: {a} and {b}, {self.interval!r}, p={p}>"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One document where the systems differ in what they found, or in what they got wrong.

    Args:
        position: of the document in the corpus, 0-based.
        only_a: gold entities that only the first system got right; `only_b`: only the second.
        wrong_a: wrong predictions that only the first system made; `wrong_b`: only the second.
    """

    position: int
    document: Document
    only_a: tuple[Entity, ...]
    only_b: tuple[Entity, ...]
    wrong_a: tuple[Item, ...] = ()
    wrong_b: tuple[Item, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        about = {"position": self.position, "id": self.document.id, "text": self.document.text}
        sides = ("only_a", "only_b", "wrong_a", "wrong_b")
        return about | {name: [item.to_dict() for item in getattr(self, name)] for name in sides}


def differences(
    a: Evaluation,
    b: Evaluation,
    targets: Sequence[Target],
    *,
    test: str = "randomization",
    resamples: int = 10_000,
    seed: int = 0,
) -> list[Difference]:
    """Compare several numbers of two systems over the same draws, which is what takes the time; `test`: of `TESTS`."""
    if test not in TESTS:
        raise UnknownNameError.of("test", test, TESTS)
    if a.settings != b.settings:
        raise DataError(f"expected two systems scored alike, got {a.signature} and {b.signature}")
    for target in targets:
        if target.label is not None and target.label not in a and target.label not in b:
            raise UnknownNameError.of("label", target.label, dict.fromkeys([*a, *b]))
    sample, fewest = Sample.of([a.counts, b.counts], a.settings, targets), FEWEST_DRAWN
    draws = resamples if test == "bootstrap" else min(resamples, 1000)
    p_values, intervals = bootstrap(sample, resamples=draws, seed=seed)
    if test != "bootstrap":
        fewest = FEWEST_SWAPPED
        p_values = randomization(sample, resamples=resamples, seed=seed, exact=test == "permutation")
    signature = str(replace(a.settings, test=test, resamples=resamples, seed=seed))
    return [
        Difference(
            str(target), target.value_of(a), target.value_of(b), interval, p_value, signature,
            too_few(documents, fewest),
        )
        for target, p_value, interval, documents in zip(targets, p_values, intervals, sample.holding, strict=True)
    ]  # fmt: skip


@dataclass(eq=False, repr=False)
class Comparison(Tabular, Plain):
    """The scores and errors of two systems on the same documents, and the documents where these differ.

    Args:
        test: a name of `TESTS`; its `resamples` are drawn by `seed`.
        names: what to call the two.
    """

    a: Evaluation
    b: Evaluation
    errors_a: ErrorReport
    errors_b: ErrorReport
    disagreements: Sequence[Disagreement] = ()
    test: str = "randomization"
    resamples: int = 10_000
    seed: int = 0
    names: tuple[str, str] = ("A", "B")
    _found: dict[Target, Difference] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """One line naming every setting that can change a number."""
        return self.difference().signature

    def difference(self, metric: str = "f1", *, average: str = "micro", label: str | None = None) -> Difference:
        """Compare one number, by `metric`, `average` and `label` as in `Target`: an interval and a p-value.

        Raises:
            UnknownNameError: when neither system has a row of that label.
        """
        return self._differences([Target(metric, average, label)])[0]

    def _differences(self, targets: Sequence[Target]) -> list[Difference]:
        new = [target for target in targets if target not in self._found]
        if new:
            found = differences(self.a, self.b, new, test=self.test, resamples=self.resamples, seed=self.seed)
            self._found.update(zip(new, found, strict=True))
        return [self._found[target] for target in targets]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of error of either system."""
        return tuple(dict.fromkeys([*self.errors_a.kinds, *self.errors_b.kinds]))

    @property
    def p_value(self) -> float | None:
        """How often a difference in micro F1 as large would come by chance."""
        return self.difference().p_value

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the difference in micro F1, a minus b."""
        return self.difference().interval

    @property
    def only_a(self) -> tuple[tuple[Document, Entity], ...]:
        """Gold entities that only the first system got right."""
        return tuple((one.document, entity) for one in self.disagreements for entity in one.only_a)

    @property
    def only_b(self) -> tuple[tuple[Document, Entity], ...]:
        """Gold entities that only the second system got right."""
        return tuple((one.document, entity) for one in self.disagreements for entity in one.only_b)

    def error_differences(self, *, level: float = 0.95, resamples: int = 1000) -> dict[str, Difference]:
        """Compare the share of each kind of error; intervals of this `level` by `resamples` of the documents."""
        kinds, reports = self.kinds, (self.errors_a, self.errors_b)
        settings, shares = reports[0].settings, [Target("precision", label=kind) for kind in kinds]
        sample = Sample.of([_error_rows(report, kinds) for report in reports], settings, shares)
        _, intervals = bootstrap(sample, resamples=resamples, seed=self.seed, level=level)
        one, other = (report.shares for report in reports)
        return {
            kind: Difference(f"share of {kind}", one.get(kind, 0.0), other.get(kind, 0.0), bounds, None, str(settings))
            for kind, bounds in zip(kinds, intervals, strict=True)
        }

    def __repr__(self) -> str:
        one = self.difference()
        return f"<Comparison {self.names[0]}={one.a} {self.names[1]}={one.b} p={one.p_value} {self.signature}>"

    def to_table(self) -> Table:
        """Lay out precision, recall and F1, micro and macro, then micro F1 label by label."""
        targets = [Target(metric, average) for average in AVERAGES[:2] for metric in METRICS]
        rule = len(targets)
        targets += [Target(label=label) for label in dict.fromkeys([*self.a, *self.b])]
        found = self._differences(targets)
        rows = [(one.target, one.a, one.b, one.value, one.interval, one.p_value) for one in found]
        systems = [Column(name, "percent") for name in self.names]
        a, b = self.names
        columns = [Column("score"), *systems, *_DIFFERENCE, Column("p", "number")]
        notes = (
            f"gold entities right in {a} alone: {len(self.only_a)}, in {b} alone: {len(self.only_b)}",
            *missing_reasons("interval", ((one.target, one.interval.reason) for one in found)),
            *missing_reasons("p-value", ((one.target, one.reason) for one in found)),
            found[0].interval.signature,
            self.signature,
        )
        return Table(columns, rows, notes=notes, rules=(rule,))

    def error_table(self) -> Table:
        """Lay out the kinds of error side by side: counts, shares, and the difference of the shares."""
        found = self.error_differences()
        counts = self.errors_a.counts, self.errors_b.counts
        rows = [
            (str(kind), *zip((side.get(kind, 0) for side in counts), (d.a, d.b), strict=True), d.value, d.interval)
            for kind, d in found.items()
        ]
        columns = [Column("error"), *(Column(name, "share") for name in self.names), *_DIFFERENCE]
        notes = (found[ErrorType.OOD_TYPE].interval.signature, self.errors_a.signature)
        return Table(columns, rows, notes=notes)

    def _repr_html_(self) -> str:
        return self.to_table().to_html() + self.error_table().to_html()

    def plot(self, *, axes: Any = None) -> Any:
        """Draw the share of each kind of error of both systems with matplotlib; return the axes."""
        return self.errors_a.plot(self.errors_b, names=self.names, axes=axes)

    def to_dict(self) -> dict[str, Any]:
        """Return scores, differences and disagreements as plain data."""
        return {
            "signature": self.signature,
            "names": list(self.names),
            "scores": self.to_table().records(),
            "errors": self.error_table().records(),
            "disagreements": [one.to_dict() for one in self.disagreements],
        }


def _error_rows(report: ErrorReport, kinds: Sequence[str]) -> list[Row]:
    """Return for each document how many errors it has, as predictions, and those of each kind as correct ones.

    So the precision of a kind is its share of all errors.
    """
    all_kinds = Counter(case.position for case in report.cases)
    of_kind = Counter((case.position, case.type) for case in report.cases)
    return [
        Row({kind: Counts(0, all_kinds[place], 0, of_kind[place, kind]) for kind in kinds})
        for place in range(report.documents)
    ]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Several systems on the same documents, every pair tested, p-values corrected for their number.

    Args:
        differences: for each pair of names, with p-values as tested.
        adjusted: for each pair of names, the p-value corrected by Holm's method.
    """

    evaluations: Mapping[str, Evaluation]
    target: Target
    differences: Mapping[tuple[str, str], Difference]
    adjusted: Mapping[tuple[str, str], float | None]

    @classmethod
    def of(cls, evaluations: Mapping[str, Evaluation], target: Target, **how: Any) -> Ranking:
        """Compare every pair of `evaluations` by one `target`; `how` as in `differences`."""
        found = {
            (one, two): differences(evaluations[one], evaluations[two], [target], **how)[0]
            for one, two in combinations(evaluations, 2)
        }
        tested = {pair: one.p_value for pair, one in found.items() if one.p_value is not None}
        corrected: dict[tuple[str, str], float | None] = dict.fromkeys(found)
        corrected |= dict(zip(tested, holm(list(tested.values())), strict=True))
        return cls(dict(evaluations), target, found, corrected)

    def to_table(self) -> Table:
        """Lay out every pair: difference, interval, p-value and corrected p-value."""
        rows = [
            (one, two, d.value, d.interval, d.p_value, self.adjusted[one, two])
            for (one, two), d in self.differences.items()
        ]
        columns = [Column("A"), Column("B"), *_DIFFERENCE, Column("p", "number"), Column("p (Holm)", "number")]
        settings = dict.fromkeys(
            str(replace(parse_signature(one.signature), correction="holm")) for one in self.differences.values()
        )
        drawn = dict.fromkeys(one.interval.signature for one in self.differences.values())
        return Table(columns, rows, title=str(self.target), notes=(*drawn, *settings))

    def __str__(self) -> str:
        return f"{side_by_side(self.evaluations)}\n\n{self.to_table()}"


def side_by_side(evaluations: Mapping[str, Evaluation], *, average: str = "micro", interval: bool = False) -> Table:
    """Lay out systems (or formats, or runs) as rows: precision, recall, F1, the best in bold where bold is possible.

    Args:
        evaluations: by the name that its row gets.
        average: "micro", "macro" or "weighted".
        interval: add the 95 % interval of each F1.
    """
    asked, scores = [Target(metric, average) for metric in METRICS], evaluations.values()
    bounds = [[one.interval(average=average)] for one in scores] if interval else [[] for _ in scores]
    rows = [
        (name, *(target.value_of(one) for target in asked), *bound)
        for (name, one), bound in zip(evaluations.items(), bounds, strict=True)
    ]
    columns = [Column("system"), *(Column(metric, "percent", best="max") for metric in METRICS)]
    columns += [Column("f1 95 %", "interval")] if interval else []
    signatures = [one.signature for bound in bounds for one in bound] + [one.signature for one in scores]
    return Table(columns, rows, notes=tuple(dict.fromkeys(signatures)))
