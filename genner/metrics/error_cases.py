"""One error, with all that is known of it; and many, built when they are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, overload

from genner.metrics.faults import facts_of, is_missed
from genner.metrics.matching import Item
from genner.metrics.taxonomy import ErrorType, Facts
from genner.show.html import marked, plain_text
from genner.show.marks import Mark
from genner.types import Document, Entity, Mention

__all__ = ["ErrorCase", "Found", "LazyCases", "kinds_of"]


class ErrorCase(NamedTuple):
    """One error.

    Args:
        position: of the document in the corpus, 0-based.
        document: the gold document.
        type: the kind; None for a missed gold entity that another error tells of ("touched").
        gold: the gold entity missed, or the one closest to the wrong prediction.
        predicted: the wrong prediction, or the one closest to the missed gold entity.
        facts: what the kind was told from.
    """

    position: int
    document: Document
    type: ErrorType | None
    gold: Entity | None
    predicted: Entity | Mention | None
    facts: Facts

    @property
    def item(self) -> Item:
        """The entity, or the mention without a place, that is wrong or missed."""
        at_fault = self.gold if self.facts.side == "gold" else self.predicted
        assert at_fault is not None
        return at_fault

    @property
    def label(self) -> str:
        """The label of the entity that is wrong or missed."""
        return self.item.label

    @property
    def gold_text(self) -> str | None:
        """The characters of the gold entity."""
        return None if self.gold is None else self.document.surface(self.gold)

    @property
    def predicted_text(self) -> str | None:
        """The characters of the prediction, as in the text or as the model said."""
        if isinstance(self.predicted, Mention):
            return self.predicted.text
        return None if self.predicted is None else self.document.surface(self.predicted)

    def window(self, around: int = 60) -> tuple[int, int]:
        """Return the part of the text to show: both entities, and so many characters on either side."""
        spans = [side for side in (self.gold, self.predicted) if isinstance(side, Entity)]
        if not spans:
            return 0, len(self.document.text)
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        return max(0, start - around), min(len(self.document.text), end + around)

    def _repr_html_(self) -> str:
        name = "touched" if self.type is None else self.type.value.replace("_", " ")
        wrong = self.facts.side == "predicted"
        sides = (("gold", self.gold, "" if wrong else name), ("predicted", self.predicted, name if wrong else ""))
        text, window = self.document.text, self.window()
        drawn = [
            marked(text, [Mark(side.start, side.end, side.label, fault)], *window)
            if isinstance(side, Entity)
            else plain_text(f"{side.text!r} as {side.label}, not in the text")
            for _, side, fault in sides
            if side is not None
        ]
        heads = [f"<div><small>{head}</small></div>" for head, side, _ in sides if side is not None]
        rows = "".join(map("".join, zip(heads, drawn, strict=True)))
        return f"<div><b>{plain_text(name)}</b> {plain_text(self.document.id or f'#{self.position + 1}')}{rows}</div>"

    def to_dict(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "type": "touched" if self.type is None else self.type.value,
            "position": self.position,
            "id": self.document.id,
            "gold": None if self.gold is None else {**self.gold.to_dict(), "text": self.gold_text},
            "predicted": None if self.predicted is None else {**self.predicted.to_dict(), "text": self.predicted_text},
            "facts": {
                "side": facts.side,
                "known_label": facts.known_label,
                "placed": facts.placed,
                "copy": facts.copy,
                "relations": sorted(facts.relations),
                "error_relations": sorted(facts.error_relations),
                "same_label": facts.same_label,
                "partner_matched": facts.partner_matched,
            },
            "text": self.document.text,
        }


Found: TypeAlias = tuple[int, Document, "ErrorType | None", Item, "Entity | None", int]
"""A case before it is built: position, document, kind, then the fault."""


class LazyCases(Sequence[ErrorCase]):
    """Cases that are built when they are looked at: counting a corpus needs none of them."""

    __slots__ = ("_found",)

    def __init__(self, found: Sequence[Found]) -> None:
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, place: int) -> ErrorCase: ...
    @overload
    def __getitem__(self, place: slice) -> LazyCases: ...
    def __getitem__(self, place: int | slice) -> ErrorCase | LazyCases:
        return LazyCases(self._found[place]) if isinstance(place, slice) else _built(self._found[place])

    def __iter__(self) -> Iterator[ErrorCase]:
        return map(_built, self._found)


def _built(found: Found) -> ErrorCase:
    position, document, kind, item, partner, bits = found
    facts: Any = facts_of(bits, partner)
    gold, predicted = (item, partner) if is_missed(bits) else (partner, item)
    return ErrorCase(position, document, kind, gold, predicted, facts)  # type: ignore[arg-type]


def kinds_of(cases: Sequence[ErrorCase]) -> Counter[ErrorType | None]:
    """Count kinds, building no case for it."""
    return Counter([found[2] for found in (cases._found if isinstance(cases, LazyCases) else cases)])
