"""`genner extract`: texts in, entities out, with a language model."""

from __future__ import annotations

import sys
from typing import Any

import typer

from genner.cli.inputs import corpus
from genner.cli.options import (
    ApiKeyEnv,
    BatchSize,
    DataFormat,
    Demonstrations,
    Format,
    Guided,
    Guidelines,
    KeptAnswers,
    Labels,
    MaxNewTokens,
    ModelName,
    ModelSeed,
    Nested,
    OnError,
    OutputFile,
    Retries,
    Shots,
    Style,
    Temperature,
    Text,
    Texts,
    Timeout,
    Url,
    Window,
    label_set,
)
from genner.cli.screen import note, prediction_line, target
from genner.exceptions import DataError
from genner.extraction import WINDOW, Extraction
from genner.extraction import extract as run
from genner.io._sink import Sink
from genner.types import Document

__all__ = ["extract"]


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
    answers: KeptAnswers = None,
    batch_size: BatchSize = 8,
    max_new_tokens: MaxNewTokens = 1024,
    temperature: Temperature = 0.0,
    seed: ModelSeed = None,
    timeout: Timeout = None,
    retries: Retries = None,
    on_error: OnError = "raise",
    data_format: DataFormat = None,
    output: OutputFile = "-",
) -> None:
    """Find the entities of each text with a language model: one prediction a line, as JSON."""
    documents = [Document(text)] if text is not None else _documents(file, data_format)
    shown = () if demonstrations is None else tuple(corpus(demonstrations))
    report = Extraction()
    options: dict[str, Any] = {
        "url": url,
        "api_key_env": api_key_env,
        "seed": seed,
        "timeout": timeout,
        "retries": retries,
    }
    chosen = {name: value for name, value in options.items() if value is not None}
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
            answers=answers,
            report=report,
            batch_size=batch_size,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            on_error=on_error,
            **chosen,
        )
        for document, prediction in zip(documents, predictions, strict=True):
            sink.write(prediction_line(prediction, document.id))
    if sys.stderr.isatty() or not report.ok or report.copied or report.remarks:
        note(str(report))
    if not report.ok:
        raise typer.Exit(1)


def _documents(file: str, data_format: str | None) -> list[Document]:
    """Read the texts; in a .txt file every line that is not empty is one."""
    if data_format is None and file.lower().endswith(".txt"):
        try:
            with open(file, encoding="utf-8-sig", newline="\n") as stream:
                lines = [line.rstrip("\r\n") for line in stream]
        except UnicodeDecodeError as error:
            raise DataError(f"expected UTF-8: {error}", path=file) from None
        return [Document(line, id=str(number)) for number, line in enumerate(lines, 1) if line.strip()]
    return list(corpus(file, data_format))
