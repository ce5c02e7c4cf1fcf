"""One line that names entities: which of its fields are mentions, which are labels, which are numbers.

A mention of the text is one field, whatever delimiters it holds; see `Words.fields`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from genner.formats.keys import is_nothing, role_of
from genner.formats.lines.fields import CLOSING, OPENING, Field, joined
from genner.formats.lines.words import Words, is_false, is_true, is_verdict, numbers_of, says_none

__all__ = ["Entries", "Entry", "members"]

_SEPARATORS = ",;|\t、，；،؛/&+"
_COLUMNS = "|\t"
_NO_SPACE = re.compile(r"\S+")
_LONGEST_CLAUSE = 20
"""Words before a verb and a label, among which a mention is looked for."""

_AND = re.compile("[和与與及跟とや/]|및|와 |과 ")

_PRONOUNS = frozenset(("this", "it", "he", "she", "they", "that", "which", "who"))


@dataclass(slots=True)
class Entry:
    """A mention that a line names, in characters of the line's content.

    Args:
        form: how the line names it: the side of the label and the delimiter next to it.
        found: the text has the mention.
        others: offsets of more places of the mention.
        total: how often the line says the text has the mention.
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
    others: tuple[tuple[int, int], ...] = ()
    total: int = 1

    def number(self, values: tuple[int, ...], role: str | None) -> None:
        """Take the numbers next to a mention as offsets or counts."""
        if role in ("number", "remark") or not values:
            return
        if role == "total":
            self.total = values[0]
        elif len(values) == 2 and self.first is not None is not self.last:
            self.others += ((values[0], values[1]),)
        elif len(values) == 2:
            self.first, self.last = values
        elif role == "start":
            self.first = values[0]
        elif role == "end":
            self.last = values[0]
        elif role is None and self.count is not None:  # the second of two numbers
            self.first, self.last, self.count = self.count, values[0], None
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
        """Return the entities of the line; none when it is no such line."""
        at = sorted(self.anchors)
        before = [field for field in self.fields[: at[0]] if field.text]
        is_first = all(map(self._is_aside, before))
        if is_first or self._is_glued(at[0]):  # `PER: Ann`, `one PER (Ann)`
            behind = self._behind_labels(at)
            if not before or any(entry.found and any(map(str.isalnum, entry.text)) for entry in behind):
                self._number(behind[:1], before)
                return behind
        found = self._before_labels(at)
        if any(entry.found for entry in found) or not (found or is_first):
            return found
        # what is before the label may be its long name: `Person (PER): Ann`
        behind = self._behind_labels(at)
        return behind if not found or any(entry.found for entry in behind) else found

    def _is_aside(self, field: Field) -> bool:
        """Tell whether a field is a mention only where nothing else is: a number, a truth value, a key, a sentence."""
        text = field.text
        if numbers_of(text) or is_true(text) or is_false(text) or role_of(text):
            return True
        is_sentence = field is self.fields[0] and text[-1:] in (".", "!", "?") and self.words.has(text)
        holds_next = any(one.text and one.text in text for one in self.fields[1:4])
        return (is_sentence and holds_next) or (text[:1] == "T" and text[1:].isdigit())

    def _behind_labels(self, at: list[int]) -> list[Entry]:
        """Read `LABEL: mention, mention; LABEL: mention`."""
        found: list[Entry] = []
        for number, anchor in enumerate(at):
            last = self.fields[anchor - 1]
            is_quoted = last.end - last.start > len(last.text)  # `PER:"Ann" LOC:"Rome"`
            if number and not (is_quoted or self._is_separated(anchor) or self._is_next(anchor + 1)):
                return []
            until = at[number + 1] if number + 1 < len(at) else len(self.fields)
            low = anchor + 1
            if low + 1 < until and (self._is_gloss(low) or is_true(self.fields[low].text)):
                low += 1
            if until < len(self.fields) and self._is_glued(until) and low + 1 < until:
                until -= 1  # `PER (Ann), one LOC (Rome)`
            listed = members(self.content, self.fields[low:until], self.words)
            if not (at[0] or any(entry.found for entry in listed)):
                listed = self._places(self.fields[low:until]) or listed
            for entry in listed:
                entry.label, entry.form = self.anchors[anchor], "before" + _kind(self.fields[low].before)
            found += listed
            numbers = numbers_of(self.fields[anchor].text[len(self.anchors[anchor]) :].strip())
            if numbers and found:
                found[-1].number(numbers.values, numbers.role)
        return found

    def _is_separated(self, at: int) -> bool:
        return _is_separated(self.fields[at - 1 if self._is_glued(at) else at])

    def _is_next(self, at: int) -> bool:
        """Tell whether a field is a mention, to which the text does not go on: `Ann=PER Rome=LOC`."""
        last = self.fields[at - 2].text  # the label between them is the field before this one, or before that
        text = self.fields[at].text if at < len(self.fields) else ""
        return self.words.has(last) and self.words.has(text) and not self.words.has(f"{last} {text}")

    def _is_glued(self, at: int) -> bool:
        """Tell whether the words before a label belong to it and are no mention."""
        return at > 0 and not self.fields[at].before and not self.words.has(self.fields[at - 1].text)

    def _is_gloss(self, at: int) -> bool:
        """Tell whether a field behind a label is a remark on it in brackets: `PER (2): Ann, Bob`."""
        field, after = self.fields[at], self.fields[at + 1].before
        if not self.fields[at + 1].text:
            return False
        in_brackets = field.before[:1] in tuple(OPENING) and after[:1] in tuple(CLOSING) and len(after) > 1
        return in_brackets and (numbers_of(field.text) is not None or not self.words.has(field.text))

    def _before_labels(self, at: list[int]) -> list[Entry]:
        """Read `mention (LABEL), mention (LABEL)`."""
        found: list[Entry] = []
        low = 0
        for number, anchor in enumerate(at):
            part = self.fields[low:anchor]
            lead = next((i for i, one in enumerate(part) if i and _is_separated(one)), 0)
            if found and all(numbers_of(one.text) for one in part[:lead]):
                self._number(found[-1:], part[:lead])  # `Ann (PER, 2 mentions), Rome (LOC, 1 mention)`
                part = part[lead:]
            is_apart = low == 0 or lead > 0 or self._is_separated(low) or self.fields[low - 1].before == "/"
            is_apart = is_apart or (len(part) == 1 and self._is_next(low))
            is_apart = is_apart or any(char in OPENING for char in self.fields[low].before)
            low = anchor + 1
            if len(part) > 1 and any(is_false(field.text) for field in part):
                continue
            entries = self._places(part) or self._mentions(part, self.fields[anchor].before, is_first=number == 0)
            if not entries:
                continue
            if not (is_apart or any(map(_is_separated, part))):
                if entries[0].found:
                    return []  # a sentence with its labels in it
                continue  # a remark that names a label
            for entry in entries:
                entry.label, entry.form = self.anchors[anchor], "behind" + _kind(self.fields[anchor].before)
            self._number(entries[-1:], [field for field in part if field.start > entries[-1].start])
            found += entries
        tail = self.fields[low:]
        if found and tail:
            if self._goes_on(tail[0]) or any(is_false(field.text) for field in tail):
                return []
            self._number(found[-1:], tail)
        return found

    def _mentions(self, part: Sequence[Field], before_label: str, *, is_first: bool) -> list[Entry]:
        """Choose the mention among the fields before a label, or all of them where they share the label."""
        signs = [":" if one.before == ":" else one.before[-4:] for one in part]
        cuts = [i for i, sign in enumerate(signs) if i and sign in (":", " is ")]
        pieces = [part[low:high] for low, high in pairwise([0, *cuts, len(part)])]
        if before_label == " is " or (":" in signs[1:] and " is " in signs[: signs.index(":", 1)]):
            pieces.reverse()  # `Here are the entities: Ann (PER)`
        subject = next((piece for piece in pieces if any(map(self._is_named, piece))), part)
        plain = [field for field in subject if any(map(str.isalnum, field.text))]
        plain = plain or [field for field in subject if field.text]
        named = [field for field in plain if not self._is_aside(field)]
        named = named or [field for field in plain if self.words.has(field.text)][:1] or plain[-1:]
        found = [field for field in named if self.words.has(field.text)]
        last = next((one for one in reversed(part) if self.words.has(one.text)), None)
        if len(pieces) > 1 and found and last is not None and found[0].text in last.text:
            found = [last]  # `University: University of Oslo (ORG)`
        is_shared = len(found) > 1 and found in (plain, plain[1:])  # with a clause before them or none
        if is_shared and _kind(before_label) not in ("", *_SEPARATORS):
            return [_entry(field, True) for field in found]
        if found:
            quoted = [field for field in found if field.end - field.start > len(field.text)]
            return [_entry((quoted or found)[0] if is_first else found[-1], True)]
        if not named or is_nothing(named[0].text):
            return []
        if (within := _mention_in(named[-1], self.words, is_clause=before_label == " is ")) is not None:
            return [_entry(within, True)]
        in_columns = any(set(field.before) & set(_COLUMNS) for field in part[1:])
        return [_entry(named[0] if in_columns else joined(self.content, named), False)]

    def _is_named(self, field: Field) -> bool:
        return self.words.has(field.text) and field.text.casefold() not in _PRONOUNS and not self._is_aside(field)

    def _places(self, fields: Sequence[Field]) -> list[Entry]:
        """Return entries that are offsets alone, where the line gives nothing else: `0-8: PER`."""
        fields = [field for field in fields if field.text]
        numbers = [None if self.words.has(field.text) else numbers_of(field.text) for field in fields]
        values = [value for one in numbers if one is not None for value in one.values]
        pairs = list(zip(values[::2], values[1::2], strict=False))
        if None in numbers or not pairs or len(values) % 2 or not all(self.words.is_range(*pair) for pair in pairs):
            return []
        first, last = fields[0].start, fields[-1].end
        return [Entry("", first, last, "", "", True, low, high) for low, high in pairs]

    def _goes_on(self, field: Field) -> bool:
        """Tell whether what follows a label is the rest of a sentence of the text."""
        return (
            any(map(str.isalnum, field.text)) and not field.before.strip(CLOSING + "*_") and self.words.has(field.text)
        )

    def _number(self, entries: list[Entry], fields: Sequence[Field]) -> None:
        """Give a mention the numbers of the fields next to it, which may name what they are."""
        values: list[int] = []
        role: str | None = None
        for field in fields if entries else ():
            numbers = numbers_of(field.text)
            if numbers is None:
                role = role_of(field.text)
            elif numbers.role or role:
                entries[0].number(numbers.values, numbers.role or role)
                role = None
            else:
                values.extend(numbers.values)
        if values:
            entries[0].number(tuple(values[:2]), None)


