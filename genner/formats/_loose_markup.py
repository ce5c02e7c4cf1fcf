"""Finding markup as models write it: what is marked, with which label, and what is left as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from genner.formats._items import split_line
from genner.types import LabelSet

__all__ = ["Group", "Marked", "find_brackets", "find_tags"]

_LABEL_CHARS = 60
_LABEL_WORDS = 4
_CONTENT_CHARS = 1000
"""Longer brackets are not looked into, so that nested ones cost linear time."""


@dataclass(slots=True)
class Group:
    """A marked stretch of the output.

    Args:
        label: as written.
        start, end: output offsets of what is marked, inner markup included.
        guessed: the start was not marked and had to be guessed.
    """

    label: str
    start: int
    end: int
    guessed: bool = False


@dataclass(slots=True)
class Marked:
    """An output with its markup told apart.

    Args:
        output: the output, masked where it held chatter.
        markup: 1 for each character that is markup.
        troubles: kind, detail and output offsets of what was wrong.
    """

    output: str
    markup: bytearray
    groups: list[Group] = field(default_factory=list)
    troubles: list[tuple[str, str, int, int]] = field(default_factory=list)

    def trouble(self, kind: str, detail: str, start: int, end: int) -> None:
        self.troubles.append((kind, detail, start, max(end, start + 1)))

    def hide(self, start: int, end: int) -> None:
        """Take characters for markup."""
        self.markup[start:end] = b"\1" * (end - start)

    def said(self, start: int, end: int) -> str:
        """Return a stretch without the markup in it."""
        if 1 not in self.markup[start:end]:
            return self.output[start:end]
        return "".join(
            char for char, hidden in zip(self.output[start:end], self.markup[start:end], strict=True) if not hidden
        )


@dataclass(slots=True)
class _Frame:
    start: int
    pipes: list[int] = field(default_factory=list)


class _Finder:
    """What both notations need to know of labels and source."""

    def __init__(
        self, output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]
    ) -> None:
        self.marked = Marked(output, bytearray(len(output)))
        self.output = output
        self.text = text
        self.labels = labels
        self.known_text = known_text

    def known(self, name: str) -> bool:
        return self.labels is not None and self.labels.fold(name) is not None

    def can_be_label(self, name: str) -> bool:
        plain = name.strip()
        if not plain or self.known(plain):
            return True
        return len(plain) <= _LABEL_CHARS and len(plain.split()) <= _LABEL_WORDS and "\n" not in plain

    def names(self, part: str) -> list[str]:
        """Read the label part of a bracket or an attribute: one label or several."""
        part = part.strip()
        if self.known(part) or self.labels is None:
            return [part]
        pieces = [piece.strip() for piece in re.split(r"[,/;&+|]| and ", part)]
        if len(pieces) > 1 and all(self.known(piece) for piece in pieces):
            return pieces
        words = [word for word in re.split(r"[^\w.-]+", part) if self.known(word.strip("."))]
        if len(words) == 1 and len(part) > len(words[0]):
            return [words[0].strip(".")]
        return [part]

    def in_source(self, piece: str) -> bool:
        return bool(self.text) and piece in str(self.text)

    def before(self, end: int) -> int:
        """Guess where a mention starts that ends at `end`: its last word, and capitals before it."""
        stretch = self.output[:end][-200:]
        base = end - len(stretch)
        cut = max(
            (at + 1 for at, char in enumerate(stretch) if char == "\n" or self.marked.markup[base + at]), default=0
        )
        words = list(re.finditer(r"[^\s\[\]<>|]+", stretch[cut:]))
        if not words:
            return end
        first = words[-1]
        for word in reversed(words[:-1]):
            if not (word[0][0].isupper() and first[0][0].isupper()) or word[0][-1] in ".,;:!?":
                break
            first = word
        return base + cut + first.start()


def find_brackets(output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]) -> Marked:
    """Find `[text | LABEL]` and what models write in its place."""
    return _Brackets(output, text, labels, known_text).run()


_AFTER = re.compile(r"\s?[_^]?[({\\]*(?:text|rm)?\{?\s*([^\s(){}\[\]|]+)\s*[)}]*")


class _Brackets(_Finder):
    def run(self) -> Marked:
        stack: list[_Frame] = []
        for match in re.finditer(r"[\[\]|]", self.output):
            at, char = match.start(), match[0]
            if char == "[":
                stack.append(_Frame(at))
            elif char == "|":
                if stack:
                    stack[-1].pipes.append(at)
            elif stack:
                self.close(stack.pop(), at)
            else:
                self.unopened(at)
        for frame in reversed(stack):
            self.unclosed(frame)
        return self.marked

    def close(self, frame: _Frame, at: int) -> None:
        short = at - frame.start <= _CONTENT_CHARS
        if short and self.in_source("[") and self.in_source(self.marked.said(frame.start, at + 1)):
            return  # the source has these brackets
        if not (frame.pipes and self.with_pipe(frame, at)) and short:
            self.without_pipe(frame.start, at)

    def with_pipe(self, frame: _Frame, at: int) -> bool:
        edges = [frame.start, *frame.pipes, at]
        parts = [self.output[low + 1 : min(high, low + _CONTENT_CHARS)] for low, high in pairwise(edges)]
        first = len(parts) - 1
        while first > 1 and self.known(parts[first - 1]):
            first -= 1  # several labels, each behind its pipe
        names = [name for part in parts[first:] for name in self.names(part)]
        if not self.known(names[-1]) and self.known(parts[0]) and len(parts) == 2:
            self.marked.trouble("syntax", "label and text are swapped", frame.start, at + 1)
            self.add(frame.start, frame.pipes[0] + 1, at, [parts[0].strip()], at + 1)
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
        self.add(frame.start, frame.start + 1, end, names, at + 1)
        return True

    def without_pipe(self, start: int, at: int) -> None:
        content = self.marked.said(start + 1, at)
        if "\n\n" in content:
            return
        found = self.last_word(start, at) or self.first_word(start, at, content)
        if found is not None:
            self.marked.trouble("syntax", "a bracket without a pipe", start, at + 1)
            self.add(start, found[0], found[1], [found[2]], at + 1)
            return
        after = _AFTER.match(self.output, at + 1)
        if after is not None and content.strip() and (self.known(after[1]) or self.subscript(after, content)):
            self.marked.trouble("syntax", "a label behind its bracket", start, after.end())
            self.add(start, start + 1, at, [after[1]], after.end())

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
        match = re.compile(r"(.*?)[\s:,/()-]+([^\s:,/()]+(?: [^\s:,/()]+){0,2}?)\)?\s*", re.S).fullmatch(
            self.output, start + 1, at
        )
        content = self.output[start + 1 : at]
        for words in range(1, _LABEL_WORDS):
            pieces = content.rstrip(" )").rsplit(None, words)
            if len(pieces) <= words:
                break
            name = content.rstrip(" )")[len(content.rstrip(" )")) - len(" ".join(pieces[1:])) :]
            if self.known(name.lstrip("(")):
                text = content[: content.rstrip(" )").rindex(pieces[1])] if words == 1 else pieces[0]
                end = start + 1 + len(text.rstrip(" (:,/-"))
                return (start + 1, end, name.lstrip("(")) if end > start + 1 else None
        if self.labels is None and match is not None and self.text is not None:
            name = match[2]
            said = self.marked.said(match.start(1), match.end(1))
            whole = self.marked.said(start + 1, at)
            if re.fullmatch(r"[A-Z][A-Z_]+\d?", name) and self.known_text(said) and not self.known_text(whole):
                return match.start(1), match.end(1), name
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

    def add(self, start: int, low: int, high: int, names: list[str], after: int) -> None:
        """Record a group whose text is `low` to `high`; the rest of it is markup."""
        while low < high and self.output[low].isspace():
            low += 1
        while high > low and self.output[high - 1].isspace():
            high -= 1
        self.marked.hide(start, low)
        self.marked.hide(high, after)
        for name in names:
            self.marked.groups.append(Group(name, low, high))

    def unopened(self, at: int) -> None:
        """A closing bracket alone: `EU | ORG] rejects`."""
        near = max(0, at - _CONTENT_CHARS)
        line = max(near, self.output.rfind("\n", near, at) + 1, self.output.rfind("]", near, at) + 1)
        pipe = self.output.rfind("|", line, at)
        if pipe < 0 or self.in_source(self.output[pipe : at + 1]):
            return
        name = self.output[pipe + 1 : at].strip()
        if not (self.known(name) or (self.labels is None and self.can_be_label(name) and name)):
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
            tail = self.output[pipe + 1 : pipe + 1 + _CONTENT_CHARS]
            ends = pipe + 1 + len(tail) == len(self.output)  # nothing follows the tail
            words = list(re.finditer(r"\S+", tail[: 2 * _LABEL_CHARS]))[:_LABEL_WORDS]
            for word in reversed(words):
                name = tail[: word.end()].strip().rstrip(".,;:")
                is_last = ends and not tail[word.end() :].strip()
                if not self.known(name) or (is_last and self.may_go_on(name)):
                    continue
                after = pipe + 1 + len(tail[: word.end()].rstrip(".,;:"))
                kind = "truncated" if is_last else "syntax"
                self.marked.trouble(kind, "an opening bracket without a closing one", frame.start, after)
                self.add(frame.start, frame.start + 1, pipe, [name], after)
                return
            self.marked.hide(pipe, len(self.output) if ends and len(tail) <= _LABEL_CHARS else pipe + 1)
        elif self.in_source("["):
            return  # most likely a bracket of the source
        self.marked.hide(frame.start, frame.start + 1)
        self.marked.trouble("truncated", "a bracket that is never closed", frame.start, frame.start + 1)

    def may_go_on(self, name: str) -> bool:
        """Tell whether a label that the output ends with could be the beginning of another."""
        return self.labels is not None and any(other != name and other.startswith(name) for other in self.labels)


_TAG = re.compile(
    r"(?:<|&lt;)\s*(/?)\s*((?:[^<>&\n\"'/]|/(?!\s*(?:>|&gt;))|\"[^\"\n]*\"|'[^'\n]*')*?)\s*(/?)\s*(?:>|&gt;)"
)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_LABEL_ATTRIBUTES = ("type", "label", "category", "class", "tag", "ner", "entity", "kind", "name")
_PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol text sentence output answer result
    entity entities ne ner input doc document root html body xml s""".split()  # noqa: SIM905
)


