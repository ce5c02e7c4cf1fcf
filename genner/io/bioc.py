"""BioC XML: documents of passages with their offsets, annotations with locations; one document each.

The infons of an annotation but its type are kept in `meta["details"]`, and written back.  A location counts
characters of the document, or what `offsets` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from genner.exceptions import DataError, EncodeError
from genner.io import _adapters as adapters
from genner.io._annotations import Unit
from genner.io._writing import Details
from genner.io._xml import Element, elements
from genner.io.records import RecordReader
from genner.io.sink import Sink
from genner.io.source import Source
from genner.types import Document

__all__ = ["read", "sniff", "write"]

SUFFIXES = (".bioc",)
KEEPS = ("details",)


def sniff(name: str, head: str) -> bool:
    """Tell whether the first element is a collection."""
    return head.lstrip().startswith("<") and "<collection" in head[:2000]


def read(source: Source, *, offsets: Unit = "characters") -> Iterator[Document]:
    """Yield one document each.

    Args:
        offsets: what offsets count.
    """
    reader = RecordReader(source, offsets=offsets, end="exclusive", adapt=adapters.bioc)
    return reader.read((line, _document(found)) for line, found in elements(source, "document"))


def _document(element: Element | DataError) -> Any:
    if isinstance(element, DataError):
        return element
    try:
        return {
            "id": element.findtext("id"),
            "infons": _infons(element),
            "passages": [_passage(one) for one in element.iter("passage")],
            "relations": [_relation(one) for one in element.iter("relation")],
        }
    except (TypeError, ValueError, AttributeError) as error:
        return DataError(f"expected a document of BioC: {error}")


def _infons(element: Element) -> dict[str, str]:
    return {str(one.get("key")): one.text or "" for one in element.findall("infon")}


def _passage(element: Element) -> dict[str, Any]:
    made = {
        "offset": int(element.findtext("offset") or 0),
        "infons": _infons(element),
        "text": element.findtext("text"),
        "annotations": [_annotation(one) for one in element.findall("annotation")],
    }
    return made | {"sentences": [_passage(one) for one in element.findall("sentence")]}


def _annotation(element: Element) -> dict[str, Any]:
    places = [
        {"offset": int(one.get("offset", "")), "length": int(one.get("length", ""))}
        for one in element.findall("location")
    ]
    return {"id": element.get("id"), "infons": _infons(element), "text": element.findtext("text"), "locations": places}


def _relation(element: Element) -> dict[str, Any]:
    nodes = [{"refid": one.get("refid"), "role": one.get("role")} for one in element.findall("node")]
    return {"id": element.get("id"), "infons": _infons(element), "nodes": nodes}


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one collection, each document as one passage.

    Raises:
        EncodeError: for a character that XML cannot hold.
    """
    sink.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n')
    sink.write("<collection><source></source><date></date><key></key>\n")
    for document, written in sink.each(documents, lambda document: "".join(_written(document))):
        sink.write(written)
        yield document
    sink.write("</collection>\n")


def _written(document: Document) -> Iterator[str]:
    details = Details(document)
    yield f"<document><id>{_safe(document.id or '')}</id>"
    yield f"<passage><offset>0</offset><text>{_safe(document.text)}</text>\n"
    for number, (start, end, label) in enumerate(document.entities, 1):
        more = details.take(start, end, label)
        infons = more.get("infons")
        known = {**(infons if isinstance(infons, dict) else {}), "type": label}
        yield f"<annotation id={_quoted(str(more.get('id', number)))}>"
        yield from (
            f"<infon key={quoteattr(_safe(str(key)))}>{_safe(str(value))}</infon>" for key, value in known.items()
        )
        yield f'<location offset="{start}" length="{end - start}"/>'
        yield f"<text>{_safe(document.text[start:end])}</text></annotation>\n"
    yield "</passage></document>\n"


def _quoted(text: str) -> str:
    _safe(text)
    return quoteattr(text)


def _safe(text: str) -> str:
    for character in text:
        if (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff":
            raise EncodeError(f"XML cannot hold the character {character!r}")
    return escape(text, {"\r": "&#13;"})
