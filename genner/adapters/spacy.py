"""A component of spaCy that asks a language model.

All entities, nested ones too, are in `doc.spans["genner"]`; the longest of those that overlap are in `doc.ents`;
`doc.user_data["genner"]` is the whole prediction as a dict, with what is not in the text and the issues.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from genner.adapters import missing
from genner.extraction import extract
from genner.labelsets import get_label_set
from genner.types import Prediction

try:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.util import filter_spans
except ImportError:
    raise missing("spacy") from None

__all__ = ["Finder"]


@Language.factory(
    "genner",
    assigns=["doc.ents", "doc.spans"],
    default_config={"format": "xml", "spans_key": "genner", "options": {}},
)
class Finder:
    """Finds the entities of each document with a language model.

    Args:
        nlp: the pipeline.
        name: of the component in it.
        labels: a label set, names, or the name of a known set.
        model: whatever `genner.extract` takes; a function of your own comes from the registry of spaCy.
        format: in which the model answers.
        spans_key: where in `doc.spans` and `doc.user_data` the result goes.
        options: further keywords of `genner.extract`.
    """

    def __init__(
        self, nlp: Language, name: str, labels: Any, model: Any, format: str, spans_key: str, options: dict[str, Any]
    ) -> None:
        self.labels, self.model, self.format = get_label_set(labels), model, format
        self.spans_key, self.options = spans_key, {"progress": False, **options}

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], batch_size: int = 64) -> Iterator[Doc]:
        """Ask about the documents in batches."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            texts = [doc.text for doc in batch]
            found = extract(texts, self.labels, self.model, format=self.format, **self.options)
            for doc, prediction in zip(batch, found, strict=True):
                self.write(doc, prediction)
                yield doc

    def write(self, doc: Doc, prediction: Prediction) -> None:
        """Put the entities into a document; one that ends inside a token is as long as its tokens."""
        spans: list[Any] = [
            doc.char_span(start, end, label=label, alignment_mode="expand") for start, end, label in prediction.entities
        ]
        doc.spans[self.spans_key] = spans
        doc.ents = filter_spans(spans)
        doc.user_data[self.spans_key] = prediction.to_dict()
