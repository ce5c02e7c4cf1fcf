"""How good scores are: precision against recall, reliability, and the expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genner.confidence.scored import Scored
from genner.exceptions import DataError
from genner.show.tables import Column, Table, Tabular

__all__ = ["WISHED", "Bin", "Curve", "Reliability", "precision_recall", "reliability"]

WISHED = (0.99, 0.95, 0.9, 0.85, 0.8, 0.7)
"""Precisions for which recall is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve(Tabular):
    """Precision and recall at every threshold that makes a difference, from the highest down.

    Args:
        thresholds: array of shape (points,): entities with at least this score are kept.
        kept: how many are.
        right: of these, right ones.
        gold: gold entities.
        area: under the curve of right against wrong entities: the probability that a right one has a higher score
            than a wrong one, equal ones counting half; None where all are right or all wrong.
    """

    thresholds: Any
    kept: Any
    right: Any
    gold: int
    area: float | None

    @property
    def precision(self) -> Any:
        """Precision of the entities that each threshold keeps, of shape (thresholds,)."""
        return self.right / self.kept

    @property
    def recall(self) -> Any:
        """Recall of the entities that each threshold keeps, of shape (thresholds,)."""
        return self.right / self.gold if self.gold else self.right * 0.0

    @property
    def f1(self) -> Any:
        """F1 of the entities that each threshold keeps, of shape (thresholds,)."""
        return 2 * self.right / (self.kept + self.gold)

    @property
    def average_precision(self) -> float:
        """Area under precision against recall: precision at each threshold, weighted by what it adds to recall.

        Recall is of all gold entities, so what the system did not predict counts against it.
        """
        import numpy

        return float((numpy.diff(self.recall, prepend=0.0) * self.precision).sum())

    def at(self, *, precision: float) -> tuple[float, float, float] | None:
        """Return threshold, precision and recall where recall is highest with at least this precision, or None."""
        import numpy

        good = numpy.flatnonzero(self.precision >= precision)
        if not len(good):
            return None
        best = good[-1]  # recall only grows
        return float(self.thresholds[best]), float(self.precision[best]), float(self.recall[best])

    def to_table(self) -> Table:
        """Show what recall can be had with several precisions, as counted here and not promised."""
        columns = [Column("wished", "text"), Column("threshold", "number"), Column("precision", "percent")]
        rows = []
        for wished in WISHED:
            found = self.at(precision=wished)
            rows.append((f">= {wished:.0%}", *((None, None, None) if found is None else found)))
        area = "" if self.area is None else f", area under the curve {self.area:.3f}"
        notes = [f"average precision {self.average_precision:.3f}{area}", "as counted here: no promise"]
        return Table([*columns, Column("recall", "percent")], rows, title="precision against recall", notes=notes)

    def plot(self, *, axes: Any = None) -> Any:
        """Draw precision against recall with matplotlib; returns the axes.

        Raises:
            MissingExtraError: when matplotlib is not installed.
        """
        from genner.show.plots import curve

        return curve({"": (self.recall, self.precision)}, across="recall", up="precision", axes=axes)


def precision_recall(scored: Scored) -> Curve:
    """Return precision and recall at every threshold.

    Args:
        scored: entities with their scores, compared with gold.
    """
    import numpy

    scored.need_one_score()
    order = numpy.argsort(-scored.scores, kind="stable")
    scores, right = scored.scores[order], scored.right[order].astype(int)
    ends = numpy.flatnonzero(numpy.diff(scores, append=-1.0))
    kept, hits = ends + 1, numpy.cumsum(right)[ends] if len(right) else ends
    return Curve(scores[ends], kept, hits, int(scored.gold.sum()), _area(kept, hits))


def _area(kept: Any, hits: Any) -> float | None:
    import numpy

    if not len(kept) or hits[-1] in (0, kept[-1]):
        return None
    wrong = kept - hits
    steps = numpy.diff(wrong, prepend=0)
    middle = hits - numpy.diff(hits, prepend=0) / 2
    return float((steps * middle).sum() / (wrong[-1] * hits[-1]))


@dataclass(frozen=True, slots=True)
class Bin:
    """The entities whose score is between two bounds.

    Args:
        low: smallest score, 0 to 1.
        high: scores are below it; the last bin holds 1 as well.
        entities: how many there are.
        right: of these, right ones.
        total: sum of their scores.
    """

    low: float
    high: float
    entities: int
    right: int
    total: float


