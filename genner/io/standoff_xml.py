"""XML that keeps a text and the places of its entities apart: i2b2 and n2c2, GATE, Knowtator (CRAFT), and ACE's APF.

Knowtator and APF have the text in a file of its own, in the same folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from genner.exceptions import DataError
from genner.io._companion import companion_text
from genner.io._xml import Element, elements
from genner.io.records import RecordReader
from genner.io.source import Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".xml",)
_ROOT = re.compile(
    r"(?:\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>))*\s*<(?P<name>[A-Za-z_][\w.-]*)", re.DOTALL
)
_NO_ENTITIES = frozenset(("Token", "SpaceToken", "Sentence", "Split", "Lookup", "paragraph", "DEFAULT_TOKEN"))
"""Annotations that GATE makes of every text."""


def sniff(name: str, head: str) -> bool:
    """Tell whether the first element is that of a known form."""
    return _form(head) is not None


def _form(head: str) -> Callable[[Element, Source], dict[str, Any]] | None:
    match = _ROOT.match(head)
    root = "" if match is None else match["name"]
    if root == "annotations" and "textSource" not in head:
        return None
    found = {"GateDocument": _gate, "annotations": _knowtator, "source_file": _apf}.get(root)
    return found or (_i2b2 if re.search(r"<TEXT>\s*<!\[CDATA\[", head) else None)


def read(source: Source) -> Iterator[Document]:
    """Yield the document of the file."""
    head = source.head()
    form, root = _form(head), _ROOT.match(head)
    if form is None or root is None:
        raise DataError("expected XML of i2b2, GATE, Knowtator or ACE", path=source.name)

    def record(element: Element | DataError) -> Any:
        try:
            return element if isinstance(element, DataError) else form(element, source)
        except DataError as error:
            return error
        except (KeyError, TypeError, ValueError) as error:
            return DataError(f"expected {root['name']} with places of entities: {type(error).__name__} {error}")

    reader = RecordReader(source, end="exclusive" if form is not _i2b2 else None)
    return reader.read((line, record(found)) for line, found in elements(source, root["name"]))


def _record(source: Source, text: str, entities: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": source.stem or None, "text": text, "entities": entities}


def _i2b2(root: Element, source: Source) -> dict[str, Any]:
    entities = []
    for tag in root.iterfind("TAGS/*"):
        known = {key.casefold(): value for key, value in tag.items()}
        if "fromid" in known or "totext" in known:  # a relation
            continue
        place = {"start": int(known["start"]), "end": int(known["end"]), "text": known.get("text") or None}
        entities.append({"label": known.get("type") or tag.tag, **place})
    return _record(source, root.findtext("TEXT") or "", entities)


def _gate(root: Element, source: Source) -> dict[str, Any]:
    places = {}
    within = root.find("TextWithNodes")
    text = "" if within is None else within.text or ""
    for node in () if within is None else within:
        places[node.attrib["id"]] = len(text)
        text += node.tail or ""
    entities = [
        {"label": one.attrib["Type"], "start": places[one.attrib["StartNode"]], "end": places[one.attrib["EndNode"]]}
        for chosen in root.iterfind("AnnotationSet")
        if chosen.get("Name") != "Original markups"
        for one in chosen.iterfind("Annotation")
        if one.attrib["Type"] not in _NO_ENTITIES
    ]
    return _record(source, text, entities)


def _knowtator(root: Element, source: Source) -> dict[str, Any]:
    classes = {
        one.attrib["id"]: found.attrib["id"]
        for one in root.iterfind("classMention")
        if (found := one.find("mentionClass")) is not None
    }
    entities = []
    for one in root.iterfind("annotation"):
        mention = one.find("mention")
        if mention is None or mention.attrib["id"] not in classes:
            continue
        spans = [[int(span.attrib["start"]), int(span.attrib["end"])] for span in one.iterfind("span")]
        shown = one.findtext("spannedText") if len(spans) == 1 else None
        entities.append({"label": classes[mention.attrib["id"]], "spans": spans, "text": shown})
    return _record(source, companion_text(source, root.attrib["textSource"]), entities)


def _apf(root: Element, source: Source) -> dict[str, Any]:
    name = source.stem.removesuffix(".apf")
    marked = companion_text(source, root.get("URI") or f"{name}.sgm", f"{name}.sgm")
    entities = []
    for entity in root.iter("entity"):
        for mention in entity.iterfind("entity_mention"):
            place = mention.find("extent/charseq")
            if place is None:
                raise DataError(f"mention {mention.get('ID')} has no extent")
            span = {"start": int(place.attrib["START"]), "end": int(place.attrib["END"]) + 1, "text": place.text}
            more = {"id": mention.get("ID"), "subtype": entity.get("SUBTYPE"), "level": mention.get("TYPE")}
            entities.append({"label": entity.attrib["TYPE"], **span, **{key: one for key, one in more.items() if one}})
    return _record(source, re.sub(r"<[^<>]*>", "", marked), entities)
