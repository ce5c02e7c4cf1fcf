"""A resolver for langextract that reads what models write as genner does: broken answers lose nothing.

`resolver.predictions` keeps what was read of each chunk, with the issues.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import Any

from genner.adapters import missing
from genner.formats import Grounding, Labels, decode
from genner.formats.tolerant import parse
from genner.labelsets import get_label_set
from genner.types import Entity, Mention, Prediction

try:
    from langextract.core.data import AlignmentStatus, CharInterval, Extraction
    from langextract.resolver import AbstractResolver
except ImportError:
    raise missing("langextract") from None

__all__ = ["GennerResolver"]

ATTRIBUTES, INDEX = "_attributes", "_index"
"""Ends of the keys under which langextract's answers hold more about the extraction before."""

Attributes = dict[tuple[str, str], deque[dict[str, Any]]]
"""By label and text, in the order of the answer."""


class _Answer(list[Extraction]):
    """What `resolve` returns: `align`, which knows the text, reads the answer itself."""

    output = ""


class GennerResolver(AbstractResolver):
    """Reads the answers of a model in JSON, and places what they name in the text.

    Args:
        labels: the classes of the examples; without them every key of an answer may be one.
        grounding: how far an extraction may differ from the text: "exact", "normalized" or "fuzzy".
    """

    def __init__(self, labels: Labels = None, *, grounding: Grounding = "fuzzy", **options: Any) -> None:
        super().__init__(**options)
        self.labels, self.grounding = get_label_set(labels), grounding
        self.predictions: list[Prediction] = []

    def resolve(self, input_text: str, **options: Any) -> Sequence[Extraction]:
        """Return the extractions of an answer, without places."""
        answer = _Answer(Extraction(one.label, one.text) for one in self._read(input_text, None)[0].unplaced)
        answer.output = input_text
        return answer

    def align(
        self,
        extractions: Sequence[Extraction],
        source_text: str,
        token_offset: int,
        char_offset: int | None = None,
        *args: Any,
        **options: Any,
    ) -> Iterator[Extraction]:
        """Yield the extractions with their places in the whole text; what is not in it has none."""
        if not isinstance(extractions, _Answer):
            raise TypeError("expected what resolve() of this resolver returned")
        prediction, attributes = self._read(extractions.output, source_text)
        self.predictions.append(prediction)
        begin = char_offset or 0
        written = {(one.extraction_class, one.extraction_text) for one in extractions}
        found: list[Entity | Mention] = [*prediction.entities, *prediction.unplaced]
        for number, one in enumerate(found):
            surface = one.text if isinstance(one, Mention) else source_text[one.start : one.end]
            known = attributes.get((one.label, surface))
            extraction = Extraction(
                one.label, surface, extraction_index=number, attributes=known.popleft() if known else None
            )
            if not isinstance(one, Mention):
                extraction.char_interval = CharInterval(begin + one.start, begin + one.end)
                is_exact = (one.label, surface) in written
                extraction.alignment_status = AlignmentStatus.MATCH_EXACT if is_exact else AlignmentStatus.MATCH_FUZZY
            yield extraction

    def _read(self, output: str, text: str | None) -> tuple[Prediction, Attributes]:
        output, attributes = without_attributes(output)
        prediction = decode(output, text, "grouped-json", labels=self.labels, grounding=self.grounding)
        return prediction, attributes


def without_attributes(output: str) -> tuple[str, Attributes]:
    """Cut the members that say more about an extraction out of an answer, and return those with what they say."""
    found: Attributes = defaultdict(deque)
    cuts = []
    start = min((at for at in map(output.find, "{[") if at >= 0), default=None)
    todo = [] if start is None else [parse(output, start)[0]]
    while todo:
        node = todo.pop()
        if node.kind == "array":
            todo += reversed(node.value)
        elif node.kind == "object":
            members = [(str(key.value), key, value) for key, value in node.value if key is not None]
            plain = {name: value.value for name, _, value in members if value.kind == "string"}
            for name, key, value in members:
                label = name.removesuffix(ATTRIBUTES)
                if name.endswith(INDEX) or (label != name and label in {other for other, _, _ in members}):
                    cuts.append((key.start, value.end))
                    if value.kind == "object" and isinstance(plain.get(label), str):
                        found[label, plain[label]].append({str(k.value): v.value for k, v in value.value if k})
                elif value.kind in ("array", "object"):
                    todo.append(value)
    for begin, end in sorted(cuts, reverse=True):
        output = output[:begin].rstrip(", \n\t") + output[end:]
    return output, found
