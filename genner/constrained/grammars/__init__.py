"""Grammars of the answers about one text, and the notations they can be written in."""

from __future__ import annotations

__all__: list[str] = []
