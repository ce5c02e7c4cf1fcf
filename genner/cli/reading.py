"""How a command reads the files it is given: the options of readers, and what becomes of bad records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import typer

from genner.cli.options import ReaderOption, Rejected, SkipBad
from genner.exceptions import DataError, GennerError
from genner.io import Problem, ReadReport, Sink
from genner.io.json_text import json_line
from genner.io.source import OnError

__all__ = ["PLAIN", "Reading", "reads"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read.

    Args:
        options: those of the reader of the corpus.
        on_error: `raise` at the first bad record, or `skip` bad records and count them.
        on_problem: called with everything that is not as it should be, in any file.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    on_error: OnError = "raise"
    on_problem: Callable[[Problem], None] | None = None

    def report(self) -> ReadReport:
        """Return an empty report for one file."""
        return ReadReport(on_problem=self.on_problem)


PLAIN = Reading()
"""No options, and the first bad record ends the command."""


def reads(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of every command that reads files; it takes them as one `Reading`, `reading`."""

    @wraps(command)
    def run(*, option: list[str] | None, skip_bad: bool, rejected: str | None, **given: Any) -> None:
        ended: Exception | None = None
        with _reading(option, skip_bad, rejected) as reading:
            try:
                command(reading=reading, **given)
            except (typer.Exit, GennerError) as done:  # what was left out may be why, and is kept
                ended = done
        if ended is not None:
            raise ended

    declared = signature(command, eval_str=True)
    added = {"option": (ReaderOption, None), "skip_bad": (SkipBad, False), "rejected": (Rejected, None)}
    parameters: list[Parameter] = []
    for one in declared.parameters.values():
        if one.name != "reading":
            parameters.append(one)
            continue
        for name, (annotation, default) in added.items():
            parameters.append(Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation))
    run.__signature__ = declared.replace(parameters=parameters)  # type: ignore[attr-defined]  # typer looks at it
    return run


@contextmanager
def _reading(option: list[str] | None, skip_bad: bool, rejected: str | None) -> Iterator[Reading]:
    """Return what the options mean; records that are left out are written to a file while it is open, if one is named.

    Each is a line of JSON: the file, the line, what is wrong, and the record as it is.
    """
    options = _reader_options(option or ())
    if rejected is None:
        yield Reading(options, "skip" if skip_bad else "raise")
        return
    with Sink(rejected) as sink:

        def write(problem: Problem) -> None:
            if problem.kind == "skipped":
                record = {"path": problem.path, "line": problem.line, "error": problem.message, "text": problem.text}
                sink.write(json_line({key: value for key, value in record.items() if value is not None}) + "\n")

        yield Reading(options, "skip", write)


def _reader_options(pairs: Iterable[str]) -> dict[str, Any]:
    """Return the options of a reader from `NAME=VALUE`: numbers, true and false, lists with commas, or strings.

    Raises:
        DataError: for what is no such pair.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise DataError(f"--option: expected NAME=VALUE, got {pair!r}")
        parts = [_option_value(part) for part in value.split(",")] if "," in value else None
        found[name.strip().replace("-", "_")] = _option_value(value) if parts is None else tuple(parts)
    return found


def _option_value(text: str) -> Any:
    if text.removeprefix("-").isdecimal():
        return int(text)
    return {"true": True, "false": False, "none": None, "tab": "\t", "space": " "}.get(text.lower(), text)
