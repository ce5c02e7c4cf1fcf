"""Same span and same label; repeated entities pair off one to one."""

from __future__ import annotations

from collections.abc import Iterable

from genner.metrics.matching.case import Case, Matching, Pair

__all__ = ["exact_pairs", "strict"]


def exact_pairs(case: Case) -> Iterable[Pair]:
    """Pair entities that agree in start, end and label."""
    return [(entity, entity, 1) for entity in case.split[0]]


strict = Matching("strict", exact_pairs, "start, end and label agree", pairs_exact_first=True)
