"""Data that ships with the package: the paper's prompt texts and two small sample corpora.

Nothing is read before it is asked for.  `samples/ATTRIBUTION.md` names sources and licences.
"""

from __future__ import annotations

__all__ = ["read_text"]


def read_text(name: str) -> str:
    """Return a file of this package, such as `"paper_prompts.json"`."""
    from importlib.resources import files  # 40 ms of imports that `import genner` need not pay

    return files(__name__).joinpath(name).read_text(encoding="utf-8")
