"""Parsed JSON that knows where it was written, the strict parser that makes it, and values without quotes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

__all__ = ["Frame", "Kind", "Node", "Problem", "has_sibling", "parse_valid", "parts_of", "read_bare", "unescape"]

Kind: TypeAlias = Literal["object", "array", "string", "scalar", "nothing"]

_string: Any = json.decoder.scanstring  # type: ignore[attr-defined]
_DEEPEST = 2000
"""Open brackets; `json.loads` reads fewer."""

_STRICT_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_TOKEN = re.compile(
    r"[ \t\n\r]*(?:(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<colon>:)|(?P<quote>\")"
    rf"|(?P<word>null|true|false|NaN|-?Infinity)|(?P<number>{_STRICT_NUMBER.pattern}))"
)
_WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?\Z|0[xX][0-9a-fA-F]+\Z")
_LITERALS = {"null": None, "None": None, "undefined": None, "true": True, "True": True, "false": False, "False": False}
_NOT_NUMBERS = frozenset(("NaN", "Infinity", "-Infinity", "nan", "inf"))
_BARE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，]+")
_BARE_IN_TUPLE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，)]+")
_THOUSANDS = re.compile(r"(?<=\d),\d{3}(?:\.\d+)?(?!\d)")
_QUOTE_END = re.compile(r"[\"”]\s*(?=[,:\]}=]|\Z)")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_SURROGATES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")


class Problem(NamedTuple):
    """Something that is not JSON, and where; `read` where `json.loads` reads it all the same, such as `NaN`."""

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

    @property
    def span(self) -> tuple[int, int]:
        """Its place in the output, one character at least."""
        return self.start, max(self.end, self.start + 1)


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


def parts_of(root: Node) -> list[Node]:
    """Return a value and all that is in it, keys included."""
    parts = [root]
    for part in parts:
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
    except ValueError:  # a bad string or a number too long
        return None


def _parse(text: str, at: int, problems: list[Problem]) -> Node | None:
    stack: list[Frame] = []
    expected = (
        "value"  # or "first" behind an opening bracket, "key", "colon", "comma" or a closing bracket in its place
    )
    while len(stack) < _DEEPEST and (match := _TOKEN.match(text, at)) is not None:
        kind, at = str(match.lastgroup), match.end()
        start = match.start(kind)
        frame = stack[-1] if stack else None
        in_array = frame is None or frame.node.kind == "array"
        if kind == "close":
            if frame is None or expected not in ("first", "comma") or in_array is not (text[start] == "]"):
                return None
            node = stack.pop().node
            node.end = at
        elif kind in ("comma", "colon"):
            if expected != kind:
                return None
            expected = "value" if in_array or kind == "colon" else "key"
            continue
        else:
            node = _value(text, start, at, kind)
            at = node.end
            if frame is not None and (expected == "key" or (expected == "first" and not in_array)):
                if kind != "quote":
                    return None
                frame.key, expected = node, "colon"
                continue
            if expected not in ("value", "first"):
                return None
            if node.raw in _WORDS and isinstance(node.value, float):
                problems.append(Problem(f"{node.raw} is no number of JSON", node.start, node.end, True))
            if frame is not None:
                frame.node.value.append(node if in_array else (frame.key, node))
            if kind == "open":
                stack.append(Frame(node))
                expected = "first"
                continue
        if not stack:
            return node
        expected = "comma"
    return None


def _value(text: str, at: int, end: int, kind: str) -> Node:
    """Return the value that begins with a token; an array or object is still empty."""
    if kind == "quote":
        value, end = _string(text, end, True)
        return Node("string", value, at, end, raw=text[at + 1 : end - 1] if len(value) != end - at - 2 else None)
    written = text[at:end]
    if kind == "open":
        return Node("array" if written == "[" else "object", [], at, end)
    if kind == "word":
        return Node("scalar", _WORDS[written], at, end, raw=written)
    number = int(written) if written.lstrip("-").isdecimal() else float(written)
    return Node("scalar", number, at, end, raw=written)


def _number(word: str) -> int | float | None:
    """Read a number; None when `word` is no number, or has more digits than an int may have."""
    if not _NUMBER.match(word):
        return None
    try:
        if word[:2] in ("0x", "0X"):
            return int(word, 16)
        return int(word) if word.lstrip("+-").isdigit() else float(word)
    except ValueError:
        return None


def unescape(raw: str) -> tuple[str, bool]:
    """Resolve JSON escapes, and tell whether some were bad; a backslash that begins no escape stays as it is."""
    bad = False

    def one(match: re.Match[str]) -> str:
        nonlocal bad
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            bad = bad or code[0] == "x"
            return chr(int(code[1:], 16))
        if code in _SIMPLE:
            return _SIMPLE[code]
        bad = True
        return match[0]

    result = _ESCAPE.sub(one, raw)
    return _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), result), bad


def read_bare(text: str, start: int, in_tuple: bool) -> tuple[Node, str, int]:
    """Read a number, a word or a string without quotes: its node, what is wrong with it, and where reading goes on."""
    match = (_BARE_IN_TUPLE if in_tuple else _BARE).match(text, start)
    stop = match.end() if match else start + 1
    while not text[start].isdigit() and (match := _THOUSANDS.match(text, stop)):  # `$1,200`, but not `[1,200]`
        stop = match.end()
    word = text[start:stop].rstrip()
    end = start + max(len(word), 1)
    node = Node("scalar", None, start, end, end < len(text), word)
    problem = ""
    if word in ("...", "…", "etc."):
        node.kind = "nothing"
    elif (value := _number(word)) is not None:
        node.value = value
        problem = "" if _STRICT_NUMBER.fullmatch(word) else f"the number {word:.20}"
    elif word in _LITERALS:
        node.value = _LITERALS[word]
    elif word in _NOT_NUMBERS:
        problem = f"{word} is no number"
    else:
        node.kind, node.value = "string", unescape(word)[0] if "\\u" in word else word
        problem = "a string without quotes"
    if _QUOTE_END.match(text, end):
        return node, "a missing opening quote", end + 1
    return node, problem, end
