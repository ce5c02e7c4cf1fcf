"""Reading inline markup against the source: what copies the source is text, the rest is markup.

A grammar (`Markup`) finds the places of an output that may be markup. Where the source holds no
such character every one of them is, and `read_plain` is done in one pass. Otherwise `readings`
walks output and source together: at each place the characters are either copied from the source
or taken as markup, and every combination that spells the whole source is a reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from genner.types import Entity, canonical

__all__ = ["Markup", "Reading", "beginning", "read_plain", "readings"]

_new: Any = tuple.__new__

Reading = tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Markup:
    """The strict grammar of an inline format.

    Args:
        token: matches one piece of markup; group 1 is an opener's name (`[` where it has none),
            group 2 a closer's label.
        special: source characters that make the walk necessary.
        escapable: characters that a backslash in the output marks as copied.
        by_name: a closer ends the innermost open entity of its own name, not just the innermost.
        unfinished: matches a closer, a tag or an escape that is cut off at the end of an output.
    """

    token: re.Pattern[str]
    special: frozenset[str]
    escapable: str
    by_name: bool
    unfinished: re.Pattern[str]

    def needs_walk(self, text: str) -> bool:
        """Tell whether the source holds characters that could be taken for markup."""
        return not self.special.isdisjoint(text)


def read_plain(markup: Markup, output: str) -> tuple[str, Reading] | None:
    """Take all that looks like markup as markup.

    Returns:
        The text without markup and its entities, or None when the markup is not balanced.
    """
    parts = markup.token.split(output)
    if len(parts) == 1:
        return output, ()
    found: list[Any] = []
    stacks: dict[str, list[tuple[int, int]]] = {}
    position = len(parts[0])
    last_opened = -1
    in_order = True
    by_name = markup.by_name
    steps = iter(parts)
    next(steps)
    for opened, label, chunk in zip(steps, steps, steps, strict=True):
        if label is None:
            if position == last_opened:
                in_order = False
            last_opened = position
            stacks.setdefault(opened, []).append((position, len(found)))
            found.append(None)
        else:
            stack = stacks.get(label if by_name else "[")
            if not stack:
                return None
            start, slot = stack.pop()
            if start == position:
                return None
            found[slot] = _new(Entity, (start, position, label))
        position += len(chunk)
    if None in found:
        return None
    return "".join(parts[0::3]), tuple(found) if in_order else canonical(found)


class _Open:
    """An open entity on the walk; `key` stands for the names of the whole stack below it."""

    __slots__ = ("below", "key", "name", "start")

    def __init__(self, name: str, start: int, below: _Open | None, keys: dict[Any, int]) -> None:
        self.name = name
        self.start = start
        self.below = below
        self.key: int = keys.setdefault((name, below.key if below else 0), len(keys) + 1)


class _Path:
    """One way through output and source so far.

    Paths share their past: open entities, closed entities and choices taken are linked lists, so
    that remembering another way costs nothing.
    """

    __slots__ = ("closed", "i", "j", "k", "open", "trail")

    def __init__(self, k: int, i: int, j: int, open_: _Open | None, closed: Any, trail: Any) -> None:
        self.k = k  # next candidate
        self.i = i  # offset in the output
        self.j = j  # offset in the source
        self.open = open_
        self.closed = closed
        self.trail = trail


def readings(
    markup: Markup, output: str, text: str, *, known: frozenset[str] | None = None, budget: int | None = None
) -> Iterator[Reading]:
    """Yield the different ways to read `output` as `text` with markup, copying before marking.

    The first reading is the one that takes each character for a copy of the source wherever that
    leads anywhere; this is the documented tie-break.

    Args:
        known: the only labels to accept; any when None.
        budget: how many steps to spend; the default grows with the output, so that hostile input
            costs linear time.  What is not found by then is not yielded.
    """
    walk = _Walk(markup, output, text, known)
    walk.steps = budget if budget is not None else 64 * len(walk.tokens) + 256
    seen: set[frozenset[Entity]] = set()
    while walk.todo and walk.steps > 0:
        path = walk.todo.pop()
        if walk.follow(path):
            reading = canonical(_unlink(path.closed))
            walk.alive.update(_unlink(path.trail))
            key = frozenset(reading)
            if key not in seen:
                seen.add(key)
                yield reading


def beginning(
    markup: Markup, output: str, text: str, *, known: frozenset[str] | None = None
) -> tuple[Reading, int] | None:
    """Read an output that was cut off while it copied `text` with markup.

    Args:
        known: the only labels to accept; any when None.

    Returns:
        The entities closed by then and how far the text is copied, by the reading that copies first;
        None when `output` is not the beginning of a strict answer.
    """
    tail = markup.unfinished.search(output)
    for size in (len(output), *(() if tail is None else (tail.start(),))):
        walk = _Walk(markup, output[:size], text, known, whole=False)
        walk.steps = 64 * len(walk.tokens) + 256
        while walk.todo and walk.steps > 0:
            path = walk.todo.pop()
            if walk.follow(path):
                return canonical(_unlink(path.closed)), path.j
    return None


class _Walk:
    """Depth-first search over the places where copying and marking are both possible.

    Args:
        whole: whether the output has to spell all of the source, and close what it opens.
    """

    def __init__(
        self, markup: Markup, output: str, text: str, known: frozenset[str] | None, *, whole: bool = True
    ) -> None:
        self.whole = whole
        self.markup = markup
        self.output = output
        self.text = text
        self.tokens = _candidates(markup, output, known)
        self.steps = 0
        self.keys: dict[Any, int] = {}
        self.visited: set[Any] = set()
        self.alive: set[Any] = set()
        self.todo = [_Path(0, 0, 0, None, None, None)]

    def follow(self, path: _Path) -> bool:
        """Advance one path to its end, leaving the other way of each choice in `todo`.

        Returns:
            Whether the path spells the whole source with nothing left open, or its beginning where
            that is enough.
        """
        output, text, tokens = self.output, self.text, self.tokens
        while self.steps > 0:
            self.steps -= 1
            while path.k < len(tokens) and tokens[path.k][0] < path.i:
                path.k += 1
            stop = tokens[path.k][0] if path.k < len(tokens) else len(output)
            if not text.startswith(output[path.i : stop], path.j):
                return False
            path.j += stop - path.i
            path.i = stop
            if path.k == len(tokens):
                return not self.whole or (path.j == len(text) and path.open is None)
            marked = self.mark(path)
            if text[path.j : path.j + 1] == output[stop]:
                if marked is not None:
                    state = (path.k, path.j, path.open.key if path.open else 0)
                    if state in self.visited and state not in self.alive:
                        return False
                    self.visited.add(state)
                    path.trail = marked.trail = (state, path.trail)
                    self.todo.append(marked)
                path.i, path.j, path.k = stop + 1, path.j + 1, path.k + 1
            elif marked is not None:
                path.i, path.j, path.k = marked.i, marked.j, marked.k
                path.open, path.closed = marked.open, marked.closed
            else:
                return False
        return False

    def mark(self, path: _Path) -> _Path | None:
        """Take the candidate at `path` as markup; None when it cannot be."""
        start, end, opened, label = self.tokens[path.k]
        j = path.j
        if label is not None:
            return self.close(path, label, end)
        if j == len(self.text):
            return None
        if opened is not None:
            inner = _Open(opened, j, path.open, self.keys)
            return _Path(path.k + 1, end, j, inner, path.closed, path.trail)
        if self.text[j] != self.output[start + 1]:
            return None
        return _Path(path.k + 1, start + 2, j + 1, path.open, path.closed, path.trail)

    def close(self, path: _Path, label: str, end: int) -> _Path | None:
        above: list[_Open] = []
        ended = path.open
        while ended is not None and self.markup.by_name and ended.name != label:
            above.append(ended)
            ended = ended.below
        self.steps -= len(above)
        if ended is None or ended.start == path.j:
            return None
        still = ended.below
        for entity in reversed(above):
            still = _Open(entity.name, entity.start, still, self.keys)
        closed = (_new(Entity, (ended.start, path.j, label)), path.closed)
        return _Path(path.k + 1, end, path.j, still, closed, path.trail)


_Token = tuple[int, int, "str | None", "str | None"]


def _candidates(markup: Markup, output: str, known: frozenset[str] | None) -> list[_Token]:
    """Find what may be markup: (start, end, opener's name, closer's label); neither for an escape."""
    found: list[_Token] = []
    for match in markup.token.finditer(output):
        opened, label = match.groups()
        if known is None or opened == "[" or (label or opened) in known:
            found.append((match.start(), match.end(), opened, label))
    escapes: list[_Token] = [
        (at, at + 1, None, None)
        for at in _positions(output, "\\")
        if output[at + 1 : at + 2] and output[at + 1] in markup.escapable
    ]
    return sorted(found + escapes, key=itemgetter(0)) if escapes else found


def _positions(text: str, char: str) -> Iterator[int]:
    at = text.find(char)
    while at >= 0:
        yield at
        at = text.find(char, at + 1)


def _unlink(links: Any) -> Iterator[Any]:
    while links is not None:
        yield links[0]
        links = links[1]
