"""Records in genner's own shape: the short reading of them, and how it sees that a record holds more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from genner.io._tagged import tags_of_tokens, tags_words
from genner.io._tokens import locate
from genner.io.json_text import in_string
from genner.io.keys import LIST_KEYS, OTHER_KEYS, TAG_KEYS, TOKEN_KEYS, fold
from genner.io.values import nested_lists
from genner.types import Document, Entity

__all__ = ["OWN_KEYS", "is_answer", "own_document"]

OWN_KEYS = frozenset(("id", "text", "entities", "meta"))
"""The keys of genner's own records; all others become `meta`."""


def own_document(value: Any) -> Document | None:
    """Return the document of a record in genner's own shape: the short reading for the most frequent one.

    Returns:
        None where the record has another shape, leaves a list unread or says anything that is not so.
    """
    try:
        text, listed, identity = value["text"], value.get("entities", ()), value.get("id")
        if type(text) is not str or ("entities" not in value and _may_hold_more(value, text)):
            return None
        entities = [Entity(item["start"], item["end"], item["label"]) for item in listed]
        others = None if value.keys() <= OWN_KEYS else {key: value[key] for key in value if key not in OWN_KEYS}
        meta = others
        if "meta" in value:
            meta = dict(value["meta"] or {}) | (meta or {})
        details = []
        for item, (start, end, label) in zip(listed, entities, strict=True):
            if len(item) > 3:
                more = {key: inner for key, inner in item.items() if key not in ("start", "end", "label")}
                if more.pop("text", text[start:end]) != text[start:end]:
                    return None
                details += [{"start": start, "end": end, "label": label, **more}] if more else []
        if details:
            meta = {**(meta or {}), "details": details}
        if not entities and others and _may_hold_more(others, text):
            return None
        if value.get("answer") in ("reject", "ignore"):
            return None
        return Document(text, entities, id=str(identity) if type(identity) is int else identity, meta=meta)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _may_hold_more(value: Mapping[str, Any], text: str) -> bool:
    """Tell whether a record whose `entities` are empty or missing has another key with annotations or tokens."""
    if any(is_answer(str(key), inner) or tags_of_tokens(inner) for key, inner in value.items()):
        return True
    words = [len(inner) for key, inner in value.items() if fold(str(key)) in TOKEN_KEYS and isinstance(inner, list)]
    tags = [inner for key, inner in value.items() if fold(str(key)) in TAG_KEYS]
    if any(isinstance(inner, list) and inner and len(inner) in words for inner in tags):  # a tag for each token
        return True
    tagged = bool(tags)
    return any(map(partial(tags_words, text), tags)) or any(
        _unread(str(key), inner, text, tagged) for key, inner in value.items()
    )


def is_answer(key: str, value: Any) -> bool:
    """Tell whether a key of annotations holds a string with marks of an output format, which only a codec can read."""
    return isinstance(value, str) and fold(key) in LIST_KEYS and _MARKS.search(value) is not None


_MARKS = re.compile(r"\w\(\w+=|</\w+>|^\s*[\[{].*[\]}]\s*$|@@.+##", re.DOTALL)


def _unread(key: str, value: Any, text: str, tagged: bool) -> bool:
    if isinstance(value, str) and fold(key) in LIST_KEYS:
        value = in_string(value)
    if not isinstance(value, (list, dict)) or fold(key) in OTHER_KEYS:
        return False
    if fold(key) in TOKEN_KEYS and not tagged and all(isinstance(token, str) for token in value):
        return locate(list(value), text) is not None  # else a list of strings that are no tokens of the text
    return fold(key) in LIST_KEYS or fold(key) in TOKEN_KEYS or any(nested_lists({key: value}))
