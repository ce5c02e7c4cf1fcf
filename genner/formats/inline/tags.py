"""Pairing tags, also where one of them is missing, misspelt or turned around."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from genner.formats.inline.marked import Mark, Marked
from genner.formats.inline.signs import PLAIN_TAGS, Sign
from genner.formats.naming import MAX_CHARS

__all__ = ["Tags"]

_EMPHASIS = frozenset(("b", "i", "u", "em", "strong", "mark", "span"))
"""What marks a mention where one label is asked for."""


class Tags:
    """Reads the tags of an answer in their order.

    Args:
        tags: all of them.

    Attributes:
        lone: labels that belong to a mention next to them.
    """

    def __init__(self, marked: Marked, tags: Sequence[Sign]) -> None:
        self.marked = marked
        self.text = marked.view.text
        self.lone: list[Sign] = []
        self.stacks: dict[str, list[Sign]] = {}
        self.pending: dict[int, Sign] = {}
        self.closing = Counter(tag.key for tag in tags if tag.side == "close")
        self.opening = Counter(tag.key for tag in tags if tag.side == "open")
        self.to_close = Counter(self.closing)
        self.following = dict(zip((tag.start for tag in tags), tags[1:], strict=False))
        self.last_end = -1

    def read(self, tag: Sign) -> None:
        {"open": self.open, "close": self.close, "alone": self.alone, "cut": self.cut}[tag.side](tag)

    def finish(self) -> None:
        for tag in self.pending.values():
            if tag.side == "close":
                self.nothing(tag)
            elif tag.label is not None:
                rest = self.text[tag.end : tag.end + 60].split("<")[0].strip()
                kind = "truncated" if tag.start > self.last_end else "syntax"
                self.note(f"<{tag.name}> before {rest!r:.60} is never closed", tag, kind)

    def note(self, detail: str, tag: Sign, kind: str = "syntax") -> None:
        self.marked.note(kind, detail, tag.start, tag.end)

    def add(self, label: str, low: int, high: int, opener: Sign, closer: Sign) -> None:
        whole = (opener.start, closer.end)
        self.marked.hide(whole[0], low)
        self.marked.hide(high, whole[1])
        self.last_end = max(self.last_end, closer.end)
        self.marked.marks.append(Mark(label.strip(), low, high, whole, details=closer.details))

    def has_text_since(self, tag: Sign, end: int) -> bool:
        """Tell whether a tag has any text between itself and a place."""
        first = self.marked.hidden.find(0, tag.end, end)
        return first >= 0 and bool(self.text[first : min(end, first + 200)].strip())

    def follows_word(self, tag: Sign) -> bool:
        """Tell whether a tag is where closers are: behind a word, and before a space or punctuation."""
        before, after = self.text[tag.start - 1 : tag.start], self.text[tag.end : tag.end + 1]
        return bool(before.strip()) and not (before in "([{\"'" and after.isalnum())

    def open(self, tag: Sign) -> None:
        if self.acts_as_closer(tag):
            self.note("a closing tag without its slash", tag)
            self.close(tag)
        elif tag.mention is not None and not self.closing[tag.key]:
            self.in_one_tag(tag)
        elif self.means_something(tag):
            if tag.label is None:
                self.note(f"the tag <{tag.name}>", tag, "extra_text")
            elif not tag.is_exact:
                self.note("a tag in another form", tag)
            self.push(tag)

    def push(self, tag: Sign) -> None:
        self.marked.hide(tag.start, tag.end)
        self.stacks.setdefault(tag.key, []).append(tag)
        self.pending[tag.start] = tag

    def acts_as_closer(self, tag: Sign) -> bool:
        """Tell whether an opener is where a closer has to be: behind a word, and no closer comes after it."""
        if tag.label is None or not self.follows_word(tag):
            return False
        if self.to_close[tag.key] > 0 and self.opening[tag.key] < self.closing[tag.key] + 2:
            return False
        above = self.stacks.get(tag.key)
        if above:
            return self.has_text_since(above[-1], tag.start)
        return self.marked.is_label(tag.label) and not self.text[tag.end : tag.end + 1].isalnum()

    def means_something(self, tag: Sign) -> bool:
        """Tell whether an opener has a label of the set, a closer, a plain name, or no name at all."""
        if not tag.label:
            return tag.label is not None or tag.key in PLAIN_TAGS
        if self.marked.is_label(tag.label) or self.closing[tag.key]:
            return True
        closer = self.following.get(tag.start)  # which may have another name
        if closer is not None and closer.side == "close" and not self.opening[closer.key]:
            return self.marked.is_label(closer.name)
        # where any label will do, two openers of a name may close each other as well
        return self.marked.answer.labels is None and self.opening[tag.key] % 2 == 0

    def in_one_tag(self, tag: Sign) -> None:
        assert tag.mention is not None
        low, high = tag.mention
        self.note("label and text in one tag", tag)
        surface = self.text[low:high]
        low += len(surface) - len(surface.lstrip())
        self.add(tag.label or "", low, low + len(surface.strip()), tag, tag)

    def close(self, tag: Sign) -> None:
        if tag.side == "close":
            self.to_close[tag.key] -= 1
        is_label = self.marked.is_label(tag.name)
        if self.stacks.get(tag.key):
            self.close_own(tag, is_label)
        elif any(one.side == "open" for one in self.pending.values()) and (not is_label or self.lacks_closer()):
            opener = self.innermost()
            if (opener.label is None and tag.key in PLAIN_TAGS) or (
                is_label and not self.has_text_since(opener, tag.start)
            ):
                self.nothing(tag)
                return
            detail = f"</{tag.name:.40}> closes <{opener.name:.40}>" if tag.name else "a closing tag without a name"
            self.note(detail, tag)
            self.stacks[opener.key].pop()
            self.end(opener, tag)
        elif is_label and (tag.side == "open" or not self.opening[tag.key]):
            if self.follows_word(tag):
                self.marked.without_opener(
                    tag.start, tag.end, [tag.label or tag.name], "a closing tag without an opening one"
                )
            else:
                self.push(tag)  # perhaps in the place of an opener
        else:
            self.nothing(tag)

    def close_own(self, tag: Sign, is_label: bool) -> None:
        """End the innermost open tag of the same name; a closer may be in the place of an opener: `</PER>Ann</PER>`."""
        opener = self.stacks[tag.key].pop()
        if opener.side == "close":
            if not self.follows_word(tag):
                del self.pending[opener.start]
                self.nothing(opener)
                self.push(tag)
                return
            self.note("a closing tag in the place of an opening one", opener)
        elif opener.label is not None and ((tag.name != opener.name and is_label) or not tag.is_exact):
            self.note("a closing tag in another form", tag)
        self.end(opener, tag)

    def innermost(self) -> Sign:
        return next(tag for tag in reversed(self.pending.values()) if tag.side == "open")

    def lacks_closer(self) -> bool:
        """Tell whether the innermost open tag has no closer of its own to come."""
        opener = self.innermost()
        return self.to_close[opener.key] < len(self.stacks[opener.key])

    def nothing(self, tag: Sign) -> None:
        self.marked.hide(tag.start, tag.end)
        is_label = self.marked.is_label(tag.name)
        if is_label or tag.key not in PLAIN_TAGS:
            detail = f"{self.text[tag.start : tag.end]!r:.60} closes nothing"
            self.note(detail, tag, "syntax" if is_label else "skipped")

    def alone(self, tag: Sign) -> None:
        """Read a self-closing tag: one that should close, or an empty one."""
        above = self.stacks.get(tag.key)
        if above and self.has_text_since(above[-1], tag.start):
            self.note("a self-closing tag closes", tag)
            self.end(above.pop(), tag)
        elif tag.mention is not None:
            self.in_one_tag(tag)
        else:
            self.marked.hide(tag.start, tag.end)
            self.note(f"{self.text[tag.start : tag.end]!r:.60} marks nothing", tag, "skipped")

    def cut(self, tag: Sign) -> None:
        """Read a tag that the end of the output cuts off; a closer can only be that of what is open."""
        self.marked.hide(tag.start, tag.end)
        self.note("a tag is cut off", tag, "truncated")
        opener = self.innermost() if any(one.side == "open" for one in self.pending.values()) else None
        if opener is None or tag.label is None or not self.has_text_since(opener, tag.start):
            return
        if opener.key.casefold().startswith(tag.name.casefold()):
            self.stacks[opener.key].pop()
            self.end(opener, tag)

    def end(self, opener: Sign, tag: Sign) -> None:
        self.marked.hide(tag.start, tag.end)
        del self.pending[opener.start]
        content = self.text[opener.end : tag.start] if tag.start - opener.end <= 2 * MAX_CHARS else ""
        label, labels = opener.label, self.marked.answer.labels
        if label is None and opener.key in _EMPHASIS and labels is not None and len(labels) == 1:
            label = ""
        if label is None or not self.marked.means_label(label):
            if self.marked.is_label(content) and not self.marked.in_source(label or ""):
                # a tag around a label that belongs to what is before it
                self.lone.append(Sign("label", opener.start, tag.end, content.strip(), label=content.strip()))
                return
            if tag.label and (label == "" or self.marked.is_label(tag.label)):
                label = tag.label
        if label is not None:
            self.add(label, opener.end, tag.start, opener, tag)
