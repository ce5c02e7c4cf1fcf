"""Pairing openers and closers, also where one of them is missing, misspelt or turned around."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from genner.formats.inline.literal import SourceMarks
from genner.formats.inline.marked import LoneLabel, Mark, Marked
from genner.formats.inline.tokens import PLAIN_TAGS, Tag
from genner.formats.naming import MAX_CHARS

__all__ = ["pair_tags"]

_EMPHASIS = frozenset(("b", "i", "u", "em", "strong", "mark", "span"))
"""What marks a mention where one label is asked for."""

_GIVES = re.compile(r"[:=|,]")


def pair_tags(marked: Marked, source: SourceMarks, tags: Iterable[Tag]) -> None:
    """Find the mentions between openers and closers."""
    _Pairs(marked, source, list(tags)).run()


class _Pairs:
    def __init__(self, marked: Marked, source: SourceMarks, tags: list[Tag]) -> None:
        self.marked = marked
        self.source = source
        self.text = marked.view.text
        self.tags = [tag for tag in tags if not self.is_copied(tag)]
        self.stacks: dict[str, list[Tag]] = {}
        self.pending: dict[int, Tag] = {}
        self.closing = Counter(tag.key for tag in self.tags if tag.side == "close")
        self.opening = Counter(tag.key for tag in self.tags if tag.side == "open")
        self.to_close = Counter(self.closing)
        self.unopened: dict[str, Tag] = {}
        self.last_text = 0
        self.following: Tag | None = None
        self.odd: dict[str, tuple[str, int, int]] = {}

    def run(self) -> None:
        at = 0
        for number, tag in enumerate(self.tags):
            self.following = self.tags[number + 1] if number + 1 < len(self.tags) else None
            if self.text[at : tag.start].strip():
                self.last_text = tag.start
            at = tag.end
            if tag.side == "open":
                self.open(tag)
            elif tag.side == "close":
                self.close(tag)
            elif tag.side == "alone":
                self.alone(tag)
            elif tag.side == "cut":
                self.cut(tag)
        for tag in self.pending.values():
            if tag.label is not None:
                self.never_closed(tag)
        for tag in self.unopened.values():
            self.nothing(tag)
        for detail, (kind, start, end) in self.odd.items():
            self.marked.note(kind, detail, start, end)

    def is_copied(self, tag: Tag) -> bool:
        if not self.source.tags:
            return False
        before = self.marked.plain(max(0, tag.start - 12), tag.start)
        after = self.text[tag.end : tag.end + 12].split("<")[0]  # what follows may be markup itself
        return self.source.has_tag(self.text[tag.start : tag.end], before.split(">")[-1], after)

    def strange(self, detail: str, tag: Tag, kind: str = "syntax") -> None:
        """Report a deviation once, at its first place."""
        self.odd.setdefault(detail, (kind, tag.start, tag.end))

    def has_text_since(self, tag: Tag) -> bool:
        return self.last_text > tag.end

    def follows_word(self, tag: Tag) -> bool:
        """Tell whether a tag is where closers are: behind a word, and before a space or punctuation."""
        before, after = self.text[tag.start - 1 : tag.start], self.text[tag.end : tag.end + 1]
        return bool(before.strip()) and not (before in "([{\"'" and after.isalnum())

    # -- openers ----------------------------------------------------------------------------------

    def open(self, tag: Tag) -> None:
        if self.acts_as_closer(tag):
            self.strange("a closing tag without its slash", tag)
            self.close(tag)
            return
        if tag.mention is not None and not self.closing[tag.key]:
            self.in_one_tag(tag, tag.label or "", *tag.mention)
            return
        if tag.label is None and tag.key not in PLAIN_TAGS:
            return
        if tag.label and not (self.marked.is_label(tag.label) or self.closing[tag.key] or self.may_pair(tag)):
            self.label_and_text(tag)
            return
        if tag.label is None:
            self.strange(f"the tag <{tag.name}>", tag, "extra_text")
        elif not tag.is_exact:
            self.strange("a tag in another form", tag)
        self.marked.hide(tag.start, tag.end)
        self.stacks.setdefault(tag.key, []).append(tag)
        self.pending[tag.start] = tag

    def acts_as_closer(self, tag: Tag) -> bool:
        """Tell whether an opener is where a closer has to be: behind a word, and no closer comes after it."""
        if tag.label is None or not self.follows_word(tag):
            return False
        if self.to_close[tag.key] > 0 and self.opening[tag.key] < self.closing[tag.key] + 2:
            return False
        above = self.stacks.get(tag.key)
        if above:
            return self.has_text_since(above[-1])
        return self.marked.is_label(tag.label) and not self.text[tag.end : tag.end + 1].isalnum()

    def may_pair(self, tag: Tag) -> bool:
        """Tell whether an opener of a name without closers has one under another name.

        Where any label will do, two openers of a name may close each other as well.
        """
        closer = self.following
        if closer is not None and closer.side == "close" and not self.opening[closer.key]:
            return self.marked.is_label(closer.name)
        return self.marked.answer.labels is None and self.opening[tag.key] % 2 == 0

    def label_and_text(self, tag: Tag) -> None:
        """Read `<PER: Ann>` and `<Ann: PER>`, label and text in one tag."""
        signs = list(_GIVES.finditer(tag.name))
        at = self.text.index(tag.name, tag.start)
        for sign in (*signs[:1], *signs[-1:]):
            sides = [(0, sign.start()), (sign.end(), len(tag.name))]
            for (low, high), (first, last) in (sides, sides[::-1]):
                label, mention = tag.name[low:high], tag.name[first:last]
                if self.marked.is_label(label) and mention.strip():
                    self.in_one_tag(tag, label.strip(), at + first, at + last)
                    return

    def in_one_tag(self, tag: Tag, label: str, low: int, high: int) -> None:
        low += len(self.text[low:high]) - len(self.text[low:high].lstrip())
        high = low + len(self.text[low:high].rstrip())
        self.strange("label and text in one tag", tag)
        self.marked.hide(tag.start, low)
        self.marked.hide(high, tag.end)
        self.marked.marks.append(Mark(label, low, high, (tag.start, tag.end)))

    def never_closed(self, tag: Tag) -> None:
        rest = self.text[tag.end : tag.end + 60].split("<")[0].strip()
        is_last = not any(other.side == "close" and other.start > tag.end for other in self.tags[-1:])
        kind = "truncated" if is_last else "syntax"
        self.marked.note(kind, f"<{tag.name}> before {rest!r:.60} is never closed", tag.start, tag.end)

    # -- closers ----------------------------------------------------------------------------------

    def close(self, tag: Tag) -> None:
        if tag.side == "close":
            self.to_close[tag.key] -= 1
        stack = self.stacks.get(tag.key)
        if stack:
            opener = stack.pop()
            is_other = tag.name != opener.name and self.marked.is_label(tag.name)
            if opener.label is not None and (is_other or not tag.is_exact):
                self.strange("a closing tag in another form", tag)
            self.end(opener, tag)
        elif tag.key in self.unopened:
            self.two_closers(tag)
        elif self.pending and (not self.marked.is_label(tag.name) or self.lacks_closer()):
            opener = self.pending[next(reversed(self.pending))]
            if opener.label is None and tag.key in PLAIN_TAGS:
                self.nothing(tag)
                return
            if tag.name and self.marked.is_label(tag.name) and not self.has_text_since(opener):
                self.nothing(tag)
                return
            detail = f"</{tag.name:.40}> closes <{opener.name:.40}>" if tag.name else "a closing tag without a name"
            self.strange(detail, tag)
            self.stacks[opener.key].pop()
            self.end(opener, tag)
        elif self.marked.is_label(tag.name) and (tag.side == "open" or not self.opening[tag.key]):
            self.without_opener(tag)
        elif tag.key not in self.source.tags:
            self.nothing(tag)

    def lacks_closer(self) -> bool:
        """Tell whether the innermost open tag has no closer of its own to come."""
        opener = self.pending[next(reversed(self.pending))]
        return self.to_close[opener.key] < len(self.stacks[opener.key])

    def without_opener(self, tag: Tag) -> None:
        """Read a closer of a name that is never opened: behind its mention, or in the opener's place."""
        if not self.follows_word(tag):
            self.marked.hide(tag.start, tag.end)
            self.unopened[tag.key] = tag
            return
        start = self.marked.before(tag.start)
        self.marked.hide(tag.start, tag.end)
        self.strange("a closing tag without an opening one", tag)
        if start < tag.start:
            self.marked.marks.append(Mark(tag.name, start, tag.start, (start, tag.end), guessed=True))

    def two_closers(self, tag: Tag) -> None:
        """Read `</PER>Ann</PER>`, a closer in the place of an opener."""
        opener = self.unopened.pop(tag.key)
        if not self.follows_word(tag):
            self.nothing(opener)
            self.unopened[tag.key] = tag
            self.marked.hide(tag.start, tag.end)
            return
        self.strange("a closing tag in the place of an opening one", opener)
        self.marked.hide(tag.start, tag.end)
        self.marked.marks.append(Mark(tag.name, opener.end, tag.start, (opener.start, tag.end)))

    def nothing(self, tag: Tag) -> None:
        self.marked.hide(tag.start, tag.end)
        if tag.key in PLAIN_TAGS and not self.marked.is_label(tag.name):
            return
        kind = "syntax" if self.marked.is_label(tag.name) else "skipped"
        self.marked.note(kind, f"{self.text[tag.start : tag.end]!r:.60} closes nothing", tag.start, tag.end)

    def alone(self, tag: Tag) -> None:
        """Read a self-closing tag: one that should close, or an empty one."""
        above = self.stacks.get(tag.key)
        if above and self.has_text_since(above[-1]):
            self.strange("a self-closing tag closes", tag)
            self.end(above.pop(), tag)
            return
        if tag.mention is not None:
            self.in_one_tag(tag, tag.label or "", *tag.mention)
            return
        self.marked.hide(tag.start, tag.end)
        self.marked.note("skipped", f"{self.text[tag.start : tag.end]!r:.60} marks nothing", tag.start, tag.end)

    def cut(self, tag: Tag) -> None:
        """Read a tag that the end of the output cuts off; a closer can only be that of what is open."""
        self.marked.hide(tag.start, tag.end)
        self.marked.note("truncated", "a tag is cut off", tag.start, tag.end)
        if self.pending and tag.label is not None:
            opener = self.pending[next(reversed(self.pending))]
            if opener.key.casefold().startswith(tag.name.casefold()) and self.has_text_since(opener):
                self.stacks[opener.key].pop()
                self.end(opener, tag)

    def end(self, opener: Tag, tag: Tag) -> None:
        self.marked.hide(tag.start, tag.end)
        del self.pending[opener.start]
        content = self.text[opener.end : tag.start] if tag.start - opener.end <= 2 * MAX_CHARS else ""
        label = opener.label
        labels = self.marked.answer.labels
        if label is None and opener.key in _EMPHASIS and labels is not None and len(labels) == 1:
            label = ""
        if label is None or not self.marked.means_label(label):
            if self.marked.is_label(content) and not self.marked.in_source(
                label or ""
            ):  # a tag around a label that belongs to what is before it
                self.marked.lone.append(LoneLabel(content.strip(), opener.start, tag.end))
                return
            if tag.label and (label == "" or self.marked.is_label(tag.label)):
                label = tag.label
        if label is not None:
            self.marked.marks.append(Mark(label, opener.end, tag.start, (opener.start, tag.end)))
