"""A traditional system next to the language model: spaCy, trained on the documents that `fine_tune.py` trains on.

    pip install spacy
    python benchmarks/spacy_systems.py --data DIR --corpus flat --pipe ner --out FOLDER
    python benchmarks/spacy_systems.py --data DIR --corpus genia --pipe spancat --out FOLDER [--all] [--steps 800]

Nothing is pretrained: hashed embeddings and a convolution, spaCy's own training loop, batches that grow from 8
to 32, a dropout of 0.2.  It writes `FOLDER/CORPUS-PIPE.json`: the ids of the held-out documents, and for each
of them its spans as `[start, end, label, score]`, in characters; `spancat` gives every span with a score of at
least 0.05, `ner` gives no score.  `--all` asks about all held-out documents of `genia` and `flat`, not every
fourth.  Minutes on one processor.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import spacy
from confidence_scores import held_out
from fine_tune import Corpus, load
from spacy.training import Example
from spacy.util import compounding, fix_random_seed, minibatch

SEED = 42
LOWEST = 0.05
KEY = "sc"
COVERED = 0.99
"""Share of the training entities that are no longer than the longest span that `spancat` considers."""


def longest(docs: Sequence[Any]) -> int:
    """Return how many tokens a span may have for nearly all training entities to be found."""
    lengths = sorted(len(span) for doc in docs for span in doc.spans[KEY])
    return int(lengths[int(COVERED * (len(lengths) - 1))])


def fit(corpus: Corpus, pipe: str, steps: int) -> Any:
    """Train a pipeline of one component; entities that are no whole tokens are left out of the training."""
    fix_random_seed(SEED)
    nlp: Any = spacy.blank("en")
    docs = []
    for document in corpus.train:
        doc = nlp.make_doc(document.text)
        spans = [doc.char_span(one.start, one.end, one.label) for one in document.entities]
        doc.spans[KEY] = [span for span in spans if span is not None]
        if pipe == "ner":
            doc.ents = spacy.util.filter_spans(doc.spans[KEY])
        docs.append(doc)
    config: dict[str, Any] = {}
    if pipe == "spancat":
        sizes = list(range(1, longest(docs) + 1))
        suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": sizes}
        config = {"threshold": LOWEST, "spans_key": KEY, "suggester": suggester}
    nlp.add_pipe(pipe, config=config)
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    draw, done = random.Random(SEED), 0
    while done < steps:
        draw.shuffle(examples)
        for batch in minibatch(examples, size=compounding(8.0, 32.0, 1.001)):
            nlp.update(batch, sgd=optimizer, drop=0.2)
            done += 1
            if done == steps:
                break
    return nlp


def found(nlp: Any, pipe: str, text: str) -> list[tuple[int, int, str, float | None]]:
    """Return the spans of a text with their scores."""
    doc = nlp(text)
    if pipe == "ner":
        return [(span.start_char, span.end_char, span.label_, None) for span in doc.ents]
    spans = doc.spans[KEY]
    return [
        (span.start_char, span.end_char, span.label_, round(float(score), 4))
        for span, score in zip(spans, spans.attrs["scores"], strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--corpus", required=True, choices=["flat", "web", "genia", "nested"])
    parser.add_argument("--pipe", required=True, choices=["ner", "spancat"])
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    corpus = load(options.data, options.corpus)
    asked = held_out(options.data, options.corpus) if options.all else corpus.test
    began = time.monotonic()
    nlp = fit(corpus, options.pipe, options.steps)
    record = {
        "corpus": options.corpus,
        "system": f"spaCy {spacy.__version__} {options.pipe}",
        "steps": options.steps,
        "rows": len(corpus.train),
        "seconds": round(time.monotonic() - began, 1),
        "ids": [document.id for document in asked],
        "entities": [found(nlp, options.pipe, document.text) for document in asked],
    }
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{options.corpus}-{options.pipe}.json"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(path, record["seconds"], "s")


if __name__ == "__main__":
    main()
