"""Time the first call of scorers, each in a process of its own, and print the ratios.

    python benchmarks/score_speed.py [--data CORPUS.jsonl] [--documents 20000] [--runs 3]

The corpus (JSONL of documents) is repeated until there are enough documents; without one, documents
of about four entities are made up.  Predictions are the gold entities with some lost, moved, renamed
and invented.  What is timed is the call alone, on objects that are there; the shortest of the runs is
shown.  Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from typing import Any

from genner.evaluation import analyze_errors, evaluate, evaluate_matchings
from genner.io import read
from genner.types import Document, Entity, Prediction

LABELS = ("protein", "DNA", "RNA", "cell_type", "cell_line")


def made_up(rng: random.Random, count: int) -> list[Document]:
    """Documents of about 26 words with four entities, one in eight nested."""
    documents = []
    for _ in range(count):
        words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(rng.randint(12, 40))]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        entities = []
        for _ in range(rng.choice([1, 2, 3, 4, 5, 6, 7])):
            first = rng.randrange(len(words))
            last = min(len(words), first + rng.choice([1, 1, 2, 2, 3, 4]))
            entities.append(Entity(starts[first], starts[last] - 1, rng.choice(LABELS)))
        documents.append(Document(" ".join(words), set(entities)))
    return documents


def answer(rng: random.Random, document: Document) -> Prediction:
    """Predict as a system with an F1 near 0.8 does."""
    predicted = []
    for start, end, label in document.entities:
        luck = rng.random()
        if luck < 0.1:
            continue
        if luck < 0.15:
            label = rng.choice(LABELS)
        elif luck < 0.2 and end - start > 3:
            start += 2
        predicted.append(Entity(start, end, label))
    if rng.random() < 0.2 and len(document.text) > 10:
        start = rng.randrange(len(document.text) - 5)
        predicted.append(Entity(start, start + 5, rng.choice(LABELS)))
    return Prediction(predicted, text=document.text)


def multisets(gold: Iterable[Document], predicted: Iterable[Prediction]) -> tuple[int, int, int]:
    """Count strictly with two multisets a sentence and a total alone: the least any scorer does."""
    tp = fp = fn = 0
    for document, prediction in zip(gold, predicted, strict=True):
        left, right = Counter(document.entities), Counter(prediction.entities)
        for entity, times in right.items():
            tp += min(times, left[entity])
            fp += max(0, times - left[entity])
        for entity, times in left.items():
            fn += max(0, times - right[entity])
    return tp, fp, fn


def nervaluate_input(items: Iterable[Document | Prediction]) -> list[list[dict[str, Any]]]:
    return [[{"label": e.label, "start": e.start, "end": e.end - 1} for e in item.entities] for item in items]


def tags(items: Iterable[tuple[Document, Document | Prediction]]) -> list[list[str]]:
    """Write IOB2 tags of whitespace tokens, outer entities first."""
    result = []
    for document, item in items:
        at, row = 0, []
        edges = []
        for word in document.text.split(" "):
            edges.append((at, at + len(word)))
            at += len(word) + 1
        inside: dict[int, str] = {}
        for start, end, label in item.entities:
            covered = [i for i, (a, b) in enumerate(edges) if a < end and start < b]
            if covered and not any(i in inside for i in covered):
                inside.update({i: ("B-" if i == covered[0] else "I-") + label for i in covered})
        row = [inside.get(i, "O") for i in range(len(edges))]
        result.append(row)
    return result


Corpus = tuple[list[Document], list[Prediction]]


def nervaluate(gold: list[Document], predicted: list[Prediction]) -> Callable[[], Any]:
    from nervaluate import Evaluator

    left, right = nervaluate_input(gold), nervaluate_input(predicted)
    return lambda: Evaluator(left, right, tags=list(LABELS), loader="dict").evaluate()


def seqeval(gold: list[Document], predicted: list[Prediction]) -> Callable[[], Any]:
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    warnings.simplefilter("ignore")
    left, right = tags(zip(gold, gold, strict=True)), tags(zip(gold, predicted, strict=True))
    return lambda: classification_report(left, right, mode="strict", scheme=IOB2)


def spacy(gold: list[Document], predicted: list[Prediction]) -> Callable[[], Any]:
    import spacy as package
    from spacy.scorer import Scorer
    from spacy.tokens import Doc, Span
    from spacy.training import Example

    vocab = package.blank("en").vocab

    def doc(document: Document, entities: Iterable[Entity]) -> Any:
        made = Doc(vocab, words=list(document.text), spaces=[False] * len(document.text))
        made.spans["all"] = [Span(made, e.start, e.end, label=e.label) for e in set(entities)]
        return made

    examples = [Example(doc(d, p.entities), doc(d, d.entities)) for d, p in zip(gold, predicted, strict=True)]
    return lambda: Scorer.score_spans(
        examples, "all", getter=lambda made, key: made.spans[key], has_annotation=lambda made: True, allow_overlap=True
    )


def paper(gold: list[Document], predicted: list[Prediction]) -> Callable[[], Any]:
    """Count answers in brackets as the paper's released scripts do (`genner.experiments.authors` describes them)."""
    from genner import get_codec
    from genner.experiments.authors import evaluate_authors

    codec = get_codec("bracket", escape="never")

    def written(document: Document | Prediction) -> str:
        flat, at = [], 0
        for entity in document.entities:  # what a bracket can hold: no crossing spans
            if entity.start >= at:
                flat.append(entity)
                at = entity.end
        return codec.encode(Document(document.text or "", flat))

    left, right = [written(one) for one in gold], [written(one) for one in predicted]
    return lambda: evaluate_authors(left, right, "bracket", labels=LABELS).scores


