"""A threshold that keeps a promise: this precision, or this recall, on documents like those it was chosen on.

What is exchangeable are documents, not entities: those of one document share its difficulty.  So every test here
is of a mean over documents, and precision over entities, a ratio of two means, is turned into one: precision is at
least t exactly where the mean over documents of `wrong - (1 - t) * kept` is at most 0.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from genner.confidence.details import entity_scores, narrowed
from genner.confidence.p_values import Test, p_value
from genner.confidence.scored import Scored
from genner.exceptions import DataError
from genner.types import Entity, Prediction

__all__ = ["Promise", "promise_precision", "promise_recall"]

_PLANNING = 0.3
"""Share of the documents that plan and are not tested."""

_CAPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Numbers of entities in a document at which planning may set the limit."""


@lru_cache(maxsize=1)
def _thresholds() -> tuple[float, ...]:
    """Return 0 and 81 thresholds with equal distances on the logistic scale, from 0.0009 to 0.9999."""
    import math

    return (0.0, *(1 / (1 + math.exp(-step / 5)) for step in range(-35, 46)))


@dataclass(frozen=True, slots=True)
class Promise:
    """A threshold and what it promises.

    Args:
        measure: `"precision"`, of all entities together, or `"recall"`, the mean over documents.
        target: what it is at least.
        delta: the probability that the promise is broken, over the draw of the documents it was chosen on;
            None promises the mean over such draws (conformal risk control).
        threshold: entities with at least this score are kept; None keeps nothing, for no threshold was good enough.
        most: a document keeps at most this many entities, those with the highest scores; None is no limit.
        score: name of the score in `details`.
        documents: on which it was tested.
        kept: entities kept in these documents.
        right: of these, right ones.
        gold: gold entities of these documents.
    """

    measure: str
    target: float
    delta: float | None
    threshold: float | None
    most: int | None
    score: str
    documents: int
    kept: int
    right: int
    gold: int

    def __str__(self) -> str:
        sure = "on average" if self.delta is None else f"with a certainty of {1 - self.delta:.0%}"
        mean = ", as a mean over documents" if self.measure == "recall" else ""
        promised = f"{self.measure} of at least {self.target:.1%}{mean}, {sure}"
        if self.threshold is None:
            return f"{promised}: no threshold is good enough on {self.documents} documents; nothing is kept"
        limit = "" if self.most is None else f", at most {self.most} in a document"
        return (
            f"{promised}: keep {self.score} >= {self.threshold:.4g}{limit}; tested on {self.documents} documents, "
            f"where {self.kept} entities are kept and {self.right} of them are right, of {self.gold} gold entities"
        )

    def kept_of(self, prediction: Prediction) -> list[Entity]:
        """Return the entities of a prediction that are kept."""
        if self.threshold is None:
            return []
        scores = entity_scores(prediction, self.score)
        passed = [entity for entity in prediction.entities if scores[entity] >= self.threshold]
        if self.most is None or len(passed) <= self.most:
            return passed
        return sorted(passed, key=lambda entity: -scores[entity])[: self.most]

    def counts(self, scored: Scored) -> tuple[Any, Any]:
        """Return how many entities each document keeps, and how many of these are right.

        Args:
            scored: documents to keep entities of.
        """
        import numpy

        if self.threshold is None:
            return numpy.zeros(scored.documents), numpy.zeros(scored.documents)
        return _Capped(scored, self.most).counts(self.threshold)

    def keep(self, prediction: Prediction) -> Prediction:
        """Return the prediction with the kept entities alone, see `above`."""
        return narrowed(prediction, self.kept_of(prediction), self.score)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Promise:
        """Read plain data.

        Args:
            value: what `to_dict` returned.

        Raises:
            DataError: when it is something else.
        """
        try:
            made = cls(**value)
            sound = made.threshold is None or 0 <= made.threshold <= 1
        except TypeError:
            sound = False
        if not sound or not isinstance(made.score, str):
            raise DataError(f"expected a promise, got {json.dumps(value)[:80]}")
        return made


