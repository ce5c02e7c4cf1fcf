"""`genner evaluate | errors`: how good a system is, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

import typer
from rich.text import Text

from genner.cli.choose import chosen, rest
from genner.cli.highlight import shown_case
from genner.cli.inputs import Breakdowns, breakdowns, check_label, reader_of, warned
from genner.cli.options import (
    AnyFormat,
    AsJson,
    By,
    DataFormat,
    Duplicates,
    FailOnIssues,
    Gold,
    Grounding,
    Html,
    Intervals,
    LabelOf,
    Labels,
    Limit,
    Macro,
    Matching,
    OutputFile,
    PolicyName,
    Predicted,
    SampleOf,
    Seed,
    SortCases,
    Summary,
    TextOf,
    Tokens,
    Training,
    TypeOf,
    Unplaced,
    Workers,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import IN_ONE_FILE, check_writable, command_line, note, note_pairing, show, write_json
from genner.cli.sides import Sides, answered
from genner.evaluation import OutputMatching, analyze_errors, breakdown, evaluate_outputs
from genner.evaluation import evaluate as evaluation_of
from genner.exceptions import DataError
from genner.io import Problem, ReadReport
from genner.metrics import MATCHINGS, ErrorCase, ErrorReport, ErrorType, Evaluation, Settings, evaluate_tokens
from genner.metrics.breakdown import get_breakdown
from genner.metrics.error_cases import TOUCHED
from genner.metrics.matching import get_matching
from genner.metrics.targets import AVERAGES
from genner.parallel import NotByLine, evaluate_files
from genner.plugins import names
from genner.report import errors_to_html, write_page, write_report
from genner.show.tables import Column, Table
from genner.study.assessment import Study, labels_in, score
from genner.study.outputs import read_outputs
from genner.types import Document, Entity, LabelSet

__all__ = ["errors", "evaluate"]

KNOWN_MATCHINGS = names(MATCHINGS, "genner.matchings")

ORDERS = {
    "document": lambda case: (case.position, _place(case)),
    "type": lambda case: (kind_order(case.kind), case.position),
    "label": lambda case: (case.label, case.position),
    "text": lambda case: (_surface(case), case.position),
}
"""What cases can be sorted by."""


@reads
def evaluate(
    gold: Gold,
    predicted: Predicted = None,
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    matching: Matching = "strict",
    duplicates: Duplicates = "count",
    unplaced: Unplaced = "count",
    macro: Macro = "seen",
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    reading: Reading,
    workers: Workers = None,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    intervals: Intervals = False,
    tokens: Tokens = False,
    by: By = None,
    training: Training = None,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Score predictions against gold documents."""
    known = label_set(labels)
    if workers is not None and not (by or tokens or html or data_format or reading.options):
        result = _by_lines(
            gold, predicted, format, workers, reading, grounding=grounding, labels=known, matching=matching,
            macro=macro, duplicates=duplicates, unplaced=unplaced,
        )  # fmt: skip
        if result is not None:
            paired = IN_ONE_FILE if predicted is None else "by order"
            _show_scores([result], paired, output, as_json=as_json, intervals=intervals, fail_on_issues=fail_on_issues)
            return
    broken = breakdowns(by, training, reading)
    how: dict[str, Any] = {"data_format": data_format, "reading": reading, "workers": workers or 1}
    sides = answered(gold, predicted, format, known, grounding=grounding, **how)
    settings: dict[str, Any] = {"duplicates": duplicates, "unplaced": unplaced, "grounding": sides.grounding}
    read = Settings(format=sides.format)
    raw = isinstance(get_matching(matching), OutputMatching)
    counted = "strict" if raw else matching  # outputs have no buckets
    if raw:
        result = _of_outputs(sides, format, known, matching, macro, **settings)
    else:
        result = evaluation_of(
            sides.gold, sides.predictions, labels=known, matching=matching, macro=macro, settings=read, **settings
        )
    parts = [
        breakdown(
            sides.gold,
            sides.predictions,
            name,
            labels=known,
            training=broken.training,
            matching=counted,
            settings=read,
            **settings,
        )
        for name in broken.by or ()
    ]
    if tokens:
        parts.append(evaluate_tokens(sides.gold, sides.predictions, labels=known, unplaced=unplaced, macro=macro))
    if html is not None:
        check_writable(output)
        _write_html(html, gold, predicted, format, sides, known, broken, settings=read, **settings)
    _show_scores(
        [result, *parts], sides.paired, output, as_json=as_json, intervals=intervals, fail_on_issues=fail_on_issues
    )


