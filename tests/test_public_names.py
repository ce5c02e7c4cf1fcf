"""`__all__` says what a package offers, and it says the truth."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import genner

OPTIONAL = ("genner.cli", "genner.testing", "genner.training")
"""Parts that cannot be imported without an extra."""

NAMES = sorted(
    module.name
    for module in pkgutil.walk_packages(genner.__path__, "genner.", onerror=lambda name: None)
    if not module.name.startswith(OPTIONAL) and not module.name.rpartition(".")[2].startswith("_")
)
PACKAGES = ["genner", *(module.name for module in pkgutil.iter_modules(genner.__path__, "genner.") if module.ispkg)]


def offered(module: ModuleType) -> set[str]:
    """Return the public names in a module that are no modules themselves."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType) and name != "annotations"
    }


@pytest.mark.parametrize("name", ["genner", *NAMES])
def test_all_is_sorted_and_exists(name: str) -> None:
    """Every module says what it offers: constants, then classes, then functions, each in order and there."""
    module = importlib.import_module(name)
    names = module.__all__

    assert names == sorted(set(names), key=lambda text: (not text.isupper(), not text[0].isupper(), text))
    assert all(hasattr(module, text) for text in names)


@pytest.mark.parametrize("name", [name for name in PACKAGES if not name.startswith(OPTIONAL)])
def test_packages_offer_what_they_name(name: str) -> None:
    """A package holds no public name beside those in `__all__`."""
    module = importlib.import_module(name)

    assert offered(module) == {text for text in module.__all__ if not text.startswith("_")}


def submodules(module: ModuleType) -> set[str]:
    return {inner.name for inner in pkgutil.iter_modules(module.__path__)}


def test_no_module_shares_its_name_with_a_function() -> None:
    """`genner.evaluate` is the function, and importing a module can never hide one."""
    assert submodules(genner) & set(genner.__all__) == set()
