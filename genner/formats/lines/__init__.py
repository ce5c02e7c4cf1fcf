"""Answers written in lines, as tags of tokens, or as code."""

from __future__ import annotations

__all__: list[str] = []
