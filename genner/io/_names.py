"""Names of classes that a file has only as numbers: `features` of a data set, or its description in the same folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from genner.io.json_text import first_value
from genner.io.source import Source

__all__ = ["class_names", "names_nearby"]


def names_nearby(source: Source) -> list[str] | None:
    """Return the names that a `dataset_info.json` in the same folder gives; None where there is none."""
    first = first_value(source) if source.path is None or not source.path.is_dir() else None
    if isinstance(first, Mapping) and "features" in first:  # what the server of data sets answers
        return class_names(first["features"])
    if source.path is None or not source.path.is_file():
        return None
    for name in ("dataset_info.json", "dataset_infos.json"):
        file = source.path.with_name(name)
        if not file.is_file():
            continue
        try:
            described = json.loads(file.read_bytes())
        except ValueError:
            continue
        for one in (described, *(described.values() if isinstance(described, dict) else ())):
            names = class_names(one.get("features")) if isinstance(one, dict) else None
            if names:
                return names
    return None


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
