"""What an answer states about one mention, before the mention has a place in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Claim"]


@dataclass(slots=True)
class Claim:
    """One mention that an answer names, and everything the answer states about it.

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
