"""What every reader of answers gets, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from genner.formats.placing.claims import Claim
from genner.text.grounding import Source
from genner.types import LabelSet

__all__ = ["Answer", "Candidate", "Note"]


class Note(NamedTuple):
    """Something a reader had to forgive, skip or guess; an issue when its candidate is chosen."""

    kind: str
    detail: str
    start: int
    end: int


@dataclass(slots=True)
class Answer:
    """One output and what is known about it.

    Args:
        output: what the model wrote, unchanged.
        body: the same characters with reasoning, code fences and chat marks blanked out, so that
            every offset is the same in both.
        labels: the label set asked for, or None when every label is accepted.
        source: the text, where mentions are looked up.
    """

    output: str
    body: str
    labels: LabelSet | None
    source: Source

    def within(self, start: int, end: int) -> Answer:
        """Return the answer with all of its body blanked out but the characters from `start` to `end`."""
        body = " " * start + self.body[start:end] + " " * (len(self.body) - end)
        return replace(self, body=body)


@dataclass(slots=True)
class Candidate:
    """A part of an output that may be the answer, and what it claims.

    Args:
        start, end: where it is in the output, in characters.
        claims: in the order the answer makes them.
        notes: what was wrong with it.
        complete: False when the end of the output cuts it off.
        strict: it is exactly what a format asks for.
        says_none: it says clearly that there are no entities: `[]`, "none", a copy without marks.
        pieces: how many parts of the output it was joined from.
        is_copy: it copies the text, and marks in the copy where at least one mention begins and ends.
        is_guess: it may copy the text, and where its mentions begin is not marked.
        text: without a source, the text that an inline answer copies; `Claim.copied` refers to it.
    """

    start: int
    end: int
    claims: list[Claim] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    complete: bool = True
    strict: bool = False
    says_none: bool = False
    pieces: int = 1
    is_copy: bool = False
    is_guess: bool = False
    text: str | None = None

    def note(self, kind: str, detail: str, start: int, end: int) -> None:
        """Add a note on the output from `start` to `end`; `kind` and `detail` become those of an issue."""
        self.notes.append(Note(kind, detail, start, end))
