"""The options that several commands share, and what their values mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from genner.exceptions import DataError
from genner.formats import FORMATS
from genner.io import DATA_FORMATS
from genner.io._json import load_json
from genner.io._source import decode_file
from genner.labelsets import LABEL_SETS, get_label_set
from genner.metrics import BREAKDOWNS, POLICIES
from genner.types import LabelSet

__all__ = [
    "AnyFormat",
    "AsJson",
    "By",
    "Corpus",
    "DataFormat",
    "Duplicates",
    "Format",
    "Gold",
    "Grounding",
    "Html",
    "Labels",
    "OutputFile",
    "PolicyName",
    "Predicted",
    "ReaderOption",
    "SkipBad",
    "Strict",
    "Training",
    "Unplaced",
    "label_set",
]

Corpus = Annotated[str, typer.Argument(metavar="FILE", help="Corpus, in any data format; - is standard input.")]
Format = Annotated[str, typer.Option("--format", "-f", metavar="NAME", help=f"Output format: {', '.join(FORMATS)}.")]
DataFormat = Annotated[
    str | None,
    typer.Option("--from", metavar="NAME", help=f"Data format, when it cannot be guessed: {', '.join(DATA_FORMATS)}."),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        "-l",
        metavar="SET",
        help=f"Label set: {', '.join(LABEL_SETS)}; or names with commas (PER,LOC); or a JSON file.",
    ),
]
Grounding = Annotated[
    str, typer.Option(metavar="HOW", help="How far a mention may differ from the text: exact, normalized, fuzzy.")
]
OutputFile = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where to write; it appears whole or not at all.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for machines.")]
ReaderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="An option of the reader of the corpus, also more than once: token_column=1, encoding=latin-1.",
    ),
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out and count records that cannot be read.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 when an output had any issue.")]
Gold = Annotated[
    str, typer.Argument(metavar="GOLD", help="Corpus; or generated_predictions.jsonl, which holds both sides.")
]
Predicted = Annotated[
    str | None,
    typer.Argument(metavar="[PREDICTED]", help="Documents, predictions or raw outputs, matched by id or by order."),
]
AnyFormat = Annotated[str | None, typer.Option("--format", "-f", metavar="NAME", help="Format of raw outputs.")]
Duplicates = Annotated[str, typer.Option(metavar="HOW", help="Repeated entities: count, or ignore.")]
Unplaced = Annotated[str, typer.Option(metavar="HOW", help="Mentions that are not in the text: count, or ignore.")]
PolicyName = Annotated[
    str, typer.Option("--policy", metavar="NAME", help=f"Which rules tell errors apart: {', '.join(POLICIES)}.")
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="NAME", help=f"Break down, also more than once: {', '.join(BREAKDOWNS)}, or meta:FIELD."
    ),
]
Training = Annotated[
    str | None,
    typer.Option("--training", metavar="FILE", help="Training documents, for --by seen, seen_label and frequency."),
]
Html = Annotated[str | None, typer.Option("--html", metavar="FILE", help="Write a report to open in a browser.")]


def label_set(value: str | None) -> LabelSet | None:
    """Return the label set meant on the command line.

    Raises:
        GennerError: when there is none of that name, or the file holds none.
    """
    if value is None:
        return None
    if "," in value:
        return LabelSet(name.strip() for name in value.split(",") if name.strip())
    path = Path(value)
    if not path.is_file():
        return get_label_set(value)
    loaded = load_json(decode_file(path))
    try:
        return LabelSet(loaded) if isinstance(loaded, list) and all(map(_is_name, loaded)) else _from_object(loaded)
    except DataError as error:
        raise DataError(f"expected label names or a label set: {error}", path=value) from None


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def _from_object(loaded: object) -> LabelSet:
    if isinstance(loaded, dict) and "labels" not in loaded and all(map(_is_name, loaded.values())):
        made = get_label_set(loaded)  # names and definitions
        assert made is not None
        return made
    return LabelSet.from_json(json.dumps({"labels": loaded} if isinstance(loaded, list) else loaded))
