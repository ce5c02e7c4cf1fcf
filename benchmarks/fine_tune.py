"""The paper's question with a real model: LoRA on one corpus in one format, free and guided answers.

    python benchmarks/fine_tune.py run --data DIR --corpus genia --format xml --out FOLDER
    python benchmarks/fine_tune.py run --data DIR --corpus flat --format xml --symbols only --out FOLDER
    python benchmarks/fine_tune.py zero --data DIR --corpus flat --out FOLDER
    python benchmarks/fine_tune.py table --data DIR FOLDER       # with what spacy_systems.py left there, too

`run` trains LoRA weights on SmolLM2-135M-Instruct with the paper's prompts and answers about the held-out
sentences; `zero` asks the model as it is, in genner's prompts.  Each leaves one JSON file of settings, raw
answers, the probability of every token of the free ones, and (`--samples`) sampled answers; no text of the
corpus beyond what the answers copy.  A `zero` run that was stopped goes on where it was.  `table` decodes and
scores them (Tables 3 and 5 in small, with intervals).

Scaled against the paper: rank 64 and alpha 128 in place of 256 and 512, a learning rate of 5e-4 in place of
2e-5 (the model is sixty times smaller), and the epochs of `CORPORA`.  As in the paper: all linear layers,
8 rows a step, cosine with a warm-up of 1 %, loss on the answers alone, greedy answers.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from real_model import open_model

import genner
from genner.evaluation import IssueTally
from genner.lexicon import Lexicon
from genner.models.answers import AnswerLog, Remembering
from genner.models.generator import requests_for
from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.models.transformers import TransformersGenerator
from genner.study.samples import load_sample, sample_labels
from genner.types import Document, LabelSet, Prediction

RANK, ALPHA, RATE, BATCH, WARMUP, SEED = 64, 128, 5e-4, 8, 0.01, 42


class Corpus(NamedTuple):
    """What is learned from and asked about."""

    train: list[Document]
    test: list[Document]
    labels: LabelSet
    epochs: int


def load(data: Path, name: str) -> Corpus:
    """Return a corpus: `genia` (biomedical) and `nested` (articles; the shipped sample) nest, `flat` and `web` do not.

    `flat` is tweets, and every other of its held-out documents is in the shipped sample.  `web` has few documents
    of its own to learn from, so half as many tweets are added; both have the same labels.
    """

    def read(path: str) -> list[Document]:
        lines = (data / path).read_text("utf-8").split("\n")
        return [Document.from_json(line).replace(meta=None) for line in lines if line]

    if name == "genia":
        labels = genner.get_label_set("genia")
        assert labels is not None
        return Corpus(read("genia/en_genia_dev.jsonl"), read("genia/en_genia_test.jsonl")[::4], labels, 2)
    if name == "flat":  # section f to learn from; of section g every fourth tweet that answers nobody
        held = [document for document in read("train/en_btc_g.jsonl") if "@" not in document.text][::4]
        return Corpus(read("train/en_btc_f.jsonl"), held, sample_labels("flat"), 2)
    if name == "web":
        pages = read("en_uner_ewt_dev_sample.jsonl")
        return Corpus(pages[1::2] + read("train/en_btc_f.jsonl")[::2], pages[::2], sample_labels("flat"), 2)
    test = list(load_sample("nested", "test"))
    asked = {document.id for document in test}
    rest = [document for document in read("en_gum_dev_nested.jsonl") if document.id not in asked]
    return Corpus(rest, test, sample_labels("nested"), 5)


def fit(model: Any, tokenizer: Any, corpus: Corpus, recipe: Recipe, steps: int | None) -> tuple[Any, list[float]]:
    """Train LoRA weights and return the model with the sum of both, and the losses."""
    import torch
    from peft import LoraConfig, get_peft_model

    template = Template(tokenizer)
    rows = []
    for document in corpus.train:
        asked = template.prompt(recipe.messages(document.text))
        answer = tokenizer(recipe.answer(document, dropped=[]), add_special_tokens=False)["input_ids"]
        rows.append(([*asked, *answer, template.end], len(asked)))
    rows = [row for row in rows if len(row[0]) <= 1536]
    settings = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM")
    torch.manual_seed(SEED)
    device = next(model.parameters()).device
    gpu = device.type == "cuda"
    wrapped: Any = get_peft_model(model.to(torch.bfloat16) if gpu else model, settings)  # LoRA weights stay float32
    base = wrapped.get_base_model()
    trained = [weight for weight in wrapped.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0, fused=gpu)
    total = steps or corpus.epochs * math.ceil(len(rows) / BATCH)
    warm = max(1, int(WARMUP * total))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * min(1.0, step / total)))),
    )
    draw, losses, waiting = random.Random(SEED), [], []
    wrapped.train()
    for _ in range(total):
        if not waiting:
            waiting = batches(rows, draw)
        batch = waiting.pop()
        width = max(len(ids) for ids, _ in batch)
        ids = torch.tensor([row + [template.end] * (width - len(row)) for row, _ in batch])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row, _ in batch])
        # the places of the answers alone, as numbers: a mask would make the processor wait for the GPU at each step
        places = torch.tensor(
            [at * width + to - 1 for at, (row, start) in enumerate(batch) for to in range(start, len(row))]
        )
        wanted = ids.flatten()[places + 1].to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=gpu):
            hidden = base.model(
                input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False
            ).last_hidden_state
            logits = base.lm_head(hidden.flatten(0, 1)[places.to(device)]).float()
            loss = torch.nn.functional.cross_entropy(logits, wanted)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        losses.append(loss.detach())
    return wrapped.merge_and_unload().eval(), torch.stack(losses).tolist()


def batches(rows: Sequence[Any], draw: random.Random) -> list[list[Any]]:
    """Return the rows of one epoch in batches of like length, drawn in any order."""
    order = draw.sample(range(len(rows)), len(rows))
    chunks = [
        sorted(order[at : at + BATCH * 20], key=lambda row: len(rows[row][0]))
        for at in range(0, len(order), BATCH * 20)
    ]
    made = [[rows[row] for row in chunk[at : at + BATCH]] for chunk in chunks for at in range(0, len(chunk), BATCH)]
    draw.shuffle(made)
    return made


def answers(
    model: Any,
    tokenizer: Any,
    corpus: Corpus,
    recipe: Recipe,
    arguments: Any,
    *,
    kept: Path | None = None,
    guided: bool = False,
    sampled: int = 0,
) -> dict[str, Any]:
    """Answer about the held-out documents, greedily or (`sampled`, a seed) at temperature 1.

    Each answer is written to the file `kept` as it comes; what is there already is not asked about.
    """
    began = time.monotonic()
    generator = TransformersGenerator(
        model,
        tokenizer,
        batch_size=arguments.batch,
        max_new_tokens=arguments.tokens,
        temperature=float(sampled > 0),
        seed=sampled,
        logprobs=not guided and not sampled,
    )
    if guided:
        generator.follow(recipe)
    else:
        generator.expect(recipe)
    log = None if kept is None else AnswerLog(kept, {"recipe": recipe.to_dict()})
    done = {one.key: one for one in Remembering(generator, log).generate(requests_for(corpus.test, recipe))}
    outputs = [done[at].output for at in range(len(corpus.test))]
    tokens = {"tokens": [done[at].logprobs for at in range(len(outputs))]} if generator.logprobs else {}
    return {
        "outputs": outputs,
        "unfinished": [at for at in range(len(outputs)) if not done[at].finished],
        "steps": generator.steps,
        "disagreements": generator.disagreements,
        "seconds": round(time.monotonic() - began, 1),
        **tokens,
    }


def run(arguments: argparse.Namespace) -> None:
    """Train and answer, or answer alone, format by format."""
    import torch

    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    corpus = load(Path(arguments.data), arguments.corpus)
    if arguments.sentences:
        corpus = corpus._replace(test=corpus.test[: arguments.sentences])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for format in arguments.format.split(","):
        kind = "zero" if arguments.zero else f"symbols-{arguments.symbols}" if arguments.symbols else "lora"
        path = out / f"{arguments.corpus}-{format}-{kind}.json"
        if path.exists():
            continue
        model, tokenizer = open_model(arguments.model)
        model = model.to(device)
        recipe = Recipe.make(
            format,
            corpus.labels,
            style="genner" if arguments.zero else "paper",
            nested=arguments.corpus in ("genia", "nested"),
            symbols=arguments.symbols,
        )
        record: dict[str, Any] = {"corpus": arguments.corpus, "format": format, "kind": kind}
        record["ids"] = [document.id for document in corpus.test]
        if arguments.zero:
            model = model.to(torch.bfloat16) if device == "cuda" else model
        else:
            began = time.monotonic()
            model, losses = fit(model, tokenizer, corpus, recipe, arguments.steps)
            record |= {"rank": RANK, "alpha": ALPHA, "rate": RATE, "batch": BATCH, "seed": SEED, "steps": len(losses)}
            record |= {"rows": len(corpus.train), "epochs": corpus.epochs, "losses": [round(one, 4) for one in losses]}
            record["seconds"] = round(time.monotonic() - began, 1)
            if arguments.keep:
                model.save_pretrained(Path(arguments.keep) / path.stem)
                tokenizer.save_pretrained(Path(arguments.keep) / path.stem)
        kept = path.with_suffix(".jsonl") if arguments.zero else None  # a model that is trained again may differ
        record["free"] = answers(model, tokenizer, corpus, recipe, arguments, kept=kept)
        record["tokens"] = record["free"].pop("tokens")
        write(path, record)
        if not arguments.zero:
            record["guided"] = answers(model, tokenizer, corpus, recipe, arguments, guided=True)
            write(path, record)
        for seed in range(1, arguments.samples + 1):
            record.setdefault("samples", []).append(
                answers(model, tokenizer, corpus, recipe, arguments, sampled=seed)["outputs"]
            )
            write(path, record)
        print(path.name, record.get("seconds"), record["free"]["seconds"], flush=True)


def write(path: Path, record: dict[str, Any]) -> None:
    """Write the record whole or not at all: a run may be stopped at any time."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record))
    part.replace(path)


