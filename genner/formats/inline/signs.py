"""The signs of an answer, each by itself: tags, labels, brackets, and other marks that its source does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from genner.formats.inline.copied import ANY_BRACKET, BRACKETS, UNSPACED
from genner.formats.inline.marked import Marked
from genner.formats.keys import role_of
from genner.formats.naming import spellings
from genner.types import LabelSet

if TYPE_CHECKING:
    from genner.formats.inline.description import Inline
    from genner.formats.inline.markup import Markup

__all__ = ["PLAIN_TAGS", "Label", "Open", "Sign", "signs"]

PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol table tr td text sentence output
    answer result results response entity entities ne ner input doc document root html body xml json s""".split()  # noqa: SIM905
)
"""Names of tags that say how a text looks or what part of an answer it is."""

_LABEL_ATTRIBUTES = ("type", "label", "category", "class", "tag", "ner", "entity", "kind", "name")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/]+))")
_TAG = (
    r"""<(?P<body>(?:[^<>\n"]|"[^"<\n]*"){0,200}|[^<>\n]{1,200})>"""  # a value in quotes may hold a closing bracket
    r"""|<(?P<cut>/[^<>\n]{1,60}|[^<>\s\n]{1,60})?(?=\s*\Z)|</(?P<half>[^\s<>/]{1,60})(?=\s)"""
    r"|(?<!<)(?P<end>/[^\W\d][\w-]{0,40})>"
)
_SLASHED = r"|\[(?P<square>/?[^\[\]|\n]{1,60})\]|\((?P<round>/?[^()|\n]{1,60})\)|\{(?P<curly>/?[^{}|\n]{1,60})\}"
_NAME = r"[A-Z][A-Z_]+\d?"
_LONE_TAG = re.compile(r"(?<=[\w\])}*_`»])<[^<>/\n]{1,60}>|<[^<>/\n]{1,60}>(?=\W)")
_BOUND = re.compile(r"(?:(?P<opens>start|begin)|end)(?:[:\s_-]+(?P<label>\S.*))?", re.I)
"""Tags that only say which end of a mention they are at: `<START:PER> Ann <END>`."""

_BETWEEN = re.compile(r"\s?[:=,|]\s?")
_SPACES = re.compile(r"[\s_-]+")


@dataclass(slots=True)
class Sign:
    """One sign.

    Args:
        side: `"open"`, `"close"`, `"alone"` (`<PER/>`) or `"cut"` (the end of the output is in it) for tags; `"label"`;
            `"mark"` for any other character.
        start, end: view offsets.
        name: what is written in it, without slashes and attributes.
        key: what an opening and a closing tag have in common.
        label: the label of what it marks; None where it names none.
        is_exact: it is written as the format asks for.
        is_text: the source has it.
        mention: view offsets of a mention that a tag itself holds, as in `<PER text="Ann"/>`.
        details: what else it says.
    """

    side: str
    start: int
    end: int
    name: str = ""
    key: str = ""
    label: str | None = None
    is_exact: bool = True
    is_text: bool = False
    is_framed: bool = False
    mention: tuple[int, int] | None = None
    others: list[str] = field(default_factory=list)
    details: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Open:
    """An open bracket, or another sign that may begin a mention; with a label where that comes first."""

    kind: str
    start: int
    end: int
    label: str | None = None
    is_text: bool = False
    labels: int = 0
    """Labels inside that belong to no bracket."""


@dataclass(slots=True)
class Label:
    """A label with the signs around it."""

    name: str
    start: int
    end: int
    opens: str = ""
    closes: str = ""
    has_bar: bool = False
    is_framed: bool = False
    is_turned: bool = False
    others: list[str] = field(default_factory=list)
    details: dict[str, object] | None = None


