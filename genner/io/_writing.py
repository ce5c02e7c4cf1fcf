"""What writers share: the details of entities, and the entities that a format cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genner.io._search import Search
from genner.io.sink import Sink
from genner.types import Document, Entity

__all__ = ["Details", "searchable"]


class Details:
    """What a document's `meta["details"]` says of its entities, each taken once."""

    def __init__(self, document: Document) -> None:
        self._left: dict[tuple[int, int, str], list[dict[str, Any]]] = {}
        listed = document.meta.get("details")
        known = isinstance(listed, (list, tuple)) and all(map(_is_detail, listed))
        for one in listed if known and listed else ():
            more = {key: value for key, value in one.items() if key not in ("start", "end", "label")}
            self._left.setdefault((one["start"], one["end"], one["label"]), []).append(more)
        self._known = known and bool(listed)

    def take(self, start: int, end: int, label: str) -> dict[str, Any]:
        """Return what is known of an entity; empty where that is nothing."""
        found = self._left.get((start, end, label))
        return dict(found.pop(0)) if found else {}

    @property
    def all_taken(self) -> bool:
        """Whether there were details, and each was taken."""
        return self._known and not any(self._left.values())


def _is_detail(value: Any) -> bool:
    place = (value.get("start"), value.get("end"), value.get("label")) if isinstance(value, Mapping) else ()
    return [*map(type, place)] == [int, int, str] and all(type(key) is str for key in value)


def searchable(document: Document, sink: Sink) -> list[Entity]:
    """Return the entities that a search for their text finds where they are; others raise, or are dropped."""
    search = Search(document.text)
    kept, lost = [], []
    for entity in document.entities:
        surface = document.surface(entity)
        if search.peek(surface, entity.label) == (entity.start, entity.end):
            search.next(surface, entity.label)
            kept.append(entity)
        else:
            lost.append(entity)
    reason = "a search for its text finds another place"
    sink.leave_out(document, [(entity, reason) for entity in lost], "mentions without offsets")
    return kept
