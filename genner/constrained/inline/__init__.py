"""Guides of formats that copy the text and mark entities in it."""

from __future__ import annotations

__all__: list[str] = []
