"""From documents to token ids: the prompt is read, the answer is learned.

The mask is right by construction.  Prompt and answer are tokenised apart, the prompt exactly as it
is at generation, and joined; the loss sees the answer and the token that ends it, nothing else.
An answer is never cut: a row that is too long is an error, is left out, or its document is split
between entities, as `on_long` says, and the report names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from genner.exceptions import DataError, UnknownNameError
from genner.io import InstructionRecord, Sink, Target, write_instructions
from genner.io.json_text import json_line
from genner.models.recipe import Message, Recipe
from genner.models.template import Template
from genner.training.splitting import split
from genner.types import Document

__all__ = [
    "EXPORTS",
    "IGNORED",
    "ON_LONG",
    "DataReport",
    "Example",
    "OnLong",
    "Row",
    "collate",
    "examples",
    "export",
    "lengths",
    "row",
    "rows",
]

IGNORED = -100
"""The label of a token without loss, as PyTorch's cross entropy has it."""

OnLong = Literal["raise", "drop", "split"]
EXPORTS = ("llama-factory", "trl", "openai")
"""The trainers there is an export for."""

ON_LONG: tuple[OnLong, ...] = ("raise", "drop", "split")


@dataclass(frozen=True, slots=True)
class Example:
    """One question and the right answer.

    Args:
        messages: the question, as chat messages.
        answer: what the model should write.
        id: the document it is about.
    """

    messages: list[Message]
    answer: str
    id: str | None = None


class Row(NamedTuple):
    """Token ids of one example, how many of them are prompt, and the document they are about."""

    input_ids: list[int]
    prompt: int
    document: Document | None = None

    @property
    def labels(self) -> list[int]:
        """The token ids the loss is taken on; `IGNORED` at the prompt."""
        return [IGNORED] * self.prompt + self.input_ids[self.prompt :]


def examples(documents: Iterable[Document], recipe: Recipe) -> Iterator[Example]:
    """Yield question and answer for each document.

    Args:
        documents: with their entities.
        recipe: how they are asked about.

    Raises:
        DataError: when a document has a label outside the label set.
        EncodeError: when the format cannot express its entities.
    """
    for document in documents:
        yield Example(recipe.messages(document.text), recipe.answer(document), document.id)


@dataclass(slots=True)
class DataReport:
    """What became of the documents.

    Args:
        documents: how many were read.
        entities: how many they held.
        rows: how many rows they gave.
        split: ids of documents that were split between entities.
        dropped: ids of documents left out, each with the reason.
        tokens: ids in all rows.
        answer_tokens: of these, the ones the loss is taken on.
        longest: the longest row.
    """

    documents: int = 0
    entities: int = 0
    rows: int = 0
    split: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    tokens: int = 0
    answer_tokens: int = 0
    longest: int = 0

    def __str__(self) -> str:
        parts = [
            f"{self.documents} documents with {self.entities} entities gave {self.rows} rows: "
            f"{self.tokens} tokens, {self.answer_tokens} of them answer, longest {self.longest}"
        ]
        if self.split:
            parts.append(f"{len(self.split)} documents were split between entities; first: {self.split[0]}")
        if self.dropped:
            first, reason = next(iter(self.dropped.items()))
            parts.append(f"{len(self.dropped)} documents were left out; first: {first}: {reason}")
        return "\n".join(parts)


def row(document: Document, recipe: Recipe, template: Template) -> Row:
    """Return the ids of question, answer and the end of the turn."""
    asked = template.prompt(recipe.messages(document.text))
    answer = template.tokenizer(recipe.answer(document), add_special_tokens=False)["input_ids"]
    return Row([*asked, *answer, template.end], len(asked), document)


def rows(
    documents: Iterable[Document],
    recipe: Recipe,
    template: Template,
    *,
    max_length: int = 2048,
    on_long: OnLong = "raise",
    report: DataReport | None = None,
) -> list[Row]:
    """Turn documents into rows of at most `max_length` tokens.

    Args:
        documents: with their entities.
        recipe: how they are asked about.
        template: the tokenizer, with its chat template.
        max_length: of a row, in tokens.
        on_long: what to do with a longer one: `"raise"`, `"drop"` it, or `"split"` its text at white
            space outside entities.
        report: where what was done is noted.

    Raises:
        DataError: when a row is too long under `"raise"`, or no document holds an entity.
    """
    if on_long not in ON_LONG:
        raise UnknownNameError.of("choice of on_long", on_long, ON_LONG)
    report = DataReport() if report is None else report
    found: list[Row] = []
    for number, document in enumerate(documents, 1):
        report.documents += 1
        report.entities += len(document.entities)
        name = f"number {number}" if document.id is None else repr(document.id)

        made = row(document, recipe, template)
        if len(made.input_ids) <= max_length:
            found.append(made)
        elif on_long == "split":
            found += _pieces(document, lambda piece: row(piece, recipe, template), max_length, name, report)
        else:
            _too_long(made, max_length, name, report, on_long)
    report.rows = len(found)
    report.tokens = sum(len(row.input_ids) for row in found)
    report.answer_tokens = sum(len(row.input_ids) - row.prompt for row in found)
    report.longest = max((len(row.input_ids) for row in found), default=0)
    if not report.documents:
        raise DataError("expected documents to train on, got none")
    if not report.entities:
        raise DataError(f"expected entities to learn, got none in {report.documents} documents")
    if not found:
        raise DataError(f"no row is left: all {report.documents} documents are longer than {max_length} tokens")
    return found


