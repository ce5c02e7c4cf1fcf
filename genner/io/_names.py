"""Names of classes that a file has only as numbers: `features` of a data set, or its description in the same folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from genner.io._tagged import is_tag
from genner.io.json_text import first_value
from genner.io.source import Source

__all__ = ["FILES", "class_names", "names_nearby"]


_STEMS = (
    *("label", "labels", "label2id", "id2label", "label_map", "label_list", "ner_labels", "ner_tags"),
    *("tags", "tag2id", "id2tag", "classes", "class_names"),
)
FILES = tuple(stem + suffix for stem in _STEMS for suffix in (".json", ".txt"))
"""Files that projects keep the names of their classes in."""


def names_nearby(source: Source) -> list[str] | None:
    """Return the names that the file itself or another in its folder gives; None where there is none."""
    first = first_value(source) if source.path is None or not source.path.is_dir() else None
    if isinstance(first, Mapping) and "features" in first:  # what the server of data sets answers
        return class_names(first["features"])
    if source.path is None or not source.path.is_file():
        return None
    for name in ("dataset_info.json", "dataset_infos.json", "config.json", *FILES):
        file = source.path.with_name(name)
        if file.is_file() and file != source.path and file.stat().st_size < 1 << 20:
            names = _names_in(file.read_bytes().decode("utf-8", "replace"), lines=name.endswith(".txt"))
            if names:
                return names
    return None


def _names_in(text: str, *, lines: bool) -> list[str] | None:
    """Return the names in the description of a data set, in an object of names and numbers, or in a list."""
    if lines:
        return _in_order([line.strip() for line in text.splitlines() if line.strip()])
    try:
        described = json.loads(text)
    except ValueError:
        return None
    for one in (described, *(described.values() if isinstance(described, dict) else ())):
        names = class_names(one.get("features")) if isinstance(one, dict) else None
        names = names or _in_order(one)
        if names:
            return names
    return None


def _in_order(value: Any) -> list[str] | None:
    """Return names in the order of their numbers, where they are those of tags: one is outside."""
    if isinstance(value, Mapping):
        pairs = [(key, name) if isinstance(name, str) else (name, key) for key, name in value.items()]
        numbered = {int(number): name for number, name in pairs if str(number).isdecimal()}
        value = [numbered[number] for number in sorted(numbered)] if {*numbered} == {*range(len(pairs))} else None
    is_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return value if is_names and ("O" in value or any(map(is_tag, value))) else None


def class_names(features: Any) -> list[str] | None:
    """Return the names of the classes of tags, by the features of a data set or their JSON."""
    if isinstance(features, list) and all(isinstance(one, Mapping) and "name" in one for one in features):
        features = {str(one["name"]): one.get("type") for one in features}
    if not isinstance(features, Mapping):
        return None
    for key in sorted(features, key=lambda name: "ner" not in str(name)):
        names = _names(features[key])
        if names and not any(word in str(key) for word in ("pos", "chunk")):
            return names
    return None


def _names(feature: Any) -> list[str] | None:
    """Look for `names` inside a feature, in an object or a dictionary, under a sequence or not."""
    for _ in range(4):
        if isinstance(feature, (list, tuple)) and feature:
            feature = feature[0]
        get = feature.get if isinstance(feature, Mapping) else lambda key, one=feature: getattr(one, key, None)
        names = get("names")
        if isinstance(names, Mapping):
            names = [names[key] for key in sorted(names, key=int)]
        if isinstance(names, (list, tuple)) and names and all(isinstance(name, str) for name in names):
            return list(names)
        inner = get("feature")
        for key in ("class_label", "sequence", "list"):
            inner = inner if inner is not None else get(key)
        if inner is None:
            return None
        feature = inner
    return None
