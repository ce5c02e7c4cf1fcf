"""Claims that state no place: where they go follows from the order in which they are listed.

The whole list is placed in one pass from left to right where that gives every mention a place.
Where it does not, the lists of the answer are placed one by one, then the mentions of one label,
and at last each mention takes its own places from left to right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from genner.formats.placing.covering import Covering, Occupied
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.pending import Pending, Span, among
from genner.formats.placing.sequence import Rule, Walk, place_range

__all__ = ["place_by_order"]


@dataclass(slots=True)
class _Listed:
    """A claim to be placed by order.

    Args:
        spans: the places to choose from, in text order.
        first, last: the range of indices into `spans` that the order leaves.
    """

    item: Pending
    spans: Sequence[Span]
    first: int = 0
    last: int = 0

    @property
    def key(self) -> tuple[int, str]:
        return id(self.item.hits), self.item.claim.label


class _Run(NamedTuple):
    """Claims that are placed together; without a rule they are in no order."""

    listed: list[_Listed]
    rule: Rule | None

    @property
    def certain(self) -> Iterator[Span]:
        """The places that follow from the order, or from a mention being listed as often as it has places."""
        if self.rule is not None:
            for entry in self.listed:
                if entry.first == entry.last:
                    yield entry.spans[entry.first]
        else:
            for mentioned in _by(self.listed, [entry.key for entry in self.listed]):
                if len(mentioned[0].spans) == len(mentioned):
                    yield from mentioned[0].spans


class _Preferences:
    """Which of the possible places are likely: outside longer mentions, and not taken yet."""

    def __init__(self, certain: Collection[Span], nested: bool) -> None:
        self._covering = Covering(certain)
        self._occupied = None if nested else Occupied(certain)
        self._outside: dict[int, Sequence[Span]] = {}
        self._free: dict[tuple[int, str], FreePlaces] = {}

    def first(self, entry: _Listed, start: int = 0) -> Span | None:
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

    def take(self, entry: _Listed, span: Span) -> None:
        """Give a place to a mention."""
        key = self._key(entry)
        if key in self._free:
            self._free[key].take(span)
        if self._occupied is not None:
            self._occupied.add(*span)

    def _key(self, entry: _Listed) -> tuple[int, str]:
        """Where entities may overlap, the places of a mention under one label are free under another."""
        return id(entry.spans), entry.item.claim.label if self._occupied is None else ""


def place_by_order(items: Sequence[Pending], placed: Sequence[Pending], *, order: str, nested: bool) -> None:
    """Place claims without a stated place.

    Args:
        placed: claims that may have their place already.
        order: the order of lists, a key of `genner.formats.codec.ORDERS`.
        nested: whether entities may overlap.
    """
    listed = _with_places(items)
    rules = [Rule(order, True, False), Rule(order, True, True)]
    runs = _runs(listed, rules if nested else [Rule(order, False, False), *rules])
    certain = {item.span for item in placed if item.span is not None}
    for run in runs:
        certain.update(run.certain)
    preferences = _Preferences(certain, nested)
    for run in runs:
        if run.rule is None:
            _choose_first_come(run.listed, preferences)
        else:
            _choose_in_order(run.listed, run.rule, preferences)


def _with_places(items: Sequence[Pending]) -> list[_Listed]:
    """Find the places of each claim, and set aside those that are listed more often than they have any."""
    counts: Counter[tuple[int, str]] = Counter((id(item.hits), item.claim.label) for item in items)
    left: dict[tuple[int, str], int] = {}
    listed = []
    for item in items:
        key = (id(item.hits), item.claim.label)
        spans = item.hits.whole if len(item.hits.whole) >= counts[key] else item.hits.spans
        if left.setdefault(key, len(spans)) > 0:
            listed.append(_Listed(item, spans, 0, len(spans) - 1))
        else:
            item.put(spans[-1])  # named once more than there are places
        left[key] -= 1
    return listed


# -- runs of claims that are in order ----------------------------------------------------------------


def _runs(listed: list[_Listed], rules: Sequence[Rule]) -> list[_Run]:
    """Divide the claims into runs: all together if they are in order, else by groups, else by labels."""
    if not listed:
        return []
    rule = None if rules[0].order == "ace2005" else _rule_of(listed, rules)
    if rule is not None and not (_is_by_label(listed) and _is_forced_inside(listed)):
        return [_Run(listed, rule)]
    runs: list[_Run] = []
    groups = _by(listed, [entry.item.claim.group for entry in listed])
    if len(groups) == 1 or _share_entities(groups):
        groups = [listed]
    for group in groups:
        rule = None if len(groups) == 1 else _rule_of(group, rules)
        labels = _by(group, [entry.item.claim.label for entry in group])
        if rule is None and (len(labels) == 1 or _is_by_label(group)):
            runs += [_Run(one_label, _rule_of(one_label, rules)) for one_label in labels]
        else:
            runs.append(_Run(group, rule))
    return runs


def _is_by_label(listed: Sequence[_Listed]) -> bool:
    """Tell whether the claims of each of several labels are listed together."""
    labels = [label for label, _ in groupby(entry.item.claim.label for entry in listed)]
    return len(labels) > 1 and len(set(labels)) == len(labels)


def _is_forced_inside(listed: Sequence[_Listed]) -> bool:
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


def _by(listed: Sequence[_Listed], keys: Iterable[Hashable]) -> list[list[_Listed]]:
    groups: dict[Hashable, list[_Listed]] = defaultdict(list)
    for entry, key in zip(listed, keys, strict=True):
        groups[key].append(entry)
    return list(groups.values())


def _share_entities(groups: Sequence[Sequence[_Listed]]) -> bool:
    """Tell whether the same mention with the same label is in two groups."""
    seen: set[tuple[int, str]] = set()
    for group in groups:
        keys = {entry.key for entry in group}
        if not seen.isdisjoint(keys):
            return True
        seen |= keys
    return False


def _rule_of(listed: Sequence[_Listed], rules: Sequence[Rule]) -> Rule | None:
    """Return the first rule under which claims are in order, and note the range of places it leaves them."""
    places = [entry.spans for entry in listed]
    labels = [entry.item.claim.label for entry in listed]
    for rule in rules:
        found = place_range(places, labels, rule)
        if found is not None:
            for entry, first, last in zip(listed, *found, strict=True):
                entry.first, entry.last = first, last
            return rule
    return None


# -- choosing --------------------------------------------------------------------------------------


def _choose_in_order(run: Sequence[_Listed], rule: Rule, preferences: _Preferences) -> None:
    """Take for each claim the first likely place behind the one before, as far as the order allows.

    A place up to the rightmost one leaves a place for every claim that follows.
    """
    walk = Walk(rule)
    for entry in run:
        spans, label = entry.spans, entry.item.claim.label
        span = spans[walk.next_index(spans, label)]
        likely = preferences.first(entry, span[0])
        if likely is not None and likely <= spans[entry.last]:
            span = likely
        preferences.take(entry, span)
        walk.move(span, label)
        _put(entry, span, spans if entry.first < entry.last else ())


def _choose_first_come(run: Sequence[_Listed], preferences: _Preferences) -> None:
    """Take for each claim the first place of its mention that is left, likely ones first."""
    for mentioned in _by(run, [entry.key for entry in run]):
        spans = mentioned[0].spans
        chosen: dict[Span, None] = {}
        while len(chosen) < len(mentioned) and (span := preferences.first(mentioned[0])) is not None:
            preferences.take(mentioned[0], span)
            chosen[span] = None
        for span in spans:
            if len(chosen) == len(mentioned):
                break
            chosen[span] = None
        for entry, span in zip(mentioned, sorted(chosen), strict=True):
            _put(entry, span, spans if len(spans) > len(mentioned) else ())


def _put(entry: _Listed, span: Span, others: Sequence[Span]) -> None:
    """Choose a place, and report when the mention might be at others as well."""
    entry.item.put(span)
    claim = entry.item.claim
    if others:
        starts = ", ".join(str(start) for start, _ in others[:8]) + (", ..." if len(others) > 8 else "")
        detail = f"{claim.text!r:.100} ({claim.label}) may be at any of {starts}; taken at {span[0]}"
        entry.item.notes.append(("ambiguous", detail))
    whole = entry.item.hits.whole
    if entry.spans is not whole and not among(span, whole):
        entry.item.notes.append(("ambiguous", f"{claim.text!r:.100} is only part of a word"))
