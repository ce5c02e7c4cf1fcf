"""What goes out: tables, notes and progress for people, with escape codes only where a terminal reads them; JSON
lines for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from genner.io._sink import Sink
from genner.show.tables import Table

__all__ = ["json_line", "note", "plain", "progress", "show", "write_json"]

Item = TypeVar("Item")

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {10: " ", 9: " ", 13: " "}


def plain(message: str) -> str:
    """Put a message on one line, with control characters written out: it may quote any input."""
    return message.translate(_CONTROL)


def note(message: str) -> None:
    """Print a remark for the person, beside the data."""
    print(f"genner: {plain(message)}", file=sys.stderr)


def show(parts: Sequence[Table | Text], output: str = "-") -> None:
    """Write tables and texts, an empty line between them: in colours on a terminal, else as plain text."""
    if output == "-" and sys.stdout.isatty():
        screen = Console(highlight=False)
        for number, part in enumerate(parts):
            if number:
                screen.print()
            _print(screen, part)
        return
    with Sink(output) as sink:
        sink.write("\n\n".join(part.plain if isinstance(part, Text) else str(part) for part in parts) + "\n")


def json_line(record: dict[str, Any]) -> str:
    """Return a record as a line of JSON; ASCII where it holds a lone surrogate, which UTF-8 cannot say."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        line = json.dumps(record)
    return line + "\n"


def write_json(records: Iterable[dict[str, Any]], output: str = "-") -> None:
    """Write records, a line each."""
    with Sink(output) as sink:
        for record in records:
            sink.write(json_line(record))


def _print(screen: Console, part: Table | Text) -> None:
    if isinstance(part, Text):
        screen.print(part)
        return
    grid = RichTable(title=Text(part.title), title_justify="left", title_style="bold", header_style="bold")
    for column in part.columns:
        is_text = column.kind == "text"
        grid.add_column(column.name, justify="left" if is_text else "right", no_wrap=is_text)
    best = part.best()
    for row, cells in enumerate(part.shown()):
        if row in part.rules:
            grid.add_section()
        grid.add_row(*(Text(cell, style="bold" if (row, at) in best else "") for at, cell in enumerate(cells)))
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
