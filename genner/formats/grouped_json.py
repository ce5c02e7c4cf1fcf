"""`{"DNA": ["myeloid PU.1 site"], "RNA": [], ...}`: the paper's category-grouped JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from genner.formats.json.groups import JsonGroups

__all__ = ["GroupedJsonCodec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedJsonCodec(JsonGroups):
    """A list of mentions for each label, without positions.

    Positions come from the text and from the order of the mentions; a mention that this leaves
    in more than one place takes the first and is flagged `ambiguous`.
    """

    name: ClassVar[str] = "grouped-json"
