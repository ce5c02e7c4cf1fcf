"""The names under which tools keep things, most telling first; folded, as `fold` returns them."""

from __future__ import annotations

from functools import cache

__all__ = [
    "END_KEYS",
    "ID_KEYS",
    "INNER_KEYS",
    "LABEL_KEYS",
    "LIST_KEYS",
    "MENTION_KEYS",
    "OTHER_KEYS",
    "PAIR_KEYS",
    "START_KEYS",
    "TAG_KEYS",
    "TAG_NAMES",
    "TEXT_KEYS",
    "TOKEN_KEYS",
    "fold",
]


@cache
def fold(key: str) -> str:
    """Return a key without case, hyphens, underscores and spaces."""
    return key.casefold().replace("_", "").replace("-", "").replace(" ", "")


START_KEYS = (
    "start",
    "startoffset",
    "begin",
    "beginoffset",
    "startchar",
    "charstart",
    "startpos",
    "startindex",
    "startidx",
    "from",
    "tokenstart",
    "starttoken",
    "wordstart",
    "startword",
    "b",
    "s",
    "characteroffsetbegin",
)
"""Where a span starts."""

END_KEYS = (
    "end",
    "endoffset",
    "stop",
    "endchar",
    "charend",
    "endpos",
    "endindex",
    "endidx",
    "to",
    "tokenend",
    "endtoken",
    "wordend",
    "endword",
    "e",
    "characteroffsetend",
)
"""Where it ends."""

PAIR_KEYS = ("span", "offsets", "position", "pos", "indices", "range", "tokenspan", "charspan", "spans", "boundary")
"""Start and end in one list."""

INNER_KEYS = ("value", "span", "offsets", "offset", "location", "position", "charinterval", "globaloffsets", "range")
"""An object that holds start and end."""

LABEL_KEYS = (
    "label",
    "labels",
    "type",
    "entitytype",
    "entitygroup",
    "entitylabel",
    "labeltype",
    "displayname",
    "nertype",
    "typename",
    "tag",
    "category",
    "class",
    "nerlabel",
    "nertag",
    "ner",
    "obj",
    "extractionclass",
    "semantictype",
    "hypertextlabels",
    "kind",
    "entity",
    "predictedlabel",
    "infons",
    "tagname",
    "classname",
    "labelname",
    "annotationtype",
    "name",
)
"""The label."""

MENTION_KEYS = (
    "text",
    "mention",
    "surface",
    "surfaceform",
    "word",
    "extractiontext",
    "value",
    "entitytext",
    "entity",
    "name",
    "phrase",
    "string",
    "exact",
    "quote",
    "span",
    "chunk",
    "mentiontext",
    "term",
    "match",
)
"""The text of a mention."""

TEXT_KEYS = (
    "text",
    "content",
    "context",
    "sentence",
    "document",
    "fulltext",
    "rawtext",
    "raw",
    "passage",
    "body",
    "originaltext",
    "senttext",
    "textcontent",
    "sourcetext",
    "documenttext",
    "doctext",
    "sentencetext",
    "utterance",
    "sent",
    "paragraph",
    "input",
    "query",
    "question",
    "abstract",
    "title",
    "tweet",
    "review",
    "message",
    "source",
    "article",
    "data",
)
"""The text of a record."""

TOKEN_KEYS = (
    "tokens",
    "words",
    "tokenizedtext",
    "token",
    "sentence",
    "sentences",
    "sents",
    "text",
    "chars",
    "input",
    "strwords",
    "tokenlist",
    "wordlist",
    "tokenized",
    "textlist",
    "characters",
)
"""Its tokens."""

LIST_KEYS = (
    "entities",
    "entitymentions",
    "ents",
    "spans",
    "ner",
    "labels",
    "label",
    "annotations",
    "annotation",
    "mentions",
    "denotations",
    "extractions",
    "namedentities",
    "goldenentitymentions",
    "goldentities",
    "entitylist",
    "entity",
    "entityspans",
    "nerspans",
    "nerlabels",
    "result",
    "results",
    "output",
    "predictions",
    "predictedentities",
    "predentities",
    "gold",
    "tags",
    "targets",
    "highlights",
    "textsegmentannotations",
    "prediction",
)
"""Its annotations."""

ID_KEYS = (
    "id",
    "sentid",
    "dockey",
    "docid",
    "documentid",
    "guid",
    "uuid",
    "uid",
    "qasid",
    "pmid",
    "sourceid",
    "exampleid",
    "sentenceid",
    "docname",
    "filename",
    "idx",
)
"""What it is called."""

TAG_KEYS = (
    "nertags",
    "tags",
    "labels",
    "ner",
    "nerlabels",
    "label",
    "tag",
    "biotags",
    "iobtags",
    "bio",
    "entities",
    "tokenlabels",
    "tokentags",
    "entitytags",
    "targets",
    "target",
    "annotations",
    "nertag",
    "namedentities",
    "finenertags",
    "coarsenertags",
    "labelids",
    "nertagsids",
    "nerids",
    "tagids",
    "ents",
    "gold",
    "y",
)
"""A tag for each token."""

TAG_NAMES = (
    "ner",
    "nertag",
    "nertags",
    "netag",
    "ne",
    "tag",
    "tags",
    "label",
    "labels",
    "bio",
    "iob",
    "entity",
    "necoarselit",
    "necoarse",
    "entities",
    "nelabel",
    "goldtag",
    "gold",
)
"""The header of a column of tags."""

OTHER_KEYS = frozenset(
    [
        "attributes",
        "cats",
        "chunks",
        "clusters",
        "comments",
        "config",
        "coref",
        "coreferences",
        "corefs",
        "details",
        "discontinuous",
        "eventmentions",
        "events",
        "goldeneventmentions",
        "issues",
        "meta",
        "modifications",
        "namespaces",
        "options",
        "paragraphs",
        "parse",
        "passages",
        "projects",
        "relation",
        "relationmentions",
        "relations",
        "sentences",
        "sents",
        "tokens",
        "tracks",
        "triggers",
        "unplaced",
    ]
)
"""What may look like annotations and is not about entities."""
