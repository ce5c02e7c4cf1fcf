"""What `evaluate` returns: rows of counts, and every number that follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, TypeVar

import pydantic
from typing_extensions import NotRequired, TypedDict

from genner.exceptions import DataError, UnknownNameError
from genner.metrics.counts import Average, Counts, Row, Score, sum_counts, sum_rows
from genner.metrics.settings import Settings, parse_signature
from genner.metrics.significance import Interval, bootstrap, delta, missing_reasons
from genner.metrics.targets import AVERAGES, METRICS, Sample, Target
from genner.show.plots import bars
from genner.show.tables import Column, Table, Tabular
from genner.types.tally import IssueTally
from genner.types.wire import Plain, Wire

__all__ = ["Evaluation", "Result"]


def _checked(numbers: list[float]) -> list[float]:
    gold, predicted, found, correct = numbers
    if not (0 <= found <= gold and 0 <= correct <= predicted):
        raise ValueError(f"expected counts with 0 <= found <= gold and 0 <= correct <= predicted, got {numbers}")
    return numbers


class RowDict(TypedDict):
    documents: Annotated[int, pydantic.Field(gt=0)]
    counts: dict[str, Annotated[list[int | float], pydantic.AfterValidator(_checked)]]


class EvaluationDict(TypedDict):
    signature: str
    issues: IssueTally
    rows: list[RowDict]
    order: NotRequired[list[Annotated[int, pydantic.Field(ge=0)]] | None]


_Same = TypeVar("_Same", bound="Result")


class Result(Tabular, Plain):
    """Counts of one corpus, or of a part: `a + b` merges two parts, and so does `sum(parts)`."""

    settings: Settings

    @property
    def signature(self) -> str:
        """One line naming every setting that can change a number; `parse_signature` reads it."""
        return str(self.settings)

    def _compared(self) -> tuple[object, ...]:
        """Return all that equal results have alike."""
        raise NotImplementedError

    def _merged(self: _Same, other: _Same) -> _Same:
        """Return the result of both parts together."""
        raise NotImplementedError

    def __add__(self: _Same, other: _Same) -> _Same:
        if getattr(type(other), "_merged", None) is not type(self)._merged:  # another kind of result
            return NotImplemented
        if self.signature != other.signature:
            raise DataError(f"expected two parts scored alike, got {self.signature} and {other.signature}")
        return self._merged(other)

    def __radd__(self: _Same, other: object) -> _Same:
        """Let `sum(parts)` work."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result) or type(other)._merged is not type(self)._merged:
            return NotImplemented
        return self._compared() == other._compared()

    __hash__ = None  # type: ignore[assignment]