@dataclass(frozen=True, slots=True)
class Reliability(Tabular):
    """How often entities of a score are right.

    Args:
        bins: of equal width.
        interval: 95 % interval of `debiased`, from drawing documents with replacement.
    """

    bins: tuple[Bin, ...]
    interval: tuple[float, float]

    @property
    def error(self) -> float | None:
        """Expected calibration error: the distance between share of right ones and mean score, weighted by the bins.

        Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.  A sample makes it larger than it is, the more so the
        fewer entities there are.  None where there is no entity.
        """
        entities = sum(one.entities for one in self.bins)
        return sum(abs(one.right - one.total) for one in self.bins) / entities if entities else None

    @property
    def debiased(self) -> float | None:
        """The expected calibration error less what chance adds to it in a sample of this size, at least 0.

        Kumar, Liang and Ma 2019, Verified uncertainty calibration, section 5: the share of right entities of a bin is
        a normal variable around the true one, and the distance that it adds on average is taken off again.  What is
        left is still too large where scores are nearly right: a third less than `error` where they are exactly right.
        """
        if self.error is None:
            return None
        return float(_debiased(*([getattr(one, name) for one in self.bins] for name in ("entities", "right", "total"))))

    @property
    def summary(self) -> str:
        """The expected calibration error, plain and debiased, with its interval in words."""
        if self.error is None:
            return "expected calibration error: no entities"
        low, high = self.interval
        return f"expected calibration error {self.error:.3f}, debiased {self.debiased:.3f} [{low:.3f}, {high:.3f}]"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        counted = {"entities": sum(one.entities for one in self.bins), "right": sum(one.right for one in self.bins)}
        return {**counted, "calibration_error": self.error, "debiased": self.debiased, "interval": list(self.interval)}

    def to_table(self, *notes: str) -> Table:
        """Show the bins that are not empty, the error, and further notes."""
        columns = [
            Column("score"),
            Column("entities", "count"),
            Column("mean score", "percent"),
            Column("right", "percent"),
        ]
        rows = [
            (f"{one.low:.2f}-{one.high:.2f}", one.entities, one.total / one.entities, one.right / one.entities)
            for one in self.bins
            if one.entities
        ]
        return Table(columns, rows, title="reliability", notes=[self.summary, *notes])

    def plot(self, *, axes: Any = None) -> Any:
        """Draw the reliability diagram with matplotlib; returns the axes.

        Raises:
            MissingExtraError: when matplotlib is not installed.
        """
        from genner.show.plots import diagonal

        shown = [one for one in self.bins if one.entities]
        points = [(one.total / one.entities, one.right / one.entities, one.entities) for one in shown]
        return diagonal(points, across="mean score", up="share of right entities", axes=axes)


def reliability(scored: Scored, *, bins: int = 10, resamples: int = 1000) -> Reliability:
    """Compare scores with how often entities are right.

    Args:
        scored: entities with their scores, compared with gold.
        bins: of equal width, from 0 to 1.
        resamples: drawings of documents for the interval.

    Raises:
        DataError: when `bins` or `resamples` is below 1.
    """
    import numpy

    scored.need_one_score()
    if bins < 1 or resamples < 1:
        raise DataError(f"bins and resamples: expected 1 or more, got {bins} and {resamples}")
    place = numpy.minimum((scored.scores * bins).astype(int), bins - 1)
    flat = scored.document * bins + place

    def sums(values: Any) -> Any:
        return numpy.bincount(flat, values, minlength=scored.documents * bins).reshape(scored.documents, bins)

    entities, right, total = sums(numpy.ones(len(place))), sums(scored.right), sums(scored.scores)
    found = tuple(
        Bin(at / bins, (at + 1) / bins, int(entities[:, at].sum()), int(right[:, at].sum()), float(total[:, at].sum()))
        for at in range(bins)
    )
    if not len(place):
        return Reliability(found, (0.0, 0.0))
    random = numpy.random.default_rng(0)
    drawn = random.multinomial(scored.documents, numpy.full(scored.documents, 1 / scored.documents), size=resamples)
    # drawing documents again is one more chance, on top of that of the documents themselves
    errors = _debiased(drawn @ entities, drawn @ right, drawn @ total, chances=2)
    low, high = numpy.quantile(errors, [0.025, 0.975])
    return Reliability(found, (float(low), float(high)))


def _debiased(entities: Any, right: Any, total: Any, *, chances: int = 1) -> Any:
    """Return the debiased error of bins, arrays of shape (..., bins)."""
    import math

    import numpy

    size, right, total = (numpy.asarray(values, float) for values in (entities, right, total))
    some = numpy.maximum(size, 1)
    distance = numpy.abs(right - total) / some
    # one right and one wrong entity more: a bin whose few entities are all right is not without chance
    share = (right + 1) / (some + 2)
    spread = numpy.sqrt(chances * share * (1 - share) / some)
    folded = numpy.vectorize(math.erf, otypes=[float])(distance / spread / math.sqrt(2))
    expected = spread * math.sqrt(2 / math.pi) * numpy.exp(-((distance / spread) ** 2) / 2) + distance * folded
    found = (size * (2 * distance - expected)).sum(-1) / numpy.maximum(size.sum(-1), 1)
    return numpy.maximum(found, 0.0)
