"""`genner formats | info`: what is known here, and what is installed."""

from __future__ import annotations

import os
import platform
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import entry_points, requires
from pathlib import Path
from typing import Any

from genner.cli.options import AsJson
from genner.cli.screen import show, write_json
from genner.formats import formats as format_names
from genner.formats import get_codec
from genner.io import DATA_FORMATS, RECORD_FORMATS, Reader, Writer
from genner.io.registry import GROUP
from genner.plugins import installed, points
from genner.show.tables import Column, Table
from genner.types import Document, LabelSet

__all__ = ["formats", "info"]

EXAMPLE = Document("Bo left", [(0, 2, "PER")])
"""Written in each format by `genner formats`."""

LABELS = LabelSet(["PER"])

PLUG_INS = (
    "genner.formats",
    "genner.readers",
    "genner.matchings",
    "genner.breakdowns",
    "genner.error_policies",
    "genner.models",
)
"""Groups of entry points through which other packages add to genner."""


def formats(*, as_json: AsJson = False) -> None:
    """List the output formats, with an example of each, and the data formats."""
    outputs = Table(
        [Column("output format"), Column("place"), Column("an answer")],
        [
            (name, "yes" if codec.positional else "no", codec.encode(EXAMPLE, labels=LABELS))
            for name in format_names()
            for codec in [get_codec(name)]
        ],
        notes=("place: whether an answer says where in the text each mention is",),
    )
    added = {name: point.load() for name, point in points(GROUP).items()}
    data = Table(
        [Column("data format"), Column("read"), Column("written"), Column("files")],
        [
            (
                name,
                "yes" if isinstance(one, Reader) else "no",
                "yes" if isinstance(one, Writer) else "no",
                " ".join(getattr(one, "SUFFIXES", ())) or ".json .jsonl",
            )
            for name, one in {**DATA_FORMATS, **RECORD_FORMATS, **added}.items()
        ],
    )
    if as_json:
        write_json([*outputs.records(), *data.records()])
    else:
        show([outputs, data])


def info(*, as_json: AsJson = False) -> None:
    """Print versions, which optional packages are installed, plug-ins and folders."""
    facts = dict(_facts())
    if as_json:
        write_json([facts])
    else:
        show(["\n".join(f"{name:<22}  {value}" for name, value in facts.items())])


def _facts() -> Iterator[tuple[str, Any]]:
    yield "genner", installed("genner")
    yield "python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    for extra, packages in _extras().items():
        found = {name: installed(name) for name in packages}
        absent = sorted(name for name, known in found.items() if known is None)
        present = ", ".join(f"{name} {known}" for name, known in sorted(found.items()))
        yield (
            f"extra {extra}",
            f"not installed: {', '.join(absent)}; pip install 'genner[{extra}]'" if absent else present,
        )
    for group in PLUG_INS:
        points = ", ".join(f"{point.name} ({point.value})" for point in entry_points(group=group))
        yield group, points or "none"
    yield "package", str(Path(__file__).parents[1])
    yield "model hub cache", os.environ.get("HF_HOME", str(Path.home() / ".cache" / "huggingface"))


def _extras() -> dict[str, list[str]]:
    """Return the packages of each extra, as the installed package names them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in requires("genner") or ():
        match = re.match(r"([\w.-]+).*extra == ['\"]([\w-]+)['\"]", line)
        if match is not None:
            found[match[2]].append(match[1])
    return dict(found)
