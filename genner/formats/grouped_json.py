"""`{"DNA": ["myeloid PU.1 site"], "RNA": [], ...}`: the paper's category-grouped JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.json.groups import JsonGroups
from genner.formats.wording import EXACT, LISTED, Wording

__all__ = ["GroupedJson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedJson(JsonGroups):
    """A list of mentions for each label, without positions.

    Positions come from the text and from the order of the mentions; a mention that this leaves
    in more than one place takes the first and is flagged `ambiguous`.
    """

    name: ClassVar[str] = "grouped-json"
    wording: ClassVar[Wording] = Wording(
        "Find all named entities in the input and write a JSON object that maps each label to the list of its "
        "entity texts.",
        (
            "Every label is a key, in the order above, also where its list is empty.",
            EXACT,
            "Within a list keep the order of the input, and repeat a text as often as it is an entity there.",
        ),
        LISTED,
        "If there is no entity, every list is empty.",
    )
