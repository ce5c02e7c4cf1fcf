"""From scores to probabilities: a calibrator fitted on gold, kept as JSON, applied with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from genner.confidence.details import entity_scores, with_scores
from genner.confidence.scored import Scored
from genner.exceptions import DataError, MissingExtraError, UnknownNameError
from genner.types import Prediction

__all__ = ["Calibrator", "fit_calibrator"]

_MARGIN = 0.02
"""Added on both sides of the scores from 0 to 1 before logarithms are taken: an agreement of 1 proves nothing."""


@dataclass(frozen=True, slots=True)
class Calibrator:
    """Turns the scores of an entity into the probability that it is right.

    Args:
        method: `"beta"`: the logistic function of a sum of weights times ln(s) and -ln(1 - s) of each score s, which is
            moved a little from 0 and 1; `"isotonic"`: a rising line through points.
        sources: names of the scores in `details`.
        points: for isotonic, (score, probability) in rising order, joined by straight lines.
        weights: for beta, two for each source, none below 0.
        intercept: for beta.
    """

    method: str
    sources: tuple[str, ...]
    points: tuple[tuple[float, float], ...] = ()
    weights: tuple[float, ...] = ()
    intercept: float = 0.0

    def probabilities(self, scores: Any) -> Any:
        """Return the probability for each score.

        Args:
            scores: array of shape (entities,), or (entities, sources) for several sources.
        """
        import numpy

        values = numpy.asarray(scores, float).reshape(-1, len(self.sources))
        if self.method == "isotonic":
            across, up = zip(*self.points, strict=True)
            return numpy.interp(values[:, 0], across, up)
        return 1 / (1 + numpy.exp(-(_logarithms(values) @ numpy.array(self.weights) + self.intercept)))

    def apply(self, prediction: Prediction) -> Prediction:
        """Return the prediction with a `confidence` for each entity in its details.

        Raises:
            UnknownNameError: when an entity lacks one of the scores.
        """
        tables = [entity_scores(prediction, source) for source in self.sources]
        if not tables[0]:
            return prediction
        found = self.probabilities([[table[entity] for table in tables] for entity in tables[0]])
        return with_scores(prediction, dict(zip(tables[0], found.tolist(), strict=True)))

    def applied(self, scored: Scored) -> Scored:
        """Return scored entities with their probabilities for scores."""
        return Scored(self.probabilities(scored.scores), scored.right, scored.document, scored.gold)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        shape: dict[str, Any] = (
            {"points": [list(point) for point in self.points]}
            if self.method == "isotonic"
            else {"weights": list(self.weights), "intercept": self.intercept}
        )
        return {"method": self.method, "sources": list(self.sources), **shape}

    @classmethod
    def from_dict(cls, value: Any) -> Calibrator:
        """Read plain data.

        Args:
            value: what `to_dict` returned.

        Raises:
            DataError: when it is no calibrator.
        """
        try:
            points = tuple((float(across), float(up)) for across, up in value.get("points", ()))
            weights = tuple(map(float, value.get("weights", ())))
            made = cls(
                value["method"],
                tuple(map(str, value["sources"])),
                points,
                weights,
                float(value.get("intercept", 0)),
            )
            sound = (made.method == "isotonic" and points and len(made.sources) == 1) or (
                made.method == "beta" and weights and len(weights) == 2 * len(made.sources)
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise DataError(f"expected a calibrator, with method, sources and points or weights, got {value!r:.80}")
        return made


def fit_calibrator(scored: Scored, method: Literal["beta", "isotonic"] = "beta") -> Calibrator:
    """Fit a calibrator on predictions that are compared with gold; judge it on other documents.

    Args:
        scored: right and wrong entities, with one score or several.
        method: `"beta"` (Kull, Silva Filho and Flach 2017), for one score or several, rises with each of them and needs
            few entities: it has three numbers to learn for one score; `"isotonic"` (Zadrozny and Elkan 2002), for one
            score, takes any rising form and needs about a thousand entities (Niculescu-Mizil and Caruana 2005).

    Raises:
        DataError: when there are not both right and wrong entities, or isotonic gets several scores.
        MissingExtraError: without scikit-learn.
        UnknownNameError: for another method.
    """
    if method not in ("beta", "isotonic"):
        raise UnknownNameError.of("method of calibration", method, ("beta", "isotonic"))
    count, correct = len(scored.right), int(scored.right.sum())
    if correct in (0, count):
        raise DataError(f"a calibrator needs right and wrong entities, got {correct} right of {count}")
    values = scored.scores.reshape(count, -1)
    try:
        if method == "beta":
            weights, intercept = _beta(_logarithms(values), scored.right)
            return Calibrator(method, scored.sources, weights=weights, intercept=intercept)
        from sklearn.isotonic import IsotonicRegression
    except ImportError:
        raise MissingExtraError.of("fitting a calibrator", "scikit-learn", "confidence") from None
    if values.shape[1] != 1:
        raise DataError(f"isotonic takes one score, got {', '.join(scored.sources)}: use beta")
    line = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(values[:, 0], scored.right)
    points = tuple(zip(line.X_thresholds_.tolist(), line.y_thresholds_.tolist(), strict=True))
    return Calibrator(method, scored.sources, points=points)


def _beta(columns: Any, right: Any) -> tuple[tuple[float, ...], float]:
    """Fit a weight for each column, and an intercept; a column that would get a weight below 0 is left out."""
    import numpy
    from sklearn.linear_model import LogisticRegression

    used = list(range(columns.shape[1]))
    weights = numpy.zeros(len(used))
    while used:
        fitted = LogisticRegression(C=1e3).fit(columns[:, used], right)
        lowest = int(fitted.coef_[0].argmin())
        if fitted.coef_[0][lowest] >= 0:
            weights[used] = fitted.coef_[0]
            return tuple(weights.tolist()), float(fitted.intercept_[0])
        del used[lowest]
    share = right.mean()
    return tuple(weights.tolist()), float(numpy.log(share / (1 - share)))


def _logarithms(scores: Any) -> Any:
    """Return ln(s) and -ln(1 - s) of each score, array of shape (entities, 2 * sources)."""
    import numpy

    inside = (scores + _MARGIN) / (1 + 2 * _MARGIN)
    return numpy.concatenate([numpy.log(inside), -numpy.log1p(-inside)], axis=1)
