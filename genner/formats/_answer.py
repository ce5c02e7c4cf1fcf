"""Setting aside what is not the answer: reasoning, chat-template marks, code fences."""

from __future__ import annotations

import re

from genner.types import Span

__all__ = ["mask_chatter"]

_REASONING = re.compile(r"<(think|thinking|thought|reasoning|reflection|scratchpad|analysis)>.*?</\1\s*>", re.S | re.I)
_UNOPENED = re.compile(r"\A.*</(?:think|thinking|thought|reasoning|reflection|scratchpad|analysis)\s*>", re.S | re.I)
_MARKS = re.compile(
    r"<\|[\w ./:-]{1,40}\|>(?:(?:assistant|system|user)\b)?|</?s>|<(?:bos|eos|pad|unk)>"
    r"|<(?:start|end)_of_turn>(?:model|user)?|\[/?INST\]|<</?SYS>>|<\uff5c[^\uff5c\n]{1,40}\uff5c>|<channel\|>"
    r"|</?(?:answer|output|response|final)>",
    re.I,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$|```", re.M)


def mask_chatter(output: str, text: str | None) -> tuple[str, list[tuple[str, Span]]]:
    """Blank out what surrounds an answer, keeping every offset.

    What the source itself holds is never taken for chatter.

    Returns:
        The output with spaces (newlines stay) for what was masked, and what that was, where.
    """
    found: list[tuple[str, Span]] = []
    pieces = output

    def blank(pattern: re.Pattern[str], what: str) -> None:
        nonlocal pieces
        spans = [
            match.span()
            for match in pattern.finditer(pieces)
            if match.end() > match.start() and not (text and match[0] in text)
        ]
        for start, end in reversed(spans):
            found.append((what, Span(start, end)))
        if spans:
            pieces = _blank(pieces, spans)

    if "</" in pieces or "<think" in pieces:
        blank(_REASONING, "reasoning")
        if "</" in pieces:
            blank(_UNOPENED, "reasoning")
    if "<" in pieces or "[/" in pieces or "[INST" in pieces:
        blank(_MARKS, "marks of a chat template")
    if "<!--" in pieces:
        blank(_COMMENT, "a comment")
    if "```" in pieces or "~~~" in pieces:
        blank(_FENCE, "code fences")
    return pieces, found


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    parts = []
    last = 0
    for start, end in spans:
        parts.append(text[last:start])
        parts.append("".join("\n" if char == "\n" else " " for char in text[start:end]))
        last = end
    parts.append(text[last:])
    return "".join(parts)
