"""The commands together, and the one place where errors become a line and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from io import TextIOWrapper
from typing import Any

import typer
from typer.main import get_command

from genner.cli import assess, check, compare, extract, scores, training, transform, view
from genner.cli.options import Version
from genner.exceptions import GennerError
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

for command in (
    transform.encode,
    transform.decode,
    transform.convert,
    transform.prompt,
    scores.evaluate,
    scores.errors,
    compare.compare,
    view.view,
    check.check,
    extract.extract,
    assess.assess,
    training.train,
    training.predict,
    training.merge,
):
    app.command(command.__name__)(command)


@app.callback(invoke_without_command=True)
def top(context: typer.Context, version: Version = False) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"genner {installed('genner')}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def run(arguments: list[str]) -> int:
    """Run one command line; whatever is wrong with the input is one line and code 2."""
    _speak_utf8()
    try:
        code = get_command(app).main(args=arguments, prog_name="genner", standalone_mode=False)
        sys.stdout.flush()
    except ClickException as error:
        return _fail(error.format_message(), getattr(error, "ctx", None))
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # the reader went away (`genner decode ... | head`): nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (GennerError, OSError) as error:
        return _fail(_message(error))
    except Exception as error:  # a mistake of genner, not of the input: say so, and show where
        for line in traceback.format_exc().splitlines():
            print(one_line(line), file=sys.stderr)
        print(f"genner: internal error, please report it: {one_line(repr(error))}", file=sys.stderr)
        return 3
    return code if isinstance(code, int) else 0


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
    if isinstance(error, OSError) and not isinstance(error, GennerError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _fail(message: str, context: typer.Context | None = None) -> int:
    hint = f" (try '{context.command_path} --help')" if context is not None else ""
    print(f"genner: error: {one_line(message)}{hint}", file=sys.stderr)
    return 2
