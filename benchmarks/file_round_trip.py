"""Write every corpus in every data format, read it back, and print what came back and what was lost, counted.

    python benchmarks/file_round_trip.py --data DIR [--only bert-mrc --only brat]

DIR is as for `round_trip.py`; without it the sample corpora of the package are taken.  For each format: entities
that were written; documents that come back with the same text and entities; entities that the report counts as
dropped, documents that it counts as skipped, and `lost`: entities that are missing or new without being counted,
which must be 0.  Formats of tokens change white space, so entities are compared by their letters and label.
Exit code 1 when anything was lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from round_trip import corpora

from genner import io
from genner.study import samples
from genner.types import Document

WRITABLE = [name for name, module in io.DATA_FORMATS.items() if hasattr(module, "write")]
NAMES = {"brat": "folder", "docbin": "x.spacy"}
"""What a file must be called; others go by any name."""


@dataclass
class Tally:
    """What happened to the corpora in one format."""

    documents: int = 0
    entities: int = 0
    exact: int = 0
    dropped: int = 0
    skipped: int = 0
    lost: int = 0

    def add(self, other: Tally) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def letters(documents: Sequence[Document]) -> Counter[tuple[str, str]]:
    """Count entities by their letters and label."""
    return Counter(
        ("".join(document.surface(entity).split()), entity.label)
        for document in documents
        for entity in document.entities
    )


def trip(documents: Sequence[Document], name: str) -> Tally:
    """Write and read one corpus."""
    skipped: list[str | None] = []
    report = io.WriteReport(on_problem=lambda one: skipped.append(one.path) if one.kind == "skipped" else None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NAMES.get(name, "x.dat")
        io.write(documents, path, name, on_error="skip", report=report)
        found = list(io.read(path, name, report=io.ReadReport()))
    kept = [document for document in documents if document.id not in skipped]
    exact = Counter((one.text, one.entities) for one in kept) & Counter((one.text, one.entities) for one in found)
    written, read = letters(kept), letters(found)
    missing, new = sum((written - read).values()), sum((read - written).values())
    dropped = report.dropped if len(kept) == len(documents) else min(report.dropped, missing)
    lost = missing - dropped + new + abs(len(kept) - len(found))
    return Tally(
        len(documents), sum(letters(documents).values()), sum(exact.values()), report.dropped, len(skipped), lost
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of corpora")
    parser.add_argument("--only", action="append", choices=WRITABLE, help="this format alone; repeatable")
    parser.add_argument("--limit", type=int, default=None, help="documents of each corpus")
    options = parser.parse_args()
    root = options.data or Path(samples.__file__).parent
    totals = {name: Tally() for name in options.only or WRITABLE}
    read = [(corpus, documents[: options.limit]) for corpus, documents in corpora(root)]
    if not read:
        parser.error(f"no corpus in {root}")
    for name, total in totals.items():
        for corpus, documents in read:
            try:
                tally = trip(documents, name)
            except Exception as error:
                tally = Tally(len(documents), lost=1)
                print(f"{corpus} {name}: {type(error).__name__} {error}", file=sys.stderr)
            if tally.lost:
                print(f"{corpus} {name}: {tally}", file=sys.stderr)
            total.add(tally)
    print("format            " + "  ".join(f"{field.name:>9}" for field in fields(Tally)))
    for name, total in totals.items():
        print(f"{name:18}" + "  ".join(f"{getattr(total, field.name):9,}" for field in fields(Tally)))
    return 1 if any(total.lost for total in totals.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
