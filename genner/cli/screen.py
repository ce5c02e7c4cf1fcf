"""What goes out: tables, notes and progress for people, with escape codes only where a terminal reads them; JSON
lines for machines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from shutil import get_terminal_size
from textwrap import TextWrapper
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from genner.io._json import json_line
from genner.io._sink import Sink
from genner.show.tables import Table

__all__ = ["note", "plain", "progress", "show", "target", "write_json"]

Item = TypeVar("Item")

_RAW = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
_RAW |= {code: f"\\u{code:04x}" for code in (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))}
"""Control characters, and what turns the direction of a line (Unicode TR 9) or breaks it, written out."""

_ONE_LINE = _RAW | {10: " ", 9: " ", 13: " "}


def plain(message: str) -> str:
    """Put a message on one line, with control characters written out: it may quote any input."""
    return message.translate(_ONE_LINE)


class _Escaped:
    """Standard output of a terminal: data that is written to it cannot steer it."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text.translate(_RAW))

    def flush(self) -> None:
        sys.stdout.flush()


def target(output: str) -> Any:
    """Return where data goes: the file, or standard output, with control characters written out on a terminal."""
    return _Escaped() if output == "-" and sys.stdout.isatty() else output


def _cleaned(table: Table) -> Table:
    """Write out the control characters of a table, such as those of a label."""
    return Table(
        [replace(column, name=plain(column.name)) for column in table.columns],
        [[plain(value) if isinstance(value, str) else value for value in row] for row in table.rows],
        title=plain(table.title),
        notes=[plain(line) for line in table.notes],
        rules=[*table.rules],
        plain=[*table.plain],
    )


def _narrow(table: Table, width: int) -> list[Table]:
    """Cut a table that is wider into several under each other, each with the first column."""
    whole = TextWrapper(width, break_long_words=False, break_on_hyphens=False)  # a signature stays on one line
    notes = [line for note in table.notes for line in whole.wrap(note)]
    lines = [[column.name for column in table.columns], *table.shown()]
    first, *widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    parts: list[list[int]] = [[0]]
    used = first
    for place, size in enumerate(widths, 1):
        if used + 2 + size > width and len(parts[-1]) > 1:
            parts.append([0])
            used = first
        parts[-1].append(place)
        used += 2 + size
    return [
        Table(
            [table.columns[place] for place in part],
            [[row[place] for place in part] for row in table.rows],
            title=table.title if part is parts[0] else "",
            notes=notes if part is parts[-1] else (),
            rules=[*table.rules],
            plain=[*table.plain],
        )
        for part in parts
    ]


def note(message: str) -> None:
    """Print a remark for the person, apart from the data."""
    print(f"genner: {plain(message)}", file=sys.stderr)


def show(parts: Sequence[Table | Text], output: str = "-") -> None:
    """Write tables and texts, an empty line between them: in colours on a terminal, else as plain text.

    A table fits the terminal, or 80 columns.
    """
    size = get_terminal_size().columns
    if output != "-" or not sys.stdout.isatty():
        size = 80
    parts = [one for part in parts for one in ([part] if isinstance(part, Text) else _narrow(_cleaned(part), size))]
    if output == "-" and sys.stdout.isatty():
        screen = Console(highlight=False)
        for number, part in enumerate(parts):
            if number:
                screen.print()
            _print(screen, part)
        return
    with Sink(output) as sink:
        sink.write("\n\n".join(part.plain if isinstance(part, Text) else str(part) for part in parts) + "\n")


def write_json(records: Iterable[dict[str, Any]], output: str = "-") -> None:
    """Write records, a line each."""
    with Sink(target(output)) as sink:
        for record in records:
            sink.write(json_line(record) + "\n")


def _print(screen: Console, part: Table | Text) -> None:
    if isinstance(part, Text):
        screen.print(part)
        return
    grid = RichTable(title=Text(part.title), title_justify="left", title_style="bold", header_style="bold")
    for column in part.columns:
        is_text = column.kind == "text"
        grid.add_column(column.name, justify="left" if is_text else "right", no_wrap=is_text)
    best = part.best()
    for row, values in enumerate(part.shown()):
        if row in part.rules:
            grid.add_section()
        grid.add_row(*(Text(value, style="bold" if (row, at) in best else "") for at, value in enumerate(values)))
    screen.print(grid)
    for line in part.notes:
        screen.print(Text(line, style="dim"))


def progress(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Yield the items, with a bar on standard error while a terminal is there to see it."""
    if not sys.stderr.isatty():
        yield from items
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield from bar.track(items, total=total, description=description)
