"""Encode and decode every document of every corpus in every format, and print what came back.

    python benchmarks/round_trip.py --data DIR

DIR holds corpora as JSON Lines: `*.jsonl`, `genia/*.jsonl`, `train/*.jsonl` and `native/**/expected.jsonl`
(files named `*.discontinuous.jsonl` hold spans with a gap and are left out).  Without `--data` the
sample corpora of the package are taken.

Positional formats count a document as exact when the entities come back the same, with no issue;
`grouped-json` when the (surface, label) multiset does; `misplaced` counts its documents in which a
mention took another of its places, each of which must be flagged `ambiguous`.  A document that a format refuses with
`EncodeError` is counted apart, and must hold what the format cannot say: crossing spans, or the same
entity twice.  Exit code 1 when anything is below 100 %.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import genner
from genner.study import samples
from genner.types import Document

GROUPED = "grouped-json"


@dataclass
class Tally:
    """What happened to the documents of one corpus in one format."""

    documents: int = 0
    exact: int = 0
    refused: int = 0
    ambiguous: int = 0
    misplaced: int = 0

    def __str__(self) -> str:
        kept = self.documents - self.refused
        share = f"{100 * self.exact / kept:.2f}" if kept else "-"
        counts = {"refused": self.refused, "ambiguous": self.ambiguous, "misplaced": self.misplaced}
        notes = [f"{count} {what}" for what, count in counts.items() if count]
        return f"{share} ({', '.join(notes)})" if notes else share

    @property
    def perfect(self) -> bool:
        return self.exact == self.documents - self.refused

    def add(self, other: Tally) -> None:
        self.documents += other.documents
        self.exact += other.exact
        self.refused += other.refused
        self.ambiguous += other.ambiguous
        self.misplaced += other.misplaced


def corpora(root: Path) -> Iterator[tuple[str, list[Document]]]:
    """Yield every corpus below `root` with its name."""
    paths = [
        *root.glob("*.jsonl"),
        *root.glob("genia/*.jsonl"),
        *root.glob("train/*.jsonl"),
        *root.glob("native/**/expected.jsonl"),
    ]
    for path in sorted(paths):
        if not path.name.endswith(".discontinuous.jsonl"):
            yield str(path.relative_to(root).with_suffix("")), list(genner.read(path, "jsonl"))


def sayable(document: Document, name: str) -> bool:
    """Tell whether the format should accept the document, from the spans alone."""
    entities = document.entities
    if len(set(entities)) < len(entities):
        return False
    if name == "bracket":
        return not any(one.crosses(other) for one in entities for other in entities)
    if name == "xml":  # tags are matched by name, so only spans of one label may not cross
        return not any(one.crosses(other) for one in entities for other in entities if one.label == other.label)
    return True


def surfaces(document: Document, entities: tuple[genner.Entity, ...]) -> Counter[tuple[str, str]]:
    return Counter((document.surface(entity), entity.label) for entity in entities)


def trip(document: Document, name: str, labels: list[str] | None, problems: list[str]) -> Tally:
    """Encode and decode one document."""
    tally = Tally(documents=1)
    where = f"{name} {document.id}"
    try:
        output = genner.encode(document, name, labels=labels)
    except genner.EncodeError as error:
        tally.refused = 1
        if sayable(document, name):
            problems.append(f"{where}: refused without need: {error}")
        return tally
    prediction = genner.decode(output, document.text, format=name, labels=labels)
    ambiguous = any(issue.kind == "ambiguous" for issue in prediction.issues)
    tally.ambiguous = int(ambiguous)
    if name == GROUPED:
        exact = surfaces(document, prediction.entities) == surfaces(document, document.entities)
        exact = (
            exact
            and not prediction.unplaced
            and (prediction.ok or {i.kind for i in prediction.issues} == {"ambiguous"})
        )
    else:
        exact = prediction.ok and prediction.entities == document.entities
    if not exact:
        problems.append(
            f"{where}: wrote {output[:200]!r}, read {prediction.entities!r:.300}, {prediction.issues!r:.300}"
        )
    tally.exact = int(exact)
    tally.misplaced = int(prediction.entities != document.entities)
    if tally.misplaced and not ambiguous:
        problems.append(f"{where}: misplaced in silence")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of corpora")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    root = options.data or Path(samples.__file__).parent
    began = time.perf_counter()
    problems: list[str] = []
    table: dict[str, dict[str, Tally]] = {}
    total = {name: Tally() for name in genner.FORMATS}
    for corpus, documents in corpora(root):
        labels = sorted({entity.label for document in documents for entity in document.entities}) or None
        table[corpus] = {name: Tally() for name in genner.FORMATS}
        for name in genner.FORMATS:
            for document in documents:
                table[corpus][name].add(trip(document, name, labels, problems))
            total[name].add(table[corpus][name])
    if not table:
        parser.error(f"no corpus in {root}")
    table["all"] = total
    if options.json:
        print(json.dumps({c: {n: vars(t) for n, t in row.items()} for c, row in table.items()}, indent=1))
    else:
        show(table, time.perf_counter() - began)
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    return 0 if not problems and all(tally.perfect for tally in total.values()) else 1


def show(table: dict[str, dict[str, Tally]], seconds: float) -> None:
    """Print the table: percent of documents that came back, corpus by corpus and format by format."""
    rows = [["corpus", "documents", *genner.FORMATS]]
    rows += [[corpus, str(row["xml"].documents), *map(str, row.values())] for corpus, row in table.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"% of documents exact, of those the format can say; {seconds:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
