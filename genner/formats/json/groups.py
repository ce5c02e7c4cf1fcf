"""JSON formats that list the mentions of each label under its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from genner.formats.json.codec import JsonCodec, Lookup, finished, parse_strict
from genner.types import Entity, LabelSet, Prediction

if TYPE_CHECKING:
    from genner.formats.json.nodes import Node

__all__ = ["JsonGroups"]

_new: Any = tuple.__new__


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonGroups(JsonCodec):
    """An object with a list of mentions for each label, without positions."""

    positional: ClassVar[bool] = False
    grouped: ClassVar[bool] = True

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        groups: dict[str, list[str]] = {} if labels is None else {name: [] for name in labels}
        for start, end, label in entities:
            groups.setdefault(label, []).append(text[start:end])
        return self.dump(groups)

    def departures(self, root: Node) -> Iterator[tuple[Node, str]]:
        if root.kind != "object":
            yield root, "a list in place of an object"
            return
        for key, value in root.value:
            name = "" if key is None else str(key.value)
            if value.kind != "array":
                yield value, f"the value of {name!r:.60} is no list"
                continue
            for item in value.value:
                if item.kind != "string":
                    yield item, "a mention that is no string"

    def read_strict(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        groups = None if text is None else parse_strict(output)
        if text is None or type(groups) is not tuple:
            return None
        known = None if labels is None else labels.known
        lookup = Lookup(text)
        only = lookup.only
        found: list[Entity] = []
        several: list[tuple[str, str]] = []  # mentions with more than one place
        for label, surfaces in groups:
            if type(surfaces) is not list or not (label if known is None else label in known):
                return None
            for surface in surfaces:
                if type(surface) is not str or not surface:
                    return None
                start = only(surface)
                if start < -1:
                    return None
                if start >= 0:
                    found.append(_new(Entity, (start, start + len(surface), label)))
                else:
                    several.append((surface, label))
        if not several:  # most answers: none of their mentions has to be placed by what is around it
            return finished(found, text)
        listed = ((surface, label, number) for number, (label, all_) in enumerate(groups) for surface in all_)
        return self.settle(found, several, listed, lookup, output, text)
