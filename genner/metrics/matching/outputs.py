"""Matchings that count what models wrote, and not what was decoded from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genner.exceptions import DataError
from genner.metrics.matching.case import Case, Matching, Pair
from genner.types import Document

if TYPE_CHECKING:
    from genner.metrics.counts import Row

__all__ = ["OutputMatching"]


def _no_outputs(case: Case) -> Iterable[Pair]:
    raise DataError("this matching counts raw outputs: give them to `evaluate_outputs`")


@dataclass(frozen=True, slots=True)
class OutputMatching(Matching):
    """A count of raw outputs.

    Args:
        rows: from the gold documents, their right outputs as the data has them (or None), the outputs of
            a model, the name of the format and the settings, to the counts of each document.
        unused: names of settings that have no effect on it.
    """

    match: Callable[[Case], Iterable[Pair]] = _no_outputs
    rows: Callable[[Sequence[Document], Sequence[str] | None, Sequence[str], str, Any], list[Row]] = field(kw_only=True)
    unused: tuple[str, ...] = ()
