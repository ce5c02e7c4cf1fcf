"""Where words begin and end, in scripts with spaces between them and in others."""

from __future__ import annotations

import unicodedata
from functools import cache

import regex

__all__ = ["APART", "cuts_number", "is_inside_word", "is_mark", "is_spaced", "script_change", "splits_word"]

# Letters and digits of scripts that put spaces between words.  In the others (and in Hangul, where
# particles are written onto the word) a mention may be anywhere, so no edge splits a word.
_SPACED = (
    r"(?V1)[\p{Alphabetic}\p{N}\p{M}--[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\p{Tibetan}]]"
)

_EAST_ASIAN = regex.compile(r"(\p{Han})|(\p{Hiragana})|([\p{Katakana}\u30fc])")
_KATAKANA = 3

# Vowels of Thai and Lao that are letters, not marks, and yet belong to one consonant: those written before it and
# those written behind it (The Unicode Standard, 16.1 and 16.2).
_LEADING_VOWELS = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")
_FOLLOWING_VOWELS = frozenset("\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3")

# Prepositions and conjunctions that Hebrew and Arabic write onto the next word; it may have two of them.
_PREFIXES = frozenset("\u05d1\u05d4\u05d5\u05db\u05dc\u05de\u05e9\u0648\u0628\u0644\u0641\u0643")

APART = frozenset(char for char in map(chr, range(128)) if not char.isalnum()) | {""}
"""What belongs to no word, whatever is next to it."""


@cache
def is_spaced(char: str) -> bool:
    """Tell whether a character is a letter or digit of a script that puts spaces between words."""
    if char.isascii():
        return char.isalnum()
    return regex.match(_SPACED, char) is not None


@cache
def is_mark(char: str) -> bool:
    """Tell whether a character combines with the one before it."""
    return unicodedata.category(char)[0] == "M"


@cache
def _script_of(char: str) -> int:
    match = _EAST_ASIAN.match(char)
    return match.lastindex or 0 if match else 0


def script_change(text: str, at: int) -> int:
    """Return 1 where a script of Japanese ends before a place and another begins, -1 inside one of them, else 0.

    Words of Japanese, which has no spaces between them, are likelier to begin and end where the script changes.
    """
    before, after = map(_script_of, text[max(at - 1, 0) : at + 1]) if 0 < at < len(text) else (0, 0)
    return (1 if before != after else -1) if before and after else 0


def is_inside_word(text: str, at: int) -> bool:
    """Tell whether a place is inside a word, so that an edge there would split it.

    Scripts that separate words by spaces have such places; an underscore is no letter, and what Hebrew and Arabic
    write onto a word is a word of its own.  In others a mark and a vowel belong to their letter, and Katakana, which
    writes words from other languages, to the Katakana next to it.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if after.isascii() or (is_spaced(before) and is_spaced(after)):
        return is_spaced(before) and is_spaced(after) and not (before in _PREFIXES and _follows_prefix(text, at))
    if is_mark(after):
        return before.isalpha()
    return (
        (after in _FOLLOWING_VOWELS and before.isalpha())
        or before in _LEADING_VOWELS
        or _script_of(before) == _script_of(after) == _KATAKANA
    )


def _follows_prefix(text: str, at: int) -> bool:
    """Tell whether one or two prefixes, and no other letter of the word, are before a place."""
    start = at
    while 0 < start > at - 2 and text[start - 1] in _PREFIXES:
        start -= 1
    return start == 0 or not is_spaced(text[start - 1])


def splits_word(text: str, start: int, end: int) -> bool:
    """Tell whether an edge of `text[start:end]` falls inside a word."""
    if text[start - 1 : start] in APART and text[end : end + 1] in APART:
        return False  # the usual case, looked at first
    return is_inside_word(text, start) or is_inside_word(text, end)


def cuts_number(text: str, start: int, end: int) -> bool:
    """Tell whether an edge of `text[start:end]` falls between two digits."""
    return (start > 0 and text[start - 1].isdigit() and text[start].isdigit()) or (
        end < len(text) and text[end - 1].isdigit() and text[end].isdigit()
    )
