"""Demonstrations that fit: the documents nearest to the one asked about (GPT-NER, Wang et al. 2023).

Nearest by BM25 over words, or by any embedding; by sentence, or by entity: the documents that hold
entities like the words of the text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import regex

from genner.exceptions import DataError, UnknownNameError
from genner.types import Document

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BM25", "Embedding", "Nearest"]

Vector: TypeAlias = "NDArray[Any]"

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")

Embedding = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Turns texts into vectors, all of one length; nearness is the cosine."""


def words(text: str) -> list[str]:
    """Return the words to compare by; in scripts without spaces, pairs of characters."""
    found = []
    for word in _WORD.findall(text.casefold()):
        if _HAN.search(word) and len(word) > 1:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


class BM25:
    """Okapi BM25 over a fixed list of texts (Robertson and Zaragoza 2009, with the idf that stays positive).

    >>> BM25(["a red house", "a blue car", "the red car"]).scores("red car").argmax().item()
    2

    Args:
        texts: what is searched.
        k1: how soon another occurrence of a word counts for less.
        b: how much long texts are held back, from 0 to 1.
    """

    def __init__(self, texts: Iterable[str], *, k1: float = 1.5, b: float = 0.75) -> None:
        import numpy as np

        counts = [Counter(words(text)) for text in texts]
        self.size = len(counts)
        sizes = np.array([count.total() for count in counts])
        damped = k1 * (1 - b + b * sizes / (sizes.mean() if sizes.any() else 1))
        postings: dict[str, list[tuple[int, int]]] = {}
        for at, count in enumerate(counts):
            for word, times in count.items():
                postings.setdefault(word, []).append((at, times))
        self._postings = {}
        for word, found in postings.items():
            at, times = np.array(found).T
            rarity = math.log(1 + (self.size - len(found) + 0.5) / (len(found) + 0.5))
            self._postings[word] = at, rarity * times * (k1 + 1) / (times + damped[at])

    def scores(self, query: str) -> Vector:
        """Return how well each text answers the query, an array of shape (n_texts,)."""
        import numpy as np

        total = np.zeros(self.size)
        for word, times in Counter(words(query)).items():
            if word in self._postings:
                at, weights = self._postings[word]
                total[at] += times * weights
        return total


class Nearest:
    """Picks demonstrations; call it with a document.

    Args:
        documents: annotated ones to pick from.
        count: how many to pick.
        by: `"sentence"` compares whole texts, `"entity"` the text with the entities of each document.
        embed: vectors in place of BM25.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        count: int = 3,
        *,
        by: Literal["sentence", "entity"] = "sentence",
        embed: Embedding | None = None,
    ) -> None:
        if by not in ("sentence", "entity"):
            raise UnknownNameError.of("comparison", by, ("sentence", "entity"))
        if count < 1:
            raise DataError(f"count: expected at least one demonstration, got {count}")
        if not documents:
            raise DataError("expected documents to pick demonstrations from, got none")
        self.documents, self.count = documents, count
        self._copies = Counter(document.text for document in documents)
        keys = [
            document.text if by == "sentence" else " ; ".join(map(document.surface, document.entities))
            for document in documents
        ]
        self._scores = BM25(keys).scores if embed is None else _cosines(keys, embed)

    def __call__(self, document: Document) -> list[Document]:
        """Return the nearest documents, the nearest last: right before the question.

        A document with the same text is left out, for its answer is what is asked for.
        """
        import numpy as np

        scores = self._scores(document.text)
        most = min(len(scores), self.count + self._copies[document.text])
        (near,) = np.nonzero(scores >= np.partition(scores, -most)[-most])
        order = near[np.argsort(-scores[near], kind="stable")]
        picked = [self.documents[at] for at in order if self.documents[at].text != document.text]
        return picked[: self.count][::-1]


def _cosines(texts: Sequence[str], embed: Embedding) -> Callable[[str], Vector]:
    """Return what compares a text with all of `texts`."""
    import numpy as np

    def units(some: Sequence[str]) -> Vector:
        vectors = np.asarray(embed(some), dtype=float)
        lengths: Vector = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths, lengths, 1)

    known = units(texts)
    return lambda text: known @ units([text])[0]