class Evaluation(Result, Wire):
    """The score of one system.

    Counts are kept for each document and added up; ratios are derived when asked for.  `a + b`
    merges two parts of one corpus.  Two evaluations are equal when they have the same settings and
    the same rows, in any order.

    Args:
        settings: how gold and predictions were compared.
        rows: the counts of each document, in order; or how often each row occurred; or the function that
            finds the counts of each document when they are asked for.
        tally: what decoding had to repair, or the function that finds it.
        sums: the counts of all documents together, where they are known.
    """

    _wire = EvaluationDict

    def __init__(
        self,
        settings: Settings,
        rows: Iterable[Row] | Mapping[Row, int] | Callable[[], Iterable[Row]],
        tally: IssueTally | Callable[[], IssueTally] = IssueTally,
        *,
        sums: Mapping[str, Counts] | None = None,
    ) -> None:
        self.settings = settings
        self._rows = rows if callable(rows) or isinstance(rows, Mapping) else tuple(rows)
        self._tally = tally
        self._sums = sums

    @cached_property
    def _documents(self) -> tuple[Row, ...] | Mapping[Row, int]:
        return tuple(self._rows()) if callable(self._rows) else self._rows

    def __reduce__(self) -> tuple[Any, ...]:
        return Evaluation, (self.settings, self._documents, self.tally)

    @property
    def documents(self) -> int:
        """Number of documents scored."""
        return sum(self.rows.values())

    @cached_property
    def rows(self) -> Mapping[Row, int]:
        """How often each different row of counts occurred."""
        return Counter(self._documents)

    @property
    def counts(self) -> tuple[Row, ...]:
        """The counts of each document, in order.

        Raises:
            DataError: when documents were streamed: then only `rows` is known.
        """
        if isinstance(self._documents, Mapping):
            raise DataError(
                "counts per document are not kept when documents are streamed; `rows` has how often each row occurred"
            )
        return self._documents

    @cached_property
    def tally(self) -> IssueTally:
        """What decoding had to repair; empty when documents were scored."""
        return self._tally if isinstance(self._tally, IssueTally) else self._tally()

    @cached_property
    def scores(self) -> Mapping[str, Score]:
        """A score for each label: those of the label set in its order, then the others by name."""
        sums = sum_rows(self.rows.items()) if self._sums is None else self._sums
        declared = self.settings.declared_rows
        names = [*declared, *sorted(sums.keys() - set(declared))]
        return {name: self._score(sums.get(name, Counts())) for name in names}

    def _score(self, counts: Counts) -> Score:
        return Score(counts, self.settings.zero_division)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that have a row."""
        return tuple(self.scores)

    @property
    def unknown_labels(self) -> tuple[str, ...]:
        """Labels outside the label set, which were counted all the same; none when no set was given."""
        declared = self.settings.scored_labels
        if declared is None or self.settings.by is not None:
            return ()
        return tuple(name for name in self.scores if name not in declared)

    def __getitem__(self, label: str) -> Score:
        try:
            return self.scores[label]
        except KeyError:
            raise UnknownNameError.of("label", label, self.scores) from None

    def __contains__(self, label: object) -> bool:
        return label in self.scores

    def __iter__(self) -> Iterator[str]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def micro(self) -> Score:
        """All entities alike, whatever their label."""
        return self._score(sum_counts(score.counts for score in self.scores.values()))

    @property
    def macro(self) -> Average:
        """Every label alike; over which labels, `settings.macro` says."""
        return Average(self.averaged, zero_division=self.settings.zero_division)

    @property
    def weighted(self) -> Average:
        """Every label by its gold entities; a label without gold weighs nothing."""
        return Average(self.averaged, weighted=True, zero_division=self.settings.zero_division)

    @property
    def averaged(self) -> tuple[Score, ...]:
        """The rows that macro and weighted averages are over."""
        return tuple(self.scores[name] for name in self.averaged_labels)

    @property
    def averaged_labels(self) -> tuple[str, ...]:
        """The labels that macro and weighted averages are over."""
        how = self.settings.macro
        if how == "labels":
            return self.settings.declared_rows
        return tuple(name for name, score in self.scores.items() if score.gold or (how == "seen" and score.predicted))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the score may be empty for a reason that is no mistake of the system: see them before any zero."""
        scores, tally = self.scores, self.tally
        gold, predicted = (
            [name for name, score in scores.items() if getattr(score, side)] for side in ("gold", "predicted")
        )
        found = []
        if not gold and (predicted or self.documents):
            found.append("the gold documents hold no entity that is scored")
        if tally.outputs and tally.unparsable == tally.outputs:
            found.append(f"none of the {tally.outputs} outputs held an answer")
        elif gold and not predicted:
            found.append(f"no entity was predicted where gold has {self.micro.gold}")
        elif gold and self.settings.by is None and not {*gold} & {*predicted}:
            found.append(
                f"no label is on both sides: gold has {', '.join(gold[:5])}; predicted are {', '.join(predicted[:5])}"
            )
        return tuple(found)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        if self.settings.by is not None:
            return ()
        notes = [*self.warnings]
        stray = sum(score.predicted for score in self.scores.values() if not score.gold)
        if stray:
            notes.append(f"{stray} predicted with a label that no gold entity has: no part of the weighted average")
        for side, words in (("gold", "in gold"), ("predicted", "predicted")):
            outside = {name: count for name in self.unknown_labels if (count := getattr(self.scores[name], side))}
            if outside:
                notes.append(f"{sum(outside.values())} {words} outside the label set: {', '.join([*outside][:10])}")
        if 0 < self.tally.unparsable < self.tally.outputs:
            notes.append(f"{self.tally.unparsable} of {self.tally.outputs} outputs held no answer")
        return tuple(notes)

    def interval(
        self,
        metric: str = "f1",
        *,
        average: str = "micro",
        label: str | None = None,
        level: float = 0.95,
        method: str = "bootstrap",
        resamples: int = 1000,
        seed: int = 0,
    ) -> Interval:
        """Return how far a score may be off, documents being a sample of all documents like them.

        Args:
            metric: which score, with `average` or `label`, as in `Target`.
            level: how often such intervals hold the true score.
            method: "bootstrap" (percentile) or "delta" (closed form).
            resamples: draws of the bootstrap.
            seed: the same seed gives the same interval.

        Raises:
            UnknownNameError: when there is no metric, average, method or label of that name.
        """
        if label is not None and label not in self.scores:
            raise UnknownNameError.of("label", label, self.scores)
        if method not in ("bootstrap", "delta"):
            raise UnknownNameError.of("method", method, ("bootstrap", "delta"))
        sample = self._sample([Target(metric, average, label)])
        if method == "delta":
            return delta(sample, level=level)[0]
        return bootstrap(sample, level=level, resamples=resamples, seed=seed)[1][0]

    def _sample(self, targets: Sequence[Target]) -> Sample:
        return Sample.of([Counter(self.rows).elements()], self.settings, targets)

    def _intervals(self, metric: str = "f1") -> list[Interval]:
        """Return the interval of each row, then of each average."""
        targets = [*(Target(metric, label=name) for name in self.scores), *(Target(metric, name) for name in AVERAGES)]
        return bootstrap(self._sample(targets), resamples=1000, seed=0)[1]

    def _merged(self, other: Evaluation) -> Evaluation:
        tally = self.tally + other.tally
        one, two = self._documents, other._documents
        if isinstance(one, Mapping) or isinstance(two, Mapping):
            return Evaluation(self.settings, Counter(one) + Counter(two), tally)
        return Evaluation(self.settings, one + two, tally)

    def _compared(self) -> tuple[object, ...]:
        return self.settings, self.rows, self.tally

    def __repr__(self) -> str:
        micro = self.micro
        shown = {name: getattr(micro, name) for name in METRICS}
        ratios = " ".join(f"{name}={'undefined' if value is None else f'{value:.4f}'}" for name, value in shown.items())
        return f"<Evaluation {ratios} documents={self.documents} {self.signature}>"

    def to_table(self, *, intervals: bool = False) -> Table:
        """Lay out a row for each label, then the averages; with the 95 % interval of F1 on request.

        Args:
            intervals: whether to show the interval of each F1.
        """
        named = [*self.scores.items(), *((name, getattr(self, name)) for name in AVERAGES)]
        counted, notes = ("tp", "fp", "fn", "support"), self.notes
        rows = [(name, *(getattr(score, one) for one in (*METRICS, *counted))) for name, score in named]
        columns = [Column(self.settings.by or "label"), *(Column(name, "percent") for name in METRICS)]
        if intervals:
            columns.append(Column("f1 95 %", "interval"))
            found = self._intervals()
            rows = [(*row[:4], one, *row[4:]) for row, one in zip(rows, found, strict=True)]
            missing = missing_reasons("interval", [(row[0], one.reason) for row, one in zip(rows, found, strict=True)])
            notes = (*notes, *missing, found[0].signature)
        columns += [Column(name, "count") for name in counted]
        return Table(columns, rows, notes=(*notes, self.signature), rules=(len(self.scores),))

    def plot(self, metric: str = "f1", *, axes: Any = None) -> Any:
        """Draw a metric of each label and average with its 95 % interval, with matplotlib; return the axes."""
        drawn = [(one.value, one.low, one.high) for one in self._intervals(metric)]
        return bars([*self.scores, *AVERAGES], {metric: drawn}, axis=f"{metric}, percent", axes=axes)

    def to_dict(self) -> dict[str, Any]:
        """Return everything: scores to read, and the rows from which `from_dict` builds this again without them."""
        places = {one: place for place, one in enumerate(self.rows)}
        return {
            "signature": self.signature,
            "documents": self.documents,
            **{name: _ratios(getattr(self, name)) for name in AVERAGES},
            "labels": {name: _ratios(score) for name, score in self.scores.items()},
            "notes": list(self.notes),
            "issues": self.tally.to_dict(),
            "rows": [{"documents": n, "counts": {key: list(one[key]) for key in one}} for one, n in self.rows.items()],
            "order": None if isinstance(self._documents, Mapping) else [places[one] for one in self._documents],
        }

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Evaluation:
        listed = [Row({key: Counts(*numbers) for key, numbers in one["counts"].items()}) for one in value["rows"]]
        rows: Counter[Row] = Counter()
        for row, one in zip(listed, value["rows"], strict=True):
            rows[row] += one["documents"]
        places = value.get("order")
        ordered = None if places is None else [listed[place] for place in places if place < len(listed)]
        if ordered is not None and Counter(ordered) != rows:
            raise DataError("expected `order` to list each row as often as `documents` says")
        return Evaluation(parse_signature(value["signature"]), rows if ordered is None else ordered, value["issues"])


def _ratios(score: Score | Average) -> dict[str, float | None]:
    return {name: getattr(score, name) for name in (*METRICS, "tp", "fp", "fn", "support", "predicted")}
