"""Guides of formats that list entities in JSON."""

from __future__ import annotations

__all__: list[str] = []
