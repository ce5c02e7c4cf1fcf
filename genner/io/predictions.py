"""`generated_predictions.jsonl` as LLaMA-Factory writes it: `{"prompt", "predict", "label"}` a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from genner.io.chat import source_of
from genner.io.json_text import json_line, json_records, record_strings
from genner.io.sink import Sink
from genner.io.source import Source

__all__ = ["PredictionRecord", "fits", "read", "record_of", "sniff", "write"]

SUFFIXES = ()


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """What a model was asked, what it answered, and the right answer.

    Args:
        prompt: instruction and input inside the model's chat template.
        predict: the answer of the model.
        label: the right answer, in the same output format; empty when there is none.
        meta: the other keys of the record.
    """

    prompt: str
    predict: str
    label: str
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def source(self) -> str | None:
        """The input sentence, without the template around it; None where the prompt does not mark it."""
        return source_of(self.prompt)


def sniff(name: str, head: str) -> bool:
    """Tell nothing from a beginning: `fits` looks at the whole first record."""
    return False


def fits(record: Any) -> bool:
    """Tell whether a record has a prompt and a prediction."""
    return isinstance(record, Mapping) and {"prompt", "predict"} <= record.keys()


def read(source: Source, *, make: Callable[[PredictionRecord], Any] | None = None) -> Iterator[Any]:
    """Yield the records.

    Args:
        make: applied to each record; what it raises is that of the record.
    """
    return source.each(json_records(source), lambda record: (make or _same)(record_of(record)))


def _same(record: PredictionRecord) -> PredictionRecord:
    return record


def record_of(record: Any) -> PredictionRecord:
    """Return one record.

    Raises:
        DataError: naming the key that is missing.
    """
    (prompt, predict, label), meta = record_strings(record, {"prompt": None, "predict": None, "label": ""})
    return PredictionRecord(prompt, predict, label, meta)


def write(records: Iterable[PredictionRecord], sink: Sink) -> Iterator[PredictionRecord]:
    """Write JSON Lines."""
    for record in records:
        parts = {"prompt": record.prompt, "predict": record.predict, "label": record.label}
        sink.write(json_line({**parts, **record.meta}) + "\n")
        yield record
