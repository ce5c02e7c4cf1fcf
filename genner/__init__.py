"""Generative named-entity recognition: formats, decoding, scores and errors.

import genner

document = genner.Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")])
answer = genner.encode(document, "bracket")                    # what a model should write
prediction = genner.decode(answer, document.text, format="bracket")
print(genner.evaluate([document], [prediction]))
"""

from __future__ import annotations

from genner.evaluation import analyze_errors, evaluate
from genner.exceptions import (
    DataError,
    DecodeError,
    EncodeError,
    GennerError,
    MissingExtraError,
    UnknownNameError,
)
from genner.formats import FORMATS, convert, decode, encode, get_codec
from genner.io import read, write
from genner.labelsets import get_label_set
from genner.prompts import prompt
from genner.types import Document, Entity, Issue, Label, LabelSet, Mention, Prediction, Span

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
    "analyze_errors",
    "convert",
    "decode",
    "encode",
    "evaluate",
    "get_codec",
    "get_label_set",
    "prompt",
    "read",
    "write",
]

__version__ = "0.1.0"
