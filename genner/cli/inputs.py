"""Corpora and outputs that are read: never empty, with a remark on whatever was not read as written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import chain
from typing import Any, NamedTuple

from genner.cli.screen import note, progress
from genner.evaluation import Evaluation
from genner.exceptions import DataError, UnknownNameError
from genner.formats import Codec
from genner.io import RECORD_FORMATS, OnError, Problem, ReadReport, Sink, Source, Target, read
from genner.io.columns import predicted_column
from genner.io.json_text import json_line
from genner.io.places import expand
from genner.io.registry import guess
from genner.metrics.breakdown import get_breakdown
from genner.study.outputs import Output, read_gold, read_outputs
from genner.types import Document, LabelSet, Prediction

__all__ = [
    "Breakdowns",
    "breakdowns",
    "check_breakdowns",
    "check_label",
    "corpus",
    "holds_both",
    "kind_of",
    "outputs",
    "read_corpus",
    "reader_options",
    "reporting",
    "rereadable",
    "rewound",
    "warned",
]


MOST = 1 << 30
"""Bytes of standard input that are kept, where it has to be read twice."""


def corpus(
    path: Target,
    format: str | None = None,
    *,
    skip_bad: bool = False,
    rejected: str | None = None,
    options: Sequence[str] | None = None,
    codec: Codec | None = None,
    labels: LabelSet | None = None,
) -> Iterator[Document]:
    """Yield the documents of a corpus.

    Args:
        path: the file.
        format: its data format, when it cannot be guessed.
        skip_bad: leave out and count records that cannot be read.
        rejected: leave them out and write them to this file.
        options: those of the reader, as `NAME=VALUE`.
        codec: reads the answers of a file that holds questions and right answers.
        labels: the label set of these answers.

    Raises:
        DataError: when there is none.
    """
    with reporting(rejected) as report:
        yield from read_corpus(path, format, report, skip_bad or rejected is not None, options, codec, labels)


def read_corpus(
    path: Target,
    format: str | None,
    report: ReadReport,
    skip: bool,
    options: Sequence[str] | None = None,
    codec: Codec | None = None,
    labels: LabelSet | None = None,
) -> Iterator[Document]:
    """Yield the documents of a corpus; what was left out goes into the report."""
    kind = format or (kind_of(path) if codec is not None and path != "-" else None)
    known = reader_options(options or ())
    empty = True  # a reader of another package need not count
    on_error: OnError = "skip" if skip else "raise"
    documents: Iterator[Document]
    if codec is not None and kind in RECORD_FORMATS:
        source = Source(path, on_error, report)
        documents = (answer.to_document() for answer in read_gold(source, kind, codec, labels=labels, **known))
    else:
        documents = read(path, format, on_error=on_error, report=report, **known)
    for document in progress(documents, "reading"):
        empty = False
        yield document
    if not report.ok:
        note(str(report))
    if empty:
        raise DataError("expected documents, got none", path=_name(path))


@contextmanager
def reporting(rejected: str | None) -> Iterator[ReadReport]:
    """Give a report for a reader; records that are left out are written to a file, if one is named.

    Each is a line of JSON: the file, the line, what is wrong, and the record as it is.
    """
    if rejected is None:
        yield ReadReport()
        return
    with Sink(rejected) as sink:

        def write(problem: Problem) -> None:
            if problem.kind == "skipped":
                record = {"path": problem.path, "line": problem.line, "error": problem.message, "text": problem.text}
                sink.write(json_line({key: value for key, value in record.items() if value is not None}) + "\n")

        yield ReadReport(on_problem=write)


def reader_options(pairs: Iterable[str]) -> dict[str, Any]:
    """Return the options of a reader from `NAME=VALUE`: numbers, true and false, lists with commas, or strings.

    Raises:
        DataError: for what is no such pair.
    """
    found: dict[str, Any] = {}
    for pair_ in pairs:
        name, equals, value = pair_.partition("=")
        if not equals or not name.strip():
            raise DataError(f"--option: expected NAME=VALUE, got {pair_!r}")
        parts = [_option_value(part) for part in value.split(",")] if "," in value else None
        found[name.strip().replace("-", "_")] = _option_value(value) if parts is None else tuple(parts)
    return found


def _option_value(text: str) -> Any:
    if text.removeprefix("-").isdecimal():
        return int(text)
    return {"true": True, "false": False, "none": None, "tab": "\t", "space": " "}.get(text.lower(), text)


def check_breakdowns(by: list[str] | None, *, trained: bool) -> None:
    """Refuse what cannot be broken down by, before anything else is done.

    Raises:
        UnknownNameError: when there is no breakdown of that name.
        DataError: when one needs training documents and there are none.
    """
    for name in by or ():
        get_breakdown(name, (), () if trained else None)


class Breakdowns(NamedTuple):
    """What to break scores and errors down by: None is what is usual; and the training documents, if they are known."""

    by: list[str] | None = None
    training: list[Document] | None = None


def breakdowns(by: list[str] | None, training: str | None, *, skip_bad: bool = False) -> Breakdowns:
    """Read what breakdowns need, and refuse those that cannot be made; see `check_breakdowns`."""
    check_breakdowns(by, trained=training is not None)
    learned = None if training is None else list(corpus(training, skip_bad=skip_bad))
    return Breakdowns(None if by is None else [*dict.fromkeys(by)], learned)


def kind_of(target: Target) -> str:
    """Return the data format of a file, or of the first file of a folder or pattern."""
    return guess(Source(expand(target)[0]))


def outputs(
    path: Target, *, raw: bool = True, report: ReadReport | None = None, skip: bool = False
) -> Iterator[Output]:
    """Yield the outputs in a file.

    Args:
        path: the file, or a corpus whose entities are predictions.
        raw: a text file holds one raw output a line.
        report: filled with what was met.
        skip: leave out records that cannot be read.

    Raises:
        DataError: when there is none.
    """
    empty = True
    seen = ReadReport() if report is None else report
    on_error: OnError = "skip" if skip else "raise"
    for output in progress(read_outputs(path, raw=raw, on_error=on_error, report=seen), "reading"):
        empty = False
        yield output
    if not seen.ok:
        note(str(seen))
    if empty:
        raise DataError("expected outputs, got none", path=_name(path))


def check_label(label: str | None, labels: LabelSet | None, *sides: Iterable[Document | Prediction]) -> None:
    """Refuse a label that no side has.

    Raises:
        UnknownNameError: offering the closest known one.
    """
    if label is None:
        return
    known = dict.fromkeys(() if labels is None else labels.names)
    for one in chain(*sides):
        known.update(dict.fromkeys(entity.label for entity in one.entities))
        known.update(dict.fromkeys(mention.label for mention in getattr(one, "unplaced", ())))
    if label not in known:
        raise UnknownNameError.of("label", label, known)


def warned(evaluations: Mapping[str, Evaluation]) -> bool:
    """Print every reason for which a score may be empty, and return whether there was one.

    Args:
        evaluations: by the name of the system, or by an empty one.
    """
    found = [(name, warning) for name, one in evaluations.items() for warning in one.warnings]
    for name, warning in found:
        note(f"warning: {name + ': ' if name else ''}{warning}")
    return bool(found)


def holds_both(path: str) -> bool:
    """Tell whether a file holds the gold side and the predictions, as `generated_predictions.jsonl` does."""
    if path == "-":
        return False
    kind = kind_of(path)
    return kind == "predictions" or (kind == "columns" and predicted_column(Source(path)) is not None)


def rereadable(path: str) -> Target:
    """Return standard input as a stream that can be read again, or the path as it is."""
    if path != "-":
        return path
    data = sys.stdin.buffer.read(MOST + 1)
    if len(data) > MOST:
        raise DataError(
            f"expected at most {MOST >> 30} GiB, which are kept to be read twice; name a file", path="<stdin>"
        )
    stream = BytesIO(data)
    stream.name = "<stdin>"
    return stream


def rewound(target: Target) -> Target:
    if isinstance(target, BytesIO):
        target.seek(0)
    return target


def _name(path: Target) -> str:
    return "<stdin>" if path == "-" else str(getattr(path, "name", path))
