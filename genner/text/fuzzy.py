"""Approximate search: where a text says nearly the same as a mention."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from genner.text.folding import Folded

__all__ = ["MIN_LENGTH", "SHARE", "allowed_edits", "best_match", "edit_distance", "is_slip"]

SHARE = 0.2
"""Edits (insertions, deletions, substitutions) allowed for each folded character of a mention."""

MIN_LENGTH = 5
"""Shorter mentions are never matched approximately: one edit makes `Iran` of `Iraq`."""

_MAX_WINDOWS = 64


def allowed_edits(length: int) -> int:
    """Return how many edits a mention of `length` folded characters may be away from the source."""
    return int(length * SHARE) if length >= MIN_LENGTH else 0


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance."""
    return _last_row(one, other, False)[-1] if one else len(other)


def _last_row(pattern: str, text: str, free_start: bool) -> list[int]:
    """Distances of the whole pattern to what ends at each place of `text`.

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


def best_match(mention: str, source: Folded, *, after: int = 0) -> tuple[int, int, int] | None:
    """Find the place of the text nearest to a folded `mention`.

    One of the pieces the mention falls into must be there unchanged when it has fewer edits than
    pieces; so only the surroundings of such pieces are compared.

    Args:
        after: offset in the folded text; between equally good places the first from here wins.

    Returns:
        First and last (exclusive) folded character and the number of edits, or None.
    """
    limit = allowed_edits(len(mention))
    if limit == 0 or len(mention) > len(source.chars) + limit:
        return None
    best: tuple[int, bool, int, int] | None = None
    for low, high in _windows(mention, source.chars, limit):
        window = source.chars[low:high]
        ends = _last_row(mention, window, True)
        score = min(ends)
        if score > limit or (best is not None and score > best[0]):
            continue
        end = ends.index(score)
        starts = _last_row(mention[::-1], window[:end][::-1], True)
        start = end - max(at for at, value in enumerate(starts) if value == score)
        key = (score, low + start < after, low + start, low + end)
        if best is None or key < best:
            best = key
    if best is None or best[2] >= best[3]:
        return None
    return best[2], best[3], best[0]


def _windows(mention: str, chars: str, limit: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of the text that hold an unchanged piece of the mention."""
    size = len(mention)
    cuts = [size * piece // (limit + 1) for piece in range(limit + 2)]
    seen: set[int] = set()
    for low, high in pairwise(cuts):
        piece = mention[low:high]
        at = chars.find(piece)
        while at >= 0 and len(seen) < _MAX_WINDOWS:
            start = at - low - limit
            if start not in seen:
                seen.add(start)
                yield max(0, start), min(len(chars), start + size + 3 * limit)
            at = chars.find(piece, at + 1)


def is_slip(mention: str, surface: str) -> bool:
    """Tell whether an edit could be a slip: digits, and words of one character, must agree.

    `group 1` is no misspelling of `group 2`, nor `vitamin B` of `vitamin D`.
    """
    return _weighty(mention) == _weighty(surface)


def _weighty(text: str) -> list[str]:
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    short = [word for word in words if len(word) == 1 and not word.isdigit()]
    return sorted(short) + [char for char in text if char.isdigit()]
