"""From a parsed answer to claims: what it says of which mention, in whatever shape it says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from genner._old_formats._fields import (
    INDEX_KEYS,
    LABEL_KEYS,
    LIST_KEYS,
    START_KEYS,
    TEXT_KEYS,
    Fields,
    fields_of,
    places,
    strings,
)
from genner._old_formats._labels import known, label_names
from genner._old_formats._lines import split_line
from genner._old_formats._loose_json import Node, parse_loose
from genner.text.grounding import Source
from genner.types import LabelSet, Span

__all__ = ["Claim", "Shape", "Trouble", "collect"]

Shape: TypeAlias = Literal["grouped", "occurrence", "offset"]

_WRAPPERS = frozenset(
    """entities entity output outputs result results answer response named_entities ner data predictions prediction
    annotations extracted_entities items list json labels spans mentions arguments parameters function""".split()  # noqa: SIM905
)
_NOTHING = frozenset(
    ("", "none", "null", "n/a", "na", "nil", "-", "--", "[]", "{}", "no entities", "not found", "empty")
)
_USUAL_KEYS: dict[str, tuple[str, ...]] = {
    "grouped": (),
    "occurrence": ("text", "label", "occurrence_index"),
    "offset": ("text", "label", "start", "end"),
}
_SEPARATORS = re.compile(r"[,;\n、，،；|]")
_REMARK = re.compile(r"(.+?)\s*(?:[(\[<].*[)\]>]|(?:\s-\s|:|\s–\s|\s—\s).*)", re.S)

Trouble: TypeAlias = Callable[[str, str, Span], None]
"""Receives an issue's kind, its detail and its place in the output."""

_Todo: TypeAlias = tuple[Node, "str | None", int]


@dataclass(slots=True)
class Claim:
    """One mention the answer names.

    Args:
        text: the mention; `raw` is it before escapes were resolved, where there were any.  Empty
            when the answer gives offsets only.
        label: what the answer calls it, as written.
        place: where in the output.
        group: claims of one list share it; inside a list the order may mean something.
        cut: the end of the output took what would have told its place.
    """

    text: str
    label: str
    place: Span
    group: int = 0
    raw: str | None = None
    index: int | None = None
    start: int | None = None
    end: int | None = None
    cut: bool = False


def collect(root: Node, shape: Shape, labels: LabelSet | None, source: Source, trouble: Trouble) -> list[Claim]:
    """Gather the claims of a parsed answer in the order it makes them.

    Args:
        source: the text; used only to choose between readings of a shape.
        trouble: receives what was skipped or not in the shape asked for.
    """
    return _Collector(shape, labels, source, trouble).run(root)


