"""What two sequences have in common, in order: their beginning, and their longest common subsequence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["common_pairs", "common_start"]

_BLOCK = 2048
"""Longer sequences are compared in overlapping blocks of this many items."""


def common_start(one: str, other: str, size: int | None = None) -> int:
    """Return the length, at most `size`, of the common beginning of two strings."""
    size = min(len(one), len(other)) if size is None else size
    low = 0
    step = size
    while step > 0:  # doubling back: each comparison is one memcmp
        if one[low : low + step] == other[low : low + step]:
            low += step
            if low >= size:
                return size
            step = min(step, size - low)
        else:
            step //= 2
    return low


def common_pairs(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Pair equal items of two sequences in order, as many as possible; long sequences block by block.

    >>> common_pairs("abcd", "xbd")
    [(1, 1), (3, 2)]

    """
    pairs: list[tuple[int, int]] = []
    a, b = 0, 0
    while a < len(one) and b < len(other):
        if one[a] == other[b]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
            continue
        is_last = max(len(one) - a, len(other) - b) <= _BLOCK
        found = _block(one[a : a + _BLOCK], other[b : b + _BLOCK])
        half = _BLOCK if is_last else _BLOCK // 2  # what is near the end of a block may pair otherwise
        kept = [(a + i, b + j) for i, j in found if i < half and j < half]
        pairs += kept
        if is_last:
            break
        a, b = (kept[-1][0] + 1, kept[-1][1] + 1) if kept else (a + half, b + half)
    return pairs


def _block(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Find the pairs with one bit for each item of `other` (Hyyro 2004, "Bit-parallel LCS-length computation")."""
    places: dict[str, int] = {}
    for at, item in enumerate(other):
        places[item] = places.get(item, 0) | (1 << at)
    full = (1 << len(other)) - 1
    row = full
    rows = [row]
    for item in one:
        equal = row & places.get(item, 0)
        row = ((row + equal) | (row - equal)) & full
        rows.append(row)
    pairs = []
    i, j = len(one), len(other)
    while i and j:
        if rows[i] >> (j - 1) & 1:
            j -= 1
        else:
            i -= 1
            if rows[i] >> (j - 1) & 1:
                j -= 1
                pairs.append((i, j))
    pairs.reverse()
    return pairs
