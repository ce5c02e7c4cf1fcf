"""Items: an object or an array for one mention, or for several in columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from genner.formats.json.nodes import Node
from genner.formats.json.numbers import UNSTATED, Place, place_in_text, place_of_numbers, places
from genner.formats.json.roles import fields_of, plain_strings
from genner.formats.json.statements import Statements, Todo, as_string
from genner.formats.keys import RELATIONS, key_name, role_of

__all__ = ["Entries"]

_PLACES = frozenset(("span", "char_interval", "number", "index", "length"))
_DEEPEST_DETAIL = 6


@dataclass(slots=True)
class Entries(Statements):
    """Reads items; what is inside one is handed back."""

    def item(
        self, todo: Todo, fields: dict[str, Node], text_key: str | None, label_key: str | None, is_root: bool
    ) -> Iterator[Todo]:
        """Read an object that describes one mention, or several in columns."""
        node = todo.node
        names = self.label_of(fields[label_key]) if label_key is not None else []
        if todo.label is not None and not any(self.columns.is_label(name) for name in names):
            names = [todo.label]
        if not names:
            cut = not node.complete and (label_key is None or not fields[label_key].complete)
            if cut:
                self.note("truncated", "an item is cut off before its label", node)
                return
            names = [""]
        texts = self.texts_of(fields[text_key]) if text_key is not None else [todo.key] if todo.key is not None else []
        if text_key is None:
            self.note("shape", "a mention as a key", node)
        self.items += 1
        self.root_item = self.root_item or is_root
        others = {name: value for name, value in fields.items() if name not in (text_key, label_key)}
        found = places(others)
        if len(texts) == 1 and all(place.start is None for place in found):
            found = place_in_text(others, str(texts[0].value), self.answer.source.text) or found
        details, inner = self.rest(fields, text_key, label_key)
        before = len(self.candidate.claims)
        is_table = label_key is not None and len(texts) > 1 and fields[label_key].kind == "array"
        if is_table:
            self.table(todo, texts, names, found)
        else:
            for text in texts:
                for name in names:
                    for place in found if len(texts) == 1 else [UNSTATED]:
                        self.claim(text, name, todo.group, place, details, node)
        if not any(role_of(name) == "count" for name in fields):
            self.numbered += self.candidate.claims[before:]
        for key in inner:
            yield Todo(fields[key], None, todo.group, todo.depth)

    def table(self, todo: Todo, texts: list[Node], names: list[str], found: list[Place]) -> None:
        """Read columns: the mentions, the labels and the places in lists of their own."""
        self.note("shape", "columns in place of items", todo.node)
        for at, text in enumerate(texts):
            place = found[at] if len(found) == len(texts) else UNSTATED
            self.claim(text, names[at] if at < len(names) else "", todo.group, place, None, None)

    def texts_of(self, node: Node) -> list[Node]:
        found = list(plain_strings(node))
        if node.kind == "object" and not found:
            inner = [value for name, value in fields_of(node).items() if role_of(name) == "text"]
            found = [value for value in inner[:1] if value.kind == "string"]
        if not found and node.kind == "scalar" and node.raw and not isinstance(node.value, bool | None):
            found = [as_string(node)]
        return found

    def label_of(self, node: Node) -> list[str]:
        """Return the labels that a value gives: a string, an object of scores or one that names it, a list of these."""
        if node.kind == "array" and all(item.kind == "object" for item in node.value):
            return [name for item in node.value for name in self.label_of(item)]
        if node.kind == "object":
            fields = fields_of(node)
            keys = [name for name in fields if self.columns.is_label(name)]
            if keys:
                return keys
            named = [value for name, value in fields.items() if role_of(name) in ("label", "text")]
            return [value.value for value in named[:1] if value.kind == "string" and value.complete]
        return [string.value for string in plain_strings(node) if string.complete and string.value is not None]

    def rest(
        self, fields: dict[str, Node], text_key: str | None, label_key: str | None
    ) -> tuple[dict[str, Any] | None, list[str]]:
        """Return what else an item says, and the keys under which it holds items of its own."""
        details: dict[str, Any] = {}
        inner = []
        for name, node in fields.items():
            if name in (text_key, label_key) or role_of(name) in ("start", "end", "count", "offsets"):
                continue
            if node.kind in ("array", "object") and self.holds_items(name, node):
                inner.append(name)
            elif node.kind != "nothing" and key_name(name) not in _PLACES:
                details[name] = _plain(node)
        return details or None, inner

    def holds_items(self, name: str, node: Node) -> bool:
        if key_name(name) in RELATIONS:
            return False
        items = node.value if node.kind == "array" else [node]
        for item in items[:3]:
            if item.kind == "object":
                text, label = self.columns.text_and_label(fields_of(item))
                if text is not None and label is not None:
                    return True
        return False

    def as_item(self, todo: Todo, flat: list[Node]) -> bool:
        """Read `["Rome", "LOC", 9, 13]` or `[9, 13, "LOC"]`; False when the array is no item."""
        node = todo.node
        if any(item.kind in ("object", "nothing") for item in flat):
            return False
        pairs = [item for item in flat if item.kind == "array"]
        if any(len(pair.value) != 2 or any(type(part.value) is not int for part in pair.value) for pair in pairs):
            return False
        text, label = self.columns.elements(node)
        elements: list[Node] = node.value
        numbers = [item for item in flat if item.kind == "scalar" and type(item.value) is int]
        numbers += [part for pair in pairs for part in pair.value]
        if todo.label is not None and text is label is None and len(numbers) == 2 == len(flat):
            if self.answer.source.given and any(self.answer.source.has(str(item.raw)) for item in numbers):
                return False
        elif todo.label is not None:  # strings alone are a list of mentions
            text, label = (label if text is None else text), None
            if text is None or not numbers or sum(item.kind == "string" for item in flat) > 1:
                return False
        elif label is None or (text is None and len(numbers) < 2):
            return False
        name = elements[label].value if label is not None else todo.label
        first_number = min((number.start for number in numbers), default=0)
        before_text = text is not None and first_number < elements[text].start
        place = place_of_numbers([number.value for number in numbers], before_text)
        used = {text, label}
        rest = {
            str(at): item.value
            for at, item in enumerate(elements)
            if at not in used and item.kind in ("string", "scalar") and item not in numbers and item.value is not None
        }
        self.items += 1
        self.note("shape", "an array in place of an object", node)
        if text is None:
            self.offsets(node, name or "", todo.group, [place])
        else:
            self.claim(elements[text], name or "", todo.group, place, rest or None, node)
            if before_text and len(numbers) == 1:
                self.numbered += self.candidate.claims[-1:]
        return True


def _plain(node: Node, depth: int = 0) -> Any:
    """Return a value as Python knows it; what is nested deeper than anyone reads is left out."""
    if node.kind == "array":
        return [_plain(item, depth + 1) for item in node.value] if depth < _DEEPEST_DETAIL else None
    if node.kind == "object":
        if depth >= _DEEPEST_DETAIL:
            return None
        return {str(key.value): _plain(value, depth + 1) for key, value in node.value if key is not None}
    return node.value
