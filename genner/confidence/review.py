"""What a person should look at first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genner.confidence.details import entity_scores
from genner.confidence.promises import Promise
from genner.exceptions import DataError
from genner.types import Document, Prediction

__all__ = ["review_list"]

_LOST = ("no_answer", "truncated", "unplaced")
"""Issues after which entities may be missing."""


def review_list(
    predictions: Iterable[Prediction | tuple[str | None, Prediction]], promise: Promise | float
) -> list[Document]:
    """Return the documents that a person should look at, those first where a look corrects most.

    A document is on the list when an entity of it is left out by the promise, or its answer has issues that lost
    something.  A kept entity of confidence p is wrong with probability 1 - p, and one that is left out is right with
    probability p; the sum is `meta["expected_errors"]`, by which the list is sorted.  Entities that the model did not
    write are not counted: nothing is known of them.

    The documents hold all predicted entities, and their scores in `meta["details"]`; write them with
    `genner.write(documents, "tasks.json", "label-studio")`, which makes them tasks whose predictions wait for a person.

    Args:
        predictions: with scores; a pair gives a document its id.
        promise: what is kept without a look; a number is a threshold of `"confidence"`.

    Raises:
        DataError: when the text of a prediction is not known.
    """
    listed: list[tuple[float, Document]] = []
    for position, given in enumerate(predictions):
        id, prediction = given if isinstance(given, tuple) else (None, given)
        if prediction.text is None:
            raise DataError(f"predictions[{position}]: its text is not known: decode with text=")
        if isinstance(promise, Promise):
            scores, kept = entity_scores(prediction, promise.score), set(promise.kept_of(prediction))
        else:
            scores = entity_scores(prediction)
            kept = {entity for entity, score in scores.items() if score >= promise}
        lost = prediction.unplaced or any(issue.kind in _LOST for issue in prediction.issues)
        if len(kept) == len(scores) and not lost:
            continue
        errors = sum(1 - score if entity in kept else score for entity, score in scores.items())
        details: list[dict[str, Any]] = [{**entity.to_dict(), "score": score} for entity, score in scores.items()]
        meta = {"details": details, "expected_errors": round(errors, 4), "predicted": True}
        listed.append((errors, Document(prediction.text, prediction.entities, id=id, meta=meta)))
    return [document for _, document in sorted(listed, key=lambda one: -one[0])]
