"""The marks of an answer, each by itself: `[`, ` | PER]`, `<PER>`, `</PER>`, `<mark class="PER">`, `[/PER]`, `@@`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genner.formats.inline.marked import Marked
from genner.formats.inline.markup import Markup
from genner.formats.keys import role_of
from genner.formats.naming import MAX_CHARS, MAX_WORDS

__all__ = [
    "BRACKETS",
    "PLAIN_TAGS",
    "Token",
    "bracket_tokens",
    "label_tokens",
    "strict_tokens",
    "symbol_tokens",
    "tag_tokens",
]

PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol table tr td text sentence output
    answer result results response entity entities ne ner input doc document root html body xml json s""".split()  # noqa: SIM905
)
"""Names of tags that say how a text looks or what part of an answer it is."""

BRACKETS = {"]": "[", "}": "{", ")": "("}

_LABEL_ATTRIBUTES = ("type", "label", "category", "class", "tag", "ner", "entity", "kind", "name")
_TAG = re.compile(
    r"""<((?:[^<>\n"]|"[^"<\n]*"){1,200}|[^<>\n]{1,200})>"""  # a value in quotes may hold a closing bracket
    r"""|<(/[^<>\[\]|\n]{1,60}|[^<>\s\n]{1,60})?(?=\s*\Z)|</([^\s<>/]{1,60})(?=\s)|(?<!<)(/[^\W\d][\w-]{0,40}|(?<![\w/])[^\W\d][\w-]{0,40})>"""
)
_SLASHED = {
    "[/": re.compile(r"\[(/?[^\[\]|\n]{1,60})\]"),
    "(/": re.compile(r"\((/?[^()|\n]{1,60})\)"),
    "{/": re.compile(r"\{(/?[^{}|\n]{1,60})\}"),
}
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/]+))")
_BRACKET = re.compile(r"[\[\]{}()|]")
_LONGEST_BAR = 300
_BEHIND_BAR = re.compile(r"[^\[\]{}<>\n]{0,300}")
_GOES_ON = re.compile(r"\][ \t]?\|([^\[\]|\n]{1,60})\]")
_MOST_BARS = 8
_CUT_LABEL = re.compile(r"[\w .-]*")
_BEHIND_LABEL = ".,;:/\\|{<>\"'`\0"
"""What may be written where the bracket behind a label is missing."""

_NUMBER = re.compile(r"\d{0,9}\.?\d{1,9}%?")
_STARRED = re.compile(r"\*\*\s*([^*\n]{1,60}?)\s*:?\s*\*\*:?")
_GLUED = re.compile(r"(?<=[\w.)\]\"'*`])[/_#](?=([^\W\d_][\w-]{0,40}))")


@dataclass(slots=True)
class Token:
    """One mark.

    Args:
        side: `"open"`, `"close"`, `"alone"` (`<PER/>`), `"cut"` (the end of the output is in it) or `"label"`
            (a label next to a mention).
        key: what an opener and its closer have in common.
        start, end: view offsets.
        name: what is written in it, without slashes and attributes.
        label: the label of what it marks; None where it names none.
        is_exact: it is written as the format asks for.
        is_bracket: it is a bracket, or a bar with a label behind it.
        is_text: an escape makes it a character of the text.
        mention: view offsets of a mention that the mark itself holds, as in `<PER text="Ann"/>`.
        others: further labels that it gives.
        details: what else it says.
    """

    side: str
    key: str
    start: int
    end: int
    name: str = ""
    label: str | None = None
    is_exact: bool = True
    is_bracket: bool = False
    is_text: bool = False
    mention: tuple[int, int] | None = None
    others: Sequence[str] = ()
    details: Mapping[str, Any] | None = None


# -- tags -------------------------------------------------------------------------------------------------


