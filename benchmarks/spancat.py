"""A second kind of system with scores: spaCy's spancat, trained on the corpora of `fine_tune.py`.

    python benchmarks/spancat.py --data DIR --corpus flat --out FOLDER [--steps 1500]

It writes `FOLDER/CORPUS-spancat.json`: the ids of the held-out documents, of `genia` and `flat` all and not every
fourth, and for each of them every span with a score of at least 0.05 as `[start, end, label, score]`, in characters.
Needs spacy; minutes on a processor.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import Any

import spacy
from confidence import held_out
from fine_tune import load
from spacy.training import Example
from spacy.util import compounding, fix_random_seed, minibatch

SEED = 42
LOWEST = 0.05
LONGEST = 8
"""Tokens of the longest span that is considered."""

MODEL = {
    "threshold": LOWEST,
    "spans_key": "sc",
    "suggester": {"@misc": "spacy.ngram_suggester.v1", "sizes": list(range(1, LONGEST + 1))},
}


def run(data: Path, name: str, out: Path, steps: int) -> None:
    """Train, predict and write."""
    fix_random_seed(SEED)
    corpus, held = load(data, name), held_out(data, name)
    nlp: Any = spacy.blank("en")
    nlp.add_pipe("spancat", config=MODEL)
    examples = []
    for document in corpus.train:
        doc = nlp.make_doc(document.text)
        spans = [doc.char_span(one.start, one.end, one.label) for one in document.entities]
        doc.spans["sc"] = [span for span in spans if span is not None]
        examples.append(Example(nlp.make_doc(document.text), doc))
    optimizer = nlp.initialize(lambda: examples)
    began, done = time.monotonic(), 0
    draw = random.Random(SEED)
    while done < steps:
        draw.shuffle(examples)
        for batch in minibatch(examples, size=compounding(8.0, 32.0, 1.001)):
            nlp.update(batch, sgd=optimizer, drop=0.2)
            done += 1
            if done >= steps:
                break
    found = []
    for document in held:
        doc = nlp(document.text)
        spans = doc.spans["sc"]
        scores = spans.attrs["scores"]
        found.append(
            [[s.start_char, s.end_char, s.label_, round(float(p), 4)] for s, p in zip(spans, scores, strict=True)]
        )
    record = {"corpus": name, "system": f"spaCy {spacy.__version__} spancat", "steps": steps}
    record |= {"seconds": round(time.monotonic() - began, 1), "ids": [one.id for one in held], "entities": found}
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}-spancat.json").write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(name, record["seconds"], "s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--corpus", required=True, choices=["flat", "web", "genia"])
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    asked = parser.parse_args()
    run(asked.data, asked.corpus, asked.out, asked.steps)
