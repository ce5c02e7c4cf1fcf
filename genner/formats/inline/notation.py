"""Reading a notation that nobody named: what a copy inserts into its source shows how it marks mentions.

Where every word of the source is copied and all that is inserted is made of one opener and one closer, or of one mark
next to each mention, these are the notation: `«Ann | PER»`, `PER[Ann]`, `Ann {PER}`, `@Ann|PER@`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple, TypeAlias

from genner.formats.inline.marked import Mark, Marked
from genner.formats.inline.tokens import BRACKETS, Token
from genner.formats.inline.view import trimmed
from genner.text.words import is_spaced

__all__ = ["read_notation"]

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\W_])+|[^\w\s]|_")
"""Words; where words follow one another without spaces, letters."""

_LEAD = r"(?:[^\W\d][\w ]{0,40}:\s+)?"
"""What introduces a copy: `Output: `."""

_LINE = re.compile(_LEAD + r"(\S[^\n]*)")
_PARAGRAPH = re.compile(_LEAD + r"(\S(?:[^\n]|\n(?![ \t]*\n))*)")
"""Lines with a blank line before and behind them."""

_SIGN = re.compile(r"[()\[\]{}<>|,:;=–—→\n]")
"""What parts a label from the words before it."""

_MOST_INSERTED = 6
"""Inserted tokens for each token of the source, beyond which an answer is no copy with marks."""

_OPENING, _CLOSING = "([{<", ")]}>"

_PUNCTUATION = frozenset(",.;:!?")

_EDGES = _OPENING + _CLOSING

_LONGEST_RUN = 24
"""Tokens of the first and the last insertion, which are marks of one kind and nothing else."""

_MOST_TRIED = 4

_AHEAD = 24
"""A token of the source that is not among so many tokens of a copy is missing in it."""

_MISSING = 0.25
"""Share of the words of the source that a copy may leave out."""

_LONGEST_LABEL = 7
"""Tokens of a label."""

_Template: TypeAlias = "tuple[str | None, ...]"
"""The tokens of a mark, with None for its label."""


class _Unit(NamedTuple):
    """One mark of an insertion, in view offsets."""

    label: str
    start: int
    end: int
    opens: bool


def read_notation(marked: Marked) -> list[Token] | None:
    """Find the mentions of an exact copy with marks of one kind: the whole answer, or its longest paragraph.

    Returns:
        The labels that belong to a mention next to them; None where not all that is inserted is such marks.
    """
    text, source = marked.view.text, _TOKEN.findall(marked.answer.source.text.casefold())
    words = Counter(word for word in source if word.isalnum())
    parts = (_PARAGRAPH,) if "\n" in marked.answer.source.text.strip() else (_PARAGRAPH, _LINE)
    spans = {match.span(group) for part in parts for match in part.finditer(text) for group in (0, 1)}
    labelled = list(_labelled(marked, 0, len(text)))
    starts, signs = [start for start, _ in labelled], [text[start] for start, _ in labelled]
    total = Counter(signs)
    tokens = list(_TOKEN.finditer(text))
    places = [token.start() for token in tokens]
    whole = trimmed(text, 0, len(text))
    for low, high in [whole, *sorted(spans - {whole}, key=lambda span: (span[0] - span[1], -span[0]))]:
        inside = Counter(signs[bisect_left(starts, low) : bisect_left(starts, high)])
        if any(total[sign] > count for sign, count in inside.items()):
            continue  # labels next to the same signs are outside of this part: a blank line ends no copy
        lone = _read(marked, source, words, tokens[bisect_left(places, low) : bisect_left(places, high)])
        if lone is not None:
            return lone
    return None


def _labelled(marked: Marked, low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield where a label and the closing bracket behind it are, with the sign before it: ` | PER]`, `/PER>`."""
    text = marked.view.text
    start = at = low
    for match in _SIGN.finditer(text, low, high):
        sign = match[0]
        if sign in _CLOSING and marked.is_label(text[at : match.start()].strip(" /")):
            yield start, match.end()
        at = match.end()
        start = at if sign in _EDGES or sign == "\n" else match.start()


