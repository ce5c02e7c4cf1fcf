"""Instruction data: questions and right answers in an output format, one JSON array or JSON Lines.

A record is Alpaca's `{"instruction", "input", "output"}`, a chat whose last turn is the answer (ShareGPT, OpenAI,
TRL), or `{"prompt", "completion"}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from genner.exceptions import DataError
from genner.io._adapters import holds_documents
from genner.io._described import USUAL, Described, described_files, description_nearby, listed_files
from genner.io.chat import CHAT_KEYS, has_turns, source_of, turns_of
from genner.io.json_text import first_value, json_line, json_records, record_strings
from genner.io.sink import Sink
from genner.io.source import Source
from genner.io.values import has_annotations, has_text

__all__ = ["InstructionRecord", "fits", "read", "record_of", "sniff", "write"]

SUFFIXES = ()


@dataclass(frozen=True, slots=True)
class InstructionRecord:
    """One example to learn from.

    Args:
        instruction: task, labels, and what to do.
        input: what to do it on; often the sentence.
        output: the right answer, in some output format.
        meta: the other keys of the record.
    """

    instruction: str
    input: str
    output: str
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str | None:
        """The input sentence; None where the record does not say which part it is."""
        marked = source_of(self.input or self.instruction)
        return (self.input or None) if marked is None else marked


def sniff(name: str, head: str) -> bool:
    """Tell whether a `dataset_info.json` names the keys of this file; `fits` looks at the first record of others."""
    return description_nearby(Path(name)) is not USUAL


def fits(record: Any) -> bool:
    """Tell whether a record has a question and an answer in an output format, or lists files of such records."""
    if not isinstance(record, Mapping):
        return False
    if listed_files(record) or (isinstance(record.get("output"), str) and "instruction" in record):
        return True
    rest = {key: value for key, value in record.items() if key not in CHAT_KEYS}
    if has_text(rest) and has_annotations(rest):
        return False  # a document that keeps the question it was made from
    if isinstance(record.get("prompt"), str) and isinstance(record.get("completion"), str):
        return True
    try:
        return has_turns(record) and not holds_documents(turns_of(record))
    except DataError:
        return False


def read(
    source: Source, *, dataset: str | None = None, make: Callable[[InstructionRecord], Any] | None = None
) -> Iterator[Any]:
    """Yield the records of Alpaca, ShareGPT, OpenAI or TRL; of a `dataset_info.json`, those of the files it lists.

    A `dataset_info.json` in the same folder names the keys where they are not the usual ones.

    Args:
        dataset: the one of its data sets that is read; all whose files are there when not given.
        make: applied to each record; what it raises is that of the record.
    """

    def made(record: Any, described: Described) -> Any:
        found = record_of(record, described)
        return found if make is None else make(found)

    first = first_value(source)
    if isinstance(first, Mapping) and listed_files(first):
        for file, described in described_files(source, first, dataset):
            part = Source(file, source.on_error, source.report, source.encoding)
            yield from part.each(json_records(part), partial(made, described=described))
        return
    if dataset is not None:
        raise DataError("dataset: expected a dataset_info.json, got a file of records", path=source.name)
    yield from source.each(json_records(source), partial(made, described=description_nearby(source.path)))


def record_of(record: Any, described: Described = USUAL) -> InstructionRecord:
    """Return one record.

    Args:
        record: what the file has.
        described: the names of its keys.

    Raises:
        DataError: naming the key that is missing.
    """
    plain = described.renamed(record)
    if has_turns(plain):
        turns = turns_of(plain)
        last = max((number for number, (role, _) in enumerate(turns) if role == "assistant"), default=0)
        asked = [content for role, content in turns[:last] if role == "user"]
        if not asked:
            raise DataError("expected a turn of the user and one of the assistant")
        instruction = "\n".join(content for role, content in turns[:last] if role == "system")
        meta = {key: value for key, value in plain.items() if key not in CHAT_KEYS}
        return InstructionRecord(instruction or str(meta.pop("system", "")), asked[-1], turns[last][1], meta)
    if isinstance(plain, Mapping) and "instruction" not in plain and "prompt" in plain:
        (prompt, completion), meta = record_strings(plain, {"prompt": None, "completion": None})
        return InstructionRecord(prompt, "", completion, meta)
    (instruction, given, output), meta = record_strings(plain, {"instruction": None, "input": "", "output": None})
    return InstructionRecord(instruction, given, output, meta)


def write(records: Iterable[InstructionRecord], sink: Sink, *, lines: bool = False) -> Iterator[InstructionRecord]:
    """Write one JSON array, a record a line; with `lines`, JSON Lines."""
    before, between, after = ("", "\n", "\n") if lines else ("[\n", ",\n", "\n]\n")
    sink.write(before)
    number = 0
    for number, record in enumerate(records, 1):
        parts = {"instruction": record.instruction, "input": record.input, "output": record.output}
        sink.write((between if number > 1 else "") + json_line({**parts, **record.meta}))
        yield record
    sink.write(after if number or not lines else "")
