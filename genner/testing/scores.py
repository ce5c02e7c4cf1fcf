"""Simulated predictions with scores, for tests of calibrators and promises whose truth is known."""

from __future__ import annotations

from typing import Any

from genner.confidence import Scored

__all__ = ["simulated_scores"]


def simulated_scores(documents: int, random: Any, *, skill: float = 2.6) -> Scored:
    """Draw documents of 0 to about 8 entities, alike within a document, whose scores are the true probabilities.

    Args:
        documents: how many.
        random: a generator of numpy.
        skill: mean logit of the scores in a document of middle difficulty.
    """
    import numpy

    counts = random.poisson(2.0, documents)
    place = numpy.repeat(numpy.arange(documents), counts)
    difficulty = random.normal(0, 1, documents)
    scores = 1 / (1 + numpy.exp(-(random.normal(skill, 1.8, len(place)) - difficulty[place])))
    right = random.random(len(place)) < scores
    missed = random.poisson(0.3, documents)
    return Scored(scores, right, place, numpy.bincount(place, right, minlength=documents).astype(int) + missed)