def one_pass(gold: list[Document], predicted: list[Prediction]) -> None:
    """Count strictly for every label and name the kinds of error: a report has both."""
    report = analyze_errors(gold, predicted)
    _ = report.scores, report.counts


def every_case(gold: list[Document], predicted: list[Prediction]) -> None:
    """The same, and all that is known of each error."""
    for case in analyze_errors(gold, predicted).cases:
        _ = case.facts.partner


OURS: dict[str, Callable[[list[Document], list[Prediction]], Any]] = {
    "strict, by label": lambda gold, predicted: evaluate(gold, predicted).scores,
    "strict and errors": one_pass,
    "errors, every case read": every_case,
    "four matchings": lambda gold, predicted: [one.scores for one in evaluate_matchings(gold, predicted).values()],
    "strict, 1,000 resamples": lambda gold, predicted: evaluate(gold, predicted).interval(),
}
PEERS: dict[str, Callable[[list[Document], list[Prediction]], Callable[[], Any]]] = {
    "two multisets": lambda gold, predicted: lambda: multisets(gold, predicted),
    "nervaluate": nervaluate,
    "seqeval strict": seqeval,
    "spaCy spans": spacy,
    "paper": paper,
}
SLOW = {"nervaluate": 5, "seqeval strict": 5, "spaCy spans": 20, "paper": 5}
"""Scorers that are given one document in so many."""


def corpus(data: str | None, documents: int) -> Corpus:
    rng = random.Random(0)
    source = list(read(data)) if data else made_up(rng, 2000)
    gold = list(islice(cycle(source), documents))
    return gold, [answer(rng, document) for document in gold]


def one_call(name: str, data: str | None, documents: int) -> float:
    """Return seconds of processor time per document."""
    gold, predicted = corpus(data, documents // SLOW.get(name, 1))
    work = (lambda: OURS[name](gold, predicted)) if name in OURS else PEERS[name](gold, predicted)
    gc.collect()  # what made the documents is not collected during the call
    begin = time.process_time()
    work()
    return (time.process_time() - begin) / len(gold)


def measured(name: str, options: argparse.Namespace) -> float | None:
    """Return the shortest of several first calls, each in a process of its own; None when it is not installed."""
    command = [sys.executable, __file__, "--one", name, "--documents", str(options.documents)]
    command += ["--data", options.data] if options.data else []
    found = []
    for _ in range(options.runs):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
            return None
        found.append(float(done.stdout))
    return min(found)


def long_document(count: int) -> tuple[Document, Prediction]:
    rng = random.Random(1)
    gold = []
    for place in range(count):
        start = place * 8 + rng.randrange(6)
        gold.append(Entity(start, start + rng.choice([3, 5, 9, 14]), rng.choice(LABELS)))
    text = "x" * (count * 8 + 40)
    return Document(text, gold), answer(rng, Document(text, gold))


def nested_document(depth: int) -> tuple[Document, Prediction]:
    """Entities that all lie inside one another, none of them right: every pair shares characters."""
    gold = [Entity(at, 4 * depth - at, "protein") for at in range(depth)]
    predicted = [Entity(at, 4 * depth + 1 - at, ("DNA", "protein")[at % 2]) for at in range(depth)]
    text = "x" * (4 * depth + 1)
    return Document(text, gold), Prediction(predicted, text=text)


def memory(gold: list[Document], predicted: list[Prediction]) -> None:
    """Score again and again, and print how memory grows."""
    peaks = []
    for _ in range(5):
        _ = evaluate(gold, predicted).scores
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print("peak memory after each of five calls: " + ", ".join(f"{peak:,.1f}" for peak in peaks) + " MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a JSONL corpus")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(one_call(options.one, options.data, options.documents))
        return

    gold, predicted = corpus(options.data, options.documents)
    entities = sum(len(document.entities) for document in gold) / len(gold)
    right = sum(d.entities == p.entities for d, p in zip(gold, predicted, strict=True)) / len(gold)
    print(f"{len(gold):,} documents, {entities:.2f} entities each, {100 * right:.0f} % all right")
    print(f"micro F1 {evaluate(gold, predicted).micro.f1:.4f}")
    memory(gold, predicted)

    times = {name: measured(name, options) for name in (*OURS, *PEERS)}
    known = {name: each for name, each in times.items() if each is not None}
    theirs = {name: each for name, each in known.items() if name in PEERS}
    print(f"\n{'first call':24}{'us/document':>12}" + "".join(f"{'x ' + name:>18}" for name in theirs))
    for name, each in known.items():
        ratios = "".join(f"{other / each:18.1f}" for other in theirs.values()) if name in OURS else ""
        print(f"{name:24}{each * 1e6:12.2f}{ratios}")

    print()
    made = [(f"{count:,} entities in one document", long_document(count)) for count in (1_000, 10_000, 100_000)]
    made += [(f"{depth:,} entities inside one another", nested_document(depth)) for depth in (1_000, 10_000)]
    for what, (document, prediction) in made:
        shown = []
        for name, work in (
            ("strict", lambda one, other: evaluate(one, other).scores),
            ("partial", lambda one, other: evaluate(one, other, matching="partial").scores),
            ("errors", analyze_errors),
        ):
            begin = time.process_time()
            work([document], [prediction])
            shown.append(f"{name} {time.process_time() - begin:.3f} s")
        print(f"{what:>36}: {', '.join(shown)}")


if __name__ == "__main__":
    main()
