"""Finding out in which format an answer is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from genner.exceptions import EncodeError, UnknownNameError
from genner.formats.codec import Labels
from genner.formats.registry import formats, get_codec
from genner.types import Document, Entity, Prediction

__all__ = ["FormatFinder"]


@dataclass(frozen=True, slots=True)
class FormatFinder:
    """Reads each answer in the format that explains it best, which `Prediction.format` names.

    Args:
        options: those of formats; a format without one of them is not tried.
    """

    options: Mapping[str, Any] = field(default_factory=dict)

    name: ClassVar[str] = "any"

    @property
    def grounding(self) -> str:
        """How far a mention may differ from the source and still be placed."""
        return str(self.options.get("grounding", "fuzzy"))

    def encode(self, document: Document, *, labels: Labels = None, dropped: list[Entity] | None = None) -> str:
        """Raise EncodeError: only reading can find the format."""
        raise EncodeError("name the format in which the answer is to be written")

    def decode(self, output: str, text: str | None = None, *, labels: Labels = None) -> Prediction:
        """Decode an answer in the format that explains it best.

        A format that finds entities and no issue wins, then the one that places most mentions, then the one with the
        fewest issues, then the first of `formats()`.

        Raises:
            UnknownNameError: when no format has all of the options.
            DecodeError: under `strict`, when the output has any issue.
        """
        strict = self.options.get("strict", False)
        best: tuple[tuple[bool, int, int, int], str, Prediction] | None = None
        for name in formats():
            try:
                codec = get_codec(name, **{**self.options, "strict": False})
            except UnknownNameError:
                continue  # a format without one of the options
            prediction = codec.decode(output, text, labels=labels)
            found, issues = len(prediction.entities), len(prediction.issues)
            unplaced = len(prediction.unplaced)
            if text is None:  # no mention can have a place, so that it has none says nothing
                found, unplaced = found + unplaced, 0
            key = (bool(found) and not issues, found, -unplaced, -issues)
            if best is None or key > best[0]:
                best = (key, name, prediction)
        if best is None:
            raise UnknownNameError(f"no format has all of the options {', '.join(self.options)}")
        prediction = replace(best[2], format=best[1])
        return prediction.raise_issues() if strict else prediction
