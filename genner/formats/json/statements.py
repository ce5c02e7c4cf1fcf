"""What an answer states, gathered: claims, notes, and what joins the pieces of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from genner.formats.answer import Answer, Candidate
from genner.formats.json.nodes import Node
from genner.formats.json.numbers import UNSTATED, Place
from genner.formats.json.quotes import CLOSERS
from genner.formats.json.roles import Columns
from genner.formats.json.strings import mentions
from genner.formats.keys import is_nothing
from genner.formats.placing.claims import Claim

__all__ = ["Statements", "Todo", "as_string"]

_TOKEN_MARKS = ("Ġ", "▁")
"""What byte-level and other tokenizers write before a token that begins a word."""


@dataclass(slots=True)
class Todo:
    """A node that is still to be read.

    Args:
        label: the label of the list it is in.
        group: the number of that list.
        depth: in how many strings it was written.
        key: the key it is the value of.
    """

    node: Node
    label: str | None
    group: int
    depth: int = 0
    key: Node | None = None

    def at(self, node: Node, key: Node | None = None) -> Todo:
        """Return the same for another node."""
        return Todo(node, self.label, self.group, self.depth, key)


@dataclass(slots=True)
class Statements:
    """The claims of one candidate as they are found.

    Args:
        columns: judges the keys and elements of the whole answer.
        groups: the number of the last list.
        items: how many objects or arrays are items of their own.
        keys: the labels under which mentions are listed.
        root_item: the whole of it is one item.
        numbered: claims whose count may only number them.
        lost: something was skipped that may have been a mention.
        is_valid: it is JSON.
    """

    candidate: Candidate
    columns: Columns
    groups: int = 0
    items: int = 0
    keys: set[str] = field(default_factory=set)
    root_item: bool = False
    numbered: list[Claim] = field(default_factory=list)
    lost: bool = False
    is_valid: bool = False

    @property
    def answer(self) -> Answer:
        return self.columns.answer

    def note(self, kind: str, detail: str, node: Node, *, lost: bool | None = None) -> None:
        self.lost |= kind in ("skipped", "truncated") if lost is None else lost
        self.candidate.note(kind, detail, node.start, max(node.end, node.start + 1))

    def new_group(self) -> int:
        self.groups += 1
        return self.groups

    def without_row_numbers(self) -> None:
        """Forget counts that only number the items: 1, 2, 3 of different mentions."""
        counts = [claim.count for claim in self.numbered]
        first = counts[0] if counts else None
        if first not in (0, 1) or len({claim.text for claim in self.numbered}) < 2:
            return
        if all(count == first + at for at, count in enumerate(counts)):
            for claim in self.numbered:
                claim.count = None

    def read_unnamed_counts(self) -> None:
        """Take for counts the numbers that every item has under a key nobody knows, where all of them may be."""
        claims = self.candidate.claims
        if not claims or any(claim.start is not None or claim.count is not None for claim in claims):
            return
        source = self.answer.source
        for key in claims[0].details or ():
            numbers = [(claim.details or {}).get(key) for claim in claims]
            counts = [number for number in numbers if type(number) is int]
            if len(counts) < len(claims) or max(counts) == 1 or counts == list(range(1, len(counts) + 1)):
                continue
            hits = [source.exact(claim.text).spans for claim in claims]
            if all(1 <= count <= len(spans) for count, spans in zip(counts, hits, strict=True)):
                for claim, count in zip(claims, counts, strict=True):
                    claim.count = count
                return

    def claim(
        self,
        text: Node,
        label: str,
        group: int,
        place: Place = UNSTATED,
        details: dict[str, Any] | None = None,
        item: Node | None = None,
        is_listed: bool = False,
    ) -> None:
        """Add a claim, unless its mention is cut off or says that there is none.

        Args:
            is_listed: the string is one of a list, and may be several mentions.
        """
        if not text.complete:
            self.note("truncated", "a mention is cut off", text)
            return
        source = self.answer.source
        value = str(text.value)
        if value[:1] in _TOKEN_MARKS and not source.has(value):
            value = value[1:]
        if is_nothing(value) and (not value or not source.given or not source.has(value)):
            self.note("skipped" if value.strip() else "shape", f"{value!r:.40} is no mention", text, lost=False)
            return
        # without quotes a string that is not in a list is more than a mention
        is_mention = is_listed or self.answer.body[text.start : text.start + 1] in CLOSERS
        is_as_written = text.raw is not None and source.has(text.raw)
        parts = mentions(value, source, text.inner_quotes) if is_mention and not is_as_written else [value]
        if len(parts) > 1 and is_listed:
            self.note("shape", f"{value!r:.100} read as {', '.join(map(repr, parts))}", text)
            for part in parts:
                self.claim(replace(text, value=part, raw=None), label, group, is_listed=True)
            return
        if len(parts) == 1 and parts[0] != value:
            self.note("shape" if is_listed else "syntax", f"{value!r:.100} read as {parts[0]!r:.100}", text)
            value = parts[0]
        is_respelled = text.raw not in (None, value) and not source.exact(value)
        spellings = (text.raw or "",) if is_respelled else ()
        self.candidate.claims.append(
            Claim(
                value,
                label,
                (text.start, max(text.end, text.start + 1)),
                start=place.start,
                end=place.end,
                count=place.count,
                spellings=spellings,
                group=group,
                cut=item is not None and not item.complete and place == UNSTATED,
                details=details,
            )
        )

    def offsets(self, node: Node, label: str, group: int, found: list[Place]) -> None:
        for place in found:
            where = (node.start, max(node.end, node.start + 1))
            self.candidate.claims.append(Claim("", label, where, start=place.start, end=place.end, group=group))


def as_string(node: Node) -> Node:
    """Return a number as the string that was written."""
    return replace(node, kind="string", value=node.raw, raw=None)
