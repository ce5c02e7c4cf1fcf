"""The files that a path means: itself, those a pattern matches, or those in a folder."""

from __future__ import annotations

from glob import glob, has_magic
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from genner.exceptions import DataError
from genner.io._names import FILES
from genner.io.registry import DATA_FORMATS
from genner.io.source import PACKED, MissingFileError, Target, find

__all__ = ["expand"]

OTHER_SUFFIXES = (".txt", ".xml", ".csv", ".sgm")
NO_CORPUS = ("readme", "license", "licence", "dataset_info", "dataset_infos", "annotation.conf", "visual.conf")
"""How the names of files begin that only describe a corpus."""


def expand(path: Any, reader: Any = None) -> list[Target]:
    """Return the files of a path, in the order of their names.

    Args:
        path: a path, a pattern, a folder, or a stream.
        reader: the format, if it is known: one that reads folders gets the folder itself.
    """
    if path == "-" or not isinstance(path, (str, PathLike)):
        return [path]
    name = fspath(path)
    if isinstance(name, str) and has_magic(name) and "\0" not in name and not Path(name).exists():
        found = sorted(glob(name, recursive=True))
        if not found:
            pattern = set("*?") & set(name)
            raise MissingFileError("no file matches this pattern" if pattern else "no such file", path=name)
        return [*found]
    place = find(path)
    if not place.is_dir() or getattr(reader, "DIRECTORY", False):
        return [path]
    if reader is None and any(
        getattr(one, "DIRECTORY", False) and one.sniff(name, "") for one in DATA_FORMATS.values()
    ):
        return [path]
    files = [file for file in sorted(place.rglob("*")) if file.is_file() and _may_be_corpus(file)]
    if not files:
        if reader is None:
            raise DataError("cannot tell the data format: the folder holds no file of a known kind", path=name)
        return [path]
    return [*files]


def _may_be_corpus(file: Path) -> bool:
    suffix = file.suffix.lower()
    if suffix in PACKED:
        suffix = Path(file.stem).suffix.lower()
    known = {ending for reader in DATA_FORMATS.values() for ending in reader.SUFFIXES} | {*OTHER_SUFFIXES}
    if file.name.lower() in (*FILES, "config.json") or file.name.lower().startswith((".", *NO_CORPUS)):
        return False
    return suffix in known
