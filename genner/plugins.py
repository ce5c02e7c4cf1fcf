"""Find what a name refers to: what genner has, or the entry points of installed packages; and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from genner.exceptions import UnknownNameError, WrongTypeError

__all__ = ["installed", "name_of", "named", "names", "points"]


def name_of(value: object) -> str:
    """Return what a signature calls a name, a function or another value."""
    return value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__)


def named(kind: str, name: str, known: Mapping[str, Any], group: str) -> Any:
    """Return the value of that name.

    Args:
        kind: what it is, for the error.
        name: of the value.
        known: what genner has.
        group: the entry points where packages declare theirs.

    Raises:
        UnknownNameError: offering the closest known one.
    """
    if not isinstance(name, str):
        raise WrongTypeError(f"{kind}: expected a name, a value or a function, got {type(name).__name__} {name!r:.60}")
    if name in known:
        return known[name]
    found = points(group)
    if name in found:
        return found[name].load()
    raise UnknownNameError.of(kind, name, [*known, *found])


def names(known: Mapping[str, Any], group: str) -> list[str]:
    """List every name that `named` knows.

    Args:
        known: what genner has.
        group: the entry points where packages declare theirs.
    """
    return list(dict.fromkeys([*known, *sorted(points(group))]))


def points(group: str) -> dict[str, Any]:
    """Return the entry points of a group by name.

    Args:
        group: such as `genner.matchings`.
    """
    from importlib.metadata import entry_points  # 20 ms of imports that few need

    return {point.name: point for point in entry_points(group=group)}


@cache
def installed(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None
