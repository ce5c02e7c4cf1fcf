"""Prepare docstrings for the reference: examples become code, and a method without one shows what it overrides."""

from __future__ import annotations

import re
from typing import Any

import griffe

EXAMPLE = re.compile(r"^>>> .*\n(?:[^\n]+\n)*", re.MULTILINE)
"""From a prompt to the next blank line, which is where doctest ends an example too."""


class Docstrings(griffe.Extension):
    """Rewrites docstrings before they are parsed."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Fence every `>>>` example: Markdown takes it for a quotation."""
        if obj.docstring:
            text = obj.docstring.value + "\n"
            obj.docstring.value = EXAMPLE.sub(lambda example: f"```pycon\n{example[0]}```\n", text)

    def on_package(self, *, pkg: griffe.Module, **kwargs: Any) -> None:
        """Let methods inherit docstrings once all classes are known."""
        self._inherit(pkg)

    def _inherit(self, scope: griffe.Module | griffe.Class) -> None:
        for member in scope.members.values():
            if member.is_alias or not (member.is_module or member.is_class):
                continue
            if member.is_class:
                bases = member.mro()
                for name, method in member.members.items():
                    if not method.is_alias and method.is_function and not method.docstring:
                        found = [base.members[name] for base in bases if name in base.members]
                        method.docstring = next((one.docstring for one in found if one.docstring), None)
            self._inherit(member)