def members(content: str, fields: Sequence[Field], words: Words) -> list[Entry]:
    """Return the mentions that a list names: of each of its parts the first field that the text has, or all of it.

    What the text does not have is a mention where all of a list is, or where it is a part of its own.
    """
    fields = [field for field in fields if field.text]
    entries: list[Entry] = []
    for part in _parts(fields):
        found = next((i for i, field in enumerate(part) if words.has(field.text)), None)
        text, whole = part[0].text, joined(content, part)
        if entries and numbers_of(text) is not None and not (found == 0 and words.is_no_place(text, entries[-1].text)):
            found = -1
        elif found is not None:
            entries.append(_entry(part[found], True))
        elif pieces := _conjoined(part, words):
            entries += pieces
        elif len(part) == 1 and (within := _mention_in(part[0], words, is_clause=False)) is not None:
            entries.append(_entry(within, True))
        elif not (is_verdict(text) or says_none(whole.text) or (entries and set(part[0].before) & set(_COLUMNS))):
            entries.append(_entry(whole, False))
            continue
        for field in part[(found or 0) + 1 :] if entries else ():
            if (behind := numbers_of(field.text)) is not None:
                entries[-1].number(behind.values, behind.role)
    if len(entries) > 1 and not any(entry.found for entry in entries):
        return [_entry(joined(content, fields), False)]
    return entries


