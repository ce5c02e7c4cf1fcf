"""Finding the parts of an answer that copy the source, and where each character of a copy comes from."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genner.formats.inline.marked import Plain
from genner.formats.inline.view import trimmed
from genner.text.alignment import Alignment, align_copy
from genner.text.folding import Folded, difference
from genner.text.grounding import Source
from genner.text.subsequence import common_start
from genner.text.words import splits_word

__all__ = ["Copy", "find_copies"]

LIST_SHARE = 0.35
"""Fewer common words (Dice) than this, and an answer is a list of marked mentions, not a copy."""

WHOLE_SHARE = 0.8
"""Common words (Dice) from which a copy without marks says that there are no entities."""

_BEGINNING = 0.5
"""Share of an output that copies the beginning of the text, from which it is a copy cut short."""

_NEAR = 3
"""Characters by which the place of a mention may be wrong where a copy adds or leaves out letters next to it."""

_WORD = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\u0e00-\u0e7f]|\w+|[^\w\s]")
"""Words; where a script puts no spaces between words, letters."""


@dataclass(slots=True)
class Copy:
    """A part of an answer without its markup that copies the source.

    Args:
        start, end: offsets in the plain answer, with the white space around it.
        shift: what to add to offsets in the plain answer, where the copy is exact.
        alignment: where its characters come from, where it is not.
        first: where the aligned part begins in the plain answer.
        changed: what the copy changes of the source, an issue kind.
        is_short: it copies less than half of the source.
        is_whole: it has nearly all words of the source and next to no others.
    """

    start: int
    end: int
    shift: int | None = None
    alignment: Alignment | None = None
    first: int = 0
    changed: str | None = None
    is_short: bool = False
    is_whole: bool = True

    def source_span(self, low: int, high: int) -> tuple[int, int] | None:
        """Return where the source has what the copy has at `low` to `high`."""
        if self.shift is not None:
            return max(low + self.shift, 0), high + self.shift
        if self.alignment is None:
            return None
        alignment = self.alignment
        first, last = alignment.copy.at(low - self.first), alignment.copy.at(high - self.first)
        target = alignment.project(first, last) if first < last else None
        span = None if target is None else alignment.source.span(*target)
        if span is None:
            return None
        text = alignment.source.text
        start, end = trimmed(text, *span)
        # a letter too many or too few next to a mention is easily taken for one of the mention
        written = alignment.copy.text[low - self.first : high - self.first].strip()
        rest = text[start:end].replace(written, "", 1) if written in text[start:end] else ""
        # a word, or a letter where words have no spaces between them
        is_lacking = any(map(str.isalnum, rest)) and (len(rest) == 1 or not rest.isalnum())
        lacks_words = is_lacking and not splits_word(text, start, end)
        at = -1 if lacks_words or not written else text.find(written, max(start - _NEAR, 0), end + _NEAR)
        if at >= 0 and not splits_word(text, at, at + len(written)):
            return at, at + len(written)
        has_words = any(map(str.isalnum, text[start:end])) or not any(map(str.isalnum, written))
        return (start, end) if has_words else None  # punctuation that is left out is no other spelling of words


def find_copies(plain: Plain, source: Source, starts: Sequence[int]) -> list[Copy]:
    """Find the copies of the source: all exact ones, else all exact but for spacing, case and Unicode form,
    else the lines that are most like it.

    Args:
        starts: where marked mentions begin, ascending.

    Returns:
        The copies in their order; none when no part of the answer is like the source.
    """
    if not source.text.strip():  # white space alone has no words to look for
        return [Copy(0, len(plain.text), shift=0)] if plain.text and source.text.startswith(plain.text) else []
    if not plain.text.strip():
        return []
    return list(_exact(plain, source)) or list(_cut_short(plain, source)) or _folded(plain, source, starts)


def _cut_short(plain: Plain, source: Source) -> Iterator[Copy]:
    """Find the beginning of the source, and nothing else, in an answer that was cut off."""
    written, meant = plain.text.strip(), source.text.lstrip()
    if meant.startswith(written):
        shift = len(source.text) - len(meant) - plain.text.index(written)
        yield Copy(0, len(plain.text), shift=shift, is_short=True)


def _exact(plain: Plain, source: Source) -> Iterator[Copy]:
    text = source.text
    meant = text.strip()
    lead = text.index(meant)
    at = plain.text.find(meant)
    while at >= 0:
        yield Copy(*_with_spaces(plain.text, at, at + len(meant)), shift=lead - at)
        at = plain.text.find(meant, at + len(meant))


def _with_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end].isspace():
        end += 1
    return start, end


def _folded(plain: Plain, source: Source, starts: Sequence[int]) -> list[Copy]:
    """Find the copies that fold to the same as the source, or else the lines that are most like it."""
    whole, chars = Folded(plain.text), source.folded.chars
    copies = []
    at = whole.chars.find(chars) if chars else -1
    while at >= 0:
        last = at + len(chars)
        # what folds to nothing belongs to the copy: spaces, and marks behind the last letter
        start = whole.origin[at - 1] + 1 if at else 0
        end = whole.origin[last] if last < len(whole.origin) else len(plain.text)
        changed = difference(plain.text[start:end].strip(), source.text.strip())
        copies.append(_aligned(whole, start, end, source, changed or "spacing"))
        at = whole.chars.find(chars, last)
    if not copies:
        start, end, share = _best_lines(plain.text, source.text, starts)
        if share >= LIST_SHARE or common_start(whole.chars, chars) >= _BEGINNING * len(whole.chars):
            copy = _aligned(whole, *_with_spaces(plain.text, start, end), source, "fuzzy")
            copy.is_whole = share >= WHOLE_SHARE
            copies.append(copy)
    return copies


def _aligned(whole: Folded, start: int, end: int, source: Source, changed: str) -> Copy:
    window = whole if end - start == len(whole.text) else Folded(whole.text[start:end])
    is_short = len(window.chars) < len(source.folded.chars) / 2
    return Copy(start, end, None, align_copy(window, source.folded), start, changed, is_short)


def _best_lines(text: str, source: str, starts: Sequence[int]) -> tuple[int, int, float]:
    """Choose the lines most like the source: one, as many as the source has, or all.

    Returns:
        Start, end and the share of common words (Dice); of equal lines those with most marks, then the last.
    """
    meant = Counter(_WORD.findall(source.casefold()))
    size = sum(meant.values())
    lines: list[tuple[int, int, list[str]]] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            lines.append((at, at + len(line), _WORD.findall(line.casefold())))
        at += len(line) + 1
    height = sum(1 for line in source.split("\n") if line.strip())
    best = (-1.0, 0)
    chosen = (0, len(text))
    share = 0.0
    for tall in sorted({1, min(height, len(lines)), len(lines)}, reverse=True):
        seen: Counter[str] = Counter()
        total = common = 0
        for number, (_, end, words) in enumerate(lines):
            for word in words:
                seen[word] += 1
                common += seen[word] <= meant[word]
            total += len(words)
            if number >= tall:
                gone = lines[number - tall][2]
                for word in gone:
                    common -= seen[word] <= meant[word]
                    seen[word] -= 1
                total -= len(gone)
            if number + 1 >= tall:
                low = lines[number + 1 - tall][0]
                marks = bisect_left(starts, end) - bisect_left(starts, low)
                # a word left out counts four times as much as one too many (F2), so that no line is left out lightly
                rank = (round(5 * common / (total + 4 * size), 2) if size else 0.0, marks)
                if rank >= best:
                    best, chosen, share = rank, (low, end), 2 * common / (total + size)
    return *chosen, share
