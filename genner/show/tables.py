"""A table of raw values that prints as text, Markdown, LaTeX, HTML, CSV or records.

Cells hold raw values (a ratio is 0.8182, not "81.82"), so that programs get full precision and
readers get two decimals.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genner.exceptions import MissingExtraError
from genner.show.html import plain_text
from genner.show.layout import Grid
from genner.show.plain import one_line

__all__ = ["Column", "Table", "Tabular"]


def _count(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and not value.is_integer() else f"{value:.0f}"


def _interval(value: Any) -> str:
    low, high = value
    return "-" if low is None or high is None else f"[{100 * low:.2f}, {100 * high:.2f}]"


def _share(value: Any) -> str:
    count, share = value
    return f"{count} (-)" if share is None else f"{count} ({100 * share:.2f} %)"


SHOWN: Mapping[str, Callable[[Any], str]] = {
    "text": str,
    "count": _count,
    "percent": lambda value: f"{100 * value:.2f}",
    "signed": lambda value: f"{100 * value:+.2f}",
    "interval": _interval,
    "number": lambda value: f"{value:.4g}",
    "share": _share,
}
"""How each kind of cell is printed; None is a dash everywhere."""

PAIRS: Mapping[str, tuple[str, str]] = {"interval": ("low", "high"), "share": ("count", "share")}
"""Kinds of cells that hold two values, and what each is called."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        name: its heading.
        kind: of its cells, a key of `SHOWN`.
        best: the cell that is set in bold, `"max"` or `"min"`; none when None.
    """

    name: str
    kind: str = "text"
    best: str | None = None


@dataclass(frozen=True, slots=True, init=False)
class Table:
    """Rows of raw cells under columns.

    Args:
        columns: name and kind of each column.
        rows: as many cells as columns.
        title: printed above.
        notes: printed below, a line each.
        rules: positions of rows that a line is drawn above.
        plain: positions of rows that take no part in choosing the best (averages, references).
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    title: str
    notes: tuple[str, ...]
    rules: frozenset[int]
    plain: frozenset[int]

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Any]],
        *,
        title: str = "",
        notes: Sequence[str] = (),
        rules: Sequence[int] = (),
        plain: Sequence[int] = (),
    ) -> None:
        set_field = object.__setattr__
        set_field(self, "columns", tuple(columns))
        set_field(self, "rows", tuple(tuple(cells) for cells in rows))
        set_field(self, "title", title)
        set_field(self, "notes", tuple(notes))
        set_field(self, "rules", frozenset(rules))
        set_field(self, "plain", frozenset(plain))

    def __len__(self) -> int:
        return len(self.rows)

    def shown(self) -> list[list[str]]:
        """Return the cells as they are printed."""
        return [
            [
                "-" if cell is None else SHOWN[column.kind](cell)
                for cell, column in zip(cells, self.columns, strict=True)
            ]
            for cells in self.rows
        ]

    def best(self) -> frozenset[tuple[int, int]]:
        """Return the (row, column) places of the best cells; ties share, a single row has none."""
        places = set()
        for at, column in enumerate(self.columns):
            values = {row: cells[at] for row, cells in enumerate(self.rows) if row not in self.plain}
            known = {row: value for row, value in values.items() if value is not None}
            if column.best and len(known) > 1:
                top = max(known.values()) if column.best == "max" else min(known.values())
                places |= {(row, at) for row, value in known.items() if value == top}
        return frozenset(places)

    def __str__(self) -> str:
        return self.to_text()

    def grid(self) -> Grid:
        """Return what is printed, names of columns first, with nothing that would steer a terminal."""
        rows = [[column.name for column in self.columns], *self.shown()]
        return Grid(
            [[one_line(cell) for cell in row] for row in rows],
            frozenset(at for at, column in enumerate(self.columns) if column.kind == "text"),
            frozenset((row + 1, at) for row, at in self.best()),
            frozenset({0, *self.rules}),
        )

    def to_text(self) -> str:
        """Lay out in columns of characters; no line ends in a space."""
        head = [one_line(self.title)] if self.title else []
        body = ["".join(text for text, _ in line) for line in self.grid().lines()]
        return "\n".join([*head, *body, *map(one_line, self.notes)])

    def to_markdown(self) -> str:
        """Write a pipe table, the best in bold."""
        bold = self.best()
        align = ["---" if column.kind == "text" else "---:" for column in self.columns]
        lines = [[_markdown(column.name) for column in self.columns], align]
        for row, cells in enumerate(self.shown()):
            texts = map(_markdown, cells)
            lines.append([f"**{text}**" if (row, at) in bold else text for at, text in enumerate(texts)])
        head = [f"**{_markdown(self.title)}**", ""] if self.title else []
        foot = [line for note in self.notes for line in ("", _markdown(note))]
        return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in lines), *foot])

    def to_latex(self) -> str:
        """Write a tabular for booktabs, the best in bold; notes become comments."""
        bold = self.best()
        spec = "".join("l" if column.kind == "text" else "r" for column in self.columns)
        lines = [f"% {one_line(note)}" for note in (self.title, *self.notes) if note]
        lines += [f"\\begin{{tabular}}{{{spec}}}", "\\toprule"]
        lines += [" & ".join(_latex(column.name) for column in self.columns) + " \\\\", "\\midrule"]
        for row, cells in enumerate(self.shown()):
            if row in self.rules and row:
                lines.append("\\midrule")
            texts = map(_latex, cells)
            shown = [f"\\textbf{{{text}}}" if (row, at) in bold else text for at, text in enumerate(texts)]
            lines.append(" & ".join(shown) + " \\\\")
        return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"])

    def to_html(self) -> str:
        """Write a table element with the best in bold, the notes below it, and nothing to load."""
        bold = self.best()
        sides = ["left" if column.kind == "text" else "right" for column in self.columns]
        heads = "".join(
            f'<th scope="col" style="text-align:{side};padding:.15em .5em">{plain_text(column.name)}</th>'
            for column, side in zip(self.columns, sides, strict=True)
        )
        body = []
        for row, cells in enumerate(self.shown()):
            edge = ";border-top:1px solid" if row in self.rules else ""
            texts = [
                f'<td style="text-align:{side};padding:.15em .5em{edge}">'
                + (f"<b>{plain_text(cell)}</b>" if (row, at) in bold else plain_text(cell))
                + "</td>"
                for at, (cell, side) in enumerate(zip(cells, sides, strict=True))
            ]
            body.append(f"<tr>{''.join(texts)}</tr>")
        title = f"<caption>{plain_text(self.title)}</caption>" if self.title else ""
        notes = "".join(
            f'<div style="overflow-wrap:anywhere"><small>{_breakable(note)}</small></div>' for note in self.notes
        )
        grid = f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        return f'<div style="margin-block:.6em">{grid}{notes}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def records(self) -> list[dict[str, Any]]:
        """Return one mapping a row with raw values; an interval is two fields, as are a count and its share."""
        return [dict(self._fields(cells)) for cells in self.rows]

    def _fields(self, cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        for column, cell in zip(self.columns, cells, strict=True):
            if column.kind in PAIRS:
                for part, value in zip(PAIRS[column.kind], (None, None) if cell is None else cell, strict=True):
                    yield f"{column.name} {part}", value
            else:
                yield column.name, cell

    def to_json(self) -> str:
        """Write the records as a JSON list."""
        return json.dumps(self.records(), ensure_ascii=False)

    def to_csv(self) -> str:
        """Write the records with a header line, raw values, `\\n` line ends.

        A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection).
        """
        heads = [name for name, _ in self._fields([None] * len(self.columns))]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([_no_formula(cell) for cell in row] for row in (heads, *self._raw()))
        return out.getvalue()

    def _raw(self) -> Iterator[list[Any]]:
        for cells in self.rows:
            yield [value for _, value in self._fields(cells)]

    def to_frame(self) -> Any:
        """Return a pandas DataFrame of the raw values.

        Raises:
            MissingExtraError: when pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            raise MissingExtraError.of("to_frame()", "pandas", "frame") from None
        heads = [name for name, _ in self._fields([None] * len(self.columns))]
        return pandas.DataFrame(self.records(), columns=heads)


class Tabular:
    """Adds the other forms of output to a result that has `to_table`."""

    __slots__ = ()

    def to_table(self) -> Table:
        """Return the result as a table."""
        raise NotImplementedError

    def __str__(self) -> str:
        return str(self.to_table())

    def to_markdown(self) -> str:
        """Write the table as Markdown."""
        return self.to_table().to_markdown()

    def to_latex(self) -> str:
        """Write the table as LaTeX for booktabs."""
        return self.to_table().to_latex()

    def to_csv(self) -> str:
        """Write the table as CSV, ratios in full precision."""
        return self.to_table().to_csv()

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, ratios in full precision."""
        return self.to_table().to_frame()

    def _repr_html_(self) -> str:
        return self.to_table().to_html()


_MARKDOWN = {mark: f"\\{mark}" for mark in "\\|*_`[]"} | {"<": "&lt;", "&": "&amp;", "\n": " "}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet may take a text that begins so for a formula or a command."""


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\n": " "}
_LATEX |= {mark: f"\\{mark}" for mark in "&%$#_{}"}


def _markdown(text: str) -> str:
    return "".join(_MARKDOWN.get(character, character) for character in text)


def _breakable(note: str) -> str:
    """Escape for HTML, and let a signature break between its settings and labels."""
    return re.sub(r"([|,])(?=[^\s\d])", r"\1<wbr>", plain_text(note))


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in one_line(text))
