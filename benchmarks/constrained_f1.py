"""F1 free and under guides: what constraining costs or brings a real small model, by format and policy.

    python benchmarks/constrained_f1.py [--documents 24] [--corpus flat] [--format bracket xml ...]
    python benchmarks/constrained_f1.py --show

SmolLM2-135M-Instruct (see real_model.py) answers documents of a sample corpus, with the nearest training
documents as worked examples: freely, under the guide of the format with every policy, and at last without
the entities that the guide forced on it.  `disagreed` is the share of the steps at which the model wanted a
token that the guide does not allow; `clean` counts answers that decode with no issue, `unfinished` those
that were cut off at the limit of tokens.  Every run is one line of `results/constrained_f1.jsonl`; finished
runs are skipped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from real_model import folder

import genner
from genner.constrained import POLICIES, policy_named
from genner.experiments.record import machine
from genner.models import Nearest, Recipe, TransformersGenerator, load
from genner.models.answers import answers_to
from genner.models.opening import only_valid
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.types import Document

RESULTS = Path(__file__).parent / "results" / "constrained_f1.jsonl"
FREE = "free"
DROPPED = "copy_first, forced dropped"
SETTINGS = (FREE, *POLICIES, DROPPED)
SETTING = ("corpus", "format", "policy", "documents", "shots", "max_new_tokens")
"""What tells one run from another."""


def some(name: str, count: int) -> list[Document]:
    """Take so many documents, evenly from all."""
    documents = load_sample(name)
    return [documents[at * len(documents) // count] for at in range(count)]


def run(setting: dict[str, Any], batch_size: int) -> dict[str, Any]:
    """Answer the documents and score the answers."""
    labels = sample_labels(setting["corpus"])
    documents = some(setting["corpus"], setting["documents"])
    recipe = Recipe.make(setting["format"], labels, style="genner", nested=setting["corpus"] == "nested")
    loaded = load(folder())
    limit = setting["max_new_tokens"]
    generator = TransformersGenerator(loaded.model, loaded.tokenizer, batch_size=batch_size, max_new_tokens=limit)
    if setting["policy"] != FREE:
        only_valid(generator, recipe)
        generator.drop_forced = setting["policy"] == DROPPED
        generator.policy = policy_named("copy_first" if generator.drop_forced else setting["policy"])
    shown = Nearest(load_sample(setting["corpus"], "train"), setting["shots"])
    began = time.process_time()
    found = list(answers_to(documents, recipe, generator, demonstrations=shown))
    seconds = round(time.process_time() - began, 1)
    found.sort(key=lambda one: one.position)
    predictions = [one.prediction(recipe, document.text) for one, document in zip(found, documents, strict=True)]
    evaluation = genner.evaluate(documents, predictions, labels=labels)
    micro, done = evaluation.micro, [one for each in found for one in each.completions]
    scores = {name: getattr(micro, name) for name in ("precision", "recall", "f1")}
    return {
        **scores,
        "interval": [*evaluation.interval("f1")][:2],
        "clean": sum(prediction.ok for prediction in predictions),
        "unfinished": sum(not one.finished for one in done),
        "steps": generator.steps,
        "disagreements": generator.disagreements,
        "tokens": sum(one.tokens for one in done),
        "seconds": seconds,
        "signature": evaluation.signature,
        "machine": machine(),
    }


def records() -> list[dict[str, Any]]:
    """Return every finished run."""
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.is_file() else []


def table() -> str:
    """Show every finished run."""
    lines = [
        "| corpus | format | policy | documents | precision | recall | F1 | 95 % interval | clean | unfinished "
        "| disagreed | tokens | CPU seconds |",
        "|" + "---|" * 13,
    ]
    order = {name: at for at, name in enumerate([*genner.FORMATS, *SETTINGS])}
    for one in sorted(records(), key=lambda it: (it["corpus"], order[it["format"]], order[it["policy"]])):
        name = " | ".join((one["corpus"], one["format"], one["policy"], str(one["documents"])))
        p, r, f = (f"{100 * (one[name] or 0):.1f}" for name in ("precision", "recall", "f1"))
        low, high = one["interval"]
        interval = "" if low is None else f"{100 * low:.1f} to {100 * high:.1f}"
        disagreed = f"{100 * one['disagreements'] / one['steps']:.1f} %" if one["steps"] else ""
        lines.append(
            f"| {name} | {p} | {r} | {f} | {interval} "
            f"| {one['clean']} | {one['unfinished']} | {disagreed} | {one['tokens']:,} | {one['seconds']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print the finished runs, start none")
    parser.add_argument("--corpus", nargs="+", choices=list(SAMPLES), default=["flat"])
    parser.add_argument("--format", nargs="+", choices=list(genner.FORMATS), default=list(genner.FORMATS))
    parser.add_argument("--policy", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--documents", type=int, default=24, help="of the test part, evenly taken")
    parser.add_argument("--shots", type=int, default=4, help="nearest training documents in the prompt")
    parser.add_argument("--max-new-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=8)
    options = parser.parse_args()
    if not options.show:
        import torch

        torch.set_num_threads(options.threads)
        RESULTS.parent.mkdir(exist_ok=True)
        for corpus in options.corpus:
            for format in options.format:
                for policy in options.policy:
                    values = (corpus, format, policy, options.documents, options.shots, options.max_new_tokens)
                    setting = dict(zip(SETTING, values, strict=True))
                    if any(setting.items() <= one.items() for one in records()):
                        continue
                    print(", ".join(map(str, values)), file=sys.stderr, flush=True)
                    made = run(setting, options.batch_size)
                    with RESULTS.open("a") as stream:
                        stream.write(json.dumps(setting | made) + "\n")
    print(table())


if __name__ == "__main__":
    main()
