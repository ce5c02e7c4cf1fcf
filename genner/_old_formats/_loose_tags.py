"""Finding `<LABEL>text</LABEL>` as models write it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from genner._old_formats._lines import split_line
from genner._old_formats._marked import Finder, Group, Marked
from genner.types import LabelSet

__all__ = ["find_tags"]

# The alternatives exclude each other, so that nothing is tried twice.
_TAG = re.compile(
    r"(?:<|&lt;)((?:[^<>&\n\"']|&(?![lg]t;)|(?<!=)[\"']|(?<==)\"[^\"\n<]{0,100}\"|(?<==)'[^'\n<]{0,100}'){1,200})(?:>|&gt;)"
    r"|</([\w.-]{1,60})(?![\w.-]|[ \t]*>)|<[\w.-]{1,60}\Z|</?\Z"
)
_TAIL = 400
_END = 6
_SAME = {"＜": "<", "＞": ">", "／": "/", "〈": "<", "〉": ">", "‹": "<", "›": ">"}
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))")
_LABEL_ATTRIBUTES = ("type", "label", "category", "class", "tag", "ner", "entity", "kind", "name")
_PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol text sentence output answer result
    entity entities ne ner input doc document root html body xml s""".split()  # noqa: SIM905
)


def find_tags(output: str, text: str | None, labels: LabelSet | None, known_text: Callable[[str], bool]) -> Marked:
    """Find `<LABEL>text</LABEL>` and what models write in its place."""
    return _Tags(output, text, labels, known_text).run()


@dataclass(slots=True)
class _Tag:
    """One tag of the output.

    Args:
        side: `"open"`, `"close"`, `"alone"` (`<PER/>`) or `"cut"` (the end of the output is in it).
        name: what stands in it, without slashes.
        key: what opening and closing tags are compared by.
    """

    side: str
    name: str
    key: str
    start: int
    end: int
    label: str | None = None


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


