"""Tables, highlights, plots and pieces of HTML, for the terminal, notebooks and reports."""

from __future__ import annotations

__all__: list[str] = []
