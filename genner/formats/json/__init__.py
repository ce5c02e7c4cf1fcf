"""What all answers in JSON share."""

from __future__ import annotations

__all__: list[str] = []
