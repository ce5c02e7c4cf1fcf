"""The commands together, and the one place where errors become a line and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

import typer
from typer.main import get_command

from genner.cli import about, assess, calibrate, check, compare, extract, scores, screen, training, transform, view
from genner.cli.examples import epilog
from genner.cli.options import Version
from genner.exceptions import GennerError
from genner.plugins import installed
from genner.show.plain import one_line

__all__ = ["app", "run"]

ClickException: Any = typer.BadParameter.__mro__[2]
"""The base class of what typer raises for a wrong command line; it does not export it."""

app = typer.Typer(
    name="genner",
    help="Generative named-entity recognition: formats, decoding, scores and errors.",
    epilog="FILE may be - for standard input. Exit codes: 0 done, 1 done with findings, 2 bad input, 3 internal error.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: tuple[tuple[Any, str], ...] = (
    (transform.encode, "Write what a model should answer for each document."),
    (transform.decode, "Read what a model answered, and name what was wrong with it."),
    (transform.convert, "Rewrite a corpus or answers in another format."),
    (transform.prompt, "Write the prompt or chat messages for each document."),
    (scores.evaluate, "Score predictions against gold documents."),
    (scores.errors, "Name the kind of each error, and show cases."),
    (compare.compare, "Compare two systems: scores, p-values, where they differ."),
    (view.view, "Show a corpus, predictions or outputs with highlights."),
    (check.check, "Report what is odd about a corpus, or fix it."),
    (extract.extract, "Find the entities of texts with a model."),
    (calibrate.calibrate, "Turn scores into probabilities, and choose a threshold."),
    (assess.assess, "Do all of it, format by format, and write a report."),
    (training.train, "Fine-tune a model with LoRA."),
    (training.predict, "Ask a model about every document of a corpus."),
    (training.merge, "Add an adapter to its base model."),
    (about.formats, "List the output formats and the data formats."),
    (about.info, "Print versions, optional packages, plug-ins and folders."),
)
"""Every command, with the line that `genner --help` has of it."""

for command, summary in COMMANDS:
    app.command(command.__name__, short_help=summary, epilog=epilog(command.__name__))(command)


@app.callback(invoke_without_command=True)
def top(context: typer.Context, version: Version = False) -> None:
    if version:
        print(f"genner {installed('genner')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def run(arguments: list[str]) -> int:
    """Run one command line; whatever is wrong with the input is one line and code 2."""
    screen.COMMAND[:] = ["genner", *arguments]
    _have_streams()
    _speak_utf8()
    try:
        with _signals_as_exceptions():
            code = get_command(app).main(args=arguments, prog_name="genner", standalone_mode=False)
            sys.stdout.flush()
    except ClickException as error:
        return _fail(error.format_message(), getattr(error, "ctx", None))
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except _Terminated as error:
        return 128 + int(str(error))
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # typer makes an exit of it, with a code of its own
            return _reader_is_gone()
        raise
    except BrokenPipeError:
        return _reader_is_gone()
    except (GennerError, OSError) as error:
        return _fail(_message(error))
    except Exception as error:  # a mistake of genner, not of the input: say so, and show where
        for line in traceback.format_exc().splitlines():
            print(one_line(line), file=sys.stderr)
        print(f"genner: internal error, please report it: {one_line(repr(error))}", file=sys.stderr)
        return 3
    return code if isinstance(code, int) else 0


class _Terminated(BaseException):
    """The process was asked to end; what it had begun to write is removed first."""


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """Let drafts be removed when the process is asked to end, as they are when it is interrupted.

    Afterwards the signals do what they did before: a notebook that ran a command must still end when asked to.
    """

    def end(number: int, frame: object) -> None:
        raise _Terminated(number)

    changed = []
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)
                changed.append(number)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _reader_is_gone() -> int:
    """End quietly: the reader went away (`genner decode ... | head`), and nobody is left to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _have_streams() -> None:
    """Let a process that was started with closed streams (`>&-`) run as if nobody read them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as the process runs


def _speak_utf8() -> None:
    """Let data leave as UTF-8 whatever the locale; a terminal that cannot show a character sees its escape.

    Bars of the libraries below are for terminals too: in a log they are noise.
    """
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    if isinstance(sys.stdout, TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def _message(error: Exception) -> str:
    """Say a file-system error as genner says its own: the place, then what is wrong."""
    if isinstance(error, OSError) and not isinstance(error, GennerError):
        if error.filename is not None:
            return f"{error.filename}: {error.strerror}"
        if error.errno == errno.ENOSPC:  # files are named by what writes them
            return f"<stdout>: {error.strerror}"
    return str(error)


def _fail(message: str, context: typer.Context | None = None) -> int:
    hint = f" (try '{context.command_path} --help')" if context is not None else ""
    print(f"genner: error: {one_line(message)}{hint}", file=sys.stderr)
    return 2
