"""Any overlap, whatever the label; half credit where the spans differ ("partial" of SemEval-2013 task 9.1)."""

from __future__ import annotations

from collections.abc import Sequence

from genner.metrics.matching._case import Pair
from genner.metrics.matching._pairing import BeyondExact, Pairs

__all__ = ["partial"]


def _credited(pairs: Sequence[Pair]) -> Pairs:
    full: list[Pair] = []
    half: list[Pair] = []
    for two in pairs:
        one, other = two
        (full if one[0] == other[0] and one[1] == other[1] else half).append(two)
    return full, half


partial = BeyondExact(_credited)
"""Gives full credit for the same span, half for an overlap, to pairs one to one."""
