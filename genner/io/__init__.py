"""Readers and writers of annotated corpora.

    for document in genner.io.read("train.conll"):
        ...

A data format is one module here with `sniff`, `read` and, where it can be written, `write`, and
one line in `DATA_FORMATS`; `docs/data.md` shows each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import signature
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

from genner.exceptions import DataError, EncodeError, UnknownNameError, WrongTypeError
from genner.io import alpaca, brat, columns, conllu, jsonl, nested_json, predictions, pubtator, webanno
from genner.io._reports import Problem, ReadReport, WriteReport
from genner.io._sink import Sink
from genner.io._source import MissingFileError, OnError, Source, Target
from genner.io.alpaca import InstructionRecord
from genner.io.predictions import PredictionRecord
from genner.tags import SCHEMES
from genner.types import Document

__all__ = [
    "DATA_FORMATS",
    "RECORD_FORMATS",
    "SCHEMES",
    "InstructionRecord",
    "MissingFileError",
    "PredictionRecord",
    "Problem",
    "ReadReport",
    "WriteReport",
    "guess_format",
    "read",
    "read_instructions",
    "read_predictions",
    "write",
    "write_instructions",
    "write_predictions",
]

DATA_FORMATS: dict[str, ModuleType] = {
    "brat": brat,
    "webanno": webanno,
    "conllu": conllu,
    "pubtator": pubtator,
    "jsonl": jsonl,
    "nested-json": nested_json,
    "columns": columns,
}
"""Every format that holds documents, by name; a guess takes the first whose `sniff` says yes."""

RECORD_FORMATS: dict[str, ModuleType] = {"alpaca": alpaca, "predictions": predictions}
"""Formats that hold what a model is asked and answers: text in an output format, which a codec decodes."""

_USE_INSTEAD = {"alpaca": "instructions", "predictions": "predictions"}


def read(
    path: Target,
    format: str | None = None,
    *,
    on_error: OnError = "raise",
    report: ReadReport | None = None,
    **options: Any,
) -> Iterator[Document]:
    """Yield the documents of a corpus, one at a time.

    Args:
        path: a file (for `brat` also a directory), "-" for standard input, or an open stream.
        format: a name of `DATA_FORMATS`; guessed from the file when not given.
        on_error: `raise` at the first bad record, or `skip` bad records and count them in `report`.
        report: filled while reading: what was skipped, repaired or set aside, with file and line.
        options: what the format's own `read` takes.

    Raises:
        DataError: for what cannot be read, with `path` and `line`.
        UnknownNameError: for a format or option of that name; the closest known one is offered.
    """
    if on_error not in ("raise", "skip"):
        raise UnknownNameError.of("on_error", on_error, ["raise", "skip"])
    chosen = None if format is None else _get(format, "read", options)
    source = Source(path, on_error, report)
    if chosen is None and source.path is not None and not source.path.is_fifo():
        chosen = _get(_guess(source), "read", options, source.name)
    return _documents(source, chosen, options)


def _documents(source: Source, chosen: ModuleType | None, options: dict[str, Any]) -> Iterator[Document]:
    module = chosen or _get(_guess(source), "read", options, source.name)
    with source:
        yield from module.read(source, **options)


def write(
    documents: Iterable[Document],
    path: Target,
    format: str | None = None,
    *,
    on_error: OnError = "raise",
    report: WriteReport | None = None,
    **options: Any,
) -> int:
    """Write documents and return how many; on an error the file stays as it was.

    Args:
        documents: read once, in order; never held in memory all together.
        path: a file (for `brat` a directory), "-" for standard output, or an open text stream.
        format: a name of `DATA_FORMATS`; told from the suffix when not given.
        on_error: `raise` when the format cannot say something, or `skip` it and count it in `report`.
        report: filled while writing.
        options: what the format's own `write` takes.

    Raises:
        EncodeError: for entities the format cannot say.
        DataError: for a path that cannot be written.
    """
    if on_error not in ("raise", "skip"):
        raise UnknownNameError.of("on_error", on_error, ["raise", "skip"])
    module = _get(_by_suffix(path) if format is None else format, "write", options)
    handed = _Handed(documents)
    try:
        with Sink(path, directory=getattr(module, "DIRECTORY", False), on_error=on_error, report=report) as sink:
            before = sink.report.documents
            for _ in module.write(iter(handed), sink, **options):
                sink.report.documents += 1
    except EncodeError as error:
        raise EncodeError(handed.where + str(error), entities=error.entities) from None
    except DataError as error:
        raise type(error)(handed.where + str(error.args[0]), path=error.path, line=error.line) from None
    return sink.report.documents - before


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
    path: Target, *, on_error: OnError = "raise", report: ReadReport | None = None
) -> Iterator[InstructionRecord]:
    """Yield the records of Alpaca instruction data, a JSON array or JSON Lines; arguments as for `read`."""
    return _records(alpaca, Source(path, on_error, report))


def read_predictions(
    path: Target, *, on_error: OnError = "raise", report: ReadReport | None = None
) -> Iterator[PredictionRecord]:
    """Yield the records of a `generated_predictions.jsonl`; arguments as for `read`."""
    return _records(predictions, Source(path, on_error, report))


def _records(module: ModuleType, source: Source) -> Iterator[Any]:
    with source:
        yield from module.read(source)


def write_instructions(records: Iterable[InstructionRecord], path: Target) -> int:
    """Write Alpaca instruction data and return the number of records: JSON Lines for a `.jsonl` path, else an array."""
    lines = isinstance(path, (str, PathLike)) and str(path).endswith((".jsonl", ".ndjson"))
    with Sink(path) as sink:
        return sum(1 for _ in alpaca.write(records, sink, lines=lines))


def write_predictions(records: Iterable[PredictionRecord], path: Target) -> int:
    """Write records as LLaMA-Factory does, and return their number."""
    with Sink(path) as sink:
        return sum(1 for _ in predictions.write(records, sink))


def guess_format(path: str | PathLike[str]) -> str:
    """Return the format a file looks like, a name of `DATA_FORMATS` or `RECORD_FORMATS`.

    Raises:
        DataError: when it looks like none.
    """
    with Source(path) as source:
        if source.stream is not None:
            raise DataError("a stream cannot go back to its beginning: expected a path", path=source.name)
        return _guess(source)


def _guess(source: Source) -> str:
    head = source.head()
    suffix = source.path.suffix.lower() if source.path is not None else ""
    if (head and not head.isspace()) or (source.path is not None and source.path.is_dir()):
        for name, module in {**RECORD_FORMATS, **DATA_FORMATS}.items():
            if module.sniff(source.name, head):
                return name
    for name, module in DATA_FORMATS.items():
        if suffix in module.SUFFIXES:
            return name
    if not head and not (source.path is not None and source.path.is_dir()):
        raise DataError("the input is empty, which tells no data format", path=source.name)
    raise DataError(f"cannot tell the data format; name one of {', '.join(DATA_FORMATS)}", path=source.name)


def _by_suffix(path: Target) -> str:
    suffix = Path(path).suffix.lower() if isinstance(path, (str, Path)) else ""
    for name, module in DATA_FORMATS.items():
        if suffix and suffix in module.SUFFIXES and hasattr(module, "write"):
            return name
    raise DataError(f"cannot tell the data format from the name {path!r}; name one of {', '.join(DATA_FORMATS)}")


def _get(name: str, verb: str, options: dict[str, Any], path: str | None = None) -> ModuleType:
    """Return the module of a format that has this verb with these options."""
    if name in RECORD_FORMATS:
        function = f"genner.io.{verb}_{_USE_INSTEAD[name]}()"
        raise DataError(f"{name!r} holds what a model is asked and answers, not documents: use {function}", path=path)
    able = {key: module for key, module in DATA_FORMATS.items() if hasattr(module, verb)}
    if name in DATA_FORMATS and name not in able:
        raise DataError(f"the data format {name!r} can be read only; these can be written: {', '.join(able)}")
    module = able.get(name)
    if module is None:
        raise UnknownNameError.of("data format", name, able)
    known = list(signature(getattr(module, verb)).parameters)[1 if verb == "read" else 2 :]
    for option in options:
        if option not in known:
            raise UnknownNameError.of(f"option of {name} {verb}", option, known)
    return module
