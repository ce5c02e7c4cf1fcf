"""UIMA XMI, as INCEpTION, WebAnno and cTAKES write it: one document a file.

The text is the `sofaString`; entities are the elements of one type, whose label is one of their features.
UIMA counts UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genner.exceptions import DataError, UnknownNameError
from genner.io._annotations import Annotations, Unit
from genner.io._xml import Element, elements
from genner.io.source import Source
from genner.types import Document

__all__ = ["read", "sniff"]

SUFFIXES = (".xmi",)
FEATURES = ("value", "label", "entityType", "type", "semanticType", "category", "identifier")
"""Where the label of an annotation may be, most telling first."""


def sniff(name: str, head: str) -> bool:
    """Tell whether the outermost element is an XMI."""
    return head.lstrip().startswith("<") and "<xmi:XMI" in head[:4000]


def read(
    source: Source, *, layer: str = "NamedEntity", feature: str | None = None, offsets: Unit = "utf16"
) -> Iterator[Document]:
    """Yield the document of the file.

    Args:
        layer: the type of the annotations that are read, or its last part.
        feature: which of its features is the label; found when not given.
        offsets: what offsets count.
    """
    reader = _Reader(source, layer, feature, offsets)
    return source.each(elements(source, "XMI"), reader.document)


class _Reader:
    def __init__(self, source: Source, layer: str, feature: str | None, offsets: Unit) -> None:
        self.source, self.layer, self.feature, self.offsets = source, layer.rpartition(".")[2], feature, offsets

    def document(self, root: Element) -> Document:
        texts = [one.get("sofaString") for one in root if one.get("sofaString") is not None]
        if not texts:
            raise DataError("expected an element with a 'sofaString', which is the text")
        spans = [one for one in root if one.get("begin") is not None and one.tag != "DocumentAnnotation"]
        chosen = [one for one in spans if one.tag == self.layer]
        if not chosen and spans and self.layer != "NamedEntity":
            raise UnknownNameError.of("layer", self.layer, sorted({one.tag for one in spans}))
        annotations = Annotations(self.source, texts[0] or "", self.offsets)
        for one in chosen:
            try:
                place = (int(one.get("begin", "")), int(one.get("end", "")))
            except ValueError:
                raise DataError(f"expected numbers, got begin={one.get('begin')!r}, end={one.get('end')!r}") from None
            annotations.add([place], self._label(one))
        return annotations.document(id=self.source.stem or None)

    def _label(self, element: Any) -> str:
        names = FEATURES if self.feature is None else (self.feature,)
        return next((element.get(name) for name in names if element.get(name)), str(element.tag))