def tag_tokens(marked: Marked) -> Iterator[Token]:
    """Yield the tags in angle brackets, and in other brackets where the answer has a closing one: `[/PER]`."""
    text, escaped = marked.view.text, marked.view.escaped
    for match in _TAG.finditer(text) if "<" in text else ():
        if match.start() in escaped:
            continue
        if match[1] is not None:
            token = _tag(marked, match[1], *match.span())
        elif match[4] is None:
            token = _unfinished(marked, match)
        elif marked.is_label(match[4].strip("/")) and not marked.in_source(match[0]):
            token = _tag(marked, match[4], *match.span())  # its opening bracket is missing
        else:
            continue
        if token is not None:
            yield token
    for pattern in [pattern for needed, pattern in _SLASHED.items() if needed in text]:
        for match in pattern.finditer(text):
            token = None if match.start() in escaped else _tag(marked, match[1], *match.span())
            if token is not None and (token.side == "close" or marked.may_be_label(token.name)):
                token.is_exact = False
                yield token


def _tag(marked: Marked, written: str, start: int, end: int) -> Token | None:
    stripped = written.strip()
    closes, alone = stripped[:1] in ("/", "\\"), stripped[-1:] == "/"
    name = stripped.strip("/\\").strip()
    lead, slash, tail = name.rpartition("/")
    if slash and marked.is_label(tail):
        are_several = any(map(marked.is_label, (name, *lead.split("/"))))
        if not are_several and marked.lacks(lead):
            closes, name = True, tail  # something is written before its slash: `<x/PER>`
    side = "close" if closes else "alone" if alone else "open"
    if not name and side != "close":
        return None
    exact = f"</{name}>" if closes else f"<{name}>"
    token = Token(side, "", start, end, name, is_exact=marked.view.text[start:end] == exact)
    if "=" in name and not marked.is_label(name):
        _read_attributes(marked, token)
    elif marked.is_label(name) or (name.casefold() not in PLAIN_TAGS and (name[:1].isalnum() or side == "close")):
        token.label = name
    token.key = _key(marked, token.name)
    return token


def _read_attributes(marked: Marked, token: Token) -> None:
    """Take the label, and perhaps the mention, from the attributes of a tag."""
    at = marked.view.text.index(token.name, token.start)
    found = [(match[1].casefold(), match.lastindex or 0, match) for match in _ATTRIBUTE.finditer(token.name)]
    if not found:
        token.label = token.name
        return
    values = {key: match[group] for key, group, match in found}
    words = token.name.split("=")[0].split()
    token.name = word = words[0] if len(words) > 1 else ""
    token.is_exact = False
    value = next((values[key] for key in _LABEL_ATTRIBUTES if key in values), None)
    if value is None or not marked.is_label(value):
        value = next(filter(marked.is_label, values.values()), value)
    is_name = marked.is_label(word) or (value is None and word and word.casefold() not in PLAIN_TAGS)
    token.label = word if is_name else value
    value = None if is_name else value
    for key, group, match in found:
        low, high = at + match.start(group), at + match.end(group)
        if marked.is_label(key) and not marked.is_label(match[group]):
            token.label, token.mention = key, (low, high)
        elif role_of(key) == "text" and match[group] != value and token.mention is None:
            token.mention = low, high


def _key(marked: Marked, name: str) -> str:
    labels = marked.answer.labels
    folded = labels.fold(name) if labels is not None else None
    return folded or " ".join(name.casefold().split())


def _unfinished(marked: Marked, match: re.Match[str]) -> Token | None:
    """A tag without its closing bracket: at the end of the output, or `</PER` before a space."""
    name = match[3] or (match[2] or "").lstrip("/")
    first = name.split(None, 1)[0] if name.strip() else ""
    if (match[3] is not None or first != name) and marked.is_label(first):
        end = marked.view.text.index(first, match.start()) + len(first)
        return Token("close", _key(marked, first), match.start(), end, first, is_exact=False)
    if match[3] is not None:
        return None
    closes = marked.view.text.startswith("</", match.start())
    return Token("cut", _key(marked, name), *match.span(), name, label="" if closes else None)


# -- brackets ---------------------------------------------------------------------------------------------


