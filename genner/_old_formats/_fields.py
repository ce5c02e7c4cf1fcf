"""The fields of one item: what models call text, label, index and offsets, and how they write them."""

from __future__ import annotations

import re
from typing import TypeAlias

from genner._old_formats._loose_json import Node

__all__ = [
    "END_KEYS",
    "INDEX_KEYS",
    "LABEL_KEYS",
    "LIST_KEYS",
    "START_KEYS",
    "TEXT_KEYS",
    "Fields",
    "fields_of",
    "key_name",
    "places",
    "strings",
]

Fields: TypeAlias = dict[str, Node]

# Names are compared without case, and with `_` for spaces, hyphens and camel case.
TEXT_KEYS = tuple(
    "text mention surface word span phrase entity_text entity_name string token name entity value".split()  # noqa: SIM905
)
LABEL_KEYS = tuple(
    """label type entity_type category class tag entity_group entity_label label_ ner ner_tag kind labels types
    categories tags entity""".split()  # noqa: SIM905
)
LIST_KEYS = tuple("entities mentions texts values items words spans names examples surfaces".split())  # noqa: SIM905
INDEX_KEYS = tuple(
    "occurrence_index occurrence occurence_index occurrence_indices index occ nth order count".split()  # noqa: SIM905
)
START_KEYS = tuple(
    "start begin start_offset begin_offset start_char char_start start_index start_pos from offset".split()  # noqa: SIM905
)
END_KEYS = tuple("end stop end_offset end_char char_end end_index end_pos end_position to".split())  # noqa: SIM905
_PAIR_KEYS = tuple(
    "span offsets offset position positions location indices range char_span spans occurrences".split()  # noqa: SIM905
)
_ORDINALS = {word: at for at, word in enumerate("first second third fourth fifth sixth seventh eighth".split(), 1)}  # noqa: SIM905
_RANGE = re.compile(r"\D{0,8}(\d{1,15})\s*(?:-|–|:|,|\.\.+|to)\s*(\d{1,15})\D{0,4}")
_NUMBER = re.compile(r"[^\d-]{0,16}(-?\d{1,15})[^\d.]{0,4}")

_Place: TypeAlias = tuple["int | None", "int | None", "int | None"]


def key_name(name: str) -> str:
    """Normalise a key: `entityText`, `Entity-Text` and `entity_text` are one."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()[:100])
    return re.sub(r"[\s-]+", "_", plain).casefold()


def fields_of(node: Node) -> Fields:
    """Return the values of an object by normalised key; of a key that stands twice the first."""
    if node.kind != "object":
        return {}
    return {key_name(str(key.value)): value for key, value in reversed(node.value) if key is not None}


def strings(node: Node | None, keys: tuple[str, ...]) -> list[Node]:
    """Return the strings of a field: one, a list, or one inside an object under one of `keys`."""
    if node is None:
        return []
    if node.kind == "object" and keys:
        fields = fields_of(node)
        inner = next((fields[key] for key in keys if key in fields and fields[key].kind == "string"), None)
        return [] if inner is None else [inner]
    if node.kind == "array":
        found = [item for item in node.value if item.kind == "string"]
        return found if len(found) == len(node.value) else []
    return [node] if node.kind == "string" else []


def places(fields: Fields) -> list[_Place]:
    """Return (start, end, occurrence index) for each place an item names; one of Nones for none."""
    starts, ends = _numbers(fields, START_KEYS), _numbers(fields, END_KEYS)
    if starts and not ends and (length := _numbers(fields, ("length", "len"))):
        ends = [start + length[0] for start in starts]
    if starts and len(starts) == len(ends):
        return [(start, end, None) for start, end in zip(starts, ends, strict=True)]
    indices = _numbers(fields, INDEX_KEYS)
    if starts or ends:
        return [(starts[0] if starts else None, ends[0] if ends else None, indices[0] if indices else None)]
    for key in _PAIR_KEYS:
        pairs = _pairs(fields.get(key))
        if pairs:
            return [(start, end, None) for start, end in pairs]
    if indices:
        return [(None, None, index) for index in indices]
    return [(None, None, None)]


def _pairs(node: Node | None) -> list[tuple[int, int]]:
    if node is None:
        return []
    if node.kind == "object":
        fields = fields_of(node)
        starts, ends = _numbers(fields, START_KEYS), _numbers(fields, END_KEYS)
        return [(starts[0], ends[0])] if starts and ends else []
    if node.kind == "string" and node.complete:
        match = _RANGE.fullmatch(node.value)
        return [(int(match[1]), int(match[2]))] if match else []
    if node.kind != "array":
        return []
    whole = [_whole(item) for item in node.value]
    numbers = [number for number in whole if number is not None]
    if len(numbers) == len(whole) == 2:
        return [(numbers[0], numbers[1])]
    return [pair for item in node.value if item.kind in ("array", "object") for pair in _pairs(item)[:1]]


def _numbers(fields: Fields, keys: tuple[str, ...]) -> list[int]:
    """Return the numbers of the first of `keys` that has any: one, or a list of them."""
    for key in keys:
        node = fields.get(key)
        if node is None:
            continue
        if node.kind == "array" and key not in _PAIR_KEYS:
            listed = [_whole(item) for item in node.value]
            found = [number for number in listed if number is not None]
            if found and len(found) == len(listed):
                return found
        elif (number := _whole(node)) is not None:
            return [number]
    return []


def _whole(node: Node) -> int | None:
    """Read an offset or index: an int, an integral float, digits or an ordinal in a string."""
    value = node.value
    if not node.complete or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        return int(match[1]) if match else _ORDINALS.get(value.strip().casefold())
    return None
