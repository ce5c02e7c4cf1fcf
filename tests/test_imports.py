"""Imports point one way, and `import genner` costs little: both are read off, not promised."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import genner

ROOT = Path(genner.__file__).parent

BELOW: dict[str, tuple[str, ...]] = {
    "exceptions": (),
    "show": ("exceptions",),
    "types": ("show",),
    "data": (),
    "tags": ("exceptions",),
    "plugins": ("exceptions",),
    "text": ("types", "plugins"),
    "labelsets": ("types", "data"),
    "lexicon": ("types",),
    "windows": ("types",),
    "formats": ("text", "labelsets"),
    "metrics": ("text", "labelsets", "tags"),
    "io": ("text", "labelsets", "tags"),
    "constrained": ("formats",),
    "prompts": ("formats",),
    "evaluation": ("formats", "metrics"),
    "confidence": ("evaluation", "io"),
    "testing": ("formats", "confidence"),
    "study": ("evaluation", "prompts", "lexicon", "io"),
    "report": ("study", "confidence"),
    "models": ("constrained", "prompts", "io", "windows", "lexicon"),
    "extraction": ("models", "confidence"),
    "training": ("extraction",),
    "experiments": ("training", "study"),
    "parallel": ("study",),
    "check": ("parallel",),
    "adapters": ("extraction", "evaluation"),
    "cli": ("check", "parallel", "report", "experiments"),
    "__main__": ("cli",),
}
"""What each part of the package may import directly; what these import is allowed as well."""

LIGHT = {"pydantic", "pydantic_core", "regex", "typing_extensions"}
"""Third-party modules that may be imported at the top of any module."""

HEAVY = {
    "cli": {"typer", "rich"},
    "testing": {"hypothesis"},
    "adapters": {"datasets", "dspy", "evaluate", "inspect_ai", "langextract", "spacy"},
}
"""Third-party modules that may be imported at the top of a module of one part alone."""

LOADED = {"pydantic", "pydantic_core", "typing_extensions"}
"""Exactly the third-party modules that `import genner` loads ..."""

BROUGHT = {"annotated_types", "typing_inspection"}
"""... beside those that some releases of pydantic bring along."""


def modules() -> dict[str, Path]:
    """Map the dotted name of every module of the package to its file."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(name: str, *, typing: bool = True) -> Iterator[tuple[str, bool]]:
    """Yield every module that `name` imports, wherever in the file, and whether at the top level of it.

    Args:
        typing: whether what stands under `if TYPE_CHECKING` counts; it is never run.
    """
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    unread = set() if typing else {id(inner) for node in tree.body if _is_typing(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in unread:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (base, node.module)))
            for alias in node.names:  # `from genner.formats import bracket` may mean the module
                inner_name = f"{source}.{alias.name}"
                yield (inner_name if inner_name in MODULES else source), id(node) in top


def _is_typing(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def part(name: str) -> str:
    """Return the part of the house a module lives in: its first name below `genner`."""
    return name.split(".")[1]


@cache
def allowed(name: str) -> frozenset[str]:
    """Return every part that the part `name` may import: itself, what is below it, and so on down."""
    return frozenset({name}).union(*(allowed(below) for below in BELOW[name]))


@pytest.mark.parametrize("name", [name for name in MODULES if name != "genner"])
def test_imports_point_one_way(name: str) -> None:
    """A module imports nothing of genner that is not below it, not even inside a function."""
    inside = {imported for imported, _ in imports(name) if imported.split(".")[0] == "genner"}
    against = {imported for imported in inside if imported == "genner" or part(imported) not in allowed(part(name))}

    assert not against, f"{name} may import {sorted(allowed(part(name)))}"


@pytest.mark.parametrize("name", list(MODULES))
def test_private_modules_stay_in_their_package(name: str) -> None:
    """A module whose name begins with an underscore is imported by its own package alone."""
    own = {name, name.rpartition(".")[0]}
    private = {found for found, _ in imports(name) if found in MODULES and "._" in found}

    assert {found for found in private if found.rpartition(".")[0] not in own} == set()


def test_formats_and_metrics_never_meet() -> None:
    """The formats and the metrics know nothing of each other."""
    assert "metrics" not in allowed("formats")
    assert "formats" not in allowed("metrics")


def test_no_cycles() -> None:
    """No module imports itself by way of others."""
    graph = {
        name: {found for found, _ in imports(name, typing=False) if found in MODULES and found != name}
        for name in MODULES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for imported in sorted(graph[name]):
                visit(imported, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("name", list(MODULES))
def test_third_party_imports_at_the_top_are_light(name: str) -> None:
    """What is large or optional is imported inside the function that needs it."""
    own = HEAVY.get(part(name), set()) if name != "genner" else set()
    top = {found.split(".")[0] for found, at_top in imports(name) if at_top}

    assert top - set(sys.stdlib_module_names) - {"genner"} <= LIGHT | own


def loaded_by(statement: str) -> set[str]:
    """Return the third-party top-level modules a fresh interpreter loads for `statement`."""
    script = (
        f"import sys; before = set(sys.modules); {statement}\n"
        "import json; print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout)) - set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("use", "more"),
    [("", set()), ("; [getattr(genner, name) for name in genner.__all__]", {"regex"})],
    ids=["import", "all names"],
)
def test_import_loads_exactly_pydantic(use: str, more: set[str]) -> None:
    """`import genner` loads pydantic, what it brings, and nothing else; `extract` and long texts add regex."""
    found = {name for name in loaded_by(f"import genner{use}") if not name.startswith("_sysconfigdata")}

    assert found - BROUGHT == LOADED | {"genner"} | more


def test_import_does_nothing_else() -> None:
    """Importing installs no logging handler and no warning filter, and prints nothing."""
    script = (
        "import logging, warnings, pydantic, regex; handlers, filters = logging.root.handlers[:], warnings.filters[:]; "
        "import genner; assert logging.root.handlers == handlers; assert warnings.filters == filters"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == done.stderr == ""


def test_a_server_is_asked_without_torch() -> None:
    """What asks a server loads the package `openai` and nothing that runs a model here."""
    pytest.importorskip("openai")

    loaded = loaded_by("from genner.models import ServerGenerator; ServerGenerator('m', api_key='k')")

    assert "openai" in loaded
    assert loaded.isdisjoint({"torch", "transformers", "tokenizers", "peft", "accelerate"})
