"""Guides of formats that list entities in JSON: strings that are spans of the source, and what is around them."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby

from genner.constrained.options import GuideOptions
from genner.constrained.remaining import RemainingSpans
from genner.constrained.source import SourceBytes
from genner.constrained.states import END, Choice, Option, Passage, State, alike
from genner.exceptions import DataError
from genner.formats.json.codec import JsonCodec, Lookup
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import JsonItems
from genner.text.grounding import Source

__all__ = ["GroupAutomaton", "ItemAutomaton"]

_QUOTE = 0x22


class _JsonAutomaton(ABC):
    """What the guides of the JSON formats share: strings that are spans of the source."""

    start: State

    def __init__(self, codec: JsonCodec, text: str, options: GuideOptions) -> None:
        self.options = options
        self.source = SourceBytes(text, options.boundaries, lambda part: self.dump(part)[1:-1])
        is_limited = not codec.positional and options.boundaries == "character"
        self.listable = Source(text, codec.grounding) if is_limited else None
        source = self.source
        self.anywhere = Passage(source.data, source.all_starts, (source.last_end,), frozenset((_QUOTE,)))

    def dump(self, value: object) -> str:
        """Write a value as JSON."""
        return json.dumps(value, ensure_ascii=self.options.ensure_ascii)

    def remaining(self, labels: Sequence[str], before: int = 0) -> RemainingSpans:
        """Return the spans of a new list, before which so many entities were named."""
        return RemainingSpans(self.source, self.options, self.listable, labels, before)

    def string(self, remaining: RemainingSpans) -> State:
        """Return the state inside a string of which nothing is written yet."""
        return _Inside(self, remaining, self.anywhere, 0)

    @abstractmethod
    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        """Return the state after a string of `length` bytes, a span from any of `starts`."""


class _Inside(State):
    """Inside a string of which `length` bytes are written; `prefix` is where in the source they may be."""

    __slots__ = ("_automaton", "_length", "_prefix", "_remaining")

    def __init__(self, automaton: _JsonAutomaton, remaining: RemainingSpans, prefix: Passage, length: int) -> None:
        super().__init__()
        self._automaton = automaton
        self._remaining = remaining
        self._prefix = prefix
        self._length = length

    @property
    def is_copy(self) -> bool:
        return True

    @property
    def passage(self) -> Passage | None:
        return self._prefix if self._remaining.plain else None

    def _along(self, passage: Passage, taken: int) -> State:
        return _Inside(self._automaton, self._remaining, passage, self._length + taken)

    def repeats(self, data: bytes) -> State | None:
        prefix, remaining = self._prefix, self._remaining
        begun = prefix.data[prefix.places[0] - self._length : prefix.places[0]] + data
        mentions = [prefix.data[start:end] + b'"' for start, end, label in remaining.named if label in remaining.choice]
        if not any(alike(begun, mention) for mention in mentions):
            return None
        return _Inside(self._automaton, remaining.last(), prefix, self._length)

    def step(self, byte: int) -> State | None:
        longer = self._prefix.branches.get(byte)
        if longer is None:
            return self._ended() if byte == _QUOTE else None
        return self._longer(longer)

    def _longer(self, passage: Passage) -> State | None:
        """Return the state after a byte that stays in the text, or None where no span that may come goes so far."""
        return self._along(passage, 1) if self._remaining.continues(passage, self._length + 1) else None

    def _ended(self) -> State | None:
        """Return the state after the quote that ends the string, or None where none may end."""
        length, remaining = self._length, self._remaining
        starts = [at - length for at in self._prefix.places if length and remaining.labels(at - length, at)]
        return _Later(partial(self._automaton.closed, remaining, starts, length)) if starts else None

    def _expand(self) -> Mapping[int, State]:
        found = {byte: self._longer(passage) for byte, passage in self._prefix.branches.items()}
        found[_QUOTE] = found.get(_QUOTE) or self._ended()
        return {byte: state for byte, state in found.items() if state is not None}


class _Later(State):
    """A state made when something is looked for behind it: the walk of the vocabulary meets many, and passes few."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], State]) -> None:
        super().__init__()
        self._make = make

    @property
    def ending(self) -> State:
        return self._make().ending

    def repeats(self, data: bytes) -> State | None:
        return self._make().repeats(data)

    def _expand(self) -> Mapping[int, State]:
        return self._make().following


