"""From a parsed answer to claims: what it says of which mention, in whatever shape it says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from genner.formats._loose_json import Node
from genner.types import LabelSet, Span

__all__ = ["Claim", "Shape", "Trouble", "collect", "split_line"]

Shape: TypeAlias = Literal["grouped", "occurrence", "offset"]

_TEXT_KEYS = tuple(
    "text mention surface word span phrase entity_text string token name entity value".split()  # noqa: SIM905
)
_LABEL_KEYS = tuple(
    "label type entity_type category class tag entity_group entity_label ner ner_tag kind entity".split()  # noqa: SIM905
)
_INDEX_KEYS = ("occurrence_index", "occurrence", "occurence_index", "index", "occ", "nth", "order", "count")
_START_KEYS = (
    "start",
    "begin",
    "start_offset",
    "start_char",
    "char_start",
    "start_index",
    "start_pos",
    "from",
    "offset",
)
_END_KEYS = ("end", "stop", "end_offset", "end_char", "char_end", "end_index", "end_pos", "to")
_PAIR_KEYS = ("span", "offsets", "offset", "position", "positions", "location", "indices", "range", "char_span")
_WRAPPERS = frozenset(
    """entities entity output outputs result results answer response named_entities ner data predictions prediction
    annotations extracted_entities items list json labels spans mentions""".split()  # noqa: SIM905
)
_NOTHING = frozenset(
    ("", "none", "null", "n/a", "na", "nil", "-", "--", "[]", "{}", "no entities", "not found", "empty")
)

_USUAL_KEYS: dict[str, tuple[str, ...]] = {
    "grouped": (),
    "occurrence": ("text", "label", "occurrence_index"),
    "offset": ("text", "label", "start", "end"),
}

Trouble: TypeAlias = Callable[[str, str, Span], None]
"""Receives an issue's kind, its detail and its place in the output."""


@dataclass(slots=True)
class Claim:
    """One mention the answer names.

    Args:
        text: the mention; `raw` is it before escapes were resolved, where there were any.
        label: what the answer calls it, as written.
        place: where in the output.
        group: claims of one list share it; inside a list the order may mean something.
    """

    text: str
    label: str
    place: Span
    group: int = 0
    raw: str | None = None
    index: int | None = None
    start: int | None = None
    end: int | None = None


def collect(
    root: Node, shape: Shape, labels: LabelSet | None, known_text: Callable[[str], bool], trouble: Trouble
) -> list[Claim]:
    """Gather the claims of a parsed answer in the order it makes them.

    Args:
        known_text: tells whether a string is in the source text; used only to choose between
            readings of a shape.
        trouble: receives what was skipped or not in the shape asked for.
    """
    return _Collector(shape, labels, known_text, trouble).run(root)


