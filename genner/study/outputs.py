"""The outputs of a system, read from a file and matched to the documents they are about.

A line of such a file is one of

* a raw output: `{"id": ..., "output": "..."}`, `{"prompt", "predict", "label"}` as LLaMA-Factory
  writes it, a JSON string, or the bare output itself;
* a prediction, as `Prediction.to_json` writes it, with an `id` when it has one;
* a document, as `Document.to_json` writes it.

All three end as one `Prediction` for each gold document, whatever the file held.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from genner.exceptions import DataError
from genner.formats import Codec, Labels
from genner.io import RECORD_FORMATS, InstructionRecord
from genner.io._chat import source_of
from genner.io._json import json_records, load_json
from genner.io._records import document_of
from genner.io._source import Source, Target
from genner.types import Document, Prediction

__all__ = ["Output", "match", "read_gold", "read_outputs"]

Answer: TypeAlias = str | Prediction | Document

RAW_KEYS = ("output", "predict", "prediction", "response", "generated_text")
"""Keys under which programs keep what a model wrote; the first one present counts."""


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
        """Build an error that names the place of this output."""
        return DataError(message, path=self.path, line=self.line)

    def decode(self, codec: Codec | None, text: str | None = None, *, labels: Labels = None) -> Prediction:
        """Return the prediction that the answer makes about `text`.

        Raises:
            DataError: when a raw output has no codec to read it, or the answer is about another text.
        """
        if text is None:
            text = self.text
        elif self.text is not None and text.strip() not in self.text:  # a prompt may leave something around it
            raise self.error(f"expected an answer about {text!r:.60}, got one about {self.text!r:.60}")
        if isinstance(self.answer, str):
            if codec is None:
                raise self.error("these are raw outputs: name their format to decode them")
            return codec.decode(self.answer, text, labels=labels)
        own_text = self.answer.text
        if text is not None and own_text is not None and own_text != text:
            raise self.error(f"expected an answer about {text!r:.60}, got one about {own_text!r:.60}")
        known_text = own_text if text is None else text
        try:
            if isinstance(self.answer, Document):
                return Prediction(self.answer.entities, text=known_text)
            answer = self.answer
            return Prediction(
                answer.entities, answer.unplaced, answer.issues, known_text, answer.details, answer.format
            )
        except DataError as error:
            raise self.error(str(error)) from None


def read_outputs(path: Target) -> Iterator[Output]:
    """Yield the answers in a file, one at a time.

    What the first line is, all lines have to be: JSON objects, JSON strings, or bare outputs.

    Raises:
        DataError: with file and line.
    """
    source = Source(path)
    if source.path is not None and source.path.suffix.lower() == ".json":
        yield from source.each(json_records(source), lambda record: _record(record, source, None))
        return
    strict = source.path is not None and source.path.suffix.lower() in (".jsonl", ".ndjson")
    mode: type | None = None
    for number, line in source.lines():
        if isinstance(line, DataError):
            raise source.located(line, number)
        if mode is None:
            mode = object if strict else _mode(line)
        if mode is str:
            yield Output(line, path=source.name, line=number)
        elif line.strip():
            try:
                yield _record(load_json(line), source, number, line)
            except DataError as error:
                raise source.located(error, number) from None


def _mode(line: str) -> type:
    """Decide from the first line whether the lines are JSON records or strings, or bare outputs."""
    try:
        value = load_json(line)
    except DataError:
        return str
    return object if isinstance(value, str) or _is_record(value) else str


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and (
        any(isinstance(value.get(key), str) for key in RAW_KEYS)
        or isinstance(value.get("entities"), list)
        or "text" in value
    )


def _record(value: Any, source: Source, line: int | None, raw: str | None = None) -> Output:
    place: dict[str, Any] = {"path": source.name, "line": line}
    if isinstance(value, str):
        return Output(value, **place)
    if not _is_record(value):
        if raw is not None and isinstance(value, (dict, list)):
            return Output(raw, **place)  # an answer in a JSON format, bare
        raise DataError(f"expected an output, a prediction or a document, got {value!r:.60}")
    id = value.get("id")
    id = str(id) if type(id) is int else id
    if not isinstance(id, (str, type(None))):
        raise DataError(f"id: expected a str, got {type(id).__name__} {id!r:.60}")
    for key in RAW_KEYS:
        if isinstance(value.get(key), str):
            return Output(value[key], id, _source_text(value), **place)
    if "text" in value and not {"unplaced", "issues"} & value.keys():
        return Output(document_of(value), id, value["text"], **place)
    known = {key: value[key] for key in ("entities", "unplaced", "issues", "text", "format") if key in value}
    return Output(Prediction.from_json(json.dumps(known)), id, value.get("text"), **place)


def _source_text(record: dict[str, Any]) -> str | None:
    """Find the source text of a record: in a field of its own, or inside the prompt."""
    text, prompt, instruction, given = (record.get(key) for key in ("text", "prompt", "instruction", "input"))
    if isinstance(text, str):
        return text
    if isinstance(instruction, str):
        return InstructionRecord(instruction, given if isinstance(given, str) else "", "").source
    return source_of(prompt) if isinstance(prompt, str) else None


def read_gold(path: Target, kind: str, codec: Codec | None, *, labels: Labels = None) -> Iterator[Prediction]:
    """Yield the gold side of a file that holds right answers in an output format.

    Args:
        path: the file.
        kind: "alpaca" or "predictions" (a `generated_predictions.jsonl`).
        codec: reads the right answers.
        labels: the label set they use.

    Raises:
        DataError: when there is no codec to read the answers, or no text they could be about.
    """
    source = Source(path)
    if codec is None:
        raise DataError("its gold answers are in an output format: name it to decode them", path=source.name)
    for number, record in enumerate(RECORD_FORMATS[kind].read(source), 1):
        gold = codec.decode(record.label if kind == "predictions" else record.output, record.source, labels=labels)
        if gold.text is None:
            raise DataError(f"record {number}: expected the input sentence in the prompt, found none", path=source.name)
        yield gold


def match(gold: Sequence[Document], outputs: Iterable[Output]) -> list[Output]:
    """Return one output for each gold document: by id where both sides have ids, else by order.

    Raises:
        DataError: when an output is missing, left over, given twice, or about another document.
    """
    outputs = list(outputs)
    wanted = [document.id for document in gold]
    if all(output.id is not None for output in outputs) and None not in wanted and len(set(wanted)) == len(wanted):
        return _by_id(wanted, outputs)
    if len(outputs) != len(gold):
        raise DataError(f"expected {len(gold)} outputs, one for each document, got {len(outputs)}")
    for document, output in zip(gold, outputs, strict=True):
        if document.id is not None and output.id is not None and document.id != output.id:
            raise output.error(f"expected the output for document {document.id!r}, got the one for {output.id!r}")
    return outputs


def _by_id(wanted: Sequence[str | None], outputs: Sequence[Output]) -> list[Output]:
    known = set(wanted)
    found: dict[str | None, Output] = {}
    for output in outputs:
        if output.id not in known:
            raise output.error(f"no gold document has the id {output.id!r}")
        if output.id in found:
            raise output.error(
                f"a second output for document {output.id!r}; the first is on line {found[output.id].line}"
            )
        found[output.id] = output
    missing = [id for id in wanted if id not in found]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise DataError(f"no output for document {missing[0]!r}{more}", path=outputs[0].path if outputs else None)
    return [found[id] for id in wanted]
