"""Which packages a feature needs, reported before anything runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from genner.exceptions import MissingExtraError

__all__ = ["require"]


def require(feature: str, *packages: str, extra: str = "training") -> None:
    """Say what to install when a package is not there; nothing is imported.

    Raises:
        MissingExtraError: naming the first that is absent.
    """
    for name in packages:
        absent = name in sys.modules and sys.modules[name] is None
        if absent or find_spec(name) is None:
            raise MissingExtraError.of(feature, name.replace("_", "-"), extra)
