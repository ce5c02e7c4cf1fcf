"""The words of answers: names of the parts of an item, in keys, heads of columns and records, and words for nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

__all__ = [
    "ANNOUNCED",
    "ARGUMENTS",
    "LIST_KEYS",
    "RELATIONS",
    "RELATION_PARTS",
    "TAKEN_BACK",
    "WRAPPERS",
    "Role",
    "is_nothing",
    "key_name",
    "role_of",
    "weight_of",
]

Role: TypeAlias = Literal["text", "label", "start", "end", "count", "offsets", "number", "remark"]
"""What a part of an item is: `number` numbers the item, `remark` is anything else of it."""

_WORDS: dict[Role, str] = {
    "text": """text mention surface word words span phrase entity_text entity_name entity_mention named_entity string
        token name entity value term keyword surface_form mention_text text_span string extraction_text
        实体 實體 文本 提及 エンティティ テキスト 개체 텍스트 entidad entité entität texto texte сущность текст""",
    "label": """label type entity_type category class tag entity_group entity_label label_ ner ner_tag kind labels
        types categories tags entity_category entity_class named_entity_type ner_label predicted_label
        ner_tags extraction_class
        类型 類型 类别 類別 标签 標籤 タイプ 種類 ラベル 유형 라벨 tipo etiqueta catégorie étiquette typ тип метка""",
    "start": "start begin start_offset begin_offset start_char char_start start_index start_pos start_position from",
    "end": "end stop end_offset end_char char_end end_index end_pos end_position to",
    "count": "occurrence_index occurrence occurence_index occurence occ nth",
    "offsets": "offsets offset position positions range char_span char_offsets char_range span_offsets indices",
    "number": "# no no. nr nr. number id index row num item",
    "remark": """reason reasoning explanation description definition comment comments note notes confidence score
        context evidence justification rationale remark remarks details source probability sentence""",
}

_COUNT = re.compile(
    r"occ\w*_?(?:index|idx|indices|number|no|num|id|nr)|occurr?ance\w*|instance|ordinal|mention_index|nth\w*"
)
_STARTS, _ENDS = frozenset(("start", "begin", "from")), frozenset(("end", "stop", "to"))
_PLACES = frozenset("char chars character index idx pos position offset span text entity mention at in".split())  # noqa: SIM905

_ROLES: dict[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}

_LIKELY_TEXT = frozenset(
    "span entity name value term keyword words tokens texts mentions spans values names surfaces".split()  # noqa: SIM905
)
_UNLIKELY_LABEL = frozenset(("entity", "name", "value"))

LIST_KEYS = frozenset("entities mentions named_entities items results answer output examples".split())  # noqa: SIM905
"""Keys under which a list of items is found; they say nothing of an item."""

WRAPPERS = LIST_KEYS | frozenset(
    """entity output outputs result response ner data predictions prediction annotations extracted_entities extractions
    list json labels spans arguments parameters function final final_answer named_entity_recognition children nested
    nested_entities sub_entities subentities inner parts""".split()  # noqa: SIM905
)
"""Keys under which an answer, or a part of it, is found."""

ARGUMENTS = frozenset("arguments args parameters input properties".split())  # noqa: SIM905
"""Keys under which a call holds what a tool is called with."""

RELATIONS = frozenset(("relations", "relation", "triples", "triplets", "relationships", "edges"))
RELATION_PARTS = frozenset(
    "head tail subject object subj obj relation predicate arg1 arg2 source_entity target_entity".split()  # noqa: SIM905
)
"""Keys under which relations between entities are listed, and those of one relation."""

TAKEN_BACK = re.compile(
    r"\b(?:wait|actually|correction|corrected|final(?:ly|\s+(?:answer|output|result|version|list|json))?|revised|updated"
    r"|on second thought|scratch that|instead|let me (?:fix|correct|redo|revise)|my mistake|i apologi[sz]e|sorry)\b",
    re.I,
)
"""How an answer announces that it takes back what is before."""

ANNOUNCED = re.compile(
    r"^[ \t>#*_]*(?=[^\W\d_])"
    r"(?:(?:so|thus|therefore|hence|here is|in summary|putting (?:it|this) (?:all )?together)\b[,:]?[ ]?)?"
    r"(?:(?:the|my)[ ])?(?:(?P<final>final|corrected|revised)[ ]?)?"
    r"(?:(?:answer|output|result|response|extraction|list|entities|json)s?|in the (?:required|requested) format)?"
    r"(?:[ ](?:is|are))?[*_ ]{0,4}(?:[:：]|$)[*_]{0,2}",
    re.I | re.M,
)
"""How an answer announces, at the beginning of a line, that what is behind it is the answer."""

_NOTHING = frozenset(
    word.strip()
    for word in """
    none|null|nil|n/a|na|-|--|—|–|[]|{}|()|∅|==none==|none found|no entities|no entity|no entities found|not found
    empty|not mentioned|not applicable|not present|nothing|unknown|not specified|none mentioned|none present
    no mention|no mentions|n.a|no|none identified|not available|no named entities|keine|aucun|aucune|ninguno|ninguna
    nessuno|无|なし
    """.replace("\n", "|").split("|")
)


@lru_cache(maxsize=1024)
def key_name(name: str) -> str:
    """Normalise a key: `entityText`, `Entity-Text`, `entity_text` and `Entity text 1` are one."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()[:100])
    plain = re.sub(r"(?<=[^\W\d])[ _]?\d{1,4}\Z", "", plain)
    return re.sub(r"[\s_-]+", "_", plain).casefold()


@lru_cache(maxsize=1024)
def role_of(name: str) -> Role | None:
    """Return what a key names, or None when it is no known key.

    >>> role_of("Entity Type"), role_of("startOffset"), role_of("Oslo")
    ('label', 'start', None)

    """
    if len(name) > 40:
        return None
    plain = key_name(name)
    return _ROLES.get(plain) or ("count" if _COUNT.fullmatch(plain) else None) or _side_of(plain)


def _side_of(plain: str) -> Role | None:
    """Return which end of a mention a key gives that is named after it: `start_idx`, `char_end_pos`."""
    parts = set(plain.split("_"))
    side: Role | None = "start" if parts & _STARTS else "end" if parts & _ENDS else None
    return side if parts <= _STARTS | _ENDS | _PLACES else None


def weight_of(name: str, role: Literal["text", "label"]) -> float:
    """Return how much the name of a key speaks for a mention or a label behind it, 0 to 1."""
    plain = key_name(name)
    if plain in (_LIKELY_TEXT if role == "text" else _UNLIKELY_LABEL):
        return 0.6 if role == "text" else 0.3
    return 1.0 if _ROLES.get(plain) == role else 0.0


def is_nothing(text: str) -> bool:
    """Tell whether a string says that there is no mention.

    >>> is_nothing("No entities"), is_nothing("None."), is_nothing(""), is_nothing("Oslo")
    (True, True, True, False)

    """
    plain = text[:100].strip(" \t\r\n.!*_").casefold()
    return not plain or " ".join(plain.replace("_", " ").split()) in _NOTHING
