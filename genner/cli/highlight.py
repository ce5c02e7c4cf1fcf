"""Marked texts for a terminal: brackets and labels that read without colour, and colours where they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from zlib import crc32

from rich.text import Text

from genner.metrics import ErrorCase
from genner.metrics.comparison import Disagreement
from genner.metrics.matching import Item
from genner.show.marks import Mark, Open, bracketed, steps
from genner.show.plain import one_line
from genner.types import Document, Entity, Prediction

__all__ = ["shown_case", "shown_difference", "shown_document"]

COLOURS = ("blue", "magenta", "cyan", "green", "yellow", "bright_blue", "bright_magenta", "bright_cyan")
"""Of labels; red is kept for what is wrong."""


def highlighted(text: str, marks: Iterable[Mark], start: int = 0, end: int | None = None) -> Text:
    """Return a text as `[PU.1]protein binds`, nested, what is wrong in double brackets and red."""
    last = len(text) if end is None else end
    result = Text("… " if start else "")
    styles = [""]
    for step in steps(text, marks, start, last):
        if isinstance(step, Open):
            styles.append(_style(step.mark))
        result.append(one_line(bracketed(step)), styles[-1])
        if not isinstance(step, (str, Open)):
            styles.pop()
    return result.append(" …" if last < len(text) else "")


def _style(mark: Mark) -> str:
    return "bold red" if mark.error else _colour(mark.label)


@cache
def _colour(label: str) -> str:
    """Return the colour of a label: its own while there are enough, and the same in every run where it is free."""
    first = crc32(label.encode("utf-8", "replace")) % len(COLOURS)
    in_order = [*COLOURS[first:], *COLOURS[:first]]
    colour = next((one for one in in_order if one not in _taken), in_order[0])
    _taken.add(colour)
    return colour


_taken: set[str] = set()
"""Colours of the labels shown so far."""


def shown_document(document: Document, predicted: Prediction | None = None, name: str = "document") -> Text:
    """Show the entities of a document, or of a prediction, over the text."""
    lines = [Text(one_line(document.id or name), "bold")]
    lines.append(_row("", highlighted(document.text, _marks(document.entities))))
    if predicted is not None:
        lines += [_remark(f"not in the text: {one.text!r} as {one.label}") for one in predicted.unplaced]
        lines += [_remark(f"{issue.kind}: {issue.detail}") for issue in predicted.issues]
    return Text("\n").join(lines)


def shown_case(case: ErrorCase, predicted: Sequence[Item]) -> Text:
    """Show one error: what it is, and gold above predicted, the wrong entity in double brackets.

    Args:
        case: the error.
        predicted: everything predicted of the document.
    """
    sides = [_side("predicted", case.predicted, case.predicted_text), _side("gold", case.gold, case.gold_text)]
    name = case.document.id or f"#{case.position + 1}"
    head = Text(one_line(f"{case.type or 'touched'}  {name}: {', '.join(filter(None, sides))}"), "bold")
    text, error, window = case.document.text, str(case.type or "touched"), case.window()
    if case.gold is None and not isinstance(case.predicted, Entity):
        return head
    is_gold = case.facts.side == "gold"
    rows = (
        ("gold", _marks(case.document.entities, [case.item] if is_gold else (), error)),
        ("predicted", _marks(predicted, () if is_gold else [case.item], error)),
    )
    drawn = [_row(title, highlighted(text, marks, *window)) for title, marks in rows]
    return Text("\n").join([head, *drawn])


def shown_difference(
    apart: Disagreement,
    names: tuple[str, str],
    predicted: Sequence[Sequence[Item]],
    wrong: Sequence[Sequence[Item]],
) -> Text:
    """Show a document where two systems differ: gold, both answers, and what each has alone.

    Args:
        apart: the document and what only one system has.
        names: of the systems.
        predicted: everything predicted by each.
        wrong: all wrong predictions of each.
    """
    document = apart.document
    lines = [Text(one_line(document.id or f"#{apart.position + 1}"), "bold")]
    width = max(len(one_line(name)) for name in (*names, "predicted")) + 2
    lines.append(_row("gold", highlighted(document.text, _marks(document.entities)), width))
    for name, items, errors in zip(names, predicted, wrong, strict=True):
        lines.append(_row(name, highlighted(document.text, _marks(items, errors, "wrong")), width))
    for name, found, errors in (
        (names[0], apart.only_a, apart.wrong_a),
        (names[1], apart.only_b, apart.wrong_b),
    ):
        lines += [_remark(f"found by {name} alone: {_described(item, document)}") for item in found]
        lines += [_remark(f"wrong in {name} alone: {_described(item, document)}") for item in errors]
    return Text("\n").join(lines)


def _marks(items: Iterable[Item], wrong: Iterable[Item] = (), error: str = "") -> list[Mark]:
    """Mark what has a place; `wrong` are wrong, each as often as it is listed."""
    left = Counter(wrong)
    marks = []
    for item in items:
        is_wrong = left[item] > 0
        left[item] -= is_wrong
        if isinstance(item, Entity):
            marks.append(Mark(item.start, item.end, item.label, error if is_wrong else ""))
    return marks


def _row(name: str, content: Text, width: int = 11) -> Text:
    return Text.assemble("    ", (f"{one_line(name):<{width}}" if name else "", "dim"), content)


def _remark(words: str) -> Text:
    return Text(f"    {one_line(words)}", "dim")


def _side(name: str, item: Item | None, text: str | None) -> str:
    if item is None:
        return ""
    place = f" at {item.start}..{item.end}" if isinstance(item, Entity) else ", not in the text"
    return f"{name} {item.label} {text!r}{place}"


def _described(item: Item, document: Document) -> str:
    return _side("", item, document.surface(item)).lstrip()
