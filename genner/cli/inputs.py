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
from genner.formats import Codec, get_codec
from genner.io import RECORD_FORMATS, Problem, ReadReport, Sink, guess_format, read
from genner.io._json import json_line
from genner.io._source import OnError, Source, Target
from genner.io.columns import predicted_column
from genner.metrics.breakdown import get_breakdown
from genner.study.outputs import Output, pair, read_gold, read_outputs
from genner.types import Document, LabelSet, Prediction

__all__ = [
    "Breakdowns",
    "Sides",
    "answered",
    "answers",
    "breakdowns",
    "check_breakdowns",
    "check_label",
    "corpus",
    "holds_both",
    "matched",
    "outputs",
    "reader_options",
    "reporting",
    "spoken",
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
    kind = format or (guess_format(Source(path)) if codec is not None and path != "-" else None)
    known = reader_options(options or ())
    empty = True  # a reader of another package need not count
    with reporting(rejected) as report:
        on_error: OnError = "skip" if skip_bad or rejected else "raise"
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


def outputs(path: Target, *, raw: bool = True) -> Iterator[Output]:
    """Yield the outputs in a file.

    Args:
        path: the file, or a corpus whose entities are predictions.
        raw: a text file holds one raw output a line.

    Raises:
        DataError: when there is none.
    """
    empty = True
    report = ReadReport()
    for output in progress(read_outputs(path, raw=raw, report=report), "reading"):
        empty = False
        yield output
    if not report.ok:
        note(str(report))
    if empty:
        raise DataError("expected outputs, got none", path=_name(path))


class Sides(NamedTuple):
    """Both sides of a comparison.

    Args:
        gold: the documents.
        predictions: for each of them.
        grounding: how raw outputs were grounded.
        raw: the outputs, if all were raw.
        rights: the gold answers as the file has them, if it has answers.
    """

    gold: list[Document]
    predictions: list[Prediction]
    grounding: str
    raw: list[str] | None = None
    rights: list[str] | None = None


def answered(
    gold: str,
    predicted: str | None,
    format: str | None,
    labels: LabelSet | None,
    *,
    grounding: str = "fuzzy",
    data_format: str | None = None,
    skip_bad: bool = False,
    rejected: str | None = None,
    options: Sequence[str] | None = None,
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
    kind = data_format or guess_format(Source(target))
    if kind in RECORD_FORMATS:
        right = list(read_gold(_rewound(target), kind, codec, labels=labels))
        unclean = sum(not {issue.kind for issue in answer.issues} <= {"ambiguous"} for answer in right)
        if unclean:
            note(f"{unclean} of {len(right)} gold answers were not clean in this format")
        documents = [answer.to_document() for answer in right]
    else:
        documents = list(corpus(_rewound(target), data_format, skip_bad=skip_bad, rejected=rejected, options=options))
    if predicted is None and kind == "columns":
        both = _tagged_twice(target, documents)
        if both is not None:
            return Sides(documents, both, "n/a", [])
    if predicted is None and kind != "predictions":
        raise DataError("expected a second file with the predictions: this one holds the gold side alone", path=gold)
    decoded, raw = _decoded(documents, _rewound(target) if predicted is None else predicted, codec, labels)
    rights = [*_rights(_rewound(target), kind)] if kind in RECORD_FORMATS else None
    complete = raw if len(raw) == len(documents) else None
    return Sides(documents, decoded, "n/a" if raw == [] else grounding, complete, rights)


def _tagged_twice(target: Target, documents: list[Document]) -> list[Prediction] | None:
    """Return the predictions of a file of tokens, gold tags and predicted tags, as conlleval reads it."""
    column = predicted_column(Source(_rewound(target)))
    if column is None:
        return None
    found = list(read(_rewound(target), "columns", tag_column=column))
    return [Prediction(one.entities, text=gold.text) for gold, one in zip(documents, found, strict=True)]


def _rights(target: Target, kind: str) -> Iterator[str]:
    """Yield the gold answers of a file as they are."""
    for record in RECORD_FORMATS[kind].read(Source(target)):
        yield record.label if kind == "predictions" else record.output


def spoken(
    path: str,
    format: str | None,
    labels: LabelSet | None,
    *,
    source: str | None = None,
    grounding: str = "fuzzy",
    data_format: str | None = None,
    skip_bad: bool = False,
) -> Sequence[Document | Prediction]:
    """Read a corpus, or a file of predictions or raw outputs, whatever it is.

    Args:
        path: the file.
        format: of raw outputs; with it, the file holds outputs.
        labels: the label set raw outputs are decoded with.
        source: a corpus with the texts of the outputs, where the file has them not.
        grounding: how far decoding may go to place a mention.
        data_format: of the corpus; with it, the file holds documents.
        skip_bad: leave out documents that cannot be read.
    """
    target = _rereadable(path)
    if format is None and source is None and data_format is not None:
        return list(corpus(_rewound(target), data_format, skip_bad=skip_bad))
    codec = None if format is None else get_codec(format, grounding=grounding)
    answered = list(outputs(_rewound(target), raw=codec is not None)) if not skip_bad else []
    if source is None and all(isinstance(output.answer, Document) for output in answered):
        return list(corpus(_rewound(target), None, skip_bad=skip_bad))
    if source is not None:
        return _decoded(list(corpus(source)), _rewound(target), codec, labels)[0]
    decoded = [output.decode(codec, labels=labels) for output in answered]
    for output, prediction in zip(answered, decoded, strict=True):
        if prediction.text is None:
            raise output.error("the source text is not known: give --source")
    return decoded


def _decoded(
    documents: list[Document], path: Target, codec: Codec | None, labels: LabelSet | None
) -> tuple[list[Prediction], list[str]]:
    """Return the prediction for each document, and those outputs that were raw."""
    matched, how = pair(documents, outputs(path, raw=codec is not None))
    if how == "by text":
        note(f"gold and predictions are paired {how}")
    work = progress(zip(documents, matched, strict=True), "decoding", len(documents))
    decoded = [output.decode(codec, document.text, labels=labels) for document, output in work]
    return decoded, [output.answer for output in matched if isinstance(output.answer, str)]


def matched(documents: list[Document], path: str) -> list[Document]:
    """Return the documents of another file about the same texts, in the same order."""
    decoded, _ = _decoded(documents, path, None, None)
    return [Document(one.text, two.entities, id=one.id) for one, two in zip(documents, decoded, strict=True)]


def answers(
    documents: list[Document], path: str, format: str | None, labels: LabelSet | None, *, grounding: str = "fuzzy"
) -> Sides:
    """Read what one more system predicted for each document."""
    codec = None if format is None else get_codec(format, grounding=grounding)
    decoded, raw = _decoded(documents, path, codec, labels)
    complete = raw if len(raw) == len(documents) else None
    return Sides(documents, decoded, grounding if raw else "n/a", complete)


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
    kind = guess_format(Source(path))
    return kind == "predictions" or (kind == "columns" and predicted_column(Source(path)) is not None)


def _rereadable(path: str) -> Target:
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


def _rewound(target: Target) -> Target:
    if isinstance(target, BytesIO):
        target.seek(0)
    return target


def _name(path: Target) -> str:
    return "<stdin>" if path == "-" else str(getattr(path, "name", path))
