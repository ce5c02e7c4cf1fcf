"""Numbers, words and escapes of JSON, and those of Python that models write in their place."""

from __future__ import annotations

import re

from genner.formats.json.nodes import Node

__all__ = ["read_bare", "unescape"]

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?\Z|0[xX][0-9a-fA-F]+\Z")
_STRICT_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_WORDS = {"null": None, "None": None, "undefined": None, "true": True, "True": True, "false": False, "False": False}
_NOT_NUMBERS = frozenset(("NaN", "Infinity", "-Infinity", "nan", "inf"))
_BARE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，]+")
_BARE_IN_TUPLE = re.compile(r"[^\[\]{}:,\n\"“”［］｛｝：，)]+")
_THOUSANDS = re.compile(r"(?<=\d),\d{3}(?:\.\d+)?(?!\d)")
_QUOTE_END = re.compile(r"[\"”]\s*(?=[,:\]}=]|\Z)")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}
_SURROGATES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")


def _number(word: str) -> int | float | None:
    """Read a number; None when `word` is no number, or has more digits than an int may have."""
    if not _NUMBER.match(word):
        return None
    try:
        if word[:2] in ("0x", "0X"):
            return int(word, 16)
        return int(word) if word.lstrip("+-").isdigit() else float(word)
    except ValueError:
        return None


def unescape(raw: str) -> tuple[str, bool]:
    """Resolve JSON escapes; a backslash that begins no escape stays as it is.

    Returns:
        The string and whether it held a bad escape.
    """
    bad = False

    def one(match: re.Match[str]) -> str:
        nonlocal bad
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            bad = bad or code[0] == "x"
            return chr(int(code[1:], 16))
        if code in _SIMPLE:
            return _SIMPLE[code]
        bad = True
        return match[0]

    result = _ESCAPE.sub(one, raw)
    return _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), result), bad


def read_bare(text: str, start: int, in_tuple: bool) -> tuple[Node, str, int]:
    """Read characters without quotes: a number, a literal, or a string that lost its quotes.

    Returns:
        The value, what is wrong with it or an empty string, and where reading goes on.
    """
    match = (_BARE_IN_TUPLE if in_tuple else _BARE).match(text, start)
    stop = match.end() if match else start + 1
    while not text[start].isdigit() and (match := _THOUSANDS.match(text, stop)):  # `$1,200`, but not `[1,200]`
        stop = match.end()
    word = text[start:stop].rstrip()
    end = start + max(len(word), 1)
    node = Node("scalar", None, start, end, end < len(text), word)
    problem = ""
    if word in ("...", "…", "etc."):
        node.kind = "nothing"
    elif (value := _number(word)) is not None:
        node.value = value
        problem = "" if _STRICT_NUMBER.match(word) else f"the number {word:.20}"
    elif word in _WORDS:
        node.value = _WORDS[word]
    elif word in _NOT_NUMBERS:
        problem = f"{word} is no number"
    else:
        node.kind, node.value = "string", unescape(word)[0] if "\\u" in word else word
        problem = "a string without quotes"
    if _QUOTE_END.match(text, end):
        return node, "a missing opening quote", end + 1
    return node, problem, end
