"""How robust an output format was: a tally of what decoding had to repair, over a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import TypedDict

from genner.show.tables import Column, Table, Tabular
from genner.types import ISSUE_KINDS, Prediction
from genner.types.wire import Wire

__all__ = ["HEADLINES", "IssueTally"]

_NEUTRAL = frozenset({"ambiguous", "seam", "left_out"})
"""Say something of the format, of the windows or of a threshold, not of the output."""

HEADLINES: Mapping[str, frozenset[str]] = {
    "needed_repair": frozenset(ISSUE_KINDS)
    - _NEUTRAL
    - {"unknown_label", "unplaced", "from_prompt", "spacing", "case", "unicode", "fuzzy", "text_changed"},
    "invented_labels": frozenset({"unknown_label"}),
    "invented_text": frozenset({"unplaced", "from_prompt"}),
    "changed_text": frozenset({"spacing", "case", "unicode", "fuzzy", "text_changed"}),
}
"""Issue kinds behind each headline; an output may stand under several, `clean` means none of them."""


_NUMBERS, _COUNTS = ("outputs", "ok", "clean"), ("kinds", "headlines", "issues")


class IssueTallyDict(TypedDict):
    outputs: int
    ok: int
    clean: int
    kinds: dict[str, int]
    headlines: dict[str, int]
    issues: dict[str, int]


@dataclass(frozen=True, slots=True)
class IssueTally(Tabular, Wire):
    """Numbers of outputs, additive.

    Args:
        outputs: all of them.
        ok: outputs without any issue.
        clean: outputs without any issue but `ambiguous`, `seam` and `left_out`.
        kinds: outputs that had an issue of this kind at least once.
        headlines: outputs under each of `HEADLINES`.
        issues: issues of this kind, all of them counted.
    """

    _wire = IssueTallyDict

    outputs: int = 0
    ok: int = 0
    clean: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    headlines: Mapping[str, int] = field(default_factory=dict)
    issues: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, outputs: Iterable[object]) -> IssueTally:
        """Count the issues of predictions; anything else (a document) is passed over.

        Args:
            outputs: predictions, or documents.
        """
        kinds: Counter[str] = Counter()
        headlines: Counter[str] = Counter()
        issues: Counter[str] = Counter()
        predictions = [output for output in outputs if isinstance(output, Prediction)]
        troubled = [prediction for prediction in predictions if prediction.issues]
        total, ok = len(predictions), len(predictions) - len(troubled)
        clean = ok
        for output in troubled:
            listed = [issue.kind for issue in output.issues]
            seen = set(listed)
            issues.update(listed)
            kinds.update(seen)
            clean += seen <= _NEUTRAL
            headlines.update(name for name, members in HEADLINES.items() if not seen.isdisjoint(members))
        return cls(total, ok, clean, dict(kinds), dict(headlines), dict(issues))

    def __add__(self, other: IssueTally) -> IssueTally:
        if not isinstance(other, IssueTally):
            return NotImplemented
        return IssueTally(
            *(getattr(self, name) + getattr(other, name) for name in _NUMBERS),
            *(dict(Counter(getattr(self, name)) + Counter(getattr(other, name))) for name in _COUNTS),
        )

    def __bool__(self) -> bool:
        return self.outputs > 0

    @property
    def unparsable(self) -> int:
        """Outputs in which no answer was found."""
        return self.kinds.get("no_answer", 0)

    @property
    def shares(self) -> dict[str, float]:
        """The five headline shares of all outputs; 0.0 when there is none."""
        whole = self.outputs or 1
        return {"clean": self.clean / whole} | {name: self.headlines.get(name, 0) / whole for name in HEADLINES}

    def to_table(self) -> Table:
        """Lay out the headlines, then every kind that occurred."""
        whole = self.outputs or 1
        rows: list[tuple[object, ...]] = [("clean", self.clean, self.clean / whole)]
        rows += [(name, self.headlines.get(name, 0), self.headlines.get(name, 0) / whole) for name in HEADLINES]
        rule = len(rows)
        rows += [
            (f"issue: {kind}", self.kinds[kind], self.kinds[kind] / whole) for kind in ISSUE_KINDS if kind in self.kinds
        ]
        columns = (Column("outputs"), Column("count", "count"), Column("share", "percent"))
        return Table(columns, rows, notes=(f"{self.outputs} outputs, {self.ok} without any issue",), rules=(rule,))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        counts = {name: dict(getattr(self, name)) for name in _COUNTS}
        return {name: getattr(self, name) for name in _NUMBERS} | counts | {"shares": self.shares}
