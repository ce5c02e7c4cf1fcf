"""Grammars, patterns and schemas of the JSON formats, from their fields."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, TypeAlias

from genner.constrained.grammars.rules import Grammar, Number, Part, RuleName, joined, span_rules
from genner.constrained.options import Boundaries
from genner.constrained.source import SourceBytes
from genner.exceptions import DataError
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import JsonItems
from genner.types import LabelSet

__all__ = ["JsonFormat", "json_grammar", "json_pattern", "schema_of"]

JsonFormat: TypeAlias = "JsonItems | JsonGroups"


def _dump(codec: JsonFormat, value: object) -> str:
    return json.dumps(value, ensure_ascii=codec.ensure_ascii)


def _empty(codec: JsonFormat, labels: LabelSet) -> str:
    """Write the answer without entities."""
    return "[]" if isinstance(codec, JsonItems) else _dump(codec, {label: [] for label in labels})


def json_grammar(codec: JsonFormat, text: str, labels: LabelSet, *, boundaries: Boundaries, limit: int) -> Grammar:
    """Build the grammar of a JSON format."""
    spans = span_rules(text, boundaries, lambda part: _dump(codec, part)[1:-1], limit)
    if not spans:
        return {"root": [(_empty(codec, labels),)]}
    if isinstance(codec, JsonGroups):
        parts: list[Part] = ["{"]
        for index, label in enumerate(labels):
            parts += [", " * bool(index), f"{_dump(codec, label)}: [", RuleName("mentions"), "]"]
        mention: tuple[Part, ...] = ('"', RuleName("span"), '"')
        return {
            "root": [joined([*parts, "}"])],
            "mentions": [(), (*mention, RuleName("more"))],
            "more": [(), (", ", *mention, RuleName("more"))],
            **spans,
        }
    return {
        "root": [("[]",), ("[", RuleName("item"), RuleName("more"), "]")],
        "more": [(), (", ", RuleName("item"), RuleName("more"))],
        "item": _items(codec),
        "label": [(_dump(codec, label),) for label in labels],
        **spans,
    }


def _items(codec: JsonItems) -> list[tuple[Part, ...]]:
    """Write an item with and without each field that is optional."""
    found: list[list[Part]] = [["{"]]
    for index, field in enumerate(codec.fields):
        key = f"{', ' * bool(index)}{_dump(codec, field.key)}: "
        written: list[Part] = [key, Number()]
        if field.role == "text":
            written = [key, '"', RuleName("span"), '"']
        elif field.role == "label":
            written = [key, RuleName("label")]
        longer = [[*parts, *written] for parts in found]
        found = [*found, *longer] if field.optional else longer
    return [joined([*parts, "}"]) for parts in found]


def json_pattern(codec: JsonFormat, text: str, labels: LabelSet, *, boundaries: Boundaries, limit: int) -> str:
    """Write the answers in a JSON format as a regular expression."""
    surfaces = _surfaces(text, boundaries, limit)
    if not surfaces:
        return re.escape(_empty(codec, labels))
    span = f'"(?:{"|".join(re.escape(_dump(codec, surface)[1:-1]) for surface in surfaces)})"'
    names = [re.escape(_dump(codec, label)) for label in labels]
    if isinstance(codec, JsonGroups):
        return r"\{" + ", ".join(rf"{name}: \[(?:{span}(?:, {span})*)?\]" for name in names) + r"\}"
    values = {"text": span, "label": f"(?:{'|'.join(names)})"}
    fields = ""
    for index, field in enumerate(codec.fields):
        value = values.get(field.role, "(?:0|[1-9][0-9]*)")
        written = f"{', ' * bool(index)}{re.escape(_dump(codec, field.key))}: {value}"
        fields += f"(?:{written})?" if field.optional else written
    item = rf"\{{{fields}\}}"
    return rf"\[(?:{item}(?:, {item})*)?\]"


def schema_of(
    codec: JsonFormat,
    text: str,
    labels: LabelSet,
    *,
    boundaries: Boundaries,
    root: Literal["array", "object"],
    limit: int,
) -> dict[str, Any]:
    """Write the answers in a JSON format as a JSON Schema; optional fields are left out."""
    surfaces = _surfaces(text, boundaries, limit)
    span: dict[str, Any] = {"type": "string", "enum": surfaces}
    none = {"type": "array", "maxItems": 0}
    if isinstance(codec, JsonGroups):
        return _object(dict.fromkeys(labels, {"type": "array", "items": span} if surfaces else none))
    number = {"type": "integer", "minimum": 0, "maximum": len(text)}
    values = {"text": span, "label": {"type": "string", "enum": list(labels)}, "count": number | {"minimum": 1}}
    item = _object({field.key: values.get(field.role, number) for field in codec.fields if not field.optional})
    items = {"type": "array", "items": item} if surfaces else none
    return items if root == "array" else _object({"entities": items})


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _surfaces(text: str, boundaries: Boundaries, limit: int) -> list[str]:
    """List the different spans of a text, in its order."""
    source = SourceBytes(text, boundaries)
    starts = [at for at, byte in enumerate(source.byte_of) if source.can_start[byte]]
    ends = [at for at, byte in enumerate(source.byte_of) if source.can_end[byte]]
    if len(starts) * len(ends) > 4 * limit:
        raise DataError(f"the text has more than {limit} spans: use boundaries='word', or raise limit")
    found = list(dict.fromkeys(text[start:end] for start in starts for end in ends if start < end))
    if len(found) > limit:
        raise DataError(f"the text has {len(found)} different spans, more than the limit of {limit}")
    return found