def _mention_in(field: Field, words: Words, *, is_clause: bool) -> Field | None:
    """Return the longest end of a string that the text has: `which contains Rome`, `I would label Ann as`.

    Args:
        is_clause: a verb is behind it; then the mention may also be its beginning: `Ann should be`.
    """
    pieces = list(_NO_SPACE.finditer(field.text))
    if field.end - field.start != len(field.text) or len(pieces) > _LONGEST_CLAUSE:
        return None
    for size in range(len(pieces) - 1, 0, -1):
        for start, end in ((pieces[-size].start(), pieces[-1].end()), (0, pieces[size - 1].end())):
            text = field.text[start:end]
            if words.has_exactly(text) and words.has(text):
                before = field.text[:start].split()
                is_name = len(text) > 2 and text[0].isupper() and all(word.islower() for word in before)
                if not (is_clause or (before and is_name)):
                    return None
                return Field(field.start + start, field.start + end, text, field.before)
    return None


def _parts(fields: Sequence[Field]) -> list[list[Field]]:
    """Split a list at its separators, but not inside brackets, unless they hold all of it: `names = ["Ann", "Bob"]`."""
    parts: list[list[Field]] = []
    first = int(len(fields) > 1 and fields[1].before[:1] in ("=", ":"))
    depth = 0
    for number, field in enumerate(fields):
        is_cut = not number
        for char in field.before if number > first else "":
            depth = max(depth + (char in OPENING) - (char in CLOSING), 0)
            is_cut = is_cut or (char in _SEPARATORS and not depth)
        if is_cut:
            parts.append([])
        parts[-1].append(field)
    return parts


def _conjoined(part: Sequence[Field], words: Words) -> list[Entry]:
    """Read mentions with a word or a slash and no spaces between them: `马云和孙正义`, `BRCA1/BRCA2`."""
    pieces = _AND.split(part[0].text) if len(part) == 1 else []
    if len(pieces) < 2 or not all(map(words.has, pieces)):
        return []
    places = [(part[0].start + part[0].text.index(piece), piece) for piece in pieces]
    return [Entry(piece, at, at + len(piece), "", "", True) for at, piece in places]


def _entry(field: Field, found: bool) -> Entry:
    return Entry(field.text, field.start, field.end, "", "", found)


def _is_separated(field: Field) -> bool:
    return any(char in _SEPARATORS for char in field.before) or ")(" in field.before or "][" in field.before


def _kind(before: str) -> str:
    """Return the delimiter next to a label without quotes, emphasis and what closes brackets."""
    return before.strip("*_ " + CLOSING)[-1:]
