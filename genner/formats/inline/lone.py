"""Marks without labels, and labels next to a mention: `Rome [LOC]`, `**PER** Ann`, `Ann (PER)`, `Ann/PER`."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from genner.formats.inline.marked import QUOTED, Mark, Marked
from genner.formats.inline.tokens import Token

__all__ = ["is_list", "read_bare_marks", "read_lone_labels"]

_AFTER = re.compile(r"[ \t]*([^\s\[\]<>|*]+(?:[ \t]+[^\W\d_a-z][^\s\[\]<>|*]*)*)")
_ONE_WORD = re.compile(r"[ ][^\s,.;:!?]+")
_BARE = re.compile(r"(?<!\w)(\*\*|__|[*_`\"])([^*_`\"\n]{1,200})\1(?!\w)|<<([^<>\n]{1,200})>>|\[([^\[\]|\n]{1,200})\]")


def read_bare_marks(marked: Marked) -> None:
    """Read `**Ann**` and `[Ann]` as marks where one label is asked for."""
    text = marked.view.text
    signs = frozenset('*_`"[<') - frozenset(marked.answer.source.text)
    for match in _BARE.finditer(text) if marked.answer.source.given else ():
        if match[0][0] not in signs:
            continue
        content, source = match[match.lastindex or 0], marked.answer.source
        low, high = match.span(match.lastindex or 0)
        if 2 * len(content) < len(source.text) and not marked.is_label(content.strip(" :")):
            marked.note("syntax", "another notation than asked for", *match.span())
            marked.hide(match.start(), low)
            marked.hide(high, match.end())
            marked.marks.append(Mark("", low, high, match.span()))


def read_lone_labels(marked: Marked, lone: list[Token]) -> None:
    """Give each lone label the words before it, or behind it where most of them have none before."""
    text = marked.view.text
    if not lone or _is_list(marked, lone):
        return
    leads = _leads(text, lone)
    marked.marks.sort(key=lambda mark: (mark.start, -mark.end))
    starts = [mark.start for mark in marked.marks]
    for label in lone:
        mark = _without_label(marked, starts, label)
        if mark is not None:
            marked.hide(label.start, label.end)
            if label.end <= mark.end:
                mark.end = mark.start + len(text[mark.start : label.start].rstrip())
            else:
                marked.note("syntax", "a label behind its mention", label.start, label.end)
            mark.label, mark.whole = label.name, (mark.whole[0], max(label.end, mark.whole[1]))
        elif leads:
            _mark_behind(marked, label)
        elif not _continues(marked, label):
            _mark_before(marked, label)


def _without_label(marked: Marked, starts: list[int], label: Token) -> Mark | None:
    """Find the mark that a label is in, `<mark>Ann Reed <b>PER</b></mark>`, or behind, `@@Ann Reed##(PER)`."""
    at = bisect_right(starts, label.start)
    for mark in reversed(marked.marks[max(0, at - 3) : at]):
        is_inside = mark.start < label.start and label.end <= mark.end
        is_behind = 0 <= label.start - mark.whole[1] <= 1 and not marked.view.text[mark.whole[1] : label.start].strip()
        if (is_inside or is_behind) and not marked.means_label(mark.label):
            return mark
    return None


def _is_list(marked: Marked, lone: list[Token]) -> bool:
    """Tell whether labels and what is next to them are a list."""
    text = marked.view.text
    lines = 1 + sum("\n" in text[one.start : other.start] for one, other in pairwise(lone))
    size = sum(map(len, text.split())) - sum(one.end - one.start for one in lone)
    return marked.answer.source.given and is_list(marked.answer.source.text, lines, size)


def is_list(source: str, lines: int, size: int) -> bool:
    """Tell whether an answer lists mentions: on more lines than the source has, or on lines with little of its text.

    Args:
        source: the text.
        lines: of the answer that hold marks.
        size: characters of the answer without marks and white space.
    """
    return lines > 1 + source.count("\n") or (lines > 1 and 5 * size < 4 * sum(map(len, source.split())))


def _leads(text: str, lone: list[Token]) -> bool:
    """Tell whether labels come before their mentions: most lines that have labels begin with one."""
    beginning = lines = 0
    last = -1
    for label in lone:
        line = text.rfind("\n", 0, label.start) + 1
        if line != last:
            lines += 1
            beginning += not text[line : label.start].strip(" \t-*•0123456789.)")
        last = line
    return beginning * 2 > lines


def _mark_before(marked: Marked, label: Token) -> None:
    text = marked.view.text
    end = label.start
    while end > 0 and text[end - 1] == " ":
        end -= 1
    start = marked.before(end)
    low, high = _unquoted(marked, start, end)
    marked.hide(start, low)
    marked.hide(high, label.end)
    marked.note("syntax", "a label behind its mention", label.start, label.end)
    if low < high:
        marked.marks.append(Mark(label.name, low, high, (start, label.end), guessed=low == start))


def _continues(marked: Marked, label: Token) -> bool:
    """Let the mention before a word with its own label go on with it where each is glued to it: `Ann/PER Reed/PER`."""
    text = marked.view.text
    mark = marked.marks[-1] if marked.marks else None
    sign = text[label.start]
    if mark is None or mark.label != label.name or sign not in "/_#" or text[mark.end] != sign:
        return False
    if not _ONE_WORD.fullmatch(text, mark.whole[1], label.start) or 1 in marked.hidden[mark.whole[1] : label.start]:
        return False
    mark.end, mark.whole = label.start, (mark.whole[0], label.end)
    marked.hide(label.start, label.end)
    return True


def _unquoted(marked: Marked, start: int, end: int) -> tuple[int, int]:
    """Return a mention without the quotes or stars around it that are not of the source."""
    text = marked.view.text
    if not marked.answer.source.given:
        return start, end
    low, high = start, end
    while high - low > 2 and text[low] == QUOTED.get(text[high - 1]):
        low, high = low + 1, high - 1
    return (start, end) if marked.in_source(text[start:end]) else (low, high)


def _mark_behind(marked: Marked, label: Token) -> None:
    match = _AFTER.match(marked.view.text, label.end)
    marked.note("syntax", "a label before its mention", label.start, label.end)
    start = match.start(1) if match is not None else label.end
    marked.hide(label.start, start)
    if match is not None:
        mention = match[1].rstrip(".,;:!?")
        if mention:
            end = start + len(mention)
            marked.marks.append(Mark(label.name, start, end, (label.start, end), guessed=True))
