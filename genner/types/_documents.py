"""Documents, and mentions that have no place in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from typing_extensions import NotRequired, TypedDict

from genner.exceptions import DataError, WrongTypeError
from genner.types._spans import Entity, EntityDict, EntityLike, Span, check_within, checked_text, coerce_entities
from genner.types.wire import Wire

__all__ = ["Document", "DocumentDict", "Mention", "MentionDict"]


class MentionDict(TypedDict):
    text: str
    label: str


class DocumentDict(TypedDict):
    id: NotRequired[str | None]
    text: str
    entities: NotRequired[list[EntityDict]]
    meta: NotRequired[dict[str, Any] | None]


# not `pydantic.with_config`, which loads all of pydantic at import
DocumentDict.__pydantic_config__ = {"extra": "allow"}  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Mention(Wire):
    """A string that a model named as an entity and that has no place in the text.

    Args:
        text: the string as the model wrote it.
        label: what the model named it.
    """

    _wire = MentionDict

    text: str
    label: str

    def __post_init__(self) -> None:
        checked_text(self.text, "text")
        checked_text(self.label, "label")

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text, "label": self.label}


@dataclass(frozen=True, slots=True, init=False)
class Document(Wire):
    """A text and its entities, in canonical order.

    Args:
        text: any string; it is never changed, stripped or normalised.
        entities: `Entity` objects, `(start, end, label)` triples or dicts with these keys (others
            are ignored); nested, crossing and repeated ones are allowed.
        id: what the corpus calls it; outputs are matched to documents by it.
        meta: anything else worth keeping (read-only).  It takes no part in the hash.

    Raises:
        DataError: when an entity lies outside the text or is malformed.
    """

    _wire = DocumentDict

    text: str
    entities: tuple[Entity, ...]
    id: str | None
    meta: Mapping[str, Any] = field(hash=False)

    def __init__(
        self,
        text: str,
        entities: Iterable[EntityLike] = (),
        *,
        id: str | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        if id is not None:
            checked_text(id, "id")
        if meta is not None and not isinstance(meta, Mapping):
            raise WrongTypeError(f"meta: expected a mapping, got {type(meta).__name__} {meta!r:.80}")
        placed = coerce_entities(entities)
        check_within(placed, checked_text(text, "text"))
        set_field = object.__setattr__
        set_field(self, "text", text)
        set_field(self, "entities", placed)
        set_field(self, "id", id)
        set_field(self, "meta", MappingProxyType(dict(meta or {})))

    def __repr__(self) -> str:
        id = "" if self.id is None else f", id={self.id!r}"
        meta = f", meta={dict(self.meta)!r}" if self.meta else ""
        return f"Document({self.text!r}, {list(self.entities)!r}{id}{meta})"

    def surface(self, span: Span | Mention) -> str:
        """Return the characters of the text that `span` covers; a mention without a place has its own.

        Raises:
            DataError: when the span ends past the end of the text.
        """
        if isinstance(span, Mention):
            return span.text
        if span.end > len(self.text):
            raise DataError(f"{span!r} ends past the end of the text, which has {len(self.text)} characters")
        return self.text[span.start : span.end]

    def replace(self, **changes: Any) -> Document:
        """Return a copy with some fields changed.

        Args:
            **changes: `text`, `entities`, `id` or `meta`.
        """
        now: dict[str, Any] = {"text": self.text, "entities": self.entities, "id": self.id, "meta": self.meta}
        return Document(**(now | changes))

    def __reduce__(self) -> tuple[Any, ...]:
        return _document, (self.text, self.entities, self.id, dict(self.meta))

    def to_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {} if self.id is None else {"id": self.id}
        result["text"] = self.text
        result["entities"] = [entity.to_dict() for entity in self.entities]
        if self.meta:
            result["meta"] = dict(self.meta)
        return result

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Document:
        known = {"id", "text", "entities", "meta"}
        extra = {key: item for key, item in value.items() if key not in known}
        meta = (value.get("meta") or {}) | extra
        triples = [(e["start"], e["end"], e["label"]) for e in value.get("entities", ())]
        return cls(value["text"], triples, id=value.get("id"), meta=meta)

    def _repr_html_(self) -> str:
        from genner.show.html import drawn  # not at import: only notebooks draw

        return drawn(self.id or "document", self.text, self.entities)


def _document(text: str, entities: Any, id: str | None, meta: Mapping[str, Any]) -> Document:
    """Rebuild a pickled document: keyword-only arguments do not fit `__reduce__`."""
    return Document(text, entities, id=id, meta=meta)
