"""Reading a JSON answer as it arrives: the items that are complete and have one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from genner.types import Entity, LabelSet

if TYPE_CHECKING:
    from genner.formats.json.codec import JsonCodec, Lookup

__all__ = ["LiveJson"]


class LiveJson:
    """Finds complete items, or complete mentions of a list, in an answer that is still being written."""

    def __init__(self, codec: JsonCodec, lookup: Lookup, labels: LabelSet | None) -> None:
        self._codec = codec
        self._text = lookup.text
        self._labels = labels
        self._grouped = codec.grouped
        self._lookup = lookup
        self._piece: list[str] = []  # characters since the innermost opening mark
        self._in_string = False
        self._escaped = False
        self._open: list[str] = []
        self._key = ""

    def feed(self, chunk: str) -> Iterator[Entity]:
        for char in chunk:
            self._piece.append(char)
            if self._in_string:
                if self._escaped:
                    self._escaped = False
                elif char == "\\":
                    self._escaped = True
                elif char == '"':
                    self._in_string = False
                    if self._grouped:
                        yield from self._string()
            elif char == '"':
                self._in_string = True
                if self._grouped:
                    self._piece = [char]
            elif char in "[{":
                self._open.append(char)
                self._piece = [char]
            elif char in "]}" and self._open:
                opened = self._open.pop()
                if not self._grouped and opened == "{" and char == "}":
                    yield from self._try(f"[{''.join(self._piece)}]")
                self._piece = []

    def _string(self) -> Iterator[Entity]:
        string = "".join(self._piece)
        if self._open[-1:] == ["{"]:
            self._key = string
        elif self._open == ["{", "["] and self._key:
            yield from self._try(f"{{{self._key}: [{string}]}}")

    def _try(self, output: str) -> Iterator[Entity]:
        """Give the entities of an item that is right by itself and has one place only."""
        try:
            json.loads(output)
        except (ValueError, RecursionError):
            return
        prediction = self._codec.read_strict(output, self._text, self._labels)
        if prediction is None or not prediction.ok:
            return
        for entity in prediction.entities:
            surface = self._text[entity[0] : entity[1]]
            if self._codec.stated or (self._lookup.only(surface) >= 0 and len(self._lookup.index.starts(surface)) == 1):
                yield entity
