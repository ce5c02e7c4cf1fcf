"""The paper's Table 3 in miniature: a tiny model from scratch, five output formats, one budget.

    python benchmarks/from_scratch.py --data DIR [--corpus genia flat] [--tokens 4000000] [--seeds 0]
    python benchmarks/from_scratch.py --show

DIR holds `genia/en_genia_dev.jsonl` and `genia/en_genia_test.jsonl` (documents as genner reads them),
or `train/en_btc_f.jsonl` and `train/en_btc_g.jsonl` for `--corpus flat`.  For GENIA the model learns
from dev and the first half of test without the sentences that hold literal brackets, and answers the
second half of test.  Every cell, that is corpus, format and seed, is one JSON file in `--results`
with its settings, its curve, its scores and the machine; a cell that is there is not run again, and
a cell that was killed in training goes on from its last minute, and with `--models` one that was
killed later is asked again without training.
Texts and answers stay out of these files: they hold figures only.  `--show` prints the table of the
cells that are there, and runs none.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import genner
from genner.evaluation import analyze_errors, evaluate
from genner.exceptions import DataError
from genner.experiments import record
from genner.lexicon import Lexicon
from genner.models.generator import requests_for
from genner.models.loading import load
from genner.models.recipe import RECIPE_FILE, Recipe
from genner.models.transformers import TransformersGenerator
from genner.training.fitting import Step
from genner.training.scratch import Scratch, train_from_scratch
from genner.types import Document, LabelSet, Prediction


class Corpus(NamedTuple):
    """What is learned from, what is answered, and the labels."""

    train: list[Document]
    held_out: list[Document]
    labels: LabelSet


def genia(data: Path) -> Corpus:
    """Dev and the first half of test without literal brackets; the second half of test is held out."""
    dev = list(genner.read(data / "genia" / "en_genia_dev.jsonl"))
    test = list(genner.read(data / "genia" / "en_genia_test.jsonl"))
    half = len(test) // 2
    train = [document for document in dev + test[:half] if not set(document.text) & set("[]")]
    labels = genner.get_label_set("genia")
    assert labels is not None
    return Corpus(train, test[half:], labels)


def flat(data: Path) -> Corpus:
    """The Broad Twitter Corpus: sections f and g."""
    train = list(genner.read(data / "train" / "en_btc_f.jsonl"))
    held_out = list(genner.read(data / "train" / "en_btc_g.jsonl"))
    return Corpus(train, held_out, LabelSet(["PER", "LOC", "ORG"]))


CORPORA = {"genia": genia, "flat": flat}


def machine() -> dict[str, Any]:
    """Say what ran it, and on how many threads."""
    import torch

    return record.machine() | {"threads": torch.get_num_threads()}


def answers(
    generator: TransformersGenerator, documents: Sequence[Document], recipe: Recipe
) -> tuple[list[Prediction], dict[str, Any]]:
    """Ask about every document; return the predictions in order, and what was written."""
    predicted: dict[int, Prediction] = {}
    unfinished = tokens = 0
    for done in generator.generate(requests_for(documents, recipe)):
        predicted[done.key] = recipe.read(done.output, documents[done.key].text)
        unfinished += not done.finished
        tokens += done.tokens
    made = {"documents": len(documents), "tokens": tokens, "unfinished": unfinished}
    return [predicted[at] for at in range(len(documents))], made


def figures(gold: Sequence[Document], predicted: Sequence[Prediction], labels: LabelSet) -> dict[str, Any]:
    """Score the predictions; counts, so that cells can be added."""
    strict = evaluate(gold, predicted, labels=labels)
    text = evaluate(gold, predicted, labels=labels, matching="text")
    errors = analyze_errors(gold, predicted, labels=labels)
    low, high = strict.interval("f1")
    micro = strict.micro
    return {
        "strict": {"tp": micro.tp, "fp": micro.fp, "fn": micro.fn, "f1": micro.f1, "interval": [low, high]},
        "text": {"tp": text.micro.tp, "fp": text.micro.fp, "fn": text.micro.fn, "f1": text.micro.f1},
        "errors": {str(kind): count for kind, count in errors.counts.items()},
        "issues": dict(strict.tally.kinds),
        "clean": strict.tally.clean,
        "signature": strict.signature,
    }


def cell(
    corpus: Corpus, format: str, settings: Scratch, batch_size: int, keep: Path | None, draft: Path
) -> dict[str, Any]:
    """Train, answer and score one cell; keep the model where that is asked for, and train none that is kept."""
    recipe = Recipe.make(format, corpus.labels, style="text")
    model, tokenizer, training = kept(keep, recipe, settings) or trained(corpus, recipe, settings, keep, draft)
    began = time.monotonic()
    generator = TransformersGenerator(model, tokenizer, batch_size=batch_size, max_new_tokens=384)
    predictions, made = answers(generator, corpus.held_out, recipe)
    seconds = round(time.monotonic() - began, 1)
    clean = [at for at, document in enumerate(corpus.held_out) if not set(document.text) & set("[]")]
    return {
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "training": training,
        "generation": made | {"seconds": seconds},
        "all": figures(corpus.held_out, predictions, corpus.labels),
        "without_brackets": {"documents": len(clean)}
        | figures([corpus.held_out[at] for at in clean], [predictions[at] for at in clean], corpus.labels),
    }


def kept(keep: Path | None, recipe: Recipe, settings: Scratch) -> tuple[Any, Any, dict[str, Any]] | None:
    """Load a model that was kept by the same settings, and what was noted of its training."""
    if keep is None or not (keep / RECIPE_FILE).is_file():
        return None
    facts = json.loads((keep / RECIPE_FILE).read_text(encoding="utf-8"))
    if facts.get("scratch") != settings.model_dump() or Recipe.load(keep) != recipe:
        raise DataError("this model was kept by other settings: remove it, or choose another folder", path=str(keep))
    loaded = load(keep)
    return loaded.model, loaded.tokenizer, facts["training"]


def trained(
    corpus: Corpus, recipe: Recipe, settings: Scratch, keep: Path | None, draft: Path
) -> tuple[Any, Any, dict[str, Any]]:
    """Train a model, or go on from its checkpoint."""
    trace = draft.with_suffix(".curve")
    curve: list[list[float]] = json.loads(trace.read_text()) if trace.is_file() else []
    recent: list[float] = []

    def watch(step: Step) -> None:
        recent.append(step.loss)
        if step.number % 25 == 0 or step.tokens >= settings.tokens:
            curve[:] = [point for point in curve if point[0] < step.tokens]
            curve.append([step.tokens, round(sum(recent) / len(recent), 4), round(step.seconds, 1)])
            recent.clear()
            trace.write_text(json.dumps(curve))
            print(
                f"  {recipe.format}: {step.tokens:>9,} tokens, loss {curve[-1][1]:.3f}, {curve[-1][2]:.0f} s",
                flush=True,
            )

    tiny = train_from_scratch(corpus.train, recipe, settings, watch=watch, checkpoint=draft)
    training = {"documents": tiny.report.documents, "entities": tiny.report.entities, "curve": thinned(curve)}
    if keep is not None:
        tiny.model.save_pretrained(keep)
        tiny.tokenizer.save_pretrained(keep)
        recipe.save(keep, scratch=settings.model_dump(), training=training)
    return tiny.model, tiny.tokenizer, training


def thinned(curve: list[list[float]], points: int = 40) -> list[list[float]]:
    """Keep so many points of a curve at most, and its last."""
    step = max(1, -(-len(curve) // points))
    return curve[::-1][::step][::-1]


def floor(corpus: Corpus) -> dict[str, Any]:
    """Score the dictionary of the training entities: what every model must beat."""
    lexicon = Lexicon.fit(corpus.train, nested=True)
    predicted = [Prediction(lexicon.predict(document.text), text=document.text) for document in corpus.held_out]
    return {"all": figures(corpus.held_out, predicted, corpus.labels)}


def save(path: Path, cell: dict[str, Any]) -> None:
    """Write a cell whole or not at all, and remove what was kept for a restart."""
    record.save_record(path, cell)
    for left in (".pt", ".curve"):
        path.with_suffix(left).unlink(missing_ok=True)


def table(results: Path) -> str:
    """Show every cell that is there, the dictionary last."""
    heads = ("corpus", "format", "seed", "tokens", "precision", "recall", "strict F1", "95 % interval", "text F1")
    heads = (*heads, "clean", "cut off")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    records = [json.loads(path.read_text(encoding="utf-8")) for path in results.glob("from_scratch_*.json")]
    order = [*genner.FORMATS, "lexicon"]
    for one in sorted(records, key=lambda it: (it["corpus"], it["seed"], order.index(it["format"]))):
        strict, text, made = one["all"]["strict"], one["all"]["text"], one.get("generation")
        tp, fp, fn = (strict[name] for name in ("tp", "fp", "fn"))
        low, high = strict["interval"]
        shares = [tp / (tp + fp or 1), tp / (tp + fn or 1), strict["f1"]]
        cells = [one["corpus"], one["format"], str(one["seed"]), f"{one['tokens']:,}"]
        cells += [f"{100 * share:.1f}" for share in shares]
        cells += [f"{100 * low:.1f} to {100 * high:.1f}", f"{100 * text['f1']:.1f}"]
        if made is None:
            cells += ["-", "-"]
        else:
            cells += [f"{100 * one['all']['clean'] / made['documents']:.0f} %", str(made["unfinished"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", action="store_true", help="print what there is, run nothing")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--models", type=Path, help="keep the trained models here")
    parser.add_argument("--corpus", nargs="+", choices=list(CORPORA), default=["genia"])
    parser.add_argument("--format", nargs="+", choices=list(genner.FORMATS), default=list(genner.FORMATS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tokens", type=int, default=4_000_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    options = parser.parse_args()
    if options.show:
        print(table(options.results))
        return
    if options.data is None:
        parser.error("--data: expected the folder of the corpora")
    import torch

    torch.set_num_threads(options.threads)
    options.results.mkdir(parents=True, exist_ok=True)
    for name in options.corpus:
        corpus = CORPORA[name](options.data)
        for seed in options.seeds:
            for format in (*options.format, "lexicon"):
                path = options.results / f"from_scratch_{name}_{format}_{seed}.json"
                if path.exists():
                    continue
                print(f"{name}, {format}, seed {seed}", file=sys.stderr, flush=True)
                settings = Scratch(tokens=options.tokens, width=options.width, seed=seed)
                began = time.monotonic()
                made = (
                    floor(corpus)
                    if format == "lexicon"
                    else cell(
                        corpus,
                        format,
                        settings,
                        options.batch_size,
                        options.models and options.models / path.stem,
                        path.with_suffix(".pt"),
                    )
                )
                tokens = 0 if format == "lexicon" else options.tokens
                head = {"corpus": name, "format": format, "seed": seed, "tokens": tokens}
                tail = {"settings": settings.model_dump(), "seconds": round(time.monotonic() - began, 1)}
                save(path, head | made | tail | {"machine": machine()})
    print(table(options.results))


if __name__ == "__main__":
    main()
