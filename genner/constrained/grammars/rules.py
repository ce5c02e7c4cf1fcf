"""Grammars as rules, and the rules for spans of a text that all formats need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from genner.constrained.options import Boundaries
from genner.constrained.source import SourceBytes
from genner.exceptions import DataError

__all__ = ["Grammar", "Number", "Part", "RuleName", "check_limit", "cut", "joined", "span_rules"]


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


def joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Join neighbouring literal strings."""
    found: list[Part] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return tuple(found)


def check_limit(rules: int, limit: int) -> None:
    """Refuse a grammar of more rules than `limit`."""
    if rules > limit:
        raise DataError(
            f"the grammar would need {rules} rules, more than the limit of {limit}: "
            "lower max_depth, use boundaries='word', or raise limit"
        )


def cut(text: str, boundaries: Boundaries) -> tuple[SourceBytes, list[int]]:
    """Cut the text wherever an entity may begin or end; both ends of the text are among the cuts."""
    source = SourceBytes(text, boundaries)
    size = len(text)
    cuts = [at for at in range(1, size) if source.can_start[source.byte_of[at]] or source.can_end[source.byte_of[at]]]
    return source, [0, *cuts, size] if text else [0]


def span_rules(text: str, boundaries: Boundaries, spell: Callable[[str], str], limit: int) -> Grammar:
    """Build `span`, with one rule for each place, which may continue to the next; empty when there is no span.

    Args:
        spell: how the answer writes a part of the text.
        limit: how many rules there may be.
    """
    source, cuts = cut(text, boundaries)
    check_limit(len(cuts), limit)
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
            going.append((chunk, RuleName(f"span{index + 1}")))
        grammar[f"span{index}"] = going
        if source.can_start[source.byte_of[begin]]:
            starts.append((RuleName(f"span{index}"),))
    return {"span": starts, **grammar} if starts else {}