def promise_precision(
    scored: Scored,
    target: float,
    *,
    delta: float = 0.05,
    planning: Scored | None = None,
    test: Test | None = None,
    seed: int = 0,
) -> Promise:
    """Choose the lowest threshold at which precision is at least `target`, with a certainty of 1 - `delta`.

    Learn then test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): each threshold is a hypothesis, "precision is
    below the target", with a p-value that holds for every number of documents; they are tested one after the other,
    each at level `delta`, until one is not rejected (fixed-sequence testing), so the probability that any rejected
    one is true is at most `delta`.  Precision need not grow with the threshold for that.

    The order has to be fixed before the tested documents are looked at: a part of the documents, drawn by chance,
    is used for nothing but to decide where to begin and how many entities a document may keep.  Without that limit
    a single document could hold any number of errors, and no test of a mean would be valid; the limit is part of
    the rule (`Promise.keep` applies it), not an assumption.

    What is assumed: the documents, those to come included, are independent draws from one source.  New kinds of
    documents, another model, another prompt break the promise.

    Args:
        scored: documents to choose the threshold on, none of which has fitted the scores.
        target: above 0, below 1.
        delta: the probability of a broken promise.
        planning: other scored documents that plan, such as those on which a calibrator was fitted; None draws
            3 of 10 documents, which are then not tested.
        test: `"betting"` and `"binomial"` hold for every number of documents, and None takes the second where planning
            finds no threshold by the first.  `"binomial"` counts errors among one entity of each document, drawn by
            chance, which is exact and finds something in few documents; betting uses all entities and keeps more in
            many.  `"normal"` is an approximation.  See `genner.confidence.p_values`.
        seed: for drawing documents and entities: a promise holds for one seed, not for the best of several.

    Raises:
        DataError: when there are several scores, or a number is out of its range.
    """
    _check(scored, target, delta)
    import numpy

    grid = _thresholds()[::-1]
    learn, rest = scored.split(_PLANNING, seed=seed) if planning is None else (planning, scored)
    places = numpy.random.default_rng(seed + 1).random(rest.documents)
    tests: Sequence[Test] = ("betting", "binomial") if test is None else (test,)
    start, cap, chosen_test = _plan(learn, grid, tests, target, delta, rest.documents)
    capped = _Capped(rest, cap)
    chosen = None
    for threshold in grid[start:]:
        if _share_p(*capped.counts(threshold), target, cap, chosen_test, places) > delta:
            break
        chosen = threshold
    return _promise("precision", target, delta, chosen, cap, capped)


def promise_recall(
    scored: Scored,
    target: float,
    *,
    delta: float | None = 0.05,
    test: Test = "betting",
    seed: int = 0,
) -> Promise:
    """Choose the highest threshold at which the mean recall of the documents with a gold entity is at least `target`.

    What a document misses only grows with the threshold.  With a `delta`, thresholds are tested from the lowest up,
    as in `promise_precision`, and recall is at least the target with a certainty of 1 - `delta`.  With `delta=None`
    the threshold is that of conformal risk control (Angelopoulos, Bates, Fisch, Lei and Schuster 2022): the mean
    loss of the n documents is corrected to (n * mean + 1) / (n + 1), and the expected loss of the next document,
    over the draw of all n + 1, is at most 1 - `target`.

    No threshold finds what the model did not write: where all its entities together do not reach the target, the
    promise keeps nothing, and a person has to read the documents.

    Args:
        scored: documents to choose the threshold on, none of which has fitted the scores.
        target: above 0, below 1.
        delta: the probability of a broken promise; None promises the mean.
        test: as for `promise_precision`; `"binomial"` draws one gold entity of each document.
        seed: for drawing them.

    Raises:
        DataError: when there are several scores, or a number is out of its range.
    """
    _check(scored, target, delta)
    import numpy

    places = numpy.random.default_rng(seed).random(scored.documents)
    capped = _Capped(scored, None)
    has_gold = scored.gold > 0
    chosen = None
    for threshold in _thresholds():
        right = capped.counts(threshold)[1]
        if delta is None:
            missed = 1 - right[has_gold] / scored.gold[has_gold]
            if float(missed.sum() + 1) / (len(missed) + 1) > 1 - target:
                break
        elif _share_p(scored.gold, right, target, None, test, places) > delta:
            break
        chosen = threshold
    return _promise("recall", target, delta, chosen, None, capped)


