"""Decode and score answers with Spark's `mapInPandas`, and compare with one process.

    pip install pyspark pandas pyarrow        # and a Java runtime
    python benchmarks/spark.py

It prints both scores and whether they are equal.  `PYSPARK_PYTHON` has to name this Python.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import genner
from genner.parallel import decode_batch, merged, score_batch

EXAMPLES: list[tuple[str, list[tuple[int, int, str]], str]] = [
    ("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], "<PER>Ann</PER> left <LOC>Rome</LOC>"),
    ("Bob slept", [(0, 3, "PER")], "Bob slept"),
    ("Cy met Di", [(0, 2, "PER"), (7, 9, "PER")], "<PER>Cy</PER> met <LOC>Di</LOC>"),
]
"""Text, gold entities and answer; they are repeated."""

ROWS = 4000
HOW: dict[str, Any] = {"format": "xml", "labels": "PER,LOC"}


def scored(frames: Iterator[Any]) -> Iterator[Any]:
    """Decode and score each frame."""
    import pandas

    for frame in frames:
        yield pandas.DataFrame(score_batch(decode_batch(frame, **HOW), **HOW))


def main() -> None:
    """Score the rows twice."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    chosen = [EXAMPLES[number % len(EXAMPLES)] for number in range(ROWS)]
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    with TemporaryDirectory() as folder:
        file = Path(folder, "rows.jsonl")
        with file.open("w", encoding="utf-8") as lines:
            for text, entities, output in chosen:
                listed = [{"start": start, "end": end, "label": label} for start, end, label in entities]
                lines.write(json.dumps({"text": text, "entities": listed, "output": output}) + "\n")
        parts = spark.read.json(str(file)).repartition(7).mapInPandas(scored, schema="evaluation string")
        made = merged(part["evaluation"] for part in parts.toLocalIterator())
    documents = [genner.Document(text, entities) for text, entities, _ in chosen]
    alone = genner.evaluate_outputs(documents, [output for *_, output in chosen], "xml", labels="PER,LOC")
    print("Spark:      ", made.micro)
    print("one process:", alone.micro)
    print("equal:", (made.micro, made.settings, made.tally) == (alone.micro, alone.settings, alone.tally))


if __name__ == "__main__":
    main()
