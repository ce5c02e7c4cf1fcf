"""The numbers of an item: offsets and counts, in the forms in which models write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from genner.formats.json.nodes import Node
from genner.formats.keys import key_name, role_of

__all__ = ["UNSTATED", "Place", "place_in_text", "place_of_numbers", "places", "range_of", "whole"]

_ORDINALS = {word: at for at, word in enumerate("first second third fourth fifth sixth seventh eighth".split(), 1)}  # noqa: SIM905
_NUMBER = re.compile(r"[^\d-]{0,16}(-?\d{1,15})(?:[^\d.]{0,4}|\.| of \d{1,9})")
_COUNTED = re.compile(r"\s+(?:occurrence|mention|instance|time|one)\Z")
_RANGE = re.compile(r"\D{0,8}(\d{1,15})\s*(?:-|–|:|,|\.\.+|to)\s*(\d{1,15})\D{0,4}")
_LIST = re.compile(r"\s*\d{1,9}(?:\s*[,;]\s*\d{1,9})+\s*")
_LAST = 1000
"""The last of the places of one mention that a range of counts may name."""

_DEEPEST_PLACE = 2
"""How many lists and objects may be around the numbers of an item."""

_PAIR_KEYS = frozenset(("span", "spans", "location", "locations", "occurrences", "char_interval", "interval"))


@dataclass(frozen=True, slots=True)
class Place:
    """What an item states of one place of its mention."""

    start: int | None = None
    end: int | None = None
    count: int | None = None


UNSTATED = Place()


def whole(node: Node) -> int | None:
    """Read an offset or a count: an int, an integral float, digits or an ordinal in a string."""
    value = node.value
    if not node.complete or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, str) and len(value) < 40:
        match = _NUMBER.fullmatch(value)
        return int(match[1]) if match else _ORDINALS.get(_COUNTED.sub("", value.strip().casefold()))
    return None


def places(fields: dict[str, Node]) -> list[Place]:
    """Return each place that the fields of an item state; one that states nothing where there is none."""
    found: dict[str, list[int]] = {}
    pairs: list[Place] = []
    for name, node in fields.items():
        role = role_of(name)
        if role in ("start", "end", "count", "number"):
            numbers = _numbers(node)
            if role == "count" and not numbers and node.kind == "string" and (run := range_of(node.value)) is not None:
                numbers = [*range(run.start or 1, min(run.end or 0, _LAST) + 1)]  # `1-3`
            if numbers and (role not in found or role == name):
                found[role] = numbers
        if (role == "offsets" or key_name(name) in _PAIR_KEYS) and not pairs:
            pairs = _pairs(node)
            if not pairs and (single := _numbers(node)):
                found.setdefault("start", single)
    starts, ends = found.get("start", []), found.get("end", [])
    if starts and not ends and "length" in fields and (size := whole(fields["length"])) is not None:
        ends = [start + size for start in starts]
    if starts and len(starts) == len(ends):
        return [Place(start, end) for start, end in zip(starts, ends, strict=True)]
    counts = found.get("count") or found.get("number") or []
    if starts or ends:
        return [Place(starts[0] if starts else None, ends[0] if ends else None, counts[0] if counts else None)]
    return pairs or [Place(count=count) for count in counts] or [UNSTATED]


def place_in_text(fields: dict[str, Node], mention: str, text: str) -> list[Place]:
    """Return the place of two numbers that lead to the mention itself, whatever they are called."""
    nodes = list(fields.values())
    for _ in range(_DEEPEST_PLACE):
        nodes = [part for node in nodes for part in _parts(node)]
    numbers = [node.value for node in nodes if type(node.value) is int]
    for start, end in map(sorted, pairwise(numbers)):
        for behind in (end, end + 1):  # the end may be inclusive
            if mention and 0 <= start < behind and text[start:behind] == mention:
                return [Place(start, behind)]
    return []


def _parts(node: Node) -> list[Node]:
    if node.kind == "object":
        return [value for _, value in node.value]
    return node.value if node.kind == "array" else [node]


def place_of_numbers(numbers: list[int], before_text: bool) -> Place:
    """Read the numbers of an array: one is a count, two are offsets; a third, before the text, numbers the item."""
    if len(numbers) > 2 and before_text:
        numbers = numbers[1:]
    if len(numbers) == 1:
        return Place(count=numbers[0])
    return Place(numbers[0], numbers[1]) if numbers else UNSTATED


def range_of(text: str) -> Place | None:
    """Read two offsets in a string: `0-8`, `(0, 8)`, `[0:8]`."""
    match = _RANGE.fullmatch(text) if len(text) < 60 else None
    return Place(int(match[1]), int(match[2])) if match else None


def _numbers(node: Node) -> list[int]:
    if node.kind == "array":
        listed = [whole(item) for item in node.value]
        return [number for number in listed if number is not None] if None not in listed else []
    if node.kind == "string" and node.complete and len(node.value) < 400 and _LIST.fullmatch(node.value):
        return [int(part) for part in re.findall(r"\d+", node.value)]
    number = whole(node)
    return [] if number is None else [number]


def _pairs(node: Node) -> list[Place]:
    if node.kind == "object":
        fields = {str(key.value): value for key, value in node.value if key is not None and value.kind == "scalar"}
        return [place for place in places(fields) if place.start is not None and place.end is not None]
    if node.kind == "string" and node.complete and len(node.value) < 60:
        found = range_of(node.value)
        return [] if found is None else [found]
    if node.kind != "array":
        return []
    numbers = [whole(item) for item in node.value]
    if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:
        return [Place(numbers[0], numbers[1])]
    return [pair for item in node.value if item.kind == "object" or _is_pair(item) for pair in _pairs(item)[:1]]


def _is_pair(node: Node) -> bool:
    return node.kind == "array" and len(node.value) == 2 and all(item.kind == "scalar" for item in node.value)
