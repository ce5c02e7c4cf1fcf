"""No file and no function is too long or too branched to be read at once, unless a comment gives the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import genner

ROOT = Path(genner.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LINES_OF_FILE = 450
LINES_OF_FUNCTION = 60
BRANCHES = 15
REASON = "# long because "
"""What begins the comment that allows a longer file or function."""

_BRANCH = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


def too_long(source: str) -> Iterator[str]:
    """Name what is over a limit in a file and has no reason in a comment."""
    lines = source.splitlines()
    if len(lines) > LINES_OF_FILE and not any(line.startswith(REASON) for line in lines):
        yield f"the file has {len(lines)} lines"
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        last = function.end_lineno or 0
        statements = function.body[ast.get_docstring(function) is not None :] or function.body
        size = last - statements[0].lineno + 1
        branches = 1 + sum(isinstance(node, _BRANCH) for node in _inside(function))
        written = lines[function.lineno - 1 : last]
        if (size > LINES_OF_FUNCTION or branches > BRANCHES) and not any(REASON in line for line in written):
            yield f"{function.name} has {size} lines and {branches} branches"


def _inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions inside it."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            todo += ast.iter_child_nodes(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    """Lines of the body without its docstring; branches are statements, as McCabe (1976) counts them."""
    assert list(too_long(path.read_text(encoding="utf-8"))) == []


def test_the_limits_are_noticed() -> None:
    """A long file, a long function and a branched one; a reason allows each."""
    long_file = "a = 1\n" * 451
    long_function = "def f():\n" + "    a = 1\n" * 61
    branched = "def f(a):\n" + "    if a: a = 1\n" * 15

    assert list(too_long(long_file)) == ["the file has 451 lines"]
    assert list(too_long(long_function)) == ["f has 61 lines and 1 branches"]
    assert list(too_long(branched)) == ["f has 15 lines and 16 branches"]
    assert not list(too_long(f"{REASON}so\n{long_file}"))
    assert not list(too_long(long_function + f"    {REASON}so\n"[4:].replace("#", "    a = 1  #", 1)))
    assert not list(too_long("def f():\n" + "    a = 1\n" * 60))
