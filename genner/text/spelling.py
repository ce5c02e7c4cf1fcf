"""Other spellings of the same characters: HTML, escapes, wrong decoding, treebank brackets, Greek in letters."""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["bare", "bare_units", "respell", "spelled_units"]

_TREEBANK = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}", "``": '"', "''": '"'}
_UNIT = re.compile(
    r"-[LR][RSC]B-|``|''"
    r"|&(?:[a-zA-Z]{2,8}|\#\d{1,7}|\#x[0-9a-fA-F]{1,6});"
    r"|\\u[0-9a-fA-F]{4}"
    r"|[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
    r"|[\u0391-\u03c9\u00b5]"
)
_MARK = re.compile(
    _UNIT.pattern  # what has a plainer spelling is no mark
    + r"|(?<!\d)[-.,'\u2019\u2010-\u2015]|[-.,'\u2019\u2010-\u2015](?!\d)"  # marks, but for those between digits
    + r"|(?<=\d),(?=\d{3}(?!\d))|(?<=\d),(?=\d)"  # thousands, and a decimal comma
)

_THOUSANDS = re.compile(r"\d{3}(?!\d)")


def spelled_units(text: str) -> list[tuple[int, int, str]]:
    """Return the parts of a text that have a plainer spelling: start, end and that spelling."""
    if text.isascii() and not any(mark in text for mark in ("RB-", "SB-", "CB-", "``", "''", "&", "\\u")):
        return []
    units = []
    for match in _UNIT.finditer(text):
        plain = _plain(match[0])
        if plain != match[0]:
            units.append((match.start(), match.end(), plain))
    return units


def respell(text: str) -> str:
    """Write a text in its plainest spelling.

    >>> respell("TNF-α of Malm\\u00c3\\u00b6 &amp; -LRB- UN -RRB-")
    'TNF-alpha of Malmö & ( UN )'

    """
    return _rewrite(text, spelled_units(text))


def bare_units(text: str) -> list[tuple[int, int, str]]:
    """Return the parts of a text that `bare` changes: start, end and what they become."""
    units = []
    for match in _MARK.finditer(text):
        mark = match[0]
        if len(mark) > 1 or not (mark in "-.,'\u2019" or "\u2010" <= mark <= "\u2015"):
            plain = _plain(mark)
        else:
            is_decimal = (
                mark == ","
                and text[match.start() - 1 : match.start()].isdigit()
                and (text[match.end() : match.end() + 1].isdigit() and not _THOUSANDS.match(text, match.end()))
            )
            plain = "." if is_decimal else ""
        if plain != mark:
            units.append((match.start(), match.end(), plain))
    return units


def bare(text: str) -> str:
    """Write a text without the marks that writers leave out or add.

    >>> bare("the E.U. paid $1,500 for 1,5 IL-2")
    'the EU paid $1500 for 1.5 IL2'

    """
    return _rewrite(text, bare_units(text))


def _rewrite(text: str, units: list[tuple[int, int, str]]) -> str:
    if not units:
        return text
    pieces: list[str] = []
    last = 0
    for start, end, plain in units:
        pieces += [text[last:start], plain]
        last = end
    return "".join([*pieces, text[last:]])


def _plain(unit: str) -> str:
    if unit in _TREEBANK:
        return _TREEBANK[unit]
    if unit[0] == "&":
        return html.unescape(unit)
    if unit[0] == "\\":
        return chr(int(unit[2:], 16))
    if len(unit) == 1:
        return _greek(unit)
    for encoding in ("cp1252", "latin-1"):
        try:
            return unit.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return unit


def _greek(letter: str) -> str:
    """Name a Greek letter; accented ones are left, because they belong to words in Greek."""
    name = unicodedata.name(unicodedata.normalize("NFKC", letter), "").split()
    return name[-1].lower() if len(name) == 4 and name[0] == "GREEK" and name[2] == "LETTER" else letter
