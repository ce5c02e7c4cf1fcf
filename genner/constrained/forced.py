"""Leave out the entities of an answer that a guide decided on, and not the model.

A guide keeps a model from writing a mention that the text does not hold, and then some other mention
is written in its place; a model that would not close an entity is made to at the end of the text; and
one that repeats itself without end is made to give the same spans label after label.
Such entities are seldom right.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from genner.constrained.guide import Guide
from genner.exceptions import EncodeError
from genner.formats.inline.description import Inline
from genner.types import Document, Entity, Span

__all__ = ["without_forced"]


def without_forced(guide: Guide, output: str, forced: Sequence[tuple[int, int]]) -> str:
    """Write a valid answer, or the beginning of one, again as a whole without the entities that were forced.

    An entity of a list is forced where any part of its mention was, an inline one where its closer
    was.  Labels and numbers do not count: what follows from the text is repaired, not invented.  But
    they count where the list has named the span before: the model wanted to repeat that item.

    Args:
        guide: that the answer obeys.
        output: the answer.
        forced: the parts of it that the model did not want, as (start, end) in characters.
    """
    codec: Any = guide.codec
    prediction = codec.decode(output, guide.text, labels=guide.labels)
    dropped: set[Entity] = set()
    named: set[Span] = set()
    stream = codec.stream(guide.text, labels=guide.labels)
    read = [(entity, at) for at, char in enumerate(output, 1) for entity in stream.feed(char)]
    early = {entity for entity, _ in read}
    read += [(entity, len(output)) for entity in prediction.entities if entity not in early]
    since = 0
    for entity, at in read:
        begin, end = _decisive(guide, output, entity, since, at, entity.span in named)
        named.add(entity.span)
        if any(left < end and begin < right for left, right in forced):
            dropped.add(entity)
        since = at
    if not dropped:
        return output
    kept = [entity for entity in prediction.entities if entity not in dropped]
    try:
        written: str = codec.encode(Document(guide.text, kept), labels=guide.labels)
    except EncodeError:  # among literal markup a format may be able to write all of them and not some
        return output
    return written


def _decisive(guide: Guide, output: str, entity: Entity, since: int, at: int, again: bool) -> tuple[int, int]:
    """Return the part of the answer that decides on an entity which ends before `at`, `again` where its span did."""
    if isinstance(guide.codec, Inline):
        return at - len(guide.codec.close(entity.label)), at
    written = json.dumps(guide.text[entity.start : entity.end], ensure_ascii=guide.options.ensure_ascii)
    begin = output.find(written, since)
    if begin < 0 or again:
        return since, at
    return begin + 1, begin + len(written) - 1
