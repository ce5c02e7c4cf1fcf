"""What every guide is made of: states, passages of plain text, and the bytes of the source."""

from __future__ import annotations

__all__: list[str] = []
