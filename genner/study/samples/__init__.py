"""Two small sample corpora that ship with the package, and what systems answered about them.

`ATTRIBUTION.md` names sources and licences, and how the answers were made.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from genner.exceptions import UnknownNameError
from genner.types import Document, LabelSet, Prediction

__all__ = ["SAMPLES", "SPLITS", "SYSTEMS", "load_answers", "load_sample", "sample_labels", "spacy_predictions"]

SAMPLES: tuple[str, ...] = ("flat", "nested")
"""Tweets with flat entities, and articles and hearings with nested ones."""

SPLITS: tuple[str, ...] = ("train", "test")

SYSTEMS: tuple[str, ...] = ("fine-tuned", "zero-shot")
"""SmolLM2-135M-Instruct with LoRA weights for one format, and as it is."""


def load_sample(
    name: Literal["flat", "nested"] | str, split: Literal["train", "test"] | str = "test"
) -> tuple[Document, ...]:
    """Return the documents of a sample corpus, real text under an open licence.

    Args:
        name: one of `SAMPLES`.
        split: one of `SPLITS`.

    Raises:
        UnknownNameError: when there is no such sample or split.
    """
    if split not in SPLITS:
        raise UnknownNameError.of("split", split, SPLITS)
    lines = _sample_text(name, f"{split}.jsonl").split("\n")  # no other line break ends a record
    return tuple(Document.from_json(line) for line in lines if line)


def sample_labels(name: Literal["flat", "nested"] | str) -> LabelSet:
    """Return the label set of a sample corpus, with definitions in our own words.

    Args:
        name: of the sample.
    """
    return LabelSet.from_json(_sample_text(name, "labels.json"))


def load_answers(
    name: Literal["flat", "nested"] | str, system: Literal["fine-tuned", "zero-shot"] | str = "fine-tuned"
) -> dict[str, tuple[str, ...]]:
    """Return what a real language model wrote about the test documents of a sample: by format, in their order.

    The answers are as they came, cut ones and nonsense included.

    Args:
        name: of the sample.
        system: the model after fine-tuning, or as it is.

    Raises:
        UnknownNameError: when there is no such sample or system.
    """
    if system not in SYSTEMS:
        raise UnknownNameError.of("system", system, SYSTEMS)
    rows = [row[system] for row in _answers(name)]
    return {format: tuple(row[format] for row in rows) for format in rows[0]}


def spacy_predictions(name: Literal["flat", "nested"] | str) -> tuple[Prediction, ...]:
    """Return what spaCy found in the test documents of a sample, trained on the documents the language model saw.

    Args:
        name: of the sample.

    Raises:
        UnknownNameError: when there is no such sample.
    """
    documents = load_sample(name)
    return tuple(
        Prediction(row["spaCy"], text=document.text) for row, document in zip(_answers(name), documents, strict=True)
    )


@lru_cache(maxsize=len(SAMPLES))
def _answers(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _sample_text(name, "answers.jsonl").split("\n") if line]


def _sample_text(name: str, part: str) -> str:
    if name not in SAMPLES:
        raise UnknownNameError.of("sample corpus", name, SAMPLES)
    return files(__name__).joinpath(f"{name}_{part}").read_text(encoding="utf-8")
