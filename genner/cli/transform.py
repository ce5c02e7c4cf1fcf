"""`genner encode | decode | convert | prompt`: from one form into another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer

from genner.cli.inputs import corpus, format_of, note_formats, other_corpus, outputs, reader_of
from genner.cli.options import (
    Answers,
    AnyFormat,
    AsJson,
    Corpus,
    DataFormat,
    Demonstrations,
    Drop,
    FailOnIssues,
    Format,
    FromAny,
    Grounding,
    Labels,
    Order,
    OutputFile,
    Report,
    Snap,
    SourceFile,
    Style,
    Text,
    ToAny,
    Workers,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import note, prediction_line
from genner.cli.screen import target as screen_target
from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.formats import Codec, formats, get_codec
from genner.formats.codec import BaseCodec
from genner.io import RECORD_FORMATS, Sink, Source, WriteReport, write
from genner.io.json_text import json_line
from genner.io.registry import LISTING, endings, find_reader
from genner.metrics import IssueTally
from genner.parallel import CHUNK, chunks, mapped
from genner.show.plain import harmless
from genner.study.outputs import Output
from genner.study.pairing import pair
from genner.types import Document, Entity, LabelSet, Prediction

__all__ = ["convert", "decode", "encode", "prompt"]


@reads
def encode(
    file: Corpus = "-",
    *,
    format: Format,
    labels: Labels = None,
    data_format: DataFormat = None,
    order: Order = "text",
    drop: Drop = False,
    reading: Reading,
    as_json: AsJson = False,
    output: OutputFile = "-",
) -> None:
    """Write what a model should answer for each document: a line each, or JSON with id and text."""
    codec = get_codec(format, order=order)
    chosen = label_set(labels)
    documents = corpus(file, data_format, reading)
    _write_encoded(documents, codec, chosen, output, drop=drop, as_json=as_json)


@reads
def decode(
    file: Answers = "-",
    *,
    format: AnyFormat = None,
    labels: Labels = None,
    text: Text = None,
    source: SourceFile = None,
    grounding: Grounding = "fuzzy",
    reading: Reading,
    workers: Workers = None,
    fail_on_issues: FailOnIssues = False,
    report: Report = False,
    as_json: AsJson = False,
    output: OutputFile = "-",
) -> None:
    """Read what a model wrote: one prediction a line, as JSON, with every issue that was met.

    Without --format it is found out for each output, and the prediction names it.
    """
    decoder = _Decoder(reader_of(format, grounding), label_set(labels))
    size = 1 if workers is None else CHUNK  # what one process read is written at once
    watch = Watch()
    with Sink(screen_target(output)) as sink:
        for lines, seen in mapped(decoder, chunks(_with_texts(file, text, source, reading), size), workers or 1):
            sink.write(lines)
            watch.add(seen)
    if format is None:
        note_formats(+watch.formats)
    if report:
        typer.echo(json.dumps(watch.tally.to_dict()) if as_json else harmless(str(watch.tally)), err=True)
    watch.finish(fail_on_issues)


@reads
def convert(
    file: Corpus = "-",
    *,
    from_: FromAny = None,
    to: ToAny,
    format: AnyFormat = None,
    labels: Labels = None,
    source: SourceFile = None,
    drop: Drop = False,
    snap: Snap = None,
    reading: Reading,
    fail_on_issues: FailOnIssues = False,
    as_json: AsJson = False,
    output: OutputFile = "-",
) -> None:
    """Rewrite a corpus or a file of outputs in another output format or data format."""
    chosen = label_set(labels)
    watch = Watch()
    documents: Iterable[Document]
    _check_name(from_, "read")
    _check_name(to, "write")
    if from_ in formats():
        documents = _decoded(file, source, get_codec(from_), chosen, reading, watch)
    else:
        documents = corpus(file, from_, reading, codec=_codec(format), labels=chosen)
    if to in TRAINERS:
        _write_instructions(documents, to, format, chosen, output)
    elif to in formats():
        _write_encoded(documents, get_codec(to), chosen, output, drop=drop, as_json=as_json)
    else:
        report = WriteReport()
        write(documents, screen_target(output), to, on_error="skip" if drop else "raise", report=report, snap=snap)
        if not report.ok:
            note(str(report))
    watch.finish(fail_on_issues)


TRAINERS = {"alpaca": "llama-factory", "trl": "trl", "openai": "openai"}
"""Data of questions and answers that `convert` writes, each with its name among the exports of training."""


def _check_name(name: str | None, verb: str) -> None:
    """Refuse a name that is of neither an output format nor a data format, before anything is read.

    Raises:
        UnknownNameError: offering the closest of both.
    """
    trainers = TRAINERS if verb == "write" else ()
    if name is None or name in trainers or name in RECORD_FORMATS or name in formats():
        return
    try:
        find_reader(name, verb, {})
    except UnknownNameError as error:
        known = [*formats(), *trainers, *error.known]
        raise UnknownNameError.of("format", name, known, endings(verb), listing=LISTING) from None


def _codec(format: str | None) -> BaseCodec | None:
    return None if format is None else get_codec(format)


def _write_instructions(
    documents: Iterable[Document], to: str, format: str | None, labels: LabelSet | None, output: str
) -> None:
    """Write a question and its right answer for each document."""
    from genner.models.recipe import Recipe
    from genner.training.data import export

    if format is None:
        raise DataError(f"--to {to} writes answers: name their --format, such as xml")
    listed = list(documents)
    known = labels or LabelSet(sorted({entity.label for document in listed for entity in document.entities}))
    export(listed, Recipe(format=format, labels=known, style="genner"), screen_target(output), TRAINERS[to])


@reads
def prompt(
    file: Corpus = "-",
    *,
    format: Format,
    labels: Labels,
    text: Text = None,
    style: Style = "genner",
    demonstrations: Demonstrations = None,
    data_format: DataFormat = None,
    reading: Reading,
    as_json: AsJson = False,
    output: OutputFile = "-",
) -> None:
    """Write the prompt for each document; with --json its chat messages, a line each."""
    from genner.prompts import prompt as make

    chosen = label_set(labels)
    assert chosen is not None
    shown = [] if demonstrations is None else list(other_corpus(demonstrations, reading))
    documents = [Document(text)] if text is not None else corpus(file, data_format, reading)
    with Sink(screen_target(output)) as sink:
        for number, document in enumerate(documents):
            made = make(document.text, format, chosen, style=style, demonstrations=shown)
            if as_json:
                record: dict[str, Any] = {} if document.id is None else {"id": document.id}
                sink.write(json_line(record | {"text": document.text, "messages": made.messages()}) + "\n")
            else:
                sink.write(("\n" if number else "") + made.text + "\n")


@dataclass(frozen=True, slots=True)
class _Decoder:
    """Decodes outputs, in whichever process: the predictions as lines of JSON, and what had to be repaired."""

    codec: Codec
    labels: LabelSet | None

    def __call__(self, outputs: list[tuple[Output, Document | None]]) -> tuple[str, Watch]:
        watch = Watch()
        lines = []
        for answer, document in outputs:
            text, id = (None, answer.id) if document is None else (document.text, document.id)
            lines.append(prediction_line(watch.see(answer, answer.decode(self.codec, text, labels=self.labels)), id))
        return "".join(lines), watch


class Watch:
    """Sees every prediction pass by, to tell at the end what had to be repaired."""

    def __init__(self) -> None:
        self.tally = IssueTally()
        self.formats: Counter[str] = Counter()
        self.without_text = 0
        self.first = ""

    def see(self, answer: Output, prediction: Prediction) -> Prediction:
        self.tally += IssueTally.of([prediction])
        self.without_text += prediction.text is None
        self.formats[format_of(prediction)] += prediction.format is not None
        if prediction.issues and not self.first:
            issue = prediction.issues[0]
            self.first = str(answer.error(f"{issue.kind}: {issue.detail}"))
        return prediction

    def add(self, other: Watch) -> None:
        """Take over what another one saw later."""
        self.tally += other.tally
        self.formats += other.formats
        self.without_text += other.without_text
        self.first = self.first or other.first

    def finish(self, fail_on_issues: bool) -> None:
        """Tell how many outputs had issues, and exit with 1 when that is a failure."""
        if self.without_text:
            count = f"{self.without_text} of {self.tally.outputs} outputs"
            note(f"{count} have no text in which mentions could be placed: --source gives it")
        troubled = self.tally.outputs - self.tally.ok
        if troubled:
            note(f"{troubled} of {self.tally.outputs} outputs had issues; first: {self.first}")
            if fail_on_issues:
                raise typer.Exit(1)


def _with_texts(
    file: str, text: str | None, source: str | None, reading: Reading
) -> Iterator[tuple[Output, Document | None]]:
    """Yield every output with the document it answers, as far as that is known."""
    if text is not None and source is not None:
        raise DataError("--text and --source both name the source text: give one")
    if text is not None:
        yield Output(Source(file).text(), text=text, path=file), None
    elif source is not None:
        texts, report = reading.report(), reading.report()
        documents = list(other_corpus(source, reading, report=texts))
        found = list(outputs(file, reading, report=report))
        matched, _ = pair(documents, found, bad_gold=texts.bad, bad=report.bad)
        yield from ((one, document) for one, document in zip(matched, documents, strict=True) if one is not None)
    else:
        for answer in outputs(file, reading):
            yield answer, None


def _decoded(
    file: str, source: str | None, codec: BaseCodec, labels: LabelSet | None, reading: Reading, watch: Watch
) -> Iterator[Document]:
    for answer, document in _with_texts(file, None, source, reading):
        prediction = watch.see(answer, answer.decode(codec, None if document is None else document.text, labels=labels))
        if prediction.text is None:
            raise answer.error("the source text is not known: give --source")
        details = [{**_known_of(value), **entity.to_dict()} for entity, value in prediction.details.items()]
        meta = {"details": details} if details else None
        yield prediction.to_document(id=answer.id if document is None else document.id, meta=meta)


def _known_of(details: Any) -> dict[str, Any]:
    return dict(details) if isinstance(details, Mapping) else {"details": details}


def _write_encoded(
    documents: Iterable[Document], codec: BaseCodec, labels: LabelSet | None, target: str, *, drop: bool, as_json: bool
) -> None:
    """Write one output for each document, and name what could not be written."""
    dropped: list[Entity] | None = [] if drop else None
    broken = 0
    with Sink(screen_target(target)) as sink:
        for number, document in enumerate(documents, 1):
            try:
                written = codec.encode(document, labels=labels, dropped=dropped)
            except EncodeError as error:
                name = f"number {number}" if document.id is None else repr(document.id)
                hint = "" if drop else "; --drop leaves such entities out"
                raise EncodeError(f"document {name}: {error}{hint}", entities=error.entities) from None
            if as_json:
                record = {} if document.id is None else {"id": document.id}
                written = json_line(record | {"text": document.text, "output": written})
            else:
                broken += "\n" in written
            sink.write(written + "\n")
    if dropped:
        note(f"{codec.name} cannot express {len(dropped)} entities, which were left out; first: {dropped[0]!r}")
    if broken:
        note(f"{broken} outputs hold line breaks: --json keeps them apart")
