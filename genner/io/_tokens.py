"""Between characters and tokens: texts built from tokens, token grids, entities on the grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from genner.exceptions import DataError
from genner.io.reports import Problem
from genner.io.sink import Sink
from genner.tags import Scheme, tags_of
from genner.text.tokens import tokens_of
from genner.types import Document, Entity

__all__ = [
    "OFF_GRID",
    "Grid",
    "by_character",
    "flat_chunks",
    "flat_tags",
    "grid_of",
    "join",
    "locate",
    "on_grid",
    "on_grid_or_dropped",
    "words",
]

Grid: TypeAlias = "list[list[int]]"
"""`[start, end]` of every token, in characters; kept as `meta["tokens"]`."""

OFF_GRID = "its edges are no token edges (snap='split' cuts the tokens there, snap='expand' moves the edges)"
"""Why token offsets and tags cannot say an entity, and what to do about it."""


def join(tokens: Sequence[str], spaces: Iterable[str] | None = None) -> tuple[str, Grid]:
    """Return the text of the tokens and their grid.

    Args:
        tokens: what is not empty.
        spaces: what follows each token; one space by default, and nothing after the last.
    """
    parts: list[str] = []
    grid: Grid = []
    position = 0
    for token, space in zip(tokens, spaces or [*[" "] * (len(tokens) - 1), ""], strict=True):
        if not token:
            raise DataError(f"token {len(grid) + 1}: expected at least one character, got an empty field")
        grid.append([position, position + len(token)])
        parts += (token, space)
        position += len(token) + len(space)
    return "".join(parts), grid


def by_character(tokens: Sequence[str]) -> bool:
    """Tell whether tokens are single characters of a script without spaces, or of a text with its spaces."""
    single = [token for token in tokens if len(token) == 1]
    spaceless = sum("\u3040" <= token <= "\u9fff" for token in single)
    spaces = len(tokens) > 4 and any(token.isspace() for token in single)  # the text has its own
    return len(single) * 10 > len(tokens) * 9 and (spaceless * 2 > len(single) or spaces)


def locate(tokens: Sequence[str], text: str) -> Grid | None:
    """Return the grid of tokens that follow each other in `text` with nothing but white space between, or None."""
    grid: Grid = []
    position = 0
    for token in tokens:
        start = text.find(token, position)
        gap = text[position:start]
        if not token or start < 0 or (gap and not gap.isspace()):
            return None
        position = start + len(token)
        grid.append([start, position])
    return grid if not text[position:].strip() else None


def grid_of(document: Document) -> Grid:
    """Return the document's own tokens, or where it has none, its runs without white space."""
    grid, last = tokens_of(document), 0
    for start, end in grid:
        if not last <= start < end <= len(document.text):
            raise DataError(f"tokens: expected [start, end] in order and inside the text, got {[start, end]}")
        last = end
    return [[start, end] for start, end in grid]


def on_grid(entities: Iterable[Entity], grid: Grid) -> tuple[list[tuple[int, int, str]], list[Entity]]:
    """Return entities as token ranges `(first, one past last, label)`, and those whose edges are no token edges."""
    starts = {start: index for index, (start, _) in enumerate(grid)}
    ends = {end: index + 1 for index, (_, end) in enumerate(grid)}
    placed, off = [], []
    for entity in entities:
        start, end, label = entity
        if start in starts and end in ends:
            placed.append((starts[start], ends[end], label))
        else:
            off.append(entity)
    return placed, off


def words(document: Document, sink: Sink) -> tuple[list[str], Grid]:
    """Return the tokens of a document and their grid; counts white space that one space each does not give back."""
    grid = grid_of(document)
    tokens = [document.text[start:end] for start, end in grid]
    if " ".join(tokens) != document.text:
        sink.note(Problem("left_out", "the white space between tokens is not one space each", path=document.id))
    return tokens, grid


def on_grid_or_dropped(document: Document, grid: Grid, sink: Sink) -> list[tuple[int, int, str]]:
    """Return the entities as token ranges; one that cuts a token raises, or is dropped and counted."""
    placed, off = on_grid(document.entities, grid)
    sink.leave_out(document, [(entity, OFF_GRID) for entity in off], "token offsets")
    return placed


def flat_chunks(
    document: Document, grid: Grid, sink: Sink, refusal: Callable[[str], str] = lambda label: ""
) -> list[tuple[int, int, str]]:
    """Return the entities as token ranges that do not overlap, as tags need them; the outermost win.

    Args:
        refusal: why a label cannot be written; empty where it can.
    """
    placed, lost = on_grid(document.entities, grid)
    reasons = [(entity, OFF_GRID) for entity in lost]
    kept: list[tuple[int, int, str]] = []
    for first, end, label in placed:
        entity = Entity(grid[first][0], grid[end - 1][1], label)
        if refusal(label):
            reasons.append((entity, refusal(label)))
        elif kept and first < kept[-1][1]:
            reasons.append((entity, "it overlaps another entity"))
        else:
            kept.append((first, end, label))
    sink.leave_out(document, reasons, "tags")
    return kept


def flat_tags(document: Document, grid: Grid, sink: Sink, scheme: Scheme) -> list[str]:
    """Return one tag for each token; what tags cannot say raises, or is dropped and counted."""
    return ["-".join(filter(None, tag)) for tag in tags_of(flat_chunks(document, grid, sink), len(grid), scheme)]
