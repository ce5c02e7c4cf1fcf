"""The outputs of a system, read from a file.

Such a file is a corpus in any data format, or holds in each line or record

* a raw output: `{"id": ..., "output": "..."}`, `{"prompt", "predict", "label"}` as LLaMA-Factory
  writes it, a chat whose last turn is the answer, a JSON string, or the bare output itself;
* a prediction, as `Prediction.to_json` writes it, with an `id` when it has one;
* entities or mentions without their text, as pipelines and services return them.

`genner.study.pairing` finds the document that each is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any, TypeAlias

from genner.exceptions import DataError
from genner.formats import Codec, Labels, get_codec
from genner.formats.detect import FormatFinder
from genner.io import (
    DATA_FORMATS,
    RECORD_FORMATS,
    InstructionRecord,
    PredictionRecord,
    ReadReport,
    Source,
    csv_table,
    guess_format,
    read,
)
from genner.io.chat import has_turns, source_of, turns_of
from genner.io.items import looks_like_annotations
from genner.io.json_text import first_value, json_records, load_json
from genner.io.keys import LIST_KEYS, TAG_KEYS, fold
from genner.io.places import expand
from genner.io.records import document_of
from genner.io.registry import known_options
from genner.io.source import OnError, Target
from genner.io.values import has_annotations, has_text, may_be_list, nested_lists, unwrapped
from genner.study.pairing import details_of, letters, moved
from genner.study.raw import RAW_KEYS, answers_in, raw_answer
from genner.types import Document, Mention, Prediction

__all__ = [
    "RAW_KEYS",
    "Output",
    "gold_of",
    "is_bare",
    "output_of",
    "output_of_line",
    "read_gold",
    "read_outputs",
]

Answer: TypeAlias = str | Prediction | Document | dict[str, Any]
"""A raw output, what was made from one, or a record of entities without their text."""


@dataclass(frozen=True, slots=True)
class Output:
    """One answer of a system, and its place in a file.

    Args:
        answer: the raw output, or the prediction or document that was made from it.
        id: of the document it is about, when the file has it.
        text: the source text, when the file has it.
        path: the file.
        line: 1-based line in it.
    """

    answer: Answer
    id: str | None = None
    text: str | None = None
    path: str | None = None
    line: int | None = None

    def error(self, message: str) -> DataError:
        """Build an error that names the place of this output.

        Args:
            message: what is wrong.
        """
        return DataError(message, path=self.path, line=self.line)

    def decode(self, codec: Codec | None, text: str | None = None, *, labels: Labels = None) -> Prediction:
        """Return the prediction that the answer makes about `text`.

        Args:
            codec: that reads a raw output; None finds out the format.
            text: the source text; that of the file when None.
            labels: a label set, names, or `"PER,LOC"`.

        Raises:
            DataError: when the answer is about another text.
        """
        if text is None:
            text = self.text
        elif self.text is not None and letters(text) not in letters(self.text):  # a prompt may have more around it
            raise self.error(f"expected an answer about {text!r:.60}, got one about {self.text!r:.60}")
        answer = self.answer
        if isinstance(answer, str):
            return (codec or FormatFinder()).decode(answer, text, labels=labels)
        if isinstance(answer, dict):
            return self._placed(answer, text, labels)
        own_text = answer.text
        if text is not None and own_text is not None and own_text != text and isinstance(answer, Document):
            answer = moved(answer, text) or answer
            own_text = answer.text
        if text is not None and own_text is not None and own_text != text:
            raise self.error(f"expected an answer about {text!r:.60}, got one about {own_text!r:.60}")
        known_text = own_text if text is None else text
        try:
            if isinstance(answer, Document):
                unplaced = answer.meta.get("unplaced") or ()
                mentions = [Mention(one["text"], one["label"]) for one in unplaced if isinstance(one, dict)]
                return Prediction(answer.entities, mentions, text=known_text, details=details_of(answer))
            return Prediction(
                answer.entities, answer.unplaced, answer.issues, known_text, answer.details, answer.format
            )
        except DataError as error:
            raise self.error(str(error)) from None

    def _placed(self, record: dict[str, Any], text: str | None, labels: Labels) -> Prediction:
        """Return the entities of a record over the text they are about; mentions are placed as `decode` places them."""
        if text is None:
            raise self.error("the source text is not known: give --source")
        listed = next(value for key, value in record.items() if fold(key) in LIST_KEYS and may_be_list(value))
        if not any(nested_lists(listed)):
            return get_codec("occurrence-json").decode(json.dumps(listed), text, labels=labels)
        try:
            document = document_of({**record, "text": text}, Source(StringIO()))
        except DataError as error:
            raise self.error(str(error)) from None
        return Output(document, path=self.path, line=self.line).decode(None)


def read_outputs(
    path: Target,
    *,
    raw: bool = False,
    on_error: OnError = "raise",
    report: ReadReport | None = None,
    options: Mapping[str, Any] | None = None,
) -> Iterator[Output]:
    """Yield the answers in a file, one at a time: those of a corpus in any data format, or of JSON records.

    What the first line is, all lines have to be: JSON objects, JSON strings, or bare outputs.

    Args:
        path: the file.
        raw: a text file holds one raw output a line, whatever it looks like.
        on_error: `raise` at the first bad record, or `skip` bad records and count them in `report`.
        report: filled with what reading met.
        options: those of readers; a format takes those that it knows.

    Raises:
        DataError: with file and line.
    """
    known = options or {}
    files = expand(path)
    kind = next(filter(None, (_kind(Source(one), raw) for one in files)), None) if len(files) > 1 else None
    if kind is not None:
        for document in read(path, on_error=on_error, report=report, **known_options(kind, known)):
            yield Output(document, document.id, document.text, path=str(path))
        return
    for one in files:
        yield from _of_source(Source(one, on_error, report, known.get("encoding")), raw, known)


def _of_source(source: Source, raw: bool, options: Mapping[str, Any]) -> Iterator[Output]:
    kind = _kind(source, raw)
    if kind is not None:
        known = known_options(kind, options)
        known.pop("encoding", None)
        for document in read(source, kind, **known):
            yield Output(document, document.id, document.text, path=source.name)
        return
    if source.path is not None and source.path.suffix.lower() == ".csv":
        names = csv_table.names_of(source)
        if set(names) & set(RAW_KEYS):
            yield from source.each(csv_table.objects(source), lambda record: output_of(record, source))
            return
    if source.path is not None and source.path.suffix.lower() == ".json":
        records = ((line, one) for line, value in json_records(source) for one in answers_in(value))
        yield from source.each(records, lambda record: output_of(record, source))
        return
    first = next((line for _, line in source.lines() if not isinstance(line, DataError)), "")
    bare = is_bare(source, first)

    def numbered() -> Iterator[tuple[int, Any]]:
        for number, line in source.lines():
            if isinstance(line, DataError):
                yield number, line
            elif bare or line.strip():
                yield number, (number, line)

    yield from source.each(numbered(), lambda pair: output_of_line(pair[1], source, pair[0], bare=bare))


def is_bare(source: Source, first: str) -> bool:
    """Tell from the name of a file and its first line whether its lines are bare outputs, not JSON.

    Args:
        source: of the file.
        first: its first line that is not empty.
    """
    if source.path is not None and source.path.suffix.lower() in (".jsonl", ".ndjson"):
        return False
    try:
        return not isinstance(load_json(first), (str, dict))
    except DataError:
        return True


def output_of_line(line: str, source: Source, number: int, *, bare: bool) -> Output:
    """Return the answer in one line of a file.

    Args:
        line: without its line end.
        source: of the file, for errors.
        number: of the line, 1-based.
        bare: whether the line is the answer itself, not JSON.

    Raises:
        DataError: when there is none.
    """
    return Output(line, path=source.name, line=number) if bare else output_of(load_json(line), source, number, line)


def _kind(source: Source, raw: bool) -> str | None:
    """Return the data format of a file of documents; None where it holds answers."""
    if source.path is not None and source.path.is_dir():
        return guess_format(source)
    try:
        kind = guess_format(source)
    except DataError:
        return None
    if kind in RECORD_FORMATS or kind == "jsonl" or (raw and kind in ("columns", "csv", "marked")):
        return None  # records, each with its line
    first = first_value(source) if hasattr(DATA_FORMATS.get(kind), "fits") else None
    if isinstance(first, str):
        return None
    if not isinstance(first, (dict, list)):
        return kind
    if kind != "nested-json" and not raw:
        return kind  # a shape of documents, and answers cannot be decoded
    return kind if _holds_documents(first) else None


def _holds_documents(value: Any) -> bool:
    """Tell whether the first record of a JSON file is a text or tokens with its entities, not an answer."""
    if isinstance(value, dict) and ({"unplaced", "issues"} & value.keys() or raw_answer(value) is not None):
        return False
    records = [one for one in unwrapped(value) if not isinstance(one, dict) or raw_answer(one) is None]
    return any(has_text(one) and has_annotations(one) for one in records)


def output_of(value: Any, source: Source, line: int | None = None, raw: str | None = None) -> Output:
    """Return the answer that a record holds, by the keys that programs use.

    Args:
        value: the record.
        source: where notes go.
        line: its number.
        raw: the line as it is, which may be a bare answer in JSON.

    Raises:
        DataError: when there is none.
    """
    place: dict[str, Any] = {"path": source.name, "line": line}
    if isinstance(value, str):
        return Output(value, **place)
    if not isinstance(value, dict):
        if raw is not None and isinstance(value, list):
            return Output(raw, **place)  # an answer in a JSON format, bare
        if looks_like_annotations(value):
            return Output({"entities": value}, **place)
        raise DataError(f"expected an output, a prediction or a document, got {value!r:.60}")
    id = value.get("custom_id", value.get("id"))
    id = str(id) if type(id) is int else id
    if not isinstance(id, (str, type(None))):
        raise DataError(f"id: expected a str, got {type(id).__name__} {id!r:.60}")
    if {"unplaced", "issues"} & value.keys() or ("text" not in value and _is_exact(value.get("entities"))):
        known = {key: value[key] for key in ("entities", "unplaced", "issues", "text", "format") if key in value}
        return Output(Prediction.from_json(json.dumps(known)), id, value.get("text"), **place)
    answer = raw_answer(value)
    if answer is not None:
        return Output(answer, id, _source_text(value), **place)
    if isinstance(value.get("text"), str):
        document = document_of(value, source)
        if document.entities or any(map(_may_say_none, value, value.values())):
            return Output(document, id, value["text"], **place)
    elif any(fold(key) in LIST_KEYS and may_be_list(inner) for key, inner in value.items()):
        return Output(value, id, **place)
    if raw is not None and value and all(isinstance(inner, (list, dict, type(None))) for inner in value.values()):
        return Output(raw, **place)  # an answer in a JSON format, bare
    keys = ", ".join(map(repr, value)) or "none"
    raise DataError(f"expected an answer under one of {', '.join(RAW_KEYS)}, or entities; the keys are {keys:.200}")


def _is_exact(value: Any) -> bool:
    """Tell whether this is a list of entities as `Prediction.to_json` writes them, which may be empty."""
    keys = {"start", "end", "label"}
    return isinstance(value, list) and all(isinstance(one, dict) and keys <= one.keys() for one in value)


def _may_say_none(key: str, value: Any) -> bool:
    """Tell whether a key says that there is no entity, where none was read."""
    if key == "answer":
        return bool(value == "accept")
    return fold(key) in {*LIST_KEYS, *TAG_KEYS} and not (isinstance(value, str) and value)


def _source_text(record: dict[str, Any]) -> str | None:
    """Find the source text of a record: in a field of its own, or inside the prompt."""
    text, prompt, instruction, given = (record.get(key) for key in ("text", "prompt", "instruction", "input"))
    if isinstance(text, str):
        return text
    if isinstance(instruction, str):
        return InstructionRecord(instruction, given if isinstance(given, str) else "", "").source
    if has_turns(record):
        asked = [content for role, content in turns_of(record) if role == "user"]
        return source_of(asked[-1]) if asked else None
    return source_of(prompt) if isinstance(prompt, str) else None


def read_gold(
    path: Target | Source, kind: str, codec: Codec | None, *, labels: Labels = None, **options: Any
) -> Iterator[Prediction]:
    """Yield the gold side of a file that holds right answers in an output format.

    Args:
        path: the file.
        kind: "alpaca" or "predictions" (a `generated_predictions.jsonl`).
        codec: reads the right answers.
        labels: the label set they use.
        options: those of the reader.

    Raises:
        DataError: when there is no codec to read the answers, or no text they could be about.
    """
    source = path if isinstance(path, Source) else Source(path)
    if codec is None:
        raise DataError("its gold answers are in an output format: name it (--format) to decode them", path=source.name)
    yield from RECORD_FORMATS[kind].read(source, make=partial(gold_of, codec=codec, labels=labels), **options)


def gold_of(record: InstructionRecord | PredictionRecord, codec: Codec, labels: Labels = None) -> Prediction:
    """Return what the right answer of a record says about its text.

    Args:
        record: with the right answer.
        codec: that reads it.
        labels: a label set, names, or `"PER,LOC"`.

    Raises:
        DataError: when the record does not hold the text.
    """
    answer = record.label if isinstance(record, PredictionRecord) else record.output
    gold: Prediction = codec.decode(answer, record.source, labels=labels)
    if gold.text is None:
        raise DataError("expected the input sentence in the prompt, found none")
    return gold
