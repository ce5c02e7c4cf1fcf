"""What the columns of an answer hold: its keys, the elements of its arrays, the two sides of its pairs.

A column is judged from the whole answer: by its name, by how many of its values are labels of the set, and by how
many are in the text.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

from genner.formats.answer import Answer
from genner.formats.json.nodes import Node, parts_of
from genner.formats.json.strings import labelled
from genner.formats.keys import ARGUMENTS, key_name, role_of, weight_of
from genner.formats.naming import is_outside, known, label_names, letters_of, looks_like_label, spellings

__all__ = ["Column", "Columns", "called", "fields_of", "listed", "plain_strings"]

_PROFILED = 60
"""Values of a column that are looked up; more would not change what it holds."""

KEYS, VALUES = ("keys",), ("values",)
"""The two sides of the pairs of a key and a string, whatever the key."""

_MOST_ELEMENTS = 8
"""Arrays with more elements are lists and no items."""


@dataclass(slots=True)
class Column:
    """The values of one column, counted."""

    strings: int = 0
    labels: int = 0
    inside: int = 0
    distinct: set[str] = field(default_factory=set)

    @property
    def as_label(self) -> float:
        """How many of its strings are labels, 0 to 1."""
        return self.labels / self.strings if self.strings else 0.0

    @property
    def as_text(self) -> float:
        """How many of its strings are in the text and no labels, 0 to 1."""
        return self.inside / self.strings if self.strings else 0.0


@dataclass(slots=True)
class Columns:
    """Judges the columns of one parsed answer."""

    answer: Answer
    _roots: list[Node] = field(default_factory=list)
    _values: dict[Hashable, list[Node]] = field(default_factory=dict)
    _columns: dict[Hashable, Column] = field(default_factory=dict)
    _meant: dict[str, bool] = field(default_factory=dict)
    _spellings: list[str] | None = None

    def learn(self, root: Node) -> None:
        """Remember a part of the answer; most answers need no look at what its columns hold."""
        self._columns.clear()
        self._roots.append(root)

    def _gather(self) -> None:
        """Gather the values of every column below the roots."""
        roots, self._roots = self._roots, []
        for node in chain.from_iterable(map(parts_of, roots)):
            if node.kind == "array" and 1 < len(node.value) <= _MOST_ELEMENTS:
                for at, item in enumerate(node.value):
                    if item.kind == "string":
                        self._values.setdefault((len(node.value), at), []).append(item)
            elif node.kind == "object":
                for key, value in node.value:
                    if key is not None:
                        self._values.setdefault(key_name(str(key.value)), []).extend(plain_strings(value))
                        if value.kind == "string":
                            self._values.setdefault(KEYS, []).append(key)
                            self._values.setdefault(VALUES, []).append(value)

    def of(self, name: Hashable) -> Column:
        """Return what is known of a column, from its first values."""
        column = self._columns.get(name)
        if column is None:
            self._gather()
            column = self._columns[name] = Column()
            for string in self._values.get(name, ())[:_PROFILED]:
                value = str(string.value)
                column.strings += 1
                column.distinct.add(value[:100])
                is_label = self.is_label(value)
                column.labels += is_label
                column.inside += not is_label and self.is_inside(value)
        return column

    def values_are_labels(self) -> bool:
        """Tell whether pairs of a key and a string give a mention and its label, and not a label and its mention."""
        return self.of(VALUES).labels > self.of(KEYS).labels

    def is_inside(self, text: str) -> bool:
        """Tell whether a string is a part of the source."""
        source = self.answer.source
        return source.given and bool(text) and len(text) < len(source.text) + 20 and source.has(text)

    def is_tokens(self, node: Node) -> bool:
        """Tell whether a list holds the tokens of the whole text."""
        plain = "".join(str(one.value) for one in plain_strings(node)) if node.kind == "array" else ""
        text = self.answer.source.text  # looked at as often as the answer is long, and no more
        return len(plain) > 1 and 2 * len(plain) > len(text) and "".join(plain.split()) == "".join(text.split())

    def is_label(self, name: str) -> bool:
        """Tell whether a string means labels of the set, or that there is none, up to decoration and tags."""
        labels = self.answer.labels
        if labels is None or len(name) > 100:
            return False
        meant = self._meant.get(name)
        if meant is None:
            meant = self._meant[name] = known(name, labels) or is_outside(name, labels) or self._is_decorated(name)
        return meant

    def _is_decorated(self, name: str) -> bool:
        """Tell whether a string is a label with its title, a score or a tag: `PER (person)`, but not `PER: Ann`."""
        labels, source = self.answer.labels, self.answer.source
        if (
            labels is None
            or name.isalnum()
            or name[:1] in ("[", "{")
            or "\n" in name
            or (source.given and name in source.text)
        ):
            return False
        if self._spellings is None:
            self._spellings = [letters_of(spelling) for spelling, _ in spellings(labels)]
        letters = letters_of(name)
        if not any(spelling in letters for spelling in self._spellings):
            return False
        if not all(each in labels for each in label_names(name, labels, misspelt=False)):
            return False
        parts = labelled(name, lambda part: known(part, labels))
        return parts is None or not source.given or not parts[0] or not source.has(parts[0])

    def text_and_label(self, fields: dict[str, Node]) -> tuple[str | None, str | None]:
        """Choose the keys of an object that hold a mention and its label; None for what no key holds."""
        usual = [fields[name].kind for name in ("text", "label") if name in fields]
        if usual == ["string", "string"] and self.of("label").labels:
            return "text", "label"  # also where mentions read like labels
        texts: list[tuple[float, str]] = []
        names: list[tuple[float, str]] = []
        for rank, (name, node) in enumerate(fields.items()):
            is_plain = any(True for _ in plain_strings(node))
            if not is_plain and not self._is_scored(node):
                continue
            role = role_of(name)
            column = self.of(key_name(name))
            text = weight_of(name, "text") + column.as_text - column.as_label
            label = weight_of(name, "label") + column.as_label - column.as_text
            if role in ("remark", "start", "end", "count", "offsets", "number"):
                text -= column.as_text < 1.0 or role != "number"  # `{"id": "Ann", "type": "PER"}`
                label -= 1.0
            if is_plain or (node.kind == "object" and weight_of(name, "text")):
                texts.append((text - rank / 1000, name))
            if self._names_label(node):
                names.append((max(label, 0.9) - rank / 1000, name))
            elif weight_of(name, "label") or (column.labels and not (role is None and self.is_inside(name))):
                names.append((label - rank / 1000, name))
        texts = sorted(texts, reverse=True)[:2]
        names = sorted(names, reverse=True)[:2]
        good = [name for score, name in texts if score > 0.2]
        pairs = [(t[0] + n[0], t[1], n[1]) for t in texts for n in names if t[1] != n[1]]
        best = max(pairs, default=(0.0, "", ""))
        if best[0] > 0.5 and best[1] in good:
            return best[1], best[2]
        named = names[0][1] if names and names[0][0] > 0.2 else None
        if named is not None and (good[:1] != [named] or weight_of(named, "label")):
            return next((one for one in good if one != named), None), named
        return (good[0] if good else None), None

    def _names_label(self, node: Node) -> bool:
        """Tell whether a value is an object with a label and no mention: `"infons": {"type": "PER"}`."""
        fields = fields_of(node) if node.kind == "object" else {}
        values = [value for name, value in fields.items() if weight_of(name, "label")]
        is_alone = not any(role_of(name) == "text" for name in fields)
        return is_alone and any(value.kind == "string" and self.is_label(str(value.value)) for value in values)

    def _is_scored(self, node: Node) -> bool:
        """Tell whether a value gives labels with scores, `{"PER": 0.9}`, names one inside, or lists such values."""
        if node.kind == "array":
            return bool(node.value) and all(item.kind == "object" and item.value for item in node.value)
        return node.kind == "object" and bool(node.value)

    def elements(self, node: Node) -> tuple[int | None, int | None]:
        """Choose the elements of an array that hold a mention and its label."""
        size = len(node.value)
        strings = [at for at, item in enumerate(node.value) if item.kind == "string"]
        columns = {at: self.of((size, at)) for at in strings}
        label = max(strings, key=lambda at: (columns[at].as_label, -columns[at].as_text, at), default=None)
        if label is None:
            return None, None
        rest = [at for at in strings if at != label]
        text = max(rest, key=lambda at: (columns[at].as_text, -columns[at].as_label, -at), default=None)
        rival = columns[text].labels if text is not None else 0
        if columns[label].as_label >= 0.5 or columns[label].labels > rival:
            return text, label
        if self.answer.labels is None and text is not None and size == 2:
            first, second = (self.of((size, at)) for at in (0, 1))
            same = len(first.distinct) == len(second.distinct)
            if same and first.as_text != second.as_text:
                return (0, 1) if first.as_text > second.as_text else (1, 0)
            return (1, 0) if len(first.distinct) < len(second.distinct) else (0, 1)
        numbered = any(item.kind == "scalar" and type(item.value) is int for item in node.value)
        certain = text is not None and columns[text].as_text > 0.5 and columns[label].as_text == 0.0
        is_name = size == 2 and looks_like_label(node.value[label].value, self.answer.labels)
        if certain and (numbered or columns[label].labels or is_name):
            return text, label
        return (label if text is None else min(text, label)), None


def fields_of(node: Node) -> dict[str, Node]:
    """Return the values of an object by key; of a key that is there twice the first."""
    return {
        str(key.value): listed(value) if value.kind == "object" else value
        for key, value in reversed(node.value)
        if key is not None
    }


def listed(node: Node) -> Node:
    """Return an object whose keys number its values as a list of these, and a set as a list."""
    if node.kind != "object" or not node.value or any(key is None for key, _ in node.value):
        return node
    if all(key.kind == "string" and str(key.value).strip().isdecimal() for key, _ in node.value):
        return replace(node, kind="array", value=[value for _, value in node.value])
    if len(node.value) > 1 and all(value.kind == "nothing" and value.complete for _, value in node.value):
        return replace(node, kind="array", value=[key for key, _ in node.value])
    return node


def called(fields: dict[str, Node]) -> Node | None:
    """Return what a tool is called with, in an object that is such a call: `{"name": "extract", "arguments": {}}`."""
    named = any(name in fields and fields[name].kind == "string" for name in ("name", "type", "function"))
    found = [node for name, node in fields.items() if key_name(name) in ARGUMENTS]
    is_call = named and len(found) == 1
    return (
        found[0]
        if is_call and (found[0].kind in ("object", "array") or str(found[0].value).lstrip()[:1] in ("{", "["))
        else None
    )


def split_at_repeats(node: Node) -> Iterator[Node]:
    """Yield an object whose keys are there twice, or numbered, as several, each with every key once."""
    pairs: dict[str, tuple[Node, Node]] = {}
    numbered: dict[str, list[tuple[Node, Node]]] = {}
    for key, value in node.value:
        name = str(key.value) if key is not None else ""
        numbered.setdefault(name[len(name.rstrip("0123456789")) :], []).append((key, value))
    if len(numbered) > 1 and "" not in numbered:
        yield from (replace(node, value=part) for part in numbered.values())
        return
    for key, value in node.value:
        name = str(key.value) if key is not None else ""
        if name in pairs:
            yield replace(node, value=list(pairs.values()))
            pairs = {}
        pairs[name] = (key, value)
    yield replace(node, value=list(pairs.values()))


def plain_strings(node: Node) -> Iterator[Node]:
    """Yield a string, the strings of a list, or those of a set."""
    if node.kind == "string":
        yield node
    elif node.kind == "array":
        if all(item.kind == "string" for item in node.value):
            yield from node.value
    elif node.kind == "object" and node.value and all(value.kind == "nothing" for _, value in node.value):
        yield from (key for key, _ in node.value if key is not None)
