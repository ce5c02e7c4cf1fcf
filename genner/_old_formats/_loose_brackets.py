"""Finding `[text | LABEL]` as models write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from genner._old_formats._labels import MAX_CHARS, MAX_WORDS
from genner._old_formats._lines import split_line
from genner._old_formats._marked import Finder, Group, Marked
from genner.types import LabelSet

__all__ = ["find_brackets"]

_CONTENT_CHARS = 1000
"""Longer brackets are not looked into, so that nested ones cost linear time."""

_SAME = {"［": "[", "］": "]", "【": "[", "】": "]", "〔": "[", "〕": "]", "｜": "|", "¦": "|", "│": "|", "∣": "|"}
_OTHERS = ("{}", "()", "<>")
_INNERMOST = {
    pair: re.compile(rf"[{pair[0]}][^{pair}|\n]{{1,400}}\|([^{pair}|\n]{{1,60}})[{pair[1]}]") for pair in _OTHERS
}
_ESCAPED = re.compile(r"\\(?=[\[\]|])")
_TOKEN = re.compile(r"[\[\]|]|[)}>]")
_AFTER = re.compile(r"\s?[_^]?[({\\]*(?:text|rm)?\{?\s*([^\s(){}\[\]|]+)\s*[)}]*")


def find_brackets(output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]) -> Marked:
    """Find `[text | LABEL]` and what models write in its place."""
    return _Brackets(output, text, labels, known_text).run()


@dataclass(slots=True)
class _Frame:
    start: int
    pipes: list[int] = field(default_factory=list)


class _Brackets(Finder):
    def run(self) -> Marked:
        self.output = self.marked.output = self.plain_brackets()
        stack: list[_Frame] = []
        for match in _TOKEN.finditer(self.output):
            at, char = match.start(), match[0]
            if char == "[":
                stack.append(_Frame(at))
            elif char == "|":
                if stack:
                    stack[-1].pipes.append(at)
            elif char != "]":
                if stack and stack[-1].pipes and self.known(self.output[stack[-1].pipes[-1] + 1 : at][:MAX_CHARS]):
                    self.marked.trouble("syntax", "the wrong closing bracket", at, at + 1)
                    self.close(stack, at)
            elif stack:
                self.close(stack, at)
            else:
                self.unopened(at)
        self.last_closer = self.output.rfind("]")
        for frame in reversed(stack):
            self.unclosed(frame)
        return self.marked

    def plain_brackets(self) -> str:
        """Write other kinds of brackets, which the source has not, as square ones; offsets stay."""
        output = self.output
        foreign = {char for char in _SAME if char in output and not self.in_source(char)}
        if foreign:
            self.marked.trouble("syntax", "other brackets or bars", output.index(min(foreign)), 0)
            output = output.translate({ord(char): _SAME[char] for char in foreign})
        if "\\" in output and not (self.in_source("\\[") or self.in_source("\\]")):
            output, count = _ESCAPED.subn(" ", output)
            if count:
                self.marked.trouble("syntax", "escaped brackets", 0, 0)
        if "|" not in output:
            return output
        for pair in _OTHERS:
            if pair[0] not in output:
                continue
            places = [match for match in _INNERMOST[pair].finditer(output) if self.known(match[1].strip())]
            if not places:
                continue
            self.marked.trouble("syntax", f"{pair} for []", places[0].start(), places[0].end())
            if self.in_source(pair[0]) or self.in_source(pair[1]):
                chars = list(output)
                for match in places:
                    chars[match.start()], chars[match.end() - 1] = "[", "]"
                output = "".join(chars)
            else:
                output = output.replace(pair[0], "[").replace(pair[1], "]")
        return output

    def close(self, stack: list[_Frame], at: int) -> None:
        frame = stack.pop()
        if len(frame.pipes) > 1 and stack and self.never_closed(frame, at):
            outer = stack[-1]
            outer.pipes = frame.pipes[1:]
            self.close(stack, at)
            return
        is_short = at - frame.start <= _CONTENT_CHARS
        if is_short and self.in_source("[") and self.in_source(self.marked.said(frame.start, at + 1)):
            return  # the source has these brackets
        if not (frame.pipes and self.with_pipe(frame, at)) and is_short:
            self.without_pipe(frame.start, at)

    def never_closed(self, frame: _Frame, at: int) -> bool:
        """Read `[the [Bush | PER administration | ORG]`, where the first label has no bracket behind it."""
        low, high = frame.pipes[0], frame.pipes[1]
        end = self.label_end(low + 1, min(high, low + MAX_CHARS))
        if end is None or not self.output[end:high].strip():
            return False
        self.marked.trouble("syntax", "an opening bracket without a closing one", frame.start, end)
        self.add(frame.start, frame.start + 1, low, self.output[low + 1 : end], end)
        return True

    def label_end(self, low: int, high: int) -> int | None:
        """Return where a known label ends that begins at `low`; of several the longest."""
        words = list(re.finditer(r"\S+", self.output[low:high]))[:MAX_WORDS]
        for word in reversed(words):
            name = self.output[low : low + word.end()].rstrip(".,;:")
            if self.known(name):
                return low + len(name)
        return None

    def with_pipe(self, frame: _Frame, at: int) -> bool:
        edges = [frame.start, *frame.pipes, at]
        parts = [self.output[low + 1 : min(high, low + _CONTENT_CHARS)] for low, high in pairwise(edges)]
        first = len(parts) - 1
        while first > 1 and (self.known(parts[first - 1]) or not parts[first - 1]):
            first -= 1  # several labels, each behind its pipe
        names = [part.strip() for part in parts[first:]]
        if not self.known(names[-1]) and self.known(parts[0]) and len(parts) == 2:
            self.marked.trouble("syntax", "label and text are swapped", frame.start, at + 1)
            self.add(frame.start, frame.pipes[0] + 1, at, parts[0], at + 1)
            return True
        if not all(self.can_be_label(name) for name in names):
            return False
        end = edges[first]
        if (
            self.output[end - 1 : end + 2] != " | "
            or self.output[frame.start + 1].isspace()
            or parts[-1] != f" {parts[-1].strip()}"
        ):
            self.marked.trouble("syntax", "spaces around the markup", frame.start, at + 1)
        if len(names) > 1:
            self.marked.trouble("syntax", "several labels in one bracket", frame.start, at + 1)
        for name in [name for name in names if name] or [""]:
            self.add(frame.start, frame.start + 1, end, name, at + 1)
        return True

    def without_pipe(self, start: int, at: int) -> None:
        content = self.marked.said(start + 1, at)
        if "\n\n" in content:
            return
        if self.known(content):
            self.label_alone(content, start, at)
            return
        found = self.last_word(start, at) or self.first_word(start, at, content)
        if found is not None:
            self.marked.trouble("syntax", "a bracket without a pipe", start, at + 1)
            self.add(start, found[0], found[1], found[2], at + 1)
            return
        after = _AFTER.match(self.output[: at + 2 * MAX_CHARS], at + 1) if content.strip() else None
        if after is not None and (self.known(after[1]) or self.subscript(after, content)):
            self.marked.trouble("syntax", "a label behind its bracket", start, after.end())
            self.add(start, start + 1, at, after[1], after.end())

    def label_alone(self, name: str, start: int, at: int) -> None:
        """Read `Rome [LOC]`: the label stands behind a mention that is not marked."""
        end = start
        while end > 0 and self.output[end - 1] == " ":
            end -= 1
        first = self.before(end)
        self.marked.hide(end, at + 1)
        self.marked.trouble("syntax", "a label in brackets behind its mention", start, at + 1)
        if first < end:
            self.marked.groups.append(Group(name, first, end, guessed=True))

    def subscript(self, after: re.Match[str], content: str) -> bool:
        marked_so = after[0].lstrip()[:1] in ("_", "^", "(", "{")
        return (
            marked_so
            and after[1].isupper()
            and len(after[1]) > 1
            and self.known_text(content)
            and not self.in_source(after[0])
        )

    def last_word(self, start: int, at: int) -> tuple[int, int, str] | None:
        """Read `[PU.1 PROTEIN]`, as the paper's tables print it."""
        content = self.output[start + 1 : at].rstrip(" )")
        for words in range(1, MAX_WORDS):
            pieces = content.rsplit(None, words)
            if len(pieces) <= words:
                break
            name = content[len(pieces[0]) :].strip().lstrip("(")
            is_label = self.known(name)
            if not is_label and words == 1 and self.labels is None and self.text is not None:
                is_label = re.fullmatch(r"[A-Z][A-Z_]+\d?", name) is not None and self.known_text(pieces[0])
                is_label = is_label and not self.known_text(content)
            if is_label:
                end = start + 1 + len(pieces[0].rstrip(" (:,;/=>→-"))
                return (start + 1, end, name) if end > start + 1 else None
        return None

    def first_word(self, start: int, at: int, content: str) -> tuple[int, int, str] | None:
        """Read `[LABEL: text]` and `[text: LABEL]`."""
        if self.labels is None or self.known_text(content):
            return None
        found = split_line(content, self.labels, self.known_text)
        if found is None:
            words = content.split(None, 1)
            if len(words) == 2 and self.known(words[0].strip(":-")) and self.known_text(words[1]):
                found = words[1].strip(), words[0].strip(":-")
        if found is None:
            return None
        text, name = found
        inner = self.output.rfind(text, start + 1, at)
        return (inner, inner + len(text), name) if inner >= 0 else None

    def add(self, start: int, low: int, high: int, name: str, after: int) -> None:
        """Record a group whose text is `low` to `high`; the rest of it is markup."""
        while low < high and self.output[low].isspace():
            low += 1
        while high > low and self.output[high - 1].isspace():
            high -= 1
        self.marked.hide(start, low)
        self.marked.hide(high, after)
        self.marked.groups.append(Group(name.strip(), low, high))

    def unopened(self, at: int) -> None:
        """A closing bracket alone: `EU | ORG] rejects`."""
        near = max(0, at - _CONTENT_CHARS)
        line = max(near, self.output.rfind("\n", near, at) + 1, self.output.rfind("]", near, at) + 1)
        pipe = self.output.rfind("|", line, at)
        name = self.output[pipe + 1 : at].strip() if pipe >= 0 else ""
        if not (self.known(name) or (self.labels is None and self.can_be_label(name) and name)):
            if not self.in_source("]"):
                self.marked.hide(at, at + 1)
                self.marked.trouble("syntax", "a closing bracket too many", at, at + 1)
            return
        if self.in_source(self.output[pipe : at + 1]):
            return
        end = pipe
        while end > line and self.output[end - 1].isspace():
            end -= 1
        start = self.before(end)
        self.marked.hide(end, at + 1)
        self.marked.trouble("syntax", "a closing bracket without an opening one", pipe, at + 1)
        if start < end:
            self.marked.groups.append(Group(name, start, end, guessed=True))

    def unclosed(self, frame: _Frame) -> None:
        """An opening bracket alone: `[EU | ORG rejects`, or the end of the output."""
        if frame.pipes:
            pipe = frame.pipes[0]
            size = len(self.output)
            end = self.label_end(pipe + 1, min(size, pipe + 1 + MAX_CHARS))
            if end is not None:
                is_last = size - end <= MAX_CHARS and not self.output[end:].strip()
                if not (is_last and self.may_go_on(self.output[pipe + 1 : end].strip())):
                    kind = "truncated" if is_last else "syntax"
                    self.marked.trouble(kind, "an opening bracket without a closing one", frame.start, end)
                    self.add(frame.start, frame.start + 1, pipe, self.output[pipe + 1 : end], end)
                    return
            self.marked.hide(pipe, size if size - pipe <= MAX_CHARS else pipe + 1)
        elif self.in_source("["):
            return  # most likely a bracket of the source
        self.marked.hide(frame.start, frame.start + 1)
        kind = "truncated" if self.last_closer < frame.start else "syntax"
        self.marked.trouble(kind, "a bracket that is never closed", frame.start, frame.start + 1)

    def may_go_on(self, name: str) -> bool:
        """Tell whether a label that the output ends with could be the beginning of another."""
        return self.labels is not None and any(other != name and other.startswith(name) for other in self.labels)
