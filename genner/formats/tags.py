"""`PU.1 B-PROTEIN`: every token of the text with a tag, one a line or as `PU.1(B-PROTEIN)` in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from genner.formats.answer import Answer, Candidate
from genner.formats.codec import BaseCodec, check_choice
from genner.formats.lines.tagged import Tagged, candidate_of, tag_candidates
from genner.formats.wording import Wording
from genner.types import Document, Entity, LabelSet

__all__ = ["Tags"]

_TOKEN = re.compile(r"\w+|[^\w\s]")
_POSITIONS = {"IOB2": ("B", "I", "I", "B"), "IOBES": ("B", "I", "E", "S"), "BILOU": ("B", "I", "L", "U")}
"""First tag of an entity, tag inside, last tag, tag of an entity of one token."""

_IN_LINE = re.compile(r"^[^\S\n]*(?P<token>\S+) (?P<tag>O|[BIESLU]-\S(?:.*\S)?)[^\S\n]*$", re.M)
_IN_TEXT = re.compile(r"(?<!\S)(?P<token>\S+?)\((?P<tag>O|[BIESLU]-[^\s()][^()\n]{0,100})\)(?=\s|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags(BaseCodec):
    """Tokens with tags.

    Args:
        scheme: which tags there are.
        layout: `"lines"` puts one token a line, `"text"` writes running text as GNER does.
    """

    name: ClassVar[str] = "tags"
    family: ClassVar[str] = "tags"

    scheme: Literal["IOB2", "IOBES", "BILOU"] = "IOB2"
    layout: Literal["lines", "text"] = "lines"

    @property
    def wording(self) -> Wording:
        first, inside, last, single = _POSITIONS[self.scheme]
        layout = "one token per line, then a space and its tag"
        if self.layout == "text":
            layout = "the tokens with spaces between them, each with its tag in round brackets: token(TAG)"
        rules = [f"The first token of an entity gets {first}-LABEL, the tokens after it {inside}-LABEL"]
        if last != inside:
            rules[0] += f", the last one {last}-LABEL; an entity of one token gets {single}-LABEL"
        return Wording(
            f"Tag every token of the input and write {layout}.",
            (
                f"{rules[0]}.",
                "A token outside every entity gets O.",
                "Words and punctuation marks are tokens; copy each and leave none out.",
            ),
            ("Where one entity lies inside another, tag the outer one.",),
            "If there is no entity, every tag is O.",
        )

    def __post_init__(self) -> None:
        BaseCodec.__post_init__(self)
        check_choice("scheme", self.scheme, _POSITIONS)
        check_choice("layout", self.layout, ("lines", "text"))

    def refused(self, document: Document) -> list[tuple[Entity, str]]:
        starts, ends = set(), set()
        for match in _TOKEN.finditer(document.text):
            starts.add(match.start())
            ends.add(match.end())
        found: list[tuple[Entity, str]] = []
        last = 0
        for entity in document.entities:
            reason = ""
            if entity[0] not in starts or entity[1] not in ends:
                reason = "it begins or ends inside a token"
            elif entity[0] < last:
                reason = "it overlaps another entity, and a token has one tag"
            elif entity[2] != entity[2].strip() or "\n" in entity[2]:
                reason = "white space at the rim of a label is not kept"
            elif self.layout == "text" and re.search(r"[()]", entity[2]):
                reason = "a tag in running text ends at a bracket"
            if reason:
                found.append((entity, reason))
            else:
                last = entity[1]
        return found

    def render(self, text: str, entities: tuple[Entity, ...], labels: LabelSet | None) -> str:
        first, inside, last, single = _POSITIONS[self.scheme]
        pattern = "{} {}" if self.layout == "lines" else "{}({})"
        pieces: list[str] = []
        waiting = iter(sorted(entities))
        entity = next(waiting, None)
        for match in _TOKEN.finditer(text):
            while entity is not None and entity[1] <= match.start():
                entity = next(waiting, None)
            tag = "O"
            if entity is not None and entity[0] <= match.start():
                begins, ends = entity[0] == match.start(), entity[1] == match.end()
                position = (single if ends else first) if begins else last if ends else inside
                tag = f"{position}-{entity[2]}"
            pieces.append(pattern.format(match[0], tag))
        return ("\n" if self.layout == "lines" else " ").join(pieces)

    def candidates(self, answer: Answer) -> Iterator[Candidate]:
        if not answer.output.strip() and answer.source.given and not _TOKEN.search(answer.source.text):
            yield Candidate(0, len(answer.output), strict=True, says_none=True)  # a text without tokens
        for run in (_run(_IN_LINE, answer.body), _run(_IN_TEXT, answer.body)):
            asked = answer.labels is None or all(one.tag == "O" or one.tag[2:] in answer.labels for one in run)
            candidate = candidate_of(run, answer, strict=True) if run and asked else None
            if candidate is not None:
                yield candidate
                return
        yield from tag_candidates(answer)


def _run(pattern: re.Pattern[str], body: str) -> list[Tagged]:
    """Read an answer that is tokens with tags and nothing else."""
    run: list[Tagged] = []
    last = 0
    for match in pattern.finditer(body):
        if body[last : match.start()].strip():
            return []
        run.append(Tagged(match["token"], match["tag"], *match.span()))
        last = match.end()
    return [] if body[last:].strip() else run
