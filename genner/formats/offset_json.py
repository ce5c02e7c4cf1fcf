"""`[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}, ...]`: the paper's offset JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.json.items import Field, JsonItems
from genner.formats.wording import EXACT, LISTED, Wording

__all__ = ["OffsetJson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetJson(JsonItems):
    """Text, label, start and end, in characters, 0-based, end exclusive.

    Where text and offsets disagree the text is right and the nearest place that fits is taken.
    """

    name: ClassVar[str] = "offset-json"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("text", "text"),
        Field("label", "label"),
        Field("start", "start"),
        Field("end", "end"),
    )
    wording: ClassVar[Wording] = Wording(
        'Find all named entities in the input and write a JSON list with one object {"text": entity text, "label": '
        'LABEL, "start": number, "end": number} for each.',
        (
            EXACT,
            '"start" is the position of its first character and "end" the position after its last one. The first '
            "character of the input has position 0; spaces, punctuation and line breaks count as one character each.",
        ),
        LISTED,
        "If there is no entity, write [].",
    )