def _read(
    marked: Marked, source: list[str], words: Counter[str], tokens: Sequence[re.Match[str]]
) -> list[Token] | None:
    """Find the mentions of one part of an answer, given as its tokens."""
    if not len(source) / 2 < len(tokens) <= (_MOST_INSERTED + 1) * len(source):
        return None
    most_missing = _MISSING * words.total()
    if (words - Counter(token[0].casefold() for token in tokens)).total() > most_missing:
        return None
    insertions = _insertions(tokens, source, _own(marked, tokens), most_missing)
    labels = _Labels(marked)
    insertions = [run for run in insertions if not all(token[0].isalnum() for token in run) or labels.are_exact(run)]
    if not insertions:
        return None
    first = insertions[0]
    # a label that is not in the set shows no template, so a few marks are looked at
    openers = list(dict.fromkeys(unit for run in insertions[:6:2] for unit in _units(labels, run)))
    closers = list(dict.fromkeys(unit for run in insertions[:-7:-2] for unit in _units(labels, run)))
    for opener in openers[:_MOST_TRIED]:
        for closer in closers[:_MOST_TRIED]:
            if opener != closer and _are_marks(opener, closer, insertions):
                units = [unit for run in insertions for unit in _split(labels, run, opener, closer)]
                if len(units) >= 2 and _pair(marked, units, None in opener and None in closer):
                    return []
    for mark in _units(labels, first):
        if not _are_marks(mark, mark, insertions):
            continue
        units = [unit for run in insertions for unit in _split(labels, run, mark, mark)]
        lone = _stand_alone(marked, units)
        if lone is not None:
            return lone
    return None


def _own(marked: Marked, tokens: Sequence[re.Match[str]]) -> set[int]:
    """Return view offsets of labels at the end of brackets and of these brackets, which are not of the source."""
    own: set[int] = set()
    text = marked.view.text
    for start, end in _labelled(marked, tokens[0].start(), tokens[-1].end()):
        if text[start:end] not in marked.answer.source.text:
            own.update(range(start, end))
    stacks: dict[str, list[int]] = {}
    for token in tokens:
        if token[0] in _OPENING:
            stacks.setdefault(token[0], []).append(token.start())
        elif token[0] in BRACKETS and stacks.get(BRACKETS[token[0]]):
            start = stacks[BRACKETS[token[0]]].pop()
            if token.start() in own:
                own.add(start)
    return own


def _are_marks(opener: _Template, closer: _Template, insertions: Sequence[Sequence[object]]) -> bool:
    """Tell whether two templates may be marks: with one label at most, and with words only where there are several."""
    has_label = None in opener + closer and opener.count(None) < 2 and closer.count(None) < 2
    has_words = any(part is not None and part.isalnum() for part in opener + closer)
    first, last = opener[0], closer[-1]
    is_turned = first is not None and last is not None and (first in _CLOSING or last in _OPENING)
    is_turned = is_turned or _PUNCTUATION.issuperset(opener) or _PUNCTUATION.issuperset(closer)
    return has_label and not is_turned and not (has_words and len(insertions) < 4)


def _insertions(
    tokens: Sequence[re.Match[str]], source: Sequence[str], own: Set[int], most_missing: float
) -> list[list[re.Match[str]]]:
    """Return the runs of tokens that a copy adds to its source.

    Args:
        own: view offsets of what cannot be of the source.
        most_missing: words of the source that a copy may leave out; where it leaves out more there are no runs.
    """
    words = ["" if token.start() in own else token[0].casefold() for token in tokens]
    ahead = Counter(words[:_AHEAD])
    runs: list[list[re.Match[str]]] = []
    copied = -1  # the token of the copy before
    at = missing = 0
    for number, token in enumerate(tokens):
        while at < len(source) and ahead[source[at]] == 0:
            missing += source[at].isalnum()
            at += 1
        if at < len(source) and words[number] == source[at]:
            at, copied = at + 1, number
        elif runs and copied < number - 1:
            runs[-1].append(token)
        elif copied >= 0 and token[0] in _OPENING and words[copied] == words[number]:
            runs.append([tokens[copied]])  # of two equal brackets the outer one is the mark
        else:
            runs.append([token])
        ahead[words[number]] -= 1
        ahead[words[number + _AHEAD] if number + _AHEAD < len(words) else ""] += 1
    missing += sum(map(str.isalnum, source[at:]))
    return runs if missing <= most_missing else []


