"""Values of JSON records in the forms that files have: records inside records, lists of annotations, tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeAlias

from genner.exceptions import DataError
from genner.io._tagged import is_tag, tags_of_tokens
from genner.io.items import claims, edges, is_claim, looks_like_annotations
from genner.io.json_text import in_string
from genner.io.keys import LABEL_KEYS, LIST_KEYS, OTHER_KEYS, PAIR_KEYS, TAG_KEYS, TEXT_KEYS, TOKEN_KEYS, edge_of, fold

__all__ = [
    "as_object",
    "has_annotations",
    "has_text",
    "labelled",
    "listed_items",
    "may_be_list",
    "nested_lists",
    "spaces_of",
    "tokens_of",
    "unwrapped",
]


def may_be_list(value: Any) -> bool:
    """Tell whether a value can be a list of annotations: a list of strings is the labels of a text."""
    if isinstance(value, str):
        value = in_string(value)
    if isinstance(value, Mapping):
        return all(isinstance(inner, (list, Mapping, str, type(None))) for inner in value.values())
    plain = isinstance(value, list) and bool(value) and all(isinstance(item, (str, int, float)) for item in value)
    return isinstance(value, list) and (not plain or all(" <> " in str(item) for item in value))


Listed: TypeAlias = "Iterator[tuple[Any, str | None, int | None]]"
"""An annotation, the label that is a key above it, and the number of its sentence."""


def listed_items(value: Any, text: str | None = None, label: str | None = None, sentence: int | None = None) -> Listed:
    """Yield each annotation with the label that is a key above it, and the number of its sentence.

    Args:
        text: what they are about, to tell mentions from labels where an object maps one to the other.
    """
    if isinstance(value, str):
        value = in_string(value) if label is None else [value]
    if isinstance(value, Mapping):
        yield from _keyed_items(value, text, label)
        return
    for number, item in enumerate(value or ()):
        if isinstance(item, Mapping) and item.get("is_entity") is False:  # spaCy-LLM explains what is none
            continue
        if isinstance(item, list) and all(isinstance(inner, (list, dict)) for inner in item) and label is None:
            yield from listed_items(item, text, None, number)
        elif isinstance(item, Mapping) and label is None and _is_by_label(item):  # PaddleNLP's UIE
            yield from _keyed_items(item, text, None)
        elif isinstance(item, str) and " <> " in item and label is None:  # NuNER
            mention, _, named = item.partition(" <> ")
            yield mention, named.partition(" <> ")[0], sentence
        else:
            yield item, label, sentence


def _is_by_label(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(isinstance(inner, list) and any(map(_is_object, inner)) for inner in value.values())


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _keyed_items(value: Mapping[str, Any], text: str | None, label: str | None) -> Listed:
    folded = {fold(str(key)): inner for key, inner in value.items()}
    columns = [key for key in folded if isinstance(folded[key], list)]
    starts = next((key for key in columns if edge_of(key) == "start" or key in PAIR_KEYS), None)
    if starts is not None and len({len(folded[key]) for key in columns}) == 1 and set(folded) & set(LABEL_KEYS):
        for row in zip(*(folded[key] for key in columns), strict=True):  # a column each, as datasets writes them
            yield dict(zip(columns, row, strict=True)), None, None
        return
    if len(value) == 1 and "entities" in folded:
        yield from listed_items(folded["entities"], text, label)
        return
    for key, inner in value.items():
        if isinstance(inner, Mapping) and label is None and _is_item(inner):
            yield inner, None, None
        elif isinstance(inner, Mapping):  # {"name": {"Ann": [[0, 2]]}}
            for mention, places in inner.items():
                for place in places or ():
                    yield {"text": mention, "offsets": [place], "label": str(key)}, None, None
        elif isinstance(inner, str) and text is not None and str(key) in text and inner not in text:
            yield key, inner, None  # {"Ann": "PER"}
        elif inner is not None:
            yield from listed_items(inner, text, str(key))


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
        for key in ("text", "word", "form", "orth", "token", "originalText", "surface"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return None


def spaces_of(value: Any, number: int) -> list[str] | None:
    """Return what is after each token, where tokens say their places or whether a space follows; None elsewhere."""
    tokens = [token for item in value for token in (item if isinstance(item, list) else [item])]
    if len(tokens) != number or not all(isinstance(token, Mapping) for token in tokens):
        return None
    for key in ("ws", "whitespace", "whitespace_", "after"):
        if all(key in token for token in tokens):
            return [one if isinstance(one, str) else " " * bool(one) for one in (token[key] for token in tokens)]
    places = [edges({fold(str(key)): inner for key, inner in token.items()})[0] for token in tokens]
    if any(place is None for place in places):
        return None
    known = [place for place in places if place is not None]
    gaps = [after[0] - before[1] for before, after in pairwise(known)]
    return [*(" " * gap for gap in gaps), ""] if all(0 <= gap < 100 for gap in gaps) else None


def as_object(record: Any) -> Any:
    """Return a record that is a list as an object: `[text, {...}]`, `[tokens, tags]`, `[[token, tag], ...]`."""
    if not isinstance(record, list) or not record:
        return record
    if tokens_of(record) is not None and tags_of_tokens(record) is not None:
        return {"tokens": record}
    if len(record) == 2 and isinstance(record[1], Mapping) and isinstance(record[0], (str, list)):
        return {"text": record[0], **record[1]}
    strings = all(isinstance(part, list) and all(isinstance(value, str) for value in part) for part in record)
    apart = strings and len(record) == 2 and len(record[0]) == len(record[1])
    if apart and (len(record[0]) != 2 or (all(map(is_tag, record[1])) and not is_tag(record[0][1]))):
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
    if tags_of_tokens(value) is not None:
        return False
    return isinstance(value, list) and any(
        isinstance(item, Mapping) and any(isinstance(inner, list) for inner in item.values()) for item in value
    )


def has_annotations(value: Any) -> bool:
    """Tell whether a record has a key that may hold annotations."""
    value = as_object(value)
    if not isinstance(value, Mapping):
        return False
    for key, inner in value.items():
        if isinstance(inner, str) and fold(str(key)) in TAG_KEYS and " " in inner and all(map(is_tag, inner.split())):
            return True
        if isinstance(inner, str):
            inner = in_string(inner)
        known = fold(str(key)) in LIST_KEYS or fold(str(key)) in TAG_KEYS
        if any(nested_lists({key: inner})) or (known and isinstance(inner, (list, Mapping))):
            return True
        if tags_of_tokens(inner) is not None:
            return True
    return False


def nested_lists(value: Any, depth: int = 4) -> Iterator[tuple[str, Any]]:
    """Yield what looks like a list of annotations anywhere inside an object, with the keys that lead to it."""
    if not isinstance(value, (list, Mapping)):
        return
    if isinstance(value, list) and looks_like_annotations(value):
        yield "", value
        return
    for key, inner in (value.items() if isinstance(value, Mapping) else enumerate(value)) if depth else ():
        if isinstance(inner, (list, dict)) and fold(str(key)) not in OTHER_KEYS:
            yield from ((f"{key}.{deeper}".rstrip("."), found) for deeper, found in nested_lists(inner, depth - 1))


def unwrapped(value: Any) -> Iterator[Any]:
    """Yield the records inside a value: itself, or the lists inside that hold records."""
    joined = _joined(value) if isinstance(value, Mapping) else None
    if joined is not None:
        yield joined
        return
    rows = _rows(value) if isinstance(value, Mapping) else []
    if rows:
        yield from rows
        return
    if has_text(value) or not isinstance(value, (Mapping, list)):
        parts = _parts(value) if isinstance(value, Mapping) and not has_annotations(value) else None
        yield from [value] if parts is None else unwrapped(parts)
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
    if len(inside) == 1 and isinstance(inside[0], Mapping) and has_text(inside[0]) and not has_annotations(inside[0]):
        yield {key: inner for key, inner in value.items() if inner is not inside[0]} | {**inside[0]}
        return
    if not inside:
        yield value
    for inner in inside:
        yield from unwrapped(inner)


def _parts(value: Mapping[str, Any]) -> list[Any] | None:
    """Return what is annotated inside a record that is not: its paragraphs, or itself with the list under `meta`."""
    for key, inner in value.items():
        if isinstance(inner, Mapping) and has_text(value) and not has_text(inner) and has_annotations(inner):
            return [{name: part for name, part in value.items() if name != key} | {**inner}]
        records = [one for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else []
        if records and all(map(has_text, records)) and any(map(has_annotations, records)):
            return records
    return None


_CHUNK_LABELS = ("entity", "slot_name", "alias", "parameterId")


def _joined(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the record of a text in pieces, some of which have a label, as Snips and Dialogflow keep utterances."""
    for key, pieces in value.items():
        whole = isinstance(pieces, list) and all(
            isinstance(one, Mapping)
            and isinstance(one.get("text"), str)
            and not any(isinstance(inner, (list, Mapping)) for inner in one.values())
            for one in pieces
        )
        if not whole or not any(one.keys() & {*_CHUNK_LABELS, "userDefined", "auto"} for one in pieces):
            continue
        text, entities = "", []
        for one in pieces:
            label = next((one[name] for name in _CHUNK_LABELS if one.get(name)), None)
            if label is not None:
                entities.append({"start": len(text), "end": len(text) + len(one["text"]), "label": label})
            text += one["text"]
        return {**{name: inner for name, inner in value.items() if name != key}, "text": text, "entities": entities}
    return None


