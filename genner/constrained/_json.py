"""Guides of the JSON formats: spans of the source, and what is fixed by the span chosen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from genner.constrained._ledger import Groups, Items
from genner.constrained._options import GuideOptions
from genner.constrained._source import Source
from genner.constrained._state import END, Choice, Option, State
from genner.constrained._stretch import Reach
from genner.text.occurrences import Occurrences, splits_word, whole_word_start

__all__ = ["GroupedMachine", "OccurrenceMachine", "OffsetMachine"]

_QUOTE = 0x22

L = TypeVar("L", Items, Groups)


class _Machine(Generic[L]):
    """What the JSON guides share: strings that are spans of the source."""

    start: State

    def __init__(self, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        self.options = options
        self.labels = labels
        self.source = Source(text, options.boundaries, lambda part: self.dump(part)[1:-1])
        self.hits = Occurrences(text)
        self.reach = Reach(self.source, self.source.all_starts)

    def dump(self, value: object) -> str:
        return json.dumps(value, ensure_ascii=self.options.ensure_ascii)

    def string(self, ledger: L) -> State:
        """Return the state inside a string of which nothing is written yet."""
        reach = self.reach if ledger.plain else Reach(self.source, ledger.starts())
        return _Inside(self, ledger, reach)

    def closed(self, ledger: L, starts: Sequence[int], length: int) -> State:
        """Return the state before the quote that ends a string: `length` bytes from any of `starts`."""
        raise NotImplementedError


class _Inside(State):
    """Inside a string.

    Args:
        reach: what is written of it, and where in the source it stands.
    """

    __slots__ = ("_ledger", "_machine", "reach")

    def __init__(self, machine: _Machine[Any], ledger: Any, reach: Reach) -> None:
        super().__init__()
        self._machine = machine
        self._ledger = ledger
        self.reach = reach

    @property
    def stretch(self) -> Reach | None:
        return self.reach if self._ledger.plain else None

    def along(self, data: bytes, begin: int) -> tuple[State, int]:
        if not self._ledger.plain:
            return self, 0
        reach = self.reach.along(data, begin)
        taken = reach.length - self.reach.length
        return (_Inside(self._machine, self._ledger, reach) if taken else self), taken

    def step(self, byte: int) -> State | None:
        if not self._ledger.plain:
            return self.following.get(byte)
        if byte == _QUOTE:
            return self._ended(self.reach)
        longer = self.reach.step(byte)
        return None if longer is None else _Inside(self._machine, self._ledger, longer)

    def leave(self, written: bytes, byte: int) -> State | None:
        return self._ended(self.reach.along(written, 0) if written else self.reach)

    def _ended(self, reach: Reach) -> State | None:
        """Return the state after the quote that ends a string, or None where none may end."""
        length = reach.length
        if not length:
            return None
        fits = self._ledger.fits
        starts = [at - length for at in reach.places if fits(at - length, at)]
        return _Ended(self._machine, self._ledger, starts, length) if starts else None

    def _expand(self) -> dict[int, State]:
        machine, ledger, reach = self._machine, self._ledger, self.reach
        inside = reach.narrowed(None if ledger.plain else ledger.far)
        following: dict[int, State] = {byte: _Inside(machine, ledger, longer) for byte, longer in inside.items()}
        ended = self._ended(reach)
        if ended is not None:
            following[_QUOTE] = ended
        self._quiet = frozenset(following)
        return following


class _Ended(State):
    """After the quote that ends a string; what may follow is seldom asked, and so found late."""

    __slots__ = ("_after",)

    def __init__(self, machine: _Machine[Any], ledger: Any, starts: Sequence[int], length: int) -> None:
        super().__init__()
        self._after = machine, ledger, starts, length

    def _expand(self) -> dict[int, State]:
        machine, ledger, starts, length = self._after
        after = machine.closed(ledger, starts, length).following[_QUOTE]
        self._quiet = after.quiet
        return dict(after.following)


class _ItemMachine(_Machine[Items]):
    """A list of objects: text, label, and numbers that follow from the span."""

    key: ClassVar[str]

    def __init__(self, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(text, labels, options)
        self._heads = {label: f'", "label": {self.dump(label)}, "{self.key}": '.encode() for label in labels}
        self.start = self._item(Items(self.source, labels, options), b"[]", b'[{"text": "')

    def _item(self, ledger: Items, end: bytes, more: bytes) -> State:
        options: list[Option] = [(end, lambda: END)]
        if ledger.starts():
            options.append((more, lambda: self.string(ledger)))
        return Choice(options, quiet=end)

    def closed(self, ledger: Items, starts: Sequence[int], length: int) -> State:
        by_label: dict[str, list[int]] = {}
        for start in starts:
            for label in ledger.labels(start, start + length):
                by_label.setdefault(label, []).append(start)
        return Choice(
            [
                (self._heads[label], partial(self._numbered, ledger, label, agreeing, length))
                for label, agreeing in by_label.items()
            ]
        )

    def _numbered(self, ledger: Items, label: str, starts: Sequence[int], length: int) -> State:
        char_at = self.source.char_at
        options: list[Option] = []
        for start in starts:
            end = start + length
            numbers = self.numbers(char_at[start], char_at[end]) + "}"
            options.append((numbers.encode(), partial(self._next, ledger, start, end, label)))
        return Choice(options)

    def _next(self, ledger: Items, start: int, end: int, label: str) -> State:
        return self._item(ledger.add(start, end, label), b"]", b', {"text": "')

    def numbers(self, start: int, end: int) -> str:
        """Write what follows the first key that the span decides."""
        raise NotImplementedError


class OffsetMachine(_ItemMachine):
    """`[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}]`."""

    key = "start"

    def numbers(self, start: int, end: int) -> str:
        return f'{start}, "end": {end}'


class OccurrenceMachine(_ItemMachine):
    """`[{"text": "PU.1", "label": "PROTEIN", "occurrence_index": 1}]`."""

    key = "occurrence_index"

    def numbers(self, start: int, end: int) -> str:
        text = self.source.text
        index = self.hits.index(start, end)
        if splits_word(text, start, end) and whole_word_start(self.hits, text[start:end], index) is not None:
            return f'{index}, "start": {start}'  # as the format does where a count has two readings
        return str(index)


class GroupedMachine(_Machine[Groups]):
    """`{"PROTEIN": ["PU.1"], "DNA": []}`."""

    def __init__(self, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(text, labels, options)
        self._names = [f"{self.dump(label)}: [".encode() for label in labels]
        ledger = Groups(self.source, options, self.hits)
        self.start = Choice([(b"{" + self._names[0], lambda: self._mention(ledger, b""))])

    def _mention(self, ledger: Groups, quote: bytes) -> State:
        """End the list or go on with it; `quote` still has to end the mention before."""
        end = quote + b"]"
        if ledger.index + 1 < len(self._names):
            rest: Option = (
                end + b", " + self._names[ledger.index + 1],
                partial(self._mention, ledger.next_list(), b""),
            )
        else:
            rest = (end + b"}", lambda: END)
        options = [rest]
        if ledger.starts():
            options.append((quote + (b', "' if quote else b'"'), lambda: self.string(ledger)))
        return Choice(options, quiet=rest[0])

    def closed(self, ledger: Groups, starts: Sequence[int], length: int) -> State:
        return self._mention(ledger.add(starts[0], starts[0] + length), b'"')
