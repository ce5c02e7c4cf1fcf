"""Corpora and outputs that are read: never empty, with a remark on whatever was not read as written."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from itertools import chain
from typing import NamedTuple

from genner.cli.reading import PLAIN, Reading
from genner.cli.screen import note, progress
from genner.evaluation import Evaluation
from genner.exceptions import DataError, UnknownNameError
from genner.formats import Codec, get_codec
from genner.formats.detect import FormatFinder
from genner.io import RECORD_FORMATS, ReadReport, read
from genner.io.columns import predicted_column
from genner.io.places import expand
from genner.io.registry import guess, known_options
from genner.io.source import Source, Target
from genner.metrics.breakdown import get_breakdown
from genner.study.outputs import Output, read_gold, read_outputs
from genner.types import Document, LabelSet, Prediction

__all__ = [
    "Breakdowns",
    "breakdowns",
    "check_breakdowns",
    "check_label",
    "corpus",
    "format_of",
    "holds_both",
    "kind_of",
    "note_formats",
    "other_corpus",
    "outputs",
    "reader_of",
    "rereadable",
    "rewound",
    "warned",
]


MOST = 1 << 30
"""Bytes of standard input that are kept, where it has to be read twice."""


def corpus(
    path: Target,
    format: str | None = None,
    reading: Reading = PLAIN,
    *,
    report: ReadReport | None = None,
    codec: Codec | None = None,
    labels: LabelSet | None = None,
) -> Iterator[Document]:
    """Yield the documents of a corpus.

    Args:
        path: the file.
        format: its data format, when it cannot be guessed.
        reading: the options of the reader, and what becomes of bad records.
        report: filled with what was met.
        codec: reads the answers of a file that holds questions and right answers.
        labels: the label set of these answers.

    Raises:
        DataError: when there is none.
    """
    seen = reading.report() if report is None else report
    kind = format or (kind_of(path) if codec is not None and path != "-" else None)
    empty = True  # a reader of another package need not count
    documents: Iterator[Document]
    if codec is not None and kind in RECORD_FORMATS:
        source = Source(path, reading.on_error, seen)
        documents = (
            answer.to_document() for answer in read_gold(source, kind, codec, labels=labels, **reading.options)
        )
    else:
        documents = read(path, format, on_error=reading.on_error, report=seen, **reading.options)
    for document in progress(documents, "reading"):
        empty = False
        yield document
    if not seen.ok:
        note(str(seen))
    if empty:
        raise DataError("expected documents, got none", path=_name(path))


def other_corpus(path: str, reading: Reading, *, report: ReadReport | None = None) -> Iterator[Document]:
    """Yield the documents of one more corpus; options that its format does not have are for the first.

    Args:
        path: the file.
        reading: as for `corpus`.
        report: as for `corpus`.
    """
    if reading.options and path != "-":
        reading = replace(reading, options=known_options(kind_of(path), reading.options))
    yield from corpus(path, None, reading, report=report)


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


def breakdowns(by: list[str] | None, training: str | None, reading: Reading) -> Breakdowns:
    """Read what breakdowns need, and refuse those that cannot be made; see `check_breakdowns`."""
    check_breakdowns(by, trained=training is not None)
    learned = None if training is None else list(other_corpus(training, reading))
    return Breakdowns(None if by is None else [*dict.fromkeys(by)], learned)


def reader_of(format: str | None, grounding: str) -> Codec:
    """Return what decodes raw outputs: the format, or what finds it out for each of them."""
    options = {"grounding": grounding}
    return FormatFinder(options) if format is None else get_codec(format, **options)


def format_of(prediction: Prediction) -> str:
    """Return the format in which an output was read; one without any entity may be in several."""
    return str(prediction.format) if prediction.entities or prediction.unplaced else "no entity"


def note_formats(found: Mapping[str, int], path: str | None = None) -> None:
    """Tell in which formats outputs were found to be written: see `format_of`."""
    if found:
        listed = ", ".join(f"{name} {found[name]}" for name in sorted(found, key=lambda one: (-found[one], one)))
        where = f"{path}: " if path and path != "-" else ""
        note(f"{where}no --format, so it was found for each output: {listed}")


def kind_of(target: Target) -> str:
    """Return the data format of a file, or of the first file of a folder or pattern."""
    return guess(Source(expand(target)[0]))


def outputs(
    path: Target,
    reading: Reading = PLAIN,
    *,
    raw: bool = True,
    report: ReadReport | None = None,
) -> Iterator[Output]:
    """Yield the outputs in a file.

    Args:
        path: the file, or a corpus whose entities are predictions.
        reading: what becomes of bad records, and the options of readers, which a corpus in their format takes too.
        raw: a text file holds one raw output a line.
        report: filled with what was met.

    Raises:
        DataError: when there is none.
    """
    empty = True
    seen = reading.report() if report is None else report
    found = read_outputs(path, raw=raw, on_error=reading.on_error, report=seen, options=reading.options)
    for output in progress(found, "reading"):
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
