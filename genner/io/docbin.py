"""spaCy's own files: a `DocBin` (`.spacy`) of documents with their entities and span groups.

Needs spaCy (the extra `spacy`); no pipeline is loaded.  `document_of` and `doc_of` go between one of its `Doc`
objects and a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from genner.exceptions import DataError, EncodeError, MissingExtraError
from genner.io._tokens import OFF_GRID, grid_of, on_grid
from genner.io._writing import Details
from genner.io.sink import Sink
from genner.io.source import Source
from genner.types import Document, Entity

__all__ = ["doc_of", "document_of", "read", "sniff", "write"]

SUFFIXES = (".spacy",)
BINARY = True
KEEPS = ("details",)


def sniff(name: str, head: str) -> bool:
    """Tell it by the name: the bytes are packed."""
    return name.endswith(SUFFIXES)


def _spacy() -> Any:
    try:
        import spacy.tokens
    except ImportError:
        raise MissingExtraError.of("the data format docbin", "spacy", "spacy") from None
    return spacy


def read(source: Source, *, spans: str | None = None, language: str = "xx") -> Iterator[Document]:
    """Yield one document each.

    Args:
        spans: the span group that is read; when not given, the entities, or the first group of a document without.
        language: whose vocabulary the file was written with; it changes nothing in texts and entities.
    """
    spacy = _spacy()
    try:
        packed = spacy.tokens.DocBin().from_bytes(source.raw())
        docs = list(packed.get_docs(spacy.blank(language).vocab))
    except Exception as error:
        raise DataError(f"expected a DocBin of spaCy: {type(error).__name__} {error}", path=source.name) from None
    groups = sorted({name for doc in docs for name, group in doc.spans.items() if len(group)})
    grouped = spans if spans is not None else next(iter(groups), None)
    if spans is None and grouped is not None:
        source.guessed(f"a document without entities has those of its span group {grouped!r}; there are {groups}")
    return source.each(
        enumerate(docs, 1), lambda doc: document_of(doc, spans=grouped if spans or not doc.ents else None)
    )


def document_of(doc: Any, *, spans: str | None = None) -> Document:
    """Return the document of a spaCy `Doc`.

    Args:
        spans: the span group that is read; the entities when not given.
    """
    found = doc.ents if spans is None else doc.spans.get(spans, ())
    entities = [(span.start_char, span.end_char, span.label_) for span in found if span.label_]
    details = [
        {"start": span.start_char, "end": span.end_char, "label": span.label_, "id": span.kb_id_}
        for span in found
        if span.kb_id_
    ]
    tokens = [[token.idx, token.idx + len(token)] for token in doc if len(token)]
    meta: dict[str, Any] = {"tokens": tokens} | ({"details": details} if details else {})
    return Document(doc.text, entities, id=doc.user_data.get("id"), meta=meta)


def doc_of(document: Document, vocab: Any = None, *, group: str = "sc") -> Any:
    """Return a spaCy `Doc` of a document.

    Entities that do not overlap become `ents`; with others, all become the span group.

    Args:
        vocab: of the pipeline the `Doc` is for; an empty one when not given.
        group: the name of the span group.

    Raises:
        EncodeError: for an entity that cuts a token.
    """
    spacy = _spacy()
    doc, lost = _doc(spacy, document, vocab or spacy.blank("xx").vocab, group)
    if lost:
        raise EncodeError(f"a Doc cannot say an entity where {OFF_GRID}: {lost[0]!r}", entities=lost)
    return doc


def _doc(spacy: Any, document: Document, vocab: Any, group: str) -> tuple[Any, list[Entity]]:
    pieces = _pieces(document)
    words = [document.text[start:end] for start, end in pieces]
    doc = spacy.tokens.Doc(vocab, words=words, spaces=[False] * len(words))
    placed, lost = on_grid(document.entities, pieces)
    details = Details(document)
    made = []
    for first, end, label in placed:
        more = details.take(pieces[first][0], pieces[end - 1][1], label)
        made.append(spacy.tokens.Span(doc, first, end, label=label, kb_id=str(more.get("id", ""))))
    nested = any(after.start < before.end for before, after in pairwise(made))
    if nested:
        doc.spans[group] = made
    else:
        doc.ents = made
    if document.id is not None:
        doc.user_data["id"] = document.id
    return doc, lost


def _pieces(document: Document) -> list[list[int]]:
    """Return the tokens and what is between them: spaCy's texts are their tokens, and nothing is lost."""
    pieces: list[list[int]] = []
    position = 0
    for start, end in [*grid_of(document), [len(document.text), len(document.text)]]:
        if start > position:
            pieces.append([position, start])
        if end > start:
            pieces.append([start, end])
        position = end
    return pieces


def write(documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
    """Write one DocBin; entities that overlap are written as the span group `sc`."""
    spacy = _spacy()
    vocab = spacy.blank("xx").vocab
    packed = spacy.tokens.DocBin(store_user_data=True)
    for document in documents:
        doc, lost = _doc(spacy, document, vocab, "sc")
        sink.leave_out(document, [(entity, OFF_GRID) for entity in lost], "tokens of spaCy")
        try:
            packed.add(doc)
        except UnicodeEncodeError as error:
            raise DataError(f"expected text that UTF-8 can hold, got {error.object[error.start]!r}") from None
        yield document
    sink.write_bytes(packed.to_bytes())
