"""One error, with all that is known of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from genner.metrics.matching import Item, Rest
from genner.metrics.relations import FEW, near_each
from genner.metrics.taxonomy import Facts
from genner.show.html import marked, plain_text
from genner.show.marks import Mark, with_words
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
        return None if self.predicted is None else self.document.surface(self.predicted)

    @property
    def _name(self) -> str:
        return self.document.id or f"#{self.position + 1}"

    def window(self, around: int = 60) -> tuple[int, int]:
        """Return the part of the text to show: both entities, and whole words in so many characters `around` them."""
        spans = [side for side in (self.gold, self.predicted) if isinstance(side, Entity)]
        if not spans:
            return 0, len(self.document.text)
        edges = min(span.start for span in spans), max(span.end for span in spans)
        return with_words(self.document.text, *edges, around)

    def __repr__(self) -> str:
        """Show one line, so that a list of cases can be read."""
        shown = []
        for name, one in (("predicted", self.predicted), ("gold", self.gold)):
            if one is not None:
                place = f" {one.start}..{one.end}" if isinstance(one, Entity) else ""
                shown.append(f"{name} {one.label} {self.document.surface(one)!r:.60}{place}")
        return f"<ErrorCase {self.kind} in {one_line(self._name)}: {', '.join(shown)}>"

    def _repr_html_(self) -> str:
        name, window = self.kind.replace("_", " "), self.window()
        rows = [f"<b>{plain_text(name)}</b> {plain_text(self._name)}"]
        for head, side in (("gold", self.gold), ("predicted", self.predicted)):
            if side is None:
                continue
            rows.append(f"<div><small>{head}</small></div>")
            if isinstance(side, Mention):
                rows.append(plain_text(f"{side.text!r} as {side.label}, not in the text"))
            else:
                remark = name if head == self.facts.side else ""
                rows.append(marked(self.document.text, [Mark(side.start, side.end, side.label, remark)], *window))
        return f"<div>{''.join(rows)}</div>"

    def to_dict(self) -> dict[str, Any]:
        """Return the case as plain data."""
        facts = {name: value for name, value in self.facts.to_dict().items() if name not in ("item", "partner")}
        return {
            "type": self.kind,
            "position": self.position,
            "id": self.document.id,
            **{
                name: None if one is None else {**one.to_dict(), "text": self.document.surface(one)}
                for name, one in (("gold", self.gold), ("predicted", self.predicted))
            },
            "facts": {name: sorted(value) if isinstance(value, frozenset) else value for name, value in facts.items()},
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
        predicted: the predictions that have a place; `unplaced`: those that have none.
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
    # one loop for either side would take a twentieth longer
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
