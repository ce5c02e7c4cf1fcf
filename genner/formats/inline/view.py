"""An answer as its marks are looked for: escapes and look-alike brackets resolved, every place kept."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from genner.formats.answer import Answer

__all__ = ["View", "trimmed", "view_of"]

_ALIKE = {"［": "[", "］": "]", "【": "[", "】": "]", "〔": "[", "〕": "]", "｜": "|", "¦": "|", "│": "|", "∣": "|"}
_ALIKE |= {"／": "/", "＜": "<", "＞": ">", "〈": "<", "〉": ">", "‹": "<", "›": ">", "｛": "{", "｝": "}"}
_ALIKE |= {"⟦": "[", "⟧": "]", "〖": "[", "〗": "]"}
_ALIKE |= {"＠": "@", "＃": "#"}
_MARKS = "[]|<>{}@#"
_ESCAPE = re.compile(
    r"&(?:[a-zA-Z]{2,8}|#\d{1,7}|#x[0-9a-fA-F]{1,6});|\\u[0-9a-fA-F]{4}|\\[nt]|\\\\|\\[\"'/]|\\[\[\]|<>{}@#()_*`]"
)


@dataclass(slots=True)
class View:
    """The characters of an answer that mean something.

    Args:
        text: the answer with escapes resolved.
        origin: for each character of `text` its offset in the output.
        escaped: offsets in `text` of brackets that an escape keeps from being markup.
        resolved: kinds of change, with the output offsets of the first.
    """

    text: str
    origin: list[int]
    escaped: frozenset[int]
    resolved: dict[str, int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Translate offsets of the view into offsets of the output."""
        origin = self.origin
        if start >= len(origin):
            last = origin[-1] + 1 if origin else 0
            return last, last
        return origin[start], max(origin[end - 1] + 1 if end > start else origin[start], origin[start] + 1)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range without the white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def view_of(answer: Answer) -> View:
    """Resolve what the source does not have in the same spelling."""
    body, source = answer.body, answer.source.text
    resolved: dict[str, int] = {}
    foreign = {char for char in _ALIKE if char in body and char not in source}
    if foreign:
        resolved["other brackets or bars"] = min(body.index(char) for char in foreign)
        body = body.translate({ord(char): _ALIKE[char] for char in foreign})
    if "&" not in body and "\\" not in body:
        return View(body, list(range(len(body))), frozenset(), resolved)
    pieces: list[str] = []
    origin: list[int] = []
    escaped: set[int] = set()
    last = 0
    for at, end, char, is_text, what in _escapes(body, answer):
        pieces.append(body[last:at])
        origin += range(last, at)
        if is_text:
            escaped.add(len(origin))
        pieces.append(char)
        origin += [at] * len(char)
        resolved.setdefault(what, at)
        last = end
    pieces.append(body[last:])
    origin += range(last, len(body))
    return View("".join(pieces), origin, frozenset(escaped), resolved)


def _escapes(body: str, answer: Answer) -> Iterator[tuple[int, int, str, bool, str]]:
    """Yield start, end, meaning of each escape, whether it keeps a bracket from being markup, and its kind."""
    source, given = answer.source.text, answer.source.given
    own = {match[0] for match in _ESCAPE.finditer(source)} if "&" in source or "\\" in source else frozenset()
    # an escape keeps from being markup what the text has; without it, what is markup unescaped
    known = source if given else _ESCAPE.sub("", body)
    for match in _ESCAPE.finditer(body):
        written = match[0]
        if written in own:
            continue
        if written[0] == "&":
            char = html.unescape(written)
            if char == written:
                continue
            yield *match.span(), char, char in _MARKS and char in known, "escaped characters"
        elif written[1] in _MARKS:
            yield *match.span(), written[1], written[1] in known, "escaped brackets"
        elif given:
            yield *match.span(), _unescaped(written), False, "escaped characters"


def _unescaped(written: str) -> str:
    if written[1] == "u":
        char = chr(int(written[2:], 16))
        return char if not "\ud800" <= char <= "\udfff" else "\ufffd"
    return {"n": "\n", "t": "\t"}.get(written[1], written[1])