class _Collector:
    def __init__(self, shape: Shape, labels: LabelSet | None, source: Source, trouble: Trouble) -> None:
        self.shape = shape
        self.labels = labels
        self.source = source
        self.trouble = trouble
        self.claims: list[Claim] = []
        self.unwrapped = 0

    def run(self, root: Node) -> list[Claim]:
        if root.kind == "array" and self.shape == "grouped":
            self.note("shape", "a list in place of an object", root)
        # an explicit stack: answers may be nested deeper than Python recurses
        todo: list[_Todo] = [(root, None, root.start)]
        while todo:
            node, label, group = todo.pop()
            todo.extend(reversed(list(self.step(node, label, group, node is root))))
        return self.claims

    def step(self, node: Node, label: str | None, group: int, is_root: bool) -> Iterator[_Todo]:
        """Handle one node; yield the nodes inside it that are still to be handled."""
        if node.kind == "array":
            if not self.as_tuple(node, label):
                for item in node.value:
                    yield item, label, node.start
        elif node.kind == "object":
            yield from self.step_object(node, label, group, is_root)
        elif node.kind == "string":
            self.string(node, label, group)
        elif node.kind == "scalar" and node.value is not None:
            self.number(node, label, group)

    def step_object(self, node: Node, label: str | None, group: int, is_root: bool) -> Iterator[_Todo]:
        fields = fields_of(node)
        if not fields and not is_root:
            self.skip(node, "an item that says nothing")
            return
        if not fields.keys() <= {""} and self.item(node, fields, label, group):
            if is_root and self.shape != "grouped":
                self.note("shape", "an object in place of a list", node)
            return
        inner = next((fields[name] for name in LIST_KEYS if name in fields), None) if label is None else None
        if inner is not None and inner.kind == "array":  # {"label": "PER", "entities": [...]}
            named = next((fields[key] for key in LABEL_KEYS if key in fields and fields[key].kind == "string"), None)
            if named is not None:
                self.note("shape", "a label and its mentions", node)
                yield inner, named.value, inner.start
                return
        for key_node, value in node.value:
            yield from self.pair(key_node, value, label, group)

    def pair(self, key: Node | None, value: Node, label: str | None, group: int) -> Iterator[_Todo]:
        """Handle a key and its value that do not belong to one mention."""
        name = str(key.value) if key is not None else ""
        if value.kind == "skip":
            if key is not None and name:
                self.string(key, label, group) if key.complete else self.cut_off(key, "a key")
        elif label is not None and key is not None and self.source.given and self.source.has(name) and name:
            self.keyed(key, value, label, group)
        elif value.kind in ("array", "object"):
            fields = fields_of(value)
            found = (strings(fields[role], LABEL_KEYS) for role in LABEL_KEYS if role in fields)
            named = next((names for names in found if names), []) if name and fields else []
            if self.is_label(name, value):
                self.expect_groups(value)
                yield value, name, value.start
            elif key is not None and named and not set(fields) & set(TEXT_KEYS) and self.source.has(name):
                for label_node in named:  # {"Rome": {"label": "LOC", ...}}
                    self.keyed(key, value, label_node.value, group)
            else:
                if value.value:
                    self.note("wrapped", f"the answer is inside {name!r:.60}", value)
                yield value, label, value.start
        elif not value.complete:
            self.cut_off(value, f"the value of {name!r:.60}")
        elif value.kind == "string":
            yield from self.pair_of_strings(key, name, value, group)
        elif self.is_label(name, value):
            yield value, name, value.start
        elif value.value is not None:
            self.skip(value, f"{name!r:.60} is no label of the set")

    def pair_of_strings(self, key: Node | None, name: str, value: Node, group: int) -> Iterator[_Todo]:
        said: str = value.value
        if known(said, self.labels) and not known(name, self.labels):
            if self.source.has(name) and name:
                self.note("shape", "an object of mentions and labels", value)
                self.claim(key, said, group)
            else:
                self.skip(value, f"{name!r:.60} is not in the text")
        elif known(name, self.labels):
            yield value, name, value.start
        elif self.source.is_whole(said):
            self.note("wrapped", f"the text is echoed in {name!r:.60}", value)
        elif said.lstrip()[:1] in ("[", "{"):
            inner = self.reparse(value)
            if inner is None:
                self.skip(value, f"JSON inside the string of {name!r:.60}")
            else:
                self.note("wrapped", f"the answer is JSON in the string of {name!r:.60}", value)
                yield inner, None, inner.start
        elif self.is_label(name, value):
            yield value, name, value.start
        else:
            self.skip(value, f"{name!r:.60} is no label of the set, and its value no list")

    def reparse(self, node: Node) -> Node | None:
        """Parse the JSON inside a string; its nodes are placed where the string is."""
        if self.unwrapped >= 3:
            return None
        self.unwrapped += 1
        text: str = node.value
        inner, problems = parse_loose(text, len(text) - len(text.lstrip()))
        todo = [inner]
        while todo:
            part = todo.pop()
            part.start, part.end = node.start, node.end
            if part.kind == "array":
                todo += part.value
            elif part.kind == "object":
                todo += [piece for pair in part.value for piece in pair if piece is not None]
        if problems:
            self.note("syntax", problems[0].detail, node)
        return inner

    def is_label(self, name: str, value: Node) -> bool:
        """Tell whether a key groups mentions under a label rather than wrapping the answer."""
        if known(name, self.labels):
            return True
        if self.labels is not None and label_names(name, self.labels) != [" ".join(name.split())]:
            return True
        if not name or name.casefold().replace(" ", "_") in _WRAPPERS:
            return False
        if value.kind == "array":
            return bool(value.value) and all(item.kind in ("string", "scalar") for item in value.value)
        if value.kind == "string":
            said: str = value.value
            return self.source.has(said) and not self.source.is_whole(said) and (self.labels is None or said != "")
        return False

    # -- one mention ------------------------------------------------------------------------------

    def item(self, node: Node, fields: Fields, label: str | None, group: int) -> bool:
        """Read an object that describes one mention; False when it does not."""
        text_key, label_key = self.roles(fields)
        names = [] if label_key is None else strings(fields[label_key], (*LABEL_KEYS, "name", "value", "text"))
        if label is not None and not any(known(name.value, self.labels) for name in names):
            label_key, named = None, [label]
        else:
            named = [name.value for name in names if name.complete]
        if text_key is None:
            return self.offsets_only(node, fields, named, group)
        if label_key is None and not named:
            if self.holds_more(fields, text_key):
                return False
            if self.shape == "grouped" or not set(fields) & {*INDEX_KEYS, *START_KEYS, "text", "mention"}:
                return False
        if not named:
            cut = not node.complete and (label_key is None or not fields[label_key].complete)
            detail = "an item is cut off before its label" if cut else "an item has no label"
            self.trouble("truncated" if cut else "missing_label", detail, _place(node))
            return True
        self.usual(node, fields)
        found = places(fields)
        for text in strings(fields[text_key], TEXT_KEYS):
            if not text.complete:
                self.cut_off(node, "an item")
                continue
            for name in named:
                made = self.claim(text, name, group)
                if made is not None:
                    self.claims += [replace(made, index=index, start=start, end=end) for start, end, index in found[1:]]
                    made.start, made.end, made.index = found[0]
                    made.cut = not node.complete and found[0] == (None, None, None)
        return True

    def roles(self, fields: Fields) -> tuple[str | None, str | None]:
        """Find the keys of text and label: by name, and by whether the value is a known label."""
        texts = [key for key in TEXT_KEYS if key in fields and strings(fields[key], TEXT_KEYS)]
        inner = [key for key in texts if fields[key].kind == "object" and set(fields_of(fields[key])) & set(LABEL_KEYS)]
        if inner:
            return None, None  # the record is one level down
        marked = [
            key for key, value in fields.items() if value.kind == "string" and known(str(value.value), self.labels)
        ]
        better = [key for key in texts if key not in marked or self.source.has(str(fields[key].value))]
        text_key = next(iter(better or texts), None)
        labels = [key for key in LABEL_KEYS if key in fields and key != text_key]
        named = [key for key in labels if strings(fields[key], (*LABEL_KEYS, "name", "value", "text"))]
        label_key = next((key for key in named if key in marked), None)
        if label_key is None and not named:
            label_key = next((key for key in marked if key != text_key), None)
        bare = [key for key in labels if fields[key].kind != "array" or not fields[key].value]
        label_key = label_key or next(iter(named or bare), None)
        if text_key is None and label_key is not None and self.source.given:
            rest = [key for key, value in fields.items() if key != label_key and value.kind == "string"]
            here = [key for key in rest if fields[key].value and self.source.has(fields[key].value)]
            text_key = here[0] if len(here) == 1 else None
        if text_key is None and label_key is not None:
            listed = [key for key in LIST_KEYS if key in fields and strings(fields[key], ())]
            text_key = next(iter(listed), None)
        return text_key, label_key

    def holds_more(self, fields: Fields, text_key: str) -> bool:
        """Tell whether what looks like an item wraps others: the text echoed beside them."""
        others = [value for key, value in fields.items() if key != text_key and value.kind in ("array", "object")]
        return any(part.kind in ("array", "object", "string") for value in others for part in _parts(value))

    def offsets_only(self, node: Node, fields: Fields, named: list[str], group: int) -> bool:
        found = [(start, end) for start, end, _ in places(fields) if start is not None and end is not None]
        if not named or not found:
            return False
        self.note("shape", "offsets without text", node)
        for name in named:
            self.claims += [Claim("", name, _place(node), group, start=start, end=end) for start, end in found]
        return True

    def keyed(self, key: Node, value: Node, label: str, group: int) -> None:
        """Read a mention that stands as a key."""
        self.note("shape", "a mention as a key", key)
        made = self.claim(key, label, group)
        if made is not None and value.kind == "object":
            made.start, made.end, made.index = places(fields_of(value))[0]

    def usual(self, node: Node, fields: Fields) -> None:
        """Note an item whose keys or values are not those of the format."""
        usual = _USUAL_KEYS[self.shape]
        for key in usual:
            wanted = "string" if key in ("text", "label") else "scalar"
            if key in fields and (
                fields[key].kind != wanted or (wanted == "scalar" and type(fields[key].value) is not int)
            ):
                self.note("shape", f"{key!r} has an unusual value", fields[key])
        if not usual:
            self.note("shape", "objects in place of strings", node)
        elif set(fields) != set(usual) and not (self.shape == "occurrence" and set(fields) == {*usual, "start"}):
            missing = [key for key in usual if key not in fields]
            other = [key for key in fields if key not in usual]
            said = [f"without {', '.join(missing)}"] if missing else []
            said += [f"with {', '.join(other)}"] if other else []
            self.note("shape", f"an item {' and '.join(said)}", node)

    def as_tuple(self, node: Node, label: str | None) -> bool:
        """Read `["Rome", "LOC", 9, 13]` or `[9, 13, "LOC"]`; False when the array is no such item."""
        parts = [part for part in node.value if part.kind != "scalar" or part.value is not None]
        if not 2 <= len(parts) <= 5 or any(part.kind not in ("string", "scalar") for part in parts):
            return False
        said = [part for part in parts if part.kind == "string"]
        numbers = [part.value for part in parts if part.kind == "scalar" and type(part.value) is int]
        text: Node | None
        if len(said) == 2 and label is None:
            text, name = said
            if self.labels is not None:
                if not known(name.value, self.labels):
                    text, name = name, text
                if not known(name.value, self.labels):
                    return False
            elif not (numbers or (self.source.has(text.value) and not self.source.has(name.value))):
                return False
            label = name.value
        elif len(said) == 1 and label is None and len(numbers) == 2 and len(parts) == 3:
            if self.labels is not None and not known(said[0].value, self.labels):
                return False
            text, label = None, said[0].value
        elif len(said) == 1 and label is not None and numbers and parts[0] is said[0]:
            text = said[0]
        else:
            return False
        self.note("shape", "an array in place of an object", node)
        if text is None:
            self.claims.append(Claim("", label, _place(node), node.start))
        elif self.claim(text, label, node.start) is None:
            return True
        if len(numbers) == 1:
            self.claims[-1].index = numbers[0]
        elif len(numbers) >= 2:
            self.claims[-1].start, self.claims[-1].end = numbers[0], numbers[1]
        return True

    # -- strings and numbers in lists ---------------------------------------------------------------

    def string(self, node: Node, label: str | None, group: int) -> None:
        """Read a string where a mention is expected."""
        if not node.complete:
            self.cut_off(node, "a mention")
            return
        said: str = node.value
        if label is None:
            found = split_line(said, self.labels, self.source.has)
            if found is not None:
                self.note("shape", "a string in place of an object", node)
                self.claims.append(Claim(found[0], found[1], _place(node), group))
            elif self.source.is_whole(said):
                self.note("wrapped", "the text is echoed", node)
            elif said.strip().casefold() not in _NOTHING:
                self.trouble("missing_label", f"{said!r:.80} has no label", _place(node))
            return
        if said.strip().casefold() in _NOTHING and not (said and self.source.given and self.source.has(said)):
            self.note("shape", f"{said!r} in place of an empty list", node)
            return
        parts = self.split(node)
        for part in parts:
            self.claims.append(Claim(part, label, _place(node), group, raw=node.raw if parts == [said] else None))

    def number(self, node: Node, label: str | None, group: int) -> None:
        said = node.raw or ""
        if label is not None and self.source.given and said in self.source.text and type(node.value) is not bool:
            self.note("shape", "a number in place of a string", node)
            self.claims.append(Claim(said, label, _place(node), group))
        else:
            self.skip(node, f"{node.value!r:.60} stands where a mention should")

    def split(self, node: Node) -> list[str]:
        """Split a string that names several mentions or adds a remark; only the source tells so."""
        text: str = node.value
        if self.source.has(text):
            return [text]
        parts = [part.strip(" \t\"'“”") for part in _SEPARATORS.split(text)]
        parts = [part for part in parts if part]
        if len(parts) > 1 and all(self.source.has(part) for part in parts):
            self.note("shape", "several mentions in one string", node)
            return parts
        remark = _REMARK.fullmatch(text[:400]) if len(text) <= 400 else None
        if remark is not None and self.source.has(remark[1].strip()):
            self.note("shape", "a mention with a remark", node)
            return [remark[1].strip()]
        return [text]

    def claim(self, text: Node | None, label: str, group: int) -> Claim | None:
        if text is None or text.kind != "string":
            return None
        if not text.value.strip() and not (text.value and self.source.has(text.value)):
            self.skip(text, "an item without text")
            return None
        made = Claim(text.value, label, _place(text), group, raw=text.raw)
        self.claims.append(made)
        return made

    def expect_groups(self, node: Node) -> None:
        if self.shape != "grouped":
            self.note("shape", "mentions grouped by label in place of a list of items", node)

    def note(self, kind: str, detail: str, node: Node) -> None:
        self.trouble(kind, detail, _place(node))

    def skip(self, node: Node, detail: str) -> None:
        self.trouble("skipped", detail, _place(node))

    def cut_off(self, node: Node, what: str) -> None:
        self.trouble("truncated", f"{what} is cut off", _place(node))


def _parts(node: Node) -> list[Node]:
    if node.kind == "array":
        return list(node.value)
    return [value for _, value in node.value]


def _place(node: Node) -> Span:
    return Span(node.start, max(node.end, node.start + 1))
