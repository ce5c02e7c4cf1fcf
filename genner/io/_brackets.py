"""Columns in which brackets mark entities: `(PERSON*`, `*`, `*)`, as CoNLL-2005 and 2012 (OntoNotes) have them.

Next to them are parts of speech, brackets of phrases and of predicates, in a number of columns that differs from
sentence to sentence: so each row becomes its token and its tag before anything else looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from genner.exceptions import DataError
from genner.io.source import Block

__all__ = ["Brackets", "as_tags", "bracket_columns", "rows_of"]

_FIELD = re.compile(r"(?:\(([A-Z][\w.-]*))?\*?\)?")
_PREDICATE = re.compile(r"(?:[CR]-)?(?:V|A\d|AA|AM|ARG\w*)(?:-.*)?")
"""Labels of predicates and their arguments (PropBank)."""
_PHRASES = frozenset(("S", "S1", "TOP", "SBAR", "SINV", "SQ", "NP", "VP", "PP", "ADVP", "ADJP", "PRT", "FRAG", "INTJ"))


class Brackets(NamedTuple):
    """Where a file has what.

    Args:
        token: the column of the tokens.
        tag: the column of the brackets.
    """

    token: int
    tag: int


def rows_of(block: Block | DataError) -> Iterator[str]:
    """Yield the lines of a sentence that are no comments."""
    if not isinstance(block, DataError):
        yield from (line for _, line in block if not line.startswith("#"))


def bracket_columns(rows: Sequence[Sequence[str]]) -> Brackets | None:
    """Return the columns of tokens and entities; None where no column has entities in brackets."""
    width = min(map(len, rows), default=0)
    for column in range(1, width):
        labels = _labels([row[column] for row in rows])
        if labels and not any(label in _PHRASES or _PREDICATE.fullmatch(label) for label in labels):
            # a document, a part and a number come before the token in CoNLL-2012
            token = 3 if column > 3 and all(row[2].isdecimal() for row in rows) else 0
            return Brackets(token, column)
    return None


def _labels(fields: Sequence[str]) -> set[str]:
    """Return the labels of a column of brackets; none where it is another column."""
    matches = [_FIELD.fullmatch(field) if field else None for field in fields]
    if "*" not in fields or not all(matches):
        return set()
    return {match[1] for match in matches if match is not None and match[1]}


def as_tags(brackets: Brackets, numbered: tuple[int, Block | DataError]) -> tuple[int, Block | DataError]:
    """Return a sentence with a token and a tag in each row."""
    first, block = numbered
    if isinstance(block, DataError):
        return numbered
    made: Block = []
    label = ""
    for number, line in block:
        fields = line.split()
        if line.startswith("#") and len(fields) <= brackets.tag:
            made.append((number, line))
            continue
        match = _FIELD.fullmatch(fields[brackets.tag]) if len(fields) > brackets.tag else None
        if match is None or (match[1] and label):
            found = fields[brackets.tag] if len(fields) > brackets.tag else line
            return first, DataError(f"expected an entity such as (PERSON*, * or *), got {found!r:.60}", line=number)
        opened, label = bool(match[1]), match[1] or label
        tag = ("B-" if opened else "I-") + label if label else "O"
        made.append((number, f"{fields[brackets.token]}\t{tag}"))
        if match[0].endswith(")"):
            label = ""
    return first, made
