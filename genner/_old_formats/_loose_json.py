"""JSON as models write it: a parser that keeps positions, invents nothing and never stops.

It reads what `json.loads` reads, and: single, curly and missing quotes, unescaped quotes inside
strings, raw newlines, comments, trailing, double and missing commas, missing brackets, Python
literals, tuples, sets and calls such as `set()`, full-width punctuation, `...`, bad escapes.  Keys
that stand twice are both kept.  A value that the end of the output cuts off is marked incomplete
instead of being completed.  Nothing is recursive, and no character is looked at more than a
bounded number of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from genner._old_formats._literals import NUMBER, STRICT_NUMBER, WORDS, number, unescape

__all__ = ["Node", "Problem", "parse_loose", "parse_string"]

_LOOKAHEAD_QUOTES = 12
_LOOKAHEAD_CHARS = 2000

_DEEPEST = 200
_OPENERS = re.compile(r"[\[{(\s]+")
_SKIP = re.compile(r"(?:[\s\ufeff\u200b]|//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)*", re.S)
_SPACE = re.compile(r"\s*")
_CLOSERS = {
    '"': '"”',
    "'": "'’",
    "“": '”"“',
    "”": '”"',
    "„": '“”"',
    "‘": "’'",
    "’": "’'",
    "`": "`",
    "«": "»",
    "＂": "＂",
}
_STOPS = {quote: re.compile(f"[{re.escape(closers)}]|" + r"\\") for quote, closers in _CLOSERS.items()}
_BARE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，]+")
_BARE_IN_TUPLE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，)]+")
_CALL = re.compile(r"[A-Za-z_]\w*(?=\()")
_SAME = {"［": "[", "］": "]", "｛": "{", "｝": "}", "：": ":", "，": ",", "；": ";", "（": "(", "）": ")", "、": ","}
"""Full-width punctuation, which means the same outside of strings."""
_KEY = re.compile(r"\s*(?:[\"'“‘][^\"'”’\n:]{1,60}[\"'”’]|[^\W\d]\w{0,40})\s*[:=：]")
_VALUE = re.compile(r"\s*(?:[\"'“‘\[{\]}.…#/()［］｛｝]|-?\d|null\b|None\b|true\b|false\b|True\b|False\b|NaN\b|\Z)")


@dataclass(slots=True)
class Problem:
    """Something that is not JSON, and where."""

    detail: str
    start: int
    end: int


@dataclass(slots=True)
class Node:
    """A parsed value and its place in the output.

    Args:
        kind: `"object"` (value: list of key and value nodes), `"array"` (list of nodes),
            `"string"`, `"scalar"` (number, boolean, None) or `"skip"` (an ellipsis, nothing).
        complete: the value was not cut off by the end of the output.
        raw: of a string with escapes, the characters as they stand.
    """

    kind: str
    value: Any
    start: int
    end: int
    complete: bool = True
    raw: str | None = None


@dataclass(slots=True)
class _Frame:
    node: Node
    tuple: bool = False  # opened by a parenthesis
    key: Node | None = None
    colon: bool = False  # a colon followed the key
    comma: bool = True  # a value may follow


@dataclass(slots=True)
class _Parser:
    text: str
    at: int
    problems: list[Problem] = field(default_factory=list)
    stack: list[_Frame] = field(default_factory=list)

    def problem(self, detail: str, start: int, end: int | None = None) -> None:
        self.problems.append(Problem(detail, start, start + 1 if end is None else end))

    def run(self) -> Node:
        """Parse the value whose opening bracket stands at `at`."""
        root = self.open(self.char())
        while self.stack:
            self.skip_space()
            if self.at >= len(self.text):
                self.cut()
                break
            char = self.char()
            frame = self.stack[-1]
            if char in "]}" or (char == ")" and any(frame.tuple for frame in self.stack[-4:])):
                self.close(char)
            elif char in ",;":
                self.comma()
            elif char in "[{(":
                if char == "{" and frame.node.kind == "object" and not frame.colon:
                    self.object_in_object()
                else:
                    self.before_value()
                    self.open(char)
            elif frame.node.kind == "object" and not frame.colon:
                self.read_key(frame)
            elif frame.node.kind == "array" and char == ":" and self.key_in_array(frame):
                pass
            else:
                self.before_value()
                call = _CALL.match(self.text, self.at)
                if call is not None:
                    self.problem(f"the call {call[0]}()", self.at, call.end())
                    self.at = call.end()
                else:
                    self.add(self.read_scalar())
        return root

    def char(self) -> str:
        char = self.text[self.at]
        if char in _SAME:
            self.problem("full-width punctuation", self.at)
            return _SAME[char]
        return char

    def key_in_array(self, frame: _Frame) -> bool:
        """A colon behind a string of an array: the array was not closed before this key."""
        if len(self.stack) < 2 or self.stack[-2].node.kind != "object" or len(frame.node.value) < 2:
            return False
        key = frame.node.value[-1]
        if key.kind != "string" or not key.complete:
            return False
        frame.node.value.pop()
        self.problem("a missing closing bracket", key.start)
        self.end(frame, key.start)
        self.stack.pop()
        self.stack[-1].key, self.stack[-1].colon = key, True
        self.at += 1
        return True

    def skip_space(self) -> None:
        match = _SKIP.match(self.text, self.at)
        assert match is not None  # the pattern matches the empty string
        if match.end() > self.at:
            skipped = match[0].strip(" \t\r\n")
            if skipped:
                self.problem("a comment", self.at, match.end())
            self.at = match.end()

    def open(self, char: str) -> Node:
        if len(self.stack) >= _DEEPEST:
            run = _OPENERS.match(self.text, self.at)
            self.problem("brackets that are nested too deeply", self.at)
            self.at = run.end() if run is not None else self.at + 1
            return self.stack[-1].node
        kind = "object" if char == "{" else "array"
        node = Node(kind, [], self.at, len(self.text), complete=False)
        if char == "(":
            self.problem("parentheses for brackets", self.at)
        if self.stack:
            self.attach(node)
        self.stack.append(_Frame(node, tuple=char == "("))
        self.at += 1
        return node

    def attach(self, node: Node) -> None:
        """Put a value into the innermost open array or object."""
        frame = self.stack[-1]
        if frame.node.kind == "array":
            frame.node.value.append(node)
        else:
            frame.node.value.append((frame.key, node))
            frame.key, frame.colon = None, False
        frame.comma = False

    def add(self, node: Node) -> None:
        if node.kind == "skip":
            self.problem("an ellipsis", node.start, node.end)
            self.stack[-1].comma = True
        else:
            self.attach(node)

    def before_value(self) -> None:
        frame = self.stack[-1]
        if frame.node.kind == "array" and not frame.comma:
            self.problem("a missing comma", self.at)

    def comma(self) -> None:
        frame = self.stack[-1]
        if frame.key is not None:
            self.without_value(frame)
        elif frame.comma:
            self.problem("a comma too many", self.at)
        frame.comma = True
        self.at += 1

    def without_value(self, frame: _Frame) -> None:
        """A key alone: an element of a set, or a key whose value was left out."""
        key = frame.key
        if key is not None:
            self.problem("a key without a value", key.start, key.end)
            frame.node.value.append((key, Node("skip", None, key.end, key.end, key.complete)))
            frame.key, frame.colon = None, False

    def object_in_object(self) -> None:
        """An opening brace where a key should be: the object before it was never closed."""
        self.problem("a missing closing brace", self.at)
        frame = self.stack[-1]
        if len(self.stack) > 1 and frame.node.value:
            self.end(frame, self.at)
            self.stack.pop()
        else:
            frame.key = Node("string", "", self.at, self.at)
            frame.colon = True
            self.open("{")

    def close(self, char: str) -> None:
        kind = "object" if char == "}" else "array"
        depth = next(
            (
                n
                for n in range(len(self.stack) - 1, max(-1, len(self.stack) - 9), -1)
                if self.stack[n].node.kind == kind
            ),
            -1,
        )
        if depth < 0:
            self.problem(f"an unexpected {char!r}", self.at)
            if len(self.stack) == 1:  # the wrong bracket, but the only one that can be meant
                self.end(self.stack.pop(), self.at + 1)
            self.at += 1
            return
        while len(self.stack) > depth + 1:
            self.problem("a missing closing bracket", self.at)
            self.end(self.stack.pop(), self.at)
        frame = self.stack.pop()
        if frame.comma and frame.node.value and frame.key is None:
            self.problem("a trailing comma", self.at)
        self.end(frame, self.at + 1)
        self.at += 1

    def end(self, frame: _Frame, at: int) -> None:
        self.without_value(frame)
        frame.node.end = at
        frame.node.complete = True

    def cut(self) -> None:
        """The output ends inside a value."""
        for frame in self.stack:
            frame.node.end = len(self.text)
        self.stack.clear()

    def read_key(self, frame: _Frame) -> None:
        if not frame.comma:
            self.problem("a missing comma", self.at)
            frame.comma = True
        char = self.text[self.at]
        if char in _CLOSERS:
            key = self.read_string(char, as_key=True)
        elif char == ":":
            key = Node("string", "", self.at, self.at)
        else:
            key = self.read_bare()
            self.problem("an unquoted key", key.start, key.end)
            key.value = str(key.raw)
            key.kind = "string"
        self.skip_space()
        frame.key = key
        following = self.char() if self.at < len(self.text) else ""
        if following in (":", "="):
            self.at += 2 if self.text.startswith(("=>", ":="), self.at) else 1
            frame.colon = True
        elif following and following in "[{" and key.complete:
            self.problem("a missing colon", self.at)
            frame.colon = True
        else:
            if following and following not in ",}]":
                self.without_value(frame)
            frame.comma = True

    def read_scalar(self) -> Node:
        char = self.text[self.at]
        if char in _CLOSERS:
            return self.read_string(char, as_key=False)
        return self.read_bare()

    def read_bare(self) -> Node:
        """Read characters without quotes: a number, a literal, or a string that lost its quotes."""
        start = self.at
        match = (_BARE_IN_TUPLE if self.stack[-1].tuple else _BARE).match(self.text, start)
        end = match.end() if match else start + 1
        word = self.text[start:end].rstrip()
        self.at = start + max(len(word), 1)
        complete = self.at < len(self.text)
        if word in ("...", "…", "etc.", "…,"):
            return Node("skip", None, start, self.at, complete, word)
        if NUMBER.match(word):
            if not STRICT_NUMBER.match(word):
                self.problem(f"the number {word:.20}", start, self.at)
            return Node("scalar", number(word), start, self.at, complete, word)
        if word in WORDS:
            return Node("scalar", WORDS[word], start, self.at, complete, word)
        if word in ("NaN", "Infinity", "-Infinity", "nan", "inf"):
            self.problem(f"{word} is not JSON", start, self.at)
            return Node("scalar", None, start, self.at, complete, word)
        self.problem("a string without quotes", start, self.at)
        return Node("string", word, start, self.at, complete, word)

    def read_string(self, quote: str, *, as_key: bool) -> Node:
        start = self.at
        if quote != '"':
            self.problem(f"{quote} for a quote", start)
        end, closed = self.string_end(quote, start + 1, as_key)
        self.at = end + 1 if closed else end
        raw = self.text[start + 1 : end]
        node = Node("string", raw, start, self.at, complete=closed or end < len(self.text))
        if "\\" in raw:
            node.value, bad = unescape(raw)
            node.raw = raw
            if bad:
                self.problem("a bad escape", start, self.at)
        if "\n" in raw:
            self.problem("a raw newline in a string", start, self.at)
        return node

    def string_end(self, quote: str, at: int, as_key: bool) -> tuple[int, bool]:
        """Find the quote that ends a string: the first that something fitting follows."""
        stops = _STOPS[quote]
        first = -1
        seen = 0
        position = at
        while True:
            match = stops.search(self.text, position)
            if match is None:
                break
            if match[0] == "\\":
                position = match.end() + 1
                continue
            if match[0] == "”" and quote == '"' and self.text.rfind("“", at, match.start()) >= 0:
                position = match.end()  # curly quotes of the mention
                continue
            if self.ends_here(match.start(), as_key):
                if first >= 0 and (
                    '":' in self.text[first : match.start() + 2] or "\n" in self.text[first : match.start()]
                ):
                    break  # it would swallow the next key
                if first >= 0:
                    self.problem("unescaped quotes in a string", at - 1, match.end())
                return match.start(), True
            if first < 0:
                first = match.start()
                if _KEY.match(self.text, first) and self.text[at:first].rstrip()[-1:] in ("{", ","):
                    # this quote opens the next key: the string before lost its own
                    self.problem("a missing closing quote", at - 1, first)
                    return at + len(self.text[at:first].rstrip(" \t\r\n,{[]}")), False
            seen += 1
            position = match.end()
            if seen >= _LOOKAHEAD_QUOTES or position - at > _LOOKAHEAD_CHARS:
                break
        if first >= 0:
            self.problem("text after a string", first)
            return first, True
        return len(self.text), False

    def is_set(self) -> bool:
        """Tell whether the open object has had no value so far."""
        pairs = self.stack[-1].node.value
        return not pairs or pairs[-1][1].kind == "skip"

    def ends_here(self, at: int, as_key: bool) -> bool:
        text = self.text
        space = _SPACE.match(text, at + 1)
        after = space.end() if space else at + 1
        following = text[after : after + 1]
        following = _SAME.get(following, following)
        if not following:
            return True
        if as_key:
            return following in ":=" or (following in ",}" and self.is_set())
        if following in "]}" or (following == ")" and self.stack[-1].tuple):
            return True
        in_array = self.stack[-1].node.kind == "array"
        if following == ",":
            return (
                bool((_VALUE if in_array else _KEY).match(text, after + 1))
                or (not in_array and text[after + 1 : after + 40].lstrip()[:1] in ("", "}", "]", "{", ",", "/", "#"))
                or (in_array and text[after + 1 : after + 40].lstrip()[:1] == ",")
            )
        if in_array:
            return (after > at + 1 and following in _CLOSERS) or following in "/#"
        return following in "/#;" or _KEY.match(text, at + 1) is not None


def parse_loose(text: str, at: int) -> tuple[Node, list[Problem]]:
    """Parse the array or object that opens at `at`; it ends at `.end` of the node."""
    parser = _Parser(text, at)
    return parser.run(), parser.problems


def parse_string(text: str, at: int) -> tuple[str, int, int]:
    """Parse the string whose quote stands at `at`.

    Returns:
        Its value, start and end.
    """
    parser = _Parser(text, at)
    parser.stack.append(_Frame(Node("array", [], at, len(text))))
    node = parser.read_string(text[at], as_key=False)
    return node.value, node.start, node.end
