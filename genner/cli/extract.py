"""`genner extract`: texts in, entities out, with a language model."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from genner.cli.inputs import corpus
from genner.cli.options import DataFormat, Labels, OutputFile, label_set
from genner.cli.screen import json_line, note
from genner.exceptions import DataError
from genner.extraction import WINDOW, Extraction
from genner.extraction import extract as run
from genner.formats import formats
from genner.io._sink import Sink
from genner.types import Document

__all__ = ["extract"]


def extract(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A corpus, or a .txt file of one text a line; - is standard input."),
    ] = "-",
    *,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="openai:NAME, a folder, a hub name, or KIND:NAME.")
    ],
    labels: Labels,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Ask about this one text, and read no FILE.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Of an OpenAI-compatible server.")] = None,
    api_key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable with the key; else OPENAI_API_KEY.")
    ] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help=f"In which the model answers: {', '.join(formats())}.")
    ] = "xml",
    demonstrations: Annotated[
        str | None, typer.Option(metavar="FILE", help="Annotated documents; the nearest to each text are shown.")
    ] = None,
    shots: Annotated[int, typer.Option(metavar="N", help="How many are shown.")] = 4,
    guided: Annotated[
        bool | None,
        typer.Option("--guided/--free", help="Only allow valid answers; by default where possible."),
    ] = None,
    style: Annotated[str, typer.Option(metavar="NAME", help="Wording of the prompt: genner, or paper.")] = "genner",
    guidelines: Annotated[str, typer.Option(metavar="TEXT", help="More instructions, in your own words.")] = "",
    nested: Annotated[bool, typer.Option("--nested/--flat", help="Whether entities may overlap.")] = True,
    window: Annotated[
        int, typer.Option(metavar="N", help="Longer texts are asked about in parts of N characters.")
    ] = WINDOW,
    answers: Annotated[
        str | None, typer.Option(metavar="FILE", help="Keep the raw answers here; nothing is asked about twice.")
    ] = None,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Requests at once.")] = 8,
    max_new_tokens: Annotated[int, typer.Option(metavar="N", help="Where an answer is cut off.")] = 1024,
    temperature: Annotated[float, typer.Option(metavar="T", help="0 is greedy.")] = 0.0,
    seed: Annotated[int | None, typer.Option(metavar="N", help="For sampling.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="S", help="Of a server: seconds for one answer.")] = None,
    retries: Annotated[int | None, typer.Option(metavar="N", help="Of a server, after a first failure.")] = None,
    on_error: Annotated[
        str, typer.Option(metavar="HOW", help="A question that fails for good: raise, or skip and count it.")
    ] = "raise",
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
    with Sink(output) as sink:
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
            on_error=on_error,  # type: ignore[arg-type]
            **chosen,
        )
        for document, prediction in zip(documents, predictions, strict=True):
            sink.write(json_line(({} if document.id is None else {"id": document.id}) | prediction.to_dict()))
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
