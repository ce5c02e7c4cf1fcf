"""`__all__` says what a package offers, and it says the truth."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import genner

OPTIONAL = ("genner.cli", "genner.testing", "genner.adapters.")
"""Parts that cannot be imported without an extra."""

NAMES = sorted(
    module.name
    for module in pkgutil.walk_packages(genner.__path__, "genner.", onerror=lambda name: None)
    if not module.name.startswith(OPTIONAL) and not module.name.rpartition(".")[2].startswith("_")
)


@pytest.mark.parametrize("name", ["genner", *NAMES])
def test_all_is_sorted_and_exists(name: str) -> None:
    """Every module says what it offers: constants, then classes, then functions, each in order and there."""
    module = importlib.import_module(name)
    names = module.__all__

    assert names == sorted(set(names), key=lambda text: (not text.isupper(), not text[0].isupper(), text))
    assert all(hasattr(module, text) for text in names)


def test_the_package_offers_what_it_names() -> None:
    """No name of genner's own stands in the package beside those in `__all__`, and `dir` shows them all."""
    public = {name: value for name, value in vars(genner).items() if not name.startswith("_")}
    own = {name for name, value in public.items() if str(getattr(value, "__module__", "")).startswith("genner")}
    own.discard("formats")  # a package that can be called, too

    assert own <= set(genner.__all__) <= set(dir(genner))


def submodules(module: ModuleType) -> set[str]:
    return {inner.name for inner in pkgutil.iter_modules(module.__path__)}


def test_no_module_shares_its_name_with_a_function() -> None:
    """`genner.evaluate` is the function, and importing a module can never hide one."""
    assert submodules(genner) & set(genner.__all__) == set()
