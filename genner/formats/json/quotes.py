"""Where a string ends that may have lost a quote or have quotes inside."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "ALONE",
    "CLOSERS",
    "KEY",
    "QUOTED_KEY",
    "SAME",
    "SPACE",
    "VALUE",
    "Ending",
    "find_end",
    "following",
    "is_stray",
    "swallows",
]

CLOSERS = {
    '"': '"',
    "'": "'",
    "“": '”"“',
    "”": '”"',
    "„": '“”"',
    "‘": "’'",
    "’": "’'",
    "`": "`",
    "«": "»",
    "＂": "＂",
}
"""Opening quotes, and what may close each."""

SAME = {"［": "[", "］": "]", "｛": "{", "｝": "}", "：": ":", "，": ",", "；": ";", "（": "(", "）": ")", "、": ","}
"""Full-width punctuation, which means the same outside of strings."""

SPACE = re.compile(r"(?:[\s\ufeff\u200b]|\\(?:[nrt](?![A-Za-z])|(?=[\]}])))*")
KEY = re.compile(r"""\s*(?:["'“‘]{1,2}[^"'”’\n:]{1,60}["'”’]{1,2}|["'“‘]?[^\W\d]\w{0,40}["'”’]?)\s*[:=：]""")
"""The key of an object, also one that lost a quote."""

QUOTED_KEY = re.compile(r"""\s*["“][^"”\n:]{1,60}["”]\s*[:：]""")

VALUE = re.compile(r"\s*(?:[\"'“‘\[{\]}.…#/()［］｛｝,]|-?\d|(?:null|None|true|false|True|False|NaN)\b|\Z)")
"""What may follow a comma in an array."""

ALONE = re.compile(r"""\s*["'“‘][^"'”’\n]{0,80}["'”’]\s*[,}\]]""")
_AFTER_COMMA = re.compile(r"""\s*(?:[}\]{,/#]|\Z|["“][^"”\n]{1,60}["”][\s;]{1,4}["“])""")
_STOPS = {quote: re.compile(f"[{re.escape(closers)}]|" + r"\\") for quote, closers in CLOSERS.items()}
_BEFORE_OPENER = frozenset(",[{:([（［｛：，")
_STRUCTURE = " \t\r\n,{[]}:("
_OPENERS = {")": "(", "]": "[", "}": "{"}
_TAIL = re.compile(r"[\s}\]]*[}\]][ \t]*(?:\n|\Z)")

_MOST_QUOTES = 12
_MOST_CHARS = 2000
"""How far a better end than the first quote is looked for."""


_BEFORE_MARKS = re.compile(r"\s*[\"\[\]{},:]")
_ANSWER_MARKS = re.compile(r"\"\s*[,:\]}]")
_OTHER_MARKS = re.compile(r"['`]\s*[,:\]}]")
_SAMPLE = 1000
"""Characters around a quote that show which quotes an answer writes."""


@dataclass(slots=True)
class Ending:
    """Where a string ends.

    Args:
        content: end of its characters.
        next: where reading goes on.
        problem: what was wrong, or empty.
        cut: the output ends inside the string.
        inner: quotes inside were not escaped.
    """

    content: int
    next: int
    problem: str = ""
    cut: bool = False
    inner: bool = False


def find_end(text: str, start: int, quoted: str, *, as_key: bool, in_array: bool, in_tuple: bool) -> Ending:
    """Find the end of the string whose opening quote is at `start`: the first quote that something fitting follows.

    Args:
        quoted: what opened it, or should have.
        as_key: a key of an object is expected here.
        in_array: it is an element of an array; otherwise, a value of an object.
        in_tuple: that array is in parentheses.
    """
    stops = _STOPS[quoted]
    first = -1
    seen = 0
    position = at = start + 1
    while seen < _MOST_QUOTES and (first < 0 or position - at < _MOST_CHARS):
        match = stops.search(text, position)
        if match is None:
            break
        if match[0] == "\\":
            position = match.end() + 1
            continue
        quote = match.start()
        if _ends(text, quote, as_key, in_array, in_tuple):
            problem = "unescaped quotes in a string" if first >= 0 else ""
            return Ending(quote, quote + 1, problem, inner=first >= 0)
        if _opens(text, quote, start, stops, as_key or in_array):
            content = _content_end(text, at, quote)
            return Ending(content, content, "a missing closing quote", inner=first >= 0)
        if first < 0:
            first = quote
        seen += 1
        position = match.end()
    if first >= 0:
        return Ending(first, first + 1, "text after a string")
    return _without_quote(text, at)


def _without_quote(text: str, at: int) -> Ending:
    """No quote follows: the string ends before closing brackets at the end of a line, or is cut off."""
    line = text.find("\n", at)
    line = len(text) if line < 0 else line
    content = _content_end(text, at, line)
    if _TAIL.match(text, content):
        return Ending(content, content, "a missing closing quote")
    return Ending(len(text), len(text), cut=True)


def _content_end(text: str, at: int, end: int) -> int:
    """Return where a string that lost its closing quote ends: before marks of the answer, behind its own brackets."""
    content = at + len(text[at:end].rstrip(_STRUCTURE))
    while (opener := _OPENERS.get(text[content : content + 1])) is not None:
        if text.count(opener, at, content) <= text.count(text[content], at, content):
            break
        content += 1
    return content


def following(text: str, at: int) -> tuple[str, int]:
    """Return the mark behind white space, or an empty string at the end, and where it is."""
    after = SPACE.match(text, at).end()  # type: ignore[union-attr]  # matches the empty string
    char = text[after : after + 1]
    return SAME.get(char, char), after


def _ends(text: str, quote: int, as_key: bool, in_array: bool, in_tuple: bool) -> bool:
    """Tell whether a quote may close a string: what follows it fits."""
    char, after = following(text, quote + 1)
    if not char or char in "]}" or (char == ")" and in_tuple):
        return True
    apart = after > quote + 1
    if as_key and char != ",":
        return char in ":=;[{" or (apart and (char in CLOSERS or char.isdigit()))
    if char == ",":
        if as_key or in_array:
            return VALUE.match(text, after + 1) is not None
        return bool(KEY.match(text, after + 1) or ALONE.match(text, after + 1) or _AFTER_COMMA.match(text, after + 1))
    if char in "/#" or (char in "-*•" and "\n" in text[quote:after]):
        return True
    if in_array:
        return char in ":=" or (apart and char in CLOSERS)
    return char == ";" or ((apart or char in CLOSERS) and KEY.match(text, after) is not None)


def _opens(text: str, quote: int, start: int, stops: re.Pattern[str], strictly: bool) -> bool:
    """Tell whether a quote opens the next string, so that the one before it lost its closing quote."""
    before = quote - 1
    while before > start and text[before].isspace() and quote - before < 100:
        before -= 1
    if before > start and text[before] in _BEFORE_OPENER:
        closing = stops.search(text, quote + 1)
        if closing is None or closing[0] == "\\":
            return closing is not None
        char, _ = following(text, closing.end())
        return not char or char in ",:=]})"
    return not strictly and before > start and KEY.match(text, quote) is not None


def is_stray(text: str, at: int) -> bool:
    """Tell whether a quote opens no string: in it there would be marks of the answer itself, or nothing."""
    if not _BEFORE_MARKS.match(text, at + 1):
        return False
    end = find_end(text, at, text[at], as_key=False, in_array=True, in_tuple=False)
    return end.next == at + 1 or (text[at] != '"' and swallows(text, at, end))


def swallows(text: str, at: int, end: Ending) -> bool:
    """Tell whether a string in other quotes than the answer's holds quotes and marks of the answer."""
    content = text[at + 1 : end.content].strip()
    is_json = end.next > end.content and content[:1] in ("[", "{") and content[-1:] in ("]", "}")
    if is_json or not (end.cut or _ANSWER_MARKS.search(content)):
        return False
    around = text[max(0, at - _SAMPLE) : at + _SAMPLE]
    return len(_ANSWER_MARKS.findall(around)) > len(_OTHER_MARKS.findall(around))
