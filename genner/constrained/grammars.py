"""Grammars, regular expressions and JSON Schemas of the formats, from their descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from genner.constrained.inline.markup import pieces_of
from genner.constrained.options import Boundaries
from genner.constrained.source import SourceBytes
from genner.exceptions import DataError
from genner.formats.inline.description import Inline
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import JsonItems
from genner.types import LabelSet

__all__ = [
    "Grammar",
    "Number",
    "Part",
    "RuleName",
    "inline_grammar",
    "inline_pattern",
    "json_grammar",
    "json_pattern",
    "schema_of",
]


@dataclass(frozen=True, slots=True)
class RuleName:
    """A reference to a rule by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number, 0 or without a leading 0."""


Part: TypeAlias = "str | RuleName | Number"
Grammar: TypeAlias = "dict[str, list[tuple[Part, ...]]]"
"""Rules by name, `root` first; each a list of alternatives, each a sequence of literal strings and references."""

JsonFormat: TypeAlias = "JsonItems | JsonGroups"

_Stack: TypeAlias = "tuple[tuple[int, bool], ...]"
"""The open entities: the name of each (see `MarkupPiece`), and whether anything has been copied in it."""


class _Cuts:
    """A text cut wherever an entity may begin or end; the places are its two ends and the cuts between them.

    Attributes:
        chunks: what the answer writes of the text from each place to the next.
        starts: whether an entity may begin at each place.
        ends: whether an entity may end at each place.
        last_end: the last place where an entity may end; -1 when there is none.
    """

    def __init__(self, text: str, boundaries: Boundaries, spell: Callable[[str], str]) -> None:
        source = SourceBytes(text, boundaries)
        flags = [(source.can_start[at], source.can_end[at]) for at in source.byte_of]
        edges = [at for at, able in enumerate(flags) if any(able) or at in (0, len(text))]
        self.text = text
        self._edges = edges
        self.chunks = [spell(text[begin:end]) for begin, end in pairwise(edges)]
        self.starts = [flags[at][0] for at in edges]
        self.ends = [flags[at][1] for at in edges]
        self.last_end = max((index for index, able in enumerate(self.ends) if able), default=-1)

    def span_rules(self, limit: int) -> Grammar:
        """Build `span`, with one rule for each place, which may continue to the next; empty when there is no span."""
        _check_limit(len(self.starts), limit)
        grammar: Grammar = {"span": []}
        for index, chunk in enumerate(self.chunks[: max(self.last_end, 0)]):
            going: list[tuple[Part, ...]] = [(chunk,)] if self.ends[index + 1] else []
            if index + 1 < self.last_end:
                going.append((chunk, RuleName(f"span{index + 1}")))
            grammar[f"span{index}"] = going
            if self.starts[index]:
                grammar["span"].append((RuleName(f"span{index}"),))
        return grammar if grammar["span"] else {}

    def surfaces(self, limit: int) -> list[str]:
        """List the different spans of the text, in its order."""
        starts = [at for at, able in zip(self._edges, self.starts, strict=True) if able]
        ends = [at for at, able in zip(self._edges, self.ends, strict=True) if able]
        if len(starts) * len(ends) > 4 * limit:
            raise DataError(f"the text has more than {limit} spans: use boundaries='word', or raise limit")
        found = list(dict.fromkeys(self.text[start:end] for start in starts for end in ends if start < end))
        if len(found) > limit:
            raise DataError(f"the text has {len(found)} different spans, more than the limit of {limit}")
        return found


def _check_limit(rules: int, limit: int) -> None:
    if rules > limit:
        raise DataError(
            f"the grammar would need {rules} rules, more than the limit of {limit}: "
            "lower max_depth, use boundaries='word', or raise limit"
        )


# -- inline formats ---------------------------------------------------------------------------------


def _copies(codec: Inline, text: str, labels: LabelSet, boundaries: Boundaries) -> _Cuts:
    """Cut the text, and write each piece as an answer copies it: with an escape before what may be markup."""
    trie = pieces_of(codec, labels)
    markup = (piece.text.decode() for piece in trie.pieces if len(piece.text) > 1)
    if not trie.special.isdisjoint(text) and ("\\" in text or any(piece in text for piece in markup)):
        raise DataError(
            "the text holds backslashes or markup of its own, which a grammar cannot tell from the answer's"
        )
    return _Cuts(text, boundaries, lambda part: "".join(f"\\{char}" if char in trie.special else char for char in part))


def inline_grammar(
    codec: Inline, text: str, labels: LabelSet, boundaries: Boundaries, max_depth: int, limit: int
) -> Grammar:
    """Build a rule for each place in the text and the entities open there, which continues to the next."""
    trie = pieces_of(codec, labels)
    cuts = _copies(codec, text, labels, boundaries)
    grammar: Grammar = {}
    names: dict[tuple[int, _Stack], str] = {(0, ()): "root"}
    todo: list[tuple[int, _Stack]] = [(0, ())]

    def rule(index: int, stack: _Stack) -> RuleName:
        if (index, stack) not in names:
            names[index, stack] = f"s{len(names)}"
            _check_limit(len(names), limit)
            todo.append((index, stack))
        return RuleName(names[index, stack])

    while todo:
        index, stack = todo.pop()
        alternatives: list[tuple[Part, ...]] = []
        if index == len(cuts.chunks):
            alternatives += [()] * (not stack)
        elif index < cuts.last_end or not stack:
            alternatives.append((cuts.chunks[index], rule(index + 1, tuple((name, True) for name, _ in stack))))
        if cuts.starts[index] and index < cuts.last_end and len(stack) < max_depth:
            for piece in trie.among(trie.opening):
                alternatives.append((piece.text.decode(), rule(index, (*stack, (piece.name, False)))))
        if stack and stack[-1][1] and cuts.ends[index]:
            for piece in trie.among(trie.closing[stack[-1][0]]):
                alternatives.append((piece.text.decode(), rule(index, stack[:-1])))
        grammar[names[index, stack]] = alternatives
    return grammar


def inline_pattern(
    codec: Inline, text: str, labels: LabelSet, boundaries: Boundaries, max_depth: int, limit: int
) -> str:
    """Write a flat answer as one expression, by halves: inside or outside an entity at either end."""
    if max_depth > 1:
        raise DataError(f"max_depth: a regular expression of an inline format is flat, got {max_depth}")
    trie = pieces_of(codec, labels)
    if max_depth and any(piece.name >= 0 for piece in trie.among(~trie.opening)):
        raise DataError(
            f"{codec.name} has no short regular expression, for what closes an entity must repeat its label: use lark"
        )
    cuts = _copies(codec, text, labels, boundaries)
    if len(cuts.chunks) > limit**0.5 * 4:
        message = f"the expression for {len(cuts.chunks)} pieces of text would be too long: shorten it, or use lark"
        raise DataError(message)
    if not text:
        return ""
    opening = _one_of(piece.text.decode() for piece in trie.among(trie.opening)) if max_depth else None
    closing = _one_of(piece.text.decode() for piece in trie.among(~trie.opening))

    def one(index: int, inside: bool, after: bool) -> str | None:
        opens = opening if cuts.starts[index] and index < cuts.last_end else None
        closes = closing if cuts.ends[index + 1] else None
        copied = re.escape(cuts.chunks[index])
        if after and index + 1 >= cuts.last_end:
            return None
        if inside:
            return copied if after else closes and copied + closes
        if after:
            return opens and opens + copied
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

    return between(0, len(cuts.chunks), False, False) or ""


def _one_of(texts: Iterable[str]) -> str | None:
    escaped = [re.escape(text) for text in texts]
    return f"(?:{'|'.join(escaped)})" if len(escaped) > 1 else "".join(escaped) or None


# -- JSON formats -----------------------------------------------------------------------------------


def _empty(codec: JsonFormat, labels: LabelSet) -> str:
    """Write the answer without entities."""
    return codec.dump([] if isinstance(codec, JsonItems) else {label: [] for label in labels})


def json_grammar(codec: JsonFormat, text: str, labels: LabelSet, boundaries: Boundaries, limit: int) -> Grammar:
    """Build the grammar of a JSON format."""
    spans = _Cuts(text, boundaries, lambda part: codec.dump(part)[1:-1]).span_rules(limit)
    if not spans:
        return {"root": [(_empty(codec, labels),)]}
    span: list[Part] = ['"', RuleName("span"), '"']
    if isinstance(codec, JsonGroups):
        parts: list[Part] = []
        for label in labels:
            parts += [", " if parts else "{", f"{codec.dump(label)}: [", RuleName("mentions"), "]"]
        return {
            "root": [_joined([*parts, "}"])],
            "mentions": [(), (*span, RuleName("more"))],
            "more": [(), (", ", *span, RuleName("more"))],
            **spans,
        }
    values: dict[str, list[Part]] = {"text": span, "label": [RuleName("label")]}
    items: list[list[Part]] = [["{"]]  # with and without each field that is optional
    for index, field in enumerate(codec.fields):
        key = f"{', ' * bool(index)}{codec.dump(field.key)}: "
        longer = [[*parts, key, *values.get(field.role, [Number()])] for parts in items]
        items = [*items, *longer] if field.optional else longer
    return {
        "root": [("[]",), ("[", RuleName("item"), RuleName("more"), "]")],
        "more": [(), (", ", RuleName("item"), RuleName("more"))],
        "item": [_joined([*parts, "}"]) for parts in items],
        "label": [(codec.dump(label),) for label in labels],
        **spans,
    }


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join neighbouring literal strings."""
    found: list[Part] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def json_pattern(codec: JsonFormat, text: str, labels: LabelSet, boundaries: Boundaries, limit: int) -> str:
    """Write the answers in a JSON format as a regular expression."""
    surfaces = _Cuts(text, boundaries, str).surfaces(limit)
    if not surfaces:
        return re.escape(_empty(codec, labels))
    span = f'"(?:{"|".join(re.escape(codec.dump(surface)[1:-1]) for surface in surfaces)})"'
    names = [re.escape(codec.dump(label)) for label in labels]
    if isinstance(codec, JsonGroups):
        return r"\{" + ", ".join(rf"{name}: \[(?:{span}(?:, {span})*)?\]" for name in names) + r"\}"
    values = {"text": span, "label": f"(?:{'|'.join(names)})"}
    fields = ""
    for index, field in enumerate(codec.fields):
        value = values.get(field.role, "(?:0|[1-9][0-9]*)")
        written = f"{', ' * bool(index)}{re.escape(codec.dump(field.key))}: {value}"
        fields += f"(?:{written})?" if field.optional else written
    item = rf"\{{{fields}\}}"
    return rf"\[(?:{item}(?:, {item})*)?\]"


def schema_of(
    codec: JsonFormat, text: str, labels: LabelSet, boundaries: Boundaries, root: str, limit: int
) -> dict[str, Any]:
    """Write the answers in a JSON format as a JSON Schema; optional fields are left out."""
    surfaces = _Cuts(text, boundaries, str).surfaces(limit)
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
