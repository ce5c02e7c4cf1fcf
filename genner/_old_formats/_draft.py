"""A prediction in the making: entities, unplaced mentions and issues, gathered in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from genner._old_formats._labels import is_outside, label_names
from genner.types import Entity, Issue, IssueKind, LabelSet, Mention, Prediction, Span, canonical

__all__ = ["Draft"]

_new: Any = tuple.__new__


@dataclass(slots=True)
class Draft:
    """Collects what a messy output says."""

    labels: LabelSet | None
    entities: list[Entity] = field(default_factory=list)
    unplaced: list[Mention] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    _seen: set[Entity] = field(default_factory=set)

    def issue(self, kind: str, detail: str, output_span: Span | None = None, text_span: Span | None = None) -> None:
        self.issues.append(Issue(cast(IssueKind, kind), detail, output_span, text_span))

    def names(self, said: str, place: Span | None) -> list[str]:
        """Return the labels meant by `said`, noting what had to be forgiven; none when it means none."""
        plain = " ".join(said.split())
        if not plain:
            self.issue("missing_label", "a mention with an empty label", place)
            return []
        if self.labels is None:
            return [plain]
        if said in self.labels:
            return [said]
        if is_outside(plain, self.labels):
            self.issue("skipped", f"a mention labelled {plain!r}, which is no entity", place)
            return []
        names = label_names(plain, self.labels)
        if names == [plain]:
            self.issue("unknown_label", f"{plain!r} is not in the label set", place)
        else:
            kind = "label_folded" if len(names) == 1 else "syntax"
            self.issue(kind, f"{said!r} read as {', '.join(map(repr, names))}", place)
        return names

    def place(self, start: int, end: int, label: str, output_span: Span | None) -> None:
        """Add an entity; a second copy is reported and left out."""
        entity = _new(Entity, (start, end, label))
        if entity in self._seen:
            detail = f"{entity!r} is named more than once"
            self.issue("repeated", detail, output_span, Span(start, end))
            return
        self._seen.add(entity)
        self.entities.append(entity)

    def unplace(self, text: str, label: str, output_span: Span | None) -> None:
        self.unplaced.append(Mention(text, label))
        self.issue("unplaced", f"{text!r:.100} ({label}) is not in the text", output_span)

    def finish(self, text: str | None) -> Prediction:
        """Make the prediction; issues in the order of their places in the output."""
        issues = sorted(self.issues, key=lambda issue: issue.output_span.start if issue.output_span else -1)
        return Prediction._trusted(canonical(self.entities), tuple(self.unplaced), tuple(issues), text)
