"""`genner assess CONFIG`: run an experiment, and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genner.cli.screen import command_line, note, show, write_json
from genner.exceptions import DataError, MissingExtraError
from genner.io import Sink
from genner.report import write_report
from genner.show.html import date_of_page, plain_text
from genner.show.tables import Column, Table

if TYPE_CHECKING:
    from genner.experiments.jobs import Result
    from genner.experiments.running import Results

__all__ = ["run_config", "write_tables"]


def run_config(path: str, output: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Run what a config says and write the report; or, for a dry run, print which runs are done.

    Raises:
        DataError: when a run failed, after all others are done.
    """
    from genner.experiments.config import load_experiment
    from genner.experiments.running import run, state
    from genner.experiments.tables import tables

    experiment = load_experiment(path, **({} if output is None else {"output": output}))
    if dry_run:
        runs = [
            (str(one), "to do" if found is None else "done, " + ", ".join(map(_f1, found)))
            for one, found in state(experiment)
        ]
        show([Table([Column("run"), Column("state")], runs)])
        return
    folder = Path(experiment.output)
    results = run(experiment, tell=note)
    made = tables(results)
    if as_json:
        write_json(_records(made))
    elif made:
        show(made)
    if made:
        write_tables(folder, results, made)
        note(f"the report is in {folder / 'report.html'}")
    if results.failed:
        first, reason = results.failed[0]
        raise DataError(f"{len(results.failed)} of the runs failed; {first}: {reason}")


def _f1(result: Result) -> str:
    return f"F1 {100 * (result.evaluation.micro.f1 or 0):.2f}"


def _records(made: list[Table]) -> list[dict[str, Any]]:
    return [{"title": table.title, "rows": table.records(), "notes": list(table.notes)} for table in made]


def write_tables(folder: Path, results: Results, made: list[Table]) -> None:
    """Write the tables as Markdown, LaTeX, HTML and JSON, the figure, and the pages to browse."""
    import json

    pages = folder / "pages"
    pages.mkdir(parents=True, exist_ok=True)
    links = []
    for study in results.studies():
        name = f"{study.name}, {study.system}"
        file = "".join(letter if letter.isalnum() else "_" for letter in name) + ".html"
        write_report(pages / file, [study], title=name, command=command_line())
        links.append(f'<li><a href="pages/{file}">{plain_text(name)}</a></li>')
    body = "".join(f"<section>{table.to_html()}</section>" for table in made)
    failed = "".join(f"<li>{plain_text(run)}: {plain_text(reason)}</li>" for run, reason in results.failed)
    html = _PAGE.format(
        made=f"Written on {date_of_page()} by <code>{plain_text(command_line())}</code>.",
        body=body,
        links="".join(links),
        failed=f"<h2>Not done</h2><ul>{failed}</ul>" if failed else "",
    )
    for name, text in (
        ("report.md", "\n\n".join(table.to_markdown() for table in made) + "\n"),
        ("report.tex", "\n\n".join(table.to_latex() for table in made) + "\n"),
        ("report.json", json.dumps(_records(made), ensure_ascii=False, indent=1) + "\n"),
        ("report.html", html),
    ):
        with Sink(folder / name) as sink:
            sink.write(text)
    _draw(folder / "figure_2.svg", results)


def _draw(path: Path, results: Results) -> None:
    """Draw Figure 2, where matplotlib is there to do it."""
    from genner.experiments.paper import plot_errors_with_paper

    groups = [group for group in results.groups() if group.symbols is None]
    format = "bracket" if any(group.format == "bracket" for group in groups) else groups[0].format
    reports = {
        f"{group.name}, {group.corpus}": group.errors
        for group in groups
        if group.format in (format, None) and group.errors.total
    }
    try:
        axes = plot_errors_with_paper(reports) if reports else None
    except MissingExtraError:
        return
    if axes is not None:
        axes.figure.savefig(path, bbox_inches="tight")


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>genner experiment</title>
<style>
body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2rem; }}
section {{ margin: 2rem 0; overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .15rem .6rem; white-space: nowrap; }}
thead {{ border-bottom: 2px solid; }}
caption {{ text-align: left; font-weight: bold; padding-bottom: .4rem; }}
</style>
</head>
<body>
<h1>Experiment</h1>
<p>{made}</p>
{body}
<h2>Sentence by sentence</h2>
<ul>{links}</ul>
{failed}
</body>
</html>
"""
