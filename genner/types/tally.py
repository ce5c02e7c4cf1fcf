"""How robust an output format was: a tally of what decoding had to repair, over a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from typing import Any

from typing_extensions import TypedDict

from genner.show.tables import Column, Table, Tabular
from genner.types._predictions import ISSUE_KINDS, Prediction
from genner.types.wire import Wire

__all__ = ["HEADLINES", "IssueTally"]

_NEUTRAL = frozenset({"ambiguous", "seam", "left_out"})
"""Say something of the format, of the windows or of a threshold, not of the output."""

_ELSEWHERE: dict[str, frozenset[str]] = {
    "invented_labels": frozenset({"unknown_label"}),
    "invented_text": frozenset({"unplaced", "from_prompt"}),
    "changed_text": frozenset({"spacing", "case", "unicode", "fuzzy", "text_changed"}),
}

HEADLINES: Mapping[str, frozenset[str]] = {
    "needed_repair": frozenset(ISSUE_KINDS).difference(_NEUTRAL, *_ELSEWHERE.values()),
    **_ELSEWHERE,
}
"""Issue kinds behind each headline; an output may stand under several, `clean` means none of them."""


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
        """Count the issues of those of `outputs` that are predictions; a document has none."""
        predictions = [output for output in outputs if isinstance(output, Prediction)]
        listed = [[issue.kind for issue in prediction.issues] for prediction in predictions if prediction.issues]
        seen = [{*kinds} for kinds in listed]
        ok = len(predictions) - len(listed)
        headlines = (name for one in seen for name, members in HEADLINES.items() if not one.isdisjoint(members))
        return cls(
            len(predictions),
            ok,
            ok + sum(one <= _NEUTRAL for one in seen),
            *(dict(Counter(names)) for names in (chain(*seen), headlines, chain(*listed))),
        )

    def __add__(self, other: IssueTally) -> IssueTally:
        if not isinstance(other, IssueTally):
            return NotImplemented
        parts = [(getattr(self, one.name), getattr(other, one.name)) for one in fields(self)]
        added: list[Any] = [a + b if isinstance(a, int) else dict(Counter(a) + Counter(b)) for a, b in parts]
        return IssueTally(*added)

    def __bool__(self) -> bool:
        return self.outputs > 0

    @property
    def unparsable(self) -> int:
        """Outputs in which no answer was found."""
        return self.kinds.get("no_answer", 0)

    @property
    def shares(self) -> dict[str, float]:
        """The five headline shares of all outputs; 0.0 when there is none."""
        return {name: count / (self.outputs or 1) for name, count in self._headlines.items()}

    @property
    def _headlines(self) -> dict[str, int]:
        return {"clean": self.clean} | {name: self.headlines.get(name, 0) for name in HEADLINES}

    def to_table(self) -> Table:
        """Lay out the headlines, then every kind that occurred."""
        kinds = {f"issue: {kind}": self.kinds[kind] for kind in ISSUE_KINDS if kind in self.kinds}
        rows = [(name, count, count / (self.outputs or 1)) for name, count in (self._headlines | kinds).items()]
        columns = (Column("outputs"), Column("count", "count"), Column("share", "percent"))
        notes = (f"{self.outputs} outputs, {self.ok} without any issue",)
        return Table(columns, rows, notes=notes, rules=(len(HEADLINES) + 1,))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return asdict(self) | {"shares": self.shares}
