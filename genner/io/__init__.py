"""Readers and writers of annotated corpora.

    for document in genner.io.read("train.conll"):
        ...

A data format is one module here with `sniff`, `read` and, where it can be written, `write`, and
one line in `DATA_FORMATS`; a package of your own adds one under the entry point `genner.readers`, or
hands it to `read` itself.  `docs/data.md` shows each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from io import StringIO
from os import PathLike
from typing import Any

from genner.exceptions import DataError, EncodeError, UnknownNameError, WrongTypeError
from genner.io import _rows as rows
from genner.io import alpaca, predictions
from genner.io._snap import Snap, snapped
from genner.io.alpaca import InstructionRecord
from genner.io.places import expand
from genner.io.predictions import PredictionRecord
from genner.io.registry import DATA_FORMATS, RECORD_FORMATS, Reader, Writer, by_suffix, find_reader, guess
from genner.io.reports import Problem, ReadReport, WriteReport
from genner.io.sink import Sink
from genner.io.source import MissingFileError, OnError, Source, Target
from genner.tags import SCHEMES
from genner.types import Document, Entity

__all__ = [
    "DATA_FORMATS",
    "RECORD_FORMATS",
    "SCHEMES",
    "InstructionRecord",
    "MissingFileError",
    "OnError",
    "PredictionRecord",
    "Problem",
    "ReadReport",
    "Reader",
    "Sink",
    "Snap",
    "Source",
    "Target",
    "WriteReport",
    "Writer",
    "guess_format",
    "read",
    "read_instructions",
    "read_predictions",
    "write",
    "write_instructions",
    "write_predictions",
]


def read(
    path: Target | Source | Iterable[Mapping[str, Any]],
    format: str | Reader | None = None,
    *,
    on_error: OnError = "raise",
    report: ReadReport | None = None,
    encoding: str | None = None,
    **options: Any,
) -> Iterator[Document]:
    """Yield the documents of a corpus, one at a time.

    Args:
        path: a file, also one that gzip or zstandard packed; a folder or a pattern such as `"data/*.conll"`,
            whose files are read in the order of their names; "-" for standard input; an open stream; or the
            rows themselves (objects of strings and lists, a `datasets.Dataset`); or a `Source`.
        format: a name of `DATA_FORMATS`, or a reader itself; guessed from the file when not given.
        on_error: `raise` at the first bad record, or `skip` bad records and count them in `report`.
        report: filled while reading: what was skipped, repaired, set aside or guessed, with file and line.
        encoding: of the file; UTF-8, or UTF-16 where the file begins with its mark, when not given.
        options: what the format's own `read` takes.

    Raises:
        DataError: for what cannot be read, with `path` and `line`.
        UnknownNameError: for a format or option of that name; the closest known one is offered.
    """
    if on_error not in ("raise", "skip"):
        raise UnknownNameError.of("on_error", on_error, ["raise", "skip"])
    chosen = None if format is None else find_reader(format, "read", options)
    if isinstance(path, Iterable) and not isinstance(path, (str, bytes)) and not hasattr(path, "readline"):
        return rows.read(Source(StringIO(""), on_error, report), path, **options)
    if isinstance(path, Source):
        return _documents([path], chosen, options)
    sources = [Source(one, on_error, report, encoding) for one in expand(path, chosen)]
    if chosen is None and len(sources) == 1 and sources[0].path is not None and not sources[0].path.is_fifo():
        chosen = find_reader(guess(sources[0]), "read", options, sources[0].name)
    return _documents(sources, chosen, options)


def _documents(sources: list[Source], chosen: Reader | None, options: dict[str, Any]) -> Iterator[Document]:
    texts: list[tuple[Source, DataError]] = []
    for source in sources:
        try:
            kind = None if chosen is not None else guess(source)
        except DataError as error:
            if len(sources) == 1 or not source.name.endswith((".txt", ".sgm")):
                raise
            texts.append((source, error))
            continue
        with source:
            yield from (chosen or find_reader(kind, "read", options, source.name)).read(source, **options)
    if len(texts) == len(sources) and texts:
        raise texts[0][1]
    for source, _ in texts:
        source.note(Problem("guessed", "it is in no format that is known, and taken for the text of another file"))


def write(
    documents: Iterable[Document],
    path: Target,
    format: str | Writer | None = None,
    *,
    on_error: OnError = "raise",
    report: WriteReport | None = None,
    snap: Snap | None = None,
    **options: Any,
) -> int:
    """Write documents and return how many; on an error the file stays as it was.

    Args:
        documents: read once, in order; never held in memory all together.
        path: a file (for `brat` a directory), "-" for standard output, or an open text stream.
        format: a name of `DATA_FORMATS`; guessed from the suffix when not given.
        on_error: `raise` when the format cannot say something, or `skip` it and count it in `report`.
        report: filled while writing.
        snap: moves the edges of entities that cut a token to edges of tokens, which formats of tokens need:
            `expand` takes the whole token in, `contract` leaves it out.  Each is counted as `moved`.
        options: what the format's own `write` takes.

    Raises:
        EncodeError: for entities the format cannot say.
        DataError: for a path that cannot be written.
    """
    if on_error not in ("raise", "skip"):
        raise UnknownNameError.of("on_error", on_error, ["raise", "skip"])
    writer: Any = find_reader(by_suffix(path) if format is None else format, "write", options)
    handed = _Handed(documents)
    try:
        with Sink(path, directory=getattr(writer, "DIRECTORY", False), on_error=on_error, report=report) as sink:
            before = sink.report.documents
            given = iter(handed) if snap is None else snapped(handed, snap, partial(_note_move, sink.report))
            for document in writer.write(given, sink, **options):
                sink.report.documents += 1
                _count_left_out(document, getattr(writer, "KEEPS", ()), sink.report)
    except EncodeError as error:
        raise EncodeError(handed.where + str(error), entities=error.entities) from None
    except DataError as error:
        raise type(error)(handed.where + str(error.args[0]), path=error.path, line=error.line) from None
    return sink.report.documents - before


def _note_move(report: WriteReport, document: Document, old: Entity, new: Entity) -> None:
    message = f"{document.surface(old)!r:.80} {old.label} at {old.start} becomes {document.surface(new)!r:.80}"
    report.add(Problem("moved", message, path=document.id))


def _count_left_out(document: Document, kept: Iterable[str], report: WriteReport) -> None:
    """Count what a document knows beyond its entities and the format has no place for."""
    for key, what in (("discontinuous", "a span with a gap"), ("details", "what else is known of an entity")):
        listed = document.meta.get(key)
        if key not in kept and isinstance(listed, (list, tuple)):
            for one in listed:
                report.add(Problem("left_out", f"{what}: {one!r:.100}", path=document.id))


class _Handed:
    """Hands documents to a writer and remembers which one it has."""

    def __init__(self, documents: Iterable[Document]) -> None:
        if isinstance(documents, Document):
            raise WrongTypeError("documents: expected several, got one Document: put it in a list")
        self.documents = documents
        self.where = ""

    def __iter__(self) -> Iterator[Document]:
        for number, document in enumerate(self.documents, 1):
            self.where = f"document {number}: "
            if not isinstance(document, Document):
                raise WrongTypeError(f"expected a Document, got {type(document).__name__} {document!r:.60}")
            if document.id is not None:
                self.where = f"document {number} ({document.id}): "
            yield document
            self.where = ""  # what the next document costs to make is not the writer's error


def read_instructions(
    path: Target, *, on_error: OnError = "raise", report: ReadReport | None = None, dataset: str | None = None
) -> Iterator[InstructionRecord]:
    """Yield questions and right answers: Alpaca, ShareGPT, OpenAI, TRL, or the files of a `dataset_info.json`.

    Args:
        path: a JSON array or JSON Lines.
        on_error: as for `read`.
        report: as for `read`.
        dataset: the data set of a `dataset_info.json` that is read; all of them when not given.
    """
    with Source(path, on_error, report) as source:
        yield from alpaca.read(source, dataset=dataset)


def read_predictions(
    path: Target, *, on_error: OnError = "raise", report: ReadReport | None = None
) -> Iterator[PredictionRecord]:
    """Yield the records of a `generated_predictions.jsonl`; arguments as for `read`.

    Args:
        path: as in `read`.
        on_error: as in `read`.
        report: as in `read`.
    """
    with Source(path, on_error, report) as source:
        yield from predictions.read(source)


def write_instructions(records: Iterable[InstructionRecord], path: Target) -> int:
    """Write Alpaca instruction data and return the number of records: JSON Lines for a `.jsonl` path, else an array."""
    lines = isinstance(path, (str, PathLike)) and str(path).endswith((".jsonl", ".ndjson"))
    with Sink(path) as sink:
        return sum(1 for _ in alpaca.write(records, sink, lines=lines))


def write_predictions(records: Iterable[PredictionRecord], path: Target) -> int:
    """Write records as LLaMA-Factory does, and return their number.

    Args:
        records: to write.
        path: of the file, or a stream.
    """
    with Sink(path) as sink:
        return sum(1 for _ in predictions.write(records, sink))


def guess_format(path: str | PathLike[str] | Source) -> str:
    """Return the format a file looks like, a name of `DATA_FORMATS` or `RECORD_FORMATS`.

    Args:
        path: the file, or an open source, which is read from its beginning afterwards.

    Raises:
        DataError: when it looks like none.
    """
    if isinstance(path, Source):
        return guess(path)
    with Source(path) as source:
        if source.stream is not None:
            raise DataError("a stream cannot go back to its beginning: expected a path", path=source.name)
        return guess(source)
