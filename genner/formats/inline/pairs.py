"""Pairing the signs of an answer to mentions, also where one of them is missing, misspelt or turned around."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from genner.formats.inline.copied import BRACKETS
from genner.formats.inline.marked import Mark, Marked
from genner.formats.inline.signs import Label, Open, Sign, signs
from genner.formats.inline.tags import Tags
from genner.formats.naming import MAX_CHARS

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline

__all__ = ["pair_signs"]

_OPENING = BRACKETS
_CLOSING = {closer: opener for opener, closer in _OPENING.items()}
_TURNING = frozenset("*_=~`\"#@$^|'")
"""What may be on both sides of a mention."""

_SEPARATING = frozenset("|:;,/~@^>-=\\#.␣_→")
"""What may be between a mention and its label."""

_DEEPEST = 16
"""How many open brackets a closing one may close at once."""

_MOST_OPEN = 200
"""Brackets that are never closed, of those that are noted."""

_BEHIND_BAR = re.compile(r"[ \t]*([^\[\]{}|\n]{0,60}?)[ \t]*(?=[\]|})>])")
_REST = re.compile(r"[ \t]?\|([^\[\]\n]{0,300})(?=\])")
_COMMAND = re.compile(r"[\\\t]?[A-Za-z]+(?![^{])\Z")
_ATTRIBUTE = re.compile(r"[ ;,|]*\b(?:type|label|category|class|tag|ner|entity|kind)[ ]?\Z", re.I)
_PREFIX = re.compile(r"([^\W\d]{1,20})[ ]?[:=][ ]")
_NUMBER = re.compile(r"\d{0,9}\.?\d{1,9}%?")


def pair_signs(marked: Marked, codec: Inline | None) -> list[Sign]:
    """Find the mentions between signs.

    Returns:
        The labels that belong to a mention next to them.
    """
    reader = _Pairs(marked, codec)
    reader.run()
    return reader.lone


class _Pairs:
    def __init__(self, marked: Marked, codec: Inline | None) -> None:
        self.marked = marked
        self.text = marked.view.text
        self.signs = signs(marked, codec)
        self.tags = Tags(marked, [sign for sign in self.signs if sign.side not in ("mark", "label")])
        self.at = 0
        self.surplus = self.text.count("[") - self.text.count("]")
        self.pending: list[Sign] = []  # marks that may be of the frame of a label to come
        self.open: list[Open] = []
        self.group: Open | None = None  # the last closed bracket without a label
        self.lone: list[Sign] = self.tags.lone
        self.bare: list[tuple[Open, int, int]] = []  # all closed brackets without a label, and what is in them

    def run(self) -> None:
        while self.at < len(self.signs):
            sign = self.signs[self.at]
            self.at += 1
            if self.marked.hidden[sign.start]:
                continue
            if sign.is_text:
                self.flush()
                self.text_bracket(sign)
            elif sign.side == "mark":
                if self.pending and not self.touches(self.pending[-1].end, sign.start):
                    self.flush()
                self.pending.append(sign)
                if sign.name == "|":
                    self.bar(sign)
            elif sign.side == "label":
                self.label(sign)
            else:
                self.flush()
                self.tags.read(sign)
        self.flush()
        self.tags.finish()
        for one in reversed(self.open[-_MOST_OPEN:]):
            self.never_closed(one)
        labels, size = self.marked.answer.labels, len(self.marked.answer.source.text)
        if labels is not None and len(labels) == 1 and not self.marked.marks and self.marked.answer.source.given:
            for group, low, high in self.bare:
                if 2 * (high - low) < size and group.kind not in "({" and not self.marked.is_label(self.text[low:high]):
                    self.add([""], low, high, (group.start, group.end), "another notation than asked for")

    def touches(self, end: int, start: int) -> bool:
        return start - end <= 1 and not self.text[end:start].strip(" ")

    def flush(self, count: int | None = None) -> None:
        """Read marks that are of no label's frame: brackets, and equal marks on both sides of a mention."""
        count = len(self.pending) if count is None else count
        marks, self.pending = self.pending[:count], self.pending[count:]
        at = 0
        while at < len(marks):
            char, start = marks[at].name, marks[at].start
            at += 1
            if char in _OPENING:
                self.open.append(Open(char, start, start + 1))
            elif char in _CLOSING:
                self.close(_CLOSING[char], start, start + 1)
            elif char in _TURNING and self.marked.in_copy(start):
                while at < len(marks) and marks[at].name == char and marks[at].start == marks[at - 1].end:
                    at += 1
                self.turn(self.text[start : marks[at - 1].end], start)

    def turn(self, kind: str, start: int) -> None:
        if any(one.kind == kind for one in self.open[-2:]):
            self.close(kind, start, start + len(kind))
        else:
            self.open.append(Open(kind, start, start + len(kind)))

    def text_bracket(self, sign: Sign) -> None:
        """Match a bracket of the text: the inner ones are closed first, whoever they are of."""
        if sign.name in _OPENING:
            self.open.append(Open(sign.name, sign.start, sign.end, is_text=True))
        else:
            self.find(_CLOSING[sign.name])

    def find(self, *kinds: str) -> Open | None:
        """Take the innermost open bracket of these kinds; what is open inside of it is never closed."""
        for back in range(1, min(_DEEPEST, len(self.open)) + 1):
            one = self.open[-back]
            if one.kind in kinds:
                for each in self.open[len(self.open) - back + 1 :]:
                    self.never_closed(each)
                del self.open[-back:]
                return one
        return None

    def close(self, kind: str, start: int, end: int) -> None:
        one = self.find(kind)
        if one is None:
            if kind == "[" and self.marked.answer.source.given and not self.marked.has_square:
                self.marked.hide(start, end)
                self.marked.note("syntax", "a closing bracket too many", start, end)
            return
        if one.label is not None:
            self.add([one.label], one.end, start, (one.start, end), "a label in front of its mention")
        elif not self.doubles(one, start, end):
            last = self.lone[-1] if self.lone else None
            rest = last and self.marked.plain(one.end, last.start) + self.marked.plain(last.end, start)
            if last is not None and last.start >= one.end and not any(map(str.isalnum, rest or "")):
                self.lone[-1] = Sign("label", one.start, end, last.name, label=last.name)
                return
            if self.group is None or (one.end, start) != (self.group.start, self.group.end):
                self.inner = (one.end, start)
            self.group = Open(kind, self.command(one.start), end)
            self.bare.append((self.group, *self.inner))

    def command(self, at: int) -> int:
        """Return where a word begins that is written onto a bracket and is no text: `\\textbf{Ann}`."""
        match = _COMMAND.search(self.text, max(0, at - 20), at)
        is_text = match is None or any(self.marked.copied[match.start() : at])
        return at if match is None or is_text else match.start()

    def doubles(self, one: Open, start: int, end: int) -> bool:
        """Read `[[text | LABEL]]`: brackets around nothing but a marked mention."""
        mark = self.marked.marks[-1] if self.marked.marks else None
        if mark is None or mark.whole[0] < one.end or not (one.kind in "[{<(" or one.kind[0] in "*_"):
            return False
        low, high = mark.whole
        is_other = one.kind in _OPENING and self.text[low] != one.kind
        if is_other or self.text[one.end : low].strip() or self.text[high:start].strip():
            return False
        self.marked.note("syntax", "doubled brackets", one.start, one.end)
        self.marked.hide(one.start, low)
        self.marked.hide(high, end)
        mark.whole = one.start, end
        return True

    def never_closed(self, one: Open) -> None:
        if one.kind != "[" or one.is_text or self.marked.has_square or not self.marked.answer.source.given:
            return
        self.marked.hide(one.start, one.end)
        mention = self.text[one.end : one.end + 60].split("\n")[0].split("|")[0]
        kind = "truncated" if one.start > self.last_end() else "syntax"
        detail = f"the bracket before {mention.strip()!r:.60} is never closed"
        self.marked.note(kind, detail, one.start, len(self.text))

    def last_end(self) -> int:
        return max((mark.whole[1] for mark in self.marked.marks[-4:]), default=-1)

    def add(
        self,
        names: list[str],
        low: int,
        high: int,
        whole: tuple[int, int],
        detail: str,
        kind: str = "syntax",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Record a mention at `low` to `high`; the rest from its opener to its closer is markup."""
        while low < high and self.text[low].isspace():
            low += 1
        while high > low and self.text[high - 1].isspace():
            high -= 1
        self.marked.hide(whole[0], low)
        self.marked.hide(high, whole[1])
        if detail:
            self.marked.note(kind, detail, *whole)
        self.group = None
        for name in names:
            self.marked.marks.append(Mark(name.strip(), low, high, whole, details=details))

    # -- labels -----------------------------------------------------------------------------------------

    def bar(self, sign: Sign) -> None:
        """Read what is behind a bar as a label, whatever it is, where a bracket is open and closed."""
        text = self.text
        match = _BEHIND_BAR.match(text, sign.end)
        if match is None:
            return
        name = match[1]
        stem = name.rstrip("0123456789").rstrip("-_ ")  # `PER-1`
        name = stem if self.marked.is_label(stem) and not self.marked.is_label(name) else name
        is_label = self.marked.is_label(name)
        kinds = (*(one.kind for one in self.open[-_DEEPEST:]), *(mark.name for mark in self.pending[-_DEEPEST:]))
        is_open = any(kind in _OPENING for kind in kinds)
        closer = text[match.end()]
        if is_label or (is_open and closer == "]" and not _NUMBER.fullmatch(name) and self.marked.may_be_label(name)):
            while self.at < len(self.signs) and self.signs[self.at].start < match.end(1):
                self.at += 1
            self.label(Sign("label", match.start(1), max(match.end(1), match.start(1)), name, label=name))

    def label(self, sign: Sign) -> None:
        found = self.framed(sign)
        is_copy = self.marked.in_copy(sign.start)
        kind = found.opens or found.closes
        is_plain = kind in ("[", "<") or found.is_framed or self.is_glued(sign)
        if found.is_turned or not (is_copy or is_plain or (found.has_bar and (kind or self.open))):
            if self.open:
                self.open[-1].labels += 1
            return
        if found.opens:
            self.open.append(Open(found.opens, found.start, found.end, found.name))
        elif not (self.behind_group(found) or self.closes(found) or self.touching(found)):
            self.alone(found)

    def is_glued(self, sign: Sign) -> bool:
        """Tell whether a label is written onto a word: `Ann/PER`."""
        before, labels = self.text[max(0, sign.start - 2) : sign.start], self.marked.answer.labels
        is_known = labels is not None and sign.name in labels.known
        return is_known and len(before) == 2 and before[1] in "/_#" and not before[0].isspace()

    def framed(self, sign: Sign) -> Label:
        """Take the marks around a label for its frame."""
        # long because what is taken on one side decides what may be taken on the other
        found = Label(sign.name, sign.start, sign.end, is_framed=sign.is_framed)
        pending, signs = self.pending, self.signs

        def left() -> str:
            return pending[-1].name if pending and self.touches(pending[-1].end, found.start) else ""

        def right(gap: int = 1) -> str:
            one = signs[self.at] if self.at < len(signs) else None
            is_next = one is not None and one.side == "mark" and one.start - found.end <= gap
            if one is not None and one.is_text and not (found.has_bar and one.name == "]"):
                return ""
            return one.name if one is not None and is_next and self.touches(found.end, one.start) else ""

        def take_left() -> None:
            found.start = pending.pop().start

        def take_right() -> None:
            found.end = signs[self.at].end
            self.at += 1

        separating = _SEPARATING - {">"} if self.open and self.open[-1].kind == "<" else _SEPARATING
        while (char := left()) and (
            right() == _OPENING.get(char)
            or (
                char == right(0)
                and char in _TURNING
                and (char != "|" or not self.open)
                and pending[-1].end == found.start
            )
        ):
            found.is_framed = found.is_framed or char in "[({<*|"
            take_left()
            take_right()
            if char in _TURNING:
                found.name = self.text[found.start : found.end]
        while (char := left()) in separating and char:
            found.has_bar = found.has_bar or char == "|"
            take_left()
        if found.start < sign.start and self.text[found.start] in "=:":
            attribute = _ATTRIBUTE.search(self.text, max(0, found.start - 20), found.start)
            if attribute is not None:
                found.start = attribute.start()
                while pending and pending[-1].start >= found.start:
                    pending.pop()
        if not found.has_bar and not found.is_framed:
            if left() in _OPENING and right(0) not in _OPENING:
                found.opens = left()
                take_left()
            elif right(0) in _OPENING and self.may_open(found.end + 1):
                found.opens = right(0)
                take_right()
        self.flush()
        if found.opens:
            while (char := right()) in _SEPARATING and char:
                take_right()
        elif self.group is not None and self.touches(self.group.end, found.start):
            pass  # what follows closes something else
        elif (char := right()) and (char in _CLOSING or (found.has_bar and right(0) == "[")):
            found.closes = _CLOSING.get(char, "[")
            found.is_turned = char in _OPENING and not self.open
            take_right()
        elif (char := right(0)) in _TURNING and char and self.open and set(self.open[-1].kind) == {char}:
            found.closes = self.open[-1].kind
            for _ in found.closes:
                if right(0) == char:
                    take_right()
        elif self.open and set(self.text[found.start : sign.start]) >= set(self.open[-1].kind):
            found.closes = self.open[-1].kind
        else:
            while found.start == sign.start and (char := right(0)) in _SEPARATING and char:
                take_right()
        if found.has_bar and found.closes == "" and (rest := _REST.match(self.text, found.end)) is not None:
            several = sum(one.kind == "[" for one in self.open[-_DEEPEST:]) > 1 and self.surplus > 0
            if several and any(map(self.marked.is_label, rest[1].split("|"))):
                self.surplus -= 1  # a closing bracket is missing
            else:
                self.details(found, rest)
        return found

    def may_open(self, at: int) -> bool:
        """Tell whether text of the source begins at a place in a copy."""
        return self.marked.in_copy(at) and (self.text[at].isspace() or bool(self.marked.copied[at]))

    def details(self, found: Label, rest: re.Match[str]) -> None:
        """Keep what else a bracket says: further labels, a number for how sure the model is, a remark."""
        details: dict[str, object] = {}
        for part in map(str.strip, rest[1].split("|")):
            if self.marked.is_label(part):
                found.others.append(part)
            elif _NUMBER.fullmatch(part):
                number = float(part.rstrip("%"))
                details.setdefault("confidence", number / 100 if part.endswith("%") else number)
            elif part:
                details.setdefault("remark", part)
        found.details = details or None
        found.closes, found.end = "[", rest.end() + 1
        while self.at < len(self.signs) and self.signs[self.at].start < found.end:
            self.at += 1

    def behind_group(self, found: Label) -> bool:
        """Read `[text](LABEL)`, `**text** (LABEL)`, `[text] | LABEL`."""
        mark = self.marked.marks[-1] if self.marked.marks else None
        if mark is not None and not mark.label and self.touches(mark.whole[1], found.start):
            mark.label, mark.whole = found.name, (mark.whole[0], found.end)
            self.marked.hide(found.start, found.end)
            return True
        group = self.group
        if group is None or not self.touches(group.end, found.start) or found.closes:
            return False
        self.add([found.name], *self.inner, (group.start, found.end), "a label behind its bracket")
        return True

    def closes(self, found: Label) -> bool:
        """Read a label at the end of what is open: `[text | LABEL]`, `(text, LABEL)`, `**text (LABEL)**`."""
        if not (found.closes or found.has_bar):
            return False
        if self.open and found.closes and not found.has_bar and self.open[-1].labels:
            self.find(found.closes)  # several labels in a bracket are a list
            return True
        one = self.find(found.closes) if found.closes else None
        if one is None and found.has_bar:
            one = self.find(*"[{(<")
        if one is None:
            return self.without_opener(found)
        if one.is_text and self.marked.copied[one.start] == 3:
            return True  # an escaped bracket, and all that is in it, is text
        kind = "truncated" if not found.closes and not self.text[found.end :][:MAX_CHARS].strip() else "syntax"
        start = one.end
        prefix = _PREFIX.match(self.text, start)
        if prefix is not None and self.marked.answer.source.given and not self.marked.copied[prefix.start(1)]:
            start = prefix.end()
        whole, names = (one.start, found.end), [found.name, *found.others]
        self.add(names, start, found.start, whole, self.form(one, found), kind, found.details)
        return True

    def form(self, one: Open, found: Label) -> str:
        """Say what is wrong with a bracket."""
        text = self.text
        if one.kind != "[":
            return f"{one.kind} in place of ["
        if not found.closes:
            return "an opening bracket without a closing one"
        if found.others or found.details:
            return "more than a label in a bracket"
        is_exact = text[found.start - 1 : found.end] == f" | {found.name}]" and not text[one.end].isspace()
        return "" if is_exact else "a bracket in another form"

    def without_opener(self, found: Label) -> bool:
        if not found.has_bar or found.closes != "[":
            return False
        detail = "a closing bracket without an opening one"
        self.marked.without_opener(found.start, found.end, [found.name, *found.others], detail)
        return True

    def touching(self, found: Label) -> bool:
        """Read `[PER]Ann[PER]` and `PER Ann PER`: the same label on both sides."""
        last = self.lone[-1] if self.lone else None
        is_bare = self.text[found.start : found.end].strip("[]<>(){}") == found.name
        if last is None or last.name != found.name or not is_bare or "\n" in self.text[last.end : found.start]:
            return False
        between = self.text[last.end : found.start]
        spaces = len(between) - len(between.strip())
        if between[:1] in ",.;:":
            return False
        has_mark = any(mark.start >= last.end for mark in self.marked.marks[-1:])
        if spaces not in (0, 2) or (found.is_framed and spaces) or has_mark:
            return False
        self.lone.pop()
        self.add([found.name], last.end, found.start, (last.start, found.end), "a label on both sides of its mention")
        return True

    def alone(self, found: Label) -> None:
        if not found.is_framed and not self.next_to_text(found):
            return
        if self.open:
            self.open[-1].labels += 1
        self.lone.append(Sign("label", found.start, found.end, found.name, label=found.name))

    def next_to_text(self, found: Label) -> bool:
        """Tell whether what is next to a label is copied."""
        low, high = found.start, found.end
        while low > 0 and self.text[low - 1] == " ":
            low -= 1
        while high < len(self.text) and self.text[high] == " ":
            high += 1
        copied = self.marked.copied
        return bool((low and copied[low - 1]) or (high < len(copied) and copied[high]))
