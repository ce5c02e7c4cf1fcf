"""`[{"text": "PU.1", "label": "PROTEIN", "occurrence_index": 1}, ...]`: the paper's occurrence JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from genner._old_formats._json import JsonCodec, Shape, parse, prediction
from genner.text.occurrences import Occurrences, splits_word, whole_word_start
from genner.types import Entity, LabelSet, Prediction

__all__ = ["OccurrenceJsonCodec"]

_new: Any = tuple.__new__


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceJsonCodec(JsonCodec):
    """Text, label and which occurrence of that text, counting plain substring hits from 1.

    A count that ends inside a word while a count of whole words ends elsewhere is read as the
    latter: models count words.  An entity that really stands there is written with its `start`
    beside the count, so that it has one reading.
    """

    name: ClassVar[str] = "occurrence-json"
    shape: ClassVar[Shape] = "occurrence"

    def _render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        hits = Occurrences(text)
        items: list[dict[str, Any]] = []
        for start, end, label in entities:
            surface = text[start:end]
            index = hits.index(start, end)
            item = {"text": surface, "label": label, "occurrence_index": index}
            if splits_word(text, start, end) and whole_word_start(hits, surface, index) is not None:
                item["start"] = start
            items.append(item)
        return self._dump(items)

    def _read_clean(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        items = parse(output)
        if type(items) is not list or text is None:
            return None
        known = None if labels is None else labels.known
        find = text.find
        hits: Occurrences | None = None
        found: list[Entity] = []
        for item in items:
            if type(item) is not tuple or len(item) not in (3, 4):
                return None
            (text_key, surface), (label_key, label), (index_key, index) = item[:3]
            if not (
                text_key == "text"
                and label_key == "label"
                and index_key == "occurrence_index"
                and type(surface) is str
                and type(label) is str
                and type(index) is int
                and index > 0
                and surface
                and (label if known is None else label in known)
            ):
                return None
            if index == 1:
                start = find(surface)
                if start < 0:
                    return None
            else:
                hits = hits or Occurrences(text)
                starts = hits[surface]
                if index > len(starts):
                    return None
                start = starts[index - 1]
            end = start + len(surface)
            if len(item) == 4:
                if item[3] != ("start", start):
                    return None
            elif splits_word(text, start, end):
                hits = hits or Occurrences(text)
                if whole_word_start(hits, surface, index) is not None:
                    return None
            found.append(_new(Entity, (start, end, label)))
        return prediction(found, text)
