"""Guides of lists of objects: `[{"text": "PU.1", "label": "PROTEIN", "start": 63, "end": 67}]`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby

from genner.constrained.json.remaining import RemainingSpans
from genner.constrained.json.strings import JsonAutomaton
from genner.constrained.options import GuideOptions
from genner.constrained.states.state import END, Choice, Option, State
from genner.exceptions import DataError
from genner.formats.json.codec import Lookup
from genner.formats.json.items import JsonItems

__all__ = ["ItemAutomaton"]


class ItemAutomaton(JsonAutomaton):
    """Writes the fields of each item in the order of the format.

    Text and label are chosen, whichever comes first; numbers follow from the span, and where several
    places share the text they choose among these.  Without numbers the first free place is meant.
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
        steps = [tuple(group) for _, group in groupby(after, lambda field: field.role == "label")]
        self._steps = steps or [()]
        self._counts = "count" in roles
        self._lookup = Lookup(text)
        self.start = self._item(self.remaining(labels), "[]", "[{")

    def _item(self, remaining: RemainingSpans, end: str, more: str) -> State:
        """End the list or begin one more item."""
        options: list[Option] = [(end.encode(), lambda: END)]
        if not self._label_first:
            if remaining.starts():
                options.append(((more + self._text).encode(), lambda: self.string(remaining)))
            return Choice(options, copying=end.encode())
        for label, written in self._labels.items():
            chosen = remaining.with_label(label)
            if chosen.starts():
                options.append((f"{more}{written}, {self._text}".encode(), partial(self.string, chosen)))
        return Choice(options, copying=end.encode())

    def closed(self, remaining: RemainingSpans, starts: Sequence[int], length: int) -> State:
        if not self._label_first:
            return self._decide(0, '"', remaining, "", starts, length)
        (label,) = {label for start in starts for label in remaining.labels(start, start + length)}
        return self._decide(0, '"', remaining, label, starts, length)

    def _decide(
        self, step: int, quote: str, remaining: RemainingSpans, label: str, starts: Sequence[int], length: int
    ) -> State:
        """Write the label, or the numbers up to it, of a span from one of `starts`; `quote` still ends the text."""
        fields = self._steps[step]
        last = step + 1 == len(self._steps)
        chooses = bool(fields) and fields[0].role == "label"
        found: dict[str, tuple[str, list[int]]] = {}
        for start in starts:
            if chooses:
                for name in remaining.labels(start, start + length):
                    found.setdefault(f", {self._labels[name]}", (name, []))[1].append(start)
            else:
                found.setdefault(self._numbers(step, start, start + length), (label, []))[1].append(start)
        options: list[Option] = []
        for written, (name, agreeing) in found.items():
            if last:
                after = partial(self._next, remaining, agreeing[0], agreeing[0] + length, name)
                options.append((f"{quote}{written}}}".encode(), after))
            else:
                going = partial(self._decide, step + 1, "", remaining, name, agreeing, length)
                options.append((f"{quote}{written}".encode(), going))
        return Choice(options)

    def _next(self, remaining: RemainingSpans, start: int, end: int, label: str) -> State:
        return self._item(remaining.add(start, end, label), "]", ", {")

    def _numbers(self, step: int, start: int, end: int) -> str:
        start, end = self.source.char_at[start], self.source.char_at[end]
        count = self._lookup.hits.count(start, end) if self._counts else 0
        values = {"start": start, "end": end, "count": count}
        return "".join(
            f", {self.dump(field.key)}: {values[field.role]}"
            for field in self._steps[step]
            if not field.optional or self._lookup.misreads(start, end, count)
        )
