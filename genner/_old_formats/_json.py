"""The JSON codec: three formats that differ in their items, not in how they are read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from genner._old_formats._codec import BaseCodec, LiveReader
from genner.types import Entity, LabelSet, Prediction, canonical

__all__ = ["JsonCodec", "Shape", "parse", "prediction"]

Shape: TypeAlias = Literal["grouped", "occurrence", "offset"]

# Objects arrive as tuples of (key, value) pairs: a key that stands twice is seen, and a key in its
# usual place is compared instead of looked up.
_scan: Any = json.JSONDecoder(object_pairs_hook=tuple).scan_once  # type: ignore[attr-defined]


def parse(output: str) -> Any:
    """Parse valid JSON, objects as tuples of pairs; None when it is not valid or not alone."""
    try:
        value, end = _scan(output, 0)
    except (ValueError, RecursionError, StopIteration):
        return None
    return value if end == len(output) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonCodec(BaseCodec):
    """Writes one line of JSON, as `json.dumps` does with its default separators.

    Args:
        ensure_ascii: write non-ASCII characters as `\\uXXXX`.
    """

    shape: ClassVar[Shape]

    ensure_ascii: bool = False

    def _dump(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=self.ensure_ascii)

    def _live(self, text: str, labels: LabelSet | None) -> LiveReader:
        from genner._old_formats._live_json import LiveJson

        return LiveJson(self, text, labels, grouped=self.shape == "grouped")

    def _read_messy(self, output: str, text: str | None, labels: LabelSet | None) -> Prediction:
        from genner._old_formats._messy_json import read_messy  # seldom needed, and slow to load

        return read_messy(self.shape, output, text, labels, self.grounding, self.order)


def prediction(entities: list[Entity], text: str) -> Prediction | None:
    """Wrap clean entities; None when one stands twice."""
    if len(set(entities)) < len(entities):
        return None
    return Prediction._trusted(canonical(entities), (), (), text)
