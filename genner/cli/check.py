"""`genner check`: what a corpus holds, what is odd about it, and what each output format would lose of it."""

from __future__ import annotations

from collections import Counter

import typer

from genner.check import FIXES, agreement, fixed
from genner.check import check as check_of
from genner.cli.inputs import corpus, other_corpus
from genner.cli.options import (
    Against,
    AsJson,
    Corpus,
    DataFormat,
    FailOnIssues,
    Fix,
    Formats,
    Labels,
    Other,
    OutputFile,
    ToData,
    Workers,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import note, show, write_json
from genner.cli.sides import matched
from genner.exceptions import DataError, UnknownNameError
from genner.formats import FORMATS
from genner.io import write

__all__ = ["check"]


@reads
def check(
    file: Corpus = "-",
    *,
    labels: Labels = None,
    other: Other = None,
    against: Against = None,
    format: Formats = None,
    fix: Fix = None,
    to: ToData = "jsonl",
    data_format: DataFormat = None,
    reading: Reading,
    workers: Workers = None,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    output: OutputFile = "-",
) -> None:
    """Find what is odd about a corpus; with --fix, write it with the fixes that are asked for."""
    met = reading.report()
    documents = list(corpus(file, data_format, reading, report=met))
    if fix is not None:
        names = list(FIXES) if fix == "all" else [name.strip() for name in fix.split(",")]
        for name in names:
            if name not in FIXES:
                raise UnknownNameError.of("fix", name, [*FIXES, "all"])
        counted: Counter[str] = Counter()
        write(fixed(documents, names, counted), output, to)
        note(", ".join(f"{name}: {counted[name]}" for name in names))
        return
    if against is not None:
        result = agreement(*matched(documents, met.bad, against, reading))
        if as_json:
            write_json([result._asdict()], output)
        else:
            show([result.to_table()], output)
        return
    others = {name: list(other_corpus(name, reading)) for name in other or ()}
    if file in others:
        raise DataError("expected another file than the corpus itself", path=file)
    report = check_of(
        documents, labels=label_set(labels), others=others, formats=format or FORMATS, workers=workers or 1
    )
    if as_json:
        write_json([report.to_dict()], output)
    else:
        show(report.tables(), output)
    if fail_on_issues and not report.ok:
        raise typer.Exit(1)
