"""Scores of tokens: how many tokens have the right label, whatever the edges of entities are.

A token has every label of an entity that shares a character with it; a long entity counts as many times as
it has tokens.  This is what classifiers of tokens report, and no measure of entities: see both.

>>> from genner.types import Document
>>> gold = [Document("New York City fell", [(0, 13, "LOC")])]
>>> found = [Document("New York City fell", [(0, 8, "LOC")])]
>>> result = evaluate_tokens(gold, found)
>>> result.micro.tp, result.micro.fn, result.micro.fp
(2, 1, 0)

"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from typing_extensions import Unpack

from genner.metrics.matching import MATCHINGS
from genner.metrics.results import Evaluation
from genner.metrics.scoring import paired, score
from genner.metrics.settings import Scoring, Settings, refuse, resolved
from genner.text.tokens import tokens_of
from genner.types import Document, Entity, Prediction
from genner.types.plain import AnyDocument, AnyOutput

__all__ = ["evaluate_tokens"]


def evaluate_tokens(
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    *,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Evaluation:
    """Score the labels of tokens instead of entities; the rows of the result are labels, its counts are tokens.

    Tokens are those in `meta["tokens"]` of the gold document, `[start, end]` in characters, else the runs without
    white space.  An entity that touches none of them counts as one token, and a predicted mention that is not in the
    text as one false positive.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        settings: how to compare, where no keyword says otherwise.
        options: as in `genner.evaluate`, but for `matching` and `duplicates`: a token has a label once.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
    """
    refuse(options, ["matching", "duplicates"], "tokens, each of which has a label or not")
    ours, _ = resolved(options, settings)
    ours = replace(ours, matching="strict", duplicates="ignore", by="token", buckets=ours.scored_labels)
    left, right = paired(gold, predicted)
    golds, predictions = [], []
    for document, output in zip(left, right, strict=True):
        grid = sorted(tokens_of(document))
        golds.append(Document(document.text, _tokens(document.entities, grid)))
        unplaced, issues = (output.unplaced, output.issues) if isinstance(output, Prediction) else ((), ())
        predictions.append(Prediction(_tokens(output.entities, grid), unplaced, issues, document.text))
    return score(ours, [MATCHINGS["strict"]], golds, predictions)[0]


def _tokens(entities: Sequence[Entity], grid: list[tuple[int, int]]) -> list[Entity]:
    """Return each token with each label of an entity that shares a character with it."""
    found: dict[Entity, None] = {}
    for start, end, label in entities:
        first = bisect_right(grid, start, key=lambda token: token[1])
        touched = grid[first : bisect_left(grid, end, key=lambda token: token[0])]
        found |= {Entity(*place, label): None for place in touched or [(start, end)]}
    return list(found)
