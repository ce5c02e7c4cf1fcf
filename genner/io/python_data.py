"""Python files with training data as literals, as tutorials of spaCy have them: `TRAIN = [(text, {"entities": ...})]`.

Nothing in such a file is run: its lists are read, and whatever else it does is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from genner.exceptions import DataError
from genner.io import nested_json
from genner.io.source import Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".py",)
_LIST = re.compile(r"^(?:\w+(?:\s*:[^=\n]*)?\s*=\s*)?[\[{(]\s*[\[{(]\s*['\"]", re.MULTILINE)


def sniff(name: str, head: str) -> bool:
    """Tell whether there is a list of tuples, lists or dictionaries that begin with a string."""
    return name.endswith(".py") and _LIST.search(head) is not None


def read(source: Source) -> Iterator[Document]:
    """Yield one document for each item of the lists of the file."""
    try:
        parsed = ast.parse(source.text())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise DataError(f"expected Python: {error.args[0]}", path=source.name, line=line) from None
    return nested_json.documents(source, _items(parsed))


def _items(parsed: ast.Module) -> Iterator[tuple[int, Any]]:
    found = False
    for statement in parsed.body:
        value = getattr(statement, "value", None)  # of an assignment, with a type or not, or a bare expression
        if not isinstance(value, (ast.List, ast.Tuple)):
            continue
        for item in value.elts:
            found = True
            try:
                yield item.lineno, _lists(ast.literal_eval(item))
            except (ValueError, TypeError):
                yield item.lineno, DataError(f"expected strings and numbers alone, got {ast.unparse(item):.60}")
    if not found:
        yield 1, DataError("expected a list of texts with their entities, found none")


def _lists(value: Any) -> Any:
    """Return a value with lists in place of tuples, as JSON has them."""
    if isinstance(value, (list, tuple)):
        return [_lists(one) for one in value]
    return {key: _lists(one) for key, one in value.items()} if isinstance(value, dict) else value
