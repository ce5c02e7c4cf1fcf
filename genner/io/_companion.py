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
        DataError: when there is none, its name leads out of the folder, or it is not UTF-8.
    """
    folder = Path() if source.path is None else source.path.parent
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise DataError(f"{name!r:.200} leads out of the folder of the annotations", path=source.name)
        for place in (folder / name, folder.parent / "txt" / name):
            if place.is_file():
                about = place.stat()
                return _text(place, about.st_mtime_ns, about.st_size)
    raise DataError(f"{folder / names[0]}: no such file; it should hold the text", path=source.name)


@lru_cache(8)
def _text(path: Path, changed: int, size: int) -> str:
    """Read a text once for all annotations about it, and again when the file has changed."""
    return decode_file(path).removeprefix("\ufeff").replace("\r\n", "\n")
