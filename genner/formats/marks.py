"""`@@PU.1## binds a myeloid site`: marks without labels, for one label an answer, as GPT-NER asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from genner.formats.codec import Labels
from genner.formats.inline.description import Inline
from genner.formats.inline.markup import Markup, derive
from genner.labelsets import get_label_set
from genner.types import Document, Entity, LabelSet

__all__ = ["Marks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks(Inline):
    """Marks around the mentions of one label.

    Args:
        label: the label asked for; when empty, it is the only one of the label set.
        opener: what is before a mention.
        closer: what is after a mention.
    """

    name: ClassVar[str] = "marks"

    label: str = ""
    # options here, fixed in other inline formats
    opener: str = "@@"  # type: ignore[misc]
    closer: str = "##"  # type: ignore[misc]

    def __post_init__(self) -> None:
        Inline.__post_init__(self)
        derive(self.opener, self.closer, self.named)

    @property
    def markup(self) -> Markup:
        return derive(self.opener, self.closer, self.named, self.label)

    def markup_for(self, labels: LabelSet | None) -> Markup:
        return derive(self.opener, self.closer, self.named, self.label or _only(labels))

    def encode(self, document: Document, *, labels: Labels = None, dropped: list[Entity] | None = None) -> str:
        only = _only(get_label_set(labels))
        codec = self if self.label or not only else replace(self, label=only)
        return Inline.encode(codec, document, labels=labels, dropped=dropped)

    def refused(self, document: Document) -> list[tuple[Entity, str]]:
        reason = f"only {self.label} is marked" if self.label else "the label is not given, and marks do not name it"
        others = [(entity, reason) for entity in document.entities if entity[2] != self.label]
        kept = [entity for entity in document.entities if entity[2] == self.label]
        return others + Inline.refused(self, document.replace(entities=kept))


def _only(labels: LabelSet | None) -> str:
    """Return the one label of a set, or nothing."""
    return next(iter(labels)) if labels is not None and len(labels) == 1 else ""