def bracket_tokens(marked: Marked) -> Iterator[Token]:
    """Yield brackets, each alone, and what a bar puts before a closing one: ` | PER]`."""
    text, escaped = marked.view.text, marked.view.escaped
    if not any(sign in text for sign in "[|("):
        return
    surplus = text.count("[") - text.count("]")
    depth = last = 0
    for match in _BRACKET.finditer(text):
        at, char = match.start(), match[0]
        if at < last:
            continue
        is_text = at in escaped
        if char == "|":
            token = None if is_text else _bar(marked, at, depth, surplus)
            if token is None:
                continue
            surplus -= token.side == "close" and text[token.end - 1] != "]"
        elif char in BRACKETS:
            token = Token("close", BRACKETS[char], at, at + 1, is_bracket=True, is_text=is_text)
            goes_on = _GOES_ON.match(text, at) if char == "]" and not is_text else None
            if goes_on is not None and marked.is_label(goes_on[1]):
                token.end, token.label, token.is_exact = goes_on.end(), goes_on[1].strip(), False
        else:
            token = Token("open", char, at, at + 1, "", None, True, True, is_text)  # by position: there may be many
        last = token.end
        if token.key == "[" and not is_text:
            depth = depth + 1 if token.side == "open" else max(depth - 1, 0)
        yield token


def _bar(marked: Marked, at: int, depth: int, surplus: int) -> Token | None:
    """Read `| PER]`, `| PER | 0.98]`, and `| PER` where its bracket is missing.

    Args:
        depth: how many square brackets are open.
        surplus: how many more of them open than close in the rest of the answer.
    """
    text = marked.view.text
    high, closer = _behind_bar(marked, at)
    parts = text[at + 1 : high].split("|", _MOST_BARS)
    first = next((n for n, part in enumerate(parts) if marked.is_label(part)), None)
    if first is None and closer == "]":
        first = next((n for n, part in enumerate(parts) if part.strip() and marked.means_label(part)), None)
    is_several = first == 0 and depth > 1 and surplus > 0 and any(map(marked.is_label, parts[1:]))
    if not closer or is_several or (first != 0 and depth > 1):
        end = label_end(marked, at + 1, min(at + 1 + MAX_CHARS, at + 1 + len(parts[0])))
        if end is not None and (is_several or not closer or text[end:high].strip(" ")):
            return _without_bracket(marked, at, end)
    if not closer:
        is_end = len(parts) == 1 and _is_end(text, high) and _CUT_LABEL.fullmatch(parts[0])
        return Token("cut", "[", at, high if is_end else at + 1, is_bracket=True)
    if first is None and closer == "]":
        first = next((n for n, part in enumerate(parts) if not _NUMBER.fullmatch(part.strip())), 0)
        if not marked.may_be_label(parts[first]) or (depth == 0 and len(parts) > 1):
            return None
    if first is None or not all(_NUMBER.fullmatch(part.strip()) for part in parts[:first]):
        return None
    names = [part.strip() for part in parts[first:] if marked.is_label(part)] or [parts[first].strip()]
    rest = [part.strip() for n, part in enumerate(parts) if n != first and part.strip() and not marked.is_label(part)]
    exact = text[at - 1 : at + 2] == " | " and closer == "]" and len(parts) == 1 and not text[high - 1].isspace()
    token = Token("close", BRACKETS.get(closer, ""), at, high + 1, names[0], names[0], exact, is_bracket=True)
    token.others, token.details = names[1:], _details(rest)
    return token


def _behind_bar(marked: Marked, at: int) -> tuple[int, str]:
    """Return where what is behind a bar ends, and its closing bracket: the first of any kind behind a label."""
    text = marked.view.text
    match = _BEHIND_BAR.match(text, at + 1)
    high, closer = (match.end(), text[match.end() : match.end() + 1]) if match is not None else (at + 1, "")
    content = text[at + 1 : high]
    if closer in ("]", "}", ">") and any(map(marked.is_label, content.split("|", _MOST_BARS))):
        return high, closer
    closed = content.find(")")
    inside = content[: max(closed, 0)]
    if "(" not in inside and any(map(marked.is_label, inside.split("|", _MOST_BARS))):
        return at + 1 + closed, ")"
    whole = text.find("]", high, at + _LONGEST_BAR)
    content = text[at + 1 : max(whole, at)]
    is_short = "[" not in content and len(content) <= (20 if "\n" in content else _LONGEST_BAR)
    if whole >= 0 and is_short and any(map(marked.means_label, content.split("|", _MOST_BARS))):
        return whole, "]"
    return high, closer if closer in ("]", "}", ">") else ""