class _Collector:
    def __init__(
        self, shape: Shape, labels: LabelSet | None, known_text: Callable[[str], bool], trouble: Trouble
    ) -> None:
        self.shape = shape
        self.labels = labels
        self.known_text = known_text
        self.trouble = trouble
        self.claims: list[Claim] = []

    def run(self, root: Node) -> list[Claim]:
        # an explicit stack: answers may be nested deeper than Python recurses
        todo: list[tuple[Node, str | None, int]] = [(root, None, root.start)]
        while todo:
            node, label, group = todo.pop()
            todo.extend(reversed(list(self.step(node, label, group))))
        return self.claims

    def step(self, node: Node, label: str | None, group: int) -> Iterator[tuple[Node, str | None, int]]:
        """Handle one node; yield the nodes inside it that are still to be handled."""
        if node.kind == "array":
            if label is None and self.as_tuple(node):
                return
            for item in node.value:
                yield item, label, node.start
        elif node.kind == "object":
            yield from self.step_object(node, label, group)
        elif node.kind == "string":
            self.string(node, label, group)
        elif node.value is not None:
            self.skip(node, f"{node.value!r} stands where a mention should")

    def step_object(self, node: Node, label: str | None, group: int) -> Iterator[tuple[Node, str | None, int]]:
        fields = {_key(key): value for key, value in reversed(node.value)}
        if self.item(node, fields, label, group):
            return
        for key, value in node.value:
            name = key.value if key is not None else ""
            if value.kind in ("array", "object"):
                if self.is_label(name, value):
                    self.expect("grouped", node)
                    yield value, name, value.start
                else:
                    if value.value:
                        self.note("wrapped", f"the answer is inside {name!r}", node)
                    yield value, label, value.start
            elif value.kind == "string" and value.complete:
                if self.labels is not None and self.labels.fold(value.value) and not self.labels.fold(name):
                    self.note("shape", "an object of mentions and labels", node)
                    self.claim(key, value.value, group)
                elif self.is_label(name, value):
                    yield value, name, value.start
                elif value.value.lstrip()[:1] in ("[", "{"):
                    self.skip(value, f"JSON inside the string of {name!r}")
                else:
                    self.skip(value, f"{name!r} is no label of the set, and its value no list")
            elif not value.complete:
                self.trouble(
                    "truncated", f"the value of {name!r} is cut off", Span(value.start, max(value.end, value.start + 1))
                )

    def is_label(self, name: str, value: Node) -> bool:
        """Tell whether a key groups mentions under a label rather than wrapping the answer."""
        if self.labels is not None and self.labels.fold(name) is not None:
            return True
        if not name or name.casefold().replace(" ", "_") in _WRAPPERS:
            return False
        if value.kind == "array":
            return bool(value.value) and all(item.kind in ("string", "scalar") for item in value.value)
        if value.kind == "string":
            return self.labels is None or self.known_text(value.value)
        return False

    def item(self, node: Node, fields: dict[str, Node], label: str | None, group: int) -> bool:
        """Read an object that describes one mention; False when it does not."""
        text_key = next((key for key in _TEXT_KEYS if key in fields and self.can_be_text(fields[key])), None)
        if text_key is None:
            return False
        label_key = next((key for key in _LABEL_KEYS if key in fields and key != text_key), None)
        named = label if label_key is None else None
        if named is None and label_key is None:
            if self.shape == "grouped" or not (set(fields) & set(_INDEX_KEYS + _START_KEYS + ("text", "mention"))):
                return False
            cut = " is cut off before its label" if not node.complete else " has no label"
            self.trouble("truncated" if not node.complete else "missing_label", "an item" + cut, _place(node))
            return True
        label_nodes = [] if label_key is None else _strings(fields[label_key])
        names = [part.value for part in label_nodes if part.complete] if named is None else [named]
        if not names:
            cut_label = label_key is not None and not fields[label_key].complete
            self.trouble("truncated" if cut_label else "missing_label", "an item has no label", _place(node))
            return True
        self.usual(node, fields)
        for text in _strings(fields[text_key]):
            if not text.complete:
                self.trouble("truncated", "an item is cut off", _place(node))
                continue
            for name in names:
                claim = self.claim(text, name, group)
                if claim is not None:
                    claim.index = _integer(fields, _INDEX_KEYS)
                    claim.start, claim.end = _offsets(fields)
        return True

    def can_be_text(self, node: Node) -> bool:
        if node.kind == "array":
            return bool(node.value) and all(item.kind == "string" for item in node.value)
        return node.kind == "string"

    def usual(self, node: Node, fields: dict[str, Node]) -> None:
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

    def as_tuple(self, node: Node) -> bool:
        """Read `["Rome", "LOC", 9, 13]`; False when the array is no such item."""
        parts = node.value
        if not 2 <= len(parts) <= 5 or any(part.kind not in ("string", "scalar") for part in parts):
            return False
        strings = [part for part in parts if part.kind == "string"]
        numbers = [part.value for part in parts if part.kind == "scalar" and type(part.value) is int]
        if len(strings) != 2:
            return False
        text, name = strings
        if self.labels is not None:
            if self.labels.fold(name.value) is None:
                text, name = name, text
            if self.labels.fold(name.value) is None:
                return False
        elif not numbers and parts[0] is not text:
            return False
        self.note("shape", "an array in place of an object", node)
        claim = self.claim(text, name.value, node.start)
        if claim is not None and len(numbers) == 1:
            claim.index = numbers[0]
        elif claim is not None and len(numbers) >= 2:
            claim.start, claim.end = numbers[0], numbers[1]
        return True

    def string(self, node: Node, label: str | None, group: int) -> None:
        """Read a string where a mention is expected."""
        if not node.complete:
            self.trouble("truncated", "a mention is cut off", _place(node))
            return
        if label is None:
            found = split_line(node.value, self.labels, self.known_text)
            if found is None:
                if node.value.strip().casefold() not in _NOTHING:
                    self.trouble("missing_label", f"{node.value!r:.80} has no label", _place(node))
                return
            self.note("shape", "a string in place of an object", node)
            self.claims.append(Claim(found[0], found[1], _place(node), group))
            return
        if node.value.strip().casefold() in _NOTHING and not (node.value and self.known_text(node.value)):
            if node.value.strip():
                self.note("shape", f"{node.value!r} in place of an empty list", node)
            return
        parts = self.split(node)
        for part in parts:
            self.claims.append(Claim(part, label, _place(node), group, raw=node.raw if len(parts) == 1 else None))

    def split(self, node: Node) -> list[str]:
        """Split a string that names several mentions; only the source tells that it does."""
        text: str = node.value
        if self.known_text(text) or not any(mark in text for mark in ",;\n、，|"):
            return [text]
        parts = [part.strip(" \t\"'“”") for part in re.split(r"[,;\n、，|]", text)]
        parts = [part for part in parts if part]
        if len(parts) < 2 or not all(self.known_text(part) for part in parts):
            return [text]
        self.note("shape", "several mentions in one string", node)
        return parts

    def claim(self, text: Node | None, label: str, group: int) -> Claim | None:
        if text is None or text.kind != "string":
            return None
        if not text.value.strip():
            self.skip(text, "an item without text")
            return None
        made = Claim(text.value, label, _place(text), group, raw=text.raw)
        self.claims.append(made)
        return made

    def expect(self, shape: Shape, node: Node) -> None:
        if self.shape != shape:
            self.note("shape", "mentions grouped by label in place of a list of items", node)

    def note(self, kind: str, detail: str, node: Node) -> None:
        self.trouble(kind, detail, _place(node))

    def skip(self, node: Node, detail: str) -> None:
        self.trouble("skipped", detail, _place(node))