def _show_scores(
    results: Sequence[Evaluation], paired: str, output: str, *, as_json: bool, intervals: bool, fail_on_issues: bool
) -> None:
    """Show a result and its breakdowns, and tell what is odd about it."""
    result = results[0]
    if as_json:
        write_json([one.to_dict() | {"intervals": _intervals(one), "paired": paired} for one in results], output)
    else:
        show([one.to_table(intervals=intervals) for one in results], output)
    note_pairing(paired)
    if result.unknown_labels and "unknown_label" in result.tally.kinds:
        note(
            "labels in a model's own words count as right where --labels names a JSON file with their titles or aliases"
        )
    troubled = result.tally.outputs - result.tally.ok
    if troubled:
        note(f"{troubled} of {result.tally.outputs} outputs had issues; genner decode --report counts them by kind")
    empty = warned({"": result})
    if fail_on_issues and (troubled or empty):
        raise typer.Exit(1)


def _by_lines(
    gold: str, predicted: str | None, format: str | None, workers: int, reading: Reading, *, grounding: Any, **how: Any
) -> Evaluation | None:  # fmt: skip
    """Score JSON Lines in the memory of a few documents, on several processes; None where lines are not enough."""
    if _first_is_raw(predicted or gold, reading):
        how |= {"grounding": grounding, "settings": Settings(format=reader_of(format, grounding).name)}
    codec = reader_of(format, grounding) if format is not None or predicted is not None else None
    problems: list[Problem] = []
    with suppress(NotByLine):
        report = ReadReport(on_problem=problems.append)
        skip = reading.on_error == "skip"
        result = evaluate_files(gold, predicted, codec, workers=workers, skip_bad=skip, report=report, **how)
        if reading.on_problem is not None:  # now that nothing is read once more
            for problem in problems:
                reading.on_problem(problem)
        if not report.ok:
            note(str(report))
        return result
    return None


def _first_is_raw(path: str, reading: Reading) -> bool:
    """Tell whether a file holds raw outputs, which only then are grounded."""
    with suppress(DataError):
        return any(isinstance(one.answer, str) for one in islice(read_outputs(path, on_error=reading.on_error), 1))
    return False


def _of_outputs(
    sides: Sides, format: str | None, labels: LabelSet | None, matching: str, macro: str, **settings: Any
) -> Evaluation:
    """Count raw outputs, on the gold strings of the file where it has them."""
    if format is None or sides.raw is None:
        raise DataError(f"--matching {matching} counts raw outputs: give their --format")
    for name in ("duplicates", "unplaced"):
        if settings[name] != "count":
            raise DataError(f"--{name} {settings[name]} has no effect on --matching {matching}: leave it out")
    return evaluate_outputs(
        sides.gold, sides.raw, format, gold_outputs=sides.rights, labels=labels, macro=macro, matching=matching
    )


def _intervals(result: Evaluation) -> dict[str, dict[str, Any]]:
    """Return the 95 % interval of F1 of each label and average."""
    sides = {
        "labels": {name: result.interval(label=name) for name in result},
        "averages": {name: result.interval(average=name) for name in AVERAGES},
    }
    return {
        kind: {name: {"low": one.low, "high": one.high, "reason": one.reason} for name, one in found.items()}
        for kind, found in sides.items()
    }


