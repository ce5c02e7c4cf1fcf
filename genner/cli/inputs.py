"""Corpora and outputs on their way in: never empty, with a remark on whatever was not read as written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from genner.cli.screen import note, progress
from genner.exceptions import DataError
from genner.formats import get_codec
from genner.io import RECORD_FORMATS, ReadReport, read
from genner.io import _guess as guess
from genner.io._source import Source, Target
from genner.outputs import Output, decode_all, read_gold, read_outputs
from genner.types import Document, LabelSet, Prediction

__all__ = ["Sides", "answered", "corpus", "holds_both", "outputs"]


def corpus(path: Target, format: str | None = None, *, skip_bad: bool = False) -> Iterator[Document]:
    """Yield the documents of a corpus.

    Raises:
        DataError: when there is none.
    """
    report = ReadReport()
    documents = read(path, format, on_error="skip" if skip_bad else "raise", report=report)
    yield from progress(documents, "reading")
    if not report.ok:
        note(str(report))
    if not report.documents:
        raise DataError("expected documents, got none", path=_name(path))


def outputs(path: Target) -> Iterator[Output]:
    """Yield the outputs in a file.

    Raises:
        DataError: when there is none.
    """
    empty = True
    for output in progress(read_outputs(path), "reading"):
        empty = False
        yield output
    if empty:
        raise DataError("expected outputs, got none", path=_name(path))


class Sides(NamedTuple):
    """Gold documents, what was predicted for each, and how raw outputs were grounded."""

    gold: list[Document]
    predictions: list[Prediction]
    grounding: str


def answered(
    gold: str,
    predicted: str | None,
    format: str | None,
    labels: LabelSet | None,
    *,
    grounding: str = "fuzzy",
    data_format: str | None = None,
    skip_bad: bool = False,
) -> Sides:
    """Read both sides of a comparison.

    Args:
        gold: a corpus, Alpaca data, or a `generated_predictions.jsonl`.
        predicted: documents, predictions or raw outputs; not needed where the gold file holds both sides.
        format: of raw outputs and raw gold answers.
        labels: the label set raw answers are decoded with.
    """
    if gold == predicted == "-":
        raise DataError("standard input can be one side of a comparison, not both")
    codec = None if format is None else get_codec(format, grounding=grounding)
    target = _rereadable(gold)
    kind = data_format or guess(Source(target))
    if kind in RECORD_FORMATS:
        answers = list(read_gold(_rewound(target), kind, codec, labels=labels))
        unclean = sum(not {issue.kind for issue in answer.issues} <= {"ambiguous"} for answer in answers)
        if unclean:
            note(f"{unclean} of {len(answers)} gold answers were not clean in this format")
        documents = [answer.to_document() for answer in answers]
    else:
        documents = list(corpus(_rewound(target), data_format, skip_bad=skip_bad))
    if predicted is None and kind != "predictions":
        raise DataError("expected a second file with the predictions: this one holds the gold side alone", path=gold)
    said = list(outputs(_rewound(target) if predicted is None else predicted))
    decoded = progress(decode_all(documents, said, codec, labels=labels), "decoding", len(documents))
    raw = any(isinstance(output.answer, str) for output in said)
    return Sides(documents, list(decoded), grounding if raw else "n/a")


def holds_both(path: str) -> bool:
    """Tell whether a file holds the gold side and the predictions, as `generated_predictions.jsonl` does."""
    return path != "-" and guess(Source(path)) == "predictions"


def _rereadable(path: str) -> Target:
    """Return standard input as a stream that can be read again, or the path as it is."""
    if path != "-":
        return path
    stream = BytesIO(sys.stdin.buffer.read())
    stream.name = "<stdin>"
    return stream


def _rewound(target: Target) -> Target:
    if isinstance(target, BytesIO):
        target.seek(0)
    return target


def _name(path: Target) -> str:
    return "<stdin>" if path == "-" else str(getattr(path, "name", path))