def _is_end(text: str, at: int) -> bool:
    """Tell whether nothing but white space is behind a place."""
    return len(text) - at <= MAX_CHARS and not text[at:].strip()


def _without_bracket(marked: Marked, at: int, end: int) -> Token:
    text, labels = marked.view.text, marked.answer.labels
    name = text[at + 1 : end].strip()
    may_go_on = any(other != name and other.startswith(name) for other in labels or ())
    if may_go_on and len(text) - end <= MAX_CHARS and not text[end:].strip():
        return Token("cut", "[", at, len(text), is_bracket=True)
    return Token("close", "[", at, end, name, name, is_exact=False, is_bracket=True)


def label_end(marked: Marked, low: int, high: int) -> int | None:
    """Return where a known label ends that begins at `low`; of several the longest."""
    text = marked.view.text
    for word in reversed(list(re.finditer(r"\S+", text[low:high]))[:MAX_WORDS]):
        name = text[low : low + word.end()].rstrip(_BEHIND_LABEL)
        if marked.is_label(name):
            return low + len(name)
    return None


def _details(rest: list[str]) -> dict[str, object] | None:
    """Keep what else a bracket says: a number is how sure the model is."""
    details: dict[str, object] = {}
    for part in rest:
        if _NUMBER.fullmatch(part):
            number = float(part.rstrip("%"))
            details.setdefault("confidence", number / 100 if part.endswith("%") else number)
        else:
            details.setdefault("remark", part)
    return details or None


# -- other marks ------------------------------------------------------------------------------------------


def label_tokens(marked: Marked) -> Iterator[Token]:
    """Yield labels of the set next to a mention: `**PER** Ann`, `Ann Reed/PER`, `Ann Reed_PER`."""
    labels, source, text = marked.answer.labels, marked.answer.source.text, marked.view.text
    if labels is None:
        return
    for match in _STARRED.finditer(text) if "**" in text else ():
        if marked.is_label(match[1]):
            yield Token("label", "", *match.span(), match[1], match[1])
    for match in _GLUED.finditer(text):
        if match[1] in labels.known and match[0] + match[1] not in source:
            yield Token("label", "", match.start(), match.end(1), match[1], match[1])


def symbol_tokens(marked: Marked, opener: str = "@@", closer: str = "##", label: str | None = None) -> Iterator[Token]:
    """Yield marks that name no label, such as `@@` and `##`.

    Args:
        label: what the marks mean where an answer with them was asked for; their characters count then, and
            not how many there are.
    """
    text = marked.view.text
    signs = [opener, closer] if label is None else [opener[0], closer[0]]
    if any(sign in marked.answer.source.text for sign in signs):
        return
    one, other = (f"(?:{re.escape(sign)})" + ("" if label is None else "+") for sign in signs)
    turns = label is not None and (signs[0] == signs[1] or not all(sign in text for sign in signs))
    is_open = 0
    for match in re.finditer(f"({one})|{other}", text):
        opens = not is_open if turns else match[1] is not None
        if opens:
            is_open += 1
            yield Token("open", opener, *match.span(), match[0], label or "", is_exact=match[0] == opener)
        elif is_open:
            is_open -= 1
            yield Token("close", opener, *match.span(), match[0], is_exact=match[0] == closer)


def strict_tokens(marked: Marked, markup: Markup) -> Iterator[Token]:
    """Yield the openers and closers of a format, exactly as it asks for them."""
    for match in markup.token.finditer(marked.view.text):
        one, other = match.groups()
        name = one if other is None else other
        side, is_labelled = ("open", markup.opener_labelled) if other is None else ("close", markup.closer_labelled)
        label = name if is_labelled else markup.label if other is None else None
        yield Token(side, name if markup.named else "", *match.span(), name, label)
