"""The nouns: spans, entities, documents, label sets, predictions and their issues.

Offsets are Python string indices of `Document.text`: code points, 0-based, end exclusive.
Every value is immutable, hashable, comparable and picklable. pydantic reads and writes them at
the edges: `from_dict`, `from_json`, `to_dict`, `to_json`, `json_schema`, and as field types of
any pydantic model.

`Span` and `Entity` are tuples with names: scoring a corpus hashes and compares millions of them,
and the tuple does both in C (see `benchmarks/`).
"""

from __future__ import annotations

from genner.types._documents import Document, Mention
from genner.types._labels import Label, LabelSet, fold_label
from genner.types._predictions import ISSUE_KINDS, Issue, IssueKind, Prediction
from genner.types._spans import Entity, EntityLike, Span, canonical

__all__ = [
    "ISSUE_KINDS",
    "Document",
    "Entity",
    "EntityLike",
    "Issue",
    "IssueKind",
    "Label",
    "LabelSet",
    "Mention",
    "Prediction",
    "Span",
    "canonical",
    "fold_label",
]
