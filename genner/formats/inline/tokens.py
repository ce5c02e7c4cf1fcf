"""Tags and marks of an answer, each by itself: `<PER>`, `</PER>`, `<mark class="PER">`, `[/PER]`, `@@`, `##`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genner.formats.inline.marked import Marked
from genner.formats.inline.markup import Markup
from genner.formats.keys import role_of

__all__ = ["PLAIN_TAGS", "Tag", "bracket_tags", "mark_tags", "strict_tags", "tags_of"]

PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol table tr td text sentence output
    answer result results response entity entities ne ner input doc document root html body xml json s""".split()  # noqa: SIM905
)
"""Names of tags that say how a text looks or what part of an answer it is."""

_TAG = re.compile(
    r"""<((?:[^<>\n"]|"[^"<\n]*"){1,200}|[^<>\n]{1,200})>"""  # a value in quotes may hold a closing bracket
    r"""|<(/[^<>\n]{1,60}|[^<>\s\n]{1,60})?(?=\s*\Z)|</([^\s<>/]{1,60})(?=\s)|(?<!<)(/[^\W\d][\w-]{0,40}|(?<![\w/])[^\W\d][\w-]{0,40})>"""
)
_BRACKETS = {
    "[/": re.compile(r"\[(/?[^\[\]|\n]{1,60})\]"),
    "(/": re.compile(r"\((/?[^()|\n]{1,60})\)"),
    "{/": re.compile(r"\{(/?[^{}|\n]{1,60})\}"),
}
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'/]+))")
_LABEL_ATTRIBUTES = ("type", "label", "category", "class", "tag", "ner", "entity", "kind", "name")


@dataclass(slots=True)
class Tag:
    """One tag or mark.

    Args:
        side: `"open"`, `"close"`, `"alone"` (`<PER/>`) or `"cut"` (the end of the output is in it).
        name: what is written in it, without slashes and attributes.
        key: what an opener and its closer have in common.
        start, end: view offsets.
        label: the label of what it marks; None where it marks no entity.
        is_exact: it is written as the format asks for.
        mention: view offsets of a mention that the tag itself holds, as in `<PER text="Ann"/>`.
    """

    side: str
    name: str
    key: str
    start: int
    end: int
    label: str | None = None
    is_exact: bool = True
    mention: tuple[int, int] | None = None


def tags_of(marked: Marked) -> Iterator[Tag]:
    """Yield the tags in angle brackets."""
    text, escaped, hidden = marked.view.text, marked.view.escaped, marked.hidden
    for match in _TAG.finditer(text):
        if match.start() in escaped or hidden[match.start()]:
            continue
        if match[1] is not None:
            tag = _tag(marked, match[1], *match.span())
        elif match[4] is None:
            tag = _unfinished(marked, match)
        elif marked.is_label(match[4].strip("/")) and not marked.in_source(match[0]):
            tag = _tag(marked, match[4], *match.span())  # its opening bracket is missing
        else:
            continue
        if tag is not None:
            yield tag


def _tag(marked: Marked, written: str, start: int, end: int) -> Tag | None:
    stripped = written.strip()
    closes, alone = stripped[:1] in ("/", "\\"), stripped[-1:] == "/"
    name = stripped.strip("/\\").strip()
    side = "close" if closes else "alone" if alone else "open"
    if not name and side != "close":
        return None
    exact = f"</{name}>" if closes else f"<{name}>"
    tag = Tag(side, name, "", start, end, is_exact=marked.view.text[start:end] == exact)
    if "=" in name and not marked.is_label(name):
        _read_attributes(marked, tag)
    elif marked.is_label(name) or (name.casefold() not in PLAIN_TAGS and (name[:1].isalnum() or side == "close")):
        tag.label = name
    tag.key = _key(marked, tag.name)
    return tag


def _read_attributes(marked: Marked, tag: Tag) -> None:
    """Take the label, and perhaps the mention, from the attributes of a tag."""
    at = marked.view.text.index(tag.name, tag.start)
    found = [(match[1].casefold(), match.lastindex or 0, match) for match in _ATTRIBUTE.finditer(tag.name)]
    if not found:
        tag.label = tag.name
        return
    values = {key: match[group] for key, group, match in found}
    words = tag.name.split("=")[0].split()
    tag.name = word = words[0] if len(words) > 1 else ""
    tag.is_exact = False
    value = next((values[key] for key in _LABEL_ATTRIBUTES if key in values), None)
    if value is None or not marked.is_label(value):
        value = next(filter(marked.is_label, values.values()), value)
    is_name = marked.is_label(word) or (value is None and word and word.casefold() not in PLAIN_TAGS)
    tag.label = word if is_name else value
    value = None if is_name else value
    for key, group, match in found:
        low, high = at + match.start(group), at + match.end(group)
        if marked.is_label(key) and not marked.is_label(match[group]):
            tag.label, tag.mention = key, (low, high)
        elif role_of(key) == "text" and match[group] != value and tag.mention is None:
            tag.mention = low, high


def _key(marked: Marked, name: str) -> str:
    labels = marked.answer.labels
    folded = labels.fold(name) if labels is not None else None
    return folded or " ".join(name.casefold().split())


def _unfinished(marked: Marked, match: re.Match[str]) -> Tag:
    """A tag without its closing bracket: at the end of the output, or `</PER` before a space."""
    name = match[3] or (match[2] or "").lstrip("/")
    first = name.split(None, 1)[0] if name.strip() else ""
    if (match[3] is not None or first != name) and marked.is_label(first):
        end = marked.view.text.index(first, match.start()) + len(first)
        return Tag("close", first, _key(marked, first), match.start(), end, is_exact=False)
    side = "cut" if match[3] is None else "text"
    closes = marked.view.text.startswith("</", match.start())
    return Tag(side, name, _key(marked, name), *match.span(), label="" if closes else None)


def bracket_tags(marked: Marked) -> Iterator[Tag]:
    """Yield tags in other brackets, `[PER]` and `[/PER]`, where the answer has a closing one."""
    text = marked.view.text
    patterns = [pattern for needed, pattern in _BRACKETS.items() if needed in text]
    for match in sorted((match for one in patterns for match in one.finditer(text)), key=re.Match.start):
        if match.start() not in marked.view.escaped and not marked.hidden[match.start()]:
            tag = _tag(marked, match[1], *match.span())
            if tag is not None and (tag.side == "close" or marked.may_be_label(tag.name)):
                tag.is_exact = False
                yield tag


def mark_tags(marked: Marked, opener: str = "@@", closer: str = "##", label: str | None = None) -> Iterator[Tag]:
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
        if marked.hidden[match.start()]:
            continue
        opens = not is_open if turns else match[1] is not None
        if opens:
            is_open += 1
            yield Tag("open", match[0], opener, *match.span(), label=label or "", is_exact=match[0] == opener)
        elif is_open:
            is_open -= 1
            yield Tag("close", match[0], opener, *match.span(), is_exact=match[0] == closer)


def strict_tags(marked: Marked, markup: Markup) -> Iterator[Tag]:
    """Yield the openers and closers of a format, exactly as it asks for them."""
    opened: list[str] = []
    for match in markup.token.finditer(marked.view.text):
        one, other = match.groups()
        if other is None:
            label = one if markup.opener_labelled else markup.label
            key = one if markup.named else ""
            opened.append(key)
            yield Tag("open", one, key, *match.span(), label=label)
        else:
            label = other if markup.closer_labelled else ""
            yield Tag("close", other, other if markup.named else "", *match.span(), label=label or None)