def table(arguments: argparse.Namespace) -> None:
    """Decode and score the answers, with the lexicon of the training documents as a baseline."""
    print("| corpus | format | answers | n | P | R | F1 | F1 95 % | clean | R seen | R new | disagreements |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    corpora: dict[str, Corpus] = {}
    for path in sorted(Path(arguments.folder).glob("*.json")):
        record = json.loads(path.read_text())
        name = record["corpus"]
        if name not in corpora:
            corpora[name] = load(Path(arguments.data), name)
            asked = [document for document in corpora[name].test if document.id in set(record["ids"])]
            lexicon = Lexicon.fit(corpora[name].train, nested=name in ("genia", "nested"))
            found = [Prediction(lexicon.predict(document.text), text=document.text) for document in asked]
            show(corpora[name], name, "none", "lexicon", asked, found, "")
        corpus = corpora[name]
        known = {document.id: document for document in corpus.test}
        gold = [known[id] for id in record["ids"] if id in known]
        if "entities" in record:  # of `spacy_systems.py`; half is spaCy's own threshold
            listed = [spans for id, spans in zip(record["ids"], record["entities"], strict=True) if id in known]
            kept = [[span[:3] for span in spans if span[3] is None or span[3] >= 0.5] for spans in listed]
            found = [Prediction(spans, text=one.text) for spans, one in zip(kept, gold, strict=True)]
            show(corpus, name, "none", record["system"], gold, found, "")
            continue
        symbols = record["kind"].partition("symbols-")[2] or None
        recipe = Recipe.make(record["format"], corpus.labels, style="paper", symbols=symbols)
        for kind in ("free", "guided"):
            if kind in record:
                outputs = record[kind]["outputs"]
                read = [recipe.read(output, one.text) for output, one in zip(outputs, gold, strict=True)]
                steps = record[kind]["steps"]
                share = f"{record[kind]['disagreements'] / steps:.1%}" if steps else ""
                answered = kind if record["kind"] == "lora" else f"{record['kind']}, {kind}"
                show(corpus, name, record["format"], answered, gold, read, share)


def show(
    corpus: Corpus,
    name: str,
    format: str,
    kind: str,
    gold: Sequence[Document],
    predictions: Sequence[Prediction],
    share: str,
) -> None:
    """Print one row; seen mentions are those whose string and label the training documents hold."""
    result = genner.evaluate(gold, predictions, labels=corpus.labels)
    low, high = result.interval("f1", resamples=1000)
    known = {(one.surface(entity), entity.label) for one in corpus.train for entity in one.entities}
    hits: dict[bool, list[bool]] = {True: [], False: []}
    for document, prediction in zip(gold, predictions, strict=True):
        for entity in document.entities:
            hits[(document.surface(entity), entity.label) in known].append(entity in set(prediction.entities))
    recalls = [f"{sum(hits[seen]) / max(1, len(hits[seen])) * 100:.1f}" for seen in (True, False)]
    values = [f"{value * 100:.1f}" for value in (result.micro.precision, result.micro.recall, result.micro.f1)]
    interval = "" if low is None else f"{low * 100:.1f} to {high * 100:.1f}"  # none where the documents are too few
    clean = str(IssueTally.of(predictions).clean)
    print("| " + " | ".join([name, format, kind, str(len(gold)), *values, interval, clean, *recalls, share]) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    for name in ("run", "zero"):
        asking = commands.add_parser(name)
        asking.add_argument("--data", required=True)
        asking.add_argument("--corpus", required=True, choices=["genia", "flat", "nested", "web"])
        asking.add_argument("--format", default=",".join(genner.FORMATS), help="one or several, with commas")
        asking.add_argument("--out", required=True)
        asking.add_argument("--model", help="converted folder; else what real_model.py finds")
        asking.add_argument("--batch", type=int, default=16)
        asking.add_argument("--tokens", type=int, default=700, help="where an answer is cut off")
        asking.add_argument("--symbols", choices=["explained", "only"], help="letters in place of the labels")
        asking.add_argument("--samples", type=int, default=0, help="sampled answers of each document")
        asking.add_argument("--keep", help="folder for the trained model, LoRA weights merged")
        asking.add_argument("--steps", type=int, help="fewer steps, for trials")
        asking.add_argument("--sentences", type=int, help="fewer held-out sentences, for trials")
        asking.set_defaults(do=run, zero=name == "zero")
    scoring = commands.add_parser("table")
    scoring.add_argument("--data", required=True)
    scoring.add_argument("folder")
    scoring.set_defaults(do=table)
    arguments = parser.parse_args()
    arguments.do(arguments)


if __name__ == "__main__":
    main()
