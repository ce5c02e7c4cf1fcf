"""Rows that are in memory already: a list of objects, or a `datasets.Dataset`, which knows the names of its classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from genner.io import nested_json
from genner.io._names import class_names
from genner.io.source import Source
from genner.types import Document

__all__ = ["read"]


def read(source: Source, rows: Iterable[Mapping[str, Any]], **options: Any) -> Iterator[Document]:
    """Yield one document a row; `options` are those of nested-json."""
    names = class_names(getattr(rows, "features", None))
    if names and "names" not in options:
        options["names"] = names
    numbered = ((number, row) for number, row in enumerate(rows, 1))
    with source:
        yield from nested_json.documents(source, numbered, **options)
