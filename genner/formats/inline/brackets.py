"""Finding `[text | LABEL]` and what models write in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from genner.formats.inline.literal import SourceMarks
from genner.formats.inline.marked import LoneLabel, Mark, Marked
from genner.formats.naming import MAX_CHARS, MAX_WORDS

__all__ = ["find_brackets"]

_CONTENT_CHARS = 1000
"""A longer bracket is read only by the label behind its pipe, so that nested ones cost linear time."""

_MOST_PIPES = 8
_TOKEN = re.compile(r"[\[\]{}()<>|]")
_OPENER = {"]": "[", "}": "{", ")": "(", ">": "<"}
_PIECE = re.compile(r"[^\s,:;/=>()→{}\"'*]+")
_BEHIND = re.compile(
    r"(?:[ \t]?[_^]|[ \t])?(?P<open>[({]*)[ \t]*(?:\\?(?:text|rm)\{)?(?P<name>[^\s(){}\[\]|.,;'’\"]+)\s*[)}]*"
)
_GOES_ON = re.compile(r"\][ \t]?\|([^\[\]|\n]{1,60})\]")
_BEHIND_LABEL = ".,;:/\\|{<>\"'`\0"
"""What may be written where the bracket behind a label is missing."""

_CUT_LABEL = re.compile(rf"[\w .-]{{,{MAX_CHARS}}}")
"""What the end of an output may leave of a label."""

_NUMBER = re.compile(r"\d{0,9}\.?\d{1,9}%?")


def find_brackets(marked: Marked, source: SourceMarks) -> None:
    """Find the mentions in brackets, and labels in brackets behind their mentions."""
    if "[" in marked.view.text or "|" in marked.view.text or "(" in marked.view.text:
        _Brackets(marked, source).run()


@dataclass(slots=True)
class _Frame:
    kind: str
    start: int
    pipes: list[int] = field(default_factory=list)
    inner: Mark | None = None
    is_text: bool = False


class _Brackets:
    def __init__(self, marked: Marked, source: SourceMarks) -> None:
        self.marked = marked
        self.source = source
        self.text = marked.view.text
        self.is_given = marked.answer.source.given
        self.stacks: dict[str, list[_Frame]] = {kind: [] for kind in "[{(<"}
        self.last_closed = -1
        self.surplus = self.text.count("[") - self.text.count("]")
        self.odd: dict[str, tuple[int, int]] = {}

    def run(self) -> None:
        escaped, hidden = self.marked.view.escaped, self.marked.hidden
        for match in _TOKEN.finditer(self.text):
            at, char = match.start(), match[0]
            if hidden[at]:
                continue
            if at in escaped:
                if char in self.stacks:
                    self.stacks[char].append(_Frame(char, at, is_text=True))
                continue
            if char == "|":
                innermost = self.innermost()
                if innermost is not None:
                    innermost.pipes.append(at)
            elif char in self.stacks:
                self.stacks[char].append(_Frame(char, at))
            else:
                self.closer(_OPENER[char], at)
        for frame in sorted((frame for stack in self.stacks.values() for frame in stack), key=lambda one: -one.start):
            if frame.kind == "[" and not frame.is_text:
                self.unclosed(frame)
        for detail, place in self.odd.items():
            self.marked.note("syntax", detail, *place)

    def innermost(self) -> _Frame | None:
        tops = [stack[-1] for stack in self.stacks.values() if stack]
        return max(tops, key=lambda frame: frame.start, default=None)

    def strange(self, detail: str, start: int, end: int) -> None:
        """Report a deviation once, at its first place."""
        self.odd.setdefault(detail, (start, end))

    def closer(self, kind: str, at: int) -> None:
        stack = self.stacks[kind]
        square = self.stacks["["][-1] if self.stacks["["] else None
        if kind != "[" and square and square.pipes and square.start > (stack[-1].start if stack else -1):
            name = self.text[square.pipes[-1] + 1 : at] if at - square.pipes[-1] <= MAX_CHARS else ""
            if self.marked.is_label(name):
                self.strange("the wrong closing bracket", at, at + 1)
                kind, stack = "[", self.stacks["["]
        if not stack:
            if kind == "[":
                self.unopened(at)
            return
        goes_on = None if kind != "[" or stack[-1].pipes or stack[-1].is_text else _GOES_ON.match(self.text, at)
        if goes_on is not None and self.marked.is_label(goes_on[1]):
            self.marked.hide(at, at + 1)
            self.strange("a closing bracket too many", at, at + 1)
            return
        frame = stack.pop()
        for other in self.stacks.values():  # what is open inside of it is never closed
            while other and other[-1].start > frame.start:
                frame.pipes += other.pop().pipes
        frame.pipes.sort()
        if not frame.is_text:
            self.closed(frame, at)

    def closed(self, frame: _Frame, at: int) -> None:
        outer = self.innermost()
        if (
            1 < len(frame.pipes) <= _MOST_PIPES
            and frame.kind == "["
            and self.stacks["["]
            and self.never_closed(frame, at)
        ):
            below = self.stacks["["].pop()
            below.pipes = frame.pipes[1:]
            self.closed(below, at)
            return
        if at - frame.start <= 2 * MAX_CHARS + 80 and self.source.has_bracket(self.marked.plain(frame.start, at + 1)):
            return
        before = len(self.marked.marks)
        if frame.pipes:
            self.with_pipe(frame, at)
        elif frame.inner is not None and self.text[frame.inner.whole[0]] == frame.kind and self.doubles(frame, at):
            pass
        elif frame.kind in "[(" and at - frame.start <= _CONTENT_CHARS:
            self.without_pipe(frame, at)
        if outer is not None:
            outer.inner = self.marked.marks[-1] if len(self.marked.marks) > before else frame.inner
        self.last_closed = at

    def doubles(self, frame: _Frame, at: int) -> bool:
        """Read `[[text | LABEL]]`: brackets around nothing but a marked mention."""
        low, high = frame.inner.whole if frame.inner else (0, 0)
        if self.text[frame.start + 1 : low].strip() or self.text[high:at].strip():
            return False
        self.strange("doubled brackets", frame.start, at + 1)
        self.marked.hide(frame.start, low)
        self.marked.hide(high, at + 1)
        if frame.inner:
            frame.inner.whole = (frame.start, at + 1)
        return True

    def never_closed(self, frame: _Frame, at: int) -> bool:
        """Read `[the [Bush | PER administration | ORG]`, where the first label has no bracket behind it."""
        low, high = frame.pipes[0], frame.pipes[1]
        end = self.label_end(low + 1, min(high, low + MAX_CHARS))
        if end is None or not (self.text[end:high].strip() or self.surplus > 0):
            return False
        self.surplus -= 1
        self.strange("an opening bracket without a closing one", frame.start, end)
        self.add(frame.start, frame.start + 1, low, [self.text[low + 1 : end]], end)
        return True

    def label_end(self, low: int, high: int) -> int | None:
        """Return where a known label ends that begins at `low`; of several the longest."""
        words = list(re.finditer(r"\S+", self.text[low:high]))[:MAX_WORDS]
        for word in reversed(words):
            name = self.text[low : low + word.end()].rstrip(_BEHIND_LABEL)
            if self.marked.is_label(name):
                return low + len(name)
        return None

    # -- with a pipe ------------------------------------------------------------------------------

    def with_pipe(self, frame: _Frame, at: int) -> None:
        """Read `[text | LABEL]`, `[text | LABEL | 0.98]`, `[LABEL | text]`."""
        edges = [*frame.pipes[-_MOST_PIPES:], at]
        parts = [self.text[low + 1 : min(high, low + _CONTENT_CHARS)].strip() for low, high in pairwise(edges)]
        is_label = self.marked.is_label
        first = next((n for n, part in enumerate(parts) if is_label(part)), None)
        if first is None and frame.kind == "[":
            first = next((n for n, part in enumerate(parts) if part and self.marked.means_label(part)), None)
        head = self.text[frame.start + 1 : edges[0]].strip() if edges[0] - frame.start <= _CONTENT_CHARS else ""
        if first is None and len(parts) == 1 and is_label(head):
            self.strange("label and text are swapped", frame.start, at + 1)
            self.add(frame.start, edges[0] + 1, at, [head], at + 1)
            return
        if first is None and frame.kind != "[":
            return
        if first is None:
            named = [n for n, part in enumerate(parts) if not _NUMBER.fullmatch(part)]
            first = named[0] if len(parts) > 1 and named else 0
            if not self.marked.may_be_label(parts[first]):
                return
        names = [part for part in parts[first:] if is_label(part)] or [parts[first]]
        rest = [part for n, part in enumerate(parts[first:]) if n and part and not is_label(part)]
        self.check_form(frame, edges[first], at, frame.kind, len(parts))
        self.add(frame.start, frame.start + 1, edges[first], names, at + 1, _details(rest))

    def check_form(self, frame: _Frame, pipe: int, at: int, kind: str, parts: int) -> None:
        text = self.text
        if kind != "[":
            self.strange(f"{kind} in place of [", frame.start, at + 1)
        elif parts > 1:
            self.strange("more than a label in a bracket", frame.start, at + 1)
        elif text[pipe - 1 : pipe + 2] != " | " or text[at - 1].isspace() or text[frame.start + 1].isspace():
            self.strange("spaces around the markup", frame.start, at + 1)

    # -- without a pipe -----------------------------------------------------------------------------

    def without_pipe(self, frame: _Frame, at: int) -> None:
        """Read `[text LABEL]`, `[LABEL: text]`, `[text]{LABEL}` and a label alone."""
        content = self.marked.plain(frame.start + 1, at)
        if not content.strip() or "\n" in content.strip():
            return
        if self.marked.is_label(content):
            self.marked.lone.append(LoneLabel(content.strip(), frame.start, at + 1))
            return
        if frame.kind != "[":
            return
        behind = _BEHIND.match(self.text, at + 1, at + 2 * MAX_CHARS)
        if behind is not None and self.names_bracket(behind, content):
            self.strange("a label behind its bracket", frame.start, behind.end())
            end = behind.end() if behind["open"] else behind.end("name")
            self.add(frame.start, frame.start + 1, at, [behind["name"]], end)
            return
        found = self.label_inside(frame.start + 1, at)
        if found is not None and not (self.is_given and self.marked.in_source(content)):
            low, high, name = found
            self.strange("a bracket without a pipe", frame.start, at + 1)
            self.add(frame.start, low, high, [name], at + 1)

    def names_bracket(self, behind: re.Match[str], content: str) -> bool:
        if self.marked.is_label(behind["name"]):
            return True
        is_attached = bool(behind["open"]) or behind[0].lstrip()[:1] in ("_", "^")
        name = behind["name"]
        is_name = name.isupper() and len(name) > 1 and name.replace("_", "").isalnum()
        return is_attached and is_name and self.is_given and self.marked.in_source(content)

    def label_inside(self, low: int, high: int) -> tuple[int, int, str] | None:
        """Find a label at the end or the start of a bracket; return the mention's offsets and the label."""
        pieces = list(_PIECE.finditer(self.text, low, high))
        for count in range(min(MAX_WORDS, len(pieces) - 1), 0, -1):
            start, end = pieces[-count].start(), pieces[-1].end()
            name = self.text[start:end]
            if self.marked.is_label(name) or (count == 1 and self.looks_printed(name, low, start, high)):
                return low, pieces[-count - 1].end(), name
            start, end = pieces[0].start(), pieces[count - 1].end()
            if self.marked.is_label(self.text[start:end]):
                return pieces[count].start(), high, self.text[start:end]
        return None

    def looks_printed(self, name: str, low: int, start: int, high: int) -> bool:
        """Read `[PU.1 PROTEIN]`, as the paper's tables print it, also where no label set is known."""
        if self.marked.answer.labels is not None or not self.is_given or not re.fullmatch(r"[A-Z][A-Z_]+\d?", name):
            return False
        return self.marked.in_source(self.text[low:start].strip()) and not self.marked.in_source(self.text[low:high])

    # -- brackets that do not match -------------------------------------------------------------------

    def unopened(self, at: int) -> None:
        """Read a closing bracket alone: `EU | ORG] rejects`."""
        near = max(0, at - _CONTENT_CHARS)
        line = max(near, self.text.rfind("\n", near, at) + 1, self.text.rfind("]", near, at) + 1)
        pipe = self.text.rfind("|", max(line, at - MAX_CHARS - 2), at)
        name = self.text[pipe + 1 : at].strip() if pipe >= 0 else ""
        is_label = bool(name) and (
            self.marked.is_label(name) or (self.marked.answer.labels is None and self.marked.may_be_label(name))
        )
        if not is_label:
            if not self.source.has_square and self.is_given:
                self.marked.hide(at, at + 1)
                self.strange("a closing bracket too many", at, at + 1)
            return
        end = pipe
        while end > line and self.text[end - 1].isspace():
            end -= 1
        start = self.marked.before(end)
        self.strange("a closing bracket without an opening one", pipe, at + 1)
        self.marked.hide(end, at + 1)
        if any(char.isalnum() for char in self.text[start:end]):
            self.marked.marks.append(Mark(name, start, end, (start, at + 1), guessed=True))

    def unclosed(self, frame: _Frame) -> None:
        """Read an opening bracket alone: `[EU | ORG rejects`, or the end of the output."""
        size = len(self.text)
        is_last = self.last_closed < frame.start
        if frame.pipes:
            pipe = frame.pipes[0]
            end = self.label_end(pipe + 1, min(size, pipe + 1 + MAX_CHARS))
            if end is not None:
                is_end = size - end <= MAX_CHARS and not self.text[end:].strip()
                if not (is_end and self.may_go_on(self.text[pipe + 1 : end].strip())):
                    detail = "an opening bracket without a closing one"
                    self.marked.note("truncated" if is_end else "syntax", detail, frame.start, end)
                    self.add(frame.start, frame.start + 1, pipe, [self.text[pipe + 1 : end]], end)
                    return
            self.marked.hide(pipe, size if is_last and _CUT_LABEL.fullmatch(self.text, pipe + 1) else pipe + 1)
        elif self.source.has_square or not self.is_given:
            return  # most likely a bracket of the text
        self.marked.hide(frame.start, frame.start + 1)
        mention = self.text[frame.start + 1 : frame.start + 60].split("\n")[0].split("|")[0]
        kind = "truncated" if is_last else "syntax"
        self.marked.note(kind, f"the bracket before {mention.strip()!r:.60} is never closed", frame.start, size)

    def may_go_on(self, name: str) -> bool:
        """Tell whether a label that the output ends with could be the beginning of another."""
        labels = self.marked.answer.labels
        return labels is not None and any(other != name and other.startswith(name) for other in labels)

    def add(
        self, start: int, low: int, high: int, names: list[str], after: int, details: dict[str, object] | None = None
    ) -> None:
        """Record a mention at `low` to `high`; the rest of `start` to `after` is markup."""
        while low < high and self.text[low].isspace():
            low += 1
        while high > low and self.text[high - 1].isspace():
            high -= 1
        self.marked.hide(start, low)
        self.marked.hide(high, after)
        for name in names:
            self.marked.marks.append(Mark(name.strip(), low, high, (start, after), details=details))


def _details(rest: list[str]) -> dict[str, object] | None:
    """Keep what a bracket says behind the label: a number is how sure the model is."""
    details: dict[str, object] = {}
    for part in rest:
        if _NUMBER.fullmatch(part):
            number = float(part.rstrip("%"))
            details.setdefault("confidence", number / 100 if part.endswith("%") else number)
        else:
            details.setdefault("remark", part)
    return details or None
