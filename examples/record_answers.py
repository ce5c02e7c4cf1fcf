"""Write the recorded answers that ship in `genner/study/samples/` from what benchmarks left.

    python examples/record_answers.py [--answers FOLDER] [--spacy FOLDER]

FOLDER of the answers is that of `benchmarks/fine_tune.py` for the corpora `flat` and `nested`, `run` and `zero` (the
answers are the free ones); that of spaCy is of `benchmarks/spacy_systems.py`, `ner` for `flat` and `spancat` for
`nested`.  Each line of `NAME_answers.jsonl` is about one document of the test part; answers of which there is no
file stay as they are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import genner
from genner.study.samples import SAMPLES, load_sample

TARGET = Path(__file__).parent.parent / "genner" / "study" / "samples"
KINDS = {"fine-tuned": "lora", "zero-shot": "zero"}
PIPES = {"flat": "ner", "nested": "spancat"}
LOWEST = 0.5
"""Score from which a span of `spancat` is an entity, which is spaCy's default."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=Path, default=Path(__file__).parent.parent / "benchmarks/results/fine_tune")
    parser.add_argument("--spacy", type=Path)
    options = parser.parse_args()
    for name in SAMPLES:
        target = TARGET / f"{name}_answers.jsonl"
        rows: dict[str, dict[str, Any]] = {str(document.id): {} for document in load_sample(name)}
        for line in filter(None, target.read_text("utf-8").split("\n")):
            row = json.loads(line)
            rows[row.pop("id")].update(row)
        for system, kind in KINDS.items():
            for format in genner.FORMATS:
                path = options.answers / f"{name}-{format}-{kind}.json"
                if not path.exists():
                    print(f"{path} is not there: the answers of {system} in {format} stay as they are")
                    continue
                record = json.loads(path.read_text())
                for id, output in zip(record["ids"], record["free"]["outputs"], strict=True):
                    if id in rows:
                        rows[id].setdefault(system, {})[format] = output
        if options.spacy is not None:
            record = json.loads((options.spacy / f"{name}-{PIPES[name]}.json").read_text())
            for id, spans in zip(record["ids"], record["entities"], strict=True):
                if id in rows:
                    rows[id]["spaCy"] = [span[:3] for span in spans if span[3] is None or span[3] >= LOWEST]
        for row in rows.values():
            for system in KINDS:
                row[system] = {format: row[system][format] for format in genner.FORMATS if format in row[system]}
        lines = [
            json.dumps({"id": id, **row}, ensure_ascii=False, separators=(",", ":")) + "\n" for id, row in rows.items()
        ]
        target.write_text("".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
