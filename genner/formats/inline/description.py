"""What inline formats share: the text is copied, and each entity is put between an opener and a closer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from genner.exceptions import EncodeError
from genner.formats.capabilities import LiveReader
from genner.formats.codec import BaseCodec, check_choice, shown
from genner.formats.inline.markup import LABEL, Markup, Reading, derive, read_plain
from genner.formats.inline.walk import readings
from genner.types import Document, Entity, Issue, LabelSet, Prediction, Span, canonical

if TYPE_CHECKING:
    from genner.formats.answer import Answer, Candidate

__all__ = ["Escape", "Inline"]

Escape: TypeAlias = Literal["auto", "never"]
"""What `encode` does where its output would have two readings: write a backslash, or leave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline(BaseCodec):
    """Writes the text with marked entities, and reads it back against the source.

    A format gives `opener` and `closer`, in which `{label}` is where the label is, and `named`:
    whether a closer ends the innermost open entity of its own label.  Everything else is derived.

    Args:
        escape: `"auto"` writes backslashes before source characters, as few as leave one reading,
            where the plain form has two; `"never"` keeps the plain form, and `decode` then takes
            the reading that tears no brackets of the text apart, or else copies first, and flags it `ambiguous`.
    """

    family: ClassVar[str] = "inline"
    opener: ClassVar[str]
    closer: ClassVar[str]
    named: ClassVar[bool] = False

    escape: Escape = "auto"

    def __post_init__(self) -> None:
        # zero-argument super() does not survive `slots=True`
        BaseCodec.__post_init__(self)
        check_choice("escape", self.escape, ("auto", "never"))

    @property
    def markup(self) -> Markup:
        """The strict grammar, derived once from `opener`, `closer` and `named`."""
        return derive(self.opener, self.closer, self.named)

    def markup_for(self, labels: LabelSet | None) -> Markup:
        """Return the grammar for answers with these labels."""
        return self.markup

    def open(self, label: str) -> str:
        """Write what is before an entity.

        Args:
            label: of the entity.
        """
        return self.opener.replace(LABEL, label)

    def close(self, label: str) -> str:
        """Write what is after an entity.

        Args:
            label: of the entity.
        """
        return self.closer.replace(LABEL, label)

    def refused(self, document: Document) -> list[tuple[Entity, str]]:
        text = document.text
        first, last = len(text) - len(text.lstrip()), len(text.rstrip())
        blank = [entity for entity in document.entities if entity[1] <= first or entity[0] >= last]
        if blank:
            kept = [entity for entity in document.entities if entity not in set(blank)]
            reason = "white space around the text is lost where white space around an answer is not kept"
            return [(entity, reason) for entity in blank] + self.refused(document.replace(entities=kept))
        labels = {entity[2] for entity in document.entities}
        unreadable = {label for label in labels if not self._can_read(label)}
        refused = [
            (entity, "its label would be read as something else")
            for entity in document.entities
            if entity[2] in unreadable
        ]
        by_label: dict[str, list[Entity]] = {}
        for entity in dict.fromkeys(document.entities):
            if entity[2] not in unreadable:
                by_label.setdefault(entity[2] if self.named else "", []).append(entity)
        for group in by_label.values():
            refused += [(entity, f"it crosses {other!r}") for entity, other in _crossing(group)]
        return refused

    def _can_read(self, label: str) -> bool:
        read = read_plain(self.markup, f"{self.open(label)}x{self.close(label)}")
        return read is not None and read[0] == "x" and len(read[1]) == 1 and read[1][0][2] in (label, "")

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        entities = canonical(entities)
        markup = self.markup_for(labels)
        plain = self._write(text, entities, frozenset())
        if self.escape == "never" or not entities or not markup.has_marks(text):
            return plain
        wrong = self._misread(markup, plain, text, entities)
        if wrong is None:
            return plain
        escaped: set[int] = set()
        places = [at for at, char in enumerate(text) if char in markup.special]
        while wrong is not None:
            edges = {edge for entity in set(wrong) ^ set(entities) for edge in entity[:2]}
            near = sorted(set(places) - escaped, key=lambda at: min((abs(at - edge) for edge in edges), default=0))
            if not near:
                raise EncodeError(
                    f"{self.name} has two readings whatever is escaped: {shown(entities)}", entities=entities
                )
            for at in near[:4]:
                if self._misread(markup, self._write(text, entities, escaped | {at}), text, entities) is None:
                    near = [at]
                    break
            escaped.add(near[0])
            wrong = self._misread(markup, self._write(text, entities, escaped), text, entities)
        return self._write(text, entities, escaped)

    def _misread(self, markup: Markup, output: str, text: str, entities: tuple[Entity, ...]) -> Reading | None:
        """Return a reading of `output` other than `entities`, or None when there is none."""
        found = list(islice(readings(markup, output, text), 2))
        for reading in found:
            if reading != entities:
                return reading
        return None if found else ()

    def _write(self, text: str, entities: Iterable[Entity], escaped: Set[int]) -> str:
        """Put markup around the entities: at one place closers come before openers."""
        opening: dict[int, list[str]] = {}
        closing: dict[int, list[str]] = {}
        for start, end, label in entities:
            opening.setdefault(start, []).append(self.open(label))
            closing.setdefault(end, []).append(self.close(label))
        pieces = []
        last = 0
        for at in sorted({*opening, *closing, *escaped}):
            pieces.append(text[last:at])
            pieces.extend(reversed(closing.get(at, ())))
            pieces.extend(opening.get(at, ()))
            if at in escaped:
                pieces.append("\\")
            last = at
        pieces.append(text[last:])
        return "".join(pieces)

    def read_strict(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        markup = self.markup_for(labels)
        issues: tuple[Issue, ...] = ()
        if text is None or not markup.has_marks(text):
            plain = read_plain(markup, output)
            if plain is None or (text is not None and plain[0] != text):
                return None
            if text is None and "\\" in output and any(f"\\{char}" in output for char in markup.special):
                return None  # an escape, and no source to tell
            text, entities = plain
        else:
            found = list(islice(readings(markup, output, text, known=None if labels is None else labels.known), 2))
            if not found:
                return None
            entities = found[0]
            issues = ambiguous(found) if len(found) > 1 else ()
        for entity in entities:
            if not entity[2] or (labels is not None and entity[2] not in labels.known):
                return None
        if len(entities) > 1 and len(set(entities)) < len(entities):
            return None
        return Prediction._trusted(entities, (), issues, text)

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        from genner.formats.inline.reader import inline_candidates  # seldom needed, and slow to load

        return inline_candidates(answer, self)

    def live_reader(self, text: str, labels: LabelSet | None) -> LiveReader:
        """Return a reader for an answer that arrives in pieces.

        Args:
            text: the source.
            labels: the label set; None where it is not known.
        """
        from genner.formats.inline.live import InlineReader

        return InlineReader(self.markup_for(labels), text, labels)


def ambiguous(found: list[Reading]) -> tuple[Issue, ...]:
    """Flag the entities on which two readings differ."""
    chosen, other = found
    differing = sorted(set(chosen) ^ set(other))
    start, end = min(e[0] for e in differing), max(e[1] for e in differing)
    detail = f"brackets or tags of the text leave two readings: {shown(chosen)} or {shown(other)}"
    return (Issue("ambiguous", detail, None, Span(start, end)),)


def _crossing(entities: list[Entity]) -> list[tuple[Entity, Entity]]:
    """Find entities (canonical order) that cross an earlier one which is itself kept."""
    found = []
    stack: list[Entity] = []
    for entity in entities:
        while stack and stack[-1][1] <= entity[0]:
            stack.pop()
        if stack and entity[1] > stack[-1][1]:
            found.append((entity, stack[-1]))
        else:
            stack.append(entity)
    return found
