"""Entities that an answer without positions cannot name, because their mention is read as another one."""

from __future__ import annotations

from genner.text.grounding import Source
from genner.text.occurrences import splits_word
from genner.types import Document, Entity

__all__ = ["unlistable"]


def unlistable(document: Document, grounding: str) -> list[tuple[Entity, str]]:
    """Return the entities whose mention alone leads elsewhere, each with the reason.

    Only a mention that begins or ends inside a word or with white space can: where the text has it
    in another wording as a word of its own, that is what the mention is read as.
    """
    text = document.text
    source: Source | None = None
    refused = []
    for entity in document.entities:
        surface = text[entity[0] : entity[1]]
        if surface == surface.strip() and not splits_word(text, entity[0], entity[1]):
            continue
        if source is None:
            source = Source(text, grounding)
        if not source.reads_back(surface):
            refused.append((entity, "its edges are inside a word or at white space, so its text is read otherwise"))
    return refused
