"""What an answer states about one mention, and the place in the text that is chosen for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from genner.text.grounding import Hits

__all__ = ["Claim", "Span", "among"]

Span: TypeAlias = tuple[int, int]

_NOT_SOUGHT = Hits()


@dataclass(slots=True)
class Claim:
    """One mention that an answer names, everything the answer states about it, and what `place` finds for it.

    Args:
        text: the mention, with escapes resolved; empty when the answer gives offsets alone.
        label: the label as the model wrote it; the road replaces it by the label it means.
        place: (start, end) of the claim in the output, in characters.
        start: start offset that the answer states, in whatever unit the model counts.
        end: end offset that the answer states.
        count: which occurrence of the mention the answer states.
        copied: (start, end) in the source, in characters, when the mention is part of a copy of the
            source: its surroundings were aligned, so this place is nearly certain.
        spellings: other readings of the same characters, tried in turn when `text` is not in the
            source: escapes left as written, bytes read in another encoding.
        group: claims listed together share a number; the order inside a group may mean something.
        cut: the end of the output cut the claim off before it stated its place.
        details: whatever else the answer says of the mention, such as a confidence.
        hits: every place of the mention; empty when it is not in the text, or not looked up because it is copied.
        chosen: the places it takes: one, or with `occurrences="all"` any number; None when it has none.
        notes: kind and detail of the issues that go with them.
        spans: the places to choose from by order, in text order.
    """

    text: str
    label: str
    place: tuple[int, int]
    start: int | None = None
    end: int | None = None
    count: int | None = None
    copied: tuple[int, int] | None = None
    spellings: tuple[str, ...] = ()
    group: int = 0
    cut: bool = False
    details: Mapping[str, Any] | None = None
    hits: Hits = _NOT_SOUGHT
    chosen: Sequence[Span] | None = None
    notes: tuple[tuple[str, str], ...] = ()
    spans: Sequence[Span] = ()

    @property
    def key(self) -> tuple[int, str]:
        """What claims of one mention under one label have in common."""
        return id(self.hits), self.label

    @property
    def places(self) -> Sequence[Span]:
        """The places of its mention: whole words where there are any."""
        return self.hits.whole or self.hits.spans

    def put(self, span: Span, kind: str = "", detail: str = "") -> None:
        """Choose a place.

        Args:
            span: (start, end) in the source, in characters.
            kind: of the issue that goes with it; none if empty.
            detail: of that issue.
        """
        self.chosen = (span,)
        if kind:
            self.notes += ((kind, detail),)


def among(span: Span, spans: Sequence[Span]) -> bool:
    """Tell whether a place is one of several.

    Args:
        span: (start, end) in characters.
        spans: in text order.
    """
    at = bisect_left(spans, span)
    return at < len(spans) and spans[at] == span
