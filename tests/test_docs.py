"""What the documentation shows is what happens: examples in Python and in the shell are run."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_words import USED, WORDS

import genner

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {path.name: path for path in (ROOT / "README.md", *sorted(DOCS.glob("*.md")))}
REFERENCE = sorted((DOCS / "reference").glob("*.md"))
SHOWN = sorted(set(re.findall(r"^::: (\S+)$", "\n".join(path.read_text() for path in REFERENCE), re.MULTILINE)))
EXAMPLE = ROOT / "examples" / "own_system.py"
FIGURE = ROOT / "examples" / "figure_2.py"
OPTIONAL = ("genner.cli", "genner.__main__", "genner.testing", "genner.adapters.")
NEEDS_EXTRA = {
    "confidence.md",
    "experiments.md",
    "other_scorers.md",
    "report.md",
    "tables.md",
    "training.md",
    "tutorial.md",
}
MODULES = [
    module.name
    for module in pkgutil.walk_packages(genner.__path__, "genner.", onerror=lambda name: None)
    if not module.name.startswith(OPTIONAL)
]

SIGNATURE = re.compile(r"\bgenner:[\w.]+\|")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def page_text(name: str) -> str:
    """Return a page with the version of this release in its signatures: a page need not change with each release."""
    return SIGNATURE.sub(f"genner:{genner.__version__}|", PAGES[name].read_text(encoding="utf-8"))


def pages() -> list[object]:
    """Return a parameter for every page; those whose examples need an extra carry the marker."""
    return [pytest.param(name, marks=pytest.mark.extra if name in NEEDS_EXTRA else ()) for name in PAGES]


@pytest.mark.parametrize("name", pages())
def test_examples_in_python(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every `>>>` of a page prints what the page says; files land in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    text = page_text(name)
    page = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, str(PAGES[name]), 0)

    failed, tried = doctest.DocTestRunner().run(page)

    assert failed == 0
    assert tried == text.count("\n>>> "), "an example was not read as one"


@pytest.mark.parametrize("name", ["genner", *MODULES])
def test_examples_in_docstrings(name: str) -> None:
    """Every `>>>` of a docstring prints what it says."""
    failed, _ = doctest.testmod(importlib.import_module(name))

    assert failed == 0


def commands(name: str) -> list[tuple[str, str]]:
    """Return the commands of a page with what it says they print."""
    found = []
    for block in BLOCK.findall(page_text(name)):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


@pytest.mark.extra
@pytest.mark.parametrize("name", [name for name in PAGES if commands(name)])
def test_examples_in_the_shell(name: str, tmp_path: Path) -> None:
    """Every `$` of a page prints what the page says; a file shown with `cat` is made from what is shown."""
    (tmp_path / "genner").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m genner "$@"\n')
    (tmp_path / "genner").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for command, output in commands(name):
        if command.startswith("cat "):
            (tmp_path / command.removeprefix("cat ")).write_text(output, encoding="utf-8")
            continue
        done = subprocess.run(command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True)

        # a terminal shows remarks before or after what is printed
        assert output in (done.stdout + done.stderr, done.stderr + done.stdout), command


@pytest.mark.parametrize("name", PAGES)
def test_blocks_that_need_a_server_or_files_are_well_formed(name: str) -> None:
    """Python that is not an example compiles, and what it imports from genner exists; YAML and TOML are objects."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", page_text(name), re.MULTILINE | re.DOTALL):
        if language in ("python", "pycon") and not block.lstrip().startswith(">>> "):
            compile(block, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            for module, imported in re.findall(r"^from (genner[\w.]*) import (.+)$", block, re.MULTILINE):
                assert importlib.util.find_spec(module) is not None
                if not module.startswith("genner.adapters."):  # these need what they adapt
                    assert set(imported.split(", ")) <= set(dir(importlib.import_module(module)))
        elif language == "toml" and sys.version_info >= (3, 11):
            import tomllib

            assert tomllib.loads(block)
        else:
            assert language in {"python", "pycon", "console", "sh", "yaml", "toml"}, "a language that nothing tries"


def lines_of(name: str) -> list[str]:
    """Return the command lines of a page that start genner and are not run, without remarks and pipes."""
    text = page_text(name).replace("\\\n", " ")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].partition(" | ")[0] for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("genner ")]


@pytest.mark.extra
@pytest.mark.parametrize("name", [name for name in PAGES if lines_of(name)])
def test_command_lines_have_commands_and_options_that_exist(name: str) -> None:
    """Every line that starts genner names a command, and no option that the command does not know."""
    from typer.main import get_command

    from genner.cli.app import app

    commands: Any = get_command(app)
    for line in lines_of(name):
        command, *arguments = shlex.split(line)[1:]
        known = {option for parameter in commands.commands[command].params for option in parameter.opts}
        unknown = [word for word in arguments if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]

        assert unknown == [], line


@pytest.mark.extra
@pytest.mark.parametrize("name", [name for name in PAGES if "```yaml" in page_text(name)])
def test_settings_in_yaml_are_read(name: str) -> None:
    """Every YAML block is a mapping."""
    import yaml

    for block in re.findall(r"^```yaml\n(.*?)^```$", page_text(name), re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(block), dict)


