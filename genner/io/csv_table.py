"""Tables with commas: a token a row with its tag and the number of its sentence, or a text a row.

The columns are found by their names in the first line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from genner.exceptions import DataError
from genner.io import nested_json
from genner.io._keys import LIST_KEYS, TAG_NAMES, TEXT_KEYS, fold
from genner.io._source import Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".csv",)
TOKENS = ("word", "words", "token", "tokens", "form", "surface")
SENTENCES = ("sentence", "sentence#", "sentenceid", "sentid", "sent", "sentencenumber", "sentenceidx", "id", "docid")


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line names columns that hold tokens and tags, or texts and entities."""
    first = head.split("\n", 1)[0].rstrip("\r")
    if "," not in first or "\t" in first:
        return False
    try:
        names = [fold(field.strip()) for field in next(csv.reader([first]), [])]
    except csv.Error:
        return False
    tokens = any(one in names for one in TOKENS) and any(one in names for one in TAG_NAMES)
    return tokens or (any(one in names for one in TEXT_KEYS) and any(one in names for one in LIST_KEYS))


def read(source: Source, *, token_column: str | None = None, tag_column: str | None = None) -> Iterator[Document]:
    """Yield one document a sentence, or one a row where a row holds a text.

    Args:
        token_column: the name of the column of tokens; found when not given.
        tag_column: the name of the column of tags.
    """
    rows = _rows(source)
    names = [field.strip() for field in next(rows, (0, []))[1]]
    folded = [fold(name) for name in names]
    token = _column(names, folded, token_column, TOKENS)
    tag = _column(names, folded, tag_column, TAG_NAMES)
    if token is None or tag is None:
        return nested_json.documents(source, _objects(rows, names))
    sentence = _column(names, folded, None, SENTENCES)
    return nested_json.documents(source, _sentences(rows, len(names), token, tag, sentence))


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its last line.

    Raises:
        DataError: for a line that is not UTF-8, or a field that is no CSV.
    """

    def lines() -> Iterator[str]:
        for number, line in source.lines():
            if isinstance(line, DataError):
                raise source.located(line, number)
            yield line + "\n"

    rows = csv.reader(lines())
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise source.located(DataError(f"expected fields between commas: {error}"), rows.line_num) from None
        if row is None:
            return
        yield rows.line_num, row


def _column(names: list[str], folded: list[str], wanted: str | None, known: tuple[str, ...]) -> int | None:
    if wanted is not None:
        if wanted not in names:
            raise DataError(f"there is no column {wanted!r}; the columns are {', '.join(names):.200}", line=1)
        return names.index(wanted)
    return next((folded.index(name) for name in known if name in folded), None)


def _objects(rows: Iterator[tuple[int, list[str]]], names: list[str]) -> Iterator[tuple[int, Any]]:
    for number, row in rows:
        if row:
            fits = len(row) == len(names)
            wrong = DataError(f"expected {len(names)} fields between commas, got {len(row)}")
            yield number, dict(zip(names, row, strict=True)) if fits else wrong


def _sentences(
    rows: Iterator[tuple[int, list[str]]], width: int, token: int, tag: int, sentence: int | None
) -> Iterator[tuple[int, Any]]:
    """Yield one record a sentence: a new one begins at a new number, or after an empty row."""
    tokens: list[str] = []
    tags: list[str] = []
    first, current = 0, ""
    for number, row in rows:
        empty = not any(field.strip() for field in row)
        name = "" if sentence is None or empty or len(row) <= sentence else row[sentence].strip()
        if tokens and (empty or (name and name != current)):
            yield first, {"tokens": tokens, "tags": tags}
            tokens, tags = [], []
        if empty:
            continue
        if len(row) != width:
            yield number, DataError(f"expected {width} fields between commas, got {len(row)}")
            continue
        first = first if tokens else number
        current = name or current
        tokens.append(row[token])
        tags.append(row[tag].strip())
    if tokens:
        yield first, {"tokens": tokens, "tags": tags}
