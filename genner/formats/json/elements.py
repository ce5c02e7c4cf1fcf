"""XML that holds data and is no copy of the text: `<entity><type>PER</type><name>Ann</name></entity>`.

Elements become the same nodes as JSON, so that every shape is read by the same rules.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from genner.formats.json.nodes import Node
from genner.formats.keys import role_of

__all__ = ["parse_elements"]

_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[^\W\d][\w.:-]{0,60})(?P<attributes>[^<>]{0,400}?)(?P<empty>/?)>")
_ATTRIBUTE = re.compile(r"([^\W\d][\w:-]{0,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_Member = tuple[Node, Node]


@dataclass(slots=True)
class _Element:
    """An element that is still open; its text begins behind its opener."""

    name: Node
    start: int
    text: int
    members: list[_Member] = field(default_factory=list)
    has_elements: bool = False


def parse_elements(body: str) -> Node | None:
    """Parse an answer that consists of elements inside elements, or with numbers as attributes; None for any other."""
    root = _Element(Node("string", "", 0, 0), 0, 0)
    stack = [root]
    is_data = False
    at = 0
    for match in _TAG.finditer(body):
        top = stack[-1]
        is_between = top is root or top.has_elements or not match["slash"]
        if is_between and body[at : match.start()].strip(" \t\r\n,;"):
            return None  # text next to elements: a copy
        at = match.end()
        name = Node("string", match["name"], match.start(), match.end())
        if match["slash"]:
            if top is root or str(top.name.value).casefold() != match["name"].casefold():
                return None
            stack.pop()
            is_data = is_data or top.has_elements
            stack[-1].members.append((top.name, _value(top, body, match.start())))
            continue
        top.has_elements = True  # no text may follow
        attributes = list(_attributes(match))
        is_data = is_data or any(role_of(str(key.value)) in ("text", "start", "end", "count") for key, _ in attributes)
        if match["empty"]:
            top.members.append((name, Node("object", attributes, match.start(), match.end())))
        else:
            stack.append(_Element(name, match.start(), match.end(), attributes))
    if not is_data or len(stack) > 1 or body[at:].strip():
        return None
    return _listed(Node("object", root.members, root.members[0][1].start, at))


def _attributes(tag: re.Match[str]) -> Iterator[_Member]:
    if tag["attributes"].startswith("="):  # `<parameter=PER>`
        start, end = tag.span("attributes")
        yield Node("string", "name", start, start), Node("string", tag["attributes"][1:], start + 1, end)
    for match in _ATTRIBUTE.finditer(tag["attributes"]):
        value = html.unescape(match[2] if match[2] is not None else match[3])
        start = tag.start("attributes") + match.start()
        end = tag.start("attributes") + match.end()
        yield Node("string", match[1], start, end), Node("string", value, start, end)


def _value(element: _Element, body: str, end: int) -> Node:
    """Return what an element holds: other elements, or a text; a text next to attributes is one more of them."""
    if element.has_elements:
        return _listed(Node("object", element.members, element.start, end))
    raw = body[element.text : end]
    start = element.text + len(raw) - len(raw.lstrip())
    text = Node("string", html.unescape(raw.strip()), start, max(start + len(raw.strip()), start + 1))
    if not element.members:
        return text
    is_named = [str(key.value) for key, _ in element.members] == ["name"]  # `<parameter name="PER">["Ann"]</parameter>`
    key = element.members.pop()[1] if is_named else Node("string", "text", start, start)
    return Node("object", [*element.members, (key, text)], element.start, end)


def _listed(node: Node) -> Node:
    """Return several elements of one name as a list."""
    names = {str(key.value).casefold() for key, _ in node.value}
    is_list = len(names) == 1 and (len(node.value) > 1 or node.value[0][1].kind != "string")
    return Node("array", [value for _, value in node.value], node.start, node.end) if is_list else node
