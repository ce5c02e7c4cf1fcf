"""Numbers, words and escapes of JSON, and those of Python that models write in their place."""

from __future__ import annotations

import re

__all__ = ["NUMBER", "STRICT_NUMBER", "WORDS", "number", "unescape"]

NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\Z|0[xX][0-9a-fA-F]+\Z")
STRICT_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")
WORDS = {"null": None, "None": None, "undefined": None, "true": True, "True": True, "false": False, "False": False}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def number(word: str) -> int | float | None:
    try:
        if word[:2] in ("0x", "0X"):
            return int(word, 16)
        return int(word) if word.lstrip("-").isdigit() else float(word)
    except ValueError:  # more digits than an int may have
        return None


def unescape(raw: str) -> tuple[str, bool]:
    """Resolve JSON escapes; what is none stays as it stands.

    Returns:
        The string and whether it held a bad escape.
    """
    bad = False

    def one(match: re.Match[str]) -> str:
        nonlocal bad
        code = match[1]
        if code[0] == "u" and len(code) == 5:
            return chr(int(code[1:], 16))
        if code[0] == "x" and len(code) == 3:
            bad = True
            return chr(int(code[1:], 16))
        if code in _SIMPLE:
            return _SIMPLE[code]
        bad = True
        return match[0]

    result = _ESCAPE.sub(one, raw)
    if any("\ud800" <= char <= "\udfff" for char in result):
        result = (
            result.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _paired(result) else result
        )
    return result, bad


def _paired(text: str) -> bool:
    try:
        text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return False
    return True
