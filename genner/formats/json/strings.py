"""What one string of an answer holds: nothing, a mention, several, a mention with a remark or with its label."""

from __future__ import annotations

import re
from collections.abc import Callable

from genner.text.grounding import Source

__all__ = ["enumerated", "labelled", "labelled_list", "mentions"]

_SEPARATORS = re.compile(r"""\s*[,;\n、，；،؛|"]\s*|\s+(?:/|and|&)\s+|/""")
_COMMA = re.compile(r"\s*[,;\n、，；،؛]\s*")
_QUOTE = re.compile(r"""["“”]""")

_REMARK = re.compile(r"(.{1,200}?)\s*(?:[(\[<].*[)\]>]|(?:\s[-–—]\s|:\s).*)", re.S)
_DELIMITER = re.compile(
    r"\s*(?:[(\[<{|:;=→/]|[#@_]\d|//|\s#|\s[-–—]\s|[-=]+>|['’]s\Z|\s[x×]\d|\\[nrt\"']|,\s(?:(?:an?|the)\s|[A-Z_]{2,20}\Z))\s*"
)
"""What may be between a mention and a remark on it; a comma only before an article or a label."""

_MOST_CUTS = 6
_SHORT_REMARK = 12
"""Characters of a remark that may be longer than its mention."""

_LABEL_LAST = re.compile(
    r"(.+?)\s*(?:[(\[<{|]|[-=]+>|[→:=–—]|\s-\s|\bis an?\b|,)\s*([^()\[\]<>{}|:=→–—]{1,60}?)\s*[)\]>}]?\.?", re.S
)
_LABEL_FIRST = re.compile(r"[(\[<{]?\s*([^()\[\]<>{}|:=→–—]{1,60}?)\s*(?:[)\]>}|]|[-=]+>|[→:=–—]|\s-\s)+\s*(.+)", re.S)
_RIM = " \t\r\n\"'“”*"
_AROUND = _RIM + "()[]{}<>|:;=-/\\"
_JOINING = ("and", "or", "&")
_LONGEST = 600
_NUMERIC = re.compile(r"[\d.,:/\s-]+")


_WRAPPED = (
    re.compile(r"<([^<>\s/]{1,60})[^<>]{0,60}>(?P<mention>.+)</\1\s*>", re.S),
    re.compile(r"(?:\d{1,3}[.)]|[-*•])\s+(?P<mention>.+)", re.S),
)
"""A mention inside tags, and behind the number or mark of a list."""


def mentions(text: str, source: Source, quoted: bool) -> list[str]:
    """Split a string that names several mentions or adds a remark, where the text does not have it as a whole.

    >>> mentions("<PER>Ann</PER>", Source("Ann left.", "exact"), False)
    ['Ann']

    Args:
        quoted: quotes inside may be what was left of the borders between strings.
    """
    is_number = _NUMERIC.fullmatch(text) is not None and ", " not in text
    if not source.given or len(text) > _LONGEST or is_number or source.has(text):
        return [text]
    plain = _unwrapped(text, source)
    if plain != text:
        return [plain]
    if not (_SEPARATORS.search(text) or _DELIMITER.search(text) or _REMARK.fullmatch(text)):
        return [text]
    hits = source.find(text)
    if hits and not hits.is_fuzzy:
        return [text]
    for one, other in ((" and ", " & "), (" & ", " and ")):
        if one in text and source.has(text.replace(one, other)):
            return [text.replace(one, other)]
    if text[0] + text[-1] in ("[]", "{}", "()"):
        return mentions(text.strip("[]{}() \n") or text[1:], source, quoted)
    parts = [part.strip(f"{_RIM},;") for part in _QUOTE.split(text)] if quoted else []
    inner = [part for part in parts[1:-1] if any(map(str.isalnum, part)) and part not in _JOINING]
    parts = [part for part in (*parts[:1], *inner, *parts[1:][-1:]) if part]
    if len(parts) > 1:
        return parts
    coarse = [part.strip(_RIM) for part in _COMMA.split(text)]
    if len(coarse) > 1 and all(map(source.has, coarse)) and not _is_turned(text, coarse, source):
        return coarse  # `Procter and Gamble, Apple`
    parts = [part.strip(_RIM) for part in _SEPARATORS.split(text)]
    parts = [_unwrapped(part, source) for part in parts if part]
    inside = [source.has(part) for part in parts]
    if len(parts) > 1 and not _is_turned(text, parts, source):
        if all(inside):
            return parts
        # all parts but some are in the text and the separator is no part of a name
        clear = any(mark in text for mark in ";\n|、；؛") or text.count(",") > 1 or quoted
        if clear and any(inside) and all(len(part.split()) <= 6 for part in parts):
            return parts
    remark = _REMARK.fullmatch(text)
    if remark is not None and source.has(remark[1].strip()):
        return [remark[1].strip()]
    kept = None if hits else _without_remark(text, source)
    return [text if kept is None else kept]


def _without_remark(text: str, source: Source) -> str | None:
    """Return the longest beginning or end of a string, up to a delimiter, that the text has: `Ann -> PER`."""
    cuts = list(_DELIMITER.finditer(text))[:_MOST_CUTS]
    heads = [text[: cut.start()] for cut in reversed(cuts)]
    tails = [text[cut.end() :] for cut in cuts if cut[0].strip() in (":", "=")]
    for part in (one.strip(_AROUND) for one in (*heads, *tails)):
        if len(part) > 1 and len(text) - len(part) <= max(len(part), _SHORT_REMARK) and source.has(part):
            return part
    return None


def _unwrapped(text: str, source: Source) -> str:
    """Return a mention without tags around it and list marks before it, where the text has it so."""
    for pattern in _WRAPPED:
        match = pattern.fullmatch(text.strip())
        if match is not None and source.has(match["mention"]) and not source.has(text):
            return match["mention"]
    return text


def enumerated(text: str, source: Source) -> list[str]:
    """Split a string that is several short strings of the text, which it may have as a whole too; three with commas."""
    parts = [part.strip() for part in re.split(r",\s|、|，", text)] if len(text) <= _LONGEST else []
    are_short = all(part and len(part.split()) < 5 for part in parts)
    return (
        parts if len(parts) > 2 - ("、" in text) and source.given and are_short and all(map(source.has, parts)) else []
    )


def _is_turned(text: str, parts: list[str], source: Source) -> bool:
    """Tell whether two parts are one name turned round, `Reed, Ann`, which the text has as `Ann Reed`."""
    return len(parts) == 2 and "," in text and source.has(f"{parts[1]} {parts[0]}")


def labelled_list(text: str, is_label: Callable[[str], bool]) -> list[tuple[str, str]]:
    """Split `Ann (PER), Rome (LOC)`, or one of these, into mentions and labels; empty when it is neither."""
    for parts in (re.split(r"[,;]\s+|\n", text), [text]):
        found = [pair for part in parts if (pair := labelled(part, is_label)) is not None]
        if len(found) == len(parts):
            return found
    return []


def labelled(text: str, is_label: Callable[[str], bool]) -> tuple[str, str] | None:
    """Split `Ann (PER)`, `PER: Ann` or `Ann - PER` into mention and label; None when it is nothing of the kind."""
    if len(text) > _LONGEST or "\n" in text.strip():
        return None
    last = _LABEL_LAST.fullmatch(text)
    if last is not None and is_label(last[2]):
        return last[1].strip(_RIM), last[2]
    first = _LABEL_FIRST.fullmatch(text)
    if first is not None and is_label(first[1].strip(_RIM)):
        return first[2].strip(_RIM), first[1].strip(_RIM)
    return None
