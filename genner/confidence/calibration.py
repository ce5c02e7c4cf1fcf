"""What `genner calibrate` writes and `genner.extract` applies: a calibrator, and a promise if one was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path

from genner.confidence.calibrator import Calibrator
from genner.confidence.promises import Promise
from genner.exceptions import DataError
from genner.io import Sink
from genner.types import Prediction

__all__ = ["Calibration"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """From the scores of a prediction to the entities that are kept.

    Args:
        calibrator: turns scores into a confidence.
        promise: keeps entities by it; None keeps all.
        answers: how many to each question gave the scores, where that is known: with another number of them, the
            same agreement is another probability.
    """

    calibrator: Calibrator
    promise: Promise | None = None
    answers: int | None = None

    def apply(self, prediction: Prediction) -> Prediction:
        """Return the prediction with the confidence of each entity, and only those that the promise keeps.

        Raises:
            UnknownNameError: when an entity lacks a score that the calibrator needs.
        """
        calibrated = self.calibrator.apply(prediction)
        return calibrated if self.promise is None else self.promise.keep(calibrated)

    def save(self, path: str | PathLike[str]) -> None:
        """Write it as JSON, whole or not at all.

        Args:
            path: of the file; it is replaced.
        """
        promise = None if self.promise is None else self.promise.to_dict()
        with Sink(path) as sink:
            record = {"calibrator": self.calibrator.to_dict(), "promise": promise, "answers": self.answers}
            sink.write(json.dumps(record, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Calibration:
        """Read what `save` wrote.

        Args:
            path: of the file.

        Raises:
            DataError: when it is something else.
        """
        try:
            value = json.loads(Path(path).read_text(encoding="utf-8"))
            if not isinstance(value, dict) or "calibrator" not in value:
                raise DataError("expected what genner calibrate writes")
            promise, answers = value.get("promise"), value.get("answers")
            return cls(Calibrator.from_dict(value["calibrator"]), promise and Promise.from_dict(promise), answers)
        except ValueError as error:
            raise DataError(str(error), path=fspath(path)) from None
