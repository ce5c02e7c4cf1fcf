"""How a prompt asks for a format: the task, its rules, and how nesting and the lack of entities are written."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COPY", "EXACT", "LISTED", "UNCHANGED", "Wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What an instruction says about one format.

    Args:
        task: what to do, in one sentence.
        rules: what holds for every answer.
        nested: how entities inside entities, and two labels on one span, are written.
        empty: what to write where the input has no entity.
    """

    task: str
    rules: tuple[str, ...]
    nested: tuple[str, ...]
    empty: str


COPY = "Copy the input character for character, its own brackets, symbols and misspellings included: escape nothing."
EXACT = "Copy each entity text character for character from the input."
UNCHANGED = "If there is no entity, write the input unchanged."
LISTED = (
    "Entities may lie inside other entities: list the outer and the inner ones.",
    "If the same words are an entity under two labels, list them under both.",
)
