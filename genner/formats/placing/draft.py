"""A prediction in the making: entities, unplaced mentions and issues, gathered in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from genner.types import Entity, Issue, IssueKind, Mention, Prediction, Span, canonical

__all__ = ["Draft"]

_new: Any = tuple.__new__


@dataclass(slots=True)
class Draft:
    """Collects what an answer says.

    Args:
        size: characters of the output; no issue may point beyond them.
    """

    size: int
    entities: list[Entity] = field(default_factory=list)
    unplaced: list[Mention] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    details: dict[Entity, Mapping[str, Any]] = field(default_factory=dict)
    _seen: set[Entity] = field(default_factory=set)

    def issue(
        self, kind: str, detail: str, place: tuple[int, int] | None = None, text_span: tuple[int, int] | None = None
    ) -> None:
        """Report an issue; a place without characters, or outside the output, is moved inside it."""
        span = None
        if place is not None and self.size:
            start = min(max(place[0], 0), self.size - 1)
            span = Span(start, min(max(place[1], start + 1), self.size))
        self.issues.append(Issue(cast(IssueKind, kind), detail, span, None if text_span is None else Span(*text_span)))

    def place(
        self, start: int, end: int, label: str, place: tuple[int, int], details: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entity; a second copy is reported and left out."""
        entity = _new(Entity, (start, end, label))
        if entity in self._seen:
            self.issue("repeated", f"{entity!r} is named more than once", place, (start, end))
            return
        self._seen.add(entity)
        self.entities.append(entity)
        if details:
            self.details[entity] = details

    def unplace(self, text: str, label: str, place: tuple[int, int]) -> None:
        """Keep a mention that has no place in the text."""
        self.unplaced.append(Mention(text, label))
        self.issue("unplaced", f"{text!r:.100} ({label}) is not in the text", place)

    def finish(self, text: str | None) -> Prediction:
        """Make the prediction; issues in the order of their places in the output."""
        issues = sorted(self.issues, key=lambda issue: issue.output_span.start if issue.output_span else -1)
        return Prediction._trusted(canonical(self.entities), tuple(self.unplaced), tuple(issues), text, self.details)
