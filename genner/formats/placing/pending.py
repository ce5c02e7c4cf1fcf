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
    """A claim, where its mention is in the text, and the place that is chosen for it.

    Args:
        claim: what the answer states.
        hits: every place of its mention; empty when it is not in the text.
        span: the place chosen.
        notes: kind and detail of the issues that go with the place.
        everywhere: the mention goes to each of its places.
        done: the places of the mention have been given to an earlier claim of it.
    """

    claim: Claim
    hits: Hits
    span: Span | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    everywhere: bool = False
    done: bool = False

    @classmethod
    def of(cls, claim: Claim, source: Source) -> Pending:
        """Look a claim up; what is marked in a copy has its place by its surroundings."""
        is_looked_up = bool(claim.text) and claim.copied is None
        return cls(claim, source.find(claim.text, claim.spellings) if is_looked_up else Hits())

    @property
    def places(self) -> Sequence[Span]:
        """The places to choose from: whole words where there are any."""
        return self.hits.whole or self.hits.spans

    def put(self, span: Span, kind: str = "", detail: str = "") -> None:
        """Choose a place."""
        self.span = span
        if kind:
            self.notes.append((kind, detail))


def among(span: Span, spans: Sequence[Span]) -> bool:
    """Tell whether a place is one of several, which are in text order."""
    at = bisect_left(spans, span)
    return at < len(spans) and spans[at] == span
