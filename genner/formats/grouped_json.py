"""`{"DNA": ["myeloid PU.1 site"], "RNA": [], ...}`: the paper's category-grouped JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from genner.formats._grouped import place_list
from genner.formats._json import JsonCodec, Shape, parse
from genner.types import Entity, Issue, LabelSet, Prediction, canonical

__all__ = ["GroupedJsonCodec"]

_new: Any = tuple.__new__


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
        for label, surfaces in groups:
            if type(surfaces) is not list or not (label if known is None else label in known):
                return None
            if not surfaces:
                continue
            first = len(found)
            for surface in surfaces:
                if type(surface) is not str or not surface:
                    return None
                start = find(surface)
                if start < 0:
                    return None
                end = start + len(surface)
                if find(surface, start + 1) >= 0:  # it occurs again: the whole list decides
                    placed = place_list(text, label, surfaces, self.order)
                    if placed is None:
                        return None
                    found[first:] = placed[0]
                    issues += placed[1]
                    break
                found.append(_new(Entity, (start, end, label)))
        if len(dict(groups)) < len(groups) or len(set(found)) < len(found):
            return None
        return Prediction._trusted(canonical(found), (), tuple(issues), text)
