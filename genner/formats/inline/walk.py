"""Reading marked text against its source: what copies the source is text, the rest is markup.

`Walk` goes through output and source together: wherever the output may have markup, its characters are either
copied from the source or taken for markup, and every combination that spells the source is a reading.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from genner.formats.inline.markup import Markup, Reading
from genner.types import Entity, canonical

__all__ = ["Path", "Walk", "distinct", "readings"]

_new: Any = tuple.__new__

_MOST_PATHS = 64
"""How many readings are followed at once, so that hostile input costs linear time."""

_FIRST_PATHS = 4
"""How many are followed once there were more."""

_PER_STATE = 2
"""How many readings are kept that cannot differ from here on: enough to see that there is more than one."""

_STEPS_PER_TOKEN = 16
_LONGEST_MARK = 200

_PAIRED = {"[": "]", "<": ">", "{": "}", "(": ")"}
_LONGEST_PAIRED = 200
"""A longer mention is not searched for brackets, so that nested ones cost linear time."""


class _Open:
    """An open entity; `depth` counts all open ones, and `key` identifies their names and starts (0 until needed)."""

    __slots__ = ("below", "depth", "key", "name", "start")

    def __init__(self, name: str, start: int, below: _Open | None) -> None:
        self.name = name
        self.start = start
        self.below = below
        self.depth: int = below.depth + 1 if below is not None else 1
        self.key = 0


class Path(NamedTuple):
    """One partial reading of output and source.

    Paths share their past: open and closed entities are linked lists, so that another path costs nothing.

    Args:
        i: offset in the output that has not been left behind.
        j: offset in the source.
        open: the innermost open entity.
        closed: the last entity closed, and the list of those before it.
        ended: how many are closed.
        begun: where in all of the output it began.
        torn: how many of the closed entities have one bracket of a pair of the text without the other, or lack the
            sign that begins their word.
    """

    i: int
    j: int
    open: _Open | None = None
    closed: Any = None
    ended: int = 0
    begun: int = 0
    torn: int = 0


class Walk:
    """Follows all readings of an output, which may arrive in pieces, in the order of trust: copying before marking.

    Args:
        known: the only labels to accept; any when None.
        deepest: how many entities may be open at once: more than there are closers cannot be closed.

    Attributes:
        paths: the readings of the output so far, without what is held back.
        held: the end of the output, where a mark may have begun.
        has_closers: whether anything could be a closer.
        gave_up: whether a reading was left out because there were too many.
    """

    def __init__(self, markup: Markup, text: str, known: frozenset[str] | None, deepest: int = sys.maxsize) -> None:
        self.markup = markup
        self.text = text
        self.known = known
        self.deepest = deepest
        self.paths = [Path(0, 0)]
        self.held = ""
        self.has_closers = False
        self.gave_up = False
        own = [char for char in markup.first if char in text]
        self._pairs = [(char, _PAIRED[char]) for char in own if char in _PAIRED]
        self._signs = frozenset(own).difference(_PAIRED)
        self._keys: dict[Any, int] = {}
        self._steps = 4096

    def feed(self, chunk: str, *, is_last: bool = False) -> Iterator[None]:
        """Take the next piece of the output; stop after each possible mark."""
        output = self.held + chunk
        size = len(output) if is_last else _partial_mark(self.markup, output)
        for token in _tokens(self.markup, output, size, self.known):
            self._steps += _STEPS_PER_TOKEN
            self.has_closers = self.has_closers or token[3] is not None
            after: list[Path] = []
            for path in self.paths:
                self._take(path, token, output, after)
            self.paths = after if len(after) <= _PER_STATE else self._limited(after)
            yield
        self.paths = [
            _new(Path, (max(i - size, 0), j + max(size - i, 0), open_, closed, ended, begun, torn))
            for i, j, open_, closed, ended, begun, torn in self.paths
            if self.text.startswith(output[i:size], j)
        ]
        self.held = output[size:]

    def begin(self, at: int = 0, j: int = 0, begun: int = 0) -> None:
        """Let a reading begin in the next piece: what came before is no answer.

        Args:
            at: where in the next piece.
            j: offset in the source.
            begun: where in all of the output.
        """
        if len(self.paths) < _MOST_PATHS:
            self.paths.append(Path(len(self.held) + at, j, begun=begun))
        else:
            self.gave_up = True

    def _take(self, path: Path, token: _Token, output: str, after: list[Path]) -> None:
        """Copy the characters up to a token, and go on with copying or with marking."""
        start, end, opener, closer = token
        i, j, open_, closed, ended, begun, torn = path
        if i > start:
            after.append(path)
            return
        text = self.text
        if i < start:
            if not text.startswith(output[i:start], j):
                return
            j += start - i
        if text[j : j + 1] == output[start]:
            after.append(_new(Path, (start + 1, j + 1, open_, closed, ended, begun, torn)))
        if closer is not None:
            self._close(path, j, closer, end, after)
        elif j < len(text):
            if opener is not None:
                if self.deepest > (open_.depth if open_ is not None else 0):
                    after.append(_new(Path, (end, j, _Open(opener, j, open_), closed, ended, begun, torn)))
            elif text[j] == output[start + 1]:  # an escape
                after.append(_new(Path, (start + 2, j + 1, open_, closed, ended, begun, torn)))

    def _close(self, path: Path, j: int, name: str, end: int, after: list[Path]) -> None:
        markup = self.markup
        above: list[_Open] = []
        ended = path.open
        while ended is not None and markup.named and ended.name != name and self._steps > 0:
            above.append(ended)
            ended = ended.below
            self._steps -= 1
        if ended is None or ended.start == j or self._steps <= 0:
            return
        still = ended.below
        for entity in reversed(above):
            still = _Open(entity.name, entity.start, still)
        label = name if markup.closer_labelled else ended.name if markup.opener_labelled else markup.label
        closed = _new(Entity, (ended.start, j, label)), path.closed
        torn = path.torn
        if len(self.paths) > 1:  # one path alone has no other to be compared with
            torn += self._is_torn(ended.start, j)
        after.append(_new(Path, (end, j, still, closed, path.ended + 1, path.begun, torn)))

    def _is_torn(self, start: int, end: int) -> bool:
        """Tell whether a part of the text has one bracket of a pair without the other, or leaves out `@` of `@Ann`."""
        count = self.text.count
        if self.text[start].isalnum() and self.text[max(start - 1, 0)] in self._signs:
            return True
        return end - start <= _LONGEST_PAIRED and any(
            count(opening, start, end) != count(closing, start, end) for opening, closing in self._pairs
        )

    def _limited(self, paths: list[Path]) -> list[Path]:
        """Keep a few of the readings that cannot differ from here on, and the first of all."""
        counts: dict[tuple[int, int, int], int] = {}
        kept = []
        for path in sorted(paths, key=_TORN):
            state = path.i, path.j, self._key(path.open)
            counts[state] = counts.get(state, 0) + 1
            if counts[state] <= _PER_STATE:
                kept.append(path)
        self.gave_up = self.gave_up or len(kept) > _MOST_PATHS
        return kept[:_FIRST_PATHS] if self.gave_up else kept

    def _key(self, open_: _Open | None) -> int:
        above = []
        while open_ is not None and not open_.key:
            above.append(open_)
            open_ = open_.below
        key = 0 if open_ is None else open_.key
        for entity in reversed(above):
            key = entity.key = self._keys.setdefault((entity.name, entity.start, key), len(self._keys) + 1)
        return key


def readings(markup: Markup, output: str, text: str, *, known: frozenset[str] | None = None) -> Iterator[Reading]:
    """Yield the different readings of `output` as `text` with markup, copying before marking.

    The first reading is the one that tears fewest mentions out of a pair of brackets or off a sign of the text,
    `3H]thymidine` or `Ann` of `@Ann`, and of several the one that takes each character for a copy of the source
    wherever that leads anywhere; this is the documented tie-break.  Where there are very many, not all are yielded.

    Args:
        known: the only labels to accept; any when None.
    """
    walk = Walk(markup, text, known, output.count(markup.closing))
    deque(walk.feed(output, is_last=True), maxlen=0)
    yield from distinct(path for path in walk.paths if path.j == len(text) and path.open is None)


def distinct(paths: Iterable[Path]) -> Iterator[Reading]:
    """Yield the entities that paths have closed, each reading once, those that tear fewest mentions first."""
    yield from dict.fromkeys(canonical(_unlink(path.closed)) for path in sorted(paths, key=_TORN))


def _partial_mark(markup: Markup, output: str) -> int:
    """Return where a mark or an escape begins that the end of the output cuts off, or the length."""
    if output.endswith("\\"):
        return len(output) - 1
    for at in range(max(0, len(output) - _LONGEST_MARK), len(output)):
        if output[at] in markup.first and markup.partial.fullmatch(output, at):
            return at - (at > 0 and output[at - 1] == "\\")  # or a character that is escaped
    return len(output)


_TORN = attrgetter("torn")

_Token: TypeAlias = tuple[int, int, "str | None", "str | None"]


def _tokens(markup: Markup, output: str, size: int, known: frozenset[str] | None) -> list[_Token]:
    """Find what may be markup before `size`: (start, end, opener's group, closer's group); neither for an escape."""
    found: list[_Token] = []
    for match in markup.anywhere.finditer(output):
        at = match.start()
        if at >= size:
            break
        opened, closed, _ = match.groups()
        is_labelled = markup.opener_labelled if closed is None else markup.closer_labelled
        if known is None or not is_labelled or (opened if closed is None else closed) in known:
            found.append((at, match.end(3), opened, closed))
    if "\\" in output:
        found += [(at, at + 1, None, None) for at in map(re.Match.start, markup.escape.finditer(output, 0, size))]
        found.sort(key=lambda token: token[0])
    return found


def _unlink(links: Any) -> Iterator[Any]:
    while links is not None:
        yield links[0]
        links = links[1]
