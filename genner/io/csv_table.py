"""Tables with commas, semicolons or tabs: a token a row with its tag and the number of its sentence, or a text a row.

The columns are found by their names in the first line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, islice
from typing import Any

from genner.exceptions import DataError
from genner.io import nested_json
from genner.io._companion import companion_text
from genner.io._tagged import is_tag
from genner.io.items import is_claim
from genner.io.json_text import in_string
from genner.io.keys import LABEL_KEYS, LIST_KEYS, MENTION_KEYS, TAG_NAMES, TEXT_KEYS, edge_of, fold
from genner.io.source import Source
from genner.types import Document

__all__ = ["names_of", "objects", "read", "sniff"]

SUFFIXES = (".csv",)
TOKENS = ("word", "words", "token", "tokens", "form", "surface")
DOCUMENT_IDS = ("docid", "documentid", "doc", "textid", "sentenceid", "sentid")
"""Columns that name the document of an entity."""

PEEK = 200
"""Rows that are looked at to find out whether a plain `id` is that of the document or of the entity."""

SENTENCES = ("sentence", "sentence#", "sentenceid", "sentid", "sent", "sentencenumber", "sentenceidx", "id", "docid")


def sniff(name: str, head: str) -> bool:
    """Tell whether the first line names columns that hold tokens and tags, or texts and entities."""
    return separator_of(head) is not None


def separator_of(head: str) -> str | None:
    """Return what is between the fields of a table whose first line names them; None where it is no such table."""
    first, _, rest = head.removeprefix(_excel(head)).partition("\n")
    for separator in (",", ";", "\t"):
        try:
            names = [fold(field.strip()) for field in next(csv.reader([first.rstrip("\r")], delimiter=separator), [])]
        except csv.Error:
            continue
        texts = [names.index(one) for one in TEXT_KEYS if one in names]
        if separator != "\t" and set(names) & set(TOKENS) and set(names) & set(TAG_NAMES):
            return separator
        if len(names) > 1 and separator != "\t" and _found(head, separator) is not None:
            return separator
        if texts and len(names) > 1 and (set(names) & {*LIST_KEYS, *TAG_NAMES} or _names_entities(names)):
            fields = rest.split("\n", 1)[0].split(separator)
            if separator != "\t" or " " in (fields[texts[0]] if len(fields) > texts[0] else ""):
                return separator
    return None


def _excel(head: str) -> str:
    """Return the line in which Excel keeps the separator, `sep=;`, or nothing."""
    return match[0] if (match := re.match(r"\"?sep=.\"?\r?\n", head)) else ""


def _names_entities(names: Sequence[str]) -> bool:
    """Tell whether folded names of columns say where an entity is, or what its text is, and its label."""
    placed = any(edge_of(name) == "start" for name in names) or set(names) & {*MENTION_KEYS} - {*TEXT_KEYS, "text"}
    return bool(placed) and bool(set(names) & set(LABEL_KEYS))


def _found(head: str, separator: str) -> tuple[int, int, int | None] | None:
    """Return the columns of tokens, tags and numbers of sentences of a table whose names nobody knows.

    Returns:
        None where no column holds a tag such as B-PER in each row below the first.
    """
    lines = head.removeprefix(_excel(head)).split("\n")
    try:
        rows = [*csv.reader((line.rstrip("\r") for line in lines[: min(200, len(lines) - 1)]), delimiter=separator)]
    except csv.Error:
        return None
    names, below = rows[0] if rows else [], [*filter(None, rows[1:])]
    whole = [row for row in below if len(row) == len(names)]
    for column in range(len(names) - 1, 0, -1) if len(whole) * 2 > len(below) else ():
        tags = {row[column].strip() for row in whole}
        if all(map(is_tag, tags)) and tags != {"O"} and not is_tag(names[column].strip()):
            token = column - 1 - (column > 2)  # a part of speech may be between them
            numbers = [row[0].strip() for row in whole]
            counts = token > 0 and len(set(numbers)) < len(numbers)  # a number of its own for each row is an index
            return token, column, 0 if counts else None
    return None


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
    sentence = _column(names, folded, None, SENTENCES)
    if token is None and not {*folded} & {*TEXT_KEYS}:
        found = _found(source.head(), separator_of(source.head()) or ",")
        token, tag, sentence = found or (None, tag, sentence)
    first = next(rows, (0, []))
    rows = chain([first] if first[1] else [], rows)
    whole = token is not None and len(first[1]) > token and in_string(first[1][token]) is not None
    if token is None or tag is None or whole:  # a row is a sentence
        objects = ((number, _with_text(source, row)) for number, row in _objects(rows, names))
        return nested_json.documents(source, _gathered(objects))
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
            if number > 1 or not _excel(line + "\n"):
                yield line + "\n"

    rows = csv.reader(lines(), delimiter=separator_of(source.head()) or ",")
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise source.located(DataError(f"expected fields between commas: {error}"), rows.line_num) from None
        if row is None:
            return
        yield rows.line_num, row


def names_of(source: Source) -> list[str]:
    """Return the names of the columns: the fields of the first line."""
    return [field.strip() for field in next(_rows(source), (0, []))[1]]


def objects(source: Source) -> Iterator[tuple[int, Any]]:
    """Yield each row below the first as an object by the names of the columns, with its line."""
    rows = _rows(source)
    yield from _objects(rows, [field.strip() for field in next(rows, (0, []))[1]])


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


def _gathered(records: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Join rows that follow each other and hold one entity each of the same text and document."""
    peeked = [*islice(records, PEEK)]
    names = DOCUMENT_IDS if _numbers_entities(peeked) else ("id",)

    def document(pair: tuple[int, Any]) -> tuple[Any, ...]:
        row = {} if isinstance(pair[1], DataError) else pair[1]
        return _text(pair[1]), next((row[key] for key in row if fold(key) in names), None)

    for (_, id), group in groupby(chain(peeked, records), key=document):
        rows = list(group)
        first = rows[0][1]
        name = "" if isinstance(first, DataError) else next((name for name in first if fold(name) in TEXT_KEYS), "")
        is_entity = not isinstance(first, DataError) and (is_claim(first) or _names_entities([*map(fold, first)]))
        if not name or not is_entity or any(map(in_string, first.values())):
            yield from rows
            continue
        column = next((key for key in first if fold(key) in names), name)
        entities = [{key: value for key, value in row.items() if key not in (name, column)} for _, row in rows]
        placed = [entity for entity in entities if is_claim(entity) or (not is_claim(first) and _is_filled(entity))]
        named = {} if id is None else {"id": id}
        yield rows[0][0], {**named, "text": first[name], "entities": placed}


