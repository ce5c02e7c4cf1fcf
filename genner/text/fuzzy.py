"""Approximate search: where a text says nearly the same as a mention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import regex

from genner.text.index import TextIndex
from genner.text.subsequence import common_start

__all__ = [
    "MIN_LENGTH",
    "SHARE",
    "FuzzySearch",
    "allowed_edits",
    "edit_distance",
    "edits_within",
    "is_slip",
    "words_of",
]

SHARE = 0.2
"""Edits (insertions, deletions, substitutions) allowed for each folded character of a mention."""

MIN_LENGTH = 5
"""Shorter mentions are never matched approximately: one edit makes `Iran` of `Iraq`."""

_LONG = 256
"""Mentions of more folded characters are compared in blocks."""

_BLOCK = 128
_MOST_PIECES = 64
_PIECE = 8
_MOST_PLACES = 1000
_MOST_WINDOWS = 32
_STEPS_PER_CHAR = 8
_STEPS = 100_000

_BETWEEN_WORDS = regex.compile(r"[\s\p{Pd}./,:;]+")


def allowed_edits(length: int) -> int:
    """Return how many edits a mention of `length` folded characters may be away from the source."""
    return int(length * SHARE) if length >= MIN_LENGTH else 0


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    return _last_row(one, other, False)[-1] if one else len(other)


def edits_within(one: str, other: str, limit: int) -> int | None:
    """Return the edits between two strings, or None when there are more than `limit`.

    Long strings are aligned block by block, each as well as it can be behind the one before; that
    takes linear time, and finds a few edits more than there are where these are very dense.
    """
    if abs(len(one) - len(other)) > limit:
        return None
    first = common_start(one, other)
    one, other = one[first:], other[first:]
    last = common_start(one[::-1], other[::-1])
    one, other = one[: len(one) - last], other[: len(other) - last]
    if not one or not other:
        return len(one) + len(other)
    if min(len(one), len(other)) <= _LONG:
        edits = edit_distance(*sorted((one, other), key=len))
        return edits if edits <= limit else None
    edits = at = 0
    for start in range(0, len(one), _BLOCK):
        block = one[start : start + _BLOCK]
        if start + _BLOCK >= len(one):
            edits += edit_distance(block, other[at : at + 2 * _BLOCK]) + max(0, len(other) - at - 2 * _BLOCK)
        else:
            row = _last_row(block, other[at : at + 2 * _BLOCK], False)
            length = min(range(len(row)), key=lambda size: (row[size], abs(size - _BLOCK)))
            edits += row[length]
            at += length
        if edits > limit:
            return None
    return edits


def _last_row(pattern: str, text: str, free_start: bool) -> list[int]:
    """Return the distance of the whole pattern to what ends at each place of `text`.

    With `free_start` the match may begin anywhere (Sellers 1980); bit-parallel after Myers (1999)
    in the form of Hyyrö (2003), on Python integers of any width.
    """
    size = len(pattern)
    masks: dict[str, int] = {}
    for at, char in enumerate(pattern):
        masks[char] = masks.get(char, 0) | 1 << at
    full = (1 << size) - 1
    high = 1 << (size - 1) if size else 0
    up, down, score = full, 0, size
    scores = [size]
    for char in text:
        match = masks.get(char, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        right_up = down | (full & ~(diagonal | up))
        right_down = up & diagonal
        if right_up & high:
            score += 1
        elif right_down & high:
            score -= 1
        right_up = (right_up << 1) & full
        if not free_start:
            right_up |= 1
        right_down = (right_down << 1) & full
        up = right_down | (full & ~(diagonal | right_up))
        down = right_up & diagonal
        scores.append(score)
    return scores


class FuzzySearch:
    """Finds where a text is nearest to a mention.

    A mention with fewer edits than pieces has one piece that is unchanged, so only the surroundings
    of its pieces are compared: first those of two long pieces, which are rare, then those of more and
    shorter ones. All comparisons together are limited by a multiple of the length of the text.

    Args:
        index: the folded text.
    """

    def __init__(self, index: TextIndex) -> None:
        self._index = index
        self._steps_left = _STEPS_PER_CHAR * len(index.text) + _STEPS

    def best_matches(self, mention: str) -> list[tuple[int, int]]:
        """Find the places nearest to a folded mention: first and last (exclusive) folded character.

        Each part of the text that is compared gives its nearest place; those with the fewest edits
        of all parts are returned, in text order.
        """
        limit = allowed_edits(len(mention))
        if limit == 0 or len(mention) > len(self._index.text) + limit:
            return []
        found: set[tuple[int, int]] = set()
        fewest, pieces = limit + 1, 1
        # With fewer edits than pieces these are the nearest places there are.
        while fewest >= pieces and pieces <= min(limit, _MOST_PIECES - 1) and self._steps_left > 0:
            pieces = min(2 * pieces, limit + 1, _MOST_PIECES)
            for low, high in self._windows(mention, pieces, limit):
                match = self._match(mention, low, high, min(fewest, limit))
                if match is not None:
                    if match[0] < fewest:
                        found.clear()
                    fewest = match[0]
                    found.add(match[1:])
        return sorted(found)

    def _windows(self, mention: str, pieces: int, limit: int) -> Iterator[tuple[int, int]]:
        """Yield parts of the text that have pieces of the mention in the right order, the most pieces first."""
        size = len(mention)
        width = max(8, limit)
        votes: Counter[int] = Counter()
        for number in range(pieces):
            low, high = size * number // pieces, size * (number + 1) // pieces
            if pieces == _MOST_PIECES:
                high = min(high, low + _PIECE)
            # A piece that is everywhere says nothing.
            places = self._index.starts(mention[low:high])[:_MOST_PLACES]
            self._steps_left -= len(places)
            for at in places:
                votes[(at - low) // width] += 1
        ranked = sorted(votes, key=lambda bucket: (-votes[bucket] - votes.get(bucket + 1, 0), bucket))
        for bucket in ranked[:_MOST_WINDOWS]:
            if self._steps_left <= 0:
                return
            start = bucket * width - limit
            yield max(0, start), min(len(self._index.text), start + size + 3 * limit + 2 * width)

    def _match(self, mention: str, low: int, high: int, limit: int) -> tuple[int, int, int] | None:
        """Return the edits, start and end of the best match in a part of the text."""
        text = self._index.text
        self._steps_left -= high - low if len(mention) <= _LONG else high - low + len(mention)
        head, tail = (mention, mention) if len(mention) <= _LONG else (mention[:_BLOCK], mention[-_BLOCK:])
        from_low = low if head is mention else max(low, high - (high - low - len(mention)) - 2 * _BLOCK)
        ends = _last_row(tail, text[from_low:high], True)
        score = min(ends)
        if score > limit:
            return None
        end = ends.index(score)
        end = from_low + end + (ends[end : end + 2] == [score, score])  # a changed last letter, not one too many
        window = text[low:end] if head is mention else text[low : low + (high - low - len(mention)) + 2 * _BLOCK]
        starts = _last_row(head[::-1], window[::-1], head is not mention)
        if head is mention:
            start = end - max(at for at, value in enumerate(starts) if value == score)
            return (score, start, end) if start < end else None
        start = low + len(window) - starts.index(min(starts))
        edits = edits_within(mention, text[start:end], limit) if start < end else None
        return None if edits is None else (edits, start, end)


def words_of(text: str) -> list[str]:
    """Return the letters and digits of each word."""
    words = ("".join(filter(str.isalnum, word)) for word in _BETWEEN_WORDS.split(text.casefold()))
    return [word for word in words if word]


def is_slip(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether an edit of words could be a slip: digits must agree, and words of one letter but for a second one.

    `group 1` is no misspelling of `group 2`, nor `vitamin B` of `vitamin D`, but `o Rome` may be one of `of Rome`.
    """
    if [char for word in one for char in word if char.isdigit()] != [
        char for word in other for char in word if char.isdigit()
    ]:
        return False
    if len(one) != len(other):
        return sorted(filter(_is_letter, one)) == sorted(filter(_is_letter, other))
    return all(
        word == its
        or not (_is_letter(word) or _is_letter(its))
        or (len(word + its) == 3 and (word in its or its in word))
        for word, its in zip(one, other, strict=True)
    )


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()
