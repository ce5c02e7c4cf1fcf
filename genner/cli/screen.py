"""What goes out: tables, notes and progress for people, with escape codes only where a terminal reads them; JSON
lines for machines."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from shutil import get_terminal_size
from textwrap import TextWrapper
from time import monotonic
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from genner.io import Sink
from genner.io.json_text import json_line
from genner.show.layout import fit
from genner.show.plain import harmless, one_line
from genner.show.tables import Table
from genner.types import Prediction

__all__ = [
    "check_writable",
    "command_line",
    "note",
    "note_pairing",
    "prediction_line",
    "progress",
    "show",
    "target",
    "write_json",
]

Item = TypeVar("Item")

STYLES = {"": "", "bold": "bold", "head": "bold"}
"""How the pieces of a table are set on a terminal."""

COMMAND: list[str] = []
"""The words of the command line that is run; pages name them."""

IN_ONE_FILE = "in one file"
"""How both sides are paired where a file holds both."""

PATIENCE = 0.5
"""Seconds that something takes before a bar is shown."""


class _Harmless:
    """Standard output of a terminal: data that is written to it cannot steer it."""

    in_use = False

    def __init__(self) -> None:
        _Harmless.in_use = True

    def write(self, text: str) -> int:
        return sys.stdout.write(harmless(text))

    def flush(self) -> None:
        sys.stdout.flush()


def target(output: str) -> Any:
    """Return where data goes: the file, or standard output, with control characters written out on a terminal."""
    return _Harmless() if output == "-" and sys.stdout.isatty() else output


def command_line() -> str:
    """Return the command line that is run, as a shell takes it."""
    return shlex.join(COMMAND)


def note(message: str) -> None:
    """Print a remark for the person, apart from the data."""
    print(f"genner: {one_line(message)}", file=sys.stderr)


def note_pairing(*paired: str) -> None:
    """Tell how gold and predictions were paired; a file that holds both sides leaves nothing to pair."""
    for how in dict.fromkeys(paired):
        if how != IN_ONE_FILE:
            note(f"gold and predictions are paired {how}")


def check_writable(output: str) -> None:
    """Refuse an output that cannot be written, before anything else is written."""
    with suppress(_Tried), Sink(output):
        raise _Tried


class _Tried(Exception):
    """Leaves a sink without a trace."""


def show(parts: Sequence[Table | Text | str], output: str = "-") -> None:
    """Write tables and texts, an empty line between them: with colours on a terminal, else as plain text.

    A table fits the terminal, or 80 columns: one that is too wide is turned, or cut into parts.
    """
    is_terminal = output == "-" and sys.stdout.isatty()
    width = get_terminal_size().columns if is_terminal else 80
    texts = [one for part in parts for one in (_drawn(part, width) if isinstance(part, Table) else [_text(part)])]
    if is_terminal:
        screen = Console(highlight=False)
        for number, text in enumerate(texts):
            if number:
                screen.print()
            screen.print(text, soft_wrap=True)  # the terminal breaks long lines itself: what is copied has no breaks
        return
    with Sink(output) as sink:
        sink.write("\n\n".join(text.plain for text in texts) + "\n")


def _text(part: Text | str) -> Text:
    return Text(harmless(part)) if isinstance(part, str) else part


def _drawn(table: Table, width: int) -> Iterator[Text]:
    """Draw a table, or the parts that it is cut into."""
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)  # a signature stays on one line
    grids = fit(table.grid(), width)
    for number, grid in enumerate(grids):
        lines = [Text.assemble(*((text, STYLES[style]) for text, style in line)) for line in grid.lines()]
        if table.title and not number:
            lines.insert(0, Text(one_line(table.title), "bold"))
        if number == len(grids) - 1:
            lines += [Text(line, "dim") for one in table.notes for line in wrapper.wrap(one_line(one))]
        yield Text("\n").join(lines)


def write_json(records: Iterable[dict[str, Any]], output: str = "-") -> None:
    """Write records, a line each."""
    with Sink(target(output)) as sink:
        for record in records:
            sink.write(json_line(record) + "\n")


def prediction_line(prediction: Prediction, id: str | None) -> str:
    """Write a prediction as a line of JSON, with the characters of each entity where the text is known."""
    record = prediction.to_dict()
    if prediction.text is not None:
        for entity in record["entities"]:
            entity["text"] = prediction.text[entity["start"] : entity["end"]]
    return json_line(({} if id is None else {"id": id}) | record) + "\n"


def progress(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """Yield the items, with a bar on standard error that goes away, while a terminal is there to see it.

    What is done at once has no bar, and where the data itself goes to the terminal, that shows how far it is.
    """
    begun, bar, task = monotonic(), None, None
    try:
        for done, item in enumerate(items):
            if bar is None and monotonic() - begun > PATIENCE and sys.stderr.isatty() and not _Harmless.in_use:
                columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
                bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
                task = bar.add_task(description, total=total)
                bar.start()
            if bar is not None and task is not None:
                bar.update(task, completed=done)
            yield item
    finally:
        if bar is not None:
            bar.stop()
