"""The `genner` command: the library's verbs for files, pipes and scripts.

Exit codes: 0 done; 1 done, but something was found that the options ask to fail on; 2 bad input,
nothing done; 3 an internal error; 130 interrupted.  Errors are one line on standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from genner.exceptions import MissingExtraError

__all__ = ["main"]

_EXTRA = ("typer", "rich", "jinja2")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: what follows `genner` on the command line; the real one when None.
    """
    try:
        from genner.cli.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _EXTRA:
            raise
        print(f"genner: error: {MissingExtraError.of('the genner command', error.name, 'cli')}", file=sys.stderr)
        return 2
    return run(sys.argv[1:] if arguments is None else list(arguments))
