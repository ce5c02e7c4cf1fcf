"""JSON as models write it: a parser that keeps positions, invents nothing and never stops.

What `json.loads` reads is read just so.  Beyond that: single, curly and missing quotes, unescaped quotes inside
strings, raw newlines, comments, missing, double and trailing commas, brackets that are missing, doubled or of the
wrong kind, Python literals, tuples, sets and calls such as `set()`, full-width punctuation, `...`, bad escapes.
Keys that are there twice are both kept.  A value that the end of the output cuts off is marked incomplete instead of
being completed.  Nothing is recursive, and no character is looked at more than a bounded number of times.
"""

from __future__ import annotations

# long because the rules for what a mark means read and change one stack together
import re
from dataclasses import dataclass, field

from genner.formats.json.nodes import Frame, Node, Problem, has_sibling, parse_valid, read_bare, unescape
from genner.formats.json.quotes import ALONE, CLOSERS, KEY, QUOTED_KEY, SAME, find_end, following, is_stray, swallows

__all__ = ["Node", "Problem", "parse", "parse_members"]

_REACH = 8
"""How many open brackets a closing one may close at once."""

_DEEPEST = 200
"""Open brackets in broken JSON; what is nested deeper is no answer, and slow to read."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*", re.S)
_OBJECT = re.compile(r"\s*\{")
_STRAY = re.compile(r"[|\\<>^~;.\0\ud800]\s?(?=[\[{])")
"""A character before a bracket that belongs to nothing."""

_BEFORE_KEY = re.compile(r"""[^\s"'\[\]{}]\s?(?="[^"\n]{1,80}"\s?:)|\[\s?(?=["'][^"'\n]{1,80}["']\s?\]\s?[=:])""")
_FOR_COMMA = re.compile(r":\s?\"[^\"\n]{0,200}\"\s?(?:\]|,\s?\"[^\"\n]{0,200}\"\s?[,\]])")
"""A colon in a list, behind which the list goes on."""

_FOR_COLON = re.compile(r";\s?(?:[\[{]|\"[^\"\n]{0,200}\"\s?[,}])")
"""A semicolon behind a key, and its value."""

_CALL = re.compile(r"[A-Za-z_]\w{0,60}(?=\()|new\s[\w.<>, ]{1,60}(?=[({])")
_DASH = re.compile(r"[-*•][ \t]+(?=[\"'{\[\w])")
_COMMA = re.compile(r"\s*[,，]")
_KEY_WITHOUT_QUOTE = re.compile(r"\w[^\"\n:]{0,60}\"\s*:")
_VALUE_ONLY = re.compile(r"\s*[\"'\[{]")
_KINDS = {"{": "object", "}": "object", "[": "array", "]": "array", "(": "array", ")": "array"}


def parse(text: str, at: int) -> tuple[Node, list[Problem]]:
    """Parse the value at `at`, where a bracket or a quote opens it; it ends at `.end` of the node."""
    problems: list[Problem] = []
    node = parse_valid(text, at, problems)
    if node is not None and not QUOTED_KEY.match(text, node.end):
        return node, problems
    parser = _Parser(text, at)
    char = parser.char()
    return parser.run(parser.open(char) if char in "[{(" else parser.read_scalar()), parser.problems


def parse_members(text: str, at: int) -> tuple[Node, list[Problem]]:
    """Parse the members of an object without braces, `"PER": ["Ann"], "LOC": []`, from the first key on."""
    parser = _Parser(text, at)
    root = Node("object", [], at, len(text), complete=False)
    parser.problem("missing braces", at)
    parser.stack.append(Frame(root, implicit=True))
    return parser.run(root), parser.problems


@dataclass(slots=True)
class _Parser:
    text: str
    at: int
    problems: list[Problem] = field(default_factory=list)
    stack: list[Frame] = field(default_factory=list)

    def problem(self, detail: str, start: int, end: int | None = None) -> None:
        self.problems.append(Problem(detail, start, start + 1 if end is None else end))

    def run(self, root: Node) -> Node:
        while self.stack:
            self.skip_space()
            if len(self.stack) > _DEEPEST:
                self.problem("brackets nested deeper than in any answer", self.at, len(self.text))
                self.at = len(self.text)
            if self.at >= len(self.text):
                self.cut()
                break
            char = self.char()
            frame = self.stack[-1]
            if char in CLOSERS and is_stray(self.text, self.at):
                self.problem("a quote too many", self.at)
                self.at += 1
            elif char in "]}" or (char == ")" and any(frame.tuple for frame in self.stack[-4:])):
                self.close(char)
            elif char in ",;":
                self.comma()
            elif char in "-*•" and _DASH.match(self.text, self.at) and self.dash(frame):
                pass
            elif char in ":=":
                self.colon(frame)
            elif frame.node.kind == "object" and not frame.colon:
                self.member(frame, char)
            else:
                self.element(frame, char)
        return root

    def char(self) -> str:
        char = self.text[self.at]
        if char in SAME:
            self.problem("full-width punctuation", self.at)
            return SAME[char]
        return char

    def skip_space(self) -> None:
        while True:
            _, after = following(self.text, self.at)
            if "\\" in self.text[self.at : after]:
                self.problem("escaped white space between values", self.at, after)
            self.at = after
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return
            self.problem("a comment", self.at, comment.end())
            self.at = comment.end()

    # -- values --------------------------------------------------------------------------------------

    def element(self, frame: Frame, char: str) -> None:
        """Read an element of an array, or the value behind a key."""
        if frame.node.kind == "array" and not frame.comma:
            self.problem("a missing comma", self.at)
        call = _CALL.match(self.text, self.at)
        if char in "[{(":
            self.open(char)
        elif _STRAY.match(self.text, self.at):
            self.problem("a stray character", self.at)
            self.at += 1
        elif call is not None:
            self.problem(f"the call {call[0]}()", self.at, call.end())
            self.at = call.end()
        else:
            node = self.read_scalar()
            if node.kind == "nothing":
                self.problem("an ellipsis", node.start, node.end)
                frame.comma = True
            else:
                self.attach(node)

    def open(self, char: str, *, implicit: bool = False) -> Node:
        node = Node("object" if char == "{" else "array", [], self.at, len(self.text), complete=False)
        if char == "(":
            self.problem("parentheses for brackets", self.at)
        if self.stack:
            self.attach(node)
        self.stack.append(Frame(node, tuple=char == "(", implicit=implicit))
        if not implicit:
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

    def comma(self) -> None:
        frame = self.stack[-1]
        if frame.colon and _VALUE_ONLY.match(self.text, self.at + 1) and not KEY.match(self.text, self.at + 1):
            self.problem("a comma too many", self.at)
            self.at += 1
            return
        if frame.key is not None:
            self.without_value(frame)
        elif frame.comma:
            self.problem("a comma too many", self.at)
        frame.comma = True
        self.at += 1

    # -- keys ----------------------------------------------------------------------------------------

    def member(self, frame: Frame, char: str) -> None:
        """Read the key of an object."""
        if frame.implicit and not frame.comma and not KEY.match(self.text, self.at):
            self.end(self.stack.pop(), self.at)  # members without braces end where no key follows
            return
        if char == "{":
            self.object_in_object(frame)
            return
        stray = _BEFORE_KEY.match(self.text, self.at)
        if char in "[(" and stray is None:  # a value without a key
            frame.key, frame.colon = Node("string", "", self.at, self.at), True
            self.open(char)
            return
        if not frame.comma:
            self.problem("a missing comma", self.at)
            frame.comma = True
        if stray is not None:
            self.problem("a stray character", self.at, stray.end())
            self.at = stray.end()
        key = self.read_key()
        self.skip_space()
        frame.key = key
        mark = self.char() if self.at < len(self.text) else ""
        if mark in (",", "]", "}") and self.colon_after(mark):
            mark = ":"
        if mark in (":", "=") or (mark == ";" and _FOR_COLON.match(self.text, self.at)):
            if mark == ";":
                self.problem("a semicolon in place of a colon", self.at)
            self.at += 2 if self.text.startswith(("=>", ":="), self.at) else 1
            frame.colon = True
        elif mark and key.complete and (mark in "[{" or mark in CLOSERS or mark.isdigit()):
            self.problem("a missing colon", self.at)
            frame.colon = True
        else:
            if mark and mark not in ",}]":
                self.without_value(frame)
            frame.comma = True

    def read_key(self) -> Node:
        char = self.text[self.at]
        if char in CLOSERS:
            key = self.read_string(as_key=True)
            if key.inner_quotes:
                key.value = key.value.strip("\"'“”")
            return key
        key = self.read_bare()
        self.problem("an unquoted key", key.start, key.end)
        name, sign, _ = str(key.raw).partition("=")
        if name and sign:  # `text="Ann"`; otherwise a quote may be behind the key, which was read
            self.at = min(self.at, key.start + len(name))
        key.kind, key.value = "string", name.rstrip() if name else str(key.raw)
        return key

    def colon_after(self, mark: str) -> bool:
        """Skip a mark between a key and its colon; a bracket in place of the colon is one too."""
        char, after = following(self.text, self.at + 1)
        is_sign = char == ":" or (char == "=" and mark == "]")
        if not is_sign and char not in ("[", "{") and (mark == "," or char not in CLOSERS):
            return False
        self.problem(f"{mark!r} before a colon or in place of one", self.at)
        self.at = after if is_sign else self.at
        return True

    def without_value(self, frame: Frame) -> None:
        """A key alone: an element of a set, one more value of the key before it, or a key without its value."""
        key, colon = frame.key, frame.colon
        frame.key, frame.colon = None, False
        if key is None:
            return
        pairs = frame.node.value
        before = pairs[-1][1] if pairs else None
        if colon or not key.complete or before is None or before.kind in ("nothing", "object"):
            self.problem("a key without a value", key.start, key.end)
            pairs.append((key, Node("nothing", None, key.end, key.end, key.complete)))
            return
        self.problem("missing brackets around several values", key.start, key.end)
        if before.kind != "array":
            before = Node("array", [before], before.start, before.end)
            pairs[-1] = (pairs[-1][0], before)
        before.value.append(key)
        before.end = key.end

    def colon(self, frame: Frame) -> None:
        """Read a colon behind a key; behind a string of an array, that was not closed or an object not opened."""
        self.at += self.text.startswith(("=>", ":="), self.at)
        items = frame.node.value
        key = frame.key if frame.node.kind == "object" else items[-1] if items else None
        char, _ = following(self.text, self.at + 1)
        is_array = frame.node.kind == "array"
        if key is None or frame.colon or (is_array and (key.kind != "string" or frame.comma or char in ("", *"]},"))):
            self.problem("a colon too many", self.at)
        elif is_array:
            self.key_in_array(frame, key, char)
            return
        frame.colon = key is not None and not is_array
        self.at += 1

    def key_in_array(self, frame: Frame, key: Node, char: str) -> None:
        """Read a colon behind a string of an array: that was not closed before it, or an object not opened."""
        items = frame.node.value
        outer = self.stack[-2].node if len(self.stack) > 1 else None
        in_object = outer is not None and outer.kind == "object"
        if in_object and (colon := _FOR_COMMA.match(self.text, self.at)) and (len(items) > 1 or "," in colon[0]):
            self.problem("a colon in place of a comma", self.at)
            self.at += 1
            frame.comma = True
            return
        items.pop()
        if in_object and ((items and not has_sibling(items, key)) or char in ("[", "{")):
            self.problem("a missing closing bracket", key.start)
            self.end(frame, key.start)
            self.stack.pop()
        else:
            self.problem("a missing opening brace", key.start)
            self.open("{", implicit=True).start = key.start
        inner = self.stack[-1]
        inner.key, inner.colon = key, True
        self.at += 1

    def object_in_object(self, frame: Frame) -> None:
        """An opening brace where a key is expected: the object before it was never closed, or one brace is too many."""
        if len(self.stack) > 1 and frame.node.value:
            self.problem("a missing closing brace", self.at)
            self.end(frame, self.at)
            self.stack.pop()
        else:
            self.problem("a brace too many", self.at)
            self.at += 1

    def dash(self, frame: Frame) -> bool:
        """Skip the dash of a list item; it ends an object that nothing opened."""
        if frame.colon or not (frame.implicit or frame.node.kind == "array"):
            return False
        self.problem("a dash before an item", self.at)
        if frame.implicit and frame.node.value and len(self.stack) > 1:
            self.end(self.stack.pop(), self.at)
        self.at += 1
        self.stack[-1].comma = True
        return True

    # -- ends ----------------------------------------------------------------------------------------

    def close(self, char: str) -> None:
        """Close what a bracket closes: its own kind, else what makes sense of what follows."""
        kind = _KINDS[char]
        depth = len(self.stack) - 1
        frame = self.stack[-1]
        in_object = depth > 0 and self.stack[-2].node.kind == "object"
        if frame.node.kind == "array" and frame.comma and not in_object and QUOTED_KEY.match(self.text, self.at + 1):
            self.problem(f"{char!r} in place of an opening brace", self.at)
            self.open("{")
            return
        if frame.node.kind != kind:
            depth = self.mismatched(kind)
        elif (frame.colon or not self.fits(depth)) and self.fits(depth + 1):
            depth += depth == 0 or not _COMMA.match(self.text, self.at + 1)  # behind a comma an item lost its brace
        if depth == len(self.stack):
            self.problem(f"an unexpected {char!r}", self.at)
        while len(self.stack) > depth + 1:
            self.problem("a missing closing bracket", self.at)
            self.end(self.stack.pop(), self.at)
        if len(self.stack) > depth:
            frame = self.stack.pop()
            if frame.node.kind != kind:
                self.problem(f"{char!r} in place of another bracket", self.at)
            elif frame.comma and frame.node.value and frame.key is None:
                self.problem("a trailing comma", self.at)
            self.end(frame, self.at + 1)
        self.at += 1

    def mismatched(self, kind: str) -> int:
        """Return the depth down to which a bracket of another kind closes: of three readings the first that fits."""
        top = len(self.stack) - 1
        depths = [n for n in range(top, max(-1, top - _REACH), -1) if self.stack[n].node.kind == kind][:1]
        # missing brackets, the wrong bracket, a bracket too many; in the middle of a member only the last
        readings = (
            (top + 1, *depths, top) if self.stack[top].colon or self.stack[top].comma else (*depths, top, top + 1)
        )
        for depth in readings:
            if self.fits(depth):
                return depth
        return depths[0] if depths else top + (not self.stack[top].node.value)

    def fits(self, depth: int) -> bool:
        """Tell whether what follows a bracket fits when all from `depth` on is closed."""
        char, after = following(self.text, self.at + 1)
        if not char:
            return True
        if depth == len(self.stack):
            return self.goes_on(char, after)
        if depth == 0:
            patterns = (ALONE, QUOTED_KEY) if char in CLOSERS else (_KEY_WITHOUT_QUOTE,) if after == self.at + 1 else ()
            return char not in ",:]}" and not any(pattern.match(self.text, after) for pattern in patterns)
        if self.stack[depth - 1].node.kind == "array":
            return char == "]" or (char == "," and not KEY.match(self.text, after + 1))
        return char == "}" or KEY.match(self.text, after + (char == ",")) is not None

    def goes_on(self, char: str, at: int) -> bool:
        """Tell whether the innermost array or object goes on at `at`."""
        frame = self.stack[-1]
        if frame.colon:
            return char in "[{-" or char in CLOSERS or (char.isalnum() and at == self.at + 1)
        if frame.node.kind == "object":
            return (
                char == "}" or (char == ":" and frame.key is not None) or bool(KEY.match(self.text, at + (char == ",")))
            )
        items = frame.node.value
        if len(self.stack) > 1 or not items:
            if char in ",":  # an object is seldom the first element of an array inside an item of a list
                in_item = not items and len(self.stack) > 2 and self.stack[-3].node.kind == "array"
                return not (KEY.match(self.text, at + 1) or (in_item and _OBJECT.match(self.text, at + 1)))
            if char in CLOSERS:
                return (frame.comma or ALONE.match(self.text, at) is not None) and not KEY.match(self.text, at)
            return char == "]" or (frame.comma and (char in "[{" or (char.isalnum() and at == self.at + 1)))
        if char == "," or frame.comma:  # at the root, only more of the same may follow
            char, _ = following(self.text, at + (char == ","))
            return char == self.text[items[-1].start] and char != "["
        return char == "]"

    def end(self, frame: Frame, at: int) -> None:
        self.without_value(frame)
        frame.node.end = at
        frame.node.complete = True

    def cut(self) -> None:
        """The output ends inside a value."""
        for frame in self.stack:
            if frame.key is not None:
                frame.colon = True  # its value was to come
                self.without_value(frame)
            frame.node.end = len(self.text)
            frame.node.complete = frame.implicit and len(self.stack) == 1
        self.stack.clear()

    # -- strings and words -----------------------------------------------------------------------------

    def read_scalar(self) -> Node:
        return self.read_string(as_key=False) if self.text[self.at] in CLOSERS else self.read_bare()

    def read_string(self, *, as_key: bool) -> Node:
        start = self.at
        if self.text[start] != '"':
            self.problem(f"{self.text[start]} for a quote", start)
        frame = self.stack[-1] if self.stack else None
        in_array = frame is None or frame.node.kind == "array"
        in_tuple = frame is not None and frame.tuple
        end = find_end(self.text, start, self.text[start], as_key=as_key, in_array=in_array, in_tuple=in_tuple)
        if self.text[start] != '"' and swallows(self.text, start, end):
            end = find_end(self.text, start, '"', as_key=as_key, in_array=in_array, in_tuple=in_tuple)
        if end.problem:
            self.problem(end.problem, start, end.next)
        self.at = end.next
        raw = self.text[start + 1 : end.content]
        node = Node("string", raw, start, self.at, complete=not end.cut, inner_quotes=end.inner)
        if "\\" in raw:
            node.value, bad = unescape(raw)
            node.raw = raw
            if bad:
                self.problem("a bad escape", start, self.at)
        if "\n" in raw:
            self.problem("a raw newline in a string", start, self.at)
        return node

    def read_bare(self) -> Node:
        node, problem, self.at = read_bare(self.text, self.at, bool(self.stack) and self.stack[-1].tuple)
        if problem:
            self.problem(problem, node.start, self.at)
        return node
