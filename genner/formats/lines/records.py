"""Records: `text: Rome` and `label: LOC`, on one line, one below the other, or in the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass

from genner.formats.keys import LIST_KEYS, Role, is_nothing, key_name, role_of
from genner.formats.lines.entries import Entry
from genner.formats.lines.fields import Field
from genner.formats.lines.words import Words, is_false, numbers_of

__all__ = ["Pair", "entry_of", "pairs_of"]

_GIVES = (":", "=", ">")


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
