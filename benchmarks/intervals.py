"""Check by simulation that intervals and tests keep their promise.

    python benchmarks/intervals.py [--corpora 1000] [--documents 2 5 8 20 30 100 300]

Corpora are drawn from a model of documents whose true F1 is known (from a very large sample).  A 95 %
interval must hold it in 95 % of corpora; a test at 5 % of two systems that are equally good must find
a difference in 5 % of them.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable

from genner.metrics import Counts, Evaluation, Settings
from genner.metrics.counts import Row
from genner.metrics.significance import bootstrap, randomization
from genner.metrics.targets import Sample, Target

LABELS = ("A", "B", "C")
WEIGHTS = (6, 3, 1)


def answer(rng: random.Random, gold: list[str], skill: float) -> Row:
    """Find each entity with a chance that depends on the label and on how hard the document is."""
    found = [label for label in gold if rng.random() < skill - 0.1 * LABELS.index(label)]
    invented = [rng.choices(LABELS, WEIGHTS)[0] for _ in range(len(gold) + 1) if rng.random() < 0.45 - 0.4 * skill]
    predicted = found + invented
    return Row({name: Counts(*(side.count(name) for side in (gold, predicted, found, found))) for name in LABELS})


def document(rng: random.Random) -> tuple[Row, Row]:
    """Draw a document and the answers of two systems that are equally good on average, and often agree."""
    gold = rng.choices(LABELS, WEIGHTS, k=min(8, int(rng.expovariate(0.4))))
    skill = rng.betavariate(6, 2)
    one = answer(rng, gold, skill)
    return one, one if rng.random() < 0.4 else answer(rng, gold, skill)


def truth(average: str) -> float:
    rng = random.Random(0)
    rows = [document(rng)[0] for _ in range(400_000)]
    value: float | None = getattr(Evaluation(Settings(), rows), average).f1
    return value or 0.0


def percent(hits: int, tries: int) -> str:
    """Write a share with the half width of its own 95 % interval."""
    if tries < 50:
        return f"{tries} given" if tries else "-"
    share = hits / tries
    return f"{100 * share:.1f} +- {196 * (share * (1 - share) / tries) ** 0.5:.1f}"


def simulated(documents: int, corpora: int, aims: dict[str, float]) -> dict[str, Counter[str]]:
    """Draw corpora and count: intervals and p-values given, truths covered, true nulls rejected at 5 % and 1 %."""
    rng = random.Random(documents)
    counts: dict[str, Counter[str]] = {}
    tests: dict[str, Callable[[Sample, int], float | None]] = {
        "randomization": lambda sample, seed: randomization(sample, resamples=999, seed=seed)[0],
        "bootstrap": lambda sample, seed: bootstrap(sample, resamples=999, seed=seed)[0][0],
    }
    for corpus in range(corpora):
        drawn = [document(rng) for _ in range(documents)]
        swapped = [pair if rng.random() < 0.5 else pair[::-1] for pair in drawn]
        evaluation = Evaluation(Settings(), [first for first, _ in drawn])
        for average, aim in aims.items():
            for method in ("bootstrap", "delta"):
                low, high = evaluation.interval(average=average, method=method, seed=corpus)
                count = counts.setdefault(f"95 % interval of {average} F1, {method}", Counter())
                count["given"] += low is not None
                count["hits"] += low is not None and high is not None and low <= aim <= high
        left, right = zip(*swapped, strict=True)
        sample = Sample.of([left, right], Settings(), [Target()])
        for name, test in tests.items():
            p = test(sample, corpus)
            for level in (0.05, 0.01):
                count = counts.setdefault(f"{name} test of a true null at {level:g}", Counter())
                count["given"] += p is not None
                count["hits"] += p is not None and p <= level
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=int, default=1000)
    parser.add_argument("--documents", type=int, nargs="+", default=[2, 5, 8, 20, 30, 100, 300])
    options = parser.parse_args()
    aims = {average: truth(average) for average in ("micro", "macro", "weighted")}
    found = {size: simulated(size, options.corpora, aims) for size in options.documents}
    print(f"{options.corpora} corpora of each size; the share of intervals that hold the truth (should be 95 %),")
    print("and of true nulls that are rejected (should be 5 % and 1 %); - where nothing is given")
    print(f"{'documents':48}" + "".join(f"{size:>14}" for size in found))
    for name in next(iter(found.values())):
        shares = [percent(one[name]["hits"], one[name]["given"]) for one in found.values()]
        print(f"{name:48}" + "".join(f"{share:>14}" for share in shares))


if __name__ == "__main__":
    main()
