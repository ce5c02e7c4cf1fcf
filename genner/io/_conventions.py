"""What the offsets of a file mean: decided on its first records together, and noted where they do not show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from genner.exceptions import DataError
from genner.io._annotations import same_letters
from genner.io._tokens import Grid
from genner.io.items import Claim, End
from genner.io.source import Source

__all__ = ["Conventions", "Draft"]


@dataclass(slots=True)
class Draft:
    """A record whose parts have been found, but not yet placed."""

    text: str
    id: str | None
    meta: dict[str, Any]
    grid: Grid | None = None
    sentences: list[int] = field(default_factory=list)
    key: str = ""
    claims: list[Claim] = field(default_factory=list)
    tagged: list[tuple[int, int, str]] = field(default_factory=list)
    line: int | None = None
    joined: bool = False


class Conventions:
    """What the offsets of a file mean, settled on its first records."""

    def __init__(self, end: End | None) -> None:
        self.end = end
        self.in_tokens: dict[str, bool] = {}
        self.inclusive: dict[str, bool] = {}
        self.relative = False
        self.no_starts = False
        self.first: dict[str, int] = {}
        self.bare = ""
        self.all_bare = False

    def settle(self, drafts: Sequence[Draft], source: Source) -> None:
        self.all_bare = bool(drafts) and not any(draft.key for draft in drafts)
        self._settle_starts(drafts, source)
        for key in dict.fromkeys(draft.key for draft in drafts if draft.claims):
            placed = [
                (draft, claim)
                for draft in drafts
                if draft.key == key
                for claim in draft.claims
                if claim.fragments is not None
            ]
            if not placed:
                continue
            self.in_tokens[key] = self._in_tokens(key, placed)
            if self.in_tokens[key]:
                self.relative = self.relative or any(
                    claim.sentence is not None
                    and claim.sentence < len(draft.sentences)
                    and (claim.fragments or [(0, 0)])[0][0] < draft.sentences[claim.sentence]
                    for draft, claim in placed
                )
            self.inclusive[key] = self._inclusive(key, placed, source)
            if self.end is None and not self.in_tokens[key]:
                self._settle_first(key, placed, source)

    def _settle_starts(self, drafts: Sequence[Draft], source: Source) -> None:
        """See whether starts without ends are places: in NYT24 they number the mentions."""
        alone = [(draft, claim) for draft in drafts for claim in draft.claims if claim.open_end and claim.fragments]
        fit = [
            same_letters(draft.text[slice(*(claim.fragments or [(0, 0)])[0])], claim.mention or "")
            for draft, claim in alone
        ]
        self.no_starts = len(alone) > 1 and sum(fit) * 2 <= len(fit)
        if self.no_starts:
            source.guessed("starts do not fit the mentions, and are left out")
            for _, claim in alone:
                claim.fragments = None

    def _settle_first(self, key: str, placed: Sequence[tuple[Draft, Claim]], source: Source) -> None:
        """See whether offsets count from 1: every mention is one character before its place, and none is there."""
        shown = [(draft.text, *claim.fragments[0], claim.mention) for draft, claim in placed if claim.fragments]
        if len(shown) < 2 or any(mention is None or start < 1 or end < start for _, start, end, mention in shown):
            return
        if any(
            same_letters(text[start : end + plus], mention or "")
            for text, start, end, mention in shown
            for plus in (0, 1)
        ):
            return
        for last in (0, 1):
            if all(same_letters(text[start - 1 : end - last], mention or "") for text, start, end, mention in shown):
                self.first[key], self.inclusive[key] = 1, last == 0
                source.guessed("offsets count from 1, as the mentions show")

    def _in_tokens(self, key: str, placed: Sequence[tuple[Draft, Claim]]) -> bool:
        """Tell whether offsets count tokens: by their keys, by the mentions, by their size, then by what is usual."""
        units = {claim.unit for _, claim in placed} - {None}
        if units == {"tokens"}:
            return all(draft.grid is not None for draft, _ in placed)
        if any(draft.grid is None for draft, _ in placed):
            return False
        if all(draft.joined for draft, _ in placed):  # the file has no text that characters could count
            return key == "ner" or not all(map(_on_edges, *zip(*placed, strict=True)))
        if key in ("spans", "ents"):
            return False
        shown = [(draft, claim) for draft, claim in placed if claim.mention]
        for draft, claim in shown:
            start, end = (claim.fragments or [(0, 0)])[0]
            if any(same_letters(draft.text[start : end + plus], claim.mention or "") for plus in (0, 1)):
                return False
        return all(end <= len(draft.grid or ()) for draft, claim in placed for _, end in claim.fragments or ())

    def _inclusive(self, key: str, placed: Sequence[tuple[Draft, Claim]], source: Source) -> bool:
        """Tell whether ends are meant: by the evidence of the mentions and edges, then by what a key is known for."""
        if self.end is not None:
            return self.end == "inclusive"
        in_tokens = self.in_tokens[key]
        votes = {True: 0, False: 0}
        for draft, claim in placed:
            other_unit = claim.unit is not None and (claim.unit == "tokens") != in_tokens
            if claim.end is not None or not claim.fragments or other_unit:
                continue
            for start, end in claim.fragments:
                size = len(draft.grid or ()) if in_tokens else len(draft.text)
                if start == end:
                    votes[True] += 1
                elif end == size or (not in_tokens and not claim.mention and draft.text[end : end + 1].isspace()):
                    votes[False] += 1  # the character behind is no part of an entity
                elif claim.mention and len(claim.fragments) == 1:
                    shown = [self._shown(draft, start, end + plus, in_tokens) for plus in (0, 1)]
                    exclusive, inclusive = (same_letters(one, claim.mention) for one in shown)
                    if exclusive != inclusive:
                        votes[inclusive] += 1
        if votes[True] and not votes[False]:
            return True
        usual = key == "ner" and in_tokens
        if votes[False] and not votes[True]:
            if usual:
                source.guessed("ends are read as one past the last token: end='inclusive' reads them otherwise")
            return False
        if not in_tokens and not votes[True] and _edges_inside_words(placed):
            source.guessed("entities end inside words, as if the last character were meant: end='inclusive' reads that")
        open_ended = any(claim.end is None for _, claim in placed)
        if in_tokens and not any(votes.values()) and open_ended:
            other = "exclusive" if usual else "inclusive"
            meant = "the last token" if usual else "one past the last token"
            source.guessed(f"ends are read as {meant}: end={other!r} reads them otherwise")
        return usual

    @staticmethod
    def _shown(draft: Draft, start: int, end: int, in_tokens: bool) -> str:
        if not in_tokens:
            return draft.text[start:end]
        grid = draft.grid or []
        return draft.text[grid[start][0] : grid[end - 1][1]] if 0 <= start < end <= len(grid) else ""

    def fragments(self, draft: Draft, claim: Claim) -> tuple[list[tuple[int, int]], bool]:
        """Return the fragments of a claim, end exclusive, and whether they were mapped from tokens."""
        in_tokens = self.in_tokens.get(draft.key, draft.grid is not None)
        if claim.unit == "tokens" and draft.grid is not None:
            in_tokens = True
        inclusive = (claim.end or "") == "inclusive" if claim.end else self.inclusive.get(draft.key, False)
        first = self.first.get(draft.key, 0)
        parts = [(start - first, end - first + inclusive) for start, end in claim.fragments or ()]
        if not in_tokens or draft.grid is None:
            return parts, False
        grid = draft.grid
        shift = 0
        if self.relative and claim.sentence is not None and claim.sentence < len(draft.sentences):
            shift = draft.sentences[claim.sentence]
        placed = []
        for start, end in parts:
            first, last = start + shift, end + shift
            if not 0 <= first < last <= len(grid):
                raise DataError(f"expected tokens within 0..{len(grid)}, got {start}..{end - inclusive}")
            placed.append((grid[first][0], grid[last - 1][1]))
        return placed, True


def _on_edges(draft: Draft, claim: Claim) -> bool:
    """Tell whether offsets are edges of tokens when they count characters of the joined text, and cannot be tokens."""
    grid = draft.grid or []
    starts, ends = {start for start, _ in grid}, {end for _, end in grid}
    parts = claim.fragments or []
    return all(start in starts and end in ends for start, end in parts) and any(end > len(grid) for _, end in parts)


def _edges_inside_words(placed: Sequence[tuple[Draft, Claim]]) -> bool:
    """Tell whether every end cuts a word one character too early, and none does when the end is meant."""
    cuts = 0
    for draft, claim in placed:
        for _, end in claim.fragments or ():
            text = draft.text
            if claim.mention or end + 1 > len(text) or not text[end - 1 : end + 1].isascii():
                return False
            cuts += text[end - 1 : end + 1].isalnum() and len(text[end - 1 : end + 1]) == 2
            if text[end : end + 2].isalnum() and len(text[end : end + 2]) == 2:
                return False
    return cuts > 0 and cuts * 2 > len(placed)
