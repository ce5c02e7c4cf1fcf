"""`[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}, ...]`: the paper's offset JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.json.items import Field, JsonItems

__all__ = ["OffsetJsonCodec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetJsonCodec(JsonItems):
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
