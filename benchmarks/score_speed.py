"""Time scoring against other scorers, in one run on one machine, and print the ratios.

    python benchmarks/score_speed.py [--data CORPUS.jsonl] [--sentences 50000] [--stream 1000000]

The corpus (JSONL of documents) is repeated until there are enough sentences; without one, sentences
are made up.  Predictions are the gold entities with some lost, moved, renamed and invented.
What is compared is the time per sentence.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from typing import Any

from genner.evaluation import Evaluator, analyze_errors, evaluate, evaluate_matchings
from genner.io import read
from genner.types import Document, Entity, Prediction

LABELS = ("protein", "DNA", "RNA", "cell_type", "cell_line")


def made_up(rng: random.Random, count: int) -> list[Document]:
    """Sentences of about 26 words with three entities, one in eight nested."""
    documents = []
    for _ in range(count):
        words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(rng.randint(12, 40))]
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        entities = []
        for _ in range(rng.choice([0, 1, 2, 3, 4, 5, 6])):
            first = rng.randrange(len(words))
            last = min(len(words), first + rng.choice([1, 1, 2, 2, 3, 4]))
            entities.append(Entity(starts[first], starts[last] - 1, rng.choice(LABELS)))
        documents.append(Document(" ".join(words), set(entities)))
    return documents


def answer(rng: random.Random, document: Document) -> Prediction:
    """Say what a system with an F1 near 0.8 would say."""
    said = []
    for start, end, label in document.entities:
        luck = rng.random()
        if luck < 0.1:
            continue
        if luck < 0.15:
            label = rng.choice(LABELS)
        elif luck < 0.2 and end - start > 3:
            start += 2
        said.append(Entity(start, end, label))
    if rng.random() < 0.2 and len(document.text) > 10:
        start = rng.randrange(len(document.text) - 5)
        said.append(Entity(start, start + 5, rng.choice(LABELS)))
    return Prediction(said, text=document.text)


def seconds(work: Callable[[], Any], repeat: int = 3, clock: Callable[[], float] = time.process_time) -> float:
    """Return the processor time of the shortest of a few runs: other work on the machine counts little."""
    best = float("inf")
    for _ in range(repeat):
        begin = clock()
        work()
        best = min(best, clock() - begin)
    return best


def multisets(gold: Iterable[Document], said: Iterable[Prediction]) -> tuple[int, int, int]:
    """Count strictly with two multisets a sentence and a total alone: the least any scorer does."""
    tp = fp = fn = 0
    for document, prediction in zip(gold, said, strict=True):
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


def peers(gold: list[Document], said: list[Prediction], peer_sentences: int) -> dict[str, float]:
    """Return seconds per sentence of each peer that is installed."""
    found: dict[str, float] = {"two multisets": seconds(lambda: multisets(gold, said)) / len(gold)}
    few, few_said = gold[:peer_sentences], said[:peer_sentences]
    try:
        from nervaluate import Evaluator as Nervaluate

        left, right = nervaluate_input(few), nervaluate_input(few_said)
        run = lambda: Nervaluate(left, right, tags=list(LABELS), loader="dict").evaluate()  # noqa: E731
        found["nervaluate"] = seconds(run, 1) / len(few)
    except ImportError:
        print("nervaluate is not installed")
    try:
        from seqeval.metrics import classification_report
        from seqeval.scheme import IOB2

        warnings.simplefilter("ignore")
        left_tags = tags(zip(few, few, strict=True))
        right_tags = tags(zip(few, few_said, strict=True))
        report = lambda: classification_report(left_tags, right_tags, mode="strict", scheme=IOB2)  # noqa: E731
        found["seqeval strict"] = seconds(report, 1) / len(few)
    except ImportError:
        print("seqeval is not installed")
    return found


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
    said = [Entity(at, 4 * depth + 1 - at, ("DNA", "protein")[at % 2]) for at in range(depth)]
    text = "x" * (4 * depth + 1)
    return Document(text, gold), Prediction(said, text=text)


def stream(sentences: Iterator[tuple[Document, Prediction]], count: int) -> None:
    """Score a stream and print how memory grows."""
    evaluator = Evaluator()
    step = max(1, count // 5)
    for taken in range(step, count + 1, step):
        for document, prediction in islice(sentences, step):
            evaluator.add(document, prediction)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows = len(evaluator.result().rows)
        print(f"  {taken:>10,} streamed: peak memory {peak:,.0f} MiB, {rows:,} different rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a JSONL corpus")
    parser.add_argument("--sentences", type=int, default=50_000)
    parser.add_argument("--peer-sentences", type=int, default=50_000, help="give slow scorers only so many")
    parser.add_argument("--stream", type=int, default=0, help="sentences to stream as well")
    options = parser.parse_args()

    rng = random.Random(0)
    source = list(read(options.data)) if options.data else made_up(rng, 2000)
    gold = list(islice(cycle(source), options.sentences))
    said = [answer(rng, document) for document in gold]
    entities = sum(len(document.entities) for document in gold) / len(gold)
    right = sum(d.entities == p.entities for d, p in zip(gold, said, strict=True)) / len(gold)
    print(f"{len(gold):,} sentences, {entities:.2f} entities each, {100 * right:.0f} % all right")

    evaluation = evaluate(gold, said)
    print(f"micro F1 {evaluation.micro.f1:.4f}, {len(evaluation.rows):,} different rows")

    def both() -> None:
        evaluate(gold, said)
        analyze_errors(gold, said)

    def one_by_one() -> None:
        for matching in ("strict", "boundaries", "partial", "type"):
            evaluate(gold, said, matching=matching)

    ours = {
        "strict": seconds(lambda: evaluate(gold, said).micro) / len(gold),
        "errors": seconds(lambda: analyze_errors(gold, said)) / len(gold),
        "strict and errors": seconds(both) / len(gold),
        "four matchings": seconds(lambda: evaluate_matchings(gold, said)) / len(gold),
        "four, one by one": seconds(one_by_one) / len(gold),
    }
    theirs = peers(gold, said, options.peer_sentences)
    print(f"\n{'':20}{'us/sentence':>12}" + "".join(f"{'x ' + name:>18}" for name in theirs))
    for name, each in (ours | theirs).items():
        ratios = "".join(f"{other / each:18.1f}" for other in theirs.values()) if name in ours else ""
        print(f"{name:20}{each * 1e6:12.2f}{ratios}")

    print()
    for average in ("micro", "macro"):  # by the clock: a second thread that waits for work counts as processor time
        took = seconds(lambda: evaluation.interval(average=average), clock=time.perf_counter)  # noqa: B023
        print(f"1,000 resamples: {took:.3f} s ({average} F1)")
    made = [(f"{count:,} entities in one document", long_document(count)) for count in (1_000, 10_000, 100_000)]
    made += [(f"{depth:,} entities inside one another", nested_document(depth)) for depth in (1_000, 10_000)]
    for what, (document, prediction) in made:
        times = [
            seconds(lambda: evaluate([document], [prediction]), 1),  # noqa: B023
            seconds(lambda: evaluate([document], [prediction], matching="partial"), 1),  # noqa: B023
            seconds(lambda: analyze_errors([document], [prediction]), 1),  # noqa: B023
        ]
        shown = ", ".join(
            f"{name} {each:.3f} s" for name, each in zip(("strict", "partial", "errors"), times, strict=True)
        )
        print(f"{what:>36}: {shown}")
    if options.stream:
        stream(zip(cycle(gold), cycle(said), strict=False), options.stream)


if __name__ == "__main__":
    main()
