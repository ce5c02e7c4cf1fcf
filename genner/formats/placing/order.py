"""Claims that state no place: where they go follows from the order in which they are listed.

The whole list is placed in one pass from left to right where that gives every mention a place.
Where it does not, the lists of the answer are placed one by one, then the mentions of one label,
and at last each mention takes its own places from left to right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from genner.formats.placing.covering import Covering, Occupied
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.pending import Pending, Span, among
from genner.formats.placing.sequence import Rule, Walk, place_range

__all__ = ["place_by_order"]


class _Run(NamedTuple):
    """Claims that are placed together; without a rule they are in no order."""

    listed: list[Pending]
    rule: Rule | None

    @property
    def certain(self) -> Iterator[Span]:
        """The places that follow from the order, or from a mention being listed as often as it has places."""
        if self.rule is not None:
            for entry in self.listed:
                if entry.first == entry.last:
                    yield entry.spans[entry.first]
        else:
            for mentioned in _by(self.listed, lambda entry: entry.key):
                if len(mentioned[0].spans) == len(mentioned):
                    yield from mentioned[0].spans


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
    listed = _with_places(items)
    rules = [Rule(order, True, False), Rule(order, True, True)]
    runs = _runs(listed, rules if nested else [Rule(order, False, False), *rules])
    certain = {span for item in placed for span in item.chosen or ()}
    for run in runs:
        certain.update(run.certain)
    preferences = _Preferences(certain, nested)
    for run in runs:
        if run.rule is None:
            _choose_first_come(run.listed, preferences)
        else:
            _choose_in_order(run.listed, run.rule, preferences)


def _with_places(items: Sequence[Pending]) -> list[Pending]:
    """Find the places to choose from, and set aside the claims that are listed more often than they have any."""
    for same in _by(items, lambda item: item.key):
        hits = same[0].hits
        spans = hits.whole if len(hits.whole) >= len(same) else hits.spans
        for item in same[: len(spans)]:
            item.spans, item.first, item.last = spans, 0, len(spans) - 1
        for item in same[len(spans) :]:
            item.put(spans[-1])  # named once more than there are places
    return [item for item in items if item.chosen is None]


# -- runs of claims that are in order ----------------------------------------------------------------


def _runs(listed: list[Pending], rules: Sequence[Rule]) -> list[_Run]:
    """Divide the claims into runs: all together if they are in order, else by groups, else by labels."""
    if not listed:
        return []
    rule = None if rules[0].order == "ace2005" else _rule_of(listed, rules)
    if rule is not None and not (_is_by_label(listed) and _is_forced_inside(listed)):
        return [_Run(listed, rule)]
    runs: list[_Run] = []
    groups = _by(listed, lambda entry: entry.claim.group)
    if len(groups) == 1 or _share_entities(groups):
        groups = [listed]
    for group in groups:
        rule = None if len(groups) == 1 else _rule_of(group, rules)
        labels = _by(group, lambda entry: entry.claim.label)
        if rule is None and (len(labels) == 1 or _is_by_label(group)):
            runs += [_Run(one_label, _rule_of(one_label, rules)) for one_label in labels]
        else:
            runs.append(_Run(group, rule))
    return runs


def _is_by_label(listed: Sequence[Pending]) -> bool:
    """Tell whether the claims of each of several labels are listed together."""
    labels = [label for label, _ in groupby(entry.claim.label for entry in listed)]
    return len(labels) > 1 and len(set(labels)) == len(labels)


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


def _by(listed: Iterable[Pending], key: Callable[[Pending], Hashable]) -> list[list[Pending]]:
    groups: dict[Hashable, list[Pending]] = defaultdict(list)
    for entry in listed:
        groups[key(entry)].append(entry)
    return list(groups.values())


def _share_entities(groups: Sequence[Sequence[Pending]]) -> bool:
    """Tell whether the same mention with the same label is in two groups."""
    seen: set[tuple[int, str]] = set()
    for group in groups:
        keys = {entry.key for entry in group}
        if not seen.isdisjoint(keys):
            return True
        seen |= keys
    return False


def _rule_of(listed: Sequence[Pending], rules: Sequence[Rule]) -> Rule | None:
    """Return the first rule under which claims are in order, and note the range of places it leaves them."""
    places = [entry.spans for entry in listed]
    labels = [entry.claim.label for entry in listed]
    for rule in rules:
        found = place_range(places, labels, rule)
        if found is not None:
            for entry, first, last in zip(listed, *found, strict=True):
                entry.first, entry.last = first, last
            return rule
    return None


# -- choosing --------------------------------------------------------------------------------------


def _choose_in_order(run: Sequence[Pending], rule: Rule, preferences: _Preferences) -> None:
    """Take for each claim the first likely place behind the one before, as far as the order allows.

    A place up to the rightmost one leaves a place for every claim that follows.
    """
    walk = Walk(rule)
    for entry in run:
        spans, label = entry.spans, entry.claim.label
        span = spans[walk.next_index(spans, label)]
        likely = preferences.first(entry, span[0]) if entry.first < entry.last else None
        if likely is not None and likely <= spans[entry.last]:
            span = likely
        preferences.take(entry, span)
        walk.move(span, label)
        _put(entry, span, spans if entry.first < entry.last else ())


def _choose_first_come(run: Sequence[Pending], preferences: _Preferences) -> None:
    """Take for each claim the first place of its mention that is left, likely ones first."""
    for mentioned in _by(run, lambda entry: entry.key):
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
