"""Every data format by name, those of other packages among them, and the guess which of them a file is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from genner.exceptions import DataError, UnknownNameError
from genner.io import (
    alpaca,
    bioc,
    brat,
    columns,
    concepts,
    conllu,
    csv_table,
    docbin,
    jsonl,
    marked,
    nested_json,
    predictions,
    pubtator,
    python_data,
    standoff_xml,
    uima,
    webanno,
)
from genner.io.json_formats import JSON_FORMATS
from genner.io.json_text import first_value
from genner.io.sink import Sink
from genner.io.source import Source, Target
from genner.plugins import points
from genner.types import Document

__all__ = [
    "DATA_FORMATS",
    "GROUP",
    "LISTING",
    "RECORD_FORMATS",
    "Reader",
    "Writer",
    "by_suffix",
    "endings",
    "find_reader",
    "guess",
    "known_options",
]

GROUP = "genner.readers"
"""The entry points under which packages add data formats: modules or objects like those here."""


@runtime_checkable
class Reader(Protocol):
    """What reads a data format: a module or an object.

    `SUFFIXES` are the names its files end in; `sniff` tells from the beginning of a file whether it is one.
    A JSON format has `fits(record)` as well, which is asked about the first whole record.
    """

    SUFFIXES: tuple[str, ...]

    def sniff(self, name: str, head: str) -> bool:
        """Tell whether a file with this `name`, whose first characters are `head`, is in this format."""

    @property
    def read(self) -> Any:
        """`read(source, **options)` yields documents."""


@runtime_checkable
class Writer(Protocol):
    """What writes a data format; with `DIRECTORY` true into a folder.  `KEEPS` names the keys of `meta` it writes."""

    def write(self, documents: Iterable[Document], sink: Sink) -> Iterator[Document]:
        """Write `documents` to `sink`, and yield each as it is when read again."""


DATA_FORMATS: dict[str, Any] = {
    "brat": brat,
    "webanno": webanno,
    "concepts": concepts,
    "conllu": conllu,
    "pubtator": pubtator,
    "bioc": bioc,
    "uima": uima,
    "standoff-xml": standoff_xml,
    "docbin": docbin,
    "jsonl": jsonl,
    **JSON_FORMATS,
    "nested-json": nested_json,
    "csv": csv_table,
    "python": python_data,
    "columns": columns,
    "marked": marked,
}
"""Every format that holds documents, by name; a guess takes the first whose `sniff` or `fits` says yes."""

LISTING = "genner formats"
"""The command that lists all of them: too many for the message of an error."""

RECORD_FORMATS: dict[str, Any] = {"alpaca": alpaca, "predictions": predictions}
"""Formats that hold what a model is asked and answers: text in an output format, which a codec decodes."""

_USE_INSTEAD = {"alpaca": "instructions", "predictions": "predictions"}


def _plugins() -> Mapping[str, Any]:
    return points(GROUP)


def guess(source: Source) -> str:
    """Return the name of the format that a source is in.

    Raises:
        DataError: when it is in none that is known.
    """
    is_folder = source.path is not None and source.path.is_dir()
    if not is_folder and source.name.endswith(docbin.SUFFIXES):
        return "docbin"  # binary: there is no text to look at
    head = source.head()
    known = {name: entry.load() for name, entry in _plugins().items()} | RECORD_FORMATS | DATA_FORMATS
    if is_folder or (head and not head.isspace()):
        record = None if is_folder else first_value(source)
        for name, reader in known.items():
            if reader.sniff(source.name, head) or (record is not None and _fits(reader, record)):
                return name
    suffix = source.path.suffix.lower() if source.path is not None else ""
    for name, reader in known.items():
        if suffix and suffix in reader.SUFFIXES:
            return name
    if not head and not is_folder:
        raise DataError("the input is empty, which tells no data format", path=source.name)
    begins = f": the file begins with {head.lstrip()[:40]!r}" if head else ""
    raise DataError(f"cannot tell the data format{begins}; name it: `{LISTING}` lists all", path=source.name)


def _fits(reader: Any, record: Any) -> bool:
    fits = getattr(reader, "fits", None)
    return fits is not None and bool(fits(record))


def by_suffix(path: Target) -> str:
    """Return the format that the name of a file to be written says."""
    suffix = Path(path).suffix.lower() if isinstance(path, (str, Path)) else ""
    for name, module in DATA_FORMATS.items():
        if suffix and suffix in module.SUFFIXES and hasattr(module, "write"):
            return name
    raise DataError(f"cannot tell the data format from the name {path!r}; name it: `{LISTING}` lists all")


def find_reader(name: Any, verb: str, options: Mapping[str, Any], path: str | None = None) -> Any:
    """Return what reads or writes a format.

    Args:
        name: of the format, or the reader itself.
        verb: `read` or `write`.
        options: those that it must know.
        path: the file, for errors.
    """
    found = name if not isinstance(name, str) else _named(name, verb, path)
    if not callable(getattr(found, verb, None)):
        raise DataError(f"expected a data format that can {verb}, got {name!r:.80}: it needs a `{verb}`")
    known = _options_of(found, verb)
    for option in options:
        if option not in known:
            raise UnknownNameError.of(f"option of {name} {verb}", option, known)
    return found


def _options_of(reader: Any, verb: str) -> list[str]:
    return list(signature(getattr(reader, verb)).parameters)[1 if verb == "read" else 2 :]


def known_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those options that the reader of a format has, `encoding` among them."""
    known = ["encoding", *(_options_of(find_reader(name, "read", {}), "read") if name not in RECORD_FORMATS else ())]
    return {option: value for option, value in options.items() if option in known}


def _named(name: str, verb: str, path: str | None) -> Any:
    if name in RECORD_FORMATS:
        function = f"genner.io.{verb}_{_USE_INSTEAD[name]}()"
        message = f"{name!r} holds questions and answers in an output format, not documents: use {function} in Python"
        raise DataError(f"{message}, and name the --format on the command line", path=path)
    able = _able(verb)
    if name in DATA_FORMATS and name not in able:
        raise DataError(f"the data format {name!r} can be read only: `{LISTING}` shows which can be written")
    if name in able:
        return able[name]
    plugins = _plugins()
    if name in plugins:
        return plugins[name].load()
    raise UnknownNameError.of("data format", name, [*able, *plugins], endings(verb), listing=LISTING)


def _able(verb: str) -> dict[str, Any]:
    return {key: module for key, module in DATA_FORMATS.items() if hasattr(module, verb)}


def endings(verb: str) -> dict[str, str]:
    """Return the data format that the ending of a file name means to somebody who takes it for the format's name.

    Args:
        verb: `read` or `write`, which the format has to be able to.
    """
    return {
        suffix.lstrip("."): key for key, module in _able(verb).items() for suffix in getattr(module, "SUFFIXES", ())
    }
