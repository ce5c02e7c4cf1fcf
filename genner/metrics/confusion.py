"""Which label is taken for which: gold labels as rows, predicted as columns, with what was missed and invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from genner.metrics.matching import Case, Matching, remaining
from genner.metrics.results import Result
from genner.metrics.scoring import without_credit
from genner.metrics.settings import Settings
from genner.show.plots import heat
from genner.show.tables import Column, Table

__all__ = ["Confusion", "confused"]


def confused(case: Case, matching: Matching) -> Iterator[tuple[str | None, str | None]]:
    """Yield pairs (gold label, predicted label) of one document, as a matching pairs both sides; None is nobody."""
    yield from ((entity.label, entity.label) for entity in remaining(case.gold, case.rest[0]))
    yield from ((one.label, other.label) for one, other, _ in matching.match(case))
    missed, invented = without_credit(case, matching)
    yield from ((entity.label, None) for entity in missed)
    yield from ((None, item.label) for item in invented)


class Confusion(Result):
    """How often each label was taken for each other; `a + b` merges.

    Args:
        settings: how both sides were prepared.
        counts: by (gold label, predicted label); None for a missed or an invented entity.
    """

    def __init__(self, settings: Settings, counts: Mapping[tuple[str | None, str | None], int]) -> None:
        self.settings = settings
        kept = {pair: n for pair, n in counts.items() if n}
        order = sorted(kept, key=lambda pair: [(label is None, label or "") for label in pair])
        self.counts: Mapping[tuple[str | None, str | None], int] = {pair: kept[pair] for pair in order}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of either side: those of the label set in its order, then the others by name."""
        seen = {label for two in self.counts for label in two if label is not None}
        declared = self.settings.scored_labels or ()
        return (*declared, *sorted(seen - set(declared)))

    def __getitem__(self, key: tuple[str | None, str | None]) -> int:
        """Return how often gold label `key[0]` was predicted as `key[1]`; None is nobody."""
        return self.counts.get(key, 0)

    def _merged(self, other: Confusion) -> Confusion:
        return Confusion(self.settings, Counter(self.counts) + Counter(other.counts))

    def _compared(self) -> tuple[object, ...]:
        return self.settings, self.counts

    def __repr__(self) -> str:
        return f"Confusion({dict(self.counts)!r})"

    def to_table(self) -> Table:
        """Lay out gold labels as rows and predicted labels as columns."""
        sides: list[str | None] = [*self.labels, None]
        rows = [(one or "(invented)", *(self[one, two] if one or two else None for two in sides)) for one in sides]
        columns = [Column("gold"), *(Column(two or "(missed)", "count") for two in sides)]
        return Table(columns, rows, rules=(len(sides) - 1,), notes=(self.signature,))

    def plot(self, *, axes: Any = None) -> Any:
        """Draw the table as a grid with matplotlib; return the axes."""
        table = self.to_table()
        names = [column.name for column in table.columns[1:]]
        counts = [[count or 0 for count in row[1:]] for row in table.rows]
        return heat([row[0] for row in table.rows], names, counts, axes=axes)

    def to_dict(self) -> dict[str, Any]:
        counts = [{"gold": gold, "predicted": predicted, "count": n} for (gold, predicted), n in self.counts.items()]
        return {"signature": self.signature, "labels": list(self.labels), "counts": counts}
