"""`genner evaluate | errors`: how good a system is, and what goes wrong."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from genner.assessment import FormatResult, Study, labels_of, score
from genner.cli.inputs import Sides, answered
from genner.cli.options import AsJson, DataFormat, Grounding, Labels, OutputFile, SkipBad, Strict, label_set
from genner.cli.screen import note, plain, show, write_json
from genner.evaluation import analyze_errors
from genner.exceptions import UnknownNameError
from genner.metrics import MATCHINGS, POLICIES, ErrorCase, ErrorType
from genner.report import write_report
from genner.types import Entity, LabelSet, Mention

__all__ = ["errors", "evaluate"]

Gold = Annotated[
    str, typer.Argument(metavar="GOLD", help="Corpus; or generated_predictions.jsonl, which holds both sides.")
]
Predicted = Annotated[
    str | None,
    typer.Argument(metavar="[PREDICTED]", help="Documents, predictions or raw outputs, matched by id or by order."),
]
AnyFormat = Annotated[str | None, typer.Option("--format", "-f", metavar="NAME", help="Format of raw outputs.")]
Duplicates = Annotated[str, typer.Option(metavar="HOW", help="Repeated entities: count, or ignore.")]
Unplaced = Annotated[str, typer.Option(metavar="HOW", help="Mentions that are not in the text: count, or ignore.")]
Html = Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write a report to open in a browser.")]


def evaluate(
    gold: Gold,
    predicted: Predicted = None,
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    matching: Annotated[
        str, typer.Option(metavar="NAME", help=f"What counts as right: {', '.join(MATCHINGS)}.")
    ] = "strict",
    duplicates: Duplicates = "count",
    unplaced: Unplaced = "count",
    macro: Annotated[
        str, typer.Option(metavar="ROWS", help="Labels that averages are over: seen, gold, labels.")
    ] = "seen",
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    skip_bad: SkipBad = False,
    strict: Strict = False,
    as_json: AsJson = False,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Score predictions against gold documents."""
    chosen = label_set(labels)
    sides = answered(gold, predicted, format, chosen, grounding=grounding, data_format=data_format, skip_bad=skip_bad)
    settings: dict[str, Any] = {"duplicates": duplicates, "unplaced": unplaced, "grounding": sides.grounding}
    result = score(
        format or "predictions",
        sides.gold,
        sides.predictions,
        labels=chosen,
        matching=matching,
        macro=macro,
        **settings,
    )
    if as_json:
        write_json([result.strict.to_dict()], output)
    else:
        show([result.strict.to_table()], output)
    if html is not None:
        _write_html(html, gold, predicted, sides, chosen, result)
    troubled = result.issues.outputs - result.issues.ok
    if troubled:
        note(f"{troubled} of {result.issues.outputs} outputs had issues; genner decode --report tells which")
        if strict:
            raise typer.Exit(1)


def errors(
    gold: Gold,
    predicted: Predicted = None,
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    policy: Annotated[str, typer.Option(metavar="NAME", help=f"Which rules: {', '.join(POLICIES)}.")] = "paper",
    type: Annotated[
        str | None,
        typer.Option(
            "--type", metavar="KIND", help=f"Show cases of this kind: {', '.join(map(str, ErrorType))}, touched."
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Show cases about this label, on either side.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Show cases in documents that hold this text.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Show at most this many cases.")] = 10,
    duplicates: Duplicates = "count",
    unplaced: Unplaced = "count",
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    skip_bad: SkipBad = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write every selected case as a line of JSON.")] = False,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Tell what kind of error each wrong prediction and each missed entity is, and show cases."""
    if type is not None and type not in (*map(str, ErrorType), "touched"):
        raise UnknownNameError.of("kind of error", type, (*map(str, ErrorType), "touched"))
    chosen = label_set(labels)
    sides = answered(gold, predicted, format, chosen, grounding=grounding, data_format=data_format, skip_bad=skip_bad)
    settings: dict[str, Any] = {"duplicates": duplicates, "unplaced": unplaced, "grounding": sides.grounding}
    report = analyze_errors(sides.gold, sides.predictions, labels=chosen, policy=policy, **settings)
    cases = report.select(type=type, label=label, text=text)
    if as_json:
        write_json((case.to_dict() for case in cases), output)
    else:
        more = [Text(f"{len(cases) - limit} more; --limit shows them")] if len(cases) > limit else []
        show([report.to_table(), *map(told, cases[:limit]), *more], output)
    if html is not None:
        result = score(format or "predictions", sides.gold, sides.predictions, labels=chosen, **settings)
        _write_html(html, gold, predicted, sides, chosen, result)


def _write_html(
    path: str, gold: str, predicted: str | None, sides: Sides, labels: LabelSet | None, result: FormatResult
) -> None:
    study = Study(gold, predicted or gold, tuple(sides.gold), labels or labels_of(sides.gold), (result,))
    write_report(path, [study])


CONTEXT = 60
"""Characters of a document shown on either side of an error."""


def told(case: ErrorCase) -> Text:
    """Tell one error: what is wrong, and where it stands, the place in double brackets as in the paper's Table 6.

    On a terminal the wrong prediction is red, the gold entity green.
    """
    name = f"#{case.position + 1}" if case.document.id is None else case.document.id
    sides = [_side("predicted", case.predicted, case.predicted_text), _side("gold", case.gold, case.gold_text)]
    at_fault = case.gold if case.facts.side == "gold" else case.predicted
    head = Text(plain(f"{case.type or 'touched'}  {name}: {', '.join(filter(None, sides))}"), style="bold")
    if not isinstance(at_fault, Entity):
        return head
    text = case.document.text
    start, end = max(0, at_fault.start - CONTEXT), min(len(text), at_fault.end + CONTEXT)
    style = "green" if case.facts.side == "gold" else "red"
    return Text.assemble(
        head,
        "\n    ",
        "… " if start else "",
        plain(text[start : at_fault.start]),
        (f"[[{plain(case.document.surface(at_fault))}]]", style),
        plain(text[at_fault.end : end]),
        " …" if end < len(text) else "",
    )


def _side(name: str, entity: Entity | Mention | None, text: str | None) -> str:
    if entity is None:
        return ""
    place = f" at {entity.start}..{entity.end}" if isinstance(entity, Entity) else ", not in the text"
    return f"{name} {entity.label} {text!r}{place}"
