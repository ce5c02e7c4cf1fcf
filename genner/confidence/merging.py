"""Several answers about one text as one prediction: samples of one prompt, formats, wordings, models."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any, Literal

from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.types import Entity, Issue, Prediction, canonical

__all__ = ["heaviest", "merge_predictions"]

_HOW = ("vote", "union", "intersection")


def merge_predictions(
    predictions: Iterable[Prediction],
    how: Literal["vote", "union", "intersection"] = "vote",
    *,
    threshold: float | None = None,
    nested: bool = True,
) -> Prediction:
    """Merge the predictions of several answers about one text; their order does not matter.

    The details of a merged entity are

    * `agreement`: the share of the answers that name it;
    * `votes` and `answers`: how many name it, and how many there are;
    * `formats`: those of the answers that name it, where they are known;
    * `probability`: the mean over all answers of the probability of its tokens, 0 in those that do not name it,
      where all that name it have one;
    * `written`: what these answers wrote about it besides;
    * `others`: the different entities that overlap it in any answer, as `[start, end, label, votes]`.

    An entity that is left out is an issue with its votes: `left_out`, or `skipped` where it overlaps.  Issues of the
    answers are kept, without their places, since there are several outputs.

    Args:
        how: keep what more than half of the answers name, what any names, or what all name.
        threshold: keep what at least this share of the answers names instead, from 0 to 1.
        nested: whether merged entities may overlap; False keeps those without overlap that have most votes in all.

    Raises:
        DataError: when there is no prediction, or they are about different texts.
        UnknownNameError: for another `how`.
    """
    listed = list(predictions)
    text = _common_text(listed)
    needed = _needed(len(listed), how, threshold)
    votes = Counter(entity for prediction in listed for entity in set(prediction.entities))
    kept = [entity for entity, count in votes.items() if count >= needed]
    if not nested:
        kept = heaviest({entity: votes[entity] for entity in kept})
    chosen = set(kept)
    left_out = [
        Issue(
            "left_out" if votes[entity] < needed else "skipped",  # for its votes, or for one that it overlaps
            f"{votes[entity]} of {len(listed)} answers name {entity!r}",
            None,
            entity.span,
        )
        for entity in canonical(set(votes) - chosen)
    ]
    unplaced: Counter[Any] = Counter()
    for mention, number in _most(listed).items():
        named = sum(mention in prediction.unplaced for prediction in listed)
        if named >= needed:
            unplaced[mention] = number
        else:
            left_out.append(Issue("left_out", f"{named} of {len(listed)} answers name {mention!r}"))
    issues = {replace(issue, output_span=None): None for prediction in listed for issue in prediction.issues}
    formats = {prediction.format for prediction in listed}
    return Prediction(
        canonical(kept),
        sorted(unplaced.elements(), key=lambda mention: (mention.text, mention.label)),
        [*sorted(issues, key=_issue_key), *sorted(left_out, key=_issue_key)],
        text,
        _details(kept, votes, listed),
        formats.pop() if len(formats) == 1 else None,
    )


def heaviest(weights: Mapping[Entity, float]) -> list[Entity]:
    """Return the entities without overlap whose weights have the largest sum, in the order of the text.

    Weighted interval scheduling: sorted by end, the best choice among the first entities either leaves the last
    one out or adds it to the best choice among those that end before it starts.  Of equal sums the one with fewer
    entities is taken, then the one whose last entity ends first.

    Args:
        weights: of each entity, above 0.
    """
    ordered = sorted(weights, key=lambda entity: (entity.end, entity.start, entity.label))
    ends = [entity.end for entity in ordered]
    best: list[tuple[float, int]] = [(0, 0)]  # sum of the weights, and minus the number of entities
    before = [bisect_right(ends, entity.start, hi=at) for at, entity in enumerate(ordered)]
    for entity, earlier in zip(ordered, before, strict=True):
        total, minus = best[earlier]
        best.append(max(best[-1], (total + weights[entity], minus - 1)))
    chosen = []
    at = len(ordered)
    while at:
        if best[at] == best[at - 1]:
            at -= 1
        else:
            chosen.append(ordered[at - 1])
            at = before[at - 1]
    return chosen[::-1]


def _common_text(predictions: Sequence[Prediction]) -> str | None:
    if not predictions:
        raise DataError("expected at least one prediction to merge, got none")
    for position, prediction in enumerate(predictions):
        if not isinstance(prediction, Prediction):
            kind = type(prediction).__name__
            raise WrongTypeError(f"predictions[{position}]: expected a Prediction, got {kind} {prediction!r:.80}")
    texts = {prediction.text for prediction in predictions}
    if len(texts) > 1:
        shown = " and ".join(sorted(f"{text!r:.60}" for text in texts)[:2])
        raise DataError(f"expected predictions about one text, got {len(texts)} texts: {shown}")
    return texts.pop()


def _needed(answers: int, how: str, threshold: float | None) -> float:
    """Return how many votes an entity needs."""
    if threshold is not None:
        if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
            raise DataError(f"threshold: expected a share from 0 to 1, got {threshold!r:.80}")
        return answers * threshold - 1e-9  # 3 of 5 are 0.6, whatever the rounding
    if how not in _HOW:
        raise UnknownNameError.of("value of how", how, _HOW)
    return {"vote": answers // 2 + 1, "union": 1, "intersection": answers}[how]


def _details(kept: Iterable[Entity], votes: Counter[Entity], predictions: Sequence[Prediction]) -> dict[Entity, Any]:
    named: dict[Entity, list[Prediction]] = {entity: [] for entity in kept}
    for prediction in predictions:
        for entity in set(prediction.entities) & named.keys():
            named[entity].append(prediction)
    everything = sorted(votes)
    starts = [other.start for other in everything]
    furthest = list(accumulate((other.end for other in everything), max))

    def overlapping(entity: Entity) -> Iterator[Entity]:
        at = bisect_left(starts, entity.end)
        while at and furthest[at - 1] > entity.start:
            at -= 1
            if everything[at].end > entity.start and everything[at] != entity:
                yield everything[at]

    details: dict[Entity, Any] = {}
    for entity, by in named.items():
        found: dict[str, Any] = {
            "agreement": len(by) / len(predictions),
            "votes": len(by),
            "answers": len(predictions),
            "formats": sorted(prediction.format for prediction in by if prediction.format is not None),
            "written": sorted((p.details[entity] for p in by if entity in p.details), key=repr),
            "others": [[*other, votes[other]] for other in canonical(overlapping(entity))],
        }
        chances = [score for p in by if (score := _probability(p.details.get(entity))) is not None]
        if len(chances) == len(by):
            found["probability"] = sum(sorted(chances)) / len(predictions)
        details[entity] = {name: value for name, value in found.items() if value != []}
    return details


def _probability(details: Any) -> float | None:
    value = details.get("probability") if isinstance(details, Mapping) else None
    return value if isinstance(value, float) and 0 <= value <= 1 else None


def _most(predictions: Iterable[Prediction]) -> Counter[Any]:
    """Return every mention without a place, as often as the answer that has it most often."""
    most: Counter[Any] = Counter()
    for prediction in predictions:
        most |= Counter(prediction.unplaced)
    return most


def _issue_key(issue: Issue) -> tuple[int, str, str]:
    return (-1 if issue.text_span is None else issue.text_span.start, issue.kind, issue.detail)
