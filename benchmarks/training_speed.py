"""Fine-tune the same model on the same rows with genner, plain Trainer and TRL's SFTTrainer, in turns, and compare.

    python benchmarks/training_speed.py                                    # the shipped nested sample
    python benchmarks/training_speed.py --corpus genia.jsonl --labels genia
    python benchmarks/training_speed.py --short                            # its shortest sentences

All three get the same base model (by default the real one, see `real_model.py`), the same rows in the same
order (paper prompts, eight a step), the same LoRA weights, learning rate and seed, and recompute no
activations.  Plain Trainer is `genner train` with `shared_prefix: false`: eight padded rows at once.  TRL
reads genner's own export; without `pip install trl datasets` it is left out.

Printed are the tokens read in a step, the fastest step by the clock and by processor time (which does not
depend on what else the machine does), rows a second, and the loss of every step.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import genner
from genner.models.loading import load_tokenizer
from genner.models.recipe import Recipe, versions
from genner.models.template import Template
from genner.study.samples import load_sample, sample_labels
from genner.training.config import make_config
from genner.training.data import export, rows
from genner.training.lora import BATCH, train_lora
from genner.training.shared_prefix import packs
from genner.types import Document

SEED, LENGTH = 42, 2048

SETTINGS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "lr_scheduler_type": "constant",
    "warmup_steps": 0,
    "train_sampling_strategy": "sequential",
    "num_train_epochs": 1,
    "per_device_train_batch_size": BATCH,
    "gradient_checkpointing": False,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": [],
    "disable_tqdm": True,
    "seed": SEED,
    "data_seed": SEED,
}
"""Of `transformers.TrainingArguments`, for all three."""


class Run(NamedTuple):
    """What one training took: seconds of its fastest step, by the clock and of the processors, and its losses."""

    clock: float
    processor: float
    losses: list[float]


class Clock:
    """Notes when steps end."""

    def __init__(self) -> None:
        self.marks: list[tuple[float, float]] = []

    def __call__(self, line: str) -> None:
        if line.startswith("step "):
            self.marks.append((time.perf_counter(), time.process_time()))

    def run(self, losses: Sequence[float]) -> Run:
        """Return the fastest step; the first one warms up and does not count."""
        steps = list(zip(self.marks, self.marks[1:], strict=False))
        clock, processor = (min(after[at] - before[at] for before, after in steps) for at in (0, 1))
        return Run(clock, processor, [round(loss, 5) for loss in losses])


def with_genner(model: str, recipe: Recipe, documents: list[Document], folder: Path, rank: int, shared: bool) -> Run:
    """Train with genner, rows behind one prefix or padded for themselves."""
    config = make_config(
        {
            "model": model,
            "train": "in memory",
            "output": str(folder),
            "recipe": recipe,
            "max_length": LENGTH,
            "shared_prefix": shared,
            "lora": {"rank": rank, "alpha": 2 * rank},
            "transformers": SETTINGS,
        }
    )
    clock = Clock()
    return clock.run([loss for _, loss in train_lora(config, documents, tell=clock).losses])


def with_trl(model: str, recipe: Recipe, documents: list[Document], folder: Path, rank: int) -> Run:
    """Train with TRL."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    folder.mkdir(parents=True)
    export(documents, recipe, folder / "data.jsonl", "trl")
    data = Dataset.from_list([json.loads(line) for line in (folder / "data.jsonl").read_text().split("\n") if line])
    clock = Clock()

    class Steps(TrainerCallback):
        def on_step_end(self, *args: Any, **options: Any) -> None:
            clock("step ")

    gpu = torch.cuda.is_available()
    base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16 if gpu else torch.float32)
    trainer = SFTTrainer(
        model=base,
        processing_class=AutoTokenizer.from_pretrained(model),
        train_dataset=data,
        peft_config=LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"),
        args=SFTConfig(
            output_dir=str(folder), max_length=LENGTH, completion_only_loss=True, bf16=gpu, use_cpu=not gpu, **SETTINGS
        ),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Steps())
    trainer.train()
    return clock.run([entry["loss"] for entry in trainer.state.log_history if "loss" in entry])


