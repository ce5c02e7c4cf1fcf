"""What is kept of work that took long: a name for everything that decided it, and a file that is whole or not there."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from genner.exceptions import DataError
from genner.io import Sink
from genner.models.recipe import versions
from genner.types import Document

__all__ = [
    "content",
    "documents_hash",
    "file_hash",
    "folder_hash",
    "load_record",
    "machine",
    "save_record",
    "settings_hash",
    "slug",
]

_BLOCK = 1 << 20


def settings_hash(settings: Any) -> str:
    """Name plain settings by their content; the order of keys does not matter."""
    return sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def documents_hash(documents: Iterable[Document]) -> str:
    """Name documents by their texts, entities, ids and order."""
    found = sha256()
    for document in documents:
        entities = [[entity.start, entity.end, entity.label] for entity in document.entities]
        found.update(json.dumps([document.id, document.text, entities]).encode() + b"\n")
    return found.hexdigest()


def file_hash(path: str | os.PathLike[str]) -> str:
    """Name a file by its content."""
    found = sha256()
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def folder_hash(path: str | os.PathLike[str]) -> str:
    """Name a folder of a model by the files that lie in it; checkpoints are below it and do not count."""
    files = sorted(one for one in Path(path).iterdir() if one.is_file() and not one.name.startswith("."))
    return settings_hash([[one.name, file_hash(one)] for one in files])


def content(path: str) -> str:
    """Name a folder or a file by what it holds; a model on the hub is named by its name."""
    place = Path(path)
    if not place.exists():
        return path
    inside = sorted(place.iterdir()) if place.is_dir() else [place]
    stamps = tuple((one.name, (stat := one.stat()).st_size, stat.st_mtime_ns) for one in inside)
    return _content_of(place, stamps)


@lru_cache(maxsize=64)
def _content_of(place: Path, stamps: tuple[Any, ...]) -> str:
    """Read it once for all runs; `stamps` tell when it has changed."""
    return folder_hash(place) if place.is_dir() else file_hash(place)


def slug(*parts: object) -> str:
    """Make a name for a file that people can read."""
    return "-".join(re.sub(r"[^\w.]+", "_", str(part)) for part in parts if part is not None)


def machine() -> dict[str, Any]:
    """Say what this runs on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").split("\n")
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    found = {"cpu": cpu, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    return found | {"device": _device(), "versions": versions()}


def _device() -> str:
    """Name the accelerator, without loading torch where nobody has used it."""
    import sys

    torch = sys.modules.get("torch")
    return torch.cuda.get_device_name() if torch is not None and torch.cuda.is_available() else "cpu"


def save_record(path: Path, record: dict[str, Any]) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Sink(path) as sink:
        sink.write(json.dumps(record, indent=1) + "\n")


def load_record(path: Path) -> dict[str, Any]:
    """Read what `save_record` wrote.

    Raises:
        DataError: when it is something else.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError(f"got {type(record).__name__}")
    except ValueError as error:
        raise DataError(
            f"expected a record of finished work: {error}; remove it to do it again", path=str(path)
        ) from None
    return record