class _Tags(Finder):
    def run(self) -> Marked:
        self.output = self.marked.output = self.plain_tags()
        self.stacks: dict[str, list[_Tag]] = {}
        self.pending: dict[int, _Tag] = {}
        self.last_text = 0
        tags = list(self.tags())
        self.closing = Counter(tag.key for tag in tags if tag.side == "close")
        self.to_close = Counter(self.closing)
        end = _letters(_TAG.sub("", self.output[-_TAIL:]))[-_END:]
        self.is_whole = self.text is None or _letters(self.text[-_TAIL:]).endswith(end)
        at = 0
        for tag in tags:
            if self.output[at : tag.start].strip():
                self.last_text = tag.start
            at = tag.end
            if self.literal(tag):
                self.last_text = tag.end
            else:
                getattr(self, tag.side)(tag)
        last_closing = max((tag.start for tag in tags if tag.side == "close"), default=-1)
        size = len(self.output.rstrip())
        for tag in self.pending.values():
            if tag.label is not None:
                kind = "truncated" if tag.end >= size or last_closing < tag.end else "syntax"
                self.marked.trouble(kind, f"<{tag.key}> is never closed", tag.start, tag.end)
        return self.marked

    def plain_tags(self) -> str:
        """Write full-width and other angle brackets, which the source has not, as plain ones."""
        foreign = {char for char in _SAME if char in self.output and not self.in_source(char)}
        if not foreign:
            return self.output
        self.marked.trouble("syntax", "other angle brackets", self.output.index(min(foreign)), 0)
        return self.output.translate({ord(char): _SAME[char] for char in foreign})

    def tags(self) -> Iterator[_Tag]:
        for match in _TAG.finditer(self.output):
            said = match[1]
            if said is None:
                name = match[2] or match[0].strip("</")
                if match[2] is None or match.end() == len(self.output):
                    yield _Tag("cut", name, self.key(name), match.start(), match.end())
                elif self.known(name):
                    yield _Tag("close", name, self.key(name), match.start(), match.end())
                continue
            name = said.strip().strip("/\\").strip()
            side = "close" if said.lstrip()[0:1] in ("/", "\\") else "alone" if said.rstrip()[-1:] == "/" else "open"
            if name or side == "close":
                yield _Tag(side, name, self.key(name), match.start(), match.end())

    def key(self, name: str) -> str:
        words = name.split("=")[0].split()
        word = words[0] if "=" in name and words else name
        folded = self.labels.fold(word) if self.labels is not None else None
        return folded or " ".join(word.casefold().split())

    def written(self, tag: _Tag) -> str:
        return self.output[tag.start : tag.end]

    def literal(self, tag: _Tag) -> bool:
        """Tell whether the source has this tag here: its neighbours are the same there."""
        written = self.written(tag)
        if not self.in_source(written):
            return False
        before = self.marked.said(max(0, tag.start - 12), tag.start)[-6:]
        after = self.output[tag.end : tag.end + 3].split("<")[0]  # what follows may be markup itself
        return self.in_source(before + written) and (self.in_source(written + after) or not before.strip())

    def said_since(self, tag: _Tag) -> bool:
        return self.last_text > tag.end

    def lacks_slashes(self, key: str) -> bool:
        """Tell whether openers of a name stand for closers: a whole copy without a single closer."""
        return self.is_whole and key not in self.closing

    def syntax(self, detail: str, tag: _Tag) -> None:
        self.marked.trouble("syntax", detail, tag.start, tag.end)

    def open(self, tag: _Tag) -> None:
        above = self.stacks.get(tag.key)
        if above and self.lacks_slashes(tag.key) and self.said_since(above[-1]):
            self.syntax("a closing tag without its slash", tag)
            self.end(above.pop(), tag)
            return
        attributes = {
            found[1].casefold(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(tag.name)
        }
        if self.known(tag.name):
            tag.label = tag.name
        elif attributes:
            words = tag.name.split("=")[0].split()
            word = words[0] if words else ""
            named = next((attributes[name] for name in _LABEL_ATTRIBUTES if name in attributes), None)
            tag.label = word if self.known(word) or (named is None and word.casefold() not in _PLAIN_TAGS) else named
            self.syntax("a tag with attributes", tag)
        elif tag.key in _PLAIN_TAGS and (self.labels is not None or tag.key not in ("entity", "ne")):
            self.marked.trouble("extra_text", f"the tag <{tag.name}>", tag.start, tag.end)
        elif tag.key in self.closing and self.can_be_label(tag.name):
            tag.label = tag.name
        else:
            self.whole_mention(tag)
            return
        if self.written(tag) != f"<{tag.name}>" and not attributes:
            self.syntax("an escaped tag" if "&" in self.written(tag) else "spaces inside a tag", tag)
        self.marked.hide(tag.start, tag.end)
        self.stacks.setdefault(tag.key, []).append(tag)
        self.pending[tag.start] = tag

    def whole_mention(self, tag: _Tag) -> None:
        """Read `<PER: Ann>`, label and text in one tag."""
        found = split_line(tag.name, self.labels, self.known_text) if self.labels is not None else None
        if found is None or not self.known_text(found[0]):
            return
        low = self.output.index(found[0], tag.start)
        self.syntax("label and text in one tag", tag)
        self.marked.hide(tag.start, low)
        self.marked.hide(low + len(found[0]), tag.end)
        self.marked.groups.append(Group(found[1], low, low + len(found[0])))
        self.last_text = tag.end

    def close(self, tag: _Tag) -> None:
        self.to_close[tag.key] -= 1
        stack = self.stacks.get(tag.key)
        if stack:
            if self.written(tag) != f"</{tag.name}>":
                self.syntax("a closing tag in another form", tag)
            self.end(stack.pop(), tag)
        elif self.pending and (not self.known(tag.name) or self.lacks_closer()):
            opener = self.pending[next(reversed(self.pending))]
            if tag.name and self.known(tag.name) and not self.said_since(opener):
                self.nothing(tag)
                return
            self.syntax("an anonymous closing tag" if not tag.name else f"</{tag.name}> closes <{opener.key}>", tag)
            self.stacks[opener.key].pop()
            self.end(opener, tag)
        elif self.known(tag.name) and tag.key not in self.stacks:
            start = self.before(tag.start)
            self.marked.hide(tag.start, tag.end)
            self.syntax("a closing tag without an opening one", tag)
            if start < tag.start:
                self.marked.groups.append(Group(tag.name, start, tag.start, guessed=True))
        elif not self.in_source(self.written(tag)):
            self.nothing(tag)

    def lacks_closer(self) -> bool:
        """Tell whether the innermost open tag has no closing tag of its own to come."""
        opener = self.pending[next(reversed(self.pending))]
        return self.to_close[opener.key] < len(self.stacks[opener.key])

    def nothing(self, tag: _Tag) -> None:
        self.marked.hide(tag.start, tag.end)
        kind = "syntax" if self.known(tag.name) else "skipped"
        self.marked.trouble(kind, f"{self.written(tag)!r:.60} closes nothing", tag.start, tag.end)

    def alone(self, tag: _Tag) -> None:
        """A self-closing tag: one that should close, or an empty one."""
        above = self.stacks.get(tag.key)
        if above and self.said_since(above[-1]):
            self.syntax("a self-closing tag closes", tag)
            self.end(above.pop(), tag)
            return
        self.marked.hide(tag.start, tag.end)
        self.marked.trouble("skipped", f"{self.written(tag)!r:.60} marks nothing", tag.start, tag.end)

    def cut(self, tag: _Tag) -> None:
        """A tag that the end of the output cuts off; a closing one can only be that of what is open."""
        self.marked.hide(tag.start, tag.end)
        self.marked.trouble("truncated", "a tag is cut off", tag.start, tag.end)
        if self.pending and self.output.startswith("</", tag.start):
            opener = self.pending[next(reversed(self.pending))]
            if opener.key.casefold().startswith(tag.name.casefold()) and self.said_since(opener):
                self.stacks[opener.key].pop()
                self.end(opener, tag)

    def end(self, opener: _Tag, tag: _Tag) -> None:
        self.marked.hide(tag.start, tag.end)
        del self.pending[opener.start]
        if opener.label is not None:
            self.marked.groups.append(Group(opener.label, opener.end, tag.start))
