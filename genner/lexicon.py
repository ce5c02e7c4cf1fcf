"""The memory baseline: it predicts the entity strings of its training texts and nothing else.

This is the baseline of the CoNLL-2003 shared task (Tjong Kim Sang and De Meulder 2003, Section 4):
no model, no features, and the floor that every model must beat.

* A string is predicted wherever the text holds it, character for character, on word boundaries.
* Flat: from left to right, the longest string that starts here, with its most frequent label.
* Nested: from left to right and longest first, every string that does not cross one already taken,
  with its most frequent label and each other label that at least half of its mentions carry.
* Of equally frequent labels the one that sorts first wins.

A word is a run of letters, marks, digits and `_`; hyphens join words, save one that carries a mark.
In scripts written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar, Tibetan) each character with
its marks is a word.  A string may begin or end inside a word if at least half of its training
mentions do: 한국 in 한국은.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import regex
from pydantic import Field
from typing_extensions import TypedDict

from genner.exceptions import DataError, WrongTypeError
from genner.types import Document, Entity
from genner.types.wire import Wire

__all__ = ["Lexicon", "Memory", "nests"]

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_LETTERS = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{_UNSPACED}]]+"
_WORD = regex.compile(rf"{_LETTERS}(?:[-\u2010\u2011](?!\p{{M}}){_LETTERS})*|.\p{{M}}+", regex.VERSION1 | regex.DOTALL)

_Count = Annotated[int, Field(ge=0)]


class MemoryDict(TypedDict):
    labels: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]
    mentions: Annotated[int, Field(ge=1)]
    inside_start: _Count
    inside_end: _Count


class LexiconDict(TypedDict):
    nested: bool
    strings: dict[Annotated[str, Field(min_length=1)], MemoryDict]


@dataclass(frozen=True)
class Memory:
    """Counts of one entity string in the training texts.

    Args:
        labels: how many of its mentions carry each label.
        mentions: how often it is an entity.
        inside_start: how many of these begin inside a word.
        inside_end: how many of these end inside a word.
    """

    labels: Mapping[str, int]
    mentions: int
    inside_start: int = 0
    inside_end: int = 0

    @cached_property
    def label(self) -> str:
        """The most frequent label."""
        return min(self.labels, key=lambda label: (-self.labels[label], label))

    @cached_property
    def nested_labels(self) -> tuple[str, ...]:
        """The most frequent label and those that at least half of the mentions carry, sorted."""
        frequent = {label for label, count in self.labels.items() if 2 * count >= self.mentions}
        return tuple(sorted(frequent | {self.label}))

    @cached_property
    def free_start(self) -> bool:
        """Whether it may begin inside a word."""
        return 2 * self.inside_start >= self.mentions

    @cached_property
    def free_end(self) -> bool:
        """Whether it may end inside a word."""
        return 2 * self.inside_end >= self.mentions


@dataclass(frozen=True, slots=True)
class Lexicon(Wire):
    """Entity strings and their labels, remembered from training documents.

    >>> lexicon = Lexicon.fit([Document("PU.1 binds", [(0, 4, "protein")])])
    >>> lexicon.predict("a PU.1 site")
    (Entity(2, 6, 'protein'),)

    Args:
        strings: what is remembered, by entity string.
        nested: whether predicted entities may overlap.
    """

    _wire: ClassVar[Any] = LexiconDict

    strings: Mapping[str, Memory] = field(hash=False)
    nested: bool = False
    _automaton: _Automaton = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_automaton", _Automaton(self.strings))

    @classmethod
    def fit(
        cls,
        documents: Iterable[Document],
        *,
        nested: bool | None = False,
        unambiguous: bool = False,
        min_share: float = 0.25,
    ) -> Lexicon:
        """Remember every entity string of the documents; strings of nothing but white space are left out.

        Args:
            documents: the training documents.
            nested: whether predictions may nest, and share a span; None: where the training documents do.
            unambiguous: keep only strings that always have the same label, as the shared task did.
            min_share: keep only strings that are entities in at least this share of the places where
                they would be predicted in the training texts.  One stray annotation of a full stop
                would otherwise be repeated at every sentence end; 0 is the shared task's baseline.

        Raises:
            DataError: when `min_share` is not from 0 to 1.
        """
        if not 0 <= min_share <= 1:
            raise DataError(f"min_share: expected a number from 0 to 1, got {min_share!r}")
        documents = list(documents)
        nested = nests(documents) if nested is None else nested
        kept = _remember(documents)
        if unambiguous:
            kept = {string: memory for string, memory in kept.items() if len(memory.labels) == 1}
        if min_share:
            taken = cls(kept, nested)._taken
            seen = Counter(document.text[start:end] for document in documents for start, end, _ in taken(document.text))
            kept = {string: memory for string, memory in kept.items() if memory.mentions >= min_share * seen[string]}
        return cls(kept, nested)

    def predict(self, text: str) -> tuple[Entity, ...]:
        """Return the remembered strings found in `text`, in canonical order; time is linear in the text.

        Raises:
            WrongTypeError: when the text is no string.
        """
        if not isinstance(text, str):
            raise WrongTypeError(f"text: expected a str, got {type(text).__name__} {text!r:.80}")
        return tuple(
            Entity(start, end, label)
            for start, end, memory in self._taken(text)
            for label in (memory.nested_labels if self.nested else (memory.label,))
        )

    def _taken(self, text: str) -> Iterator[_Match]:
        return (_without_crossing if self.nested else _without_overlap)(self._find(text))

    def _find(self, text: str) -> Iterator[_Match]:
        """Yield every occurrence on word boundaries, by start, longest first."""
        inside = _inside_words(text)
        for start, string in self._automaton.find(text):
            memory = self.strings[string]
            end = start + len(string)
            if (not inside[start] or memory.free_start) and (not inside[end] or memory.free_end):
                yield start, end, memory

    def to_dict(self) -> dict[str, Any]:
        strings = {
            string: {
                "labels": dict(memory.labels),
                "mentions": memory.mentions,
                "inside_start": memory.inside_start,
                "inside_end": memory.inside_end,
            }
            for string, memory in self.strings.items()
        }
        return {"nested": self.nested, "strings": strings}

    @classmethod
    def _from_wire(cls, value: dict[str, Any]) -> Lexicon:
        return cls({string: Memory(**memory) for string, memory in value["strings"].items()}, value["nested"])


def nests(documents: Iterable[Document]) -> bool:
    """Tell whether any two entities of a document share a character.

    Args:
        documents: with their entities.
    """
    return any(one.end > other.start for document in documents for one, other in pairwise(document.entities))


def _remember(documents: Iterable[Document]) -> dict[str, Memory]:
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    mentions, starts, ends = Counter[str](), Counter[str](), Counter[str]()
    for document in documents:
        inside = _inside_words(document.text)
        for start, end, label in set(document.entities):
            labels[document.text[start:end]][label] += 1
        for start, end in {(entity.start, entity.end) for entity in document.entities}:
            string = document.text[start:end]
            mentions[string] += 1
            starts[string] += inside[start]
            ends[string] += inside[end]
    return {
        string: Memory(dict(sorted(labels[string].items())), mentions[string], starts[string], ends[string])
        for string in sorted(mentions)
        if not string.isspace()
    }


def _inside_words(text: str) -> bytearray:
    """Mark each position, from 0 to the length of the text, that is not a word boundary."""
    inside = bytearray(len(text) + 1)
    for word in _WORD.finditer(text):
        start, end = word.span()
        inside[start + 1 : end] = b"\1" * (end - start - 1)
    return inside


_Match = tuple[int, int, Memory]


def _without_overlap(matches: Iterable[_Match]) -> Iterator[_Match]:
    free = 0
    for match in matches:
        if match[0] >= free:
            free = match[1]
            yield match


def _without_crossing(matches: Iterable[_Match]) -> Iterator[_Match]:
    open_ends: list[int] = []
    for match in matches:
        while open_ends and open_ends[-1] <= match[0]:
            open_ends.pop()
        if not open_ends or match[1] <= open_ends[-1]:
            open_ends.append(match[1])
            yield match


class _Automaton:
    """Find many strings at once (Aho and Corasick 1975), reading the text from its end.

    The strings go in reversed, so that the state at a position knows all that start there, longest first.
    """

    __slots__ = ("_fail", "_first", "_goto", "_shorter", "_string")

    def __init__(self, strings: Iterable[str]) -> None:
        self._goto: dict[tuple[int, str], int] = {}
        self._string: dict[int, str] = {}
        depths = self._grow(strings)
        self._fail = [0] * len(depths)
        self._first = [0] * len(depths)
        self._shorter: dict[int, int] = {}
        for (parent, character), node in sorted(self._goto.items(), key=lambda edge: depths[edge[1]]):
            self._fail[node] = fail = self._step(self._fail[parent], character) if parent else 0
            if node in self._string:
                self._first[node] = node
                self._shorter[node] = self._first[fail]
            else:
                self._first[node] = self._first[fail]

    def _grow(self, strings: Iterable[str]) -> list[int]:
        """Build the trie; return the depth of each node."""
        depths = [0]
        for string in strings:
            node = 0
            for character in reversed(string):
                child = self._goto.setdefault((node, character), len(depths))
                if child == len(depths):
                    depths.append(depths[node] + 1)
                node = child
            self._string[node] = string
        return depths

    def _step(self, node: int, character: str) -> int:
        while (child := self._goto.get((node, character))) is None and node:
            node = self._fail[node]
        return child or 0

    def find(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the start of every occurrence of every string, by start, longest first."""
        child, fail, first = self._goto.get, self._fail, self._first
        node, found = 0, []
        for start in range(len(text) - 1, -1, -1):
            character = text[start]
            while (step := child((node, character))) is None and node:  # `_step`, written out: it runs per character
                node = fail[node]
            node = step or 0
            if first[node]:
                found.append((start, first[node]))
        for start, hit in reversed(found):
            while hit:
                yield start, self._string[hit]
                hit = self._shorter[hit]
