"""Tags and marks of an answer, each by itself: `<PER>`, `</PER>`, `<mark class="PER">`, `[/PER]`, `@@`, `##`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genner.formats.inline.marked import Marked
from genner.formats.inline.markup import Markup

__all__ = ["PLAIN_TAGS", "Tag", "mark_tags", "square_tags", "strict_tags", "tags_of"]

PLAIN_TAGS = frozenset(
    """a b i em u strong span p br hr div mark code pre font small sub sup li ul ol table tr td text sentence output
    answer result results response entity entities ne ner input doc document root html body xml json s""".split()  # noqa: SIM905
)
"""Names of tags that say how a text looks or what part of an answer it is."""

_TAG = re.compile(
    r"""<((?:[^<>\n"]|"[^"<\n]*"){1,200}|[^<>\n]{1,200})>"""  # a value in quotes may hold a closing bracket
    r"""|<(/[^<>\n]{1,60}|[^<>\s\n]{1,60})?(?=\s*\Z)|</([^\s<>/]{1,60})(?=\s)"""
)
_SQUARE = re.compile(r"\[(/?[^\[\]|\n]{1,60})\]")
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
    """

    side: str
    name: str
    key: str
    start: int
    end: int
    label: str | None = None
    is_exact: bool = True


def tags_of(marked: Marked) -> Iterator[Tag]:
    """Yield the tags in angle brackets."""
    text, escaped, hidden = marked.view.text, marked.view.escaped, marked.hidden
    for match in _TAG.finditer(text):
        if match.start() in escaped or hidden[match.start()]:
            continue
        written = match[1]
        if written is None:
            yield _unfinished(marked, match)
            continue
        tag = _tag(marked, written, *match.span())
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
    attributes = {found[1].casefold(): found[2] or found[3] or found[4] or "" for found in _ATTRIBUTE.finditer(name)}
    if attributes and not marked.is_label(name):
        words = name.split("=")[0].split()
        tag.name = word = words[0] if words and len(name.split("=")[0].split()) > 1 else ""
        tag.is_exact = False
        value = next((attributes[key] for key in _LABEL_ATTRIBUTES if key in attributes), None)
        if marked.is_label(word) or (value is None and word and word.casefold() not in PLAIN_TAGS):
            tag.label = word
        else:
            tag.label = value
    elif marked.is_label(name) or name.casefold() not in PLAIN_TAGS:
        tag.label = name
    tag.key = _key(marked, tag.name)
    return tag


def _key(marked: Marked, name: str) -> str:
    labels = marked.answer.labels
    folded = labels.fold(name) if labels is not None else None
    return folded or " ".join(name.casefold().split())


def _unfinished(marked: Marked, match: re.Match[str]) -> Tag:
    """A tag without its closing bracket: at the end of the output, or `</PER` before a space."""
    name = match[3] or (match[2] or "").lstrip("/")
    if match[3] is not None and marked.is_label(name):
        return Tag("close", name, _key(marked, name), *match.span(), is_exact=False)
    side = "cut" if match[3] is None else "text"
    closes = marked.view.text.startswith("</", match.start())
    return Tag(side, name, _key(marked, name), *match.span(), label="" if closes else None)


def square_tags(marked: Marked) -> Iterator[Tag]:
    """Yield tags in square brackets, `[PER]` and `[/PER]`, where the answer has a closing one."""
    text = marked.view.text
    if "[/" not in text:
        return
    for match in _SQUARE.finditer(text):
        if match.start() not in marked.view.escaped and not marked.hidden[match.start()]:
            tag = _tag(marked, match[1], *match.span())
            if tag is not None and (tag.side == "close" or marked.may_be_label(tag.name)):
                tag.is_exact = False
                yield tag


def mark_tags(marked: Marked, opener: str = "@@", closer: str = "##", label: str = "") -> Iterator[Tag]:
    """Yield marks that name no label, such as `@@` and `##`."""
    text = marked.view.text
    source = marked.answer.source.text
    if opener not in text or opener in source:
        return
    pattern = re.compile(f"({re.escape(opener)})|{re.escape(closer)}")
    is_open = 0
    for match in pattern.finditer(text):
        if marked.hidden[match.start()]:
            continue
        if match[1] is not None:
            is_open += 1
            yield Tag("open", opener, opener, *match.span(), label=label)
        elif is_open:
            is_open -= 1
            yield Tag("close", opener, opener, *match.span())


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