@lru_cache(maxsize=64)
def _pattern(labels: LabelSet | None, slashed: bool) -> re.Pattern[str]:
    names = {_NAME}
    if labels is not None:
        found = {tuple(filter(None, _SPACES.split(spelling))) for spelling, _ in spellings(labels)}
        names = {r"[\s_-]{0,2}".join(map(re.escape, parts)) for parts in found if parts}
    label = "|".join(sorted(names, key=lambda name: (-len(name), name)))
    case = "" if labels is None else "i"
    prefix = "" if labels is None else "(?:[BIESLUM][-_])?"
    word = rf"[^\W_{UNSPACED}]"
    known = rf"(?<!{word})(?P<label>{prefix}(?{case}:{label}))s?(?!{word})"
    return re.compile(f"{_TAG}{_SLASHED if slashed else ''}|{known}|(?P<mark>[^\\w\\s{UNSPACED}]|_)")


def signs(marked: Marked, codec: Inline | None) -> list[Sign]:
    """Return the signs of an answer in their order."""
    found = list(_signs(marked))
    for before, label, after in zip(found, found[1:], found[2:], strict=False):
        touch = label.side == "label" and (before.end, after.start) == (label.start, label.end)
        if touch and BRACKETS.get(before.name) == after.name:
            before.is_text = after.is_text = False  # the source has no label in these brackets
    markup = None if codec is None else codec.markup_for(marked.answer.labels)
    if codec is not None and markup is not None and not markup.special <= frozenset("[|<"):
        if markup.opener_labelled or markup.closer_labelled:
            own = list(_strict_signs(marked, markup))
        else:
            own = list(_symbol_signs(marked, codec.opener, codec.closer, markup.label))
    elif "@@" in marked.view.text:
        own = list(_symbol_signs(marked))
    else:
        return found
    inside = bytearray(len(marked.view.text) + 1)
    for sign in own:
        inside[sign.start : sign.end] = b"\1" * (sign.end - sign.start)
    return sorted([*own, *(sign for sign in found if not inside[sign.start])], key=lambda sign: sign.start)


def _symbol_signs(marked: Marked, opener: str = "@@", closer: str = "##", label: str | None = None) -> Iterator[Sign]:
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
            yield Sign("open", *match.span(), match[0], opener, label or "", match[0] == opener)
        elif is_open:
            is_open -= 1
            yield Sign("close", *match.span(), match[0], opener, is_exact=match[0] == closer)


def _strict_signs(marked: Marked, markup: Markup) -> Iterator[Sign]:
    """Yield the openers and closers of a format, exactly as it asks for them."""
    for match in markup.token.finditer(marked.view.text):
        one, other = match.groups()
        name = one if other is None else other
        side, is_labelled = ("open", markup.opener_labelled) if other is None else ("close", markup.closer_labelled)
        label = name if is_labelled else markup.label if other is None else None
        yield Sign(side, *match.span(), name, name if markup.named else "", label)


def _signs(marked: Marked) -> Iterator[Sign]:
    text, copied = marked.view.text, marked.copied
    slashed = any(opening in text for opening in ("[/", "(/", "{/"))
    search = _pattern(marked.answer.labels, slashed).search
    has_closing = "</" in text or "<\\" in text or text.count("<") < 2
    has_closing = has_closing or (_LONE_TAG.search(text) is None and not marked.window[1])
    closing = frozenset(re.findall(r"</([^\s<>/]{1,60})", text)) if "</" in text else frozenset()
    match = search(text)
    while match is not None:
        start, end = match.span()
        kind = match.lastgroup or "cut"
        sign: Sign | None = None
        if kind == "mark":
            if copied[start] != 1:
                sign = Sign("mark", start, end, match[0], is_text=bool(copied[start]))
        elif kind == "label":
            end = match.end("label") if not marked.is_label(match[0]) else end
            is_text = copied[start] and copied[end - 1]
            if not is_text and (marked.is_label(text[start:end]) or marked.answer.labels is None):
                sign = Sign("label", start, end, text[start:end], label=text[start:end])
        elif not (copied[start] and copied[end - 1]):
            sign = _tag(marked, match, kind, closing, has_closing)
        if sign is None and kind not in ("mark", "label"):
            end = start + 1  # no tag, so its bracket counts alone
            if text[start] in ANY_BRACKET and copied[start] != 1:
                sign = Sign("mark", start, end, text[start], is_text=bool(copied[start]))
        if sign is not None:
            yield sign
        match = search(text, end)