def _pieces(
    document: Document, row: Callable[[Document], Row], max_length: int, name: str, report: DataReport
) -> list[Row]:
    """Split a document until every piece fits; a piece that cannot be split further is left out and named."""
    fitting: list[Row] = []
    report.split.append(name)
    for piece in split(document, lambda part: len(row(part).input_ids) <= max_length):
        made = row(piece.document)
        if len(made.input_ids) <= max_length:
            fitting.append(made)
        else:
            where = f"{name}, characters {piece.offset} to {piece.offset + len(piece.document.text)}"
            _too_long(made, max_length, where, report, "drop")
    return fitting


def _too_long(row: Row, max_length: int, name: str, report: DataReport, on_long: OnLong) -> None:
    answer = len(row.input_ids) - row.prompt
    reason = f"{row.prompt} tokens of prompt and {answer} of answer, more than the maximum length of {max_length}"
    if on_long == "raise":
        raise DataError(f"document {name}: {reason}; raise it, or set on_long to 'split' or 'drop'")
    report.dropped[name] = reason


def collate(batch: Sequence[Row], *, pad: int) -> dict[str, Any]:
    """Make tensors of rows, padded on the right."""
    import torch

    width = max(len(row.input_ids) for row in batch)
    gaps = [width - len(row.input_ids) for row in batch]
    padded = {
        "input_ids": [row.input_ids + [pad] * gap for row, gap in zip(batch, gaps, strict=True)],
        "labels": [row.labels + [IGNORED] * gap for row, gap in zip(batch, gaps, strict=True)],
        "attention_mask": [[1] * (width - gap) + [0] * gap for gap in gaps],
    }
    return {name: torch.tensor(values) for name, values in padded.items()}


def lengths(rows: Sequence[Row]) -> dict[str, Mapping[str, int]]:
    """Return the quantiles of prompt, answer and whole, in tokens."""
    kinds = {
        "prompt": sorted(row.prompt for row in rows),
        "answer": sorted(len(row.input_ids) - row.prompt for row in rows),
        "row": sorted(len(row.input_ids) for row in rows),
    }
    quantiles = {"min": 0.0, "median": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {
        kind: {name: values[min(len(values) - 1, int(share * len(values)))] for name, share in quantiles.items()}
        for kind, values in kinds.items()
        if values
    }


def export(documents: Iterable[Document], recipe: Recipe, path: Target, kind: str) -> int:
    """Write questions and answers for another trainer, and return how many.

    Args:
        documents: with their entities.
        recipe: how they are asked about.
        path: of the file, or a stream.
        kind: `"llama-factory"` (one JSON array of instruction, input and output), `"trl"` (JSON
            Lines of prompt and completion) or `"openai"` (JSON Lines of messages).

    Raises:
        UnknownNameError: for any other kind.
    """
    if kind not in EXPORTS:
        raise UnknownNameError.of("export", kind, EXPORTS)
    if kind == "llama-factory":
        return write_instructions((_instruction(document, recipe) for document in documents), path)
    with Sink(path) as sink:
        count = 0
        for example in examples(documents, recipe):
            sink.write(json_line(_record(example, kind)) + "\n")
            count += 1
    return count


def _record(example: Example, kind: str) -> dict[str, list[Message]]:
    answer = [{"role": "assistant", "content": example.answer}]
    if kind == "trl":
        return {"prompt": example.messages, "completion": answer}
    return {"messages": [*example.messages, *answer]}


def _instruction(document: Document, recipe: Recipe) -> InstructionRecord:
    """Take the question apart again: LLaMA-Factory joins instruction and input with a line break."""
    asked = "\n".join(message["content"] for message in recipe.messages(document.text))
    return InstructionRecord(
        asked.removesuffix(document.text).removesuffix("\n"), document.text, recipe.answer(document)
    )
