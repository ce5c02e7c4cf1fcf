"""What all marked-up copies of a text share."""

from __future__ import annotations

__all__: list[str] = []
