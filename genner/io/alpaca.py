"""Alpaca instruction data: `{"instruction", "input", "output"}`, one JSON array or JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from genner.io._chat import source_of
from genner.io._json import json_records, record_strings
from genner.io._sink import Sink
from genner.io._source import Source

__all__ = ["InstructionRecord", "fits", "read", "sniff", "write"]

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
    """Tell nothing from a beginning: `fits` looks at the whole first record."""
    return False


def fits(record: Any) -> bool:
    """Tell whether a record has an instruction and an output."""
    wanted = isinstance(record, Mapping) and {"instruction", "output"} <= record.keys()
    return wanted and isinstance(record["output"], str)


def read(source: Source) -> Iterator[InstructionRecord]:
    """Yield the records."""
    return source.each(json_records(source), _parse)


def _parse(record: Any) -> InstructionRecord:
    (instruction, given, output), meta = record_strings(record, {"instruction": None, "input": "", "output": None})
    return InstructionRecord(instruction, given, output, meta)


def write(records: Iterable[InstructionRecord], sink: Sink, *, lines: bool = False) -> Iterator[InstructionRecord]:
    """Write one JSON array, a record a line; with `lines`, JSON Lines."""
    before, between, after = ("", "\n", "\n") if lines else ("[\n", ",\n", "\n]\n")
    sink.write(before)
    number = 0
    for number, record in enumerate(records, 1):
        parts = {"instruction": record.instruction, "input": record.input, "output": record.output}
        sink.write((between if number > 1 else "") + json.dumps({**parts, **record.meta}, ensure_ascii=False))
        yield record
    sink.write(after if number or not lines else "")