@reads
def errors(
    gold: Gold,
    predicted: Predicted = None,
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    policy: PolicyName = "paper",
    type: TypeOf = None,
    label: LabelOf = None,
    text: TextOf = None,
    sort: SortCases = "document",
    sample: SampleOf = None,
    seed: Seed = 0,
    limit: Limit = 10,
    duplicates: Duplicates = "count",
    unplaced: Unplaced = "count",
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    reading: Reading,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    summary: Summary = False,
    by: By = None,
    training: Training = None,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Name the kind of each wrong prediction and each missed entity, and show cases."""
    known = label_set(labels)
    broken = breakdowns(by, training, reading)
    sides = answered(gold, predicted, format, known, grounding=grounding, data_format=data_format, reading=reading)
    settings: dict[str, Any] = {"duplicates": duplicates, "unplaced": unplaced, "grounding": sides.grounding}
    read = Settings(format=sides.format)
    report = analyze_errors(sides.gold, sides.predictions, labels=known, policy=policy, settings=read, **settings)
    check_label(label, known, sides.gold, sides.predictions)
    kinds: list[str | None] = [*dict.fromkeys(type)] if type else [None]
    fitting = [case for kind in kinds for case in report.select(type=kind, label=label, text=text)]
    cases = chosen(fitting, sort, ORDERS, sample, seed)
    if html is not None:
        check_writable(output)
        if type or label or text or sample is not None:
            _write_cases(html, report, cases, kinds, broken)
        else:
            _write_html(html, gold, predicted, format, sides, known, broken, policy=policy, settings=read, **settings)
    if as_json:
        whole = {name: value for name, value in report.to_dict().items() if name != "cases"} | {"paired": sides.paired}
        if summary and broken.by:
            whole["by"] = {name: report.by(get_breakdown(name, sides.gold, broken.training)) for name in broken.by}
        write_json([whole] if summary else (case.to_dict() for case in cases), output)
    else:
        shown = cases if sample is not None else cases[:limit]
        drawn = [shown_case(case, _predicted(sides, case)) for case in shown]
        more = rest(fitting, len(shown), len(cases))
        tables = [_by_table(report, name, sides.gold, broken.training) for name in broken.by or ()]
        listed = [] if summary else [*drawn, *([Text(more)] if more else [])]
        show([report.to_table(), *tables, *listed], output)
    note_pairing(sides.paired)
    empty = warned({"": evaluation_of(sides.gold, sides.predictions, labels=known, **settings)})
    if fail_on_issues and (report.total or empty):
        raise typer.Exit(1)


def _write_cases(
    path: str, report: ErrorReport, cases: Sequence[ErrorCase], kinds: Sequence[str | None], broken: Breakdowns
) -> None:
    """Write the page of the chosen cases: the documents that hold them, whole, with the cases outlined."""
    places = {case.position for case in cases}
    shown = {"show": str(kinds[0]) if len(kinds) == 1 and kinds[0] else "mistake"}
    title = f"{len(cases)} case{'s' * (len(cases) != 1)} in {len(places)} document{'s' * (len(places) != 1)}"
    about: dict[str, Any] = {"title": title, "by": broken.by or (), "training": broken.training, "shown": shown}
    write_page(path, errors_to_html(report, command=command_line(), cases=cases, **about))


def kind_order(kind: str) -> tuple[int, str]:
    """Return where cases of a kind are listed: as in the paper, then others by name."""
    known = [*map(str, ErrorType), TOUCHED]
    return (known.index(kind) if kind in known else len(known)), kind


def _place(case: ErrorCase) -> int:
    """Return where in its document a case is: mentions without a place come last."""
    return case.item.start if isinstance(case.item, Entity) else len(case.document.text)


def _surface(case: ErrorCase) -> str:
    return (case.gold_text if case.facts.side == "gold" else case.predicted_text) or ""


def _predicted(sides: Sides, case: ErrorCase) -> list[Any]:
    prediction = sides.predictions[case.position]
    return [*prediction.entities, *prediction.unplaced]


def _by_table(report: ErrorReport, name: str, gold: list[Document], training: list[Document] | None) -> Table:
    """Lay out the buckets as rows, the kinds of error as columns."""
    kinds = [kind for kind in report.kinds if report.counts[kind]]
    rows = [
        (bucket, *(counts[kind] for kind in kinds), sum(counts.values()))
        for bucket, counts in report.by(get_breakdown(name, gold, training)).items()
    ]
    columns = [Column(name), *(Column(str(kind), "count") for kind in kinds), Column("all", "count")]
    return Table(columns, rows)


def _write_html(
    path: str,
    gold: str,
    predicted: str | None,
    format: str | None,
    sides: Sides,
    labels: LabelSet | None,
    broken: Breakdowns,
    **how: Any,
) -> None:
    """Write the report, which scores strictly whatever the command printed."""
    result = score(
        format or "predictions", sides.gold, sides.predictions, labels=labels, outputs=sides.raw or None, **how
    )
    known = labels or labels_in([*sides.gold, *sides.predictions])
    learned = None if broken.training is None else tuple(broken.training)
    study = Study(gold, predicted or gold, tuple(sides.gold), known, (result,), learned)
    write_report(path, [study], by=broken.by, command=command_line())