class _Labels:
    """Finds the labels among inserted tokens."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self.text = marked.view.text

    def are_exact(self, run: Sequence[re.Match[str]]) -> bool:
        """Tell whether a run is a label as it is written in the set, where other words may be added to a copy."""
        return self.text[run[0].start() : run[-1].end()] in (self.marked.answer.labels or ())

    def at(self, run: Sequence[re.Match[str]], low: int) -> int:
        """Return the end of the longest label that begins at `low`, or `low`."""
        if not run[low][0][0].isalnum():
            return low
        for high in range(min(len(run), low + _LONGEST_LABEL), low, -1):
            if not run[high - 1][0][-1].isalnum():
                continue
            name = self.text[run[low].start() : run[high - 1].end()]
            is_name = self.marked.answer.labels is None and len(name) > 1 and name.isupper() and name.isalpha()
            if is_name or self.marked.is_label(name):
                return high
        return low


def _units(labels: _Labels, run: Sequence[re.Match[str]]) -> Iterator[_Template]:
    """Yield the marks of which a run may be a repetition, the longest first."""
    template: list[str | None] = []
    at = 0
    if len(run) > _LONGEST_RUN:
        return
    while at < len(run):
        end = labels.at(run, at)
        template.append(None if end > at else run[at][0])
        at = max(end, at + 1)
    for count in range(1, len(template) + 1):
        size = len(template) // count
        if template == template[:size] * count:
            yield tuple(template[:size])


def _split(labels: _Labels, run: Sequence[re.Match[str]], opener: _Template, closer: _Template) -> Iterator[_Unit]:
    """Yield the marks of one insertion: closers, then openers; nothing behind what is neither."""
    at = 0
    while at < len(run):
        for template in (closer, opener):
            found = _match(labels, run, at, template)
            if found is not None:
                label, end = found
                yield _Unit(label, run[at].start(), run[end - 1].end(), template is opener)
                at = end
                break
        else:
            if not run[at][0].isalnum():
                yield _Unit("", -1, -1, True)  # no mark, so nothing pairs
                return
            at += 1  # a word that the copy adds


def _match(labels: _Labels, run: Sequence[re.Match[str]], at: int, template: _Template) -> tuple[str, int] | None:
    """Match a mark at `at`; return its label and where it ends."""
    label = ""
    for part in template:
        if at >= len(run):
            return None
        if part is not None:
            if run[at][0] != part:
                return None
            at += 1
            continue
        end = max(labels.at(run, at), at + 1)
        label = labels.text[run[at].start() : run[end - 1].end()]
        if not label[0].isalnum():
            return None
        at = end
    return label, at


def _pair(marked: Marked, units: list[_Unit], are_named: bool) -> bool:
    """Mark what is between openers and closers; False when they are not balanced."""
    marks: list[Mark] = []
    stack: list[_Unit] = []
    for unit in units:
        if unit.start < 0:
            return False
        if unit.opens:
            stack.append(unit)
            continue
        if not stack or (are_named and stack[-1].label != unit.label):
            return False
        opener = stack.pop()
        marks.append(Mark(unit.label or opener.label, opener.end, unit.start, (opener.start, unit.end)))
    if stack:
        return False
    for unit in units:
        marked.hide(unit.start, unit.end)
    marked.marks += marks
    text = marked.view.text
    # spaces inside marks are of the text where only so all of it is copied, and never next to a sign such as `|`
    are_copied = marked.answer.source.text.strip() in marked.all_plain().text
    for mark in marks:
        inside = text[mark.start : mark.end]
        if not (are_copied and text[mark.start - 1] in _EDGES):
            mark.start += len(inside) - len(inside.lstrip())
        if not (are_copied and text[mark.end] in _EDGES):
            mark.end -= len(inside) - len(inside.rstrip())
        marked.hide(mark.whole[0], mark.start)
        marked.hide(mark.end, mark.whole[1])
    return True


def _stand_alone(marked: Marked, units: list[_Unit]) -> list[Token] | None:
    """Take marks of one kind: each next to its mention, or the same one on either side of it."""
    if len(units) < 2 or any(unit.start < 0 or not unit.label for unit in units):
        return None
    text = marked.view.text
    if 2 * sum(text[unit.start] == "<" and is_spaced(text[unit.end : unit.end + 1]) for unit in units) > len(units):
        return None  # tags that open mentions whose closers are cut off: `been <event>several events`
    pairs = list(zip(units[::2], units[1::2], strict=False))
    touch = all(not text[one.end].isspace() and not text[two.start - 1].isspace() for one, two in pairs)
    if touch and len(units) % 2 == 0 and all(one.label == two.label for one, two in pairs):
        is_paired = _pair(marked, [unit._replace(opens=at % 2 == 0) for at, unit in enumerate(units)], True)
        return [] if is_paired else None
    return [Token("label", "", unit.start, unit.end, unit.label, unit.label) for unit in units]