def _numbers_entities(records: Sequence[tuple[int, Any]]) -> bool:
    """Tell whether `id` differs between all rows, also of the same text, or another column names the document."""
    good = [row for _, row in records if not isinstance(row, DataError)]
    if any(fold(key) in DOCUMENT_IDS for row in good[:1] for key in row):
        return True
    known = [(_text(row), row[key]) for row in good for key in row if fold(key) == "id"]
    return len({text for text, _ in known}) < len(known) == len(set(known))


def _is_filled(entity: dict[str, str]) -> bool:
    """Tell whether a row without a place names an entity: a text without one has blanks or dashes there."""
    names = [value for name, value in entity.items() if fold(name) in {*LABEL_KEYS, *MENTION_KEYS}]
    return all(value.strip() not in ("", "-", "_", "O", "NA", "None", "null") for value in names)


def _with_text(source: Source, row: Any) -> Any:
    """Return a row with the text that it is about where it names a file, or a line of one (Amazon Comprehend)."""
    folded = {} if isinstance(row, DataError) else {fold(key): key for key in row}
    if "file" not in folded or "begin" not in "".join(folded) or set(folded) & set(TEXT_KEYS):
        return row
    try:
        text, line = companion_text(source, row[folded["file"]]), row.get(folded.get("line", ""))
        return {"text": text if line is None else text.split("\n")[int(line)], **row}
    except DataError as error:
        return error
    except (ValueError, IndexError):
        return DataError(f"{row[folded['file']]} has no line {line}")


def _text(record: Any) -> Any:
    if isinstance(record, DataError):
        return id(record)
    return next((value for name, value in record.items() if fold(name) in TEXT_KEYS), id(record))


def _sentences(
    rows: Iterator[tuple[int, list[str]]], width: int, token: int, tag: int, sentence: int | None
) -> Iterator[tuple[int, Any]]:
    """Yield one record a sentence: a new one begins at a new number, or after an empty row."""
    tokens: list[str] = []
    tags: list[str] = []
    wrong: tuple[int, DataError] | None = None
    first, current = 0, ""
    for number, row in rows:
        empty = not any(field.strip() for field in row)
        name = "" if sentence is None or empty or len(row) <= sentence else row[sentence].strip()
        name = "" if name in ("NaN", "nan") else name  # as pandas writes what it does not repeat
        if tokens and (empty or (name and name != current)):
            yield wrong or (first, {"tokens": tokens, "tags": tags})
            tokens, tags, wrong = [], [], None
        if empty:
            continue
        if len(row) != width:  # it costs its sentence
            wrong = wrong or (number, DataError(f"expected {width} fields between commas, got {len(row)}"))
            row = [*row, *[""] * width]
        first = first if tokens else number
        current = name or current
        tokens.append(row[token])
        tags.append(row[tag].strip() or "O")
    if tokens:
        yield wrong or (first, {"tokens": tokens, "tags": tags})
