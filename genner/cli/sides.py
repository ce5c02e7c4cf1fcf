"""Both sides of a comparison: gold documents and predictions of any kind, read, paired and decoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from genner.cli.inputs import corpus, format_of, kind_of, note_formats, outputs, reader_of, rereadable, rewound
from genner.cli.reading import PLAIN, Reading
from genner.cli.screen import IN_ONE_FILE, note, progress
from genner.exceptions import DataError
from genner.formats import Codec
from genner.formats.detect import FormatFinder
from genner.io import RECORD_FORMATS, ReadReport, read
from genner.io.columns import predicted_column
from genner.io.source import Source, Target
from genner.parallel import CHUNK, chunks, mapped
from genner.study.outputs import Output, read_gold
from genner.study.pairing import pair
from genner.types import Document, LabelSet, Prediction

__all__ = ["Sides", "answered", "answers", "decoded", "matched"]


class Sides(NamedTuple):
    """Both sides of a comparison.

    Args:
        gold: the documents.
        predictions: for each of them.
        grounding: how raw outputs were grounded.
        format: of raw outputs, "any" where it was found out for each.
        raw: the outputs, if all were raw.
        rights: the gold answers as the file has them, if it has answers.
        paired: how the two sides were paired.
        bad: positions of records of the gold file without a document or a prediction that can be read.
    """

    gold: list[Document]
    predictions: list[Prediction]
    grounding: str
    format: str | None = None
    raw: list[str] | None = None
    rights: list[str] | None = None
    paired: str = "by order"
    bad: Sequence[int] = ()


def answered(
    gold: str,
    predicted: str | None,
    format: str | None,
    labels: LabelSet | None,
    *,
    grounding: str = "fuzzy",
    data_format: str | None = None,
    reading: Reading = PLAIN,
    workers: int = 1,
) -> Sides:
    """Read both sides of a comparison.

    Args:
        gold: a corpus, Alpaca data, or a `generated_predictions.jsonl`.
        predicted: documents, predictions or raw outputs; not needed where the gold file holds both sides.
        format: of raw outputs and raw gold answers; None finds out that of each raw output.
        labels: the label set raw answers are decoded with.
        reading: the options of readers, and what becomes of bad records, on both sides.
        workers: how many processes decode.
    """
    if gold == predicted == "-":
        raise DataError("standard input can be one side of a comparison, not both")
    codec = reader_of(format, grounding)
    target = rereadable(gold)
    kind = data_format or kind_of(target)
    report = reading.report()
    if kind in RECORD_FORMATS:
        source = Source(rewound(target), reading.on_error, report)
        right = list(read_gold(source, kind, None if format is None else codec, labels=labels, **reading.options))
        unclean = sum(not {issue.kind for issue in answer.issues} <= {"ambiguous"} for answer in right)
        if unclean:
            note(f"{unclean} of {len(right)} gold answers were not clean in this format")
        documents = [answer.to_document() for answer in right]
    else:
        documents = list(corpus(rewound(target), data_format, reading, report=report))
    other = ReadReport() if predicted is None else reading.report()  # one file is read twice, and noted once
    column = predicted_column(Source(rewound(target))) if predicted is None and kind == "columns" else None
    found: Iterable[Output]
    if column is not None:  # tokens, gold tags and predicted tags, as conlleval reads them
        how = {**reading.options, "tag_column": column}
        found = [Output(one) for one in read(rewound(target), kind, on_error=reading.on_error, report=other, **how)]
    elif predicted is None and kind != "predictions":
        message = "expected a second file with the predictions: this one holds the gold side alone"
        raise DataError(message, path=gold)
    else:
        path = rewound(target) if predicted is None else predicted
        found = outputs(path, reading, raw=format is not None, report=other)
    sides = decoded(documents, found, codec, labels, bad=(report.bad, other.bad), workers=workers)
    rights = [*_rights(rewound(target), kind)] if kind in RECORD_FORMATS and not report.bad else None
    if predicted is None:
        sides = sides._replace(paired=IN_ONE_FILE)
    return _recorded(sides._replace(rights=rights), codec, grounding)


def _recorded(sides: Sides, codec: Codec, grounding: str) -> Sides:
    """Return both sides with how raw outputs were read, if any are raw."""
    return sides if sides.raw == [] else sides._replace(grounding=grounding, format=codec.name)


def _rights(target: Target, kind: str) -> Iterator[str]:
    """Yield the gold answers of a file as they are."""
    for record in RECORD_FORMATS[kind].read(Source(target)):
        yield record.label if kind == "predictions" else record.output


def decoded(
    documents: list[Document],
    found: Iterable[Output],
    codec: Codec | None,
    labels: LabelSet | None,
    *,
    bad: tuple[Sequence[int], Sequence[int]] = ((), ()),
    workers: int = 1,
) -> Sides:
    """Return the documents that have a prediction, and these.

    Args:
        found: the outputs.
        bad: the positions of gold records and outputs that were left out.
        workers: how many processes decode.
    """
    matched, how = pair(documents, list(found), bad_gold=bad[0], bad=bad[1])
    pairs = [(document, output) for document, output in zip(documents, matched, strict=True) if output is not None]
    if len(pairs) < len(documents):
        note(
            f"{len(documents) - len(pairs)} of {len(documents)} documents have no prediction that can be read: left out"
        )
    if not pairs:
        raise DataError("expected a document with a prediction, got none")
    work = progress(
        mapped(partial(_decode, codec, labels), chunks(pairs), workers), "decoding", len(pairs) // CHUNK + 1
    )
    predictions = [prediction for made in work for prediction in made]
    raw = [output.answer for _, output in pairs if isinstance(output.answer, str)]
    if raw and isinstance(codec, FormatFinder):
        read = zip(pairs, predictions, strict=True)
        formats = (format_of(one) for (_, output), one in read if isinstance(output.answer, str))
        note_formats(Counter(formats), pairs[0][1].path)
    complete = raw if len(raw) in (0, len(pairs)) else None
    return Sides(
        [document for document, _ in pairs], predictions, "n/a", None, complete, None, how, [*_absent(matched, bad[0])]
    )


def _absent(matched: Sequence[Output | None], bad: Sequence[int]) -> Iterator[int]:
    """Yield the positions, among all records of the gold file, without a pair."""
    left = iter(matched)
    for position in range(len(matched) + len(bad)):
        if position in bad or next(left) is None:
            yield position


def _decode(codec: Codec | None, labels: LabelSet | None, pairs: list[tuple[Document, Output]]) -> list[Prediction]:
    return [output.decode(codec, document.text, labels=labels) for document, output in pairs]


def matched(
    documents: list[Document], bad: Sequence[int], path: str, reading: Reading
) -> tuple[list[Document], list[Document]]:
    """Return the documents that another file has too, and those of that file, in the same order.

    Args:
        bad: positions of records of the first file that were left out.
    """
    report = reading.report()
    sides = decoded(documents, outputs(path, reading, raw=False, report=report), None, None, bad=(bad, report.bad))
    others = [Document(one.text, two.entities, id=one.id) for one, two in zip(*sides[:2], strict=True)]
    return sides.gold, others


def answers(
    sides: Sides, path: str, format: str | None, labels: LabelSet | None, *, grounding: str, reading: Reading
) -> tuple[Sides, Sides]:
    """Read what one more system predicted, and return both systems over the documents that have both."""
    codec = reader_of(format, grounding)
    report = reading.report()
    found = list(outputs(path, reading, raw=format is not None, report=report))
    second = decoded(sides.gold, found, codec, labels, bad=(sides.bad, report.bad))
    if len(second.gold) < len(sides.gold):
        kept = {id(document) for document in second.gold}
        both = [pair for pair in zip(sides.gold, sides.predictions, strict=True) if id(pair[0]) in kept]
        sides = sides._replace(gold=[one for one, _ in both], predictions=[one for _, one in both], raw=None)
    return sides, _recorded(second, codec, grounding)
