"""Strings and places: occurrences, folding, fuzzy search, grounding and alignment, knowing nothing of formats."""

from __future__ import annotations

__all__: list[str] = []