class _Capped:
    """Scored entities without those that a document would keep beyond its limit."""

    def __init__(self, scored: Scored, most: int | None) -> None:
        import numpy

        self.scored, self.most = scored, most
        order = numpy.lexsort((-scored.scores, scored.document))  # stable: of equal scores the first in the text
        place = scored.document[order]
        first = numpy.searchsorted(place, place)
        rank = numpy.empty(len(order), int)
        rank[order] = numpy.arange(len(order)) - first
        self.within = numpy.ones(len(order), bool) if most is None else rank < most

    def counts(self, threshold: float) -> tuple[Any, Any]:
        """Return how many entities each document keeps, and how many of these are right."""
        kept = (self.scored.scores >= threshold) & self.within
        return self.scored.per_document(kept), self.scored.per_document(kept & self.scored.right)


def _share_p(count: Any, right: Any, target: float, most: int | None, test: Test, places: Any) -> float:
    """Return the p-value of the hypothesis that the share of right entities is below the target.

    Args:
        count: entities of each document: those that are kept, or gold ones.
        right: of these, right ones, or those that are found.
        target: of all entities where there is a limit, else of the mean over documents that have any.
        most: the limit: entities that a document has at most.
        test: see `p_value`.
        places: a number from 0 to 1 for each document, drawn by chance, for the binomial test: it draws one of `most`
            places, some of them empty, so that each entity is drawn with the same probability; without a limit, one
            of the entities of the document.
    """
    wrong = count - right
    if test == "binomial":
        places = places * (count if most is None else most)
        return p_value((places < wrong)[places < count], 1 - target, 1.0, test=test)
    if most is None:
        some = count > 0
        return p_value(wrong[some] / count[some], 1 - target, 1.0, test=test)
    return p_value(wrong - (1 - target) * count, 0.0, target * most, test=test)


def _plan(
    learn: Scored, grid: Sequence[float], tests: Sequence[Test], target: float, delta: float, tested: int
) -> tuple[int, int, Test]:
    """Decide where in the grid to begin, how many entities a document keeps at most, and which test to take.

    The documents at hand, and one more with an error, are taken for a picture of those that will be tested: the test
    is the first by which a threshold passes, the start is the threshold with the smallest p-value, and the limit is
    the one that lets most entities be kept.
    """
    import numpy

    largest = int(learn.per_document(None).max(initial=0))
    stride = max(1, len(grid) // 27)  # near is good enough for a start
    picture = numpy.arange(tested) % (learn.documents + 1)
    places = numpy.arange(tested) * 0.618 % 1  # evenly spread, so that they add little chance
    counts = {}
    for cap, smaller in zip(_CAPS, (0, *_CAPS), strict=False):
        if smaller and smaller >= largest:
            break  # a higher limit changes nothing but the largest loss
        capped = _Capped(learn, cap)
        counts[cap] = [capped.counts(threshold) for threshold in grid[::stride]]
    found: list[tuple[float, float, int, int, Test]] = []
    for test in tests:
        for cap, pairs in counts.items():
            p_values = [
                _share_p(numpy.append(kept, 1)[picture], numpy.append(right, 0)[picture], target, cap, test, places)
                for kept, right in pairs
            ]
            passed = [float(kept.sum()) for (kept, _), p in zip(pairs, p_values, strict=True) if p <= delta]
            start = int(numpy.argmin(p_values))
            found.append((max(passed, default=0.0), -p_values[start], start * stride, cap, test))
        if any(one[0] for one in found):
            break
    return max(found, key=lambda one: one[:2])[2:]


def _promise(
    measure: str, target: float, delta: float | None, threshold: float | None, most: int | None, capped: _Capped
) -> Promise:
    kept, right = (0, 0) if threshold is None else (int(each.sum()) for each in capped.counts(threshold))
    scored = capped.scored
    documents, gold = scored.documents, int(scored.gold.sum())
    return Promise(measure, target, delta, threshold, most, scored.sources[0], documents, kept, right, gold)


def _check(scored: Scored, target: float, delta: float | None) -> None:
    scored.need_one_score()
    for name, value in (("target", target), ("delta", delta)):
        if value is not None and not 0 < value < 1:
            raise DataError(f"{name}: expected a number above 0 and below 1, got {value!r:.80}")
