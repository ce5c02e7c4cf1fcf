"""Guides written out as grammars, for inference engines that take one.

A grammar allows more than a guide: an engine cannot count, so items may come twice, and indices and
offsets may be wrong (`decode` repairs these from the text).  Copied text, labels and structure are
right.  In inline formats a backslash is written before every character of the text that could be
taken for markup, and entities nest no deeper than `max_depth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from genner.constrained.grammars import (
    Grammar,
    Number,
    Part,
    RuleName,
    inline_grammar,
    inline_pattern,
    json_grammar,
    json_pattern,
    schema_of,
)
from genner.constrained.guide import known_labels
from genner.constrained.options import Boundaries
from genner.exceptions import DataError
from genner.formats.capabilities import CanGrammar, require
from genner.formats.codec import Labels
from genner.formats.inline.description import Inline
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import JsonItems
from genner.formats.registry import Format, get_codec

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ebnf", "gbnf", "grammar_of", "json_schema", "lark", "regex"]


class GrammarKeywords(TypedDict, total=False):
    """The options of the grammars for type checkers; see `grammar_of`."""

    boundaries: Boundaries
    max_depth: int
    limit: int


def grammar_of(
    format: Format,
    text: str,
    labels: Labels,
    *,
    boundaries: Boundaries = "word",
    max_depth: int = 1,
    limit: int = 20_000,
) -> Grammar:
    """Return the rules of a grammar, which the functions below write in some notation.

    Args:
        format: an output format, by name or instance.
        text: the source.
        labels: a label set, names, or `"PER,LOC"`.
        boundaries: where entities may begin and end.
        max_depth: how deep entities of inline formats may nest; 1 keeps them flat.  Where openers hold
            the label, as in XML, the rules grow with the number of labels to that power.
        limit: how many rules there may be.

    Raises:
        DataError: when the format has no grammar, more rules are needed, or the text itself holds
            markup of the format.
    """
    codec: Any = get_codec(format)
    known = known_labels(labels)
    if isinstance(codec, Inline):
        return inline_grammar(codec, text, known, boundaries, max_depth, limit)
    if isinstance(codec, (JsonItems, JsonGroups)):
        return json_grammar(codec, text, known, boundaries, limit)
    require(codec, CanGrammar, "grammar")
    grammar: Grammar = codec.grammar(text, known, boundaries=boundaries, max_depth=max_depth, limit=limit)
    return grammar


def lark(format: Format, text: str, labels: Labels, **options: Unpack[GrammarKeywords]) -> str:
    """Return a grammar in the Lark notation of llguidance; `format`, `text`, `labels`, `options` as in `grammar_of`."""
    grammar = grammar_of(format, text, labels, **options)
    lines = [f"{'start' if name == 'root' else name}: {_written(rule, 'NUMBER')}" for name, rule in grammar.items()]
    return "\n".join(["%llguidance {}", "", *lines, "NUMBER: /0|[1-9][0-9]*/"]) + "\n"


def gbnf(format: Format, text: str, labels: Labels, **options: Unpack[GrammarKeywords]) -> str:
    """Return a grammar in the notation of llama.cpp; `format`, `text`, `labels` and `options` as in `grammar_of`."""
    grammar = grammar_of(format, text, labels, **options)
    lines = [f"{name} ::= {_written(rule, 'number')}" for name, rule in grammar.items()]
    return "\n".join([*lines, 'number ::= "0" | [1-9] [0-9]*']) + "\n"


ebnf = gbnf
"""Return a grammar in the notation of xgrammar, which is that of llama.cpp."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _written(rule: list[tuple[Part, ...]], number: str) -> str:
    return " | ".join(" ".join(_part(part, number) for part in parts if part != "") or '""' for parts in rule)


def _part(part: Part, number: str) -> str:
    if isinstance(part, RuleName):
        return part.name
    if isinstance(part, Number):
        return number
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _hex(char)) for char in part) + '"'


def _hex(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def regex(
    format: Format,
    text: str,
    labels: Labels,
    *,
    boundaries: Boundaries = "word",
    max_depth: int = 1,
    limit: int = 2_000,
) -> str:
    """Return a regular expression without anchors, look-around or back-references.

    Inline formats have one only where entities do not nest, so `max_depth` is 0 or 1 there, and 0 in
    formats such as XML, whose closing tags must repeat the label of what was opened.

    Args:
        format, text, labels, boundaries: as in `grammar_of`.
        max_depth: how many entities may cover one character.
        limit: spans that may be named; more are a `DataError`.

    Raises:
        DataError: when the format, the text or the options have no short regular expression.
    """
    codec: Any = get_codec(format)
    known = known_labels(labels)
    if isinstance(codec, Inline):
        return inline_pattern(codec, text, known, boundaries, max_depth, limit)
    if isinstance(codec, (JsonItems, JsonGroups)):
        return json_pattern(codec, text, known, boundaries, limit)
    raise DataError(f"{codec.name} has no regular expression: only inline and JSON formats have one")


def json_schema(
    format: Format,
    text: str,
    labels: Labels,
    *,
    boundaries: Boundaries = "word",
    root: Literal["array", "object"] = "array",
    limit: int = 2_000,
) -> dict[str, Any]:
    """Return a JSON Schema of the answers in a JSON format.

    Args:
        format, text, labels, boundaries: as in `grammar_of`.
        root: `"object"` wraps a list as `{"entities": [...]}`, for services that want an object at
            the root; `decode` reads both.
        limit: how many different spans there may be.

    Raises:
        DataError: when the format is not JSON, or there are more spans than `limit`.
    """
    codec: Any = get_codec(format)
    if not isinstance(codec, (JsonItems, JsonGroups)):
        raise DataError(f"{codec.name} is not a JSON format, so it has no JSON Schema")
    if root not in ("array", "object"):
        raise DataError(f"root: expected 'array' or 'object', got {root!r}")
    return schema_of(codec, text, known_labels(labels), boundaries, root, limit)
