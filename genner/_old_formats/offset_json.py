"""`[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}, ...]`: the paper's offset JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from genner._old_formats._json import JsonCodec, Shape, parse, prediction
from genner.types import Entity, LabelSet, Prediction

__all__ = ["OffsetJsonCodec"]

_new: Any = tuple.__new__


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetJsonCodec(JsonCodec):
    """Text, label, start and end, in characters, 0-based, end exclusive.

    Where text and offsets disagree the text is right and the nearest place that fits is taken.
    """

    name: ClassVar[str] = "offset-json"
    shape: ClassVar[Shape] = "offset"

    def _render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        return self._dump(
            [{"text": text[start:end], "label": label, "start": start, "end": end} for start, end, label in entities]
        )

    def _read_clean(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        items = parse(output)
        if type(items) is not list or text is None:
            return None
        known = None if labels is None else labels.known
        found: list[Entity] = []
        for item in items:
            if type(item) is not tuple or len(item) != 4:
                return None
            (text_key, surface), (label_key, label), (start_key, start), (end_key, end) = item
            if not (
                text_key == "text"
                and label_key == "label"
                and start_key == "start"
                and end_key == "end"
                and type(start) is int
                and type(end) is int
                and 0 <= start < end
                and text[start:end] == surface
                and type(label) is str
                and (label if known is None else label in known)
            ):
                return None
            found.append(_new(Entity, (start, end, label)))
        return prediction(found, text)
