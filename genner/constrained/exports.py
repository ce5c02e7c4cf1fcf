"""Guides written out as grammars, for inference engines that take one.

A grammar says less than a guide: an engine cannot count, so items may come twice, and indices and
offsets may be wrong (`decode` repairs these from the text).  Copied text, labels and structure are
right.  In inline formats a backslash stands before every character of the text that could be taken
for markup, and entities nest no deeper than `max_depth`.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from genner._old_formats import FORMATS, Labels
from genner.constrained._grammar import Grammar, Number, Part, Rule, copies, grammar_of
from genner.constrained._markup import pieces_of
from genner.constrained._options import Boundaries
from genner.constrained._source import Source
from genner.exceptions import DataError, UnknownNameError
from genner.labelsets import get_label_set
from genner.types import LabelSet

__all__ = ["ebnf", "gbnf", "json_schema", "lark", "regex"]


def lark(
    format: str, text: str, labels: Labels, *, boundaries: Boundaries = "word", max_depth: int = 1, limit: int = 20_000
) -> str:
    """Return a grammar in the Lark notation of llguidance.

    Args:
        format: one of `genner.FORMATS`.
        boundaries: where entities may begin and end.
        max_depth: how deep entities of inline formats may nest; 1 keeps them flat.  The rules of XML
            grow with the number of labels to that power.
        limit: how many rules there may be.

    Raises:
        DataError: when more rules are needed, or the text itself holds markup of the format.
    """
    rules = _grammar(format, text, labels, boundaries, max_depth, limit)
    named = {"root": "start"}
    lines = ["%llguidance {}", ""]
    for name, alternatives in rules.items():
        lines.append(
            f"{named.get(name, name)}: " + " | ".join(_lark_alternative(parts, named) for parts in alternatives)
        )
    return "\n".join([*lines, "NUMBER: /0|[1-9][0-9]*/"]) + "\n"


def gbnf(
    format: str, text: str, labels: Labels, *, boundaries: Boundaries = "word", max_depth: int = 1, limit: int = 20_000
) -> str:
    """Return a grammar in the notation of llama.cpp; arguments as for `lark`."""
    rules = _grammar(format, text, labels, boundaries, max_depth, limit)
    lines = [
        f"{name} ::= " + " | ".join(_bnf_alternative(parts) for parts in alternatives)
        for name, alternatives in rules.items()
    ]
    return "\n".join([*lines, 'number ::= "0" | [1-9] [0-9]*']) + "\n"


def ebnf(
    format: str, text: str, labels: Labels, *, boundaries: Boundaries = "word", max_depth: int = 1, limit: int = 20_000
) -> str:
    """Return a grammar in the notation of xgrammar; arguments as for `lark`."""
    return gbnf(format, text, labels, boundaries=boundaries, max_depth=max_depth, limit=limit)


def regex(
    format: str, text: str, labels: Labels, *, boundaries: Boundaries = "word", max_depth: int = 1, limit: int = 2_000
) -> str:
    """Return a regular expression without anchors, look-around or back-references; arguments as for `lark`.

    Inline formats have one only where entities do not nest, so `max_depth` is 0 or 1 there, and 0 in
    XML, whose closing tags must remember what was opened.
    """
    labels = _labels(labels)
    if format in ("bracket", "xml"):
        if max_depth > 1:
            raise DataError(f"max_depth: a regular expression of an inline format is flat, got {max_depth}")
        return _flat_pattern(format, text, labels, boundaries, max_depth, limit)
    spans = "(?:" + "|".join(re.escape(_inside(span)) for span in _surfaces(text, boundaries, limit)) + ")"
    names = [re.escape(json.dumps(label, ensure_ascii=False)) for label in labels]
    if spans == "(?:)":
        return re.escape(_empty(format, labels))
    if format == "grouped-json":
        mentions = f'(?:"{spans}"(?:, "{spans}")*)?'
        return r"\{" + ", ".join(rf"{name}: \[{mentions}\]" for name in names) + r"\}"
    number = "(?:0|[1-9][0-9]*)"
    rest = (
        f', "start": {number}, "end": {number}'
        if format == "offset-json"
        else f', "occurrence_index": {number}(?:, "start": {number})?'
    )
    item = rf'\{{"text": "{spans}", "label": (?:{"|".join(names)}){rest}\}}'
    return rf"\[(?:{item}(?:, {item})*)?\]"


def json_schema(
    format: str,
    text: str,
    labels: Labels,
    *,
    boundaries: Boundaries = "word",
    root: Literal["array", "object"] = "array",
    limit: int = 2_000,
) -> dict[str, Any]:
    """Return a JSON Schema of the answers in a JSON format.

    Args:
        root: `"object"` wraps a list as `{"entities": [...]}`, for services that want an object at
            the root; `decode` reads both.
        limit: how many different spans there may be.

    Raises:
        DataError: when the format is not JSON, or there are more spans than `limit`.
    """
    if format not in FORMATS:
        raise UnknownNameError.of("format", format, FORMATS)
    if not format.endswith("-json"):
        raise DataError(f"a JSON Schema describes JSON, and {format} is none")
    if root not in ("array", "object"):
        raise DataError(f"root: expected 'array' or 'object', got {root!r}")
    known = _labels(labels)
    surfaces = _surfaces(text, boundaries, limit)
    span: dict[str, Any] = {"type": "string", "enum": surfaces}
    if format == "grouped-json":
        mentions = {"type": "array", "items": span} if surfaces else {"type": "array", "maxItems": 0}
        return _object(dict.fromkeys(known, mentions))
    number = {"type": "integer", "minimum": 0, "maximum": len(text)}
    fields: dict[str, Any] = {"text": span, "label": {"type": "string", "enum": list(known)}}
    if format == "offset-json":
        fields |= {"start": number, "end": number}
    else:
        fields |= {"occurrence_index": number | {"minimum": 1}}
    items = {"type": "array", "items": _object(fields)} if surfaces else {"type": "array", "maxItems": 0}
    return items if root == "array" else _object({"entities": items})


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _labels(labels: Labels) -> LabelSet:
    known = get_label_set(labels)
    if known is None:
        raise DataError("labels: expected a label set, got None")
    return known


def _grammar(format: str, text: str, labels: Labels, boundaries: Boundaries, max_depth: int, limit: int) -> Grammar:
    if format not in FORMATS:
        raise UnknownNameError.of("format", format, FORMATS)
    return grammar_of(format, text, _labels(labels), boundaries=boundaries, max_depth=max_depth, limit=limit)


def _inside(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _empty(format: str, labels: LabelSet) -> str:
    if format != "grouped-json":
        return "[]"
    return json.dumps({label: [] for label in labels}, ensure_ascii=False)


def _surfaces(text: str, boundaries: Boundaries, limit: int) -> list[str]:
    """List the different spans of a text, in its order."""
    source = Source(text, boundaries)
    starts = [at for at, byte in enumerate(source.byte_of) if source.can_start[byte]]
    ends = [at for at, byte in enumerate(source.byte_of) if source.can_end[byte]]
    if len(starts) * len(ends) > 4 * limit:
        raise DataError(f"the text has more than {limit} spans: take boundaries='word', or raise limit")
    found = list(dict.fromkeys(text[start:end] for start in starts for end in ends if start < end))
    if len(found) > limit:
        raise DataError(f"the text has {len(found)} different spans, more than the limit of {limit}")
    return found


def _flat_pattern(format: str, text: str, labels: LabelSet, boundaries: Boundaries, max_depth: int, limit: int) -> str:
    """Write a flat bracket answer as one expression, by halves: inside or outside an entity at either end."""
    if format == "xml" and max_depth:
        raise DataError("an XML answer has no short regular expression, for a tag must remember its label: take lark")
    source, cuts, chunks = copies(format, text, labels, boundaries)
    pieces = pieces_of(format, labels).pieces
    opener = "".join(re.escape(piece.text.decode()) for piece in pieces if piece.opens) if max_depth else ""
    closers = "|".join(re.escape(piece.text.decode()) for piece in pieces if not piece.opens)
    last = source.last_end

    def one(index: int, inside: bool, after: bool) -> str | None:
        begin, end = source.byte_of[cuts[index]], source.byte_of[cuts[index + 1]]
        opens = opener if opener and source.can_start[begin] and begin < last else None
        closes = f"(?:{closers})" if source.can_end[end] else None
        copied = re.escape(chunks[index])
        if inside:
            return (copied if end < last else None) if after else (closes and copied + closes)
        if after:
            return opens and (opens + copied if end < last else None)
        return f"(?:{copied}|{opens}{copied}{closes})" if opens and closes else copied

    def between(begin: int, end: int, inside: bool, after: bool) -> str | None:
        if end - begin == 1:
            return one(begin, inside, after)
        middle = (begin + end) // 2
        found = []
        for state in (False, True):
            left, right = between(begin, middle, inside, state), between(middle, end, state, after)
            if left is not None and right is not None:
                found.append(left + right)
        return None if not found else found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"

    if len(chunks) > limit**0.5 * 4:
        raise DataError(
            f"the expression for {len(chunks)} pieces of text would be too long: take a shorter text, or lark"
        )
    return between(0, len(chunks), False, False) or "" if text else ""


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _quoted(text: str) -> str:
    return (
        '"'
        + "".join(_ESCAPES.get(char) or (char if char.isprintable() or char == " " else _hex(char)) for char in text)
        + '"'
    )


def _hex(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _lark_alternative(parts: tuple[Part, ...], named: dict[str, str]) -> str:
    return (
        " ".join(
            named.get(part.name, part.name)
            if isinstance(part, Rule)
            else "NUMBER"
            if isinstance(part, Number)
            else _quoted(part)
            for part in parts
            if part != ""
        )
        or '""'
    )


def _bnf_alternative(parts: tuple[Part, ...]) -> str:
    return (
        " ".join(
            part.name if isinstance(part, Rule) else "number" if isinstance(part, Number) else _quoted(part)
            for part in parts
            if part != ""
        )
        or '""'
    )
