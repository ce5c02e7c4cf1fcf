"""Show the `>>>` examples of docstrings as code: Markdown takes them for quotations."""

from __future__ import annotations

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^>>> .*\n(?:[^\n]+\n)*", re.MULTILINE)
"""From a prompt to the next blank line, which is where doctest ends an example too."""


class DoctestBlocks(griffe.Extension):
    """Fences every example in the docstring of an object."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrite the docstring once, before it is parsed."""
        if obj.docstring:
            text = obj.docstring.value + "\n"
            obj.docstring.value = EXAMPLE.sub(lambda example: f"```pycon\n{example[0]}```\n", text)
