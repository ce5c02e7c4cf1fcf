"""One line that names entities: which of its fields are mentions, which are labels, which are numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from genner.formats.keys import is_nothing, role_of
from genner.formats.lines.fields import CLOSING, OPENING, Field, bare
from genner.formats.lines.words import Words, is_false, is_true, numbers_of

__all__ = ["Entries", "Entry", "members"]

_SEPARATORS = ",;|\t、，；/&"
_LISTS = (";；", ",、，", "/&+")
_COLUMNS = "|\t"
_BEFORE_LABEL = " \t([{<|-–—:=*_\"'`"
_BEHIND_LABEL = " \t)]}>|,;*_\"'`"
_TRIES = 6
"""How many ends of a mention are tried; a mention seldom holds more delimiters."""


@dataclass(slots=True)
class Entry:
    """A mention that a line names, in characters of the line's content.

    Args:
        form: how the line names it: the side of the label and the delimiter next to it.
        found: the text has the mention.
    """

    text: str
    start: int
    end: int
    label: str
    form: str
    found: bool
    first: int | None = None
    last: int | None = None
    count: int | None = None

    def number(self, values: tuple[int, ...], role: str | None) -> None:
        """Take the numbers next to a mention as offsets or counts."""
        if role in ("number", "remark") or not values:
            return
        if len(values) == 2:
            self.first, self.last = values
        elif role == "start":
            self.first = values[0]
        elif role == "end":
            self.last = values[0]
        elif role in (None, "count"):
            self.count = values[0]


class Entries:
    """Reads the fields of one line whose labels are known.

    Args:
        anchors: the numbers of the fields that are labels, and the label of each.
    """

    def __init__(self, content: str, fields: list[Field], anchors: dict[int, str], words: Words) -> None:
        self.content = content
        self.fields = fields
        self.anchors = anchors
        self.words = words

    def read(self) -> list[Entry]:
        """Return the entries of the line; none when it is no such line."""
        at = sorted(self.anchors)
        first = next((i for i, field in enumerate(self.fields) if field.text and not self._is_aside(field)), None)
        if first is None:
            return []
        if first in self.anchors:
            return self._behind_labels(at)
        found = self._before_labels(at)
        if found and not any(entry.found for entry in found):
            # what is before the label may be its long name: `Person (PER): Ann`
            others = self._behind_labels(at)
            if any(entry.found for entry in others):
                return others
        return found

    def _is_aside(self, field: Field) -> bool:
        """Tell whether a field is a number, a truth value or a key, and so no part of a mention."""
        text = field.text
        return bool(numbers_of(text) or is_true(text) or is_false(text) or role_of(text)) or (
            text[:1] == "T" and text[1:].isdigit()
        )

    def _behind_labels(self, at: list[int]) -> list[Entry]:
        """Read `LABEL: mention, mention; LABEL: mention`."""
        found: list[Entry] = []
        for number, anchor in enumerate(at):
            if number and not self._is_separated(anchor):
                return []
            until = at[number + 1] if number + 1 < len(at) else len(self.fields)
            low = anchor + 1
            if low + 1 < until and self._is_gloss(low):
                low += 1
            if low < until:
                form = "before" + _kind(self.fields[low].before)
                for entry in members(self.content, self.fields, low, until, self.words):
                    entry.label, entry.form = self.anchors[anchor], form
                    found.append(entry)
            found_numbers = numbers_of(self.fields[anchor].text[len(self.anchors[anchor]) :].strip())
            if found_numbers and found:
                found[-1].number(found_numbers.values, found_numbers.role)
        return found

    def _is_separated(self, at: int) -> bool:
        before = self.fields[at].before
        return _separated(before) or (
            not before.strip() and self.content[: self.fields[at].start].endswith((". ", "; "))
        )

    def _is_gloss(self, at: int) -> bool:
        """Tell whether a field behind a label is a remark on it in brackets: `PER (2): Ann, Bob`."""
        field, after = self.fields[at], self.fields[at + 1].before
        in_brackets = field.before[:1] in tuple(OPENING) and after[:1] in tuple(CLOSING) and len(after) > 1
        return in_brackets and (numbers_of(field.text) is not None or not self.words.has(field.text))

    def _before_labels(self, at: list[int]) -> list[Entry]:
        """Read `mention (LABEL), mention (LABEL)`."""
        found: list[Entry] = []
        low = 0
        for number, anchor in enumerate(at):
            asides = [i for i in range(low, anchor) if self._is_aside(self.fields[i])]
            if any(is_false(self.fields[i].text) for i in range(low, anchor)):
                low = anchor + 1
                continue
            entry, first = self._mention(low, anchor, number)
            if entry is None:
                low = anchor + 1
                continue
            apart = self._is_separated(first) or self._is_separated(low)
            if number and not (apart or self.fields[at[number - 1]].before == "/"):
                if entry.found:
                    return []  # a sentence with its labels in it
                low = anchor + 1  # a remark that names a label
                continue
            entries = self._listed(low, anchor, entry) or [entry]
            for one in entries:
                one.label, one.form = self.anchors[anchor], "behind" + _kind(self.fields[anchor].before)
            self._number(entries[-1], [i for i in asides if i > first])
            found += entries
            low = anchor + 1
        if found and low < len(self.fields):
            tail = range(low, len(self.fields))
            if self._goes_on(low):
                return []
            if any(is_false(self.fields[i].text) for i in tail):
                return []
            self._number(found[-1], tail)
        return found

    def _listed(self, low: int, anchor: int, entry: Entry) -> list[Entry]:
        """Read `Ann and Bob (PER)`: mentions that share the label behind them; none where the commas part columns."""
        kind = _kind(self.fields[anchor].before)
        anchor = next((i for i in range(low + 1, anchor) if self.fields[i].before == " is "), anchor)
        is_whole = entry.found and entry.start <= self.fields[low].start and entry.end >= self.fields[anchor - 1].end
        if anchor - low < 2 or is_whole or kind in ("", *_SEPARATORS):
            return []
        listed = list(members(self.content, self.fields, low, anchor, self.words))
        return listed if len(listed) > 1 and all(one.found for one in listed) else []

    def _goes_on(self, at: int) -> bool:
        """Tell whether what follows a label is the rest of a sentence of the text."""
        field = self.fields[at]
        return (
            any(map(str.isalnum, field.text)) and not field.before.strip(CLOSING + "*_") and self.words.has(field.text)
        )

    def _number(self, entry: Entry, at: range | list[int]) -> None:
        values: list[int] = []
        role: str | None = None
        for i in at:
            text = self.fields[i].text
            numbers = numbers_of(text)
            if numbers is None:
                role = role_of(text)
            elif numbers.role or role:
                entry.number(numbers.values, numbers.role or role)
                role = None
            else:
                values.extend(numbers.values)
        if values:
            entry.number(tuple(values[:2]), None)

    def _mention(self, low: int, high: int, number: int) -> tuple[Entry | None, int]:
        """Find the mention among the fields before a label: all of them, or the first or last ones."""
        fields = self.fields
        begin = fields[low - 1].end if low else 0
        raw = self.content[begin : fields[high].start].rstrip(_BEFORE_LABEL).lstrip(_BEHIND_LABEL)
        if any(char in raw for char in OPENING) and self.words.has_exactly(raw):
            start = self.content.index(raw, begin)
            return Entry(raw, start, start + len(raw), "", "", True), low
        while low < high and (not fields[low].text or self._is_aside(fields[low])) and not self._is_mention(low, high):
            low += 1
        end = high
        while end > low + 1 and (not fields[end - 1].text or self._is_aside(fields[end - 1])):
            end -= 1
        if low >= high:
            return None, low
        prefixes = [(low, last) for last in range(end, max(low, end - _TRIES), -1)]
        if prefixes[-1] != (low, low + 1):
            prefixes.append((low, low + 1))
        suffixes = [(first, end) for first in range(max(low, end - _TRIES) + 1, end)]
        if fields[high].before.endswith(" is "):  # a sentence; its mention is quoted or all that is before the verb
            behind_colon = max((i for i in range(low + 1, end) if fields[i].before == ":"), default=None)
            suffixes = [] if behind_colon is None else [(behind_colon, end)]
            prefixes = prefixes[:1]
        quoted = [(i, i + 1) for i in range(low, min(end, low + _TRIES)) if self._is_quoted(i)]
        whole = prefixes[:1]
        for first, last in [*suffixes, *prefixes] if number else [*whole, *quoted, *prefixes[1:], *suffixes]:
            text, start, stop = _joined(self.content, fields, first, last)
            if self.words.has(text):
                return Entry(text, start, stop, "", "", True), first
        columns = any(set(field.before) & set(_COLUMNS) for field in fields[low + 1 : high + 1])
        text, start, stop = _joined(self.content, fields, low, low + 1 if columns else end)
        if is_nothing(text):
            return None, low
        return Entry(text, start, stop, "", "", False), low

    def _is_quoted(self, at: int) -> bool:
        field = self.fields[at]
        return field.end - field.start > len(field.text)

    def _is_mention(self, at: int, high: int) -> bool:
        """Tell whether a number or key is the only thing before the label, and so the mention."""
        return at == high - 1 and bool(self.fields[at].text)


def members(content: str, fields: list[Field], low: int, high: int, words: Words) -> Iterator[Entry]:
    """Yield the mentions that a list names: all of it, or its parts."""
    while low < high and not fields[high - 1].text:
        high -= 1
    if low >= high:
        return
    groups = [(low, high)]
    text, start, end = _joined(content, fields, low, high)
    if words.has(text):
        yield Entry(text, start, end, "", "", True)
        return
    columns = [low, *(i for i in range(low + 1, high) if set(fields[i].before) & set(_COLUMNS)), high]
    if len(columns) > 2:
        groups = list(itertools.pairwise(columns))
    last: Entry | None = None
    for number, (first, stop) in enumerate(groups):
        for entry in _parts(content, fields, first, stop, words):
            numbers = numbers_of(entry.text)
            if numbers and not (entry.found and last is None):
                if last is not None:
                    _add_numbers(last, numbers.values, numbers.role)
            elif not is_nothing(entry.text) and (entry.found or not number):
                if last is not None:
                    yield last
                last = entry
    if last is not None:
        yield last


def _add_numbers(entry: Entry, values: tuple[int, ...], role: str | None) -> None:
    if role is None and len(values) == 1 and entry.count is not None:
        entry.first, entry.last, entry.count = entry.count, values[0], None
    else:
        entry.number(values, role)


def _parts(content: str, fields: list[Field], low: int, high: int, words: Words) -> list[Entry]:
    """Split a list at its separators where that gives a mention of the text."""
    for separators in _LISTS:
        cuts = [low, *_cuts(fields, low, high, separators), high]
        if len(cuts) == 2:
            continue
        parts: list[Entry] = []
        at = 0
        while at < len(cuts) - 1:
            # a part that is not in the text may be half of one that is: `Reed, Ann`
            ends = [at + 1, at + 2] if at + 2 < len(cuts) else [at + 1]
            entries = [_one(content, fields, cuts[at], cuts[end], words) for end in ends]
            best = next((i for i, entry in enumerate(entries) if entry.found), 0)
            if best and _one(content, fields, cuts[at + 1], cuts[at + 2], words).found:
                best = 0
            parts.append(entries[best])
            at = ends[best]
        if any(part.found for part in parts):
            return parts
    return [_one(content, fields, low, high, words)]


def _cuts(fields: list[Field], low: int, high: int, separators: str) -> Iterator[int]:
    """Yield the fields that begin a new part: behind a separator that is in no brackets."""
    depth = 0
    for i in range(low + 1, high):
        cut = False
        for char in fields[i].before:
            if char in OPENING:
                depth += 1
            elif char in CLOSING:
                depth = max(depth - 1, 0)
            elif char in separators and not depth:
                cut = True
        if cut:
            yield i


def _one(content: str, fields: list[Field], low: int, high: int, words: Words) -> Entry:
    """Read one member of a list: a mention, and perhaps a remark or numbers behind it."""
    whole = _joined(content, fields, low, high)
    for text in dict.fromkeys((whole[0], whole[0].rstrip(" .!"))):
        if words.has(text):
            return Entry(text, whole[1], whole[2] - len(whole[0]) + len(text), "", "", True)
    for last in range(min(high - 1, low + _TRIES), low, -1):
        text, start, end = _joined(content, fields, low, last)
        if words.has(text):
            entry = Entry(text, start, end, "", "", True)
            for field in fields[last:high]:
                numbers = numbers_of(field.text)
                if numbers:
                    _add_numbers(entry, numbers.values, numbers.role)
            return entry
    return Entry(*whole, "", "", False)


def _joined(content: str, fields: list[Field], low: int, high: int) -> tuple[str, int, int]:
    """Return the fields from `low` to `high` as one string, with a bracket that it opens closed."""
    start, end = fields[low].start, fields[high - 1].end
    if high == low + 1:
        return fields[low].text, start, end
    raw = content[start:end]
    if end < len(content) and content[end] in CLOSING:
        opened = OPENING[CLOSING.index(content[end])]
        if raw.count(opened) > raw.count(content[end]):
            end += 1
            raw = content[start:end]
    return bare(raw), start, end


def _separated(before: str) -> bool:
    return any(char in _SEPARATORS for char in before) or (")(" in before) or ("][" in before)


def _kind(before: str) -> str:
    """Return the delimiter next to a label without quotes, emphasis and what closes brackets."""
    return before.strip("*_ " + CLOSING)[-1:]
