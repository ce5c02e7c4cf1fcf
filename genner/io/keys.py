"""The names under which tools keep things, most telling first; folded, as `fold` returns them."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

__all__ = [
    "ID_KEYS",
    "INNER_KEYS",
    "LABEL_KEYS",
    "LIST_KEYS",
    "MENTION_KEYS",
    "OTHER_KEYS",
    "PAIR_KEYS",
    "TAG_KEYS",
    "TAG_NAMES",
    "TEXT_KEYS",
    "TOKEN_KEYS",
    "WEAK_LABEL_KEYS",
    "edge_of",
    "fold",
    "other_edge",
]


@cache
def fold(key: str) -> str:
    """Return a key without case, punctuation and spaces; of `ner/msra`, as HanLP has it, what is before the slash."""
    return re.sub(r"[\s_@:-]", "", key.casefold().partition("/")[0] or key)


_PLACE = "(?:character|char|token|tok|word|doc|offset|index|idx|position|pos|span|entity|mention|text)*"
_EDGE = re.compile(rf"{_PLACE}(?:(?P<start>start|begin|from)|end|stop|to)(?:n?ing)?{_PLACE}s?|(?P<b>[bs])|e")


@cache
def edge_of(key: str) -> Literal["start", "end", ""]:
    """Return which edge of a span a folded key holds: `start` for `charstart`, `beginoffset`, `offsetbegin`, ..."""
    match = _EDGE.fullmatch(key)
    if match is None:
        return ""
    return "start" if match["start"] or match["b"] else "end"


@cache
def other_edge(key: str) -> str:
    """Return the key of an end that goes with one of a start: `tokenend` with `tokenstart`."""
    return {"from": "to", "b": "e", "s": "e"}.get(key, key.replace("start", "end").replace("begin", "end"))


def _keys(words: str) -> tuple[str, ...]:
    return tuple(words.split())


PAIR_KEYS = _keys(
    """
    span offsets position pos indices range tokenspan charspan spans boundary location interval charoffsets
    """
)
"""Start and end in one list."""

INNER_KEYS = _keys(
    """
    value span offsets offset location position charinterval globaloffsets range
    """
)
"""An object that holds start and end."""

LABEL_KEYS = _keys(
    """
    label labels type entitytype entitygroup entityclass entitylabel labeltype displayname nertype typename tag
    category class nerlabel nertag ner obj extractionclass semantictype hypertextlabels kind predictedlabel
    tagname classname labelname types
    """
)
"""The label."""

WEAK_LABEL_KEYS = _keys(
    """
    infons annotationtype entity name
    """
)
"""The label, where none of the others is there: each of them often holds something else."""

MENTION_KEYS = _keys(
    """
    text mention surface surfaceform word extractiontext value entitytext entity name phrase string exact quote
    span chunk mentiontext term match entityvalue rawvalue rawname matchedtext
    """
)
"""The text of a mention."""

TEXT_KEYS = _keys(
    """
    text content context sentence document fulltext rawtext raw passage body originaltext analyzedtext senttext
    textcontent sourcetext documenttext doctext sentencetext utterance sent paragraph input query question
    abstract title tweet review message source article data
    """
)
"""The text of a record."""

TOKEN_KEYS = _keys(
    """
    tokens words tokenizedtext token sentence sentences sents text chars input strwords tokenlist wordlist
    tokenized textlist characters tok cws seg
    """
)
"""Its tokens."""

LIST_KEYS = _keys(
    """
    entities entitymentions ents spans ner labels label annotations annotation mentions denotations extractions
    namedentities goldenentitymentions goldentities entitylist entity entityspans nerspans nerlabels result
    results output predictions predictedentities predentities gold tags targets highlights
    textsegmentannotations prediction resources resultlist
    """
)
"""Its annotations."""

ID_KEYS = _keys(
    """
    id sentid dockey docid documentid guid uuid uid qasid pmid sourceid exampleid sentenceid docname filename
    idx
    """
)
"""What it is called."""

TAG_KEYS = _keys(
    """
    nertags tags labels ner nerlabels label tag biotags iobtags bio entities tokenlabels tokentags entitytags
    targets target annotations nertag namedentities finenertags coarsenertags labelids nertagsids nerids tagids
    ents gold y stanfordner
    """
)
"""A tag for each token."""

TAG_NAMES = _keys(
    """
    ner nertag nertags netag ne tag tags label labels bio iob entity necoarselit necoarse entities nelabel
    goldtag gold
    """
)
"""The header of a column of tags."""

OTHER_KEYS = frozenset(
    _keys(
        """
        attributes cats chunks clusters comments config coref coreferences corefs details discontinuous
        eventmentions events features goldeneventmentions intentranking issues meta modifications namespaces options
        paragraphs parse passages projects relation relationmentions relations sentences sents suggestedrelations
        tokens triggers unplaced versions
        """
    )
)
"""What may look like annotations and is not about entities."""
