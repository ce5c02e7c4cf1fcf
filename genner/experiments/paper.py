"""The figures the paper prints, and tables of your own systems with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from genner.data import read_text
from genner.exceptions import UnknownNameError
from genner.metrics.errors import ErrorReport
from genner.metrics.results import Evaluation
from genner.metrics.taxonomy import ErrorType
from genner.show.plots import bars
from genner.show.tables import Column, Table

__all__ = ["errors_with_paper", "paper_results", "plot_errors_with_paper", "scores_with_paper"]


@lru_cache(maxsize=1)
def _loaded() -> str:
    return read_text("paper_results.json")


def paper_results() -> dict[str, Any]:
    """Return Tables 2 (sizes), 3, 5, 8 and the stated shares of Figure 2, in percent as printed, with their source."""
    results: dict[str, Any] = json.loads(_loaded())
    return results


def scores_with_paper(
    evaluations: Mapping[str, Evaluation], dataset: str, *, format: str | None = None, average: str = "micro"
) -> Table:
    """Lay out your systems above what the paper's Table 3 (or 5) prints for a corpus.

    Args:
        evaluations: your systems by name, scored on the same test set as the paper's.
        dataset: "conll2003", "ontonotes5", "ace2005", "genia"; "conll2003-se" or "conll2003-so".
        format: show the paper's models that answer in this format alone.
        average: "micro", which is what the paper reports; or another, to see the difference.

    Raises:
        UnknownNameError: when the paper has no such corpus or format.
    """
    results = paper_results()
    known = [name for table in ("table_3", "table_5") for row in results[table] for name in row["scores"]]
    if dataset not in known:
        raise UnknownNameError.of("corpus of the paper", dataset, dict.fromkeys(known))
    formats = dict.fromkeys(row["format"] for row in results["table_3"] if row["format"])
    if format is not None and format not in formats:
        raise UnknownNameError.of("format", format, formats)
    rows: list[tuple[Any, ...]] = []
    for name, evaluation in evaluations.items():
        score = getattr(evaluation, average)
        rows.append((name, "here", score.precision, score.recall, score.f1))
    own = len(rows)
    table, source = ("table_5", "Table 5") if dataset.startswith("conll2003-") else ("table_3", "Table 3")
    for row in results[table]:
        answered = row.get("format", "xml")
        if dataset in row["scores"] and format in (None, answered):
            printed = row["scores"][dataset]
            name = f"{row['model']} ({answered})" if answered else row["model"]
            rows.append((name, source, *(printed[metric] / 100 for metric in ("precision", "recall", "f1"))))
    columns = [Column("system"), Column("source")]
    columns += [Column(metric, "percent", best="max") for metric in ("precision", "recall", "f1")]
    notes = dict.fromkeys(evaluation.signature for evaluation in evaluations.values())
    return Table(
        columns,
        rows,
        title=f"{dataset}, {average} average",
        notes=(*notes, f"{source}: {results['source']}"),
        rules=(own,) if own else (),
        plain=tuple(place for place, row in enumerate(rows) if row[0].startswith("Average")),
    )


def errors_with_paper(reports: Mapping[str, ErrorReport]) -> Table:
    """Lay out the shares of error types of your systems and those the paper states for its Figure 2.

    Args:
        reports: by the names of your systems.
    """
    results = paper_results()["figure_2"]
    stated: Mapping[str, Mapping[str, float]] = results["systems"]
    rows: list[tuple[Any, ...]] = []
    for kind in ErrorType:
        ours = [report.shares[kind] for report in reports.values()]
        theirs = [shares[kind.value] / 100 if kind.value in shares else None for shares in stated.values()]
        rows.append((kind.paper_name, *ours, *theirs))
    columns = [Column("error"), *(Column(name, "percent") for name in reports)]
    columns += [Column(f"{name} (paper)", "percent") for name in stated]
    notes = dict.fromkeys(report.signature for report in reports.values())
    return Table(columns, rows, notes=(*notes, results["note"]))


def plot_errors_with_paper(reports: Mapping[str, ErrorReport], *, axes: Any = None) -> Any:
    """Draw the shares of `errors_with_paper` with matplotlib; return the axes.

    A share the paper does not state is marked by a dash, and has no bar.

    Args:
        reports: by the names of your systems.
        axes: matplotlib axes to draw on; new ones when None.
    """
    table = errors_with_paper(reports)
    names = [column.name for column in table.columns[1:]]
    drawn = {name: [(row[at], None, None) for row in table.rows] for at, name in enumerate(names, 1)}
    return bars([row[0] for row in table.rows], drawn, axis="share of all errors, percent", axes=axes)
