"""JSON formats that list one object for each entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeAlias

from genner.formats.json.codec import JsonCodec, Lookup, parse_strict
from genner.types import Entity, LabelSet, Prediction

if TYPE_CHECKING:
    from genner.formats.json.nodes import Node

__all__ = ["Field", "ItemRole", "JsonItems"]

ItemRole: TypeAlias = Literal["text", "label", "count", "start", "end"]

_new: Any = tuple.__new__
_POSITIONS = frozenset(("count", "start", "end"))


class Field(NamedTuple):
    """One key of an item.

    Args:
        role: what its value is: the mention, its label, which occurrence of the mention counting from 1,
            or the first or the one-past-last character.
        key: how it is written.
        optional: written only where the other fields are ambiguous.
    """

    role: ItemRole
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonItems(JsonCodec):
    """A list of objects; `fields` describes them, in the order in which they are written.

    From the fields come the answer, its fast reader, the guide, the grammar and the JSON Schema.
    """

    fields: ClassVar[tuple[Field, ...]] = (Field("text", "text"), Field("label", "label"))
    _layouts: ClassVar[dict[tuple[str, ...], _Layout]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super(JsonItems, cls).__init_subclass__(**kwargs)
        cls.positional = any(field.role in _POSITIONS and not field.optional for field in cls.fields)
        cls.stated = {"start", "end"} <= {field.role for field in cls.fields}
        cls._layouts = _layouts(cls.fields)

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        lookup = Lookup(text)
        items = []
        for start, end, label in entities:
            surface = text[start:end]
            item: dict[str, Any] = {}
            count = 0
            for role, key, optional in self.fields:
                if role == "text":
                    item[key] = surface
                elif role == "label":
                    item[key] = label
                elif role == "count":
                    item[key] = count = lookup.index.count(start, end)
                elif not optional or lookup.misreads(start, end, count):
                    item[key] = start if role == "start" else end
            items.append(item)
        return self.dump(items)

    def departures(self, root: Node) -> Iterator[tuple[Node, str]]:
        if root.kind != "array":
            yield root, "an object in place of a list"
        for item in root.value if root.kind == "array" else [root]:
            if item.kind != "object":
                yield item, f"{_NAMES[item.kind]} in place of an object"
                continue
            keys = tuple(str(key.value) if key is not None else "" for key, _ in item.value)
            layout = self._layouts.get(keys)
            if layout is None:
                missing = [field.key for field in self.fields if not field.optional and field.key not in keys]
                other = [key for key in keys if key not in {field.key for field in self.fields}]
                without = f" without {', '.join(missing)}" if missing else ""
                beyond = f" with {', '.join(other)}"[:101] if other else ""
                yield item, f"an item{without}{beyond}" if without or beyond else "an item in another order"
                continue
            for at, (_, value) in enumerate(item.value):
                if type(value.value) is not (str if at in (layout.text, layout.label) else int):
                    yield value, f"{keys[at]!r} has an unusual value"

    def read_strict(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        items = None if text is None else parse_strict(output)
        if text is None or type(items) is not list:
            return None
        known = None if labels is None else labels.known
        layouts = self._layouts
        lookup = Lookup(text)
        found: list[Entity] = []
        listed: list[tuple[str, str, int]] = []
        several: list[tuple[str, str]] = []  # those with more than one place
        for item in items:
            if type(item) is not tuple or not item:
                return None
            layout = layouts.get(tuple(map(_key, item)))
            if layout is None:
                return None
            label = item[layout.label][1]
            if type(label) is not str or not (label if known is None else label in known):
                return None
            span = layout.place(item, text, lookup)
            if span is None:
                return None
            if not self.positional:
                listed.append((item[layout.text][1], label, 0))
            if span is _UNSTATED:
                several.append(listed[-1][:2])
            else:
                found.append(_new(Entity, (*span, label)))
        return self.settle(found, several, listed, lookup, output, text)


_NAMES = {"array": "an array", "string": "a string", "scalar": "a number", "nothing": "nothing"}
_UNSTATED = (-1, -1)
_Item: TypeAlias = tuple[tuple[str, Any], ...]
_key = itemgetter(0)


class _Layout:
    """Where the fields of an item are when its keys are these.

    `place` returns the place that an item states and the text confirms, `_UNSTATED` where its list decides, and None
    where something is off.
    """

    __slots__ = ("count", "end", "label", "place", "start", "text")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        at = {field.role: number for number, field in enumerate(fields)}
        self.text = at.get("text", -1)
        self.label = at["label"]
        self.count = at.get("count", -1)
        self.start = at.get("start", -1)
        self.end = at.get("end", -1)
        self.place: Callable[[_Item, str, Lookup], tuple[int, int] | None] = (
            self._between if self.start >= 0 and self.end >= 0 else self._counted if self.count >= 0 else self._listed
        )

    def _between(self, item: _Item, text: str, lookup: Lookup) -> tuple[int, int] | None:
        start, end = item[self.start][1], item[self.end][1]
        if type(start) is int and type(end) is int and 0 <= start < end <= len(text):
            return (start, end) if self.text < 0 or item[self.text][1] == text[start:end] else None
        return None

    def _counted(self, item: _Item, text: str, lookup: Lookup) -> tuple[int, int] | None:
        surface, count = item[self.text][1], item[self.count][1]
        if type(surface) is not str or type(count) is not int or count < 1 or not surface:
            return None
        start = lookup.counted(surface, count, self.start < 0)
        if start < 0 or (self.start >= 0 and not (type(item[self.start][1]) is int and item[self.start][1] == start)):
            return None
        return start, start + len(surface)

    def _listed(self, item: _Item, text: str, lookup: Lookup) -> tuple[int, int] | None:
        surface = item[self.text][1]
        if type(surface) is not str or not surface:
            return None
        if self.start < 0:
            start = lookup.only(surface)
            return (start, start + len(surface)) if start >= 0 else _UNSTATED if start == -1 else None
        start = item[self.start][1]
        is_there = type(start) is int and start >= 0 and text.startswith(surface, start)
        return (start, start + len(surface)) if is_there else None


def _layouts(fields: tuple[Field, ...]) -> dict[tuple[str, ...], _Layout]:
    """Return the layouts an item may have, by its keys: any of the optional fields may be left out."""
    optional = [number for number, field in enumerate(fields) if field.optional]
    layouts = {}
    for size in range(len(optional) + 1):
        for left_out in combinations(optional, size):
            kept = tuple(field for number, field in enumerate(fields) if number not in left_out)
            layouts[tuple(field.key for field in kept)] = _Layout(kept)
    return layouts
