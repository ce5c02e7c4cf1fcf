"""From a copy of a text to the text: where each character of what a model copied comes from.

Both sides are folded first, so spacing, case and Unicode form play no part. What then is still
different is aligned by words: words that occur once on both sides are anchors (patience diff),
what lies between them is compared as a whole, and inside what differs, letters are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import regex

from genner.text.folding import Folded
from genner.text.subsequence import common_pairs, common_start
from genner.text.words import is_inside_word, script_change

__all__ = ["Alignment", "align_copy"]

# Words; where a script puts no spaces between words, letters.
_TOKEN = regex.compile(
    r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\p{M}*|[\w\p{M}]+|[^\w\s]"
)

_SMALL = 20_000
"""Product of two lengths up to which they are compared letter by letter."""

_COMPARED = 4_000_000
"""Product of two numbers of words up to which they are compared without looking for anchors."""

_DEEPEST = 8
"""How often anchors are looked for between anchors."""

_LONGEST_WORD = 40
"""How far the end of what is common is moved back to the border of a word."""

_Token = tuple[str, int, int]


class Alignment:
    """Where the folded characters of a copy come from.

    Attributes:
        to_source: for each folded character of the copy the folded character of the source, or -1.
    """

    __slots__ = ("_counts", "copy", "source", "to_source")

    def __init__(self, copy: Folded, source: Folded, to_source: list[int]) -> None:
        self.copy = copy
        self.source = source
        self.to_source = to_source
        is_known = [at >= 0 for at in to_source]
        self._counts = [0, *accumulate(is_known)]

    def known(self, first: int, last: int) -> int:
        """Count the characters from `first` to `last` that are in the source."""
        return self._counts[last] - self._counts[first]

    def project(self, first: int, last: int) -> tuple[int, int] | None:
        """Return the part of the source's folded characters that `first` to `last` copies.

        An edge that was changed reaches as far as the unchanged characters around it allow.
        None when nothing of it is in the source.
        """
        to_source = self.to_source
        if not self.known(first, last):
            return self._between(first, last)
        if to_source[first] >= 0:
            low = to_source[first]
        else:
            before = to_source[first - 1] if first > 0 else -1
            low = before + 1 if before >= 0 or first == 0 else to_source[self._known_from(first)]
            if self._is_double(before, first) and _parts_word(self.source, before + 1):
                low = before  # of a character and its double the inner one is taken
        if to_source[last - 1] >= 0:
            high = to_source[last - 1] + 1
        else:
            after = to_source[last] if last < len(to_source) else len(self.source.chars)
            high = after if after >= 0 else to_source[self._known_until(last)] + 1
            if last < len(to_source) and self._is_double(after, last - 1) and _parts_word(self.source, after):
                high = after + 1
        return self._with_lost_letters(first, last, low, high) if low < high else None

    def _is_double(self, at: int, copied: int) -> bool:
        return at >= 0 and self.source.chars[at] == self.copy.chars[copied]

    def _with_lost_letters(self, first: int, last: int, low: int, high: int) -> tuple[int, int]:
        """Add the letters that the copy leaves out at the edge of a word: `oseph Reed` for `Joseph Reed`."""
        to_source = self.to_source
        before = to_source[first - 1] if first > 0 else -1
        if (first == 0 or before >= 0) and not _parts_word(self.copy, first):
            start = low
            while start > before + 1 and low - start < _LONGEST_WORD and self._is_inside(start):
                start -= 1
            low = low if _parts_word(self.source, start) else start
        after = to_source[last] if last < len(to_source) else len(self.source.chars)
        if after >= 0 and not _parts_word(self.copy, last):
            end = high
            while end < after and end - high < _LONGEST_WORD and self._is_inside(end):
                end += 1
            high = high if _parts_word(self.source, end) else end
        return low, high

    def _is_inside(self, at: int) -> bool:
        """Tell whether a cut of the source before a folded character parts a word, or letters of one script."""
        origin = self.source.origin
        is_within = at < len(origin) and script_change(self.source.text, origin[at]) < 0
        return is_within or _parts_word(self.source, at)

    def _known_from(self, at: int) -> int:
        """Return the first character from `at` on that is in the source."""
        return bisect_right(self._counts, self._counts[at]) - 1

    def _known_until(self, at: int) -> int:
        """Return the last character before `at` that is in the source."""
        return bisect_left(self._counts, self._counts[at]) - 1

    def _between(self, first: int, last: int) -> tuple[int, int] | None:
        """What the source has where the copy has something else altogether."""
        low = self.to_source[first - 1] + 1 if first > 0 else 0
        high = self.to_source[last] if last < len(self.to_source) else len(self.source.chars)
        if first > 0 and self.to_source[first - 1] < 0:
            return None
        return (low, high) if 0 <= low < high else None


def align_copy(copy: Folded, source: Folded) -> Alignment:
    """Align a copy with its source, in time that grows with their lengths."""
    written_size, original_size = len(copy.chars), len(source.chars)
    first, behind = _common_ends(copy, source)
    to_source = [-1] * written_size
    to_source[:first] = range(first)
    to_source[written_size - behind :] = range(original_size - behind, original_size)
    written, original = _tokens(copy, first, written_size - behind), _tokens(source, first, original_size - behind)
    pairs = _match([token[0] for token in written], [token[0] for token in original])
    last_written = last_original = first
    for written_at, original_at in [*pairs, (len(written), len(original))]:
        is_end = written_at == len(written)
        here = (
            (written_size - behind, original_size - behind)
            if is_end
            else (written[written_at][1], original[original_at][1])
        )
        if last_written < here[0] and last_original < here[1]:
            _align_letters(copy.chars, source.chars, last_written, here[0], last_original, here[1], to_source)
        if not is_end:
            start, end = written[written_at][1:]
            to_source[start:end] = range(here[1], here[1] + end - start)
            last_written, last_original = end, original[original_at][2]
    return Alignment(copy, source, to_source)


def _common_ends(copy: Folded, source: Folded) -> tuple[int, int]:
    """Return how many folded characters both have in common at their start and end, in whole words."""
    size = min(len(copy.chars), len(source.chars))
    first = common_start(copy.chars, source.chars, size)
    if first == size == max(len(copy.chars), len(source.chars)):
        return first, 0
    first = _word_start(copy, source, first)
    behind = common_start(copy.chars[::-1], source.chars[::-1], size - first)
    written, original = len(copy.chars), len(source.chars)
    for _ in range(_LONGEST_WORD):
        if behind == 0 or not (_inside_word(copy, written - behind) or _inside_word(source, original - behind)):
            break
        behind -= 1
    return first, behind


def _word_start(copy: Folded, source: Folded, first: int) -> int:
    for back in range(min(first, _LONGEST_WORD)):
        if not (_inside_word(copy, first - back) or _inside_word(source, first - back)):
            return first - back
    return first if first > _LONGEST_WORD else 0


def _inside_word(folded: Folded, at: int) -> bool:
    """Tell whether a cut before folded character `at` would part a word."""
    if not 0 < at < len(folded.origin):
        return False
    before, after = folded.origin[at - 1], folded.origin[at]
    text = folded.text
    return after - before <= 1 and (text[before].isalnum() and text[after].isalnum())


def _parts_word(folded: Folded, at: int) -> bool:
    """Tell whether a cut before folded character `at` parts a word of a script that has spaces between words."""
    return 0 < at < len(folded.origin) and is_inside_word(folded.text, folded.origin[at])


def _tokens(folded: Folded, first: int, last: int) -> list[_Token]:
    """Split folded characters `first` to `last` into words, each with its range."""
    if first >= last:
        return []
    result = []
    chars, origin = folded.chars, folded.origin
    start = first
    for match in _TOKEN.finditer(folded.text, origin[first], origin[last - 1] + 1):
        end = bisect_left(origin, match.end(), start, last)
        if start < end:
            result.append((chars[start:end], start, end))
            start = end
    return result


def _match(written: Sequence[str], original: Sequence[str]) -> list[tuple[int, int]]:
    """Pair equal words in order."""
    pairs: list[tuple[int, int]] = []
    todo = [(0, len(written), 0, len(original), 0)]
    while todo:
        a, a_end, b, b_end, depth = todo.pop()
        while a < a_end and b < b_end and written[a] == original[b]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        while a < a_end and b < b_end and written[a_end - 1] == original[b_end - 1]:
            a_end, b_end = a_end - 1, b_end - 1
            pairs.append((a_end, b_end))
        if a == a_end or b == b_end:
            continue
        is_small = (a_end - a) * (b_end - b) <= _COMPARED
        anchors = [] if is_small or depth == _DEEPEST else _anchors(written, original, a, a_end, b, b_end)
        if not anchors:
            pairs += [(a + i, b + j) for i, j in common_pairs(written[a:a_end], original[b:b_end])]
            continue
        for anchor_a, anchor_b in anchors:
            todo.append((a, anchor_a, b, anchor_b, depth + 1))
            pairs.append((anchor_a, anchor_b))
            a, b = anchor_a + 1, anchor_b + 1
        todo.append((a, a_end, b, b_end, depth + 1))
    pairs.sort()
    return pairs


def _anchors(
    written: Sequence[str], original: Sequence[str], a: int, a_end: int, b: int, b_end: int
) -> list[tuple[int, int]]:
    """Pair the words that occur once on each side: their longest increasing run."""
    once_a, once_b = Counter(written[a:a_end]), Counter(original[b:b_end])
    places = {original[at]: at for at in range(b, b_end) if once_b[original[at]] == 1}
    candidates = [
        (at, places[written[at]]) for at in range(a, a_end) if once_a[written[at]] == 1 and written[at] in places
    ]
    tails: list[int] = []  # smallest last place of a run of each length
    runs: list[tuple[tuple[int, int], int]] = []
    tail_runs: list[int] = []
    for at, place in candidates:
        length = bisect_left(tails, place)
        runs.append(((at, place), tail_runs[length - 1] if length else -1))
        if length == len(tails):
            tails.append(place)
            tail_runs.append(len(runs) - 1)
        else:
            tails[length] = place
            tail_runs[length] = len(runs) - 1
    result = []
    run = tail_runs[-1] if tail_runs else -1
    while run >= 0:
        pair, run = runs[run]
        result.append(pair)
    result.reverse()
    return result


def _align_letters(written: str, original: str, a: int, a_end: int, b: int, b_end: int, to_source: list[int]) -> None:
    """Align what lies between two pairs of words letter by letter, when it is small."""
    if (a_end - a) * (b_end - b) <= _SMALL:
        for i, j in common_pairs(written[a:a_end], original[b:b_end]):
            to_source[a + i] = b + j
