"""The model's own probability of each entity: of the tokens that mark it and give its label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate

from genner.confidence.details import with_scores
from genner.exceptions import DataError
from genner.formats import Codec, Format, Labels, get_codec
from genner.text.alignment import align_copy
from genner.text.folding import Folded
from genner.types import Document, Entity, Prediction

__all__ = ["answer_places", "token_spans", "with_probabilities"]

Place = tuple[int, int]
"""Start and end in an answer, in characters."""

_COMPARED = 1_000_000
"""Product of two lengths up to which they are compared character by character."""


def with_probabilities(
    prediction: Prediction,
    output: str,
    tokens: Sequence[tuple[str, float]],
    *,
    format: Format | None = None,
    labels: Labels = None,
) -> Prediction:
    """Return a decoded prediction with the `probability` of each entity in its details.

    It is the product over the tokens that share a character with the places of the entity, see `answer_places`.  An
    entity without a place has the probability of the whole answer, which is no larger than its own.

    Args:
        prediction: what was decoded from the answer.
        output: the raw answer.
        tokens: text and natural logarithm of the probability of each token of the answer, in order.
        format: the output format; None takes the one that the prediction names.
        labels: the label set asked for.

    Raises:
        DataError: when the tokens do not spell the answer, or the text of the prediction is not known.
    """
    name = format if format is not None else prediction.format
    if name is None:
        raise DataError("format: the prediction does not name its format: give format=")
    places = answer_places(prediction, output, get_codec(name), labels)
    spans = token_spans(output, [text for text, _ in tokens])
    logprobs = [logprob for _, logprob in tokens]
    found = {}
    for entity, marked in places.items():
        inside = [
            logprob
            for (low, high), logprob in zip(spans, logprobs, strict=True)
            if any(low < end and start < high for start, end in marked)
        ]
        found[entity] = min(1.0, math.exp(sum(inside if marked else logprobs)))
    return with_scores(prediction, found, "probability")


def token_spans(output: str, tokens: Sequence[str]) -> list[Place]:
    """Return where each token is in an answer, as (start, end) in characters.

    Tokens before or after the answer, such as those that end a turn, have an empty span at its rim.

    Raises:
        DataError: when the tokens together do not hold the answer.
    """
    spelled = "".join(tokens)
    begin = spelled.find(output)
    if begin < 0:
        raise DataError(f"the tokens do not spell the answer: expected {output!r:.60}, got {spelled!r:.60}")
    ends = [min(max(end - begin, 0), len(output)) for end in accumulate(map(len, tokens))]
    return list(zip([0, *ends], ends, strict=False))


def answer_places(
    prediction: Prediction, output: str, codec: Codec, labels: Labels = None
) -> dict[Entity, tuple[Place, ...]]:
    """Return where an answer marks each entity: its marks and label in a copy, its item in a list.

    These are the characters that the format would not write if there were no such entity, found by writing the
    answer with and without it.  So they are known for every format that can write.  An answer that is not to the
    letter what the format would write is aligned with that; an entity that the format cannot write has no place.

    Args:
        output: the answer that the prediction was read from.
        codec: that read it.
        labels: a label set, names, or `"PER,LOC"`.

    Raises:
        DataError: when the text of the prediction is not known.
    """
    text = prediction.to_document().text
    entities = tuple(dict.fromkeys(prediction.entities))
    refused: list[Entity] = []
    own = {entity.label for entity in entities}
    known = labels if labels is None or own <= set(_names(labels)) else None
    answer = codec.encode(Document(text, entities), labels=known, dropped=refused)
    aligned = _alignment(answer, output)
    places: dict[Entity, tuple[Place, ...]] = {}
    for entity in entities:
        if entity in refused:
            places[entity] = ()
            continue
        others = [other for other in entities if other != entity]
        without = codec.encode(Document(text, others), labels=known, dropped=[])
        moved = [aligned[at] for start, end in _added(without, answer) for at in range(start, end)]
        places[entity] = _ranges([at for at in moved if at >= 0])
    return places


def _names(labels: Labels) -> Sequence[str]:
    from genner.labelsets import get_label_set

    known = get_label_set(labels)
    return () if known is None else known.names


def _added(without: str, answer: str) -> list[Place]:
    """Return the parts of `answer` that `without` lacks."""
    least = min(len(without), len(answer))
    before = next((at for at in range(least) if without[at] != answer[at]), least)
    room = least - before
    after = next((at for at in range(room) if without[-1 - at] != answer[-1 - at]), room)
    low, high = before, len(answer) - after
    inner = without[before : len(without) - after]
    if not inner:  # an item of a list
        return [_slid(answer, low, high)]
    if answer.count(inner, low, high) == 1:  # a mention between two marks
        mention = answer.find(inner, low, high)
        marks = ((low, mention), (mention + len(inner), high))
        return [_slid(answer, start, end) for start, end in marks if start < end]
    if inner in answer[low:high] or len(inner) * (high - low) > _COMPARED:
        return [(low, high)]  # a mention that its own mark holds as well, or too much to compare
    found = []
    at = low
    for block in SequenceMatcher(None, inner, answer[low:high], autojunk=False).get_matching_blocks():
        if low + block.b > at:
            found.append((at, low + block.b))
        at = low + block.b + block.size
    return found


def _slid(answer: str, low: int, high: int) -> Place:
    """Return what is added as one whole: `, {...}`, where `}, {...` is the same difference.

    Leaving out any of these parts leaves the same string.  The one in which every bracket is closed is taken, else one
    that ends with a bracket, such as ` | PER]`.
    """
    first = low
    while first and answer[first - 1] == answer[first - 1 + high - low]:
        first -= 1
    last = low
    while last + high - low < len(answer) and answer[last] == answer[last + high - low]:
        last += 1
    size = high - low
    whole = (at for at in range(first, last + 1) if _is_closed(answer[at : at + size]))
    ended = (at for at in range(first, last + 1) if answer[at + size - 1] in _CLOSERS)
    begin = next(whole, next(ended, low))
    return begin, begin + size


_CLOSERS = {")": "(", "]": "[", "}": "{", ">": "<"}


def _is_closed(piece: str) -> bool:
    """Tell whether there are brackets in a piece and each is closed."""
    opened: list[str] = []
    found = False
    for character in piece:
        if character in _CLOSERS.values():
            opened.append(character)
        elif character in _CLOSERS:
            found = True
            if not opened or opened.pop() != _CLOSERS[character]:
                return False
    return found and not opened


def _alignment(answer: str, output: str) -> Sequence[int]:
    """Return the place in `output` of each character of `answer`, -1 where there is none."""
    begin = output.find(answer)
    if begin >= 0:
        return range(begin, begin + len(answer))
    written, read = Folded(answer), Folded(output)
    places = [-1] * len(answer)
    for at, found in zip(written.origin, align_copy(written, read).to_source, strict=True):
        if found >= 0:
            places[at] = read.origin[found]
    return places


def _ranges(places: Sequence[int]) -> tuple[Place, ...]:
    """Join places that follow each other into ranges."""
    found: list[list[int]] = []
    for place in sorted(set(places)):
        if found and found[-1][1] == place:
            found[-1][1] = place + 1
        else:
            found.append([place, place + 1])
    return tuple((start, end) for start, end in found)
