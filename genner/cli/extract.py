"""`genner extract`: texts in, entities out, with a language model."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import typer

from genner.cli.inputs import corpus, other_corpus
from genner.cli.options import (
    AnswersEach,
    AnyTemperature,
    ApiKeyEnv,
    BatchSize,
    CalibrationFile,
    DataFormat,
    Demonstrations,
    Format,
    Guided,
    Guidelines,
    KeptAnswers,
    Labels,
    MaxNewTokens,
    MinConfidence,
    ModelName,
    ModelSeed,
    Nested,
    OnError,
    OutputFile,
    Retries,
    Review,
    Shots,
    Style,
    Text,
    Texts,
    Timeout,
    Url,
    Window,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import note, prediction_line, target
from genner.confidence import Calibration, Promise, above, review_list
from genner.confidence.scoring import Confidence
from genner.exceptions import DataError
from genner.extraction import WINDOW, Extraction
from genner.extraction import extract as run
from genner.io import Sink, write
from genner.types import Document, Prediction

__all__ = ["extract"]


@reads
def extract(
    file: Texts = "-",
    *,
    model: ModelName,
    labels: Labels,
    text: Text = None,
    url: Url = None,
    api_key_env: ApiKeyEnv = None,
    format: Format = "xml",
    demonstrations: Demonstrations = None,
    shots: Shots = 4,
    guided: Guided = None,
    style: Style = "genner",
    guidelines: Guidelines = "",
    nested: Nested = True,
    window: Window = WINDOW,
    confidence: AnswersEach = None,
    min_confidence: MinConfidence = None,
    calibration: CalibrationFile = None,
    review: Review = None,
    answers: KeptAnswers = None,
    batch_size: BatchSize = 8,
    max_new_tokens: MaxNewTokens = 1024,
    temperature: AnyTemperature = None,
    seed: ModelSeed = None,
    timeout: Timeout = None,
    retries: Retries = None,
    on_error: OnError = "raise",
    data_format: DataFormat = None,
    reading: Reading,
    output: OutputFile = "-",
) -> None:
    """Find the entities of each text with a language model: one prediction a line, as JSON."""
    documents = [Document(text)] if text is not None else _documents(file, data_format, reading)
    shown = () if demonstrations is None else tuple(other_corpus(demonstrations, reading))
    report = Extraction()
    options: dict[str, Any] = {
        "url": url,
        "api_key_env": api_key_env,
        "seed": seed,
        "temperature": temperature,
        "timeout": timeout,
        "retries": retries,
    }
    chosen = {name: value for name, value in options.items() if value is not None}
    known = None if calibration is None else Calibration.load(calibration)
    if review is not None:
        _rule(known, min_confidence)
    with Sink(target(output)) as sink:
        predictions = run(
            documents,
            label_set(labels),
            model,
            format=format,
            demonstrations=shown,
            shots=shots,
            guided=guided,
            style=style,
            guidelines=guidelines,
            nested=nested,
            window=window,
            confidence=_confidence(confidence),
            min_confidence=min_confidence if review is None else 0.0,
            calibration=known if known is None or review is None else replace(known, promise=None),
            answers=answers,
            report=report,
            batch_size=batch_size,
            max_new_tokens=max_new_tokens,
            on_error=on_error,
            **chosen,
        )
        if review is not None:
            predictions = _reviewed(documents, predictions, _rule(known, min_confidence), review)
        left = sum(issue.kind == "left_out" for prediction in predictions for issue in prediction.issues)
        if left:
            note(f"left out for their confidence: {left}, each a left_out issue of its prediction")
        for document, prediction in zip(documents, predictions, strict=True):
            sink.write(prediction_line(prediction, document.id))
    if sys.stderr.isatty() or not report.ok or report.copied or report.remarks:
        note(str(report))
    if not report.ok:
        raise typer.Exit(1)


def _confidence(value: str | None) -> Confidence:
    if value is None or value == "probability":
        return None if value is None else "probability"
    if not value.isdecimal():
        raise DataError(f"--confidence: expected a number of answers, or probability, got {value!r}")
    return int(value)


def _rule(calibration: Calibration | None, min_confidence: float | None) -> Promise | float:
    """Return what keeps entities without a look."""
    promise = None if calibration is None else calibration.promise
    rule: Promise | float | None = min_confidence if promise is None else promise
    if rule is None or (promise is not None and min_confidence is not None):
        raise DataError("--review needs one rule: --min-confidence, or a --calibration with a promise")
    return rule


def _reviewed(
    documents: list[Document], predictions: list[Prediction], rule: Promise | float, path: str
) -> list[Prediction]:
    """Write what a person should look at, and return the predictions with what is kept without a look."""
    named = [(document.id, prediction) for document, prediction in zip(documents, predictions, strict=True)]
    listed = review_list(named, rule)
    write(listed, path, "label-studio")
    note(f"{len(listed)} of {len(documents)} texts are in {path}, for a person to check")
    return [rule.keep(one) if isinstance(rule, Promise) else above(one, rule) for one in predictions]


def _documents(file: str, data_format: str | None, reading: Reading) -> list[Document]:
    """Read the texts; in a .txt file every line that is not empty is one."""
    if data_format is None and file.lower().endswith(".txt"):
        try:
            with open(file, encoding="utf-8-sig", newline="\n") as stream:
                lines = [line.rstrip("\r\n") for line in stream]
        except UnicodeDecodeError as error:
            raise DataError(f"expected UTF-8: {error}", path=file) from None
        return [Document(line, id=str(number)) for number, line in enumerate(lines, 1) if line.strip()]
    return list(corpus(file, data_format, reading))