def _rows(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of columns that are numbered objects (pandas) or lists (datasets); empty for anything else."""
    columns = [*value.values()]
    if columns and all(isinstance(one, Mapping) and one and all(map(str.isdecimal, one)) for one in columns):
        return [{key: one.get(row) for key, one in value.items()} for row in columns[0]]
    texts = [inner for key, inner in value.items() if fold(str(key)) in TEXT_KEYS and isinstance(inner, list)]
    if not texts or not all(isinstance(one, str) and " " in one for one in texts[0]):
        return []
    if not all(isinstance(one, list) and len(one) == len(texts[0]) for one in columns):
        return []
    return [dict(zip(value, row, strict=True)) for row in zip(*columns, strict=True)]


def _is_part(value: Any) -> bool:
    """Tell whether this is a piece of a text with its place, not a record."""
    return isinstance(value, Mapping) and any(map(edge_of, map(fold, value))) and not has_annotations(value)


def _is_wrapper(value: Any, depth: int = 6) -> bool:
    if depth == 0 or not isinstance(value, (list, Mapping)):
        return False
    if isinstance(value, Mapping):
        return has_text(value) or any(_is_wrapper(inner, depth - 1) for inner in value.values())
    records = [item for item in value[:4] if not is_claim(item) and not _is_part(item)]
    return any(has_text(item) or _is_wrapper(item, depth - 1) for item in records)
