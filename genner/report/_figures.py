"""What the page shows of scores, errors and decoding: plain data, every count with the link to its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from genner.evaluation import Comparison, Evaluation, confusion, evaluate
from genner.exceptions import DataError
from genner.metrics import ErrorReport, Score
from genner.report._breakdowns import settings_of
from genner.report._headline import kind_explanation, kind_title
from genner.report._links import Linker
from genner.study.assessment import FormatResult, Study
from genner.types.tally import HEADLINES, IssueTally

__all__ = [
    "comparison_data",
    "confusion_data",
    "equal_systems",
    "error_labels_data",
    "errors_data",
    "example_data",
    "issues_data",
    "label_scores_data",
    "notes_data",
    "scores_data",
]

MATCHINGS = ("boundaries", "partial", "type")
"""Scores shown next to strict and text."""

PAIRS = 20
"""Pairs of labels listed under a confusion matrix."""

GRID = 40
"""Rows and columns a confusion matrix has at most: invented labels have no end."""


EXPLAINED = {
    "clean": "nothing repaired, invented or changed; the other rows are what makes an output not clean",
    "needed_repair": "the syntax or the shape is not what the format asks for",
    "invented_labels": "a label that is not in the label set",
    "invented_text": "a mention that is not in the text",
    "changed_text": "a mention that the text spells in another form, or a copy of the text with changes",
}
"""What an output under each headline did."""


def notes_data(result: FormatResult) -> Iterable[str]:
    if result.dropped:
        yield f"{len(result.dropped)} entities of the system cannot be written in {result.format} and were left out"
    for note in result.strict.notes:
        yield f"{result.format}: {note}"


def equal_systems(study: Study) -> list[str]:
    """Name the systems whose predictions are the same, so that nobody looks for a difference between their bars."""
    groups: dict[tuple[Any, ...], list[str]] = {}
    for result in study.results:
        key = tuple((tuple(sorted(one.entities)), frozenset(one.unplaced)) for one in result.predictions)
        groups.setdefault(key, []).append(result.format)
    return [
        f"{', '.join(names[:-1])} and {names[-1]} predict the same entities in every document"
        for names in groups.values()
        if len(names) > 1
    ]


def scores_data(study: Study, result: FormatResult, place: int, link: Linker) -> dict[str, Any]:
    micro, settings = result.strict.micro, result.strict.settings
    others = {}
    for matching in MATCHINGS:
        others[matching] = evaluate(study.gold, result.predictions, settings=settings, matching=matching).micro.f1
    return {
        "system": result.format,
        **_ratios(micro),
        "interval": list(result.strict.interval()),
        "macro": result.strict.macro.f1,
        **others,
        "text": result.text.micro.f1,
        **_counts(micro, result.format, place, link),
    }


def _ratios(score: Score) -> dict[str, float | None]:
    return {name: getattr(score, name) for name in ("precision", "recall", "f1")}


def _counts(score: Score, of: str, place: int, link: Linker, **query: str) -> dict[str, Any]:
    return {
        "tp": link(score.tp, f"found, {of}", r=place, show="found", **query),
        "fp": link(score.fp, f"wrong predictions, {of}", r=place, show="wrong", **query),
        "fn": link(score.fn, f"missed, {of}", r=place, show="missed", **query),
        "support": link(score.support, f"gold entities, {of}", r=place, show="gold", **query),
    }


def errors_data(reports: dict[str, ErrorReport], link: Linker) -> dict[str, Any]:
    """Lay out the chart: a group for each kind, a bar for each system, long as its share of all errors."""
    shares = [report.shares for report in reports.values()]
    most = max([share or 0 for one in shares for share in one.values()], default=0) or 1
    kinds = [kind for kind in _kinds(reports.values()) if any(report.counts.get(kind) for report in reports.values())]
    return {
        "total": [
            link(report.total, f"errors, {name}", r=place, show="errors")
            for place, (name, report) in enumerate(reports.items())
        ],
        "touched": [
            link(report.touched, f"missed but touched, {name}", r=place, show="touched")
            for place, (name, report) in enumerate(reports.items())
        ],
        "kinds": [
            {
                "kind": str(kind),
                "name": kind_title(kind),
                "explanation": kind_explanation(kind),
                "bars": [
                    {
                        "system": name,
                        "place": place,
                        "share": report.shares.get(kind, 0.0),
                        "width": (report.shares.get(kind, 0.0) or 0) / most,
                        "figure": link(
                            report.counts.get(kind, 0), f"{kind_title(kind)}, {name}", r=place, show=str(kind)
                        ),
                    }
                    for place, (name, report) in enumerate(reports.items())
                ],
            }
            for kind in kinds
        ],
    }


def error_labels_data(report: ErrorReport, system: str, place: int, link: Linker) -> dict[str, Any]:
    kinds = [kind for kind in report.kinds if report.counts[kind]]
    return {
        "system": system,
        "kinds": [kind_title(kind) for kind in kinds],
        "rows": [
            {
                "label": name,
                "cells": [
                    link(counts[kind], f"{kind_title(kind)}, {name}, {system}", r=place, show=str(kind), label=name)
                    for kind in kinds
                ],
            }
            for name, counts in report.by_label().items()
        ],
    }


def label_scores_data(
    evaluation: Evaluation, system: str, names: list[str], place: int, link: Linker
) -> dict[str, Any]:
    rows: list[dict[str, Any] | None] = []
    for name in names:
        score = evaluation.scores.get(name)
        if score is None:
            rows.append(None)
            continue
        interval = list(evaluation.interval(label=name)) if score.gold or score.predicted else [None, None]
        counts = _counts(score, f"{name}, {system}", place, link, label=name)
        rows.append({"label": name, **_ratios(score), "interval": interval, **counts})
    return {"system": system, "rows": rows}


def confusion_data(study: Study, result: FormatResult, place: int, link: Linker) -> dict[str, Any]:
    table = confusion(study.gold, result.predictions, **settings_of(result))
    weight: Counter[str] = Counter()
    for two, count in table.counts.items():
        weight.update({label: count for label in two if label is not None})
    often = {label for label, _ in weight.most_common(GRID)}
    sides: list[str | None] = [*(label for label in table.labels if label in often), None]

    def figure(gold: str | None, predicted: str | None) -> dict[str, Any] | None:
        says = f"{gold or 'nothing'} predicted as {predicted or 'nothing'}, {result.format}"
        if gold is not None:
            return link(table[gold, predicted], says, r=place, show="gold", label=gold, pair=predicted or "")
        if predicted is not None:
            return link(table[gold, predicted], says, r=place, show="predicted", label=predicted, pair="")
        return None

    rows = []
    for gold in sides:
        figures = [figure(gold, predicted) for predicted in sides]
        whole = sum(one["n"] for one in figures if one) or 1
        cells = [
            {"figure": one, "right": gold == predicted, "share": one["n"] / whole if one else 0}
            for predicted, one in zip(sides, figures, strict=True)
        ]
        rows.append({"label": gold, "cells": cells})
    left = len(table.labels) - len(sides) + 1
    mixed = [
        (count, gold, predicted)
        for (gold, predicted), count in table.counts.items()
        if gold and predicted and gold != predicted
    ]
    pairs = [
        {"gold": gold, "predicted": predicted, "figure": figure(gold, predicted)}
        for _, gold, predicted in sorted(mixed, key=lambda one: (-one[0], *one[1:]))[:PAIRS]
    ]
    return {"system": result.format, "labels": sides, "rows": rows, "left": left, "pairs": pairs}


def issues_data(tallies: dict[str, IssueTally], link: Linker) -> list[dict[str, Any]]:
    """Lay out outputs under each headline, then with each kind of issue."""
    kinds = dict.fromkeys(kind for tally in tallies.values() for kind in tally.kinds)
    rows = []
    for name in ("clean", *HEADLINES, *kinds):
        counts = [
            tally.clean
            if name == "clean"
            else tally.headlines.get(name, 0)
            if name in HEADLINES
            else tally.kinds.get(name, 0)
            for tally in tallies.values()
        ]
        rows.append(
            {
                "name": name.replace("_", " "),
                "explained": EXPLAINED.get(name, ""),
                "kind": name not in HEADLINES and name != "clean",
                "cells": [
                    {
                        "share": count / (tally.outputs or 1),
                        "figure": link(
                            count, f"outputs, {name.replace('_', ' ')}, {system}", unit="documents", r=place, issue=name
                        ),
                    }
                    for place, ((system, tally), count) in enumerate(zip(tallies.items(), counts, strict=True))
                ],
            }
        )
    return rows


def comparison_data(study: Study, comparison: Comparison, link: Linker) -> dict[str, Any]:
    """Lay out what only one of two systems has, and their scores and errors side by side.

    Raises:
        DataError: when it is not a strict comparison of two systems of the page, to which its figures lead.
    """
    one, two = comparison.names
    called = [result.format for result in study.results]
    known = one in called and two in called
    places = {name: called.index(name) if known else place for place, name in enumerate(comparison.names)}
    for name, evaluation in ((one, comparison.a), (two, comparison.b)):
        shown = study.results[places[name]].strict if places[name] < len(called) else None
        if evaluation.settings.matching != "strict" or shown is None or shown.counts != evaluation.counts:
            raise DataError(f"the page needs a strict comparison of systems it shows: {name!r} is not as shown")
    first, second = {"r": places[one], "v": places[two]}, {"r": places[two], "v": places[one]}
    sides = {
        name: sum(len(getattr(apart, name)) for apart in comparison.disagreements)
        for name in ("only_a", "only_b", "wrong_a", "wrong_b")
    }
    figures = [
        link(sides["only_a"], f"found by {one} alone", show="found-alone", **first),
        link(sides["only_b"], f"found by {two} alone", show="found-alone", **second),
        link(sides["wrong_a"], f"wrong predictions of {one} alone", show="wrong-alone", **first),
        link(sides["wrong_b"], f"wrong predictions of {two} alone", show="wrong-alone", **second),
        link(len(comparison.disagreements), "documents where they differ", unit="documents", show="differ", **first),
    ]
    scores, errors = comparison.to_table(), comparison.error_table()
    rows = []
    for kind, row, texts in zip(comparison.kinds, errors.rows, errors.shown(), strict=True):
        cells: list[Any] = [kind_title(kind)]
        for name, (count, share) in zip(comparison.names, row[1:3], strict=True):
            cells += [
                link(count, f"{kind_title(kind)}, {name}", r=places[name], show=str(kind)),
                "–" if share is None else f"{100 * share:.2f}",
            ]
        rows.append([*cells, *texts[3:]])
    return {
        "names": [one, two],
        "places": [places[one], places[two]],
        "figures": figures,
        "tables": [
            {"title": "Scores", "columns": [column.name for column in scores.columns], "rows": scores.shown()},
            {
                "title": "Kinds of error",
                "columns": ["error", one, "share", two, "share", "difference", "95 %"],
                "rows": rows,
            },
        ],
        "signature": comparison.signature,
    }


def example_data(result: FormatResult) -> dict[str, Any]:
    assert result.example is not None
    return {"system": result.format, "prompt": result.example.prompt.text, "answer": result.example.answer}


def _kinds(reports: Iterable[ErrorReport]) -> Iterable[str]:
    return dict.fromkeys(kind for report in reports for kind in report.kinds)
