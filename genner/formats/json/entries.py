"""Items of an answer, objects or arrays for one mention or several in columns, and the claims and notes from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from genner.formats.answer import Answer, Candidate
from genner.formats.json.nodes import Node
from genner.formats.json.numbers import UNSTATED, Place, place_in_text, place_of_numbers, places
from genner.formats.json.quotes import CLOSERS
from genner.formats.json.roles import Columns, fields_of, plain_strings
from genner.formats.json.strings import mentions
from genner.formats.keys import RELATIONS, is_nothing, key_name, role_of
from genner.formats.placing.claims import Claim

__all__ = ["Entries", "Todo", "as_string"]

_PLACES = frozenset(("span", "char_interval", "number", "index", "length"))
_DEEPEST_DETAIL = 6
_TOKEN_MARKS = ("Ġ", "▁")
"""What byte-level and other tokenizers write before a token that begins a word."""


@dataclass(slots=True)
class Todo:
    """A node that is still to be read.

    Args:
        label: the label of the list it is in.
        group: the number of that list.
        depth: in how many strings it was written.
        key: the key it is the value of.
    """

    node: Node
    label: str | None
    group: int
    depth: int = 0
    key: Node | None = None

    def at(self, node: Node, key: Node | None = None) -> Todo:
        """Return the same for another node."""
        return Todo(node, self.label, self.group, self.depth, key)


@dataclass(slots=True)
class Entries:
    """Reads items into the claims of one candidate; what is inside one is handed back.

    Args:
        columns: judges the keys and elements of the whole answer.
        groups: the number of the last list.
        items: how many objects or arrays are items of their own.
        keys: the labels under which mentions are listed.
        root_item: the whole of it is one item.
        numbered: claims whose count may only number them.
        lost: something was skipped that may have been a mention.
        is_valid: it is JSON.
    """

    candidate: Candidate
    columns: Columns
    groups: int = 0
    items: int = 0
    keys: set[str] = field(default_factory=set)
    root_item: bool = False
    numbered: list[Claim] = field(default_factory=list)
    lost: bool = False
    is_valid: bool = False

    @property
    def answer(self) -> Answer:
        return self.columns.answer

    def note(self, kind: str, detail: str, node: Node, *, lost: bool | None = None) -> None:
        self.lost |= kind in ("skipped", "truncated") if lost is None else lost
        self.candidate.note(kind, detail, *node.span)

    def new_group(self) -> int:
        self.groups += 1
        return self.groups

    def without_row_numbers(self) -> None:
        """Forget counts that only number the items: 1, 2, 3 of different mentions."""
        counts = [claim.count for claim in self.numbered]
        first = counts[0] if counts else None
        if first not in (0, 1) or len({claim.text for claim in self.numbered}) < 2:
            return
        if all(count == first + at for at, count in enumerate(counts)):
            for claim in self.numbered:
                claim.count = None

    def read_unnamed_counts(self) -> None:
        """Take for counts the numbers that every item has under a key nobody knows, where all of them may be."""
        claims = self.candidate.claims
        if not claims or any(claim.start is not None or claim.count is not None for claim in claims):
            return
        source = self.answer.source
        for key in claims[0].details or ():
            numbers = [(claim.details or {}).get(key) for claim in claims]
            counts = [number for number in numbers if type(number) is int]
            if len(counts) < len(claims) or max(counts) == 1 or counts == list(range(1, len(counts) + 1)):
                continue
            hits = [source.exact(claim.text).spans for claim in claims]
            if all(1 <= count <= len(spans) for count, spans in zip(counts, hits, strict=True)):
                for claim, count in zip(claims, counts, strict=True):
                    claim.count = count
                return

    def claim(
        self,
        text: Node,
        label: str,
        group: int,
        place: Place = UNSTATED,
        details: dict[str, Any] | None = None,
        item: Node | None = None,
        is_listed: bool = False,
    ) -> None:
        """Add a claim, unless its mention is cut off or none; one that `is_listed` may be several mentions."""
        if not text.complete:
            self.note("truncated", "a mention is cut off", text)
            return
        source = self.answer.source
        value = str(text.value)
        if value[:1] in _TOKEN_MARKS and not source.has(value):
            value = value[1:]
        if is_nothing(value) and not self.columns.is_inside(value):
            self.note("skipped" if value.strip() else "shape", f"{value!r:.40} is no mention", text, lost=False)
            return
        # without quotes a string that is not in a list is more than a mention
        is_mention = is_listed or self.answer.body[text.start : text.start + 1] in CLOSERS
        is_as_written = text.raw is not None and source.has(text.raw)
        parts = mentions(value, source, text.inner_quotes) if is_mention and not is_as_written else [value]
        if len(parts) > 1 and (is_listed or (place == UNSTATED and all(map(source.has, parts)))):
            self.note("shape", f"{value!r:.100} read as {', '.join(map(repr, parts))}", text)
            for part in parts:
                self.claim(replace(text, value=part, raw=None), label, group, is_listed=True)
            return
        if len(parts) == 1 and parts[0] != value:
            self.note("shape" if is_listed else "syntax", f"{value!r:.100} read as {parts[0]!r:.100}", text)
            value = parts[0]
        is_respelled = text.raw not in (None, value) and not source.exact(value)
        spellings = (text.raw or "",) if is_respelled else ()
        self.candidate.claims.append(
            Claim(
                value,
                label,
                text.span,
                start=place.start,
                end=place.end,
                count=place.count,
                spellings=spellings,
                group=group,
                cut=item is not None and not item.complete and place == UNSTATED,
                details=details,
            )
        )

    def offsets(self, node: Node, label: str, group: int, found: list[Place]) -> None:
        for place in found:
            self.candidate.claims.append(Claim("", label, node.span, start=place.start, end=place.end, group=group))

    # -- items -----------------------------------------------------------------------------------------

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
            self.note("shape", "columns in place of items", node)
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
        for at, text in enumerate(texts):
            place = found[at] if len(found) == len(texts) else UNSTATED
            self.claim(text, names[at] if at < len(names) else "", todo.group, place)

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
            if any(self.columns.is_inside(str(item.raw)) for item in numbers):
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


def as_string(node: Node) -> Node:
    """Return a number as the string that was written."""
    return replace(node, kind="string", value=node.raw, raw=None)


def _plain(node: Node, depth: int = 0) -> Any:
    """Return a value as Python knows it; what is nested deeper than anyone reads is left out."""
    if node.kind in ("array", "object") and depth >= _DEEPEST_DETAIL:
        return None
    if node.kind == "array":
        return [_plain(item, depth + 1) for item in node.value]
    if node.kind == "object":
        return {str(key.value): _plain(value, depth + 1) for key, value in node.value if key is not None}
    return node.value
