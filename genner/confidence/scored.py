"""Predicted entities with their scores, each right or wrong: what calibrators, curves and promises are made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from genner.confidence.details import entity_scores
from genner.exceptions import DataError
from genner.metrics.scoring import paired
from genner.types import Prediction
from genner.types.plain import AnyDocument, AnyOutput

__all__ = ["Scored"]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The entities of a corpus that a system predicted.  Mentions without a place have no score and are not here.

    Args:
        scores: of each entity, from 0 to 1, array of shape (entities,); (entities, sources) for several sources.
        right: whether span and label are those of a gold entity; of copies, the first alone.
        document: position of the document of each entity.
        gold: number of gold entities of each document, array of shape (documents,).
        sources: names of the scores.
    """

    scores: Any
    right: Any
    document: Any
    gold: Any
    sources: tuple[str, ...] = ("confidence",)

    @classmethod
    def of(cls, gold: Iterable[AnyDocument], predicted: Iterable[AnyOutput], *sources: str) -> Scored:
        """Compare predictions with gold documents.

        Args:
            gold: the documents as annotated.
            predicted: one prediction for each, with scores in its details.
            sources: names of the scores in `details`; `"confidence"` when there is none.

        Raises:
            DataError: when the sides are not about the same documents, or a prediction is a document.
            UnknownNameError: when an entity has no such score.
        """
        import numpy

        names = sources or ("confidence",)
        left, right = paired(gold, predicted)
        rows: list[tuple[float, ...]] = []
        correct: list[bool] = []
        place: list[int] = []
        for position, (document, output) in enumerate(zip(left, right, strict=True)):
            if not isinstance(output, Prediction):
                raise DataError(
                    f"predicted[{position}]: expected a Prediction, whose details hold scores, got a Document"
                )
            tables = [entity_scores(output, name) for name in names]
            remaining = list(document.entities)
            for entity in output.entities:
                rows.append(tuple(table[entity] for table in tables))
                correct.append(entity in remaining)
                place.append(position)
                if correct[-1]:
                    remaining.remove(entity)
        scores = numpy.array(rows, float).reshape(-1, len(names))
        return cls(
            scores[:, 0] if len(names) == 1 else scores,
            numpy.array(correct, bool),
            numpy.array(place, int),
            numpy.array([len(document.entities) for document in left], int),
            names,
        )

    def need_one_score(self) -> None:
        """Raise a DataError where entities have several scores."""
        if len(self.sources) != 1:
            raise DataError(f"expected one score for each entity, got {len(self.sources)}: calibrate them first")

    @property
    def documents(self) -> int:
        """How many there are."""
        return len(self.gold)

    def per_document(self, values: Any) -> Any:
        """Add up a value of each entity over each document; array of shape (documents,).

        Args:
            values: one for each entity, of shape (entities,).
        """
        import numpy

        return numpy.bincount(self.document, values, minlength=self.documents)

    def part(self, documents: Any) -> Scored:
        """Return some documents.

        Args:
            documents: their positions, each once.
        """
        import numpy

        moved = numpy.full(self.documents, -1)
        moved[documents] = numpy.arange(len(documents))
        place = moved[self.document]
        kept = place >= 0
        return Scored(self.scores[kept], self.right[kept], place[kept], self.gold[documents], self.sources)

    def split(self, share: float, *, seed: int = 0) -> tuple[Scored, Scored]:
        """Draw a share of the documents by chance, and return them and the others.

        Args:
            share: of the documents in the first part, from 0 to 1.
            seed: the same one draws the same documents.
        """
        import numpy

        order = numpy.random.default_rng(seed).permutation(self.documents)
        cut = round(share * self.documents)
        return self.part(order[:cut]), self.part(order[cut:])
