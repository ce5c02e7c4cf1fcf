"""What every result does: it names its settings, merges with others, goes to JSON."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from genner.exceptions import DataError
from genner.metrics.settings import Settings
from genner.show.tables import Tabular

__all__ = ["Result"]

_Same = TypeVar("_Same", bound="Result")


class Result(Tabular):
    """Counts of one corpus, or of a part: `a + b` merges two parts, and so does `sum(parts)`."""

    settings: Settings

    @property
    def signature(self) -> str:
        """One line naming every setting that can change a number; `parse_signature` reads it."""
        return str(self.settings)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        raise NotImplementedError

    def to_json(self) -> str:
        """Return `to_dict` as one line of JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False)

    def _compared(self) -> tuple[object, ...]:
        """Return all that equal results have alike."""
        raise NotImplementedError

    def _merged(self: _Same, other: _Same) -> _Same:
        """Return the result of both parts together."""
        raise NotImplementedError

    def __add__(self: _Same, other: _Same) -> _Same:
        if getattr(type(other), "_merged", None) is not type(self)._merged:  # another kind of result
            return NotImplemented
        if self.signature != other.signature:
            raise DataError(f"expected two parts scored alike, got {self.signature} and {other.signature}")
        return self._merged(other)

    def __radd__(self: _Same, other: object) -> _Same:
        """Let `sum(parts)` work."""
        return self if other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result) or type(other)._merged is not type(self)._merged:
            return NotImplemented
        return self._compared() == other._compared()

    __hash__ = None  # type: ignore[assignment]
