"""From claims to entities: the one place where it is decided where a mention belongs."""

from __future__ import annotations

__all__: list[str] = []
