"""Reading JSON answers that are not just what was asked for."""

from __future__ import annotations

from genner._old_formats._answer import mask_chatter
from genner._old_formats._draft import Draft
from genner._old_formats._echoes import find_marks, read_marks
from genner._old_formats._items import Shape
from genner._old_formats._json_answer import JsonAnswer, find_json
from genner.text.grounding import Source
from genner.types import LabelSet, Prediction, Span

__all__ = ["Shape", "read_messy"]


def read_messy(
    shape: Shape, output: str, text: str | None, labels: LabelSet | None, grounding: str, order: str
) -> Prediction:
    """Recover the entities of a JSON answer and say what was wrong with it."""
    draft = Draft(labels)
    source = Source(text, grounding)
    masked, chatter = mask_chatter(output, text, labels)
    for what, span in chatter:
        draft.issue("extra_text", what, span)
    answer = find_json(shape, masked, labels, source)
    if labels is not None and (answer is None or answer.problems or not answer.placed):
        marked = _as_marks(draft, masked, text, labels, source, answer)
        if marked is not None:
            return marked
    if answer is None:
        draft.issue("no_answer", "no JSON was found in the output", Span(0, max(1, len(output))))
        return draft.finish(text)
    return answer.take(draft, shape, source, order)


def _as_marks(
    draft: Draft, masked: str, text: str | None, labels: LabelSet, source: Source, answer: JsonAnswer | None
) -> Prediction | None:
    """Read an answer that marks the text instead; None when it says no more than the JSON."""
    for by_name in (True, False):
        if ("</" if by_name else "|") not in masked:
            continue
        marked = find_marks(by_name, masked, text, labels, source)
        there = [group for group in marked.groups if labels.fold(group.label) is not None]
        there = [group for group in there if source.has(marked.said(group.start, group.end).strip())]
        if len(there) > (answer.placed if answer else 0):
            draft.issue("shape", "the text with marks in it in place of JSON", Span(0, max(1, len(masked))))
            return read_marks(draft, marked, text, source)
    return None
