"""A claim that has no place yet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from genner.formats.placing.claims import Claim
from genner.text.grounding import Hits, Source

__all__ = ["Pending", "Span", "among"]

Span = tuple[int, int]


@dataclass(slots=True)
class Pending:
    """A claim, where its mention is in the text, and the places that are chosen for it.

    Args:
        claim: what the answer states.
        hits: every place of its mention; empty when it is not in the text.
        chosen: the places it takes: one, or with `occurrences="all"` any number.
        notes: kind and detail of the issues that go with them.
        spans: the places to choose from by order, in text order.
        first, last: the range of indices into `spans` that the order leaves.
    """

    claim: Claim
    hits: Hits
    chosen: Sequence[Span] | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    spans: Sequence[Span] = ()
    first: int = 0
    last: int = 0

    @classmethod
    def of(cls, claim: Claim, source: Source) -> Pending:
        """Look a claim up; what is marked in a copy has its place by its surroundings."""
        is_looked_up = bool(claim.text) and claim.copied is None
        return cls(claim, source.find(claim.text, claim.spellings) if is_looked_up else Hits())

    @property
    def key(self) -> tuple[int, str]:
        """What claims of one mention under one label have in common."""
        return id(self.hits), self.claim.label

    @property
    def places(self) -> Sequence[Span]:
        """The places of its mention: whole words where there are any."""
        return self.hits.whole or self.hits.spans

    def put(self, span: Span, kind: str = "", detail: str = "") -> None:
        """Choose a place."""
        self.chosen = (span,)
        if kind:
            self.notes.append((kind, detail))


def among(span: Span, spans: Sequence[Span]) -> bool:
    """Tell whether a place is one of several, which are in text order."""
    at = bisect_left(spans, span)
    return at < len(spans) and spans[at] == span
