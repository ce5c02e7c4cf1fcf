"""Brackets and tags that the source has itself, so that an answer copies them."""

from __future__ import annotations

import re

__all__ = ["SourceMarks"]

_LONGEST = 200
_TAG = re.compile(r"</?[^<>\n]{1,200}>")
_BRACKET = re.compile(r"[\[\]]")
_CONTEXT = 3


class SourceMarks:
    """Knows the brackets and tags of a text."""

    def __init__(self, text: str) -> None:
        self.brackets: set[str] = set()
        self.tags: set[str] = set()
        self._around: set[tuple[str, str, str]] = set()
        self.has_square = "[" in text or "]" in text
        stack: list[int] = []
        for match in _BRACKET.finditer(text) if self.has_square else ():
            if match[0] == "[":
                stack.append(match.start())
            elif stack and match.end() - (start := stack.pop()) <= _LONGEST:
                self.brackets.add(_packed(text[start : match.end()]))
        for match in _TAG.finditer(text) if "<" in text else ():
            tag = match[0]
            self.tags.add(tag)
            before = _packed(text[max(0, match.start() - 12) : match.start()])[-_CONTEXT:]
            after = _packed(text[match.end() : match.end() + 12])[:_CONTEXT]
            self._around |= {(tag, before[at:], "") for at in range(len(before) + 1)}
            self._around |= {(tag, "", after[:at]) for at in range(len(after) + 1)}

    def has_bracket(self, content: str) -> bool:
        """Tell whether the text has these brackets with this content."""
        return bool(self.brackets) and len(content) <= 2 * _LONGEST and _packed(content) in self.brackets

    def has_tag(self, tag: str, before: str, after: str) -> bool:
        """Tell whether the text has this tag between the same characters.

        Args:
            before: what the answer has before the tag, from other markup on.
            after: what the answer has after it, up to other markup.
        """
        if tag not in self.tags:
            return False
        before, after = _packed(before)[-_CONTEXT:], _packed(after)[:_CONTEXT]
        return (tag, before, "") in self._around and (tag, "", after) in self._around


def _packed(text: str) -> str:
    return "".join(text.split()).casefold()
