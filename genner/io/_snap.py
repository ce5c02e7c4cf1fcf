"""Bring edges of entities and tokens together: edges move, as in spaCy's `Doc.char_span`, or tokens are cut."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from genner.exceptions import UnknownNameError
from genner.io._tokens import Grid, grid_of
from genner.types import Document, Entity

__all__ = ["SNAPS", "Snap", "snapped"]

Snap: TypeAlias = Literal["split", "expand", "contract"]
"""`split` cuts tokens at the edges of entities; `expand` takes in every token that an entity touches; `contract` keeps
the tokens that lie inside it."""

SNAPS: tuple[Snap, ...] = ("split", "expand", "contract")


def snapped(
    documents: Iterable[Document], snap: Snap, on_move: Callable[[Document, Entity, Entity], None]
) -> Iterator[Document]:
    """Yield documents whose entities begin and end with a token.

    Args:
        documents: their tokens are `meta["tokens"]`, or the runs without white space.
        snap: what becomes of a token that an entity cuts.  An entity without a whole token stays as it is.
        on_move: called with the document, the entity as it was and as it is, for each that moves.

    Raises:
        UnknownNameError: when `snap` is none of these.
    """
    if snap not in SNAPS:
        raise UnknownNameError.of("snap", snap, SNAPS)
    for document in documents:
        if snap == "split":
            yield _with_cut_tokens(document)
            continue
        moves = _moves(document, snap)
        if not moves:
            yield document
            continue
        for old, new in moves.items():
            for _ in range(document.entities.count(old)):
                on_move(document, old, new)
        entities = [moves.get(entity, entity) for entity in document.entities]
        yield document.replace(entities=entities, meta=_moved_details(document.meta, moves))


def _with_cut_tokens(document: Document) -> Document:
    """Return the document with a token edge at every edge of an entity."""
    edges = sorted({edge for entity in document.entities for edge in entity[:2]})
    grid, cut = grid_of(document), []
    for start, end in grid:
        inside = edges[bisect_right(edges, start) : bisect_left(edges, end)]
        cut += [list(piece) for piece in pairwise([start, *inside, end])]
    return document if cut == grid else document.replace(meta={**document.meta, "tokens": cut})


def _moves(document: Document, snap: Snap) -> dict[Entity, Entity]:
    grid = grid_of(document)
    starts, ends = {start for start, _ in grid}, {end for _, end in grid}
    cut = [entity for entity in document.entities if entity.start not in starts or entity.end not in ends]
    found = {entity: _place(grid, entity, snap) for entity in dict.fromkeys(cut)}
    return {entity: Entity(*place, entity.label) for entity, place in found.items() if place is not None}


def _place(grid: Grid, entity: Entity, snap: Snap) -> tuple[int, int] | None:
    """Return where the first token begins and the last one ends; None where there is none."""
    if snap == "expand":
        first = bisect_right(grid, entity.start, key=lambda token: token[1])
        last = bisect_left(grid, entity.end, key=lambda token: token[0])
    else:
        first = bisect_left(grid, entity.start, key=lambda token: token[0])
        last = bisect_right(grid, entity.end, key=lambda token: token[1])
    return (grid[first][0], grid[last - 1][1]) if first < last else None


def _moved_details(meta: Mapping[str, Any], moves: Mapping[Entity, Entity]) -> dict[str, Any]:
    """Let what else is known of an entity go where the entity goes."""
    listed = meta.get("details")
    if not isinstance(listed, (list, tuple)):
        return dict(meta)
    places = {tuple(old): new.to_dict() for old, new in moves.items()}
    made = [
        {**one, **places.get((one.get("start"), one.get("end"), one.get("label")), {})}
        if isinstance(one, Mapping)
        else one
        for one in listed
    ]
    return {**meta, "details": made}
