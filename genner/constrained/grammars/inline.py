"""Grammars and patterns of the inline formats."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias

from genner.constrained.grammars.rules import Grammar, Part, RuleName, check_limit, cut
from genner.constrained.inline.markup import pieces_of
from genner.constrained.options import Boundaries
from genner.constrained.source import SourceBytes
from genner.exceptions import DataError
from genner.formats.inline.description import Inline
from genner.types import LabelSet

__all__ = ["flat_pattern", "inline_grammar"]

_Stack: TypeAlias = "tuple[tuple[int, bool], ...]"
"""The open entities: the name of each (see `MarkupPiece`), and whether anything has been copied in it."""


def _copies(
    codec: Inline, text: str, labels: LabelSet, boundaries: Boundaries
) -> tuple[SourceBytes, list[int], list[str]]:
    """Cut the text, and write each piece as an answer copies it: with an escape before what may be markup."""
    trie = pieces_of(codec, labels)
    source, cuts = cut(text, boundaries)
    ambiguous = not trie.special.isdisjoint(text)
    if ambiguous and ("\\" in text or any(len(it.text) > 1 and it.text in source.data for it in trie.pieces)):
        raise DataError(
            "the text holds backslashes or markup of its own, which a grammar cannot tell from the answer's"
        )
    spelled = [f"\\{char}" if char in trie.special else char for char in text]
    return source, cuts, ["".join(spelled[begin:end]) for begin, end in pairwise(cuts)]


def inline_grammar(
    codec: Inline, text: str, labels: LabelSet, *, boundaries: Boundaries, max_depth: int, limit: int
) -> Grammar:
    """Build a rule for each place in the text and the entities open there, which continues to the next."""
    trie = pieces_of(codec, labels)
    source, cuts, chunks = _copies(codec, text, labels, boundaries)
    starts = [source.can_start[source.byte_of[at]] for at in cuts]
    ends = [source.can_end[source.byte_of[at]] for at in cuts]
    last = len(cuts) - 1
    last_end = max((index for index, able in enumerate(ends) if able), default=-1)
    grammar: Grammar = {}
    names: dict[tuple[int, _Stack], str] = {(0, ()): "root"}
    todo: list[tuple[int, _Stack]] = [(0, ())]

    def rule(index: int, stack: _Stack) -> RuleName:
        if (index, stack) not in names:
            names[index, stack] = f"s{len(names)}"
            check_limit(len(names), limit)
            todo.append((index, stack))
        return RuleName(names[index, stack])

    while todo:
        index, stack = todo.pop()
        alternatives: list[tuple[Part, ...]] = []
        if index == last and not stack:
            alternatives.append(())
        if index < last and (index < last_end or not stack):
            alternatives.append((chunks[index], rule(index + 1, tuple((name, True) for name, _ in stack))))
        if starts[index] and index < last_end and len(stack) < max_depth:
            for piece in trie.among(trie.opening):
                alternatives.append((piece.text.decode(), rule(index, (*stack, (piece.name, False)))))
        if stack and stack[-1][1] and ends[index]:
            for piece in trie.among(trie.closing[stack[-1][0]]):
                alternatives.append((piece.text.decode(), rule(index, stack[:-1])))
        grammar[names[index, stack]] = alternatives
    return grammar


def flat_pattern(
    codec: Inline, text: str, labels: LabelSet, *, boundaries: Boundaries, max_depth: int, limit: int
) -> str:
    """Write a flat answer as one expression, by halves: inside or outside an entity at either end.

    Raises:
        DataError: when the expression cannot be written, or would be too long.
    """
    if max_depth > 1:
        raise DataError(f"max_depth: a regular expression of an inline format is flat, got {max_depth}")
    trie = pieces_of(codec, labels)
    openers, closers = list(trie.among(trie.opening)), list(trie.among(~trie.opening))
    if max_depth and any(piece.name >= 0 for piece in closers):
        raise DataError(
            f"{codec.name} has no short regular expression, for what closes an entity must repeat its label: use lark"
        )
    source, cuts, chunks = _copies(codec, text, labels, boundaries)
    if len(chunks) > limit**0.5 * 4:
        raise DataError(f"the expression for {len(chunks)} pieces of text would be too long: shorten it, or use lark")
    if not text:
        return ""
    opening = _one_of([piece.text.decode() for piece in openers]) if max_depth and openers else ""
    closing = _one_of([piece.text.decode() for piece in closers])
    last = source.last_end

    def one(index: int, inside: bool, after: bool) -> str | None:
        begin, end = source.byte_of[cuts[index]], source.byte_of[cuts[index + 1]]
        opens = opening if opening and source.can_start[begin] and begin < last else None
        closes = closing if source.can_end[end] else None
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

    return between(0, len(chunks), False, False) or ""


def _one_of(texts: list[str]) -> str:
    escaped = "|".join(map(re.escape, texts))
    return escaped if len(texts) == 1 else f"(?:{escaped})"