def test_the_example_of_an_own_system_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The script scores a function of the user's own, and both formats find the same."""
    runpy.run_path(str(EXAMPLE), run_name="__main__")

    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    scores = {row[0]: row[4] for row in rows if row and row[0] in genner.FORMATS}
    assert set(scores) == {"xml", "grouped-json"}
    assert len(set(scores.values())) == 1


@pytest.mark.extra
def test_the_figure_of_the_docs_is_what_its_script_draws(tmp_path: Path) -> None:
    """`docs/figure_2.svg` is made by the example, from the stated shares and the shipped sample."""
    done = subprocess.run([sys.executable, FIGURE, tmp_path / "f.svg"], capture_output=True, text=True, check=True)

    assert "LLaMA3.1-8B (paper)" in done.stdout
    shown = [
        re.findall(r"<!-- (.*?) -->", path.read_text()) for path in (tmp_path / "f.svg", ROOT / "docs/figure_2.svg")
    ]
    assert shown[0] == shown[1] != []


def test_pages_are_plain_english() -> None:
    """The words that the package avoids are not in its pages either; tables and biology have cells."""
    others = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md") if (ROOT / name).exists()]
    found = [
        f"{path.name}: {match[0]!r}, write {WORDS[match[1].lower()]}"
        for path in (*PAGES.values(), *others)
        for match in USED.finditer(path.read_text(encoding="utf-8"))
        if match[1].lower() != "cell" and match[0] != "Beside"  # a button of the report
    ]

    assert found == []


CLONE = pytest.mark.skipif(not (ROOT / "benchmarks").exists(), reason="only a clone has all files that pages lead to")


def test_links_lead_somewhere() -> None:
    """Every link of a page to another file names one that is there."""
    for path in (*sorted(DOCS.glob("*.md")), *REFERENCE):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@CLONE
def test_links_of_the_readme_lead_somewhere() -> None:
    """Every link and every picture is a file of the project."""
    targets = re.findall(r"\]\(([^)]+)\)", PAGES["README.md"].read_text(encoding="utf-8"))

    assert targets
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).exists()] == []


@CLONE
@pytest.mark.extra
def test_a_package_page_has_whole_links() -> None:
    """A package page resolves no relative link, so the build makes them whole; code is left alone."""
    whole = runpy.run_path(str(ROOT / "hatch_build.py"))["with_whole_links"]
    readme = PAGES["README.md"].read_text(encoding="utf-8")
    page = whole(readme, "https://host/us/it")

    links = re.findall(r"\]\(([^)]+)\)", page)
    assert all(link.startswith("https://host/us/it/") for link in links)
    assert "https://host/us/it/raw/main/docs/report.png" in links
    assert "https://host/us/it/blob/main/docs/cli.md" in links
    assert re.findall(r"^```.*?^```", page, re.M | re.S) == re.findall(r"^```.*?^```", readme, re.M | re.S)
    assert whole("[a](https://b/c) [d](#e)", "https://host") == "[a](https://b/c) [d](#e)"


def test_every_page_is_in_the_navigation() -> None:
    """The site leads to each page once, and to nothing that does not exist."""
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    linked = re.findall(r"[\w/]+\.md", nav)

    assert sorted(linked) == sorted(str(path.relative_to(DOCS).as_posix()) for path in DOCS.rglob("*.md"))


def test_the_reference_has_every_public_name() -> None:
    """Every room of the package is in the reference, by itself or because others there export all of its names."""
    shown = set(SHOWN)
    exported = {name for module in shown - {"genner"} for name in importlib.import_module(module).__all__}

    rooms = {name for name in MODULES if name.count(".") == 1} - {"genner.data"}
    assert {name for name in rooms - shown if set(importlib.import_module(name).__all__) - exported} == set()
    assert set(genner.__all__) - exported - {"__version__"} == set()


def functions_of(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the public functions of a module, and the public methods of its classes."""
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isfunction(value):
            yield name, value
        for inner, method in vars(value).items() if inspect.isclass(value) else ():
            function = getattr(method, "__func__", method)
            if inspect.isfunction(function) and not inner.startswith("_"):
                yield f"{name}.{inner}", function


@pytest.mark.parametrize("name", SHOWN)
def test_docstrings_name_every_argument(name: str) -> None:
    """The reference says of every argument of a public function or method what it is."""
    for place, function in functions_of(importlib.import_module(name)):
        described = set(re.findall(r"\w+", inspect.getdoc(function) or ""))

        assert described, f"{place} has no docstring"
        assert set(inspect.signature(function).parameters) - described - {"self", "cls"} == set(), place


@pytest.mark.parametrize("name", SHOWN)
def test_docstrings_name_what_is_raised(name: str) -> None:
    """A public function or method that raises an error itself says when."""
    for place, function in functions_of(importlib.import_module(name)):
        if function.__code__.co_filename != "<string>":
            body = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
            raised = [ast.unparse(one.exc) for one in body if isinstance(one, ast.Raise) and one.exc is not None]
            described = "raise" in (inspect.getdoc(function) or "").lower()

            assert described or set(raised) <= {"NotImplementedError"}, f"{place} raises {raised}"


def test_changelog_and_citation_name_this_release() -> None:
    """The version is kept in one place; what quotes it agrees."""
    assert f"\n## {genner.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\nversion: {genner.__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
