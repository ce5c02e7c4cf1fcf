"""What readers of stand-off annotation share: offset units, mentions to check, spans with a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Literal, TypeAlias
from unicodedata import combining, normalize

from genner.exceptions import DataError, UnknownNameError
from genner.io.reports import Problem
from genner.io.source import Source
from genner.types import Document

__all__ = ["Annotations", "Unit", "same_letters", "to_characters"]

Unit: TypeAlias = Literal["characters", "utf16", "utf8", "lf"]
"""What offsets count: code points, UTF-16 code units (Java, JavaScript, C#), UTF-8 bytes, or code points of a text
whose line ends `\\r\\n` were one character when they were counted."""

_WIDTHS: dict[str, Any] = {
    "characters": lambda character: 1,
    "utf16": lambda character: 2 if character > "\uffff" else 1,
    "utf8": lambda character: len(character.encode("utf-8", "surrogatepass")),
    "lf": None,
}


def to_characters(text: str, unit: Unit) -> Mapping[int, int] | None:
    """Return the character offset of every offset in `unit`; None where the two are the same."""
    if unit not in _WIDTHS:
        raise UnknownNameError.of("offset unit", unit, _WIDTHS)
    if unit == "characters" or (text.isascii() if unit != "lf" else "\r\n" not in text):
        return None
    widths = map(_WIDTHS[unit], text) if unit != "lf" else (text[i : i + 2] != "\r\n" for i in range(len(text)))
    return {offset: index for index, offset in enumerate(accumulate(widths, initial=0))}


class Annotations:
    """The annotations of one text as they come in.

    Args:
        source: where notes go.
        text: the text they are over.
        unit: what their offsets count.
    """

    def __init__(self, source: Source, text: str, unit: Unit = "characters") -> None:
        self.source = source
        self.text = text
        self.unit = unit
        self._map = to_characters(text, unit)
        self.details: list[dict[str, Any]] = []
        self.entities: list[tuple[int, int, str]] = []
        self.discontinuous: list[dict[str, Any]] = []

    def add(
        self,
        fragments: Iterable[Sequence[int]],
        label: str,
        *,
        mention: str | None = None,
        line: int | None = None,
        path: str | None = None,
        details: Mapping[str, Any] | None = None,
        exact: bool = False,
    ) -> None:
        """Add a mention of one or more fragments.

        Args:
            mention: its characters by the file; they must be the text's, up to white space.
            details: whatever else the file says of it; kept in `meta["details"]`.
            exact: the fragments count characters, whatever the unit of the file is.
        """
        pieces = self._joined([self._characters(fragment, line, exact) for fragment in fragments])
        if mention is not None:
            self._check(pieces, mention, line)
        if len(pieces) == 1:
            start, end = pieces[0]
            self.entities.append((start, end, label))
            if details:
                place = {"start": start, "end": end, "label": label}
                more = {f"written_{key}" if key in place else key: value for key, value in details.items()}
                self.details.append(place | more)
            return
        shown = " ... ".join(self.text[start:end] for start, end in pieces)
        self.discontinuous.append({"fragments": pieces, "label": label, "text": shown, **(details or {})})
        self.source.note(Problem("set_aside", f"{label} {shown!r:.80} has a gap", path, line))

    def _characters(self, fragment: Sequence[int], line: int | None, exact: bool) -> list[int]:
        start, end = fragment
        if self._map is not None and not exact:
            if start not in self._map or end not in self._map:
                raise DataError(f"the offsets {start}..{end} lie inside a character or past the text", line=line)
            start, end = self._map[start], _before_line_end(self.text, self._map[end], self.unit)
        if not 0 <= start < end <= len(self.text):
            raise DataError(
                f"expected 0 <= start < end <= {len(self.text)} (the text's length), got {start}..{end}", line=line
            )
        return [start, end]

    def _joined(self, fragments: list[list[int]]) -> list[list[int]]:
        """Join fragments with nothing between them but a line break, where editors cut a mention in two."""
        pieces: list[list[int]] = []
        for start, end in sorted(fragments):
            gap = self.text[pieces[-1][1] : start] if pieces else "."
            if not gap or (gap.isspace() and "\n" in gap):
                pieces[-1][1] = max(end, pieces[-1][1])
            else:
                pieces.append([start, end])
        return pieces

    def _check(self, pieces: list[list[int]], mention: str, line: int | None) -> None:
        found = " ".join(self.text[start:end] for start, end in pieces)
        if found == mention or found.split() == mention.split():
            return
        if same_letters(found, mention):  # a model without case or accents
            self.source.guessed("mentions in the file differ from the text in case, accents or white space")
            return
        (start, _), (_, end) = pieces[0], pieces[-1]
        message = f"the text at {start}..{end} is {found!r:.60}, the annotation says {mention!r:.60}"
        unit = self._unit_that_fits(pieces, mention)
        if unit == "lf":
            message += r"; the offsets seem to count \r\n as one character: read with offsets='lf'"
        elif unit is not None:
            message += f"; the offsets seem to count {unit} units: read with offsets={unit!r}"
        raise DataError(message, line=line)

    def _unit_that_fits(self, pieces: list[list[int]], mention: str) -> Unit | None:
        units: tuple[Unit, ...] = ("utf16", "utf8", "lf")
        for unit in units:
            table = to_characters(self.text, unit) or {}
            shown = [
                self.text[table.get(start, 0) : _before_line_end(self.text, table.get(end, 0), unit)]
                for start, end in pieces
            ]
            if " ".join(shown).split() == mention.split():
                return unit
        return None

    def document(self, *, id: str | None = None, meta: Mapping[str, Any] | None = None) -> Document:
        """Return the document; `meta["discontinuous"]` holds the spans with a gap, `meta["details"]` the rest."""
        extra = {"discontinuous": self.discontinuous, "details": self.details}
        kept = {key: value for key, value in extra.items() if value}
        return Document(self.text, self.entities, id=id, meta={**(meta or {}), **kept})


def same_letters(one: str, other: str) -> bool:
    """Tell whether two texts differ in case, accents and white space at most."""
    return one == other or _letters(one) == _letters(other)


def _letters(text: str) -> str:
    plain = normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not combining(one) and not one.isspace())


def _before_line_end(text: str, end: int, unit: Unit) -> int:
    """Return an end that does not take in the first half of a line end."""
    return end - 1 if unit == "lf" and text[end - 1 : end + 1] == "\r\n" else end
