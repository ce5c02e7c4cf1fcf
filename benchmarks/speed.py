"""Time decoding, scoring and importing against a yardstick for each, in one run, and print the ratios.

    python benchmarks/speed.py [--data CORPUS ...] [--rounds 5] [--json]

Every corpus is read with `genner.read`; without one the sample corpora of the package are taken.
Yardstick and candidate are timed in turns and the fastest round of each counts, so that a busy
machine slows both.  The limits are goals, shown beside the figures; nothing fails on them.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import genner
from genner.study.samples import SAMPLES, load_sample
from genner.types import Document, Entity, Prediction

INLINE = ("bracket", "xml")


class Figure(NamedTuple):
    """One ratio: what was timed, against what, and the goal (`<=` a ratio, or `>=` when it is a speed-up)."""

    what: str
    value: float
    unit: str
    goal: str
    note: str = ""


def fastest(candidates: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the seconds of the fastest round of each, timed in turns."""
    best = dict.fromkeys(candidates, float("inf"))
    for function in candidates.values():
        function()
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, function in candidates.items():
                began = time.perf_counter()
                function()
                best[name] = min(best[name], time.perf_counter() - began)
    finally:
        gc.enable()
    return best


def decoding(documents: list[Document], rounds: int) -> Iterable[Figure]:
    """Decode every document; the yardstick is `json.loads` of the JSON that says the same."""
    labels = genner.LabelSet(sorted({entity.label for document in documents for entity in document.entities}))
    candidates: dict[str, Callable[[], object]] = {}
    for format in genner.FORMATS:
        codec = genner.get_codec(format)
        dropped: list[Entity] = []
        pairs = [(codec.encode(document, labels=labels, dropped=dropped), document.text) for document in documents]
        decode = codec.decode
        candidates[format] = lambda pairs=pairs, decode=decode: [
            decode(out, text, labels=labels) for out, text in pairs
        ]
        if format not in INLINE:
            candidates[f"json.loads {format}"] = lambda pairs=pairs: [json.loads(out) for out, _ in pairs]
    best = fastest(candidates, rounds)
    for format in genner.FORMATS:
        yardstick = "json.loads occurrence-json" if format in INLINE else f"json.loads {format}"
        goal = "<= 5" if format in INLINE else "<= 4"
        each = [1e6 * best[name] / len(documents) for name in (format, yardstick)]
        note = f"{each[0]:.1f} us a document, yardstick {each[1]:.1f}"
        yield Figure(f"decode {format} / {yardstick}", best[format] / best[yardstick], "x", goal, note)


def answers(documents: list[Document], rng: random.Random) -> list[Prediction]:
    """Say what a middling system would: some entities lost, renamed or cut short."""
    labels = sorted({entity.label for document in documents for entity in document.entities})
    said = []
    for document in documents:
        entities = []
        for start, end, label in document.entities:
            luck = rng.random()
            if luck > 0.1:
                renamed = rng.choice(labels) if luck < 0.2 else label
                entities.append(Entity(start, end - 1 if luck > 0.9 and end - start > 1 else end, renamed))
        said.append(Prediction(entities, text=document.text))
    return said


def scoring(documents: list[Document], rounds: int) -> Iterable[Figure]:
    """Score strictly, per label, and explain every error; the yardstick is nervaluate on the same entities."""
    try:
        from nervaluate import Evaluator
    except ModuleNotFoundError:
        print("nervaluate is not installed: its comparison is left out", file=sys.stderr)
        return
    predicted = answers(documents, random.Random(0))
    labels = sorted({entity.label for document in documents for entity in document.entities})

    def ours() -> object:
        return genner.evaluate(documents, predicted, labels=labels), genner.analyze_errors(
            documents, predicted, labels=labels
        )

    def plain(side: Iterable[Any]) -> list[list[dict[str, object]]]:
        return [[{"start": s, "end": e, "label": label} for s, e, label in one.entities] for one in side]

    gold_spans, predicted_spans = plain(documents), plain(predicted)

    def theirs() -> object:
        return Evaluator(gold_spans, predicted_spans, tags=labels, loader="dict").evaluate()

    best = fastest({"genner": ours, "nervaluate": theirs}, max(1, rounds // 2))
    rates = {name: len(documents) / seconds for name, seconds in best.items()}
    note = f"{rates['genner']:,.0f} documents/s, nervaluate {rates['nervaluate']:,.0f}"
    yield Figure(
        "score, labels and error types / nervaluate", rates["genner"] / rates["nervaluate"], "x faster", ">= 20", note
    )


def one_large_document(rounds: int, count: int = 10_000) -> Iterable[Figure]:
    """Encode, decode, score and explain a single document of many entities."""
    rng = random.Random(0)
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(3 * count)]
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    spans = [(starts[3 * at], starts[3 * at + 1 + at % 2] - 1, "AB"[at % 2]) for at in range(count)]
    document = Document(" ".join(words), spans)
    predicted = answers([document], rng)
    candidates: dict[str, Callable[[], object]] = {
        "evaluate": lambda: genner.evaluate([document], predicted),
        "analyze_errors": lambda: genner.analyze_errors([document], predicted),
    }
    for format in genner.FORMATS:
        codec = genner.get_codec(format)
        output = codec.encode(document)
        candidates[f"encode {format}"] = lambda codec=codec: codec.encode(document)
        candidates[f"decode {format}"] = lambda codec=codec, output=output: codec.decode(output, document.text)
    for name, seconds in fastest(candidates, rounds).items():
        yield Figure(f"{name}, {count:,} entities in one document", seconds, "s", "< 0.2")


def importing(times: int) -> Iterable[Figure]:
    """Import in fresh interpreters, in turns; what counts is the difference of the medians."""
    spent: dict[str, list[float]] = {"import pydantic, regex": [], "import genner": []}
    for _ in range(times):
        for statement, seconds in spent.items():
            script = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
            done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
            seconds.append(float(done.stdout))
    base, whole = (statistics.median(seconds) for seconds in spent.values())
    note = f"{1000 * whole:.0f} ms, pydantic and regex alone {1000 * base:.0f} ms"
    yield Figure("import genner above pydantic and regex", 1000 * (whole - base), "ms", "<= 80", note)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", help="corpora; the sample corpora when not given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.data:
        documents = [document for path in options.data for document in genner.read(path)]
    else:
        documents = [document for name in SAMPLES for document in load_sample(name)]
    entities = sum(len(document.entities) for document in documents)
    print(f"{len(documents):,} documents, {entities / len(documents):.2f} entities each", file=sys.stderr)
    figures = [
        *decoding(documents, options.rounds),
        *scoring(documents, options.rounds),
        *one_large_document(options.rounds),
        *importing(3 * options.rounds),
    ]
    if options.json:
        print(json.dumps([figure._asdict() for figure in figures], indent=1))
        return 0
    width = max(len(figure.what) for figure in figures)
    for figure in figures:
        line = f"{figure.what:<{width}}  {figure.value:8.3f} {figure.unit:<8}  goal {figure.goal:<6}  {figure.note}"
        print(line.rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
