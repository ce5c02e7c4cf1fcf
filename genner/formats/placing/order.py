"""Claims that state no place: where they go follows from the order in which they are listed.

The whole list is placed in one pass from left to right where that gives every mention a place.
Where it does not, the lists of the answer are placed one by one, then the mentions of one label,
and at last each mention takes its own places from left to right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from genner.formats.placing.claims import Claim, Span, among
from genner.formats.placing.covering import Covering, Occupied
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.sequence import Rule, Walk, place_range

__all__ = ["place_by_order"]

_Key: TypeAlias = Callable[[Claim], Hashable]

_group: _Key = attrgetter("group")
_label: _Key = attrgetter("label")
_mention: _Key = attrgetter("key")


class _Run(NamedTuple):
    """Claims that are placed together, because they are in order.

    Args:
        first, last: for each claim the range of indices into its `spans` that the order leaves.
    """

    claims: list[Claim]
    rule: Rule
    first: list[int]
    last: list[int]

    @property
    def certain(self) -> Iterator[tuple[Claim, Span]]:
        """The places that follow from the order, so also from a mention being listed as often as it has places."""
        for claim, first, last in zip(self.claims, self.first, self.last, strict=True):
            if first == last:
                yield claim, claim.spans[first]


class _Preferences:
    """Which of the possible places are likely: outside longer mentions, and where entities may not overlap, free."""

    def __init__(self, certain: Collection[Span], nested: bool) -> None:
        self._covering = Covering(certain)
        self._occupied = None if nested else Occupied(certain)
        self._free: dict[int, FreePlaces] = {}

    def first(self, spans: Sequence[Span], start: int) -> Span | None:
        """Return the first likely place from an offset on."""
        free = self._free.get(id(spans))
        if free is None:
            free = self._free[id(spans)] = FreePlaces(self._covering.outside(spans))
        span = free.first(start)
        while span is not None and self._occupied is not None and self._occupied.overlaps(*span):
            free.take(span)
            span = free.first(start)
        return span

    def take(self, span: Span) -> None:
        """Give a place to a mention."""
        if self._occupied is not None:
            self._occupied.add(*span)


def place_by_order(claims: Sequence[Claim], placed: Sequence[Claim], *, order: str, nested: bool) -> None:
    """Place claims without a stated place.

    Args:
        placed: claims that may have their place already.
        order: the order of lists, a key of `genner.formats.codec.ORDERS`.
        nested: whether entities may overlap.
    """
    stated = [span for claim in placed for span in claim.chosen or ()]
    listed = _with_places(claims, placed)
    rules = [Rule(order, True, False), Rule(order, True, True)]
    if not nested:
        rules.insert(0, Rule(order, False, False))
    whole = None if order == "ace2005" else _in_order(listed, rules)
    if whole is None or (_is_by_label(listed) and _is_forced_inside(whole)):
        runs = _divided(listed, rules, (_group, _label, _mention))
    else:
        runs = [whole]
    preferences = None
    if any(run.first != run.last for run in runs):
        preferences = _Preferences({*stated, *(span for run in runs for _, span in run.certain)}, nested)
    for run in runs:
        _choose(run, preferences)


def _with_places(claims: Sequence[Claim], placed: Sequence[Claim]) -> list[Claim]:
    """Find the places to choose from, and set aside the claims that are listed more often than they have any.

    A place that another claim states for the same mention and label is not among them.
    """
    stated: dict[Hashable, set[Span]] = defaultdict(set)
    for claim in placed:
        if claim.chosen:
            stated[claim.key].update(claim.chosen)
    for key, same in _by(claims, _mention).items():
        hits = same[0].hits
        spans = hits.whole if len(hits.whole) >= len(same) else hits.spans
        if key in stated:
            spans = [span for span in spans if span not in stated[key]] or spans
        for claim in same:
            claim.spans = spans
        for claim in same[len(spans) :]:
            claim.put(spans[-1])  # named once more than there are places
    return [claim for claim in claims if claim.chosen is None]


# -- runs of claims that are in order ----------------------------------------------------------------


def _in_order(claims: list[Claim], rules: Sequence[Rule]) -> _Run | None:
    """Return claims as one run under the first rule under which they are in order; None when there is none.

    Those that have one place each are certain in any order.
    """
    places = [claim.spans for claim in claims]
    if all(len(spans) == 1 for spans in places):
        certain = [0] * len(claims)
        return _Run(claims, rules[0], certain, certain)
    # under every rule the places that are certain start, or in the order of GENIA end, one after the other
    edge = rules[0].order == "genia"
    edges = [spans[0][edge] for spans in places if len(spans) == 1]
    if edges != sorted(edges):
        return None
    labels = [claim.label for claim in claims]
    for rule in rules:
        found = place_range(places, labels, rule)
        if found is not None:
            return _Run(claims, rule, *found)
    return None


def _divided(claims: list[Claim], rules: Sequence[Rule], keys: Sequence[_Key]) -> list[_Run]:
    """Divide claims by one key after the other until each part is in order."""
    key, *others = keys
    if (key is _group and not _is_by_group(claims)) or (key is _label and not _is_by_label(claims)):
        return _divided(claims, rules, others)
    runs = []
    for part in _by(claims, key).values():
        run = _in_order(part, rules)
        runs += _divided(part, rules, others) if run is None else [run]
    return runs


def _by(claims: Iterable[Claim], key: _Key) -> dict[Hashable, list[Claim]]:
    parts: dict[Hashable, list[Claim]] = defaultdict(list)
    for claim in claims:
        parts[key(claim)].append(claim)
    return parts


def _is_by_label(claims: Sequence[Claim]) -> bool:
    """Tell whether the claims of each label are listed together."""
    labels = [label for label, _ in groupby(claims, _label)]
    return len(set(labels)) == len(labels)


def _is_by_group(claims: Sequence[Claim]) -> bool:
    """Tell whether there are several groups, and none has a mention with the label that it has in another."""
    groups = {claim.key: claim.group for claim in claims}
    return len(set(groups.values())) > 1 and all(groups[claim.key] == claim.group for claim in claims)


def _is_forced_inside(run: _Run) -> bool:
    """Tell whether the order forces a mention into a longer one although it has a place outside."""
    if all(len(claim.spans) == 1 for claim in run.claims):  # the usual case
        return False
    covering = Covering(span for _, span in run.certain)
    inside = {id(claim.spans): claim.spans for claim, span in run.certain if covering.covers(*span)}
    return any(map(covering.outside, inside.values()))


# -- choosing --------------------------------------------------------------------------------------


def _choose(run: _Run, preferences: _Preferences | None) -> None:
    """Take for each claim the first likely place behind the one before, as far as the order allows.

    A place up to the rightmost one leaves a place for every claim that follows.

    Args:
        preferences: None where the order leaves one place to each.
    """
    walk = Walk(run.rule)
    for claim, first, last in zip(run.claims, run.first, run.last, strict=True):
        spans = claim.spans
        span = spans[first]
        if preferences is not None:
            if first < last:
                span = spans[walk.next_index(spans, claim.label)]
                likely = preferences.first(spans, span[0])
                if likely is not None and likely <= spans[last]:
                    span = likely
                preferences.take(span)
            walk.move(span, claim.label)
        _put(claim, span, spans if first < last else ())


def _put(claim: Claim, span: Span, others: Sequence[Span]) -> None:
    """Choose a place, and report when the mention might be at others as well."""
    claim.put(span)
    if others:
        starts = ", ".join(str(start) for start, _ in others[:8]) + (", ..." if len(others) > 8 else "")
        detail = f"{claim.text!r:.100} ({claim.label}) may be at any of {starts}; taken at {span[0]}"
        claim.put(span, "ambiguous", detail)
    whole = claim.hits.whole
    if claim.spans is not whole and not among(span, whole):
        claim.put(span, "ambiguous", f"{claim.text!r:.100} is only part of a word")
