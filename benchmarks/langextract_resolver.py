"""Let langextract read broken answers with its own resolver and with genner's, and count the entities that it keeps.

    pip install langextract
    python benchmarks/langextract_resolver.py [--documents 40]

The answers name the gold entities of sample documents as langextract's prompts ask for them; each row damages all of
them in one respect.  An entity is kept where its class and both offsets are right.  Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
from importlib.metadata import version
from itertools import islice
from typing import Any

from faults import OUTPUT_FAULTS, Answer, right_answer, write_extractions
from langextract.resolver import Resolver

from genner.adapters.langextract import GennerResolver
from genner.study.samples import load_sample
from genner.types import LabelSet

DAMAGES = {
    "right answers": lambda output, rng: output,
    **{name: damage for name, (_, damage) in OUTPUT_FAULTS.items() if name != "a wrapper"},
    "a fence that is not closed": lambda output, rng: f"```json\n{output}",
    "pairs in place of objects": lambda output, rng: json.dumps(
        [[text, label] for one in json.loads(output)["extractions"] for label, text in one.items()]
    ),
}
"""What is done to an answer; langextract's answers have a wrapper of their own."""


def kept(resolver: Any, output: str, answer: Answer) -> int:
    """Return how many entities of an answer have the right class and place."""
    try:
        extractions = resolver.resolve(output, suppress_parse_errors=True)
        aligned = list(resolver.align(extractions, answer.document.text, 0, 0))
    except Exception:  # an error of langextract's resolver loses the whole answer
        return 0
    found = {
        (one.char_interval.start_pos, one.char_interval.end_pos, one.extraction_class)
        for one in aligned
        if one.char_interval is not None
    }
    return sum(tuple(claim.gold) in found for claim in answer.claims)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, help="that have entities; all when left out")
    options = parser.parse_args()
    logging.getLogger("absl").setLevel(logging.CRITICAL)

    documents = load_sample("flat")
    labels = LabelSet(sorted({entity.label for one in documents for entity in one.entities}))
    with_entities = (document for document in documents if document.entities)
    answers = [right_answer(document, labels) for document in islice(with_entities, options.documents)]
    own, ours = Resolver(), GennerResolver(labels=labels)
    print(f"| answers | entities | langextract {version('langextract')} | with `GennerResolver` |\n|---|---|---|---|")
    totals = [0, 0, 0]
    for name, damage in DAMAGES.items():
        rng = random.Random(0)
        counts = [0, 0, 0]
        for answer in answers:
            output = damage(write_extractions(answer), rng)
            for place, count in enumerate((len(answer.claims), kept(own, output, answer), kept(ours, output, answer))):
                counts[place] += count
        print(f"| {name} | " + " | ".join(f"{count:,}" for count in counts) + " |", flush=True)
        if name != "right answers":
            totals = [a + b for a, b in zip(totals, counts, strict=True)]
    print("| all damaged answers | " + " | ".join(f"{count:,}" for count in totals) + " |")


if __name__ == "__main__":
    main()
