"""Texts that are in another file than their annotations, which names it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from genner.exceptions import DataError
from genner.io.source import Source, decode_file

__all__ = ["companion_text"]


def companion_text(source: Source, *names: str) -> str:
    """Return the text of the first file of these names in the folder of the annotations, or in `txt` next to it.

    Raises:
        DataError: when there is none, or it is not UTF-8.
    """
    folder = Path() if source.path is None else source.path.parent
    for name in names:
        for place in (folder / name, folder.parent / "txt" / name):
            if place.is_file():
                return _text(place)
    raise DataError(f"{folder / names[0]}: no such file; it should hold the text", path=source.name)


@lru_cache(8)
def _text(path: Path) -> str:
    return decode_file(path).removeprefix("\ufeff").replace("\r\n", "\n")