@dataclass(slots=True)
class _Tag:
    key: str
    label: str | None
    start: int
    end: int


def find_tags(output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]) -> Marked:
    """Find `<LABEL>text</LABEL>` and what models write in its place."""
    return _Tags(output, text, labels, known_text).run()


class _Tags(_Finder):
    def run(self) -> Marked:
        matches = [match for match in _TAG.finditer(self.output) if match[1] or match[2] or match[3]]
        closing = {self.key(match[2]) for match in matches if match[1]}
        opened: dict[str, int] = {}
        closed: dict[str, int] = {}
        for match in matches:
            key = self.key(match[2])
            side = closed if match[1] else opened
            side[key] = side.get(key, 0) + 1
        stacks: dict[str, list[_Tag]] = {}
        order: dict[int, _Tag] = {}
        for match in matches:
            key = self.key(match[2])
            if self.literal(match):
                opened[key] = opened.get(key, 0) - (not match[1])
                continue
            if match[1]:
                self.close(match, key, stacks, order)
            elif match[3]:
                self.alone(match, key, stacks, order)
            elif (
                stacks.get(key) and opened.get(key, 0) > closed.get(key, 0) and self.said_since(stacks[key][-1], match)
            ):
                closed[key] = closed.get(key, 0) + 1
                opened[key] -= 1
                self.marked.trouble("syntax", "a closing tag without its slash", match.start(), match.end())
                self.end(stacks[key].pop(), match, order)
            else:
                self.open(match, key, key in closing, stacks, order)
        last_closing = max((match.start() for match in matches if match[1]), default=-1)
        size = len(self.output.rstrip())
        for tag in order.values():
            if tag.label is not None:
                kind = "truncated" if tag.end >= size or last_closing < tag.end else "syntax"
                self.marked.trouble(kind, f"<{tag.key}> is never closed", tag.start, tag.end)
        return self.marked

    def key(self, name: str) -> str:
        word = name.split("=")[0].split()[0] if name.split("=")[0].split() and "=" in name else name
        folded = self.labels.fold(word) if self.labels is not None else None
        return folded or " ".join(word.casefold().split())

    def literal(self, match: re.Match[str]) -> bool:
        """Tell whether the source has this tag here: its neighbours are the same there."""
        if not self.in_source(match[0]):
            return False
        before = self.marked.said(max(0, match.start() - 12), match.start())[-6:]
        after = self.output[match.end() : match.end() + 3]
        return self.in_source(before + match[0]) and (self.in_source(match[0] + after) or not before.strip())

    def said_since(self, tag: _Tag, match: re.Match[str]) -> bool:
        return bool(self.marked.said(tag.end, match.start()).strip())

    def open(
        self, match: re.Match[str], key: str, has_closing: bool, stacks: dict[str, list[_Tag]], order: dict[int, _Tag]
    ) -> None:
        label: str | None
        attributes = {
            found[1].casefold(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(match[2])
        }
        if self.known(match[2]):
            label = match[2]
        elif attributes:
            word = match[2].split("=")[0].split()[0] if match[2].split() else ""
            named = next((attributes[name] for name in _LABEL_ATTRIBUTES if name in attributes), None)
            label = word if self.known(word) or (named is None and word.casefold() not in _PLAIN_TAGS) else named
            self.marked.trouble("syntax", "a tag with attributes", match.start(), match.end())
        elif key in _PLAIN_TAGS and (self.labels is not None or key not in ("entity", "ne")):
            label = None
            self.marked.trouble("extra_text", f"the tag <{match[2]}>", match.start(), match.end())
        elif has_closing and self.can_be_label(match[2]):
            label = match[2]
        else:
            return
        if match[0] != f"<{match[2]}>" and not attributes:
            what = "an escaped tag" if "&" in match[0] else "spaces inside a tag"
            self.marked.trouble("syntax", what, match.start(), match.end())
        self.marked.hide(match.start(), match.end())
        tag = _Tag(key, label, match.start(), match.end())
        stacks.setdefault(key, []).append(tag)
        order[tag.start] = tag

    def close(self, match: re.Match[str], key: str, stacks: dict[str, list[_Tag]], order: dict[int, _Tag]) -> None:
        stack = stacks.get(key)
        if stack:
            if match[0] != f"</{match[2]}>":
                self.marked.trouble("syntax", "spaces inside a tag", match.start(), match.end())
            self.end(stack.pop(), match, order)
        elif order and (not match[2] or not self.known(match[2]) or key not in stacks):
            tag = order[next(reversed(order))]
            if match[2] and self.known(match[2]) and not self.said_since(tag, match):
                return
            detail = "an anonymous closing tag" if not match[2] else f"</{match[2]}> closes <{tag.key}>"
            self.marked.trouble("syntax", detail, match.start(), match.end())
            stacks[tag.key].pop()
            self.end(tag, match, order)
        elif self.known(match[2]):
            start = self.before(match.start())
            self.marked.hide(match.start(), match.end())
            self.marked.trouble("syntax", "a closing tag without an opening one", match.start(), match.end())
            if start < match.start():
                self.marked.groups.append(Group(match[2], start, match.start(), guessed=True))
        elif not self.in_source(match[0]):
            self.marked.hide(match.start(), match.end())
            self.marked.trouble("skipped", f"{match[0]!r} closes nothing", match.start(), match.end())

    def alone(self, match: re.Match[str], key: str, stacks: dict[str, list[_Tag]], order: dict[int, _Tag]) -> None:
        """A self-closing tag: one that should close, or an empty one."""
        if stacks.get(key) and self.said_since(stacks[key][-1], match):
            self.marked.trouble("syntax", "a self-closing tag closes", match.start(), match.end())
            self.end(stacks[key].pop(), match, order)
            return
        self.marked.hide(match.start(), match.end())
        self.marked.trouble("skipped", f"{match[0]!r} marks nothing", match.start(), match.end())

    def end(self, tag: _Tag, match: re.Match[str], order: dict[int, _Tag]) -> None:
        self.marked.hide(match.start(), match.end())
        del order[tag.start]
        if tag.label is None:
            return
        for name in self.names(tag.label):
            self.marked.groups.append(Group(name, tag.end, match.start()))
