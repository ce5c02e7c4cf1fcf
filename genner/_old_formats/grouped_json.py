"""`{"DNA": ["myeloid PU.1 site"], "RNA": [], ...}`: the paper's category-grouped JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from genner._old_formats._grouped import Covering, place_list, settle
from genner._old_formats._json import JsonCodec, Shape, parse
from genner.text.occurrences import Occurrences
from genner.types import Entity, Issue, LabelSet, Prediction, canonical

__all__ = ["GroupedJsonCodec"]

_new: Any = tuple.__new__

_MANY = 50
"""Up to so many mentions a list is counted faster than hashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedJsonCodec(JsonCodec):
    """A list of mentions for each label, without positions.

    Positions come from the text and from the order inside each list; a mention that this leaves
    in more than one place takes the first and is flagged `ambiguous`.
    """

    name: ClassVar[str] = "grouped-json"
    shape: ClassVar[Shape] = "grouped"

    def _render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        groups: dict[str, list[str]] = {} if labels is None else {name: [] for name in labels}
        for start, end, label in entities:
            groups.setdefault(label, []).append(text[start:end])
        return self._dump(groups)

    def _read_clean(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction | None:
        groups = parse(output)
        if type(groups) is not tuple or text is None:
            return None
        known = None if labels is None else labels.known
        find = text.find
        found: list[Entity] = []
        issues: list[Issue] = []
        hits: Occurrences | None = None
        certain: list[tuple[int, int]] = []
        open_lists: list[tuple[str, list[str]]] = []
        for label, surfaces in groups:
            if type(surfaces) is not list or not (label if known is None else label in known):
                return None
            if not surfaces:
                continue
            first = len(found)
            once = True
            counts: Counter[str] | None = None
            settled: set[str] = set()  # mentions that occur more than once
            for surface in surfaces:
                if type(surface) is not str or not surface:
                    return None
                if surface in settled:
                    continue
                start = find(surface)
                if start < 0:
                    return None
                if find(surface, start + 1) < 0:
                    found.append(_new(Entity, (start, start + len(surface), label)))
                    continue
                settled.add(surface)
                if once:
                    hits = hits or Occurrences(text)
                    if len(surfaces) > _MANY:
                        counts = counts or Counter(map(str, surfaces))
                        count = counts[surface]
                    else:
                        count = surfaces.count(surface)
                    starts = settle(hits, surface, count)
                    once = starts is not None
                    found += [_new(Entity, (at, at + len(surface), label)) for at in starts or ()]
            if not once:  # a mention with places to spare: the whole list decides
                certain += [(start, end) for start, end, _ in found[first:]]
                del found[first:]
                open_lists.append((label, surfaces))
        if open_lists and hits is not None:
            covering = Covering([*certain, *found])
            for label, surfaces in open_lists:
                placed = place_list(hits, label, surfaces, self.order, covering)
                if placed is None:
                    return None
                found += placed[0]
                issues += placed[1]
        if len(dict(groups)) < len(groups) or len(set(found)) < len(found):
            return None
        return Prediction._trusted(canonical(found), (), tuple(issues), text)
