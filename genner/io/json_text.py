"""What JSON readers and writers share: one kind of error, a look at the first record, and lines UTF-8 can hold."""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from genner.exceptions import DataError
from genner.io.source import BAD_BYTE, HEAD, Source, bad_byte

__all__ = ["first_value", "in_string", "json_line", "json_records", "load_json", "record_strings"]


def _syntax_error(error: json.JSONDecodeError, column: int) -> DataError:
    """Build the error of a text that is no JSON; some messages of the parser end with `at` already."""
    return DataError(f"expected JSON: {error.msg.removesuffix(' at')} at column {column}")


def load_json(text: str) -> Any:
    """Decode one JSON value.

    Raises:
        DataError: saying what is wrong and at which column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _syntax_error(error, error.pos + 1) from None
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; a list 100,000 deep
        raise DataError(f"expected JSON that can be read: {error}") from None


def in_string(value: str) -> Any:
    """Return the list or object that a string holds, in JSON or as Python prints it; None where it holds neither."""
    if value.lstrip()[:1] not in ("[", "{") or len(value) > 1 << 20:
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        try:
            return literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None


def json_line(record: Mapping[str, Any]) -> str:
    """Return a record as one line of JSON that UTF-8 can hold.

    Raises:
        DataError: for what JSON cannot hold.
    """
    try:
        line = json.dumps(record, ensure_ascii=False)
        line.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: JSON can say it in ASCII only
        return json.dumps(record)
    except (TypeError, ValueError) as error:
        raise DataError(f"meta: expected what JSON can hold: {error}") from None
    return line


def first_value(source: Source) -> Any:
    """Return the first whole record of a JSON input, however long it is; None where the input is not JSON.

    A look-ahead that may end inside the record would miss the keys behind it.
    """
    size = HEAD
    while True:
        head = source.head(size).lstrip()
        if not head.startswith(("{", "[")):
            return None
        for _, value in _records_of(head):
            if not isinstance(value, DataError):
                return value
        if len(source.head(size * 8)) == len(source.head(size)):
            return None
        size *= 8


def _records_of(text: str) -> Iterator[tuple[int, Any]]:
    if _is_one_value(text):
        yield from _values(text)
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            yield number, _value(line)


def _is_one_value(head: str) -> bool:
    """Tell whether the input is an array or a value over several lines, not one value a line."""
    first, _, rest = head.partition("\n")
    try:
        json.loads(first)
    except json.JSONDecodeError as error:
        if head.startswith("[") or not rest:
            return head.startswith("[")
        lines = islice(filter(None, map(str.strip, rest.split("\n"))), 8)
        is_broken = error.pos < len(first.rstrip())  # not only unfinished
        return not (is_broken and any(isinstance(_value(line), dict) for line in lines))
    except (ValueError, RecursionError):
        return head.startswith("[") or bool(rest)
    return first.startswith("[") and not rest.lstrip().startswith("[")


def json_records(source: Source) -> Iterator[tuple[int, Any]]:
    """Yield the records of JSON Lines, of a JSON array or of one JSON object, each with its line.

    JSON Lines are streamed, and a bad line costs that line alone; an array is held in memory.
    """
    if _is_one_value(source.head().lstrip()):
        yield from _values(source.text(), skip=source.on_error == "skip")
        return
    for number, line in source.lines():
        if isinstance(line, DataError):
            yield number, line
        elif line and not line.isspace():
            yield number, _value(line)


def _value(text: str) -> Any:
    try:
        return load_json(text)
    except DataError as error:
        return error


def _values(text: str, *, skip: bool = False) -> Iterator[tuple[int, Any]]:
    """Decode an array, or values one after the other, piece by piece: so each record knows its line.

    Args:
        skip: go on behind a record that cannot be read, where the next one begins like it on a line of its own.
    """
    decode = json.JSONDecoder().raw_decode
    line, counted = 1, 0
    position = len(text) - len(text.lstrip())
    is_array = text.startswith("[", position)
    position = _skip(text, position + is_array)
    while position < len(text) and not (is_array and text[position] == "]"):
        line, counted = line + text.count("\n", counted, position), position
        value: Any
        try:
            value, position = decode(text, position)
            if skip and (bad := BAD_BYTE.search(text, counted, position)) is not None:
                value = bad_byte(bad[0])
            yield line, value
        except json.JSONDecodeError as error:
            yield error.lineno, _syntax_error(error, error.colno)
            behind = _next_like(text, position) if skip else None
            if behind is None:
                return
            position = behind
        except (ValueError, RecursionError) as error:
            yield line, DataError(f"expected JSON that can be read: {error}")
            return
        position = _skip(text, position)


def _next_like(text: str, start: int) -> int | None:
    """Return where the next value begins that is on a line of its own, as far in as the one at `start`."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    match = re.compile(rf"\n[ \t]{{{len(before.strip('[,') if before.strip() else before)}}},?[ \t]*(?=[{{\[])").search(
        text, start
    )
    return None if match is None else match.end()


def _skip(text: str, position: int) -> int:
    """Return the place of the next value, past white space and commas."""
    while position < len(text) and (text[position] in ", " or text[position].isspace()):
        position += 1
    return position


def record_strings(record: Any, keys: Mapping[str, str | None]) -> tuple[list[str], dict[str, Any]]:
    """Return the strings of a record under `keys`, and what else it holds.

    Args:
        keys: each with what to take where it is missing; None where it must be there.
    """
    if isinstance(record, Mapping):
        values = [record.get(key, default) for key, default in keys.items()]
        if all(isinstance(value, str) for value in values):
            return values, {key: value for key, value in record.items() if key not in keys}
        problems = [
            f"{key}: expected a string, got {json.dumps(record[key])[:60]}" if key in record else f"{key} is missing"
            for key, value in zip(keys, values, strict=True)
            if not isinstance(value, str)
        ]
        raise DataError("; ".join(problems))
    raise DataError(f"expected an object with {', '.join(keys)}, got {type(record).__name__} {record!r:.40}")
