"""Facts quoted from the paper that ship with the package: prompt texts, label definitions and results."""

from __future__ import annotations

__all__ = ["read_text"]


def read_text(name: str) -> str:
    """Return a file of this package, such as `"paper_prompts.json"`."""
    from importlib.resources import files  # 40 ms of imports that `import genner` need not pay

    return files(__name__).joinpath(name).read_text(encoding="utf-8")
