"""F1 free and under guides: what constraining costs or brings a small model, by format and policy.

    python benchmarks/from_scratch.py --data DIR --models MODELS       # trains the models
    python benchmarks/constrained_f1.py --data DIR --models MODELS [--documents 300] [--corpus genia flat]
    python benchmarks/constrained_f1.py --show

Each model that `from_scratch.py` kept answers held-out documents freely, under the guide of its format
with every policy, and at last without the entities that the guide forced on it.  `disagreed` is the
share of the steps at which the model wanted a token that the guide does not allow; `clean` counts
answers that decode with no issue, `unfinished` those that were cut off at the limit of tokens.  Every
run, that is corpus, format, policy and number of documents, is one JSON file in `--results`; finished
runs are skipped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from from_scratch import CORPORA, Corpus, answers, figures, machine, save

import genner
from genner.constrained import POLICIES, policy_named
from genner.models.loading import Loaded, load
from genner.models.transformers import TransformersGenerator, token_guides
from genner.types import Document

FREE = "free"
DROPPED = "copy_first, forced dropped"
SETTINGS = (FREE, *POLICIES, DROPPED)


def sample(documents: Sequence[Document], count: int | None) -> list[Document]:
    """Take so many documents, evenly from all."""
    if count is None or count >= len(documents):
        return list(documents)
    return [documents[at * len(documents) // count] for at in range(count)]


def run(loaded: Loaded, documents: list[Document], corpus: Corpus, policy: str, options: Any) -> dict[str, Any]:
    """Answer the documents and score the answers."""
    recipe = loaded.recipe
    assert recipe is not None
    generator = TransformersGenerator(
        loaded.model, loaded.tokenizer, batch_size=options.batch_size, max_new_tokens=options.max_new_tokens
    )
    if policy != FREE:
        generator.guide = token_guides(recipe, loaded.tokenizer, generator.template.end)
        generator.drop_forced = policy == DROPPED
        generator.policy = "copy_first" if generator.drop_forced else policy_named(policy)
    began = time.process_time()
    predictions, made = answers(generator, documents, recipe)
    generation = made | {
        "seconds": round(time.process_time() - began, 1),
        "steps": generator.steps,
        "disagreements": generator.disagreements,
    }
    return {"generation": generation, "all": figures(documents, predictions, corpus.labels)}


def table(results: Path) -> str:
    """Show every finished run."""
    lines = [
        "| corpus | format | policy | documents | precision | recall | F1 | 95 % interval | clean | unfinished "
        "| disagreed | tokens | CPU seconds |",
        "|" + "---|" * 13,
    ]
    order = {name: at for at, name in enumerate([*genner.FORMATS, *SETTINGS])}
    records = [json.loads(path.read_text(encoding="utf-8")) for path in results.glob("constrained_f1_*.json")]
    records.sort(key=lambda it: (it["corpus"], order[it["format"]], it["asked"] or 0, order[it["policy"]]))
    for record in records:
        score, made = record["all"], record["generation"]
        strict = score["strict"]
        low, high = strict["interval"]
        precision = strict["tp"] / max(1, strict["tp"] + strict["fp"])
        recall = strict["tp"] / max(1, strict["tp"] + strict["fn"])
        disagreed = f"{100 * made['disagreements'] / made['steps']:.1f} %" if made["steps"] else ""
        lines.append(
            f"| {record['corpus']} | {record['format']} | {record['policy']} | {made['documents']} "
            f"| {100 * precision:.1f} | {100 * recall:.1f} | {100 * strict['f1']:.1f} "
            f"| {100 * low:.1f} to {100 * high:.1f} | {score['clean']} | {made['unfinished']} | {disagreed} "
            f"| {made['tokens']:,} | {made['seconds']:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--models", type=Path, help="where from_scratch.py kept the models")
    parser.add_argument("--show", action="store_true", help="print the finished runs, start none")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--corpus", nargs="+", choices=list(CORPORA), default=["genia"])
    parser.add_argument("--format", nargs="+", choices=list(genner.FORMATS), default=list(genner.FORMATS))
    parser.add_argument("--policy", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--seed", type=int, default=0, help="of the model")
    parser.add_argument("--documents", type=int, help="how many of the held-out documents, evenly taken; default all")
    parser.add_argument("--max-new-tokens", type=int, default=384)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    options = parser.parse_args()
    if options.show:
        print(table(options.results))
        return
    if options.data is None or options.models is None:
        parser.error("--data and --models: expected the folders of the corpora and of the models")
    import torch

    torch.set_num_threads(options.threads)
    options.results.mkdir(parents=True, exist_ok=True)
    for name in options.corpus:
        corpus = CORPORA[name](options.data)
        documents = sample(corpus.held_out, options.documents)
        for format in options.format:
            folder = options.models / f"from_scratch_{name}_{format}_{options.seed}"
            if not folder.is_dir():
                print(f"{folder}: no model", file=sys.stderr)
                continue
            for policy in options.policy:
                part = "" if options.documents is None else f"_{options.documents}"
                spelled = policy.replace(",", "").replace(" ", "_")
                path = options.results / f"constrained_f1_{name}_{format}_{options.seed}_{spelled}{part}.json"
                if path.exists():
                    continue
                print(f"{name}, {format}, {policy}", file=sys.stderr, flush=True)
                head = {"corpus": name, "format": format, "policy": policy, "seed": options.seed}
                settings = {"asked": options.documents, "max_new_tokens": options.max_new_tokens}
                made = run(load(folder), documents, corpus, policy, options)
                save(path, head | settings | made | {"machine": machine()})
    print(table(options.results))


if __name__ == "__main__":
    main()
