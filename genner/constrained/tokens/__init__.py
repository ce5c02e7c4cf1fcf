"""From bytes to tokens: vocabularies, and guides that name the tokens that may come next."""

from __future__ import annotations

__all__: list[str] = []
