"""Values of JSON records in the forms that files have: records inside records, lists of annotations, tokens."""

from __future__ import annotations

import json
from ast import literal_eval
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from genner.exceptions import DataError
from genner.io._items import claims, is_claim, looks_like_annotations
from genner.io._keys import LABEL_KEYS, LIST_KEYS, TEXT_KEYS, TOKEN_KEYS, fold

__all__ = [
    "as_object",
    "has_annotations",
    "has_text",
    "in_string",
    "labelled",
    "listed_items",
    "may_be_list",
    "nested_lists",
    "tokens_of",
    "unwrapped",
]


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


def may_be_list(value: Any) -> bool:
    """Tell whether a value can be a list of annotations: a list of strings is the labels of a text."""
    if isinstance(value, str):
        value = in_string(value)
    if isinstance(value, Mapping):
        return all(isinstance(inner, (list, Mapping, str, type(None))) for inner in value.values())
    return isinstance(value, list) and not (value and all(isinstance(item, (str, int, float)) for item in value))


Listed: TypeAlias = "Iterator[tuple[Any, str | None, int | None]]"
"""An annotation, the label that is a key above it, and the number of its sentence."""


def listed_items(value: Any, label: str | None = None, sentence: int | None = None) -> Listed:
    """Yield each annotation with the label that is a key above it, and the number of its sentence."""
    if isinstance(value, str):
        value = in_string(value) if label is None else [value]
    if isinstance(value, Mapping):
        yield from _keyed_items(value, label)
        return
    for number, item in enumerate(value or ()):
        if isinstance(item, list) and all(isinstance(inner, (list, dict)) for inner in item) and label is None:
            yield from listed_items(item, None, number)
        else:
            yield item, label, sentence


def _keyed_items(value: Mapping[str, Any], label: str | None) -> Listed:
    folded = {fold(str(key)): inner for key, inner in value.items()}
    columns = [key for key in folded if isinstance(folded[key], list)]
    starts = next((key for key in ("start", "startoffset", "offsets", "startchar") if key in columns), None)
    if starts is not None and len({len(folded[key]) for key in columns}) == 1 and set(folded) & set(LABEL_KEYS):
        for row in zip(*(folded[key] for key in columns), strict=True):  # a column each, as datasets writes them
            yield dict(zip(columns, row, strict=True)), None, None
        return
    if len(value) == 1 and "entities" in folded:
        yield from listed_items(folded["entities"], label)
        return
    for key, inner in value.items():
        if isinstance(inner, Mapping) and label is None and _is_item(inner):
            yield inner, None, None
        elif isinstance(inner, Mapping):  # {"name": {"Ann": [[0, 2]]}}
            for mention, places in inner.items():
                for place in places or ():
                    yield {"text": mention, "offsets": [place], "label": str(key)}, None, None
        elif inner is not None:
            yield from listed_items(inner, str(key))


def _is_item(value: Mapping[str, Any]) -> bool:
    return bool({fold(str(key)) for key in value} & set(LABEL_KEYS)) and not all(
        isinstance(inner, (list, type(None))) for inner in value.values()
    )


def labelled(item: Any, label: str | None) -> Any:
    """Return an item with the label of the key above it, unless it has its own."""
    if label is None:
        return item
    if isinstance(item, Mapping):
        try:
            next(claims(item))
        except DataError:
            return {**item, "label": label}
        return item
    if isinstance(item, list) and not any(isinstance(value, str) for value in item):
        return {"offsets": item if isinstance(item[0], list) else [item], "label": label} if item else item
    return item


def tokens_of(value: Any) -> tuple[list[str], list[int]] | None:
    """Return tokens and the first of each sentence, from a list of strings, of objects, or of lists of these."""
    if isinstance(value, str):
        value = in_string(value)
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, list) and item for item in value):
        tokens: list[str] = []
        firsts = []
        for item in value:
            found = tokens_of(item)
            if found is None:
                return None
            firsts.append(len(tokens))
            tokens += found[0]
        return tokens, firsts
    made = [_token(item) for item in value]
    return None if any(token is None for token in made) else ([token for token in made if token is not None], [0])


