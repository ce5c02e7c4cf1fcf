"""Reading marked text against its source: what copies the source is text, the rest is markup.

`readings` walks output and source together: wherever the output may have markup, its characters are
either copied from the source or taken for markup, and every combination that spells the whole source
is a reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from genner.formats.inline.markup import Markup, Reading
from genner.types import Entity, canonical

__all__ = ["beginning", "readings"]

_new: Any = tuple.__new__

_STEPS_PER_TOKEN = 16
_FREE_STEPS = 4096


class _Open:
    """An open entity; `key` identifies the names of all open entities."""

    __slots__ = ("below", "key", "name", "start")

    def __init__(self, name: str, start: int, below: _Open | None, keys: dict[Any, int]) -> None:
        self.name = name
        self.start = start
        self.below = below
        self.key: int = keys.setdefault((name, below.key if below else 0), len(keys) + 1)


class _Path:
    """One partial reading of output and source.

    Paths share their past: open entities, closed entities and choices taken are linked lists, so
    that remembering another path costs nothing.
    """

    __slots__ = ("closed", "i", "j", "k", "open", "trail")

    def __init__(self, k: int, i: int, j: int, open_: _Open | None, closed: Any, trail: Any) -> None:
        self.k = k  # next token
        self.i = i  # offset in the output
        self.j = j  # offset in the source
        self.open = open_
        self.closed = closed
        self.trail = trail


def readings(markup: Markup, output: str, text: str, *, known: frozenset[str] | None = None) -> Iterator[Reading]:
    """Yield the different readings of `output` as `text` with markup, copying before marking.

    The first reading is the one that takes each character for a copy of the source wherever that
    leads anywhere; this is the documented tie-break.  The steps spent grow with the output, so that
    hostile input costs linear time; what is not found by then is not yielded.

    Args:
        known: the only labels to accept; any when None.
    """
    walk = _Walk(markup, output, text, known)
    if not walk.has_closers and not walk.has_escapes:  # a common case, and a hostile one
        if output == text:
            yield ()
        return
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


class Beginning(NamedTuple):
    """How an output that was cut off reads.

    Args:
        closed: the entities that are complete.
        copied: how far the text is copied.
        opened: name and start of each entity that is open, the innermost first.
        end: where the output was cut; behind it a mark has only begun.
    """

    closed: Reading
    copied: int
    opened: list[tuple[str, int]]
    end: int


def beginning(markup: Markup, output: str, text: str, *, known: frozenset[str] | None = None) -> Beginning | None:
    """Read an output that was cut off while it copied `text` with markup.

    Args:
        known: the only labels to accept; any when None.

    Returns:
        The reading that copies first; None when `output` is not the beginning of a strict answer.
    """
    sizes = [len(output)]
    cut = _partial_mark(markup, output)
    if cut < len(output):
        sizes.append(cut)
    for size in sizes:
        walk = _Walk(markup, output[:size], text, known, whole=False)
        if not walk.has_closers:
            return None
        while walk.todo and walk.steps > 0:
            path = walk.todo.pop()
            if walk.follow(path):
                opened = []
                while path.open is not None:
                    opened.append((path.open.name, path.open.start))
                    path.open = path.open.below
                return Beginning(canonical(_unlink(path.closed)), path.j, opened, size)
    return None


_LONGEST_MARK = 200


def _partial_mark(markup: Markup, output: str) -> int:
    """Return where a mark or an escape begins that the end of the output cuts off, or the length."""
    if output.endswith("\\"):
        return len(output) - 1
    for at in range(max(0, len(output) - _LONGEST_MARK), len(output)):
        if markup.partial.fullmatch(output, at):
            return at
    return len(output)


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
        self.tokens = _tokens(markup, output, known)
        self.has_closers = any(token[3] is not None for token in self.tokens)
        self.has_escapes = any(token[2] is token[3] is None for token in self.tokens)
        self.steps = _STEPS_PER_TOKEN * len(self.tokens) + _FREE_STEPS
        self.keys: dict[Any, int] = {}
        self.visited: set[Any] = set()
        self.alive: set[Any] = set()
        self.todo = [_Path(0, 0, 0, None, None, None)]

    def follow(self, path: _Path) -> bool:
        """Advance one path to its end, leaving the other side of each choice in `todo`.

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
        """Take the token at `path` as markup; None when it cannot be."""
        start, end, opened, closed = self.tokens[path.k]
        j = path.j
        if closed is not None:
            return self.close(path, closed, end)
        if j == len(self.text):
            return None
        if opened is not None:
            inner = _Open(opened, j, path.open, self.keys)
            return _Path(path.k + 1, end, j, inner, path.closed, path.trail)
        if self.text[j] != self.output[start + 1]:
            return None
        return _Path(path.k + 1, start + 2, j + 1, path.open, path.closed, path.trail)

    def close(self, path: _Path, closed: str, end: int) -> _Path | None:
        above: list[_Open] = []
        ended = path.open
        while ended is not None and self.markup.named and ended.name != closed:
            above.append(ended)
            ended = ended.below
        self.steps -= len(above)
        if ended is None or ended.start == path.j:
            return None
        still = ended.below
        for entity in reversed(above):
            still = _Open(entity.name, entity.start, still, self.keys)
        markup = self.markup
        label = closed if markup.closer_labelled else ended.name if markup.opener_labelled else markup.label
        entity_and_before = (_new(Entity, (ended.start, path.j, label)), path.closed)
        return _Path(path.k + 1, end, path.j, still, entity_and_before, path.trail)


_Token: TypeAlias = tuple[int, int, "str | None", "str | None"]


def _tokens(markup: Markup, output: str, known: frozenset[str] | None) -> list[_Token]:
    """Find what may be markup: (start, end, opener's group, closer's group); neither for an escape."""
    found: list[_Token] = []
    search = markup.token.search
    match = search(output)
    while match is not None:
        opened, closed = match.groups()
        is_labelled = markup.opener_labelled if closed is None else markup.closer_labelled
        if known is None or not is_labelled or (opened if closed is None else closed) in known:
            found.append((*match.span(), opened, closed))
        match = search(output, match.start() + 1)
    escapes: list[_Token] = [
        (at, at + 1, None, None)
        for at in _positions(output, "\\")
        if output[at + 1 : at + 2] and output[at + 1] in markup.special
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
