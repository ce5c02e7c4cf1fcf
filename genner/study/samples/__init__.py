"""Two small sample corpora that ship with the package; `ATTRIBUTION.md` names sources and licences."""

from __future__ import annotations

from importlib.resources import files
from typing import Literal

from genner.exceptions import UnknownNameError
from genner.types import Document, LabelSet

__all__ = ["SAMPLES", "SPLITS", "load_sample", "sample_labels"]

SAMPLES: tuple[str, ...] = ("flat", "nested")
"""Tweets with flat entities, and articles and hearings with nested ones."""

SPLITS: tuple[str, ...] = ("train", "test")


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
    """Return the label set of a sample corpus, with definitions in our own words."""
    return LabelSet.from_json(_sample_text(name, "labels.json"))


def _sample_text(name: str, part: str) -> str:
    if name not in SAMPLES:
        raise UnknownNameError.of("sample corpus", name, SAMPLES)
    return files(__name__).joinpath(f"{name}_{part}").read_text(encoding="utf-8")
