"""Reading answers that copy the text with marked mentions, or list marked mentions."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from genner.formats.answer import Answer, Candidate
from genner.formats.inline.copies import Copy, find_copies
from genner.formats.inline.literal import SourceMarks
from genner.formats.inline.lone import is_list, read_bare_marks, read_lone_labels
from genner.formats.inline.marked import Mark, Marked, Plain
from genner.formats.inline.markup import Markup, derive, read_plain
from genner.formats.inline.notation import read_notation
from genner.formats.inline.pairs import pair_tokens
from genner.formats.inline.strict import strict_copies, strict_copy
from genner.formats.inline.tokens import (
    PLAIN_TAGS,
    Token,
    bracket_tokens,
    label_tokens,
    strict_tokens,
    symbol_tokens,
    tag_tokens,
)
from genner.formats.inline.view import trimmed, view_of
from genner.formats.placing.claims import Claim

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline

__all__ = ["inline_candidates"]

_NOTATIONS = ((derive("[", " | {label}]", False), "|"), (derive("<{label}>", "</{label}>", True), "</"))
"""Notations that are looked for where another format was asked for, with what they cannot do without."""

_MEMBERS = re.compile(r"\s*(?:[,;、，；]|\n(?:[ \t]*[-*•])?)\s*")
"""What is between mentions that one mark holds."""

_WORDS_OF_MENTION = 5

_DEEPEST = 100
"""Mentions inside more mentions than this are not read, so that all of them are read in linear time."""


def inline_candidates(answer: Answer, codec: Inline | None = None) -> Iterator[Candidate]:
    """Yield the marked copies of the source in an answer, and lists of marked mentions.

    Args:
        codec: the inline format that was asked for, if one was.
    """
    markups = [codec.markup_for(answer.labels)] if codec is not None else []
    markups += [markup for markup, needed in _NOTATIONS if needed in answer.body and markup not in markups]
    if not answer.source.given:
        yield from _without_source(answer, codec, markups)
        return
    strict = strict_copies(answer, markups, codec)
    body = answer.body
    for candidate in strict:
        start, end = candidate.start, candidate.end
        body = body[:start] + " " * (end - start) + body[end:]
    yield from _tolerant(replace(answer, body=body), codec, strict) if body.strip() else strict


def _without_source(answer: Answer, codec: Inline | None, markups: list[Markup]) -> Iterator[Candidate]:
    """Read an answer as its own text."""
    start, end = _trimmed(answer.body)
    body = answer.body[start:end]
    if codec is not None and "\\" not in body and "&" not in body:
        plain = read_plain(markups[0], body)
        if plain is not None and all(entity[2] for entity in plain[1]):
            yield strict_copy(start, end, *plain)
            return
    marked = _find(answer, codec)
    plain_answer = marked.all_plain()
    low, high = _trimmed(plain_answer.text)
    text = plain_answer.text[low:high]
    if not marked.marks and (codec is None or not text):
        return
    copy = Copy(0, len(plain_answer.text), shift=-low)
    candidate = _candidate(marked, plain_answer, copy, marked.marks)
    candidate.text = text
    candidate.says_none = not candidate.claims
    _add_notes(candidate, marked)
    yield candidate


def _trimmed(text: str) -> tuple[int, int]:
    """Return the range of a text without the blank lines around it."""
    content = len(text) - len(text.lstrip())
    start = text.rfind("\n", 0, content) + 1
    rest = text.rstrip()
    end = text.find("\n", len(rest))
    return start, len(text) if end < 0 else end


def _find(answer: Answer, codec: Inline | None) -> Marked:
    """Find the marked mentions of an answer in every notation."""
    marked = Marked(answer, view_of(answer))
    lone = read_notation(marked) if answer.source.given else None
    is_inferred = lone is not None
    if lone is None:
        lone = pair_tokens(marked, SourceMarks(answer.source.text), _tokens(marked, codec))
    text = marked.view.text
    for mark in marked.marks:
        if codec is None:
            break
        start, end = mark.whole
        written = text[start : mark.start], text[mark.end : end]
        meant = codec.open(mark.label), codec.close(mark.label)
        if text[start] != meant[0][0] or (is_inferred and written != meant):
            marked.note("syntax", "another notation than asked for", start, end)
            break
    read_lone_labels(marked, lone)
    if not marked.marks and codec is not None and marked.answer.labels is not None and len(marked.answer.labels) == 1:
        read_bare_marks(marked)
    marked.marks.sort(key=lambda mark: (mark.start, -mark.end))
    _drop_deep(marked)
    for detail, at in marked.view.resolved.items():
        where = bisect_left(marked.view.origin, at)
        marked.note("syntax" if "bracket" in detail else "text_changed", detail, where, where + 1)
    return marked


def _tokens(marked: Marked, codec: Inline | None) -> list[Token]:
    """Return the marks of an answer in the notations that are known."""
    tokens = [*tag_tokens(marked), *bracket_tokens(marked), *label_tokens(marked)]
    markup = None if codec is None else codec.markup_for(marked.answer.labels)
    if codec is not None and markup is not None and not markup.special <= frozenset("[|<"):
        if markup.opener_labelled or markup.closer_labelled:
            tokens += strict_tokens(marked, markup)
        else:
            tokens += symbol_tokens(marked, codec.opener, codec.closer, markup.label)
    if "@@" in marked.view.text and (codec is None or codec.opener[0] != "@"):
        tokens += symbol_tokens(marked)
    return tokens


def _drop_deep(marked: Marked) -> None:
    open_ends: list[int] = []
    kept: list[Mark] = []
    for mark in marked.marks:
        while open_ends and open_ends[-1] <= mark.start:
            open_ends.pop()
        if len(open_ends) < _DEEPEST:
            open_ends.append(mark.end)
            kept.append(mark)
    if len(kept) < len(marked.marks):
        count = len(marked.marks) - len(kept)
        marked.note("skipped", f"{count} mentions inside more than {_DEEPEST} others", kept[0].start, kept[0].end)
        marked.marks = kept


def _tolerant(answer: Answer, codec: Inline | None, strict: list[Candidate]) -> list[Candidate]:
    """Read what is not strictly right, next to the strict copies that were found."""
    marked = _find(answer, codec)
    if codec is None and not _has_label(marked):
        return strict
    plain = marked.all_plain()
    ranges = [plain.range(mark.start, mark.end) for mark in marked.marks]
    is_list = _is_list(plain, ranges, answer.source.text)
    has_copy = any(one.claims for one in strict)
    copies = [] if has_copy or is_list else find_copies(plain, answer.source, [low for low, _ in ranges])
    found = [*strict]
    outside = list(zip(marked.marks, ranges, strict=True))
    for copy in copies:
        inside = [mark for mark, (low, high) in outside if low < copy.end and copy.start < high]
        outside = [pair for pair in outside if not (pair[1][0] < copy.end and copy.start < pair[1][1])]
        inside = [mark for mark in inside if not _wraps(marked, plain, copy, mark)]
        if inside or (codec is not None and not strict):
            found.append(_candidate(marked, plain, copy, inside))
    listed = [mark for mark, _ in outside if not _is_frame(marked, mark)]
    copied = [candidate for candidate in found if candidate.claims]
    if copied:
        found = [one for one in found if one.claims or one.start > copied[0].start]  # the source may come first
        _add_listed(marked, plain, listed, copied)
    elif not all(mark.guessed for mark in listed):
        found += _listed(marked, plain, listed)
    if found:
        _add_notes(max(found, key=lambda one: len(one.claims)), marked)
    return found


def _has_label(marked: Marked) -> bool:
    """Tell whether a mark has a label of the set, or there is any mark where every label will do."""
    if marked.answer.labels is None:
        return bool(marked.marks)
    return any(mark.label and marked.means_label(mark.label) for mark in marked.marks)


def _is_list(plain: Plain, ranges: list[tuple[int, int]], source: str) -> bool:
    """Tell whether there are several marked mentions, each on lines of its own, and nothing else."""
    text = plain.text
    if len(ranges) < 2 or not is_list(source, 1 + text.strip().count("\n"), sum(map(len, text.split()))):
        return False
    outside: list[str] = []
    at = 0
    for low, high in ranges:
        outside.append(text[at:low])
        at = max(at, high)
    between = "".join([*outside[1:], text[at:]])
    return "\n" in between and not (outside[0] + between).strip(" \n\t-*•.,;:()0123456789")


def _wraps(marked: Marked, plain: Plain, copy: Copy, mark: Mark) -> bool:
    """Tell whether a mark is around the whole copy without being a label of the set."""
    if not (
        mark.label.casefold() in PLAIN_TAGS if marked.answer.labels is None else not marked.means_label(mark.label)
    ):
        return False
    low, high = plain.range(mark.start, mark.end)
    if plain.text[copy.start : low].strip() or plain.text[high : copy.end].strip():
        return False
    marked.note("extra_text", f"<{mark.label}> around the text", *mark.whole)
    return True


def _is_frame(marked: Marked, mark: Mark) -> bool:
    """Tell whether a mark outside of every copy holds other marks, and is no label or has no words of its own."""
    if marked.answer.labels is None or not mark.label:
        return False
    is_label = marked.means_label(mark.label)
    at = bisect_left(marked.marks, mark.start, key=lambda one: one.start)
    end = mark.start
    for one in islice(marked.marks, at, at + _DEEPEST):
        if one is mark or one.end > mark.end or one.start < end:
            continue
        if not is_label:
            return True
        if any(map(str.isalnum, marked.plain(end, one.whole[0]))):
            return False
        end = one.whole[1]
    return end > mark.start and not any(map(str.isalnum, marked.plain(end, mark.end)))


def _candidate(marked: Marked, plain: Plain, copy: Copy, marks: list[Mark]) -> Candidate:
    """Turn the marks in a copy into claims."""
    first, last = trimmed(plain.text, copy.start, copy.end)
    low, high = (plain.origin[first], plain.origin[last - 1] + 1) if first < last else (0, len(marked.view.text))
    if copy.is_short and copy.changed is None:
        high = len(marked.view.text)  # what is cut off is of the copy too
    low = min([low, *(mark.whole[0] for mark in marks)])
    high = max([high, *(mark.whole[1] for mark in marks)])
    start, end = marked.view.place(low, high)
    candidate = Candidate(start, end)
    if copy.changed is not None:
        what = {"spacing": "spaces", "case": "upper and lower case", "unicode": "the form of characters"}
        candidate.note("text_changed", f"the output changes {what.get(copy.changed, 'words')} of the text", start, end)
    if copy.is_short:
        candidate.note("truncated", "the output copies only part of the text", start, end)
    ranges = [plain.range(mark.start, mark.end) for mark in marks]
    spans = [copy.source_span(left, right) for left, right in ranges]
    sizes = [0 if span is None else span[1] - span[0] for span in spans]
    # marks that add no white space of their own mean the white space that they hold
    keeps_rims = copy.shift is not None and sizes == [right - left for left, right in ranges]
    for mark, (left, right), span in zip(marks, ranges, spans, strict=True):
        claim = _claim(marked, plain, mark, candidate)
        if claim is None:
            continue
        if keeps_rims:
            claim.text = plain.text[left:right]
        # where a mention begins that no sign marks is only as sure as its label
        is_sure = not mark.guessed or marked.answer.labels is None or marked.means_label(mark.label)
        claim.copied = span if claim.label == mark.label and is_sure else None
        candidate.claims.append(claim)
    # a few words and nothing else may also be the mentions of the one label that was asked for
    asks_for_one = marked.answer.labels is not None and len(marked.answer.labels) == 1
    is_name = asks_for_one and copy.is_short and len(plain.text.split()) <= _WORDS_OF_MENTION
    candidate.says_none = not candidate.claims and copy.is_whole and not is_name
    candidate.is_copy = not all(mark.guessed for mark in marks)
    # a copy goes on behind a mention, and a list does not
    behind = [marked.view.text[end : end + 2].lstrip(" ")[:1] for _, end in (mark.whole for mark in marks)]
    goes_on = copy.is_whole and any(map(str.isalnum, behind))
    candidate.is_guess = bool(marks) and not candidate.is_copy and copy.changed == "fuzzy" and not goes_on
    return candidate


def _claim(marked: Marked, plain: Plain, mark: Mark, candidate: Candidate) -> Claim | None:
    low, high = plain.range(mark.start, mark.end)
    mention = plain.text[low:high]
    place = marked.view.place(*mark.whole)
    if marked.is_label(mention) and not marked.means_label(mark.label) and marked.in_source(mark.label):
        candidate.note("syntax", "label and text are swapped", *place)
        return Claim(mark.label, mention.strip(), place, details=mark.details)
    if not mention:
        candidate.note("skipped", f"nothing is marked as {mark.label!r:.60}", *place)
        return None
    return Claim(mention.strip() or mention, mark.label, place, details=mark.details)


def _listed(marked: Marked, plain: Plain, marks: list[Mark]) -> Iterator[Candidate]:
    """Turn marks outside of every copy into claims that state no place."""
    start, end = marked.view.place(marks[0].whole[0], max(mark.whole[1] for mark in marks))
    candidate = Candidate(start, end)
    for mark in marks:
        claim = _claim(marked, plain, mark, candidate)
        if claim is None:
            continue
        parts = _MEMBERS.split(claim.text)  # `<PER>Ann, Bob</PER>`
        is_list = len(parts) > 1 and not marked.in_source(claim.text) and all(map(marked.in_source, parts))
        candidate.claims += [replace(claim, text=part) for part in parts] if is_list else [claim]
    if candidate.claims:
        candidate.note("shape", "marked mentions in place of the whole text", start, end)
        yield candidate


def _add_listed(marked: Marked, plain: Plain, marks: list[Mark], copies: list[Candidate]) -> None:
    """Add to the last marked copy what is marked behind it and can be true; report the rest."""
    main = copies[-1]
    known = {(claim.text, claim.label) for copy in copies for claim in copy.claims}
    behind = main.end
    for mark in marks:
        claim = _claim(marked, plain, mark, main)
        if claim is None:
            continue
        name = f"{claim.text!r:.100} ({claim.label:.60})"
        if (claim.text, claim.label) in known:
            main.note("repeated", f"{name} is marked again outside of the copy", *claim.place)
        elif claim.place[0] >= behind and marked.means_label(claim.label) and marked.in_source(claim.text):
            main.note("shape", f"{name} is marked behind the copy", *claim.place)
            main.claims.append(claim)
            main.end = max(main.end, claim.place[1])
        else:
            main.note("skipped", f"{name} is marked outside of the copy", *claim.place)


def _add_notes(candidate: Candidate, marked: Marked) -> None:
    for kind, detail, start, end in marked.notes:
        candidate.note(kind, detail, *marked.view.place(start, end))
