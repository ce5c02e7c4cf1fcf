"""`@@PU.1## binds a myeloid site`: marks without labels, for one label an answer, as GPT-NER asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

from genner.formats.answer import Answer, Candidate
from genner.formats.codec import Labels
from genner.formats.inline.description import Inline
from genner.formats.inline.markup import Markup, derive
from genner.formats.naming import known
from genner.labelsets import get_label_set
from genner.types import Document, Entity, LabelSet

__all__ = ["Marks"]

_NAMED = re.compile(
    r"^[^\w\n]{0,6}([^:：\n]{1,60}?)[*_\"'` ]{0,4}[:：][*_ ]{0,4}|(?<=[.!?。]\s)\(([^()\n]{1,60})\)[ \t.]*$", re.M
)
"""What names the label of a line: `PER: ` before it, or `(PER)` behind it."""

_MOST_COPIES = 50


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

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        several = not self.label and answer.labels is not None and len(answer.labels) > 1
        candidate = self._of_copies(answer) if several else None
        return iter([candidate]) if candidate is not None else Inline.candidates(self, answer)

    def _of_copies(self, answer: Answer) -> Candidate | None:
        """Read copies of the text of which each marks one label, named in its line or in the line above."""
        found: list[Candidate] = []
        for low, high, label in islice(self._copies(answer), _MOST_COPIES):
            one = replace(answer.within(low, high), labels=LabelSet([label]))
            candidate = max(Inline.candidates(self, one), key=lambda one: len(one.claims), default=None)
            if candidate is not None:
                candidate.claims = [replace(claim, label=label) for claim in candidate.claims]
                found.append(candidate)
        if not any(candidate.claims for candidate in found):
            return None
        start, end = found[0].start, max(candidate.end for candidate in found)
        claims = [claim for candidate in found for claim in candidate.claims]
        notes = [note for candidate in found for note in candidate.notes]
        return Candidate(start, end, claims, notes, is_copy=True)

    def _copies(self, answer: Answer) -> Iterator[tuple[int, int, str]]:
        """Yield the lines with marks whose label is known: where each begins and ends in the output."""
        heading = ""
        at = 0
        for line in answer.body.split("\n"):
            low, high = at, at + len(line)
            at = high + 1
            name = line.strip(" \t#*_-:：.\r")
            if known(name, answer.labels):
                heading = name
            elif self.opener in line:
                label = heading
                for match in _NAMED.finditer(line):
                    if self.opener not in match[0] and known(match[1] or match[2], answer.labels):
                        label = match[1] or match[2]
                        low, high = (low + match.end(), high) if match[1] else (low, low + match.start())
                        break
                if label:
                    yield low, high, label

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
