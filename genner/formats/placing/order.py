"""Claims that state no place: where they go follows from the order in which they are listed.

The whole list is placed in one pass from left to right where that gives every mention a place.
Where it does not, the lists of the answer are placed one by one, then the mentions of one label,
and at last each mention takes its own places from left to right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from genner.formats.placing.covering import Covering, Occupied
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.pending import Pending, Span, among
from genner.formats.placing.sequence import Rule, Walk, place_range

__all__ = ["place_by_order"]

_Key: TypeAlias = Callable[[Pending], Hashable]


class _Run(NamedTuple):
    """Claims that are placed together, because they are in order."""

    listed: list[Pending]
    rule: Rule

    @property
    def certain(self) -> Iterator[Span]:
        """The places that follow from the order, so also from a mention being listed as often as it has places."""
        for entry in self.listed:
            if entry.first == entry.last:
                yield entry.spans[entry.first]


class _Preferences:
    """Which of the possible places are likely: outside longer mentions, and not taken yet."""

    def __init__(self, certain: Collection[Span], nested: bool) -> None:
        self._covering = Covering(certain)
        self._occupied = None if nested else Occupied(certain)
        self._outside: dict[int, Sequence[Span]] = {}
        self._free: dict[tuple[int, str], FreePlaces] = {}

    def first(self, entry: Pending, start: int = 0) -> Span | None:
        """Return the first likely place of a mention from an offset on."""
        key = self._key(entry)
        free = self._free.get(key)
        if free is None:
            if id(entry.spans) not in self._outside:  # the same under every label
                self._outside[id(entry.spans)] = self._covering.outside(entry.spans)
            free = self._free[key] = FreePlaces(self._outside[id(entry.spans)])
        span = free.first(start)
        while span is not None and self._occupied is not None and self._occupied.overlaps(*span):
            free.take(span)
            span = free.first(start)
        return span

    def take(self, entry: Pending, span: Span) -> None:
        """Give a place to a mention."""
        key = self._key(entry)
        if key in self._free:
            self._free[key].take(span)
        if self._occupied is not None:
            self._occupied.add(*span)

    def _key(self, entry: Pending) -> tuple[int, str]:
        """Where entities may overlap, the places of a mention under one label are free under another."""
        return id(entry.spans), entry.claim.label if self._occupied is None else ""


def place_by_order(items: Sequence[Pending], placed: Sequence[Pending], *, order: str, nested: bool) -> None:
    """Place claims without a stated place.

    Args:
        placed: claims that may have their place already.
        order: the order of lists, a key of `genner.formats.codec.ORDERS`.
        nested: whether entities may overlap.
    """
    listed = _with_places(items, placed)
    rules = [Rule(order, True, False), Rule(order, True, True)]
    if not nested:
        rules.insert(0, Rule(order, False, False))
    keys = (_group, _label, _mention)
    runs = [] if order == "ace2005" else _runs(listed, rules, keys)
    if not runs or (len(runs) == 1 and _is_by_label(listed) and _is_forced_inside(listed)):
        runs = _divided(listed, rules, keys)
    certain = {span for item in placed for span in item.chosen or ()}
    for run in runs:
        certain.update(run.certain)
    preferences = _Preferences(certain, nested)
    for run in runs:
        _choose(run, preferences)


def _with_places(items: Sequence[Pending], placed: Sequence[Pending]) -> list[Pending]:
    """Find the places to choose from, and set aside the claims that are listed more often than they have any.

    A place that another claim states for the same mention and label is not among them.
    """
    taken: dict[tuple[int, str], set[Span]] = defaultdict(set)
    for item in placed:
        taken[item.key].update(item.chosen or ())
    for same in _by(items, lambda item: item.key):
        hits, stated = same[0].hits, taken[same[0].key]
        spans = hits.whole if len(hits.whole) >= len(same) else hits.spans
        if stated:
            spans = [span for span in spans if span not in stated] or spans
        for item in same[: len(spans)]:
            item.spans, item.first, item.last = spans, 0, len(spans) - 1
        for item in same[len(spans) :]:
            item.put(spans[-1])  # named once more than there are places
    return [item for item in items if item.chosen is None]


# -- runs of claims that are in order ----------------------------------------------------------------


def _runs(listed: list[Pending], rules: Sequence[Rule], keys: Sequence[_Key]) -> list[_Run]:
    """Divide claims into runs that are in order: all together if they are, else by one key after the other."""
    rule = _rule_of(listed, rules)
    return _divided(listed, rules, keys) if rule is None else [_Run(listed, rule)]


def _divided(listed: list[Pending], rules: Sequence[Rule], keys: Sequence[_Key]) -> list[_Run]:
    key, *others = keys
    if (key is _group and not _is_by_group(listed)) or (key is _label and not _is_by_label(listed)):
        return _divided(listed, rules, others)
    return [run for part in _by(listed, key) for run in _runs(part, rules, others)]


def _group(item: Pending) -> Hashable:
    return item.claim.group


def _label(item: Pending) -> Hashable:
    return item.claim.label


def _mention(item: Pending) -> Hashable:
    return item.key


def _by(listed: Iterable[Pending], key: _Key) -> list[list[Pending]]:
    parts: dict[Hashable, list[Pending]] = defaultdict(list)
    for item in listed:
        parts[key(item)].append(item)
    return list(parts.values())


def _is_by_label(listed: Sequence[Pending]) -> bool:
    """Tell whether the claims of each label are listed together."""
    labels = [label for label, _ in groupby(item.claim.label for item in listed)]
    return len(set(labels)) == len(labels)


def _is_by_group(listed: Sequence[Pending]) -> bool:
    """Tell whether there are several groups, and none has a mention with the label that it has in another."""
    groups = {item.key: item.claim.group for item in listed}
    return len(set(groups.values())) > 1 and all(groups[item.key] == item.claim.group for item in listed)


def _is_forced_inside(listed: Sequence[Pending]) -> bool:
    """Tell whether the order forces a mention into a longer one although it has a place outside."""
    forced = [entry for entry in listed if entry.first == entry.last]
    covering = Covering(entry.spans[entry.first] for entry in forced)
    has_outside: dict[int, bool] = {}
    for entry in forced:
        if len(entry.spans) > 1 and covering.covers(*entry.spans[entry.first]):
            if id(entry.spans) not in has_outside:
                has_outside[id(entry.spans)] = bool(covering.outside(entry.spans))
            if has_outside[id(entry.spans)]:
                return True
    return False


def _rule_of(listed: Sequence[Pending], rules: Sequence[Rule]) -> Rule | None:
    """Return the first rule under which claims are in order, and note the range of places it leaves them."""
    places = [entry.spans for entry in listed]
    labels = [entry.claim.label for entry in listed]
    for rule in rules:
        if rule.shared and len(set(labels)) == 1:
            continue  # nothing to share
        found = place_range(places, labels, rule)
        if found is not None:
            for entry, first, last in zip(listed, *found, strict=True):
                entry.first, entry.last = first, last
            return rule
    return None


# -- choosing --------------------------------------------------------------------------------------


def _choose(run: _Run, preferences: _Preferences) -> None:
    """Take for each claim the first likely place behind the one before, as far as the order allows.

    A place up to the rightmost one leaves a place for every claim that follows.
    """
    walk = Walk(run.rule)
    for entry in run.listed:
        spans, label = entry.spans, entry.claim.label
        span = spans[entry.first]
        if entry.first < entry.last:
            span = spans[walk.next_index(spans, label)]
            likely = preferences.first(entry, span[0])
            if likely is not None and likely <= spans[entry.last]:
                span = likely
        preferences.take(entry, span)
        walk.move(span, label)
        _put(entry, span, spans if entry.first < entry.last else ())


def _put(entry: Pending, span: Span, others: Sequence[Span]) -> None:
    """Choose a place, and report when the mention might be at others as well."""
    entry.put(span)
    claim = entry.claim
    if others:
        starts = ", ".join(str(start) for start, _ in others[:8]) + (", ..." if len(others) > 8 else "")
        detail = f"{claim.text!r:.100} ({claim.label}) may be at any of {starts}; taken at {span[0]}"
        entry.notes.append(("ambiguous", detail))
    whole = entry.hits.whole
    if entry.spans is not whole and not among(span, whole):
        entry.notes.append(("ambiguous", f"{claim.text!r:.100} is only part of a word"))