def _token(item: Any) -> str | None:
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        for key in ("text", "word", "form", "orth", "token", "originalText"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return None


def as_object(record: Any) -> Any:
    """Return a record that is a list as an object: `[text, {...}]`, `[tokens, tags]`, `[[token, tag], ...]`."""
    if not isinstance(record, list) or not record:
        return record
    if len(record) == 2 and isinstance(record[1], Mapping) and isinstance(record[0], (str, list)):
        return {"text": record[0], **record[1]}
    strings = all(isinstance(part, list) and all(isinstance(value, str) for value in part) for part in record)
    if strings and len(record) == 2 and len(record[0]) == len(record[1]) != 2:
        return {"tokens": record[0], "tags": record[1]}
    if strings and all(len(row) >= 2 for row in record):
        return {"tokens": [row[0] for row in record], "tags": [row[-1] for row in record]}
    if len(record) == 2 and isinstance(record[0], str) and isinstance(record[1], list):
        return {"text": record[0], "entities": record[1]}
    return record


def has_text(value: Any) -> bool:
    """Tell whether a value is a record with a text or tokens of its own."""
    value = as_object(value)
    if not isinstance(value, Mapping):
        return False
    folded = {fold(str(key)): inner for key, inner in value.items()}
    return any(isinstance(folded.get(key), str) for key in TEXT_KEYS) or any(
        tokens_of(folded.get(key)) is not None and not _holds_records(folded.get(key)) for key in TOKEN_KEYS
    )


def _holds_records(value: Any) -> bool:
    """Tell whether this is a list of objects that each have tokens or annotations of their own."""
    return isinstance(value, list) and any(
        isinstance(item, Mapping) and any(isinstance(inner, list) for inner in item.values()) for item in value
    )


def has_annotations(value: Any) -> bool:
    """Tell whether a record has a key that may hold annotations."""
    value = as_object(value)
    if not isinstance(value, Mapping):
        return False
    for key, inner in value.items():
        if isinstance(inner, str):
            inner = in_string(inner)
        if looks_like_annotations(inner) or (fold(str(key)) in LIST_KEYS and isinstance(inner, (list, Mapping))):
            return True
    return False


def nested_lists(value: Any, depth: int = 3) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists inside an object that are under a key of annotations, with that key."""
    for key, inner in value.items() if isinstance(value, Mapping) and depth else ():
        if fold(str(key)) in LIST_KEYS and isinstance(inner, list) and looks_like_annotations(inner):
            yield str(key), inner
        else:
            yield from nested_lists(inner, depth - 1)


def unwrapped(value: Any) -> Iterator[Any]:
    """Yield the records inside a value: itself, or the lists inside that hold records."""
    if has_text(value) or not isinstance(value, (Mapping, list)):
        yield value
        return
    if isinstance(value, list):
        if value and all(isinstance(item, (Mapping, list, type(None))) for item in value):
            for item in value:
                if item is not None:
                    yield from unwrapped(item)
        else:
            yield value
        return
    own = any(isinstance(inner, list) and looks_like_annotations(inner) for inner in value.values())
    inside = [] if own else [inner for inner in value.values() if _is_wrapper(inner)]
    if not inside:
        yield value
    for inner in inside:
        yield from unwrapped(inner)


def _is_wrapper(value: Any, depth: int = 4) -> bool:
    if depth == 0 or not isinstance(value, (list, Mapping)):
        return False
    if isinstance(value, Mapping):
        return has_text(value) or any(_is_wrapper(inner, depth - 1) for inner in value.values())
    records = [item for item in value[:4] if not is_claim(item)]
    return any(has_text(item) or _is_wrapper(item, depth - 1) for item in records)
