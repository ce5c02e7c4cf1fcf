"""Strategies for texts and documents that are hard on codecs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from genner.exceptions import MissingExtraError
from genner.types import Document, Entity

try:
    from hypothesis import strategies as st
except ImportError as error:  # pragma: no cover
    raise MissingExtraError.of("genner.testing", "hypothesis", "testing") from error

__all__ = ["HOSTILE", "LABELS", "documents", "entities_of", "json_trees", "texts"]

LABELS: tuple[str, ...] = ("PER", "LOC", "cell_line", "GPE-1", "その他", "a.b")
"""Labels of the kinds real corpora have: not all of them are XML names."""

HOSTILE: tuple[str, ...] = (
    *'[]|<>/&"\\{}',
    *"ab I\n\t\u0301\u200dİßé東京😀",
    " | ",
    " | PER]",
    "[a | PER]",
    "<PER>",
    "</PER>",
    "\\[",
    "\\<",
    "ab",
    *LABELS,
)
"""Pieces of text that could be taken for markup, and characters that are easily miscounted."""


def texts(*, max_pieces: int = 12, pieces: Sequence[str] = HOSTILE) -> st.SearchStrategy[str]:
    """Texts put together from hostile pieces; never empty.

    Args:
        max_pieces: the longest text has as many.
        pieces: what texts are put together from.
    """
    return st.lists(st.sampled_from(pieces), min_size=1, max_size=max_pieces).map("".join)


def entities_of(
    text: str, *, max_entities: int = 5, labels: Sequence[str] = LABELS
) -> st.SearchStrategy[tuple[Entity, ...]]:
    """Distinct entities of `text`: nested, crossing, on one span, at any characters.

    Args:
        text: whose spans they are.
        max_entities: most of them.
        labels: to draw from.
    """
    return _entities(len(text), max_entities, tuple(labels))


@cache  # a strategy is checked when it is first drawn from, which takes longer than to draw
def _entities(length: int, most: int, labels: tuple[str, ...]) -> st.SearchStrategy[tuple[Entity, ...]]:
    place = st.integers(0, length - 1)
    entity = st.builds(
        lambda one, other, label: Entity(min(one, other), max(one, other) + 1, label),
        place,
        place,
        st.sampled_from(labels),
    )
    return st.lists(entity, max_size=most, unique=True).map(tuple)


def documents(
    *,
    max_pieces: int = 12,
    max_entities: int = 5,
    labels: Sequence[str] = LABELS,
    pieces: Sequence[str] = HOSTILE,
) -> st.SearchStrategy[Document]:
    """Documents over hostile texts with any entities.

    Args:
        max_pieces: of a text.
        max_entities: of a document.
        labels: to draw from.
        pieces: what texts are put together from.
    """
    return texts(max_pieces=max_pieces, pieces=pieces).flatmap(
        lambda text: entities_of(text, max_entities=max_entities, labels=labels).map(partial(Document, text))
    )


KEYS: tuple[str, ...] = (
    *("text", "label", "type", "name", "value", "entity", "occurrence_index", "start", "end", "span", "offset"),
    *("length", "entities", "confidence", "id", "children", "", *LABELS),
)
"""Keys of the objects that models write."""


def json_trees(
    *, keys: Sequence[str] = KEYS, strings: Sequence[str] = HOSTILE, max_leaves: int = 20
) -> st.SearchStrategy[object]:
    """Valid JSON values with keys of the usual kinds and values of any type.

    Args:
        keys: of objects.
        strings: that are values.
        max_leaves: of a tree.
    """
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(-5, 10**25), st.floats(), st.text(max_size=6), st.sampled_from(strings)
    )
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.sampled_from(keys), inner, max_size=5)),
        max_leaves=max_leaves,
    )
