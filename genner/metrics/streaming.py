"""Score documents one by one, in the memory of the different rows of counts they make.

>>> from genner.types import Document
>>> evaluator = Evaluator(labels=["PER"])
>>> evaluator.add(Document("Ada", [(0, 3, "PER")]), Document("Ada", [(0, 3, "PER")]))
>>> evaluator.result().micro.f1
1.0

"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from typing_extensions import Unpack

from genner.exceptions import DataError
from genner.metrics.counts import Row
from genner.metrics.inputs import AnyDocument, AnyOutput, Output, check, read_at, read_document, read_output
from genner.metrics.issues import IssueTally
from genner.metrics.matching import AnyMatching, Matching, get_matching
from genner.metrics.results import Evaluation
from genner.metrics.scoring import cases, row_of
from genner.metrics.settings import Scoring, Settings, resolved
from genner.types import Document

__all__ = ["Evaluator"]

_END: Any = object()


class Evaluator:
    """Takes documents one by one; `a + b` merges what any number of processes or machines took.

    `result()` equals what `evaluate` returns for all documents at once, but for the counts of
    single documents, which are not kept.

    Args:
        settings: what holds where no keyword says otherwise.
        options: as in `genner.evaluate`.
    """

    def __init__(self, *, settings: Settings | None = None, **options: Unpack[Scoring]) -> None:
        self._settings, self._matching = resolved(options, settings)
        self._rows: Counter[Row] = Counter()
        self._tally = IssueTally()
        self._documents = 0

    @property
    def documents(self) -> int:
        """Number of documents taken so far."""
        return self._documents

    def add(self, gold: AnyDocument, predicted: AnyOutput) -> None:
        """Take one document and what was predicted for it.

        Args:
            gold: the document as annotated.
            predicted: what was predicted for it.

        Raises:
            DataError: when the two are not about the same text; nothing is counted then.
        """
        document: Document = read_at(self._documents, gold, "gold", read_document)
        output: Output = read_at(self._documents, predicted, "predicted", read_output)
        check(document, output, self._documents)
        self._rows[row_of(next(cases(self._settings, [document], [output])), self._matching)] += 1
        self._documents += 1
        self._tally += IssueTally.of([output])

    def update(self, gold: Iterable[AnyDocument], predicted: Iterable[AnyOutput]) -> None:
        """Take documents from two iterables, side by side.

        Args:
            gold: documents as annotated.
            predicted: one output for each.

        Raises:
            DataError: when one ends before the other; what came before is counted.
        """
        for document, output in zip_longest(gold, predicted, fillvalue=_END):
            if document is _END or output is _END:
                shorter = "gold" if document is _END else "predicted"
                raise DataError(f"expected as many of either, but {shorter} ended after {self._documents} documents")
            self.add(document, output)

    def result(self) -> Evaluation:
        """Return the score of all documents taken so far."""
        return Evaluation(self._settings, dict(self._rows), self._tally)

    def __add__(self, other: Evaluator) -> Evaluator:
        if not isinstance(other, Evaluator):
            return NotImplemented
        return self._from(self.result() + other.result(), self._matching)

    def __radd__(self, other: object) -> Evaluator:
        """Let `sum(parts)` work."""
        return self if other == 0 else NotImplemented

    def to_json(self) -> str:
        """Return what was taken so far as one line of JSON."""
        return self.result().to_json()

    @classmethod
    def from_json(cls, value: str | bytes, *, matching: AnyMatching | None = None) -> Evaluator:
        """Return an evaluator that goes on from what `to_json` wrote.

        Args:
            value: JSON.
            matching: the value, where the name in the file is not a known one.

        Raises:
            DataError: when it is no JSON, or not an evaluation.
        """
        evaluation = Evaluation.from_json(value)
        return cls._from(evaluation, get_matching(evaluation.settings.matching if matching is None else matching))

    @classmethod
    def _from(cls, evaluation: Evaluation, matching: Matching) -> Evaluator:
        self = cls(settings=evaluation.settings, matching=matching)
        self._rows += Counter(evaluation.rows)
        self._tally, self._documents = evaluation.tally, evaluation.documents
        return self
