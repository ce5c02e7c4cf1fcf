"""The documents of an experiment, checked before anything runs."""

from __future__ import annotations

import genner.io
from genner.exceptions import DataError
from genner.experiments.config import Corpus
from genner.experiments.record import documents_hash
from genner.lexicon import nests
from genner.study.samples import load_sample, sample_labels
from genner.types import Document, LabelSet

__all__ = ["Data"]


class Data:
    """The documents of a corpus.

    Raises:
        DataError: when a file is not there, holds no document or no entity, or has other labels.
    """

    def __init__(self, name: str, settings: Corpus) -> None:
        self.name, self.settings = name, settings
        self.labels = settings.labels or self._sample_labels()
        self.train = self._read("train", settings.train)
        self.test = self._read("test", settings.test)
        self.validation = self._read("validation", settings.validation)
        self.nested = (nests(self.train) if self.train else True) if settings.nested is None else settings.nested
        self.hashes = {part: documents_hash(getattr(self, part)) for part in ("train", "test", "validation")}

    def _sample_labels(self) -> LabelSet:
        assert self.settings.sample is not None
        return sample_labels(self.settings.sample)

    def _read(self, part: str, path: str | None) -> list[Document]:
        sample = self.settings.sample
        if path is None:
            return [] if sample is None or part == "validation" else list(load_sample(sample, part))
        documents = list(genner.io.read(path))
        if not documents:
            raise DataError("expected documents, got none", path=path)
        found = {entity.label for document in documents for entity in document.entities}
        if not found:
            raise DataError(f"expected entities, got none in {len(documents)} documents", path=path)
        if found - self.labels.known:
            foreign, known = ", ".join(sorted(found - self.labels.known)), ", ".join(self.labels)
            raise DataError(f"labels that are not in the label set of {self.name} ({known}): {foreign}", path=path)
        return documents
