"""Claims that state no place: where they go follows from the order in which they are listed.

The whole list is placed in one pass from left to right where that gives every mention a place.
Where it does not, the lists of the answer are placed one by one, then the mentions of one label,
and at last each mention takes its own places from left to right.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from genner.formats.placing.covering import Covering
from genner.formats.placing.pending import Pending, Span
from genner.formats.placing.sequence import Walk, place_range

__all__ = ["place_by_order"]

_RULE = {"ace2005": "text"}
"""Within one label, the order of the released ACE2005 files is that of the text."""


@dataclass(slots=True)
class _Listed:
    """A claim to be placed by order.

    Args:
        spans: the places to choose from.
        first, last: the range of indices into `spans` that the order leaves.
    """

    item: Pending
    spans: Sequence[Span]
    first: int = 0
    last: int = 0

    @property
    def key(self) -> tuple[int, str]:
        return id(self.item.hits), self.item.claim.label


@dataclass(slots=True)
class _Choice:
    """What the choice among the possible places looks at."""

    covering: Covering
    outside: dict[int, list[int]] = field(default_factory=dict)

    def likely(self, spans: Sequence[Span]) -> list[int]:
        """Return which places are outside of longer certain mentions."""
        if id(spans) not in self.outside:
            covers = self.covering.covers
            self.outside[id(spans)] = [at for at, span in enumerate(spans) if not covers(*span)]
        return self.outside[id(spans)]


def place_by_order(items: Sequence[Pending], placed: Sequence[Pending], *, order: str, nested: bool) -> None:
    """Place claims without a stated place.

    Args:
        placed: claims that have their place already.
        order: the order of lists, a key of `genner.formats.codec.ORDERS`.
        nested: whether entities may overlap.
    """
    listed = _with_places(items)
    runs = _runs(listed, order, nested)
    certain = {item.span for item in placed if item.span is not None}
    for run, in_order in runs:
        if in_order:
            certain.update(entry.spans[entry.first] for entry in run if entry.first == entry.last)
        else:  # a mention listed as often as it has places
            for mentioned in _by(run, [entry.key for entry in run]):
                certain.update(mentioned[0].spans if len(mentioned[0].spans) == len(mentioned) else ())
    choice = _Choice(Covering(certain, nested))
    for run, in_order in runs:
        if in_order:
            _choose_in_order(run, choice, order, nested)
        else:
            _choose_first_come(run, choice)


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


def _runs(listed: list[_Listed], order: str, nested: bool) -> list[tuple[list[_Listed], bool]]:
    """Divide the claims into runs, each with whether it is in order."""
    if not listed:
        return []
    if order != "ace2005" and _in_order(listed, order, nested):
        return [(listed, True)]
    runs: list[tuple[list[_Listed], bool]] = []
    groups = _by(listed, [entry.item.claim.group for entry in listed])
    if len(groups) == 1 or _share_entities(groups):
        groups = [listed]
    for group in groups:
        if len(groups) > 1 and _in_order(group, order, nested):
            runs.append((group, True))
            continue
        for one_label in _by(group, [entry.item.claim.label for entry in group]):
            runs.append((one_label, _in_order(one_label, order, nested)))
    return runs


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


def _in_order(listed: Sequence[_Listed], order: str, nested: bool) -> bool:
    """Find the range of places that the order leaves to each claim; False when there is none."""
    places = [entry.spans for entry in listed]
    labels = [entry.item.claim.label for entry in listed]
    found = place_range(places, labels, _RULE.get(order, order), nested)
    if found is None:
        return False
    for entry, first, last in zip(listed, *found, strict=True):
        entry.first, entry.last = first, last
    return True


# -- choosing --------------------------------------------------------------------------------------


def _choose_in_order(run: Sequence[_Listed], choice: _Choice, order: str, nested: bool) -> None:
    """Take for each claim the first likely place behind the one before, as far as the order allows.

    A place up to the rightmost one leaves a place for every claim that follows.
    """
    walk = Walk(_RULE.get(order, order), nested)
    for entry in run:
        label = entry.item.claim.label
        at = walk.next_index(entry.spans, label)
        if at < entry.last:
            likely = choice.likely(entry.spans)
            better = bisect_left(likely, at)
            if better < len(likely) and likely[better] <= entry.last:
                at = likely[better]
        walk.move(entry.spans[at], label)
        _put(entry, at, entry.spans if entry.first < entry.last else ())


def _choose_first_come(run: Sequence[_Listed], choice: _Choice) -> None:
    """Take for each claim the first place of its mention that is left, likely ones first."""
    for mentioned in _by(run, [entry.key for entry in run]):
        spans = mentioned[0].spans
        likely = choice.likely(spans)
        chosen = likely if len(likely) >= len(mentioned) else range(len(spans))
        for entry, at in zip(mentioned, chosen, strict=False):
            _put(entry, at, spans if len(spans) > len(mentioned) else ())


def _put(entry: _Listed, at: int, others: Sequence[Span]) -> None:
    """Choose a place, and report when the mention might be at others as well."""
    entry.item.put(entry.spans[at])
    if others:
        starts = ", ".join(str(start) for start, _ in others[:8]) + (", ..." if len(others) > 8 else "")
        claim = entry.item.claim
        detail = f"{claim.text!r:.100} ({claim.label}) may be at any of {starts}; taken at {entry.spans[at][0]}"
        entry.item.notes.append(("ambiguous", detail))
    whole = entry.item.hits.whole
    if entry.spans is not whole and entry.spans[at] not in whole:
        entry.item.notes.append(("ambiguous", f"{entry.item.claim.text!r:.100} is only part of a word"))
