"""Random documents for the tests of scores and errors: nested, crossing, touching, repeated, empty."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from hypothesis import strategies as st

from genner.types import Document, Entity, Mention, Prediction

TEXT = "ab ab abc a b c ab " * 3
LABELS = ("PER", "ORG", "LOC")


def random_entities(
    rng: random.Random, most: int = 6, size: int = 14, labels: Sequence[str] = LABELS, longest: int = 6
) -> list[Entity]:
    """Draw entities so crowded that every relation of two spans is common."""
    entities = []
    for _ in range(rng.randint(0, most)):
        start = rng.randrange(size)
        entities.append(Entity(start, min(size, start + rng.randint(1, longest)), rng.choice(labels)))
    return entities


def near_copy(rng: random.Random, gold: Sequence[Entity], size: int = 14) -> list[Entity]:
    """Draw what a fair system would say: mostly right, some labels and borders wrong, some lost or invented."""
    said = []
    for entity in gold:
        start, end, label = entity
        luck = rng.random()
        if luck < 0.15:
            continue
        if luck < 0.3:
            label = rng.choice(LABELS)
        elif luck < 0.5:
            start = max(0, start - rng.randint(0, 2))
            end = min(size, end + rng.randint(0, 2))
        said.append(Entity(start, end, label))
        if luck > 0.93:
            said.append(said[-1])
    return said + random_entities(rng, 2, size)


def random_pair(rng: random.Random) -> tuple[Document, Prediction]:
    """Draw a gold document and what was predicted, some of it without a place."""
    gold = random_entities(rng)
    predicted = near_copy(rng, gold) if rng.random() < 0.6 else random_entities(rng)
    unplaced = [Mention(rng.choice(["ab", "zz"]), rng.choice(LABELS)) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    return Document(TEXT, gold), Prediction(predicted, unplaced, text=TEXT)


def random_corpus(seed: int, documents: int) -> tuple[list[Document], list[Prediction]]:
    rng = random.Random(seed)
    pairs = [random_pair(rng) for _ in range(documents)]
    return [gold for gold, _ in pairs], [predicted for _, predicted in pairs]


def entities(most: int = 6, size: int = 14, labels: Sequence[str] = LABELS) -> st.SearchStrategy[list[Entity]]:
    """Entities of one short text, in any order, repeated ones included."""
    starts = st.integers(0, size - 1)
    one = st.tuples(starts, st.integers(1, 6), st.sampled_from(labels))
    return st.lists(one.map(lambda x: Entity(x[0], min(size, x[0] + x[1]), x[2])), max_size=most)


def mentions(most: int = 2) -> st.SearchStrategy[list[Mention]]:
    return st.lists(st.builds(Mention, st.sampled_from(["ab", "zz", "a"]), st.sampled_from(LABELS)), max_size=most)


def pairs(unplaced: bool = True) -> st.SearchStrategy[tuple[Document, Prediction]]:
    """A gold document and what was predicted."""
    build: Callable[..., tuple[Document, Prediction]] = lambda gold, said, more: (  # noqa: E731
        Document(TEXT, gold),
        Prediction(said, more, text=TEXT),
    )
    return st.builds(build, entities(), entities(), mentions() if unplaced else st.just([]))


def corpora(most: int = 6, unplaced: bool = True) -> st.SearchStrategy[list[tuple[Document, Prediction]]]:
    return st.lists(pairs(unplaced), max_size=most)


def flat(rng: random.Random, size: int = 20, most: int = 5, labels: Sequence[str] = LABELS) -> list[Entity]:
    """Draw entities that do not overlap; touching ones and one-character ones are common."""
    found, at = [], 0
    for _ in range(rng.randint(0, most)):
        start = at + rng.choice([0, 0, 1, 2, 3])
        end = start + rng.choice([1, 1, 2, 3])
        if end > size:
            break
        found.append(Entity(start, end, rng.choice(labels)))
        at = end
    return found


def traced_lines(work: Callable[[], object]) -> int:
    """Count the lines of Python that run, which no other work of the machine changes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
