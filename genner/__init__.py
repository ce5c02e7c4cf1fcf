"""Generative named-entity recognition: formats, decoding, scores and errors.

import genner

document = genner.Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")])
answer = genner.encode(document, "bracket")                    # what a model should write
prediction = genner.decode(answer, document.text, format="bracket")
print(genner.evaluate([document], [prediction]))
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from genner.exceptions import (
    DataError,
    DecodeError,
    EncodeError,
    GennerError,
    MissingExtraError,
    UnknownNameError,
)
from genner.formats import FORMATS, convert, decode, encode, get_codec
from genner.labelsets import get_label_set
from genner.types import Document, Entity, Issue, Label, LabelSet, Mention, Prediction, Span

if TYPE_CHECKING:
    from genner.evaluation import analyze_errors, compare, evaluate, evaluate_outputs
    from genner.extraction import aextract, extract
    from genner.io import read, write
    from genner.prompts import prompt

__all__ = [
    "FORMATS",
    "DataError",
    "DecodeError",
    "Document",
    "EncodeError",
    "Entity",
    "GennerError",
    "Issue",
    "Label",
    "LabelSet",
    "Mention",
    "MissingExtraError",
    "Prediction",
    "Span",
    "UnknownNameError",
    "__version__",
    "aextract",
    "analyze_errors",
    "compare",
    "convert",
    "decode",
    "encode",
    "evaluate",
    "evaluate_outputs",
    "extract",
    "get_codec",
    "get_label_set",
    "prompt",
    "read",
    "write",
]

__version__ = "0.2.0"  # the only place: the build reads it from here

# What scores, prompts and reads files is loaded at first use, so that decoding alone starts fast.
_LATER = {
    "aextract": "genner.extraction",
    "analyze_errors": "genner.evaluation",
    "compare": "genner.evaluation",
    "evaluate": "genner.evaluation",
    "evaluate_outputs": "genner.evaluation",
    "extract": "genner.extraction",
    "prompt": "genner.prompts",
    "read": "genner.io",
    "write": "genner.io",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = globals()[name] = getattr(import_module(_LATER[name]), name)
        return value
    if name in {
        "confidence",
        "constrained",
        "data",
        "evaluation",
        "extraction",
        "io",
        "lexicon",
        "metrics",
        "prompts",
        "report",
        "study",
        "testing",
        "windows",
    }:
        return import_module(f"genner.{name}")
    raise AttributeError(f"module 'genner' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
