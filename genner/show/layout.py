"""The strings of a table in rows and columns, and how they fit a width: turned, or cut into parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Grid", "fit", "width_of"]

GAP = 2
"""Spaces between two columns."""


class Grid(NamedTuple):
    """Strings in rows and columns; the first row holds the names of the columns, the first column those of the rows.

    Args:
        rows: the strings, as many in each row.
        left: columns that are aligned at the left.
        bold: (row, column) of the best values.
        rules: rows that a line is drawn below.
        heads: how many rows the names of the columns take.
    """

    rows: list[list[str]]
    left: frozenset[int]
    bold: frozenset[tuple[int, int]] = frozenset()
    rules: frozenset[int] = frozenset({0})
    heads: int = 1

    @property
    def widths(self) -> list[int]:
        """The columns of a terminal that each column needs."""
        return [max(map(width_of, column)) for column in zip(*self.rows, strict=True)]

    @property
    def width(self) -> int:
        """The columns of a terminal that the whole needs."""
        return sum(self.widths) + GAP * (len(self.widths) - 1)

    def turned(self) -> Grid:
        """Return the grid with rows as columns."""
        columns = [list(column) for column in zip(*self.rows, strict=True)]
        return Grid(columns, frozenset({0}), frozenset((at, row) for row, at in self.bold))

    def part(self, places: Sequence[int]) -> Grid:
        """Return the grid with these columns alone."""
        return Grid(
            [[row[place] for place in places] for row in self.rows],
            frozenset(at for at, place in enumerate(places) if place in self.left),
            frozenset((row, at) for at, place in enumerate(places) for row, old in self.bold if old == place),
            self.rules,
            self.heads,
        )

    def shortened(self, width: int, places: Container[int]) -> Grid:
        """Return the grid with what is longer in these columns cut."""
        rows = [[_cut(text, width) if at in places else text for at, text in enumerate(row)] for row in self.rows]
        return self._replace(rows=rows)

    def with_broken_names(self) -> Grid:
        """Return the grid with names of columns that are wider than what is below them in several rows."""
        broken = [
            _broken(name, max((width_of(text) for text in column), default=0))
            for name, *column in zip(*self.rows, strict=True)
        ]
        more = max(map(len, broken)) - 1
        names = [[""] * (more + 1 - len(lines)) + lines for lines in broken]
        return Grid(
            [*map(list, zip(*names, strict=True)), *self.rows[1:]],
            self.left,
            frozenset((row + more, at) for row, at in self.bold),
            frozenset(row + more for row in self.rules),
            more + 1,
        )

    def lines(self) -> Iterator[list[tuple[str, str]]]:
        """Yield the lines as pieces, each with its style: head, bold, or empty; no line ends in a space."""
        widths = self.widths
        for at, row in enumerate(self.rows):
            yield _without_end([*self._pieces(at, row, widths)])
            if at in self.rules:
                yield [("-" * self.width, "")]

    def _pieces(self, at: int, row: list[str], widths: list[int]) -> Iterator[tuple[str, str]]:
        for place, text in enumerate(row):
            space = " " * (widths[place] - width_of(text))
            style = "head" if at < self.heads else "bold" if (at, place) in self.bold else ""
            is_left = place in self.left
            yield " " * GAP * bool(place) + ("" if is_left else space), ""
            yield text, style
            yield space if is_left else "", ""


def _without_end(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out the spaces at the end of a line."""
    while pieces and not pieces[-1][0].strip(" "):
        pieces.pop()
    return [*pieces[:-1], *((text.rstrip(" "), style) for text, style in pieces[-1:])]


def fit(grid: Grid, width: int) -> list[Grid]:
    """Fit a grid into a width: as it is, turned, with long names of columns in several rows or texts cut, or in parts.

    Each part repeats the first column; a text that is too long is cut, with an ellipsis.  The names of rows are cut
    only where they need more than half of the width: a kind of error is read whole.
    """
    if grid.width <= width:
        return [grid]
    turned = grid.turned()
    if turned.width <= width:
        return [turned]
    broken = grid.with_broken_names()
    if broken.width <= width:
        return [broken]
    half = (width - GAP) // 2
    sizes = [size if at in grid.left and (at or size > half) else 0 for at, size in enumerate(grid.widths)]
    longest = max(sizes)
    room = width - (grid.width - longest)
    if room >= longest // 2 > 0:
        return [grid.shortened(room, {sizes.index(longest)})]
    short = broken.shortened(half, range(len(sizes)))
    starts, used = [1], short.widths[0]
    for place, size in enumerate(short.widths[1:], 1):
        if used + GAP + size > width and place > starts[-1]:
            starts.append(place)
            used = short.widths[0]
        used += GAP + size
    return [short.part([0, *range(*ends)]) for ends in pairwise([*starts, len(short.widths)])]


def _broken(name: str, width: int) -> list[str]:
    """Break a name into lines of this width or of its longest part: parts end in a space, or one of `-_./`."""
    parts = re.findall(r"[^\s\-_./]*[\s\-_./]+|[^\s\-_./]+", name) or [""]
    room = max(width, *(width_of(part.rstrip()) for part in parts))
    lines = [""]
    for part in parts:
        if lines[-1] and width_of((lines[-1] + part).rstrip()) > room:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def _cut(text: str, width: int) -> str:
    """Cut a text that needs more columns of a terminal."""
    if width_of(text) <= width:
        return text
    while width_of(text) >= width:
        text = text[:-1]
    return text + "…"


def width_of(text: str) -> int:
    """Count the columns of a terminal: wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
