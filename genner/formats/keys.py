"""The names that models give to the parts of an item: keys of objects, heads of columns, fields of records."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

__all__ = ["LIST_KEYS", "Role", "key_name", "role_of"]

Role: TypeAlias = Literal["text", "label", "start", "end", "count", "offsets", "number", "remark"]
"""What a part of an item is: `number` numbers the item, `remark` is anything else of it."""

_WORDS: dict[Role, str] = {
    "text": """text mention surface word words span phrase entity_text entity_name entity_mention named_entity string
        token name entity value term keyword surface_form mention_text text_span""",
    "label": """label type entity_type category class tag entity_group entity_label label_ ner ner_tag kind labels
        types categories tags entity_category entity_class named_entity_type ner_label predicted_label""",
    "start": "start begin start_offset begin_offset start_char char_start start_index start_pos start_position from",
    "end": "end stop end_offset end_char char_end end_index end_pos end_position to",
    "count": "occurrence_index occurrence occurence_index occurence occ nth",
    "offsets": "offsets offset position positions range char_span char_offsets char_range span_offsets indices",
    "number": "# no no. nr nr. number id index row num item",
    "remark": """reason reasoning explanation description definition comment comments note notes confidence score
        context evidence justification rationale remark remarks details source probability sentence""",
}

_ROLES: dict[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}

LIST_KEYS = frozenset("entities mentions named_entities items results answer output examples".split())  # noqa: SIM905
"""Keys under which a list of items is found; they say nothing of an item."""


@lru_cache(maxsize=1024)
def key_name(name: str) -> str:
    """Normalise a key: `entityText`, `Entity-Text`, `entity_text` and `Entity text 1` are one."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()[:100])
    plain = re.sub(r"(?<=[^\W\d])[ _]?\d{1,4}\Z", "", plain)
    return re.sub(r"[\s_-]+", "_", plain).casefold()


def role_of(name: str) -> Role | None:
    """Return what a key names, or None when it is no known key.

    >>> role_of("Entity Type"), role_of("startOffset"), role_of("Oslo")
    ('label', 'start', None)

    """
    return _ROLES.get(key_name(name)) if len(name) <= 40 else None
