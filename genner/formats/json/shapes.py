"""From parsed JSON to claims: what an answer states of which mention, in whatever shape it states it.

An object or array is an item (it has a mention, and a label of its own or of the list it is in), a group (its keys
are labels), a table (its columns are lists of the same length), a map between mentions and labels, or it wraps one of
these.  `Columns` judges which key holds what; nothing here knows the format that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from genner.formats.answer import Candidate
from genner.formats.json.entries import Entries, Todo, as_string
from genner.formats.json.nodes import Node, parts_of
from genner.formats.json.numbers import UNSTATED, Place, place_of_numbers, places, range_of, whole
from genner.formats.json.roles import Columns, called, fields_of, listed, plain_strings, split_at_repeats
from genner.formats.json.strings import enumerated, labelled_list
from genner.formats.keys import RELATION_PARTS, RELATIONS, WRAPPERS, is_nothing, key_name, role_of
from genner.formats.naming import is_outside, looks_like_label
from genner.formats.tolerant import parse

__all__ = ["Reading", "read_node"]

_DEEPEST_STRING = 4
"""How often JSON in a string in JSON in a string is read."""


@dataclass(slots=True)
class Reading(Entries):
    """Reads arrays, objects and strings that are no items, and finds the items in them."""

    def step(self, todo: Todo, is_root: bool) -> Iterator[Todo]:
        """Read one node; yield the nodes inside it that are still to be read."""
        node = listed(todo.node)
        if node is not todo.node:
            self.note("wrapped", "an object in place of a list", node, lost=False)
            todo = todo.at(node, todo.key)
        if node.kind == "array":
            yield from self.array(todo)
        elif node.kind == "object":
            yield from self.object(todo, is_root)
        elif node.kind == "string":
            yield from self.string(todo)
        elif node.kind == "scalar" and node.value is not None:
            self.number(todo)

    # -- arrays ----------------------------------------------------------------------------------------

    def array(self, todo: Todo) -> Iterator[Todo]:
        node: Node = todo.node
        flat = [item for item in node.value if not (item.kind == "scalar" and item.value is None)]
        strings = [item for item in node.value if item.kind == "string"]
        if todo.label is None and self.in_columns(todo, strings):
            return
        if todo.label is None and [item.kind for item in node.value] == ["string", "array"]:
            name, value = node.value
            if self.columns.is_label(name.value):  # `("PER", ["Ann"])`
                yield from self.labelled_list(todo, name.value, value)
                return
        if 2 <= len(flat) <= 8 and (strings or todo.label is not None) and self.as_item(todo, flat):
            return
        for item in node.value:
            yield todo.at(item)

    def in_columns(self, todo: Todo, strings: list[Node]) -> bool:
        """Read mentions and labels in two lists, `[["Ann", "Bob"], ["PER", "PER"]]`, or in turn in one."""
        node = todo.node
        in_turn = len(strings) == len(node.value)
        columns = [strings[::2], strings[1::2]] if in_turn else [list(plain_strings(part)) for part in node.value[:3]]
        if len(columns) != 2 or len(columns[0]) != len(columns[1]) or len(columns[0]) < 2:
            return False
        is_label = [self.are_labels(column) for column in columns]
        if is_label[0] == is_label[1]:
            return False
        texts, names = columns if is_label[1] else columns[::-1]
        self.note("shape", "mentions and labels in one list" if in_turn else "columns in place of items", node)
        self.table(todo, texts, [name.value for name in names], [])
        return True

    def are_labels(self, strings: list[Node]) -> bool:
        return all(self.columns.is_label(string.value) for string in strings)

    # -- objects ---------------------------------------------------------------------------------------

    def object(self, todo: Todo, is_root: bool) -> Iterator[Todo]:
        node = todo.node
        fields = fields_of(node)
        if not fields and not is_root and not node.value:
            self.note("skipped", "an empty object is no mention", node, lost=False)
            return
        names = {key_name(name) for name in fields}
        if (arguments := called(fields)) is not None:
            self.note("wrapped", "the answer is what a tool is called with", node, lost=False)
            yield todo.at(arguments)
            return
        if len(names & RELATION_PARTS) > 1 and "text" not in names:
            self.note("skipped", f"a relation and no entity: {', '.join(sorted(names))[:100]}", node)
            return
        is_numbered = len(names) == 1 < len(fields)  # `entity1`, `entity2`
        text_key = label_key = None
        if not (is_numbered or self.is_groups(fields)):
            text_key, label_key = self.columns.text_and_label(fields)
        if text_key is not None and (self.is_echo(fields, text_key) or (label_key is None and self.is_frame(fields))):
            text_key = None
        if text_key is not None and self.holds_items(text_key, fields[text_key]):
            yield from self.members(todo)  # the item is one level down
            return
        if text_key is not None and (encoded := self.encoded(todo, fields[text_key])) is not None:
            yield encoded
            return
        if label_key is not None and text_key is None:
            inner = [name for name in fields if name != label_key and self.is_list(fields[name])]
            offsets = [place for place in places(fields) if place.start is not None and place.end is not None]
            if inner:
                yield from self.under_label(todo, fields, label_key, inner)
                return
            name = "" if todo.key is None else str(todo.key.value)
            may_be_mention = key_name(name) not in WRAPPERS and role_of(name) is None and not name.strip().isdigit()
            if todo.key is not None and may_be_mention and not offsets:
                yield from self.item(todo, fields, None, label_key, is_root)
                return
            if offsets and self.label_of(fields[label_key]):
                self.note("shape", "offsets without text", node)
                for name in self.label_of(fields[label_key]):
                    self.offsets(node, name, todo.group, offsets)
                return
        times = [*map(key_name, fields)].count(key_name(text_key or ""))  # `entity_1`, `type_1`, `entity_2`, `type_2`
        if text_key is not None and label_key is not None and (times > 1 or len(fields) < len(node.value)):
            yield from (todo.at(part, todo.key) for part in split_at_repeats(node))
            return
        if text_key is not None and (label_key is not None or self.is_item(todo, fields, text_key)):
            yield from self.item(todo, fields, text_key, label_key, is_root)
            return
        yield from self.members(todo)

    def is_groups(self, fields: dict[str, Node]) -> bool:
        """Tell whether the keys of an object are labels and its values what is labelled."""
        is_label = self.columns.is_label
        return any(is_label(name) and not is_outside(name, self.answer.labels) for name in fields) and not any(
            role_of(name) in ("label", "text") and node.kind == "string" and is_label(node.value)
            for name, node in fields.items()
        )

    def is_echo(self, fields: dict[str, Node], text_key: str) -> bool:
        """Tell whether a key holds the source itself, in an object that also lists what is in it."""
        node = fields[text_key]
        is_list = any(
            name != text_key and other.kind in ("array", "object") and other.value for name, other in fields.items()
        )
        return is_list and node.kind == "string" and self.answer.source.is_whole(node.value)

    def is_frame(self, fields: dict[str, Node]) -> bool:
        """Tell whether an object holds the items of one sentence."""
        return any(self.holds_items(name, node) for name, node in fields.items() if node.kind == "array")

    def is_list(self, node: Node) -> bool:
        """Tell whether a value may hold mentions: a list of strings or of items."""
        return node.kind == "array" and any(item.kind in ("string", "object", "array") for item in node.value)

    def under_label(self, todo: Todo, fields: dict[str, Node], label_key: str, inner: list[str]) -> Iterator[Todo]:
        """Read `{"label": "PER", "entities": [...]}`."""
        names = self.label_of(fields[label_key])
        name = names[0] if len(names) == 1 else None
        if name is not None:
            self.note("shape", "a label and its mentions", todo.node)
        for key in inner:
            yield Todo(fields[key], name, self.new_group(), todo.depth)

    def is_item(self, todo: Todo, fields: dict[str, Node], text_key: str) -> bool:
        """Tell whether an object without a label is an item all the same: of a labelled list, or with a place."""
        node = fields[text_key]
        role = role_of(text_key)
        if any(self.is_list(value) for name, value in fields.items() if name != text_key):
            return False
        if todo.label is not None:
            return role == "text" or (len(fields) > 1 and places(fields) != [UNSTATED])
        return (
            node.kind == "string"
            and role == "text"
            and (key_name(text_key) in ("text", "mention") or places(fields) != [UNSTATED])
        )

    def members(self, todo: Todo) -> Iterator[Todo]:
        """Read the members of an object that is no item: groups, maps and wrappers."""
        node = todo.node
        for key, value in node.value:
            name = str(key.value) if key is not None else ""
            if value.kind == "nothing":
                if key is not None and name:
                    yield todo.at(key)
            elif key is None or not name.strip():
                yield todo.at(value)
            elif todo.label is not None:
                yield from self.under_key(todo, key, value)
            elif self.columns.is_label(name) and not (
                value.kind == "string" and self.columns.is_label(value.value) and self.columns.values_are_labels()
            ):
                yield from self.labelled_list(todo, name, value)
            elif value.kind == "string":
                yield from self.pair(todo, key, value)
            elif names := self.labels_of_key(name, value):
                numbers = [whole(part) for part in value.value] if value.kind == "array" else []
                place = place_of_numbers([number for number in numbers if number is not None], False)
                for label in names:
                    self.mention_as_key(todo, key, label, UNSTATED if place.end is None else place)
            else:
                yield from self.container(todo, name, key, value)

    def labels_of_key(self, name: str, value: Node) -> list[str]:
        """Return the labels of a mention that is a key: a list of them, with numbers or without, or their scores."""
        if role_of(name) is not None or not self.columns.is_inside(name):
            return []
        if value.kind == "object":
            names = [key for key, score in value.value if key is not None and type(score.value) in (int, float)]
            is_labelled = len(names) == len(value.value)
        else:
            names = [part for part in value.value if part.kind == "string"] if value.kind == "array" else []
            is_labelled = bool(names) and all(part.kind in ("string", "scalar") for part in value.value)
        return [str(one.value) for one in names] if is_labelled and self.are_labels(names) else []

    def labelled_list(self, todo: Todo, name: str, value: Node) -> Iterator[Todo]:
        self.keys.add(name)
        parts = enumerated(value.value, self.answer.source) if value.kind == "string" and value.complete else []
        if parts:
            value = replace(value, kind="array", value=[replace(value, value=part, raw=None) for part in parts])
        yield Todo(value, name, self.new_group(), todo.depth)

    def under_key(self, todo: Todo, key: Node, value: Node) -> Iterator[Todo]:
        """Read a member of an object under a label: `{"PER": {"Ann": 1}}` or `{"PER": {"1": "Ann"}}`."""
        name = str(key.value)
        is_inside = self.columns.is_inside
        if self.columns.is_label(name) and value.kind in ("array", "object") and not is_inside(name):
            yield from self.labelled_list(todo, name, value)
        elif (
            role_of(name) in ("text", "number")
            or name.strip().isdigit()
            or key_name(name) in WRAPPERS
            or (value.kind == "string" and is_inside(value.value) and not is_inside(name))
            or (self.is_list(value) and not is_inside(name))
        ):
            yield todo.at(value)
        else:
            self.note("shape", "a mention as a key", key)
            numbers = {"offsets": value} if value.kind == "array" else {"count": value}
            found = places(fields_of(value)) if value.kind == "object" else places(numbers)
            remark = value.value if value.kind == "string" and found == [UNSTATED] else ""
            if is_inside(remark):
                self.note("skipped", f"{remark!r:.100} is a remark on {name!r:.60}", value)
            for place in found:
                self.claim(key, todo.label or "", todo.group, place, {"remark": remark} if remark else None)

    def pair(self, todo: Todo, key: Node, value: Node) -> Iterator[Todo]:
        """Read a key and a string of which the key is no label of the set."""
        name, text = str(key.value), value.value
        source, labels, values_are_labels = self.answer.source, self.answer.labels, self.columns.values_are_labels()
        is_inside = self.columns.is_inside
        if self.columns.is_label(text) and (role_of(name) is None or (source.given and name in source.text)):
            self.mention_as_key(todo, key, text)
        elif source.is_whole(text):
            self.note("wrapped", f"the text is repeated in {name!r:.60}", value)
        elif text.lstrip()[:1] in ("[", "{") and (inner := self.inner(todo, value)) is not None:
            yield inner
        elif key_name(name) in WRAPPERS or role_of(name) == "text":
            yield todo.at(value)
        elif values_are_labels and is_inside(name) and not role_of(name) and looks_like_label(text, labels):
            if text.strip() and not is_nothing(text):
                self.mention_as_key(todo, key, text)
        elif values_are_labels or role_of(name) == "remark" or is_nothing(text):
            self.note("skipped", f"{name!r:.60} is no entity: {text!r:.60}", value)
        elif is_inside(text) and looks_like_label(name, labels):
            self.keys.add(name)
            yield Todo(value, name, self.new_group(), todo.depth)
        elif not source.given and labels is None:
            yield Todo(value, name, self.new_group(), todo.depth)
        else:
            self.note("skipped", f"{name!r:.60} is no label of the set, and {text!r:.60} is not in the text", value)

    def mention_as_key(self, todo: Todo, key: Node, label: str, place: Place = UNSTATED) -> None:
        self.items += 1
        span = range_of(str(key.value))
        if span is not None and not self.columns.is_inside(str(key.value)):
            self.note("shape", "offsets as keys", key)
            self.offsets(key, label, todo.group, [span])
            return
        self.note("shape", "an object of mentions and labels", key)
        self.claim(key, label, todo.group, place)

    def container(self, todo: Todo, name: str, key: Node, value: Node) -> Iterator[Todo]:
        """Read a list or an object under a key that is no label of the set."""
        if value.kind == "scalar":
            if not isinstance(value.value, bool | None) and looks_like_label(name, self.answer.labels):
                self.note("skipped", f"{name!r:.60} is no label of the set, and its value no list", value)
            return
        plain = key_name(name)
        if plain in RELATIONS or plain.endswith("_attributes"):
            what = "relations" if plain in RELATIONS else "attributes"
            self.note("skipped", f"{what} and no entities under {name!r:.60}", value)
            return
        if self.columns.is_tokens(value):
            self.note("wrapped", f"the tokens of the text are listed in {name!r:.60}", value)
            return
        if self.is_unknown_label(name, value):
            yield from self.labelled_list(todo, name, value)
            return
        if value.value:
            self.note("wrapped", f"the answer is inside {name!r:.60}", value)
        group = self.new_group() if value.kind == "array" else todo.group
        yield Todo(value, None, group, todo.depth, key)

    def is_unknown_label(self, name: str, value: Node) -> bool:
        """Tell whether a key names a label that is not in the set, rather than wrapping the answer."""
        if key_name(name) in WRAPPERS or name.strip().isdigit() or role_of(name) == "text":
            return False
        if not (value.value and looks_like_label(name, self.answer.labels)):
            return False
        if value.kind == "object":
            source, fields = self.answer.source, list(fields_of(value).items())[:5]
            is_given = source.given and bool(fields)
            return is_given and all(one.kind == "scalar" and source.has(inner) for inner, one in fields)
        kinds = {item.kind for item in value.value}
        if kinds <= {"string", "scalar"}:
            label = self.columns.elements(value)[1] if 2 <= len(value.value) <= 8 else None
            if label is not None and self.columns.is_label(value.value[label].value):
                return False  # `"T1": ["PER", "Ann"]`
            return "scalar" in kinds or not self.are_labels(value.value)
        items = [fields_of(item) for item in value.value[:3]] if kinds == {"object"} else []
        found = [self.columns.text_and_label(fields) for fields in items]
        return any(text for text, _ in found) and not any(
            label or self.is_groups(fields) or self.is_frame(fields) or any(self.is_echo(fields, key) for key in fields)
            for (_, label), fields in zip(found, items, strict=True)
        )

    # -- strings and numbers ---------------------------------------------------------------------------

    def encoded(self, todo: Todo, node: Node) -> Todo | None:
        """Return the JSON that a string holds in place of a mention: `{"type": "text", "text": "{...}"}`."""
        if node.kind != "string" or not node.complete or node.value.lstrip()[:1] not in ("[", "{"):
            return None
        is_mention = node.value.rstrip()[-1:] not in ("]", "}") and node.value.count('"') <= 2  # one string is no item
        return None if is_mention or self.columns.is_inside(node.value) else self.inner(todo, node)

    def inner(self, todo: Todo, node: Node) -> Todo | None:
        """Parse the JSON in a string; its nodes are placed where the string is."""
        text: str = node.value
        if todo.depth >= _DEEPEST_STRING:
            return None
        root, problems = parse(text, len(text) - len(text.lstrip()))
        if text[root.end :].strip() or (problems and '"' not in text and "'" not in text):
            return None
        parts = parts_of(root)
        for part in parts:
            part.start, part.end = node.start, node.end
        if not root.complete and not any(part.kind in ("string", "scalar") for part in parts):
            return None  # a bracket alone
        self.columns.learn(root)
        self.note("wrapped", f"{text!r:.100} read as JSON", node)
        return Todo(root, todo.label, todo.group, todo.depth + 1)

    def string(self, todo: Todo) -> Iterator[Todo]:
        """Read a string where a mention is expected."""
        node, text = todo.node, todo.node.value
        if not node.complete:
            self.note("truncated", "a mention is cut off", node)
            return
        if (encoded := self.encoded(todo, node)) is not None:
            yield encoded
            return
        if todo.label is not None:
            self.claim(node, todo.label, todo.group, is_listed=True)
            return
        found = labelled_list(text, self.columns.is_label)
        if found:
            self.note("shape", "a string in place of an object", node)
            for mention, label in found:
                self.items += 1
                self.claim(replace(node, value=mention, raw=None), label, todo.group)
        elif self.answer.source.is_whole(text):
            self.note("wrapped", "the text is repeated", node)
        elif is_nothing(text):
            self.note("shape", f"{text!r:.40} in place of an empty list", node)
        else:
            self.claim(node, "", todo.group)

    def number(self, todo: Todo) -> None:
        node, written = todo.node, todo.node.raw or ""
        if todo.label is not None and not isinstance(node.value, bool) and self.answer.source.has(written):
            self.note("shape", "a number in place of a string", node)
            self.claim(as_string(node), todo.label, todo.group)
        else:
            self.note("skipped", f"{written!r:.60} is a number and no mention", node)


def read_node(root: Node, columns: Columns, candidate: Candidate) -> Reading:
    """Gather the claims of a parsed answer, in the order in which it makes them."""
    reading = Reading(candidate, columns)
    # an explicit stack: answers may be nested deeper than Python recurses
    todo = [Todo(root, None, 0)]
    while todo:
        task = todo.pop()
        todo += reversed(list(reading.step(task, task.node is root)))
    reading.without_row_numbers()
    reading.read_unnamed_counts()
    return reading
