"""Setting aside what is not the answer: reasoning, chat-template marks, document frames, code fences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from genner._old_formats._labels import known
from genner.types import LabelSet, Span

__all__ = ["mask_chatter"]

_REASONING = re.compile(
    r"(?:<|\[|◁)(/?)(?:seed:)?(think|thinking|thought|reasoning|reflection|scratchpad|analysis)\s*(?:>|\]|▷)", re.I
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)")
_MARKS = re.compile(
    r"<\|[\w ./:-]{1,40}\|>(?:(?:assistant|system|user)\b)?|</?s>|<(?:bos|eos|pad|unk)>"
    r"|<(?:start|end)_of_turn>(?:model|user)?|\[/?INST\]|<</?SYS>>|<\uff5c[^\uff5c\n]{1,40}\uff5c>|<channel\|>",
    re.I,
)
_FRAME = re.compile(
    r"</?(answer|output|response|result|final|tool_call|json|xml|text|sentence|input|doc|document|root|html|body"
    r"|p|div|pre|code|b|i|u|em|strong|mark|font|small)>|<\?xml[^<>\n]*\?>|<!\[CDATA\[|\]\]>(?=\s*\Z)",
    re.I,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$|```", re.M)

_Spans = list[tuple[int, int]]


def mask_chatter(output: str, text: str | None, labels: LabelSet | None) -> tuple[str, list[tuple[str, Span]]]:
    """Blank out what surrounds an answer, keeping every offset.

    What the source itself holds, and what is a label, is never taken for chatter.

    Returns:
        The output with spaces (newlines stay) for what was masked, and what that was, where.
    """
    found: list[tuple[str, Span]] = []
    asked: dict[str, bool] = {}

    def foreign(match: re.Match[str]) -> bool:
        said = match[0]
        if said not in asked:
            name = match[match.lastindex] if match.lastindex else ""
            asked[said] = not ((text and said in text) or known(name or "", labels))
        return asked[said]

    def blank(spans: _Spans, what: str) -> None:
        nonlocal output
        if spans:
            found.extend((what, Span(start, end)) for start, end in spans)
            output = _blank(output, spans)

    blank(_reasoning(output, foreign), "reasoning")
    if "<" in output or "[/" in output or "[INST" in output:
        blank(_matches(_MARKS, output, foreign), "marks of a chat template")
        if labels is not None or "CDATA" in output or "<?xml" in output:
            blank(_matches(_FRAME, output, foreign), "tags that are no labels")
    if "<!--" in output:
        blank(_matches(_COMMENT, output, foreign), "a comment")
    if "```" in output or "~~~" in output:
        blank(_matches(_FENCE, output, foreign), "code fences")
    return output, found


def _matches(pattern: re.Pattern[str], output: str, foreign: Callable[[re.Match[str]], bool]) -> _Spans:
    return [match.span() for match in pattern.finditer(output) if match.end() > match.start() and foreign(match)]


def _reasoning(output: str, foreign: Callable[[re.Match[str]], bool]) -> _Spans:
    """Find reasoning: from an opening mark, or the start, to its closing mark; and channels.

    An opening mark that nothing closes is masked alone: the answer may follow it.
    """
    spans: _Spans = []
    opened: re.Match[str] | None = None
    for match in _REASONING.finditer(output):
        if not foreign(match):
            continue
        if not match[1]:
            opened = opened or match
        elif opened is None:
            spans = [(0, match.end())]
        elif opened[2].casefold() == match[2].casefold():
            spans.append((opened.start(), match.end()))
            opened = None
    if opened is not None:
        spans.append(opened.span())
    if "<|channel|>" in output:
        channels = [match for match in _CHANNEL.finditer(output) if foreign(match)]
        spans += [(one.start(), other.start()) for one, other in pairwise(channels) if one[1] != "final"]
    return _union(spans) if len(spans) > 1 else spans


def _union(spans: _Spans) -> _Spans:
    """Merge what overlaps."""
    merged: _Spans = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts = []
    last = 0
    for start, end in spans:
        parts.append(text[last:start])
        parts.append("".join("\n" if char == "\n" else " " for char in text[start:end]))
        last = end
    parts.append(text[last:])
    return "".join(parts)