def chosen(corpus: str | None, short: bool, count: int) -> list[Document]:
    """Return the documents to train on: the first ones with entities, or the shortest."""
    read = load_sample("nested", "train") if corpus is None else genner.read(corpus)
    documents = [document for document in read if document.entities]
    if short:
        documents.sort(key=lambda document: len(document.text))
    return documents[:count]


def tokens_read(made: Sequence[Any]) -> dict[str, int]:
    """Return the tokens of a step on average: padded to the longest row, without padding, and behind one prefix."""
    steps = [made[at : at + BATCH] for at in range(0, len(made), BATCH)]
    padded = sum(max(len(row.input_ids) for row in step) * len(step) for step in steps)
    single = sum(len(row.input_ids) for row in made)
    shared = sum(pack.tokens for step in steps for pack in packs(step, LENGTH))
    learned = sum(len(row.input_ids) - row.prompt for row in made)
    named = {"padded": padded, "without padding": single, "shared prefix": shared, "learned": learned}
    return {name: round(number / len(steps)) for name, number in named.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="base model; by default the real one")
    parser.add_argument("--corpus", help="file to train on; by default the shipped nested sample")
    parser.add_argument("--labels", help="its label set; by default that of the sample")
    parser.add_argument("--format", default="bracket")
    parser.add_argument("--short", action="store_true", help="take the shortest documents, not the first ones")
    parser.add_argument("--steps", type=int, default=3, help="of eight rows; the first warms up")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--without-trl", action="store_true")
    parser.add_argument("--output", type=Path, help="write the figures here as JSON")
    options = parser.parse_args()
    import torch
    from transformers import logging

    logging.set_verbosity_error()
    torch.set_num_threads(options.threads)
    if options.model is None:
        from real_model import folder as real_model

        options.model = str(real_model())
    documents = chosen(options.corpus, options.short, BATCH * options.steps)
    recipe = Recipe.make(options.format, options.labels or sample_labels("nested"), style="paper")
    trainers: dict[str, Callable[[Path], Run]] = {
        "genner": lambda at: with_genner(options.model, recipe, documents, at, options.rank, True),
        "plain Trainer": lambda at: with_genner(options.model, recipe, documents, at, options.rank, False),
    }
    if find_spec("trl") and find_spec("datasets") and not options.without_trl:
        trainers["TRL"] = lambda at: with_trl(options.model, recipe, documents, at, options.rank)
    runs: dict[str, list[Run]] = {name: [] for name in trainers}
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.rounds):
            for name, train in trainers.items():
                runs[name].append(train(Path(scratch) / f"{name}{number}"))
    result: dict[str, Any] = {
        "corpus": options.corpus and Path(options.corpus).name,
        "short": options.short,
        "format": options.format,
        "rows": len(documents),
        "tokens of a step": tokens_read(rows(documents, recipe, Template(load_tokenizer(options.model)))),
    }
    best = {
        name: Run(*(min(run[at] for run in found) for at in (0, 1)), found[0].losses) for name, found in runs.items()
    }
    for name, run in best.items():
        result[name] = {
            "seconds of a step": round(run.clock, 2),
            "processor seconds of a step": round(run.processor, 2),
            "rows a second": round(BATCH / run.clock, 3),
            "genner is faster": round(run.clock / best["genner"].clock, 2),
            "genner is faster by processor time": round(run.processor / best["genner"].processor, 2),
            "losses": run.losses,
        }
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else platform.machine()
    result["machine"] = {
        "device": device,
        "threads": options.threads,
        "versions": versions(("torch", "transformers", "peft", "trl")),
    }
    print(json.dumps(result, indent=1))
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
