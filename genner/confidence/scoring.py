"""How `genner.extract` gives entities a confidence: by asking several times, or by the probabilities of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Literal, TypeAlias

from genner.confidence.calibration import Calibration
from genner.confidence.details import above, entity_scores, with_scores
from genner.confidence.merging import merge_predictions
from genner.exceptions import DataError
from genner.types import Prediction

__all__ = ["AnyCalibration", "Confidence", "Scoring"]

Confidence: TypeAlias = "int | Literal['probability'] | None"
"""How many answers to ask for, or `"probability"` for the probabilities of the tokens of one."""

AnyCalibration: TypeAlias = "Calibration | str | PathLike[str] | None"
"""A calibration, or the file that holds one."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """What is asked for about the confidence of entities.

    Args:
        answers: to each question.
        probabilities: whether the model gives those of its tokens.
        minimum: entities below this confidence are left out; None keeps what more than half of the answers name.
        calibration: turns scores into a confidence, and keeps by its promise.
    """

    answers: int = 1
    probabilities: bool = False
    minimum: float | None = None
    calibration: Calibration | None = None

    @classmethod
    def make(cls, confidence: Confidence, minimum: float | None, calibration: AnyCalibration) -> Scoring:
        """Check what a caller asks for.

        Raises:
            DataError: when a number is out of its range, or there is no confidence to apply the others to.
        """
        is_count = isinstance(confidence, int) and not isinstance(confidence, bool) and confidence >= 2
        if not (is_count or confidence is None or confidence == "probability"):
            raise DataError(
                f"confidence: expected a number of answers from 2, or 'probability', got {confidence!r:.80}"
            )
        if minimum is not None and (isinstance(minimum, bool) or not 0 <= minimum <= 1):
            raise DataError(f"min_confidence: expected a number from 0 to 1, got {minimum!r:.80}")
        if confidence is None and (minimum is not None or calibration is not None):
            raise DataError("min_confidence and calibration need confidence=: a number of answers, or 'probability'")
        known = (
            calibration
            if calibration is None or isinstance(calibration, Calibration)
            else Calibration.load(calibration)
        )
        answers = confidence if isinstance(confidence, int) else 1
        if known is not None and known.answers not in (None, answers):
            raise DataError(
                f"confidence: the calibration is for {known.answers} answers to each question, got {confidence!r}"
            )
        return cls(answers, confidence == "probability", minimum, known)

    def merged(self, predictions: Sequence[Prediction], *, nested: bool = True) -> Iterator[Prediction]:
        """Yield one prediction for each question, with the confidence of its entities.

        Args:
            predictions: all answers to the first question, then all to the second, and so on.
            nested: whether entities may overlap.
        """
        source = "probability" if self.probabilities else "agreement"
        for first in range(0, len(predictions), self.answers):
            found = predictions[first]
            if self.answers > 1:
                keeps_all = self.minimum is not None or self.calibration is not None
                answers = predictions[first : first + self.answers]
                found = merge_predictions(answers, "union" if keeps_all else "vote", nested=nested)
            elif not self.probabilities:
                yield found
                continue
            if self.calibration is None:
                found = with_scores(found, entity_scores(found, source))
            else:
                found = self.calibration.apply(found)
            yield found if self.minimum is None else above(found, self.minimum)
