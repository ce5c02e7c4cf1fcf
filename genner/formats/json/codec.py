"""What the JSON formats share: how they are written, parsed and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar

from genner.formats.capabilities import LiveReader
from genner.formats.codec import BaseCodec
from genner.formats.placing.claims import Claim
from genner.formats.placing.draft import Draft
from genner.text.grounding import Source
from genner.text.index import TextIndex
from genner.text.words import APART, splits_word
from genner.types import Entity, LabelSet, Prediction, canonical

if TYPE_CHECKING:
    from genner.formats.answer import Answer, Candidate
    from genner.formats.json.nodes import Node

__all__ = ["JsonCodec", "Lookup", "finished", "parse_strict"]

_new: Any = tuple.__new__
_start = itemgetter(0)

# Objects arrive as tuples of (key, value) pairs: a key that is there twice is seen.
_scan: Any = json.JSONDecoder(object_pairs_hook=tuple).scan_once  # type: ignore[attr-defined]


def parse_strict(output: str) -> Any:
    """Parse an output that is JSON and nothing else, objects as tuples of pairs; None when it is not."""
    try:
        value, end = _scan(output, 0)
    except (ValueError, RecursionError, StopIteration):
        return None
    return value if end == len(output) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonCodec(BaseCodec):
    """Writes one line of JSON, as `json.dumps` does with its default separators.

    Args:
        ensure_ascii: write non-ASCII characters as `\\uXXXX`.
    """

    family: ClassVar[str] = "json"
    grouped: ClassVar[bool] = False
    """Whether mentions are listed under their labels."""
    stated: ClassVar[bool] = False
    """Whether every item states its start and end, so that nothing after it can move it."""

    ensure_ascii: bool = False

    def dump(self, value: Any) -> str:
        """Write a value as JSON."""
        return json.dumps(value, ensure_ascii=self.ensure_ascii)

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        from genner.formats.json.reader import json_candidates  # seldom needed, and slow to load

        return json_candidates(answer, self)

    def live_reader(self, text: str, labels: LabelSet | None) -> LiveReader:
        """Return a reader for an answer about `text` that arrives in pieces; `labels` may be None."""
        from genner.formats.json.live import LiveJson

        return LiveJson(self, Lookup(text), labels)

    def departures(self, root: Node) -> Iterator[tuple[Node, str]]:
        """Yield what below the `root` of a parsed answer is not in the form of this format, and what it is."""
        raise NotImplementedError

    def settle(
        self,
        found: list[Entity],
        several: list[tuple[str, str]],
        listed: Iterable[tuple[str, str, int]],
        lookup: Lookup,
        output: str,
        text: str,
    ) -> Prediction | None:
        """Finish a clean answer: mentions with several places are settled by their number, or all are placed.

        Args:
            found: entities whose place is certain.
            several: the mentions that have several places, with their labels.
            listed: all that come without positions, each with its label and the number of its list.

        Returns:
            None when the answer names an entity twice.
        """
        settled = lookup.settled(several) if several else []
        if settled is not None:
            found += settled
            return finished(found, text)
        from genner.formats.placing.place import place

        at = 0
        claims = []
        for surface, label, group in listed:
            written = f'"{surface}"'
            if (begin := output.find(written, at)) < 0:  # with escapes
                written = self.dump(surface)
                begin = output.find(written, at)
            at = max(at, begin)
            claims.append(Claim(surface, label, (at, at + len(written)), group=group))
        draft = Draft(len(output))
        source = Source(text, self.grounding, lookup.index)
        for start, end, _ in found:
            source.learn(start, end)
        place(claims, source, draft, order=self.order, nested=self.nested, occurrences=self.occurrences)
        return draft.finish(text)


_FEW = 8
"""Occurrences that are counted rather than looked up."""

_LONG_TEXT = 20_000
"""In texts longer than this strings are looked up; in shorter ones `str.find` is faster."""


class Lookup:
    """Finds the places of surfaces that are in the text to the letter; the index is made when it is needed."""

    __slots__ = ("_index", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._index: TextIndex | None = None

    @property
    def index(self) -> TextIndex:
        if self._index is None:
            self._index = TextIndex(self.text, limited=False)
        return self._index

    def only(self, surface: str) -> int:
        """Return the start of a surface's only place, between words; -1 where context decides, -2 without place."""
        text = self.text
        if surface != surface.strip():
            return -1
        if len(text) > _LONG_TEXT:
            starts = self.index.whole(surface)
            return starts[0] if len(starts) == 1 else -1 if starts or self.index.has(surface) else -2
        start = text.find(surface)
        if start < 0:
            return -2
        if text.find(surface, start + 1) >= 0:
            return -1
        end = start + len(surface)
        if text[start - 1 : start] in APART and text[end : end + 1] in APART:  # the usual case, without a call
            return start
        return -1 if splits_word(text, start, end) else start

    def settled(self, listed: list[tuple[str, str]]) -> list[Entity] | None:
        """Place mentions and their labels where all are listed as often as the text has them as words; else None."""
        labels: dict[str, str] = {}
        counts: dict[str, int] = {}
        for surface, label in listed:
            if labels.setdefault(surface, label) != label:
                return None
            counts[surface] = counts.get(surface, 0) + 1
        entities: list[Entity] = []
        for surface, label in labels.items():
            starts = self.index.whole(surface)
            if len(starts) != counts[surface] or surface != surface.strip():
                return None
            size = len(surface)
            entities += [_new(Entity, (start, start + size, label)) for start in starts]
        return entities

    def misreads(self, start: int, end: int, count: int) -> bool:
        """Tell whether a count alone leads elsewhere: edges inside a word or at white space may be read otherwise."""
        surface = self.text[start:end]
        return (surface != surface.strip() or splits_word(self.text, start, end)) and self.counted(
            surface, count, True
        ) != start

    def counted(self, surface: str, number: int, alone: bool) -> int:
        """Return the start of the occurrence that a count means, -1 where there is none.

        Args:
            alone: nothing but the count tells the place; a count that ends inside a word while a count of
                whole words, in any wording, ends elsewhere has two readings then, and none is returned.
        """
        text = self.text
        if alone and surface != surface.strip():
            return -1
        count = number
        if count <= _FEW and len(text) <= _LONG_TEXT:
            start = text.find(surface)
            while count > 1 and start >= 0:
                start = text.find(surface, start + 1)
                count -= 1
        else:
            starts = self.index.starts(surface)
            start = starts[count - 1] if count <= len(starts) else -1
        end = start + len(surface)
        if not alone or start < 0 or not splits_word(text, start, end):
            return start
        # no count of whole words leads there
        return start if Source(text, "fuzzy").names(start, end) and number > len(self.index.whole(surface)) else -1


def finished(entities: list[Entity], text: str) -> Prediction | None:
    """Make the prediction of a strict answer; None when it names an entity twice."""
    entities.sort(key=_start)
    if len(set(map(_start, entities))) == len(entities):  # the usual case: their starts tell entities apart
        return Prediction._trusted(tuple(entities), (), (), text)
    return None if len(set(entities)) < len(entities) else Prediction._trusted(canonical(entities), (), (), text)
