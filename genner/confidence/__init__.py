"""Confidence one can act on: scores of entities, calibrated, with a threshold that keeps a promise.

merged = merge_predictions(samples)                        agreement of several answers
scored = Scored.of(gold, predictions, "agreement")         right and wrong entities with their scores
calibrator = fit_calibrator(scored)                        from scores to probabilities
promise = promise_precision(calibrator.applied(other), 0.95)
kept = promise.keep(calibrator.apply(prediction))
"""

from __future__ import annotations

from genner.confidence.calibration import Calibration
from genner.confidence.calibrator import Calibrator, fit_calibrator
from genner.confidence.curves import Curve, Reliability, precision_recall, reliability
from genner.confidence.details import above, entity_scores, usual_score, with_scores
from genner.confidence.merging import merge_predictions
from genner.confidence.probabilities import with_probabilities
from genner.confidence.promises import Promise, promise_precision, promise_recall
from genner.confidence.review import review_list
from genner.confidence.scored import Scored

__all__ = [
    "Calibration",
    "Calibrator",
    "Curve",
    "Promise",
    "Reliability",
    "Scored",
    "above",
    "entity_scores",
    "fit_calibrator",
    "merge_predictions",
    "precision_recall",
    "promise_precision",
    "promise_recall",
    "reliability",
    "review_list",
    "usual_score",
    "with_probabilities",
    "with_scores",
]
