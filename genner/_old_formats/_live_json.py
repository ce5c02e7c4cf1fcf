"""Reading a JSON answer as it arrives: items that are complete, and clean on their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from genner.types import Entity, LabelSet

if TYPE_CHECKING:
    from genner._old_formats._codec import BaseCodec

__all__ = ["LiveJson"]


class LiveJson:
    """Finds complete items, or complete mentions of a list, in a growing JSON answer."""

    def __init__(self, codec: BaseCodec, text: str, labels: LabelSet | None, *, grouped: bool) -> None:
        self._codec = codec
        self._text = text
        self._labels = labels
        self._grouped = grouped
        self._piece: list[str] = []  # characters since the innermost opening mark
        self._in_string = False
        self._escaped = False
        self._depth: list[str] = []
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
                self._depth.append(char)
                self._piece = [char]
            elif char in "]}" and self._depth:
                opened = self._depth.pop()
                if not self._grouped and opened == "{" and char == "}":
                    yield from self._try(f"[{''.join(self._piece)}]")
                self._piece = []

    def _string(self) -> Iterator[Entity]:
        string = "".join(self._piece)
        if self._depth[-1:] == ["{"]:
            self._key = string
        elif self._depth[-1:] == ["["] and self._key:
            yield from self._try(f"{{{self._key}: [{string}]}}")

    def _try(self, output: str) -> Iterator[Entity]:
        """Give the entities of an item that is clean on its own."""
        try:
            json.loads(output)
        except (ValueError, RecursionError):
            return
        prediction = self._codec.decode(output, self._text, labels=self._labels)
        if prediction.ok:
            yield from prediction.entities
