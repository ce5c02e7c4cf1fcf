"""One system in several output formats, the outputs it left, and the sample corpora to try it on."""

from __future__ import annotations

__all__: list[str] = []
