"""Reading inline answers that do not copy the source to the letter."""

from __future__ import annotations

import re

from genner._old_formats._answer import mask_chatter
from genner._old_formats._copies import exact_copy, take_copy
from genner._old_formats._draft import Draft
from genner._old_formats._echoes import find_marks, read_marks
from genner._old_formats._json_answer import find_json
from genner._old_formats._loose_json import Node, parse_loose, parse_string
from genner._old_formats._markup import Markup, beginning
from genner.text.alignment import copies
from genner.text.grounding import Source
from genner.types import Issue, LabelSet, Prediction, Span

__all__ = ["read_messy"]

_JSON = re.compile(r"\s*(?:[{\"]|\[\s*[{\[\"'“])")
_MANY_STRINGS = 50


def read_messy(markup: Markup, output: str, text: str | None, labels: LabelSet | None, grounding: str) -> Prediction:
    """Recover the entities of an inline answer and say what was wrong with it."""
    masked, chatter = mask_chatter(output, text, labels)
    found = _read(markup, masked, text, labels, grounding, [Issue("extra_text", what, span) for what, span in chatter])
    return found if text is None else _cut(markup, output, text, labels, found)


def _cut(markup: Markup, output: str, text: str, labels: LabelSet | None, found: Prediction) -> Prediction:
    """Prefer the letter where an output is a good answer that was cut off: it holds its entities exactly."""
    cut = beginning(markup, output, text, known=None if labels is None else labels.known)
    if cut is None or not cut[1]:
        return found
    closed, reached = cut
    if set(closed) <= set(found.entities) and all(issue.kind != "text_changed" for issue in found.issues):
        return found
    ended = {label for _, end, label in closed if not text[end:reached].strip()}
    # an entity whose closer is all but written is taken for closed, as in other messy answers
    last = [one for one in found.entities if not text[one[1] : reached].strip() and one[2] not in ended]
    draft = Draft(labels, issues=[issue for issue in found.issues if issue.kind == "truncated"])
    if not draft.issues:
        draft.issue("truncated", "the output copies only part of the text", Span(0, len(output)))
    for start, end, label in (*closed, *last):
        draft.place(start, end, label, None)
    return draft.finish(text)


def _read(
    markup: Markup, masked: str, text: str | None, labels: LabelSet | None, grounding: str, noted: list[Issue]
) -> Prediction:
    draft = Draft(labels, issues=[*noted])
    if text is not None:
        copy = exact_copy(markup, masked, text)
        if copy is not None:
            take_copy(draft, copy, masked)
            return draft.finish(text)
    source = Source(text, grounding)
    marked = find_marks(markup.by_name, masked, text, labels, source)
    if _JSON.match(masked) and not (text and _JSON.match(text)):
        marks = sum(labels is None or labels.fold(group.label) is not None for group in marked.groups)
        other = _inside_json(markup, masked, text, labels, grounding, noted, marks)
        other = other or _as_json(masked, source, Draft(labels, issues=[*noted]), marks)
        if other is not None:
            return other
    return read_marks(draft, marked, text, source)


def _inside_json(
    markup: Markup,
    masked: str,
    text: str | None,
    labels: LabelSet | None,
    grounding: str,
    noted: list[Issue],
    marks: int,
) -> Prediction | None:
    """Read an answer that is a string inside JSON: of several the one most like the text."""
    start = len(masked) - len(masked.lstrip())
    if masked[start] == '"':
        strings = [Node("string", *parse_string(masked, start))]
    else:
        strings = _strings_of(parse_loose(masked, start)[0])
    if not strings or len(strings) > _MANY_STRINGS:
        return None
    best = max(strings, key=lambda node: copies(node.value, text) if text else len(node.value))
    if _JSON.match(best.value):
        return None
    inner = _read(markup, best.value, text, labels, grounding, [])
    if not inner.entities or len(inner.entities) < marks:
        return None
    place = Span(best.start, max(best.end, best.start + 1))
    issues = [*noted, Issue("wrapped", "the answer is a string inside JSON", place)]
    issues += [Issue(issue.kind, issue.detail, place, issue.text_span) for issue in inner.issues]
    return Prediction._trusted(inner.entities, inner.unplaced, tuple(issues), inner.text)


def _as_json(masked: str, source: Source, draft: Draft, marks: int) -> Prediction | None:
    """Read an answer that names mentions in JSON instead of marking them; None when it has no more."""
    answer = find_json("occurrence", masked, draft.labels, source)
    if answer is None or answer.placed <= marks or not source.given:
        return None
    draft.issue("shape", "JSON in place of the text with marks in it", Span(0, len(masked)))
    return answer.take(draft, "occurrence", source, "text")


def _strings_of(root: Node) -> list[Node]:
    """Collect the strings of a JSON value."""
    found: list[Node] = []
    todo = [root]
    while todo:
        node = todo.pop()
        if node.kind == "string":
            found.append(node)
        elif node.kind == "array":
            todo += node.value
        elif node.kind == "object":
            todo += [value for _, value in node.value]
    return found