_SEPARATED = re.compile(r"\s*(?:\||->|=>|→|—|–|\t|:|=| - |,)\s*")
_PARENTHESES = re.compile(r"(.+?)\s*[(\[<]\s*([^()\[\]<>]+?)\s*[)\]>]")


def split_line(line: str, labels: LabelSet | None, known_text: Callable[[str], bool]) -> tuple[str, str] | None:
    """Read `Rome (LOC)`, `Rome: LOC`, `LOC | Rome` and the like.

    Returns:
        Mention and label, or None when no reading has a known label (or, without a label set, a
        mention that is in the text).
    """

    def fits(text: str, name: str) -> bool:
        if labels is not None:
            return labels.fold(name) is not None and bool(text)
        return bool(name) and known_text(text) and not known_text(name)

    match = _PARENTHESES.fullmatch(line.strip())
    if match and fits(match[1].strip("\"'*`“” "), match[2]):
        return match[1].strip("\"'*`“” "), match[2]
    pieces = list(_SEPARATED.finditer(line))[:8]
    for cut in reversed(pieces):
        left, right = (part.strip(" \"'*`“”.,") for part in (line[: cut.start()], line[cut.end() :]))
        if fits(left, right):
            return left, right
        if fits(right, left):
            return right, left
    return None


def _key(node: Node | None) -> str:
    return "" if node is None else re.sub(r"[\s-]+", "_", str(node.value).strip()).casefold()


def _strings(node: Node) -> list[Node]:
    if node.kind == "array":
        return [item for item in node.value if item.kind == "string"]
    return [node] if node.kind == "string" else []


def _place(node: Node) -> Span:
    return Span(node.start, max(node.end, node.start + 1))


def _whole(node: Node) -> int | None:
    """Read an offset or index: an int, an integral float, digits in a string."""
    value = node.value
    if not node.complete or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,15}\s*", value):
        return int(value)
    return None


def _integer(fields: dict[str, Node], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        if key in fields:
            number = _whole(fields[key])
            if number is not None:
                return number
    return None


def _offsets(fields: dict[str, Node]) -> tuple[int | None, int | None]:
    start, end = _integer(fields, _START_KEYS), _integer(fields, _END_KEYS)
    if start is None and end is None:
        for key in _PAIR_KEYS:
            node = fields.get(key)
            if node is not None and node.kind == "array" and len(node.value) == 2:
                return _whole(node.value[0]), _whole(node.value[1])
    return start, end
