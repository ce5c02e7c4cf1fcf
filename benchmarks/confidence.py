"""Is a confidence what it says, and does a promise hold?  A fine-tuned model in five formats, and spaCy's spancat.

    python benchmarks/confidence.py systems --data DIR --scores benchmarks/results/scores [--splits 100]
    python benchmarks/confidence.py simulate [--runs 200]

`--scores` holds what `confidence_scores.py` and `spacy_systems.py` wrote.  The held-out documents of each corpus are
halved by chance again and again: one half fits calibrators, thresholds and promises, the other judges them.  An entity
is right when span and label are; mentions without a place are left out on every side.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy
from confidence_scores import CORPORA, System, scored_ones, systems_of

from genner.confidence import (
    Promise,
    Scored,
    fit_calibrator,
    precision_recall,
    promise_precision,
    promise_recall,
    reliability,
)
from genner.testing import simulated_scores

TARGETS = (0.8, 0.85, 0.9)


def halves(scored: Scored, splits: int) -> list[tuple[Any, Any]]:
    """Return the same random halves for all systems of the same documents."""
    random, count = numpy.random.default_rng(0), scored.documents
    orders = [random.permutation(count) for _ in range(splits)]
    return [(order[: count // 2], order[count // 2 :]) for order in orders]


# -- F1 --------------------------------------------------------------------------------------------


def f1_of(scored: Scored, threshold: float) -> float:
    kept = scored.scores >= threshold
    right = int((kept & scored.right).sum())
    return 2 * right / (int(kept.sum()) + int(scored.gold.sum()))


def best_threshold(scored: Scored) -> float:
    """Return the threshold with the highest F1."""
    curve = precision_recall(scored)
    return float(curve.thresholds[curve.f1.argmax()])


def f1_rows(name: str, systems: Sequence[System], count: int) -> None:
    """Print mean F1 on second halves, as answered and above a threshold that is chosen on first halves."""
    systems = [one for one in systems if one.name != "spancat"]
    single = [one for one in systems if one.calls == 1]
    splits = halves(systems[0].scored, count)
    reference = []
    for first, second in splits:
        best = max(single, key=lambda one: f1_of(one.scored.part(first), 0.0))
        reference.append(f1_of(best.scored.part(second), 0.0))
    print(f"| {name} | best single format, chosen on the first half | 1 | {100 * numpy.mean(reference):.1f} | | | |")
    rules: list[tuple[str, System, Callable[[Scored], float]]] = []
    for one in scored_ones(systems):
        if str(one) == "five formats, agreement":
            rules.append(("five formats, three of five", one, lambda first: 0.6 - 1e-9))
        rules.append((f"{one}, best threshold", one, best_threshold))
    for title, one, rule in rules:
        found = [f1_of(one.scored.part(second), rule(one.scored.part(first))) for first, second in splits]
        gain = numpy.array(found) - reference
        low, high = numpy.quantile(gain, [0.025, 0.975])
        print(
            f"| {name} | {title} | {one.calls} | {100 * numpy.mean(found):.1f} | {100 * gain.mean():+.1f} "
            f"| {100 * low:+.1f} to {100 * high:+.1f} | {sum(gain > 0)} |"
        )


# -- calibration -----------------------------------------------------------------------------------


def by_chance(scored: Scored, random: Any) -> float:
    """Return the calibration error of as many entities whose scores are the true probabilities, once by chance."""
    right = random.random(len(scored.right)) < scored.scores
    return reliability(Scored(scored.scores, right, scored.document, scored.gold), resamples=1).error or 0.0


def calibration_rows(name: str, systems: Sequence[System], count: int, more: Mapping[str, Scored]) -> None:
    """Print the calibration error on second halves, as scored and after calibration on first halves.

    Args:
        more: entities of other corpora with the same labels, by system: a second calibrator is fitted on these and on
            the first half, whose documents count twice.
    """
    for one in scored_ones(systems):
        random = numpy.random.default_rng(0)
        plain: dict[str, list[float]] = defaultdict(list)
        debiased: dict[str, list[float]] = defaultdict(list)
        for first, second in halves(one.scored, count):
            learn, test = one.scored.part(first), one.scored.part(second)
            beta = fit_calibrator(learn).applied(test)
            fitted = {"raw": test, "isotonic": fit_calibrator(learn, "isotonic").applied(test), "beta": beta}
            if str(one) in more:
                fitted["more"] = fit_calibrator(together(learn, learn, more[str(one)])).applied(test)
            for kind, applied in fitted.items():
                found = reliability(applied, resamples=1)
                plain[kind].append(found.error or 0.0)
                debiased[kind].append(found.debiased or 0.0)
            plain["chance"].append(by_chance(beta, random))
        area = precision_recall(one.scored).area
        values = [f"{numpy.mean(plain[kind]):.3f}" for kind in ("raw", "isotonic", "beta", "chance")]
        values.append(f"{numpy.mean(plain['more']):.3f}" if "more" in plain else "")
        values.append(f"{numpy.mean(debiased['beta']):.3f}")
        values.append(f"{numpy.mean(debiased['more']):.3f}" if "more" in debiased else "")
        under = [sum(error < 0.05 for error in errors["beta"]) for errors in (plain, debiased)]
        print(
            f"| {name} | {one} | {one.calls} | {len(one.scored.right) // 2} | {area:.3f} | {' | '.join(values)} "
            f"| {under[0]} | {under[1]} |",
            flush=True,
        )


def together(*parts: Scored) -> Scored:
    """Return the entities of several corpora as one."""
    starts = numpy.cumsum([0, *(part.documents for part in parts)])
    return Scored(
        numpy.concatenate([part.scores for part in parts]),
        numpy.concatenate([part.right for part in parts]),
        numpy.concatenate([part.document + start for part, start in zip(parts, starts, strict=False)]),
        numpy.concatenate([part.gold for part in parts]),
        parts[0].sources,
    )


# -- promises --------------------------------------------------------------------------------------


def promise_rows(name: str, systems: Sequence[System], count: int) -> None:
    """Print realised precision on second halves of thresholds with a promise, and of those without one."""
    for one in systems:
        if str(one) not in WANTED:
            continue
        splits = halves(one.scored, count)
        for target in TARGETS:
            for title, choose in RULES:
                made, held, precisions, recalls = 0, 0, [], []
                for first, second in splits:
                    test = one.scored.part(second)
                    promise = choose(one.scored.part(first), target)
                    kept, right = (float(each.sum()) for each in promise.counts(test))
                    made += promise.threshold is not None
                    held += right >= (target - 0.02) * kept
                    recalls.append(right / test.gold.sum())
                    if kept:
                        precisions.append(right / kept)
                mean = f"{100 * numpy.mean(precisions):.1f}" if precisions else "-"
                print(
                    f"| {name} | {one} | {len(splits[0][0])} | {target:.0%} | {title} | {made} | {held} | {mean} "
                    f"| {100 * numpy.mean(recalls):.1f} |",
                    flush=True,
                )


def promised(scored: Scored, target: float) -> Promise:
    return promise_precision(scored, target, delta=0.1)


def promised_surely(scored: Scored, target: float) -> Promise:
    return promise_precision(scored, target, delta=0.05)


def promised_by_betting(scored: Scored, target: float) -> Promise:
    return promise_precision(scored, target, delta=0.1, test="betting")


def promised_nearly(scored: Scored, target: float) -> Promise:
    return promise_precision(scored, target, delta=0.1, test="normal")


def counted(scored: Scored, target: float) -> Promise:
    """Return the lowest threshold at which the precision that is counted is the target: no promise, but its shape."""
    found = precision_recall(scored).at(precision=target)
    threshold = None if found is None else found[0]
    return Promise("precision", target, None, threshold, None, "confidence", scored.documents, 0, 0, 0)


RULES = (
    ("promise, delta 0.1", promised),
    ("promise, delta 0.05", promised_surely),
    ("normal, delta 0.1", promised_nearly),
    ("as counted", counted),
)
"""Choices of a threshold: with a promise for every number of documents, with an approximate one, with none."""

WANTED = ("bracket, probability", "five formats, agreement", "five formats, probability", "spancat, score")
"""Systems that are worth a promise."""


def size_rows(name: str, systems: Sequence[System], count: int) -> None:
    """Print how many documents a promise needs, where those at hand are the source from which documents are drawn.

    The precision and recall of a promise are then known: they are those on all documents at hand.
    """
    for one in systems:
        if str(one) not in (WANTED[2:] if "five formats, probability" in map(str, systems) else WANTED[1:]):
            continue
        source = one.scored
        for target in (0.8, 0.9):
            curve = precision_recall(source).at(precision=target)
            best = "-" if curve is None else f"{100 * curve[2]:.1f}"
            for documents in (200, 400, 800, 1600):
                random = numpy.random.default_rng(0)
                drawn = [again(source, random.integers(0, source.documents, documents)) for _ in range(count)]
                values: list[str] = []
                for choose in (promised, promised_by_betting, promised_nearly):
                    made, broken, recall = 0, 0, 0.0
                    for each in drawn:
                        promise = choose(each, target)
                        kept, right = (float(found.sum()) for found in promise.counts(source))
                        made += promise.threshold is not None
                        broken += right < target * kept
                        recall += right / source.gold.sum() / count
                    values.append(f"{made} / {broken} / {100 * recall:.1f}")
                print(f"| {name} | {one} | {target:.0%} | {documents} | {' | '.join(values)} | {best} |", flush=True)


def again(scored: Scored, documents: Any) -> Scored:
    """Return documents at some positions, some of them several times."""
    order = numpy.argsort(scored.document, kind="stable")
    ends = numpy.cumsum(numpy.bincount(scored.document, minlength=scored.documents))
    counts = scored.per_document(None)[documents]
    entities = numpy.concatenate(
        [order[ends[at] - size : ends[at]] for at, size in zip(documents, counts, strict=True)]
    )
    place = numpy.repeat(numpy.arange(len(documents)), counts)
    return Scored(scored.scores[entities], scored.right[entities], place, scored.gold[documents], scored.sources)


# -- simulation ------------------------------------------------------------------------------------


def shifted(scored: Scored, random: Any) -> Scored:
    """Return documents of another kind: one in ten right entities is wrong there, with the same score."""
    return Scored(scored.scores, scored.right & (random.random(len(scored.right)) < 0.9), scored.document, scored.gold)


def simulate(runs: int, sizes: Sequence[int], only: str) -> None:
    """Print how often promises are broken, over the draw of the documents they were made on."""
    random = numpy.random.default_rng(0)
    future = simulated_scores(20_000, random, skill=2.8)
    other = shifted(future, random)
    some = future.gold > 0
    print(f"{runs} runs each; delta 0.1; broken: share of the promises made\n")
    print("| promise | documents | made | broken | recall kept, mean | broken on shifted documents |")
    print("|---|--:|--:|--:|--:|--:|")

    def precision(promise: Promise, documents: Scored) -> bool:
        kept, right = promise.counts(documents)
        return bool(right.sum() < promise.target * kept.sum())

    def recall(promise: Promise, documents: Scored) -> bool:
        right = promise.counts(documents)[1]
        return bool((right[some] / documents.gold[some]).mean() < promise.target)

    kinds: list[tuple[str, Callable[[Scored], Promise], Any]] = [
        ("precision 90 % of all entities", lambda one: promised(one, 0.9), precision),
        ("precision 90 % of entities, betting alone", lambda one: promised_by_betting(one, 0.9), precision),
        ("precision 90 % of entities, normal", lambda one: promised_nearly(one, 0.9), precision),
        ("precision 90 % as counted, no promise", lambda one: counted(one, 0.9), precision),
        ("recall 60 %, mean of documents", lambda one: promise_recall(one, 0.6, delta=0.1), recall),
        ("recall 60 % on average (conformal)", lambda one: promise_recall(one, 0.6, delta=None), recall),
    ]
    for title, choose, broken in [kind for kind in kinds if only in kind[0]]:
        for count in sizes:
            random = numpy.random.default_rng(count)
            made = [
                promise
                for _ in range(runs)
                if (promise := choose(simulated_scores(count, random, skill=2.8))).threshold is not None
            ]
            kept = [promise.counts(future)[1].sum() / future.gold.sum() for promise in made]
            shares = [
                f"{numpy.mean([broken(one, where) for one in made]):.3f}" if made else "-" for where in (future, other)
            ]
            mean = f"{numpy.mean(kept):.2f}" if made else "-"
            print(f"| {title} | {count} | {len(made)} | {shares[0]} | {mean} | {shares[1]} |", flush=True)


def compare(arguments: argparse.Namespace) -> None:
    """Print the tables of all corpora."""
    other = {"flat": "web", "web": "flat"}  # the same labels
    needed = {*arguments.corpora, *(other[name] for name in arguments.corpora if name in other)}
    corpora = {name: systems_of(arguments.data, arguments.scores, name) for name in sorted(needed)}
    more = {name: {str(one): one.scored for one in corpora.get(other.get(name, ""), ())} for name in corpora}
    tables: list[tuple[str, Callable[[str, Sequence[System], int], None]]] = [
        ("corpus | entities kept | calls | F1 | gain | 95 % of splits | splits with a gain", f1_rows),
        (
            "corpus | score | calls | entities | area | ECE raw | isotonic | beta | by chance | fitted on more "
            "| debiased, beta | debiased, fitted on more | under 0.05 | debiased under 0.05",
            lambda name, systems, count: calibration_rows(name, systems, count, more[name]),
        ),
        (
            "corpus | score | documents | asked | test | made | within 2 points or above | precision | recall",
            promise_rows,
        ),
        ("corpus | score | asked | documents | promise | betting alone | normal | recall possible", size_rows),
    ]
    for number, (head, rows) in enumerate(tables, 1):
        if arguments.table in (None, number):
            print(f"{arguments.splits} random halves of each corpus\n\n| {head} |\n|{'---|' * (head.count('|') + 1)}")
            for name in arguments.corpora:
                rows(name, corpora[name], arguments.splits)
            print(flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    printing, simulating = commands.add_parser("systems"), commands.add_parser("simulate")
    printing.add_argument("--data", required=True, type=Path)
    printing.add_argument("--scores", required=True, type=Path)
    printing.add_argument("--corpora", nargs="+", choices=CORPORA, default=CORPORA)
    printing.add_argument("--splits", type=int, default=100)
    printing.add_argument("--table", type=int, choices=[1, 2, 3, 4], help="one alone: F1, calibration, promises, sizes")
    simulating.add_argument("--runs", type=int, default=200)
    simulating.add_argument("--only", default="", help="promises whose name holds this")
    simulating.add_argument("--documents", type=int, nargs="+", default=[200, 500, 1000])
    asked = parser.parse_args()
    compare(asked) if asked.command == "systems" else simulate(asked.runs, asked.documents, asked.only)
