"""What a person should look at first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from genner.confidence.details import entity_scores
from genner.confidence.promises import Promise
from genner.exceptions import DataError
from genner.types import Document, Prediction

__all__ = ["expected_errors", "review_list"]


def expected_errors(prediction: Prediction, promise: Promise | float) -> float:
    """Return how many decisions about the entities of a prediction are expected to be wrong.

    A kept entity of confidence p is wrong with probability 1 - p, and one that is left out is right with
    probability p.  Entities that the model did not write are not counted: nothing is known of them.

    Args:
        promise: what is kept; a number is a threshold of `"confidence"`.
    """
    name = promise.score if isinstance(promise, Promise) else "confidence"
    scores = entity_scores(prediction, name)
    if isinstance(promise, Promise):
        kept = set(promise.kept_of(prediction))
    else:
        kept = {entity for entity, score in scores.items() if score >= promise}
    return sum(1 - score if entity in kept else score for entity, score in scores.items())


def review_list(
    predictions: Iterable[Prediction | tuple[str | None, Prediction]],
    promise: Promise | float,
    *,
    cost: Callable[[str], float] | None = None,
    limit: int | None = None,
) -> list[Document]:
    """Return the documents that a person should look at, those first where a look corrects most.

    A document is on the list when an entity of it is left out by the promise, or its answer has issues that lost
    something.  The documents hold all predicted entities, and their scores in `meta["details"]`; write them with
    `genner.write(documents, "tasks.json", "label-studio")`, which makes them tasks whose predictions wait for a person.

    Args:
        predictions: with scores; a pair gives a document its id.
        promise: what is kept without a look; a number is a threshold of `"confidence"`.
        cost: of looking at a text, for an order by errors corrected for their cost; its length, for example.
        limit: return at most this many.

    Raises:
        DataError: when the text of a prediction is not known.
    """
    name = promise.score if isinstance(promise, Promise) else "confidence"
    listed: list[tuple[float, int, Document]] = []
    for position, given in enumerate(predictions):
        id, prediction = given if isinstance(given, tuple) else (None, given)
        if prediction.text is None:
            raise DataError(f"predictions[{position}]: its text is not known: decode with text=")
        scores = entity_scores(prediction, name)
        errors = expected_errors(prediction, promise)
        kept = promise.kept_of(prediction) if isinstance(promise, Promise) else _above(scores, promise)
        lost = prediction.unplaced or any(issue.kind in _LOST for issue in prediction.issues)
        if len(kept) == len(scores) and not lost:
            continue
        details: list[dict[str, Any]] = [
            {**entity.to_dict(), "score": scores[entity]} for entity in dict.fromkeys(prediction.entities)
        ]
        meta = {"details": details, "expected_errors": round(errors, 4), "predicted": True}
        worth = errors / cost(prediction.text) if cost is not None else errors
        listed.append((-worth, position, Document(prediction.text, prediction.entities, id=id, meta=meta)))
    return [document for *_, document in sorted(listed, key=lambda one: one[:2])][:limit]


_LOST = ("no_answer", "truncated", "unplaced")
"""Issues after which entities may be missing."""


def _above(scores: dict[Any, float], threshold: float) -> list[Any]:
    return [entity for entity, score in scores.items() if score >= threshold]
