"""`genner calibrate`: from gold and predictions with scores to probabilities, and a threshold that keeps a promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer

from genner.cli.options import (
    AsJson,
    CalibrationMethod,
    DataFormat,
    Delta,
    Gold,
    OutputPath,
    PlotFile,
    Predicted,
    PromiseTest,
    ScoreNames,
    Seed,
    WishedPrecision,
    WishedRecall,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import note, show, write_json
from genner.cli.sides import answered
from genner.confidence import (
    Calibration,
    Curve,
    Reliability,
    Scored,
    fit_calibrator,
    precision_recall,
    promise_precision,
    promise_recall,
    reliability,
    usual_score,
)
from genner.exceptions import DataError
from genner.types import Prediction

__all__ = ["calibrate"]


@reads
def calibrate(
    gold: Gold,
    predicted: Predicted = None,
    *,
    score: ScoreNames = None,
    method: CalibrationMethod = "beta",
    precision: WishedPrecision = None,
    recall: WishedRecall = None,
    delta: Delta = 0.05,
    test: PromiseTest = None,
    seed: Seed = 0,
    data_format: DataFormat = None,
    reading: Reading,
    plot: PlotFile = None,
    as_json: AsJson = False,
    output: OutputPath = None,
) -> None:
    """Turn scores into probabilities, show how good they are, and choose a threshold.

    Half of the documents, drawn by chance, fit the calibrator; everything that is printed, and the promise, is from
    the other half.  Exits with 1 when a promise is asked for and no threshold is good enough.
    """
    if precision is not None and recall is not None:
        raise DataError("--precision and --recall: expected one of them")
    sides = answered(gold, predicted, None, None, data_format=data_format, reading=reading)
    _all_there(sides.predictions)
    names = tuple(score) if score else (_usual(sides.predictions),)
    fitted_on, tested_on = Scored.of(sides.gold, sides.predictions, *names).split(0.5, seed=seed)
    calibrator = fit_calibrator(fitted_on, method)
    tested = calibrator.applied(tested_on)
    promise = None
    if precision is not None:
        promise = promise_precision(tested, precision, delta=delta, planning=calibrator.applied(fitted_on), test=test)
    elif recall is not None:
        promise = promise_recall(tested, recall, delta=delta, test=test or "betting")
    path = "calibration.json" if output is None else output
    Calibration(calibrator, promise, _answers(sides.predictions)).save(path)
    curve, after = precision_recall(tested), reliability(tested)
    before = reliability(tested_on) if len(names) == 1 else None
    if plot is not None:
        _draw(curve, after, plot)
    if as_json:
        record = {"sources": list(names), "documents": tested.documents, "area": curve.area, **after.to_dict()}
        record |= {"average_precision": curve.average_precision, "before": before and before.to_dict()}
        write_json([record | {"promise": promise and promise.to_dict()}])
    else:
        notes = [] if before is None else [f"before, with {names[0]} as it is: {before.summary}"]
        show([after.to_table(*notes), curve.to_table()])
    if promise is not None:
        note(str(promise))
    note(f"the calibration is in {path}")
    if promise is not None and promise.threshold is None:
        note("with more documents, a lower target or a larger --delta there may be one")
        raise typer.Exit(1)


def _all_there(predictions: Sequence[Prediction]) -> None:
    """Refuse predictions that are cut already: what is calibrated on them would be applied to all entities."""
    count = sum(issue.kind == "left_out" for prediction in predictions for issue in prediction.issues)
    if count:
        raise DataError(f"{count} entities were left out of the predictions: extract them with --min-confidence 0")


def _answers(predictions: Sequence[Prediction]) -> int | None:
    """Return how many answers were merged into each prediction, where all say the same."""
    details = [one for prediction in predictions for one in prediction.details.values() if isinstance(one, Mapping)]
    numbers = {one.get("answers") for one in details}
    number = numbers.pop() if len(numbers) == 1 else None
    return number if isinstance(number, int) else None


def _usual(predictions: Sequence[Prediction]) -> str:
    name = usual_score(predictions)
    if name is None:
        raise DataError(
            "expected a score in the details of each entity, agreement, probability or confidence: give --score"
        )
    return name


def _draw(curve: Curve, after: Reliability, path: str) -> None:
    from genner.show.plots import panels

    figure, (left, right) = panels(2)
    curve.plot(axes=left)
    after.plot(axes=right)
    figure.savefig(path)
