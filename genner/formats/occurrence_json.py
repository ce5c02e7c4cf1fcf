"""`[{"text": "PU.1", "label": "PROTEIN", "occurrence_index": 1}, ...]`: the paper's occurrence JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.json.items import Field, JsonItems
from genner.formats.wording import EXACT, LISTED, Wording

__all__ = ["OccurrenceJson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceJson(JsonItems):
    """Text, label and which occurrence of that text, counting plain substring hits from 1.

    A count that ends inside a word while a count of whole words ends elsewhere is read as the
    latter: models count words.  An entity that really is there is written with its `start` next to
    the count, so that it has one reading.
    """

    name: ClassVar[str] = "occurrence-json"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("text", "text"),
        Field("label", "label"),
        Field("count", "occurrence_index"),
        Field("start", "start", optional=True),
    )
    wording: ClassVar[Wording] = Wording(
        'Find all named entities in the input and write a JSON list with one object {"text": entity text, "label": '
        'LABEL, "occurrence_index": number} for each.',
        (
            EXACT,
            '"occurrence_index" says which occurrence of these characters in the input is meant: 1 for the first, 2 '
            "for the second. Count all, from the left, upper and lower case apart, also those inside longer words and "
            "those that are no entity.",
        ),
        LISTED,
        "If there is no entity, write [].",
    )
