"""Scores of entities: where they are kept in a prediction, and how they are read and changed.

`Prediction.details` maps an entity to a mapping in which each score has a name of its own:
`"agreement"` (share of the answers that name it), `"probability"` (of its tokens), `"confidence"` (calibrated).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from genner.exceptions import DataError, UnknownNameError
from genner.types import Entity, Issue, Prediction

__all__ = ["above", "entity_scores", "narrowed", "usual_score", "with_scores"]


def entity_scores(prediction: Prediction, score: str = "confidence") -> dict[Entity, float]:
    """Return the score of every entity of a prediction.

    Args:
        score: its name in `details`.

    Raises:
        UnknownNameError: when an entity has no score of that name.
        DataError: when the score of an entity is no number from 0 to 1.
    """
    found: dict[Entity, float] = {}
    for entity in dict.fromkeys(prediction.entities):
        kept = prediction.details.get(entity)
        known = kept if isinstance(kept, Mapping) else {}
        if score not in known:
            numbers = [name for name, value in known.items() if isinstance(value, (int, float))]
            raise UnknownNameError.of(f"score of {entity!r}", score, numbers)
        value = known[score]
        if not _is_score(value):
            raise DataError(f"{score} of {entity!r}: expected a number from 0 to 1, got {value!r:.80}")
        found[entity] = float(value)
    return found


def usual_score(predictions: Iterable[Prediction]) -> str | None:
    """Return the first of agreement, probability and confidence that every entity has, or None.

    Args:
        predictions: whose `details` are looked at.
    """
    details = [one.details.get(entity) for one in predictions for entity in one.entities]
    for name in ("agreement", "probability", "confidence"):
        if details and all(isinstance(one, Mapping) and _is_score(one.get(name)) for one in details):
            return name
    return None


def _is_score(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def with_scores(prediction: Prediction, scores: Mapping[Entity, float], name: str = "confidence") -> Prediction:
    """Return the prediction with a score for some entities; nothing that the details held is lost.

    A value that is replaced is kept as `written_NAME`, and details that are no mapping as `written`.

    Args:
        scores: by entity.
        name: of the score in the details.
    """
    details = dict(prediction.details)
    for entity, value in scores.items():
        kept = details.get(entity)
        more = dict(kept) if isinstance(kept, Mapping) else {} if kept is None else {"written": kept}
        if name in more and more[name] != value:
            more.setdefault(f"written_{name}", more[name])
        details[entity] = more | {name: float(value)}
    return Prediction(
        prediction.entities, prediction.unplaced, prediction.issues, prediction.text, details, prediction.format
    )


def above(prediction: Prediction, threshold: float, score: str = "confidence") -> Prediction:
    """Return the prediction without the entities whose score is below `threshold`, and without unplaced mentions.

    An entity that is left out is a `left_out` issue.  A mention without a place has no score; the `unplaced` issue that
    names it stays.
    """
    scores = entity_scores(prediction, score)
    return narrowed(prediction, {entity for entity, value in scores.items() if value >= threshold}, score)


def narrowed(prediction: Prediction, kept: Collection[Entity], score: str) -> Prediction:
    """Return the prediction with some of its entities alone; each of the others is an issue with its score."""
    issues = [
        Issue("left_out", f"{entity!r} has a {score} of {value:.3g}", None, entity.span)
        for entity, value in entity_scores(prediction, score).items()
        if entity not in kept
    ]
    entities = [entity for entity in prediction.entities if entity in kept]
    details = {entity: prediction.details[entity] for entity in entities}
    return Prediction(entities, (), [*prediction.issues, *issues], prediction.text, details, prediction.format)