class GroupAutomaton(_JsonAutomaton):
    """Writes a list for every label, in the order of the label set: `{"PROTEIN": ["PU.1"], "DNA": []}`.

    A mention means the first place that is left, so each may come as often as it occurs in the text.
    """

    def __init__(self, codec: JsonGroups, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(codec, text, options)
        self._after = dict(zip(labels, [*labels[1:], None], strict=True))
        self.start = Choice([self._opened("{", labels[0], 0)])

    def _opened(self, before: str, label: str, count: int) -> Option:
        """Open the list of a label, with `count` entities in the lists before it."""
        name = f"{before}{self.dump(label)}: ["
        return name.encode(), lambda: self._mention(self.remaining((label,), count), '"')

    def _mention(self, remaining: RemainingSpans, more: str) -> State:
        """End the list or continue it with `more`."""
        following = self._after[remaining.choice[0]]
        rest: Option = (b"]}", lambda: END)
        if following is not None:
            rest = self._opened("], ", following, remaining.count)
        options = [rest]
        if remaining.begins(self.anywhere):
            options.append((more.encode(), partial(self.string, remaining)))
        return Choice(options, ending=rest[0])

    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        return self._mention(remaining.add(starts[0], starts[0] + length, remaining.choice[0]), ', "')


class ItemAutomaton(_JsonAutomaton):
    """Writes a list of objects: `[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}]`.

    Fields come in the order of the format.  Text and label are chosen, whichever comes first; numbers follow
    from the span, and where several places share the text they choose among these.  Without numbers the first
    free place is meant.
    """

    def __init__(self, codec: JsonItems, text: str, labels: Sequence[str], options: GuideOptions) -> None:
        super().__init__(codec, text, options)
        roles = [field.role for field in codec.fields]
        self._label_first = roles[:2] == ["label", "text"]
        if "label" not in roles or (roles[0] != "text" and not self._label_first):
            raise DataError(f"{codec.name} has no guide: expected items with a label, and no number before the text")
        key = {field.role: self.dump(field.key) for field in codec.fields}
        self._labels = {label: f"{key['label']}: {self.dump(label)}" for label in labels}
        self._text = f'{key["text"]}: "'
        after = codec.fields[roles.index("text") + 1 :]
        self._steps = [tuple(group) for _, group in groupby(after, lambda field: field.role == "label")] or [()]
        self._counts = "count" in roles
        self._lookup = Lookup(text)
        self.start = self._item(self.remaining(labels), "[]", "[{")

    def _item(self, remaining: RemainingSpans, end: str, more: str) -> State:
        """End the list or begin one more item."""
        begun = {more: remaining}
        if self._label_first:
            begun = {f"{more}{written}, ": remaining.with_label(name) for name, written in self._labels.items()}
        options: list[Option] = [(end.encode(), lambda: END)]
        for before, chosen in begun.items():
            if chosen.begins(self.anywhere):
                options.append(((before + self._text).encode(), partial(self.string, chosen)))
        return Choice(options, ending=end.encode())

    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        return self._decide(0, remaining, remaining.choice[0], starts, length)

    def _decide(self, step: int, remaining: RemainingSpans, label: str, starts: Sequence[int], length: int) -> State:
        """Write the label, or the numbers up to it, of a span from one of `starts`."""
        fields = self._steps[step]
        by_label = bool(fields) and fields[0].role == "label"
        found: dict[tuple[str, str], list[int]] = {}
        for start in starts:
            if by_label:
                for name in remaining.labels(start, start + length):
                    found.setdefault((f", {self._labels[name]}", name), []).append(start)
            else:
                found.setdefault((self._numbers(step, start, start + length), label), []).append(start)
        options: list[Option] = []
        for (written, name), agreeing in found.items():
            if step + 1 < len(self._steps):
                options.append((written.encode(), partial(self._decide, step + 1, remaining, name, agreeing, length)))
            else:
                after = partial(self._next, remaining, agreeing[0], agreeing[0] + length, name)
                options.append((f"{written}}}".encode(), after))
        if not by_label:  # numbers that follow from the span are repaired, not refused
            return Choice(options)
        used = {name for start in starts for name in remaining.taken(start, start + length)}
        again = [f", {self._labels[name]}".encode() for name in used if all(name != kept for _, kept in found)]
        return Choice(options, taken=(again, partial(self._decide, step, remaining.last(), label, starts, length)))

    def _next(self, remaining: RemainingSpans, start: int, end: int, label: str) -> State:
        return self._item(remaining.add(start, end, label), "]", ", {")

    def _numbers(self, step: int, start: int, end: int) -> str:
        start, end = self.source.char_at[start], self.source.char_at[end]
        count = self._lookup.index.count(start, end) if self._counts else 0
        values = {"start": start, "end": end, "count": count}
        return "".join(
            f", {self.dump(field.key)}: {values[field.role]}"
            for field in self._steps[step]
            if not field.optional or self._lookup.misreads(start, end, count)
        )
