"""The strict grammar of an inline format, derived from how its openers and closers are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from genner.types import Entity, canonical

__all__ = ["LABEL", "Markup", "Reading", "derive", "read_plain"]

LABEL = "{label}"
"""The placeholder of the label in the template of an opener or a closer."""

Reading: TypeAlias = tuple[Entity, ...]

_new: Any = tuple.__new__


@dataclass(frozen=True, slots=True)
class Markup:
    """How to recognise openers and closers.

    Args:
        token: matches one opener (group 1) or closer (group 2); the group holds the label, or the
            mark itself where its template has no label.
        anywhere: matches the empty string where one begins, also inside of another; the end of group 3 is its end.
        partial: matches an opener or a closer that has begun and is not complete.
        special: characters of a text that could be taken for markup.
        first: characters with which an opener or a closer begins.
        closing: what every closer begins with.
        escape: matches a backslash before one of the special characters.
        named: a closer ends the innermost open entity of its own label, not just the innermost one.
        opener_labelled: openers hold the label.
        closer_labelled: closers hold the label.
        label: the label of every entity, where neither openers nor closers hold one.
    """

    token: re.Pattern[str]
    anywhere: re.Pattern[str]
    partial: re.Pattern[str]
    special: frozenset[str]
    first: frozenset[str]
    closing: str
    escape: re.Pattern[str]
    named: bool
    opener_labelled: bool
    closer_labelled: bool
    label: str

    def has_marks(self, text: str) -> bool:
        """Tell whether `text` has characters that could be taken for markup."""
        return not self.special.isdisjoint(text)


@lru_cache(maxsize=64)
def derive(opener: str, closer: str, named: bool, label: str = "") -> Markup:
    """Derive the grammar from the templates of openers and closers.

    Args:
        opener: what is written before an entity, with `{label}` where the label is.
        closer: what is written after an entity, likewise.
        named: whether closers name the entity that they end.
        label: the label of every entity, where neither template has one.

    >>> derive("<{label}>", "</{label}>", named=True).token.pattern
    '<([^\\\\s/<>](?:[^<>\\\\n]*[^\\\\s/<>])?)>|</([^\\\\s/<>](?:[^<>\\\\n]*[^\\\\s/<>])?)>'

    """
    templates = (opener, closer)
    pieces = [piece for template in templates for piece in template.split(LABEL)]
    if not all(piece.strip() for piece in pieces) or any(template.count(LABEL) > 1 for template in templates):
        raise ValueError(
            f"opener {opener!r} and closer {closer!r}: each needs characters that are no spaces, "
            f"on both sides of {LABEL} where it has one, and {LABEL} once at most"
        )
    if opener == closer or (named and not all(LABEL in template for template in templates)):
        raise ValueError(f"opener {opener!r} and closer {closer!r} do not tell where an entity begins and ends")
    edges = "".join(sorted({char for piece in pieces for char in piece if not (char.isspace() or char.isalnum())}))
    inside = "".join(sorted({piece.strip()[0] for piece in pieces}))
    outer, inner = _char_class(r"\s" + re.escape(edges)), _char_class(re.escape(inside) + r"\n")
    name = f"{outer}(?:{inner}*{outer})?"
    opening, closing = (_template(template, name) for template in templates)
    if closer.startswith(opener):
        opening = f"(?!{_template(closer, name, '(?:')}){opening}"
    return Markup(
        token=re.compile(f"{opening}|{closing}"),
        anywhere=re.compile(f"(?=(?:{opening}|{closing})())"),
        partial=re.compile("|".join(_partial(template, inner) for template in templates)),
        special=frozenset(template.strip()[0] for template in templates),
        first=frozenset(template[0] for template in templates),
        closing=closer.partition(LABEL)[0],
        escape=re.compile("|".join(re.escape(f"\\{template.strip()[0]}") for template in templates)),
        named=named,
        opener_labelled=LABEL in opener,
        closer_labelled=LABEL in closer,
        label=label,
    )


def _char_class(excluded: str) -> str:
    return f"[^{excluded}]"


def _template(template: str, name: str, group: str = "(") -> str:
    before, label, after = template.partition(LABEL)
    return f"{re.escape(before)}{group}{name}){re.escape(after)}" if label else f"{group}{re.escape(before)})"


def _partial(template: str, inner: str) -> str:
    """Match every beginning of a mark, but not the whole of it."""
    before, label, after = template.partition(LABEL)
    steps = [*map(re.escape, before), *([f"{inner}*"] if label else []), *map(re.escape, after)]
    pattern = ""
    for step in reversed(steps[:-1]):
        pattern = f"{step}(?:{pattern})?" if pattern else step
    return pattern or "(?!)"


def read_plain(markup: Markup, output: str) -> tuple[str, Reading] | None:
    """Take all that looks like markup as markup.

    Returns:
        The text without markup and its entities, or None when the markup is not balanced.
    """
    parts = markup.token.split(output)
    if len(parts) == 1:
        return output, ()
    found: list[Any] = []
    stacks: dict[str, list[tuple[int, int, str]]] = {}
    position = len(parts[0])
    last_opened = -1
    in_order = True
    named, closer_labelled, opener_labelled = markup.named, markup.closer_labelled, markup.opener_labelled
    steps = iter(parts)
    next(steps)
    for opened, closed, chunk in zip(steps, steps, steps, strict=True):
        if closed is None:
            if position == last_opened:
                in_order = False
            last_opened = position
            stacks.setdefault(opened if named else "", []).append((position, len(found), opened))
            found.append(None)
        else:
            stack = stacks.get(closed if named else "")
            if not stack:
                return None
            start, slot, opened = stack.pop()
            if start == position:
                return None
            label = closed if closer_labelled else opened if opener_labelled else markup.label
            found[slot] = _new(Entity, (start, position, label))
        position += len(chunk)
    if None in found:
        return None
    return "".join(parts[0::3]), tuple(found) if in_order else canonical(found)
