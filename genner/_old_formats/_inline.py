"""The inline codec: bracket and XML differ only in their grammar."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Literal, TypeAlias

from genner._old_formats._codec import BaseCodec, LiveReader, check_option, shown
from genner._old_formats._markup import Markup, Reading, read_plain, readings
from genner.exceptions import EncodeError
from genner.types import Document, Entity, Issue, LabelSet, Prediction, Span, canonical

__all__ = ["Escape", "InlineCodec"]

Escape: TypeAlias = Literal["auto", "never"]
"""What `encode` does where its output would have two readings: write a backslash, or leave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineCodec(BaseCodec):
    """Writes the text with marked entities, and reads it back against the source.

    Args:
        escape: `"auto"` writes backslashes before source characters, as few as leave one reading,
            where the plain form has two; `"never"` keeps the plain form, and `decode` then takes
            the reading that copies first and flags it `ambiguous`.
    """

    markup: ClassVar[Markup]

    escape: Escape = "auto"

    def __post_init__(self) -> None:
        # zero-argument super() does not survive `slots=True`
        BaseCodec.__post_init__(self)
        check_option("escape", self.escape, ("auto", "never"))

    def opener(self, label: str) -> str:
        """Write what stands before an entity."""
        raise NotImplementedError

    def closer(self, label: str) -> str:
        """Write what stands after an entity."""
        raise NotImplementedError

    def _refused(self, document: Document) -> list[tuple[Entity, str]]:
        refused = BaseCodec._refused(self, document)
        twice = {entity for entity, _ in refused}
        unreadable = {label for label in {entity[2] for entity in document.entities} if not self._readable(label)}
        if unreadable:
            refused += [
                (e, "its label would be read as something else") for e in document.entities if e[2] in unreadable
            ]
        rest = [
            entity for entity in dict.fromkeys(document.entities) if entity not in twice and entity[2] not in unreadable
        ]
        by_label: dict[str, list[Entity]] = {}
        for entity in rest:
            by_label.setdefault(entity[2] if self.markup.by_name else "", []).append(entity)
        for group in by_label.values():
            refused += [(entity, f"it crosses {other!r}") for entity, other in _crossing(group)]
        return refused

    def _readable(self, label: str) -> bool:
        read = read_plain(self.markup, f"{self.opener(label)}x{self.closer(label)}")
        return read == ("x", (Entity(0, 1, label),))

    def _render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        entities = canonical(entities)
        plain = self._write(text, entities, frozenset())
        if self.escape == "never" or not entities or not self.markup.needs_walk(text):
            return plain
        wrong = self._misread(plain, text, entities)
        if wrong is None:
            return plain
        escaped: set[int] = set()
        places = [at for at, char in enumerate(text) if char in self.markup.escapable]
        while wrong is not None:
            edges = {edge for entity in set(wrong) ^ set(entities) for edge in entity[:2]}
            near = sorted(set(places) - escaped, key=lambda at: min(abs(at - edge) for edge in edges))
            if not near:
                raise EncodeError(
                    f"{self.name} has two readings whatever is escaped: {shown(entities)}", entities=entities
                )
            for at in near[:4]:
                if self._misread(self._write(text, entities, escaped | {at}), text, entities) is None:
                    near = [at]
                    break
            escaped.add(near[0])
            wrong = self._misread(self._write(text, entities, escaped), text, entities)
        return self._write(text, entities, escaped)

    def _misread(self, output: str, text: str, entities: tuple[Entity, ...]) -> Reading | None:
        """Return a reading of `output` other than `entities`, or None when there is none."""
        found = list(islice(readings(self.markup, output, text), 2))
        for reading in found:
            if reading != entities:
                return reading
        return None if found else ()

    def _write(self, text: str, entities: Iterable[Entity], escaped: Set[int]) -> str:
        """Put markup around the entities: at one place closings come before openings."""
        opening: dict[int, list[str]] = {}
        closing: dict[int, list[str]] = {}
        for start, end, label in entities:
            opening.setdefault(start, []).append(self.opener(label))
            closing.setdefault(end, []).append(self.closer(label))
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

    def _read_clean(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        if text is None or not self.markup.needs_walk(text):
            plain = read_plain(self.markup, output)
            if plain is None or (text is not None and plain[0] != text):
                return None
            text, entities = plain
            if "\\" in text and self.markup.needs_walk(text):
                return None  # read without the source: an escape may be among it
            issues: tuple[Issue, ...] = ()
        else:
            known = None if labels is None else labels.known
            found = list(islice(readings(self.markup, output, text, known=known), 2))
            if not found:
                return None
            entities = found[0]
            issues = _ambiguous(found) if len(found) > 1 else ()
        if labels is not None:
            for entity in entities:
                if entity[2] not in labels.known:
                    return None
        if len(entities) > 1 and len(set(entities)) < len(entities):
            return None
        return Prediction._trusted(entities, (), issues, text)

    def _live(self, text: str, labels: LabelSet | None) -> LiveReader:
        from genner._old_formats._live_inline import LiveReading

        return LiveReading(self.markup, text, labels)

    def _read_messy(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction:
        from genner._old_formats._messy_inline import read_messy  # seldom needed, and slow to load

        return read_messy(self.markup, output, text, labels, self.grounding)


def _ambiguous(found: list[Reading]) -> tuple[Issue, ...]:
    """Flag the entities on which the readings differ."""
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
