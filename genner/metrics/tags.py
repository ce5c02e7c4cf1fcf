"""Scores of tag sequences, as the tools behind most published numbers read them (see `genner.tags`).

Sequences that are valid in the scheme they are written in mean the same to all of them.  They differ
where a tag could not follow the one before: `I-PER` after `O`, or `I-LOC` after `I-PER`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from genner.exceptions import DataError
from genner.metrics.matching import MATCHINGS
from genner.metrics.results import Evaluation
from genner.metrics.scoring import score
from genner.metrics.settings import Labels, resolved
from genner.tags import CONLLEVAL, READINGS, get_scheme, read_tags
from genner.types import Document, Entity

__all__ = ["READINGS", "evaluate_tags", "spans"]


def spans(tags: Iterable[str], scheme: str = CONLLEVAL) -> list[Entity]:
    """Return the entities of one tagged sentence; offsets count tokens.

    Args:
        tags: one for each token, such as `B-PER` or `O`.
        scheme: a name of `READINGS`.

    Raises:
        DataError: naming the first tag that is neither `O` nor a letter of the scheme and a label.
    """
    return [*_sentence(tags, scheme).entities]


def _sentence(tags: Iterable[str], scheme: str) -> Document:
    """Return the entities over one character for each token."""
    read, chunks = read_tags(tags, scheme)
    return Document("." * len(read), chunks)


def evaluate_tags(
    gold: Iterable[Iterable[str]],
    predicted: Iterable[Iterable[str]],
    *,
    scheme: str = CONLLEVAL,
    labels: Labels = None,
    zero_division: float | None = 0.0,
    macro: str = "seen",
) -> Evaluation:
    """Score tagged sentences as a published number may have been scored; spans are compared strictly.

    Args:
        gold: the tags of each sentence.
        predicted: as many tags for each.
        scheme: a name of `READINGS`, for both sides.
        labels: as in `genner.evaluate`, and so are `zero_division` and `macro`.

    Raises:
        DataError: naming the first sentence where lengths differ or a tag is not understood.
    """
    name = CONLLEVAL if scheme == CONLLEVAL else get_scheme(scheme).name
    settings = replace(resolved({"labels": labels, "zero_division": zero_division, "macro": macro})[0], scheme=name)
    left, right = list(gold), list(predicted)
    if len(left) != len(right):
        raise DataError(f"expected as many sentences on either side, got {len(left)} gold and {len(right)} predicted")
    documents: tuple[list[Document], list[Document]] = ([], [])
    for position, sides in enumerate(zip(left, right, strict=True)):
        try:
            one, other = (_sentence(tags, name) for tags in sides)
        except DataError as error:
            raise type(error)(f"sentence {position}, {error}") from None
        if len(one.text) != len(other.text):
            raise DataError(f"sentence {position}: expected {len(one.text)} tags as in gold, got {len(other.text)}")
        documents[0].append(one)
        documents[1].append(other)
    return score(settings, [MATCHINGS["strict"]], *documents)[0]
