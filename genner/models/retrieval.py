"""Demonstrations that fit: the documents nearest to the one asked about (GPT-NER, Wang et al. 2023).

Nearest by BM25 over words, or by any embedding; by sentence, or by entity: the documents that hold
entities like the words of the text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import regex

from genner.exceptions import DataError, UnknownNameError
from genner.types import Document

__all__ = ["BM25", "Embedding", "Nearest"]

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

    >>> BM25(["a red house", "a blue car", "the red car"]).scores("red car").index(max(
    ...     BM25(["a red house", "a blue car", "the red car"]).scores("red car")))
    2

    """

    def __init__(self, texts: Iterable[str], *, k1: float = 1.5, b: float = 0.75) -> None:
        counts = [Counter(words(text)) for text in texts]
        sizes = [sum(count.values()) for count in counts]
        mean = sum(sizes) / len(sizes) if any(sizes) else 1.0
        self.size = len(counts)
        self.weights: dict[str, list[tuple[int, float]]] = {}
        for at, count in enumerate(counts):
            damped = k1 * (1 - b + b * sizes[at] / mean)
            for word, times in count.items():
                self.weights.setdefault(word, []).append((at, times * (k1 + 1) / (times + damped)))
        for found in self.weights.values():
            rarity = math.log(1 + (self.size - len(found) + 0.5) / (len(found) + 0.5))
            found[:] = [(at, rarity * weight) for at, weight in found]

    def scores(self, query: str) -> list[float]:
        """Return how well each text answers the query."""
        total = [0.0] * self.size
        for word, times in Counter(words(query)).items():
            for at, weight in self.weights.get(word, ()):
                total[at] += times * weight
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
            raise UnknownNameError.of("way of comparing", by, ("sentence", "entity"))
        if count < 1:
            raise DataError(f"count: expected at least one demonstration, got {count}")
        if not documents:
            raise DataError("expected documents to pick demonstrations from, got none")
        self.documents, self.count, self.embed = documents, count, embed
        keys = [
            document.text if by == "sentence" else " ; ".join(map(document.surface, document.entities))
            for document in documents
        ]
        self._index = BM25(keys) if embed is None else None
        self._vectors = [] if embed is None else [_unit(vector) for vector in embed(keys)]

    def __call__(self, document: Document) -> list[Document]:
        """Return the nearest documents, the nearest last: right before the question.

        A document with the same text is left out, for its answer is what is asked for.
        """
        scores = self._scores(document.text)
        order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
        picked = [self.documents[at] for at in order if self.documents[at].text != document.text]
        return picked[: self.count][::-1]

    def _scores(self, text: str) -> list[float]:
        if self._index is not None:
            return self._index.scores(text)
        assert self.embed is not None
        (asked,) = (_unit(vector) for vector in self.embed([text]))
        return [sum(a * b for a, b in zip(asked, vector, strict=True)) for vector in self._vectors]


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]
