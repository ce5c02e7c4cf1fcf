"""Grammars of the answers about one text, to be written out for engines that take one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from genner.constrained._markup import pieces_of
from genner.constrained._options import Boundaries
from genner.constrained._source import Source
from genner.exceptions import DataError
from genner.types import LabelSet

__all__ = ["Grammar", "Number", "Part", "Rule", "copies", "grammar_of"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to a rule by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number, 0 or without a leading 0."""


Part: TypeAlias = "str | Rule | Number"
Grammar: TypeAlias = "dict[str, list[tuple[Part, ...]]]"
"""Rules by name, `root` first; each a list of alternatives, each a sequence of literal strings and references."""


def grammar_of(
    format: str, text: str, labels: LabelSet, *, boundaries: Boundaries, max_depth: int, limit: int
) -> Grammar:
    """Build the grammar of a format.

    Args:
        limit: how many rules there may be.

    Raises:
        DataError: when there would be more.
    """
    if format in ("bracket", "xml"):
        return _inline(format, text, labels, boundaries, max_depth, limit)
    grammar = _spans(text, boundaries, lambda part: json.dumps(part, ensure_ascii=False)[1:-1], limit)
    names = [json.dumps(label, ensure_ascii=False) for label in labels]
    if format == "grouped-json":
        parts: list[Part] = []
        for index, name in enumerate(names):
            parts += [("{" if not index else ", ") + f"{name}: [", Rule("mentions"), "]"]
        mention: tuple[Part, ...] = ('"', Rule("span"), '"')
        root: Grammar = {
            "root": [(*parts, "}")],
            "mentions": [(), (*mention, Rule("more"))],
            "more": [(), (", ", *mention, Rule("more"))],
        }
    else:
        item: list[Part] = ['{"text": "', Rule("span"), '", "label": ', Rule("label")]
        if format == "offset-json":
            item += [', "start": ', Number(), ', "end": ', Number(), "}"]
            items: list[tuple[Part, ...]] = [tuple(item)]
        else:
            item += [', "occurrence_index": ', Number()]
            items = [(*item, "}"), (*item, ', "start": ', Number(), "}")]
        root = {
            "root": [("[]",), ("[", Rule("item"), Rule("more"), "]")],
            "more": [(), (", ", Rule("item"), Rule("more"))],
            "item": items,
            "label": [(name,) for name in names],
        }
    if "span" not in grammar:  # nothing in the text can be an entity
        empty = "[]" if format != "grouped-json" else "{" + ", ".join(f"{name}: []" for name in names) + "}"
        return {"root": [(empty,)]}
    return root | grammar


def _chunks(text: str, boundaries: Boundaries) -> tuple[Source, list[int]]:
    """Cut the text wherever an entity may begin or end."""
    source = Source(text, boundaries)
    size = len(text)
    cuts = [at for at in range(1, size) if source.can_start[source.byte_of[at]] or source.can_end[source.byte_of[at]]]
    return source, [0, *cuts, size] if text else [0]


def _spans(text: str, boundaries: Boundaries, spell: Callable[[str], str], limit: int) -> Grammar:
    """Build rules for the spans of a text: one for each place, which may go on to the next."""
    source, cuts = _chunks(text, boundaries)
    _check(len(cuts), limit)
    starts: list[tuple[Part, ...]] = []
    grammar: Grammar = {}
    for index, (begin, end) in enumerate(pairwise(cuts)):
        if source.byte_of[begin] >= source.last_end:
            break
        chunk = spell(text[begin:end])
        going: list[tuple[Part, ...]] = []
        if source.can_end[source.byte_of[end]]:
            going.append((chunk,))
        if source.byte_of[end] < source.last_end:
            going.append((chunk, Rule(f"span{index + 1}")))
        grammar[f"span{index}"] = going
        if source.can_start[source.byte_of[begin]]:
            starts.append((Rule(f"span{index}"),))
    return {"span": starts, **grammar} if starts else {}


def _check(rules: int, limit: int) -> None:
    if rules > limit:
        raise DataError(
            f"the grammar would need {rules} rules, more than the limit of {limit}: "
            "lower max_depth, take boundaries='word', or raise limit"
        )


def copies(format: str, text: str, labels: LabelSet, boundaries: Boundaries) -> tuple[Source, list[int], list[str]]:
    """Cut the text, and write each piece as an answer copies it: with an escape before what may be markup."""
    pieces = pieces_of(format, labels)
    source, cuts = _chunks(text, boundaries)
    walks = not pieces.special.isdisjoint(text)
    if walks and ("\\" in text or any(len(piece.text) > 1 and piece.text in source.data for piece in pieces.pieces)):
        raise DataError(
            "the text holds backslashes or markup of its own, which a grammar cannot tell from the answer's"
        )
    escapable = {chr(byte) for byte in pieces.escapable} if walks else set()
    spelled = [f"\\{char}" if char in escapable else char for char in text]
    return source, cuts, ["".join(spelled[begin:end]) for begin, end in pairwise(cuts)]


_Stack: TypeAlias = "tuple[tuple[int, bool], ...]"


def _inline(format: str, text: str, labels: LabelSet, boundaries: Boundaries, max_depth: int, limit: int) -> Grammar:
    """Build rules for a place in the text and the entities open there, each of which goes on to the next."""
    pieces = pieces_of(format, labels)
    source, cuts, chunks = copies(format, text, labels, boundaries)
    starts = [source.can_start[source.byte_of[at]] for at in cuts]
    ends = [source.can_end[source.byte_of[at]] for at in cuts]
    grammar: Grammar = {}
    names: dict[tuple[int, _Stack], str] = {(0, ()): "root"}
    todo: list[tuple[int, _Stack]] = [(0, ())]
    last = len(cuts) - 1

    def rule(index: int, stack: _Stack) -> Rule:
        if (index, stack) not in names:
            names[index, stack] = f"s{len(names)}"
            _check(len(names), limit)
            todo.append((index, stack))
        return Rule(names[index, stack])

    while todo:
        index, stack = todo.pop()
        alternatives: list[tuple[Part, ...]] = []
        if index == last and not stack:
            alternatives.append(())
        more_ends = any(ends[index + 1 :])
        if index < last and (more_ends or not stack):
            alternatives.append((chunks[index], rule(index + 1, tuple((name, True) for name, _ in stack))))
        if starts[index] and more_ends and len(stack) < max_depth:
            for piece in pieces.pieces:
                if piece.opens:
                    alternatives.append((piece.text.decode(), rule(index, (*stack, (piece.name, False)))))
        if stack and stack[-1][1] and ends[index]:
            for piece in pieces.pieces:
                if not piece.opens and piece.name == stack[-1][0]:
                    alternatives.append((piece.text.decode(), rule(index, stack[:-1])))
        grammar[names[index, stack]] = alternatives
    return grammar
