"""Tables: a row of column names, then rows of the same columns."""

from __future__ import annotations

from collections.abc import Callable

from genner.formats.keys import Role, is_nothing, role_of
from genner.formats.lines.entries import Entry, members
from genner.formats.lines.fields import bare
from genner.formats.lines.records import Pair, entry_of
from genner.formats.lines.words import Words

__all__ = ["Table", "table_of"]


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
        values = _split(content, self.separator)
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


def _split(content: str, separator: str) -> list[tuple[str, int]]:
    """Split a row into its values and where each begins; a quoted value may hold the separator."""
    low, high = 0, len(content)
    if separator == "|":
        low = 1 if content.startswith("|") else 0
        high = len(content) - 1 if content.endswith("|") and high > 1 else high
    values: list[tuple[str, int]] = []
    at = low
    while at <= high:
        end = -1
        start = at
        while start < high and content[start] == " ":
            start += 1
        if content[start : start + 1] == '"':
            close = start + 1
            while close < high and not (content[close] == '"' and content[close + 1 : close + 2] != '"'):
                close += 2 if content[close] == '"' else 1
            end = content.find(separator, close, high)
            if close >= high or (end < 0 and content[close + 1 : high].strip()):
                end = -1
            elif end < 0:
                end = high
            elif content[close + 1 : end].strip():
                end = -1
        if end < 0:
            end = content.find(separator, at, high)
            end = high if end < 0 else end
        raw = content[at:end]
        text = raw.strip(" *_\t") if separator == "|" else raw.strip()
        start = at + raw.find(text)
        if len(text) > 1 and text[0] == text[-1] == '"':
            text, start = text[1:-1].replace('""', '"'), start + 1
        values.append((bare(text), start))
        at = end + 1
    return values