def _tag(marked: Marked, match: re.Match[str], kind: str, closing: frozenset[str], has_closing: bool) -> Sign | None:
    start, end = match.span()
    if kind in ("cut", "half"):
        return _unfinished(marked, match, kind)
    written = match[kind].strip()
    closes, alone = written[:1] in ("/", "\\"), written[-1:] == "/"
    name = written.strip("/\\").strip()
    is_label = marked.is_label(name)
    side = "close" if closes else "alone" if alone else "open"
    is_inside = kind == "end" and "<" in marked.view.text[max(0, start - 200) : start].rpartition(">")[2]
    if kind == "end" and (not is_label or marked.copied[start] or is_inside):
        return None
    bound = _BOUND.fullmatch(name) if kind == "body" and not is_label else None
    if bound is not None and (bound["label"] is None or marked.is_label(bound["label"])):
        return Sign("open" if bound["opens"] else "close", start, end, name, "end", bound["label"], is_exact=False)
    is_new = is_label or name in closing or closes or not marked.in_copy(start)
    if name and not is_new and all(marked.copied[start + 1 : end - 1]):
        return None
    if is_label and (not has_closing if side == "open" else alone and f"<{name}>" not in marked.view.text):
        return Sign("label", start, end, name, label=name, is_framed=True)
    if kind in ("square", "round", "curly") and not (is_label or (closes and marked.may_be_label(name))):
        return None
    exact = f"</{name}>" if closes else f"<{name}>"
    sign = Sign(side, start, end, name, is_exact=match[0] == exact)
    words, parts = name.split(), _BETWEEN.split(name)
    if not name and not closes:
        sign.label = ""
    elif "=" in name and not is_label and _ATTRIBUTE.search(name) and (words[0].find("=") < 0 or '"' in name):
        _read_attributes(marked, sign)
    elif not is_label and name not in closing and any(map(marked.is_label, (parts[0], parts[-1]))):
        return None
    elif is_label or (len(words) == 1 and name.casefold() not in PLAIN_TAGS and (name[0].isalnum() or closes)):
        sign.label = name
    elif len(words) > 1 and words[0] in closing and marked.is_label(" ".join(words[1:])):
        sign.name, sign.label = words[0], " ".join(words[1:])
    elif not closes and name.casefold() not in PLAIN_TAGS and (len(words) > 1 or not name[0].isalnum()):
        return None
    sign.key = marked.key(sign.name)
    return sign


def _read_attributes(marked: Marked, sign: Sign) -> None:
    """Take the label, and perhaps the mention, from the attributes of a tag."""
    at = marked.view.text.index(sign.name, sign.start)
    found = [(match[1].casefold(), match.lastindex or 0, match) for match in _ATTRIBUTE.finditer(sign.name)]
    values = {key: match[group] for key, group, match in found}
    words = sign.name.split("=")[0].split()
    sign.name = word = words[0] if len(words) > 1 else ""
    sign.is_exact = False
    value = next((values[key] for key in _LABEL_ATTRIBUTES if key in values), None)
    if value is None or not marked.is_label(value):
        value = next(filter(marked.is_label, values.values()), value)
    is_name = marked.is_label(word) or (value is None and word and word.casefold() not in PLAIN_TAGS)
    sign.label = word if is_name else value
    value = None if is_name else value
    for key, group, match in found:
        low, high = at + match.start(group), at + match.end(group)
        if marked.is_label(key) and not marked.is_label(match[group]):
            sign.label, sign.mention = key, (low, high)
        elif role_of(key) == "text" and match[group] != value and sign.mention is None:
            sign.mention = low, high


def _unfinished(marked: Marked, match: re.Match[str], kind: str) -> Sign | None:
    """A tag without its closing bracket: at the end of the output, or `</PER` before a space."""
    name = match["half"] or (match["cut"] or "").lstrip("/")
    first = name.split(None, 1)[0] if name.strip() else ""
    if (kind == "half" or first != name) and marked.is_label(first):
        end = marked.view.text.index(first, match.start()) + len(first)
        return Sign("close", match.start(), end, first, marked.key(first), is_exact=False)
    if kind == "half":
        return None
    closes = marked.view.text.startswith("</", match.start())
    return Sign("cut", *match.span(), name, marked.key(name), label="" if closes else None)
