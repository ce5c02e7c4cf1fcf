"""`[Protein(span="PU.1"), ...]`: entities as Python objects, as GoLLIE asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from genner.formats.answer import Answer, Candidate
from genner.formats.codec import BaseCodec
from genner.formats.lines.calls import class_name, code_candidates
from genner.formats.wording import EXACT, LISTED, Wording
from genner.types import Entity, LabelSet

__all__ = ["Code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(BaseCodec):
    """A list of Python objects, one class for each label; it does not say where a mention is."""

    name: ClassVar[str] = "code"
    family: ClassVar[str] = "code"
    positional: ClassVar[bool] = False
    wording: ClassVar[Wording] = Wording(
        "Find all named entities in the input and write a Python list of objects: the class is the label, its only "
        "argument `span` the entity text.",
        (
            EXACT,
            "Keep the order of the input, and repeat an object as often as its text is an entity there.",
        ),
        LISTED,
        "If there is no entity, write [].",
    )

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        calls = (_call(text[start:end], label) for start, end, label in entities)
        return f"[{', '.join(calls)}]"

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        if answer.body.strip() == "[]":
            start = answer.body.index("[")
            yield Candidate(start, start + 2, strict=True, says_none=True)
        for candidate in code_candidates(answer):
            calls = [_call(claim.text, claim.label) for claim in candidate.claims]
            written = [answer.body[slice(*claim.place)] for claim in candidate.claims]
            candidate.strict = calls == written  # whatever is damaged around them, they are no JSON
            if answer.body[candidate.start : candidate.end] == f"[{', '.join(calls)}]":
                candidate.notes.clear()
            yield candidate


def _call(text: str, label: str) -> str:
    return f"{class_name(label)}(span={json.dumps(text, ensure_ascii=False)})"
