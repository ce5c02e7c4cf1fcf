"""`genner compare`: two systems, formats or runs on the same documents, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from genner.cli.choose import chosen, rest
from genner.cli.highlight import shown_difference
from genner.cli.inputs import Breakdowns, breakdowns, check_label, warned
from genner.cli.options import (
    AsJson,
    By,
    DataFormat,
    Duplicates,
    FailOnIssues,
    FirstSystem,
    Gold,
    Grounding,
    Html,
    LabelOf,
    Labels,
    Limit,
    Matching,
    Names,
    Only,
    OutputFile,
    PolicyName,
    Resamples,
    SampleOf,
    SecondSystem,
    Seed,
    SortDifferences,
    Summary,
    Test,
    TextOf,
    Training,
    TwoFormats,
    TypeOf,
    Unplaced,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import check_writable, command_line, note_pairing, show, write_json
from genner.cli.sides import Sides, answered, answers
from genner.evaluation import Comparison, Evaluation, breakdown
from genner.evaluation import compare as comparison_of
from genner.exceptions import DataError, UnknownNameError
from genner.metrics import ErrorReport
from genner.metrics.comparison import Disagreement
from genner.metrics.matching import Item
from genner.metrics.settings import Settings
from genner.report import write_report
from genner.show.tables import Column, Table
from genner.study.assessment import Study, labels_in, score
from genner.types import LabelSet, Prediction

__all__ = ["compare"]

ORDERS = {
    "document": lambda apart: apart.position,
    "size": lambda apart: (-sum(map(len, (apart.only_a, apart.only_b, apart.wrong_a, apart.wrong_b))), apart.position),
}
"""What documents where the systems differ can be sorted by."""


@reads
def compare(
    gold: Gold,
    a: FirstSystem,
    b: SecondSystem,
    *,
    format: TwoFormats = None,
    name: Names = None,
    labels: Labels = None,
    matching: Matching = "strict",
    test: Test = "randomization",
    resamples: Resamples = 10_000,
    policy: PolicyName = "paper",
    type: TypeOf = None,
    label: LabelOf = None,
    text: TextOf = None,
    only: Only = None,
    sort: SortDifferences = "document",
    sample: SampleOf = None,
    seed: Seed = 0,
    limit: Limit = 10,
    summary: Summary = False,
    duplicates: Duplicates = "count",
    unplaced: Unplaced = "count",
    grounding: Grounding = "fuzzy",
    data_format: DataFormat = None,
    reading: Reading,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    by: By = None,
    training: Training = None,
    html: Html = None,
    output: OutputFile = "-",
) -> None:
    """Show what A got right and B did not, and the reverse; scores and errors side by side, with intervals."""
    known = label_set(labels)
    broken = breakdowns(by, training, reading)
    formats = _two(format, "--format") or (None, None)
    names = _two(name, "--name") or _names(a, b)
    sides = answered(gold, a, formats[0], known, grounding=grounding, data_format=data_format, reading=reading)
    sides, second = answers(sides, b, formats[1], known, grounding=grounding, reading=reading)
    predicted = (sides.predictions, second.predictions)
    how: dict[str, Any] = {"duplicates": duplicates, "unplaced": unplaced}
    formats_read = dict.fromkeys(filter(None, (sides.format, second.format)))
    how["settings"] = Settings(format="/".join(formats_read) or None)
    how["grounding"] = second.grounding if sides.grounding == "n/a" else sides.grounding
    drawn: dict[str, Any] = {"test": test, "resamples": resamples, "seed": seed, "names": names, "policy": policy}
    found = comparison_of(sides.gold, predicted[0], predicted[1], labels=known, matching=matching, **how, **drawn)
    kinds = {_kind(kind, found.kinds) for kind in type or ()}
    check_label(label, known, sides.gold, *predicted)
    errors = (_by_position(found.errors_a), _by_position(found.errors_b))
    fitting = [apart for apart in found.disagreements if _fits(apart, errors, kinds, label, text, only)]
    listed = chosen(fitting, sort, ORDERS, sample, seed)
    if html is not None:
        check_writable(output)
        _write_html(html, gold, (sides, second), known, policy, broken, how, found, drawn)
    counted = {"labels": known, "training": broken.training, "matching": matching, **how}
    buckets = {
        name: _by_table(name, names, [breakdown(sides.gold, side, name, **counted) for side in predicted])
        for name in broken.by or ()
    }
    if as_json:
        whole = found.to_dict() | {"disagreements": len(found.disagreements)}
        whole |= {"paired": [sides.paired, second.paired]}
        whole |= {"by": {name: table.records() for name, table in buckets.items()}} if buckets else {}
        write_json([whole] if summary else (_record(apart, names) for apart in listed), output)
    else:
        parts: list[Any] = [found.to_table(), found.error_table(), *buckets.values()]
        if not summary:
            shown = listed if sample is not None else listed[:limit]
            parts += [_shown(apart, names, predicted, errors) for apart in shown]
            more = rest(fitting, len(shown), len(listed))
            parts += [Text(more)] if more else []
        show(parts, output)
    note_pairing(sides.paired, second.paired)
    empty = warned(dict(zip(names, (found.a, found.b), strict=True)))
    if fail_on_issues and empty:
        raise typer.Exit(1)


Errors = tuple[dict[int, list[Any]], dict[int, list[Any]]]
"""For each side, the errors of each document."""


def _kind(name: str, kinds: tuple[str, ...]) -> str:
    if name not in kinds:
        raise UnknownNameError.of("kind of error", name, tuple(map(str, kinds)))
    return name


def _two(values: list[str] | None, option: str) -> tuple[str, str] | None:
    """Return what is given for A and for B; given once, it holds for both."""
    if not values:
        return None
    if len(values) > 2 or (option == "--name" and len(values) != 2):
        raise DataError(f"{option}: expected one for A and one for B, got {len(values)}")
    return values[0], values[-1]


def _names(a: str, b: str) -> tuple[str, str]:
    """Call systems after their files, by as little of the path as tells them apart."""
    one, two = Path(a), Path(b)
    for names in ((one.stem, two.stem), (one.name, two.name)):
        if names[0] != names[1]:
            return names
    return (a, b) if a != b else ("A", "B")


def _by_position(report: ErrorReport) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for case in report.cases:
        found[case.position].append(case)
    return found


def _fits(
    apart: Disagreement, errors: Errors, kinds: set[str], label: str | None, text: str | None, only: str | None
) -> bool:
    items: tuple[Item, ...] = (*apart.only_a, *apart.only_b, *apart.wrong_a, *apart.wrong_b)
    made = {case.type for side in errors for case in side.get(apart.position, ())}
    return (
        (not kinds or bool(kinds & made))
        and (label is None or label in {item.label for item in items})
        and (text is None or text in apart.document.text)
        and (only is None or bool(apart.only_a if only == "a" else apart.only_b))
    )


def _by_table(name: str, names: tuple[str, str], parts: list[Evaluation]) -> Table:
    """Lay out F1 of both systems by bucket."""
    buckets = dict.fromkeys(bucket for part in parts for bucket in part)
    scores = {bucket: [part.scores.get(bucket) for part in parts] for bucket in buckets}
    rows = [
        (bucket, max(one.gold for one in both if one), *(one and one.f1 for one in both))
        for bucket, both in scores.items()
        if any(one and (one.gold or one.predicted) for one in both)
    ]
    columns = [Column(name), Column("gold", "count"), *(Column(f"{system} f1", "percent") for system in names)]
    return Table(columns, rows)


def _record(apart: Disagreement, names: tuple[str, str]) -> dict[str, Any]:
    return {**apart.to_dict(), "names": list(names)}


def _shown(
    apart: Disagreement, names: tuple[str, str], predicted: tuple[list[Prediction], list[Prediction]], errors: Errors
) -> Text:
    wrong = [[case.item for case in side.get(apart.position, ()) if case.facts.side == "predicted"] for side in errors]
    items: list[list[Item]] = [[*side[apart.position].entities, *side[apart.position].unplaced] for side in predicted]
    return shown_difference(apart, names, items, wrong)


def _write_html(
    path: str,
    gold: str,
    both: tuple[Sides, Sides],
    labels: LabelSet | None,
    policy: str,
    broken: Breakdowns,
    how: dict[str, Any],
    found: Comparison,
    drawn: dict[str, Any],
) -> None:
    """Write the report, which scores strictly whatever the command printed."""
    documents, predicted = both[0].gold, [side.predictions for side in both]
    results = tuple(
        score(name, documents, side.predictions, labels=labels, policy=policy, outputs=side.raw or None, **how)
        for name, side in zip(found.names, both, strict=True)
    )
    if found.a.settings.matching != "strict":
        found = comparison_of(documents, predicted[0], predicted[1], labels=labels, **how, **drawn)
    known = labels or labels_in([*documents, *predicted[0], *predicted[1]])
    system = " and ".join(found.names)
    learned = None if broken.training is None else tuple(broken.training)
    study = Study(gold, system, tuple(documents), known, results, learned, found)
    write_report(path, [study], by=broken.by, command=command_line())
