"""One error, with all that is known of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from genner.metrics.matching import Item, Rest
from genner.metrics.relations import FEW, near_each
from genner.metrics.taxonomy import Facts
from genner.show.html import marked, plain_text
from genner.show.marks import Mark
from genner.show.plain import one_line
from genner.types import Document, Entity, Mention

__all__ = ["TOUCHED", "ErrorCase", "errors_of"]

TOUCHED = "touched"
"""What a missed gold entity is called that has no kind of its own."""

new = tuple.__new__  # a third of the time of Facts()


class ErrorCase(NamedTuple):
    """One error.

    Args:
        position: of the document in the corpus, 0-based.
        document: the gold document.
        type: the kind; None for a missed gold entity that overlaps a prediction ("touched").
        facts: what the kind was named from.
    """

    position: int
    document: Document
    type: str | None
    facts: Facts

    @property
    def item(self) -> Item:
        """The entity, or the mention without a place, that is wrong or missed."""
        return self.facts.item

    @property
    def gold(self) -> Entity | None:
        """The gold entity missed, or the one closest to the wrong prediction."""
        return self.facts.gold

    @property
    def predicted(self) -> Item | None:
        """The wrong prediction, or the one closest to the missed gold entity."""
        return self.facts.predicted

    @property
    def kind(self) -> str:
        """The kind as a plain string, "touched" where there is none."""
        return TOUCHED if self.type is None else str(self.type)

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
        """The characters of the prediction, as in the text or as the model wrote them."""
        if isinstance(self.predicted, Mention):
            return self.predicted.text
        return None if self.predicted is None else self.document.surface(self.predicted)

    def window(self, around: int = 60) -> tuple[int, int]:
        """Return the part of the text to show: both entities, and whole words of so many characters on either side.

        Args:
            around: in characters.
        """
        spans = [side for side in (self.gold, self.predicted) if isinstance(side, Entity)]
        if not spans:
            return 0, len(self.document.text)
        text, first, last = self.document.text, min(span.start for span in spans), max(span.end for span in spans)
        start, end = max(0, first - around), min(len(text), last + around)
        before = [place + 1 for place in range(start, first) if text[place].isspace()]
        behind = [place for place in range(last, end) if text[place].isspace()]
        return (before[0] if start and before else start), (behind[-1] if end < len(text) and behind else end)

    def __repr__(self) -> str:
        """Show one line, so that a list of cases can be read."""
        sides = (("predicted", self.predicted, self.predicted_text), ("gold", self.gold, self.gold_text))
        shown = [
            f"{name} {one.label} {text!r:.60}" + (f" {one.start}..{one.end}" if isinstance(one, Entity) else "")
            for name, one, text in sides
            if one is not None
        ]
        return f"<ErrorCase {self.kind} in {one_line(self.document.id or f'#{self.position + 1}')}: {', '.join(shown)}>"

    def _repr_html_(self) -> str:
        name = self.kind.replace("_", " ")
        wrong = self.facts.side == "predicted"
        sides = (("gold", self.gold, "" if wrong else name), ("predicted", self.predicted, name if wrong else ""))
        text, window = self.document.text, self.window()
        drawn = [
            marked(text, [Mark(side.start, side.end, side.label, remark)], *window)
            if isinstance(side, Entity)
            else plain_text(f"{side.text!r} as {side.label}, not in the text")
            for _, side, remark in sides
            if side is not None
        ]
        heads = [f"<div><small>{head}</small></div>" for head, side, _ in sides if side is not None]
        rows = "".join(map("".join, zip(heads, drawn, strict=True)))
        return f"<div><b>{plain_text(name)}</b> {plain_text(self.document.id or f'#{self.position + 1}')}{rows}</div>"

    def to_dict(self) -> dict[str, Any]:
        """Return the case as plain data."""
        facts = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in self.facts.to_dict().items()
            if name not in ("item", "partner")
        }
        return {
            "type": self.kind,
            "position": self.position,
            "id": self.document.id,
            "gold": None if self.gold is None else {**self.gold.to_dict(), "text": self.gold_text},
            "predicted": None if self.predicted is None else {**self.predicted.to_dict(), "text": self.predicted_text},
            "facts": facts,
            "text": self.document.text,
        }


def errors_of(
    known: Collection[str] | None,
    gold: Sequence[Entity],
    predicted: Sequence[Entity],
    unplaced: Sequence[Mention],
    rest: Rest,
) -> Iterator[Facts]:
    """Yield mentions without a place, then other wrong predictions and missed gold entities, each in any order.

    Args:
        known: the label set, or None for any label.
        gold: the gold entities of a document, as they are compared.
        predicted: the predictions that have a place.
        unplaced: those that have none.
        rest: what has no equal on the other side, of either.
    """
    for mention in unplaced:
        yield Facts("predicted", mention, known is None or mention.label in known, placed=False)
    missed, wrong = rest
    lost, invented, mistakes = missed, wrong, wrong
    copies: Collection[Entity] = ()
    if type(missed) is not set:  # there are repeated entities
        left, right = {*gold}, {*predicted}
        lost, invented, mistakes, copies = left - right, right - left, {*wrong}, left & right
    if wrong:
        others, near = gold, near_each(wrong, gold) if len(gold) > FEW else None
        for item in wrong:
            if near:
                others = near[item]
            labelled = known is None or item[2] in known
            yield new(Facts, ("predicted", item, labelled, True, item in copies, others, (), lost))
    if missed:
        others, near = predicted, near_each(missed, predicted, mistakes) if len(predicted) > FEW else None
        for item in missed:
            if near:
                others = near[item]
            labelled = known is None or item[2] in known
            yield new(Facts, ("gold", item, labelled, True, False, others, mistakes, invented))
