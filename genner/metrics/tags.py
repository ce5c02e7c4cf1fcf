"""Scores of tag sequences, as the tools behind most published numbers read them.

Sequences that are valid in the scheme they are written in mean the same to all of them.  They differ
where a tag could not follow the one before: `I-PER` after `O`, or `I-LOC` after `I-PER`.

* `conlleval` (and seqeval by default): a chunk starts after `O`, after an end, at a beginning or where
  the label changes, so `I-PER` after `O` is an entity.
* The name of a scheme ("strict" in seqeval): only what is spelled in full by the scheme is an entity.

Sources: the rules of `conlleval` (CoNLL-2000 shared task); the documented modes of seqeval 1.2.2.

>>> [spans(["I-PER", "I-PER", "O"], scheme) for scheme in ("conlleval", "IOB2")]
[[Entity(0, 2, 'PER')], []]

"""

from __future__ import annotations

from collections.abc import Iterable

from genner.exceptions import DataError, WrongTypeError
from genner.metrics.matching import MATCHINGS, Case
from genner.metrics.results import Evaluation
from genner.metrics.scoring import row_of
from genner.metrics.settings import Labels, settings_of
from genner.tags import SCHEMES, Tag, chunks_of, get_scheme, parse_tag, tags_of
from genner.types import Entity
from genner.types.tally import IssueTally

__all__ = ["READINGS", "evaluate_tags", "spans"]

CONLLEVAL = "conlleval"

READINGS = (CONLLEVAL, *SCHEMES)
"""How tags are read: as conlleval does whatever the letters are, or strictly by a scheme."""


def spans(tags: Iterable[str], scheme: str = CONLLEVAL) -> list[Entity]:
    """Return the entities of one tagged sentence; offsets count tokens.

    Args:
        tags: one for each token, such as `B-PER` or `O`.
        scheme: a name of `READINGS`.

    Raises:
        DataError: naming the first tag that is neither `O` nor a letter of the scheme and a label.
    """
    tags, parsed = _listed(tags), list[Tag]()
    for position, tag in enumerate(tags):
        if not isinstance(tag, str):
            raise WrongTypeError(
                f"token {position}: expected a tag such as O or B-PER, got {type(tag).__name__} {tag!r:.60}; "
                "class numbers must be replaced by their names"
            )
        try:
            parsed.append(parse_tag(tag))
        except DataError as error:
            raise DataError(f"token {position}: {error}") from None
    chunks = chunks_of(parsed)
    if scheme != CONLLEVAL:
        spelled = get_scheme(scheme)
        letters = {"O", spelled.only, spelled.first, spelled.inner, spelled.last}
        for position, (letter, _) in enumerate(parsed):
            if letter not in letters:
                raise DataError(f"token {position}: {tags[position]!r} is no tag of {spelled.name}")
        expected = tags_of(chunks, len(parsed), spelled)
        chunks = [chunk for chunk in chunks if parsed[chunk[0] : chunk[1]] == expected[chunk[0] : chunk[1]]]
    return [Entity(*chunk) for chunk in chunks]


def _listed(tags: Iterable[str]) -> list[str]:
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise WrongTypeError(f"tags: expected a sequence of tags, got {type(tags).__name__} {tags!r:.80}")
    return list(tags)


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
    settings = settings_of(labels, zero_division=zero_division, macro=macro, scheme=name)
    left, right = list(gold), list(predicted)
    if len(left) != len(right):
        raise DataError(f"expected as many sentences on either side, got {len(left)} gold and {len(right)} predicted")
    found = []
    for position, sides in enumerate(zip(left, right, strict=True)):
        try:
            one, other = map(_listed, sides)
            golds, predictions = spans(one, name), spans(other, name)
        except DataError as error:
            raise type(error)(f"sentence {position}, {error}") from None
        if len(one) != len(other):
            raise DataError(f"sentence {position}: expected {len(one)} tags as in gold, got {len(other)}")
        found.append(row_of(Case("", golds, predictions), MATCHINGS["strict"]))
    return Evaluation(settings, found, IssueTally())
