"""Records: `text: Rome` and `label: LOC`, on one line, one below the other, or in the columns of a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from genner.formats.keys import LIST_KEYS, Role, is_nothing, key_name, role_of
from genner.formats.lines.entries import Entry, members
from genner.formats.lines.fields import Field, bare
from genner.formats.lines.words import Words, is_false, numbers_of

__all__ = ["Pair", "Table", "entry_of", "pairs_of", "table_of"]

_GIVES = (":", "：", "=", ">")

_VALUES = {sign: re.compile(rf' *"(?:[^"]|"")*"\s*(?=[{sign}]|\Z)|[^{sign}]*') for sign in "|\t;,"}
"""A value of a row, by the character between columns."""


@dataclass(slots=True)
class Pair:
    """One key of a record and its value, in characters of the line's content."""

    role: Role
    text: str
    start: int
    end: int


def pairs_of(content: str, fields: list[Field], words: Words) -> list[Pair]:
    """Return the keys and values of a line; none when it does not begin with a known key."""
    keys = [i for i in range(len(fields) - 1) if _is_key(fields, i, words)]
    if not keys or keys[0]:
        return []
    pairs: list[Pair] = []
    for number, key in enumerate(keys):
        stop = keys[number + 1] if number + 1 < len(keys) else len(fields)
        values = [field for field in fields[key + 1 : stop] if field.text and field.text != "/" + fields[key].text]
        role = role_of(fields[key].text)
        if not values or role is None:
            continue
        comment = next((i for i, field in enumerate(values) if i and field.before.strip() == "#"), len(values))
        values = values[:comment]
        first, last = values[0], values[-1]
        text = first.text if len(values) == 1 else content[first.start : last.end]
        if role == "text" and words.label(text) and not words.has(text):
            role = "label"
        elif role == "label" and len(values) > 1 and words.label(first.text):
            text = first.text  # a remark behind the label
        pairs.append(Pair(role, text, first.start, last.end))
    return pairs


def _is_key(fields: list[Field], at: int, words: Words) -> bool:
    text, after = fields[at].text, fields[at + 1].before
    if at and fields[at].before.strip() and not any(char in ",;|<\t(" for char in fields[at].before):
        return False
    if role_of(text) is None or key_name(text) in LIST_KEYS or words.label(text):
        return False
    return any(after.strip("*_\"'").startswith(sign) for sign in _GIVES)


def entry_of(pairs: list[Pair], form: str, words: Words) -> Entry | None:
    """Return the entity that a record or a row describes; None when it describes none, or says so of itself."""
    values = {pair.role: pair for pair in reversed(pairs)}
    text, label = values.pop("text", None), values.pop("label", None)
    if text is None or label is None or is_nothing(text.text) or any(is_false(one.text) for one in values.values()):
        return None
    entry = Entry(text.text, text.start, text.end, label.text, form, words.has(text.text))
    for role, pair in values.items():
        numbers = numbers_of(pair.text.strip("[]() "))
        if numbers is not None:
            entry.number(numbers.values, numbers.role or role)
    return entry


class Table:
    """Reads the rows below a row of column names.

    Args:
        separator: the character between columns.
        roles: what each column holds: a role, or the label whose mentions it lists.
    """

    def __init__(self, separator: str, roles: list[tuple[Role | None, str]], words: Words) -> None:
        self.separator = separator
        self.roles = roles
        self.words = words

    def read(self, content: str) -> list[Entry] | None:
        """Return what a row names; None when it is no row of this table."""
        values = list(_split(content, self.separator))
        if len(values) < 2:
            return None
        if not any(set(text) - set("-:= ") for text, _ in values):
            return []
        surplus = len(values) - len(self.roles)
        if surplus > 0 and self.separator != "|":
            values = self._merge(content, values, surplus)
        found: list[Entry] = []
        pairs: list[Pair] = []
        form = "column" + self.separator
        for (role, label), (text, start) in zip(self.roles, values, strict=False):
            if is_nothing(text):
                continue
            if not label:
                pairs.append(Pair(role or "remark", text, start, start + len(text)))
                continue
            value = content[start : start + len(text)]
            for entry in members(value, self.words.fields(value), self.words):
                entry.label, entry.form = label, form
                entry.start, entry.end = entry.start + start, entry.end + start
                found.append(entry)
        entry_of_row = entry_of(pairs, form, self.words)
        return [*found, entry_of_row] if entry_of_row is not None else found

    def _merge(self, content: str, values: list[tuple[str, int]], surplus: int) -> list[tuple[str, int]]:
        """Join the values of the text column where its mention holds the separator itself."""
        at = next((i for i, (role, _) in enumerate(self.roles) if role == "text"), None)
        if at is None:
            return values
        start = values[at][1]
        last, last_start = values[at + surplus]
        return [*values[:at], (content[start : last_start + len(last)], start), *values[at + surplus + 1 :]]


def table_of(content: str, words: Words) -> Table | None:
    """Read a row of column names, or return None for any other row."""
    for separator in ("|", "\t", ";", ","):
        if separator not in content:
            continue
        names = [text for text, _ in _split(content, separator)]
        if not 2 <= len(names) <= 12:
            continue
        labels = [words.label(name) for name in names]
        if all(labels) and not words.has(names[0]):
            return Table(separator, [(None, label or "") for label in labels], words)
        roles = _roles(names, words.label)
        if roles is not None:
            return Table(separator, [(role, "") for role in roles], words)
    return None


def _roles(names: list[str], label: Callable[[str], str | None]) -> list[Role | None] | None:
    """Return the roles of columns when there is one for mentions and one for labels."""
    roles = [role_of(name.strip("*_ ")) for name in names]
    if sum(role is not None for role in roles) < len(roles) - len(roles) // 3:
        return None
    if "text" not in roles and "label" in roles and roles.count("label") > 1:
        roles[roles.index("label")] = "text"
    for role in ("text", "label"):
        for repeated in [i for i, one in enumerate(roles) if one == role][1:]:
            roles[repeated] = "remark"
    return roles if "text" in roles and "label" in roles else None


def _split(content: str, separator: str) -> Iterator[tuple[str, int]]:
    """Yield the values of a row and where each begins; a quoted value may hold the separator."""
    low, high = 0, len(content)
    if separator == "|":
        low, high = int(content.startswith("|")), high - (content.endswith("|") and high > 1)
    while low <= high and (match := _VALUES[separator].match(content, low, high)):
        text = match[0].strip(" *_\t" if separator == "|" else None)
        start = low + match[0].find(text)
        if len(text) > 1 and text[0] == text[-1] == '"':
            text, start = text[1:-1].replace('""', '"'), start + 1
        yield bare(text), start
        low = match.end() + 1
