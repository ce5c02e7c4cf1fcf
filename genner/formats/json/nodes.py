"""Parsed JSON that knows where it was written, and the strict parser that makes it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["Frame", "Kind", "Node", "Problem", "has_sibling", "move", "parse_valid"]

Kind: TypeAlias = Literal["object", "array", "string", "scalar", "nothing"]

_string: Any = json.decoder.scanstring  # type: ignore[attr-defined]
_DEEPEST = 2000
"""Open brackets; `json.loads` reads fewer."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"null|true|false|NaN|-?Infinity")
_WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}


class Problem(NamedTuple):
    """Something that is not JSON, and where.

    Args:
        read: `json.loads` reads it all the same, such as `NaN`.
    """

    detail: str
    start: int
    end: int
    read: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """A parsed value and its place in the output.

    Args:
        kind: `"object"` (value: list of key and value nodes), `"array"` (list of nodes), `"string"`,
            `"scalar"` (number, boolean, None) or `"nothing"` (a value that was left out).
        complete: the value was not cut off by the end of the output.
        raw: of a string with escapes, and of a scalar, the characters as written.
        inner_quotes: the string has quotes inside that were not escaped.
    """

    kind: Kind
    value: Any
    start: int
    end: int
    complete: bool = True
    raw: str | None = None
    inner_quotes: bool = False


@dataclass(slots=True)
class Frame:
    """An array or object that is still open.

    Args:
        key: the key whose value comes next.
        colon: a colon followed it.
        comma: a value may follow.
        tuple: a parenthesis opened it.
        implicit: nothing opened it.
    """

    node: Node
    key: Node | None = None
    colon: bool = False
    comma: bool = True
    tuple: bool = False
    implicit: bool = False


def has_sibling(items: list[Node], key: Node) -> bool:
    """Tell whether the last objects of an array have this key."""
    return any(
        name is not None and name.value == key.value
        for item in items[-3:]
        if item.kind == "object"
        for name, _ in item.value[:20]
    )


def move(root: Node, start: int, end: int) -> list[Node]:
    """Put all that is in a value to one place, and return it."""
    parts = [root]
    for part in parts:
        part.start, part.end = start, end
        if part.kind == "array":
            parts += part.value
        elif part.kind == "object":
            parts += [each for pair in part.value for each in pair if each is not None]
    return parts


def parse_valid(text: str, at: int, problems: list[Problem]) -> Node | None:
    """Parse the JSON value at `at` as `json.loads` does; None when it is not valid JSON.

    `problems` receives what `json.loads` reads although it is not JSON, such as `NaN`.
    Keys that are there twice are kept, and what follows the value is not looked at.
    """
    try:
        return _parse(text, at, problems)
    except (ValueError, StopIteration, IndexError):  # a bad string, a number too long, the end of the text
        return None


def _parse(text: str, at: int, problems: list[Problem]) -> Node | None:
    space = _SPACE.match
    stack: list[tuple[Node, Node | None]] = []  # open arrays and objects, each with the key it belongs to
    key: Node | None = None
    while len(stack) < _DEEPEST:
        at = space(text, at).end()  # type: ignore[union-attr]  # matches the empty string
        char = text[at]
        if char == '"':
            node = _read_string(text, at)
        elif char in "[{":
            node = Node("array" if char == "[" else "object", [], at, at + 1)
            at = space(text, at + 1).end()  # type: ignore[union-attr]
            if text[at] != ("]" if char == "[" else "}"):
                stack.append((node, key))
                key = None
                if char == "{":
                    if text[at] != '"':
                        return None
                    key, at = _read_key(text, at)
                continue
            node.end = at + 1
        else:
            scalar = _read_scalar(text, at)
            if scalar is None:
                return None
            node = scalar
            if isinstance(node.value, float) and node.raw in _WORDS:
                problems.append(Problem(f"{node.raw} is no number of JSON", node.start, node.end, True))
        while True:  # a value is complete: put it where it belongs, and see what follows
            if not stack:
                return node
            parent, parent_key = stack[-1]
            parent.value.append(node if parent.kind == "array" else (key, node))
            at = space(text, node.end).end()  # type: ignore[union-attr]
            char = text[at]
            if char == ",":
                key = None
                if parent.kind == "object":
                    at = space(text, at + 1).end()  # type: ignore[union-attr]
                    if text[at] != '"':
                        return None
                    key, at = _read_key(text, at)
                else:
                    at += 1
                break
            if char != ("]" if parent.kind == "array" else "}"):
                return None
            parent.end = at + 1
            stack.pop()
            node, key = parent, parent_key
    return None


def _read_key(text: str, at: int) -> tuple[Node, int]:
    key = _read_string(text, at)
    at = _SPACE.match(text, key.end).end()  # type: ignore[union-attr]
    if text[at] != ":":
        raise ValueError("no colon")
    return key, at + 1


def _read_string(text: str, at: int) -> Node:
    value, end = _string(text, at + 1, True)
    node = Node("string", value, at, end)
    if len(value) != end - at - 2:
        node.raw = text[at + 1 : end - 1]
    return node


def _read_scalar(text: str, at: int) -> Node | None:
    match = _WORD.match(text, at)
    value: Any
    if match is not None:
        value = _WORDS[match[0]]
    else:
        match = _NUMBER.match(text, at)
        if match is None:
            return None
        value = float(match[0]) if match[2] or match[3] else int(match[0])
    return Node("scalar", value, at, match.end(), raw=match[0])
