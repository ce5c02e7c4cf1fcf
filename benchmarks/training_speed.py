"""Fine-tune the same model on the same rows with genner and with TRL's SFTTrainer, in turns, and compare.

    python benchmarks/training_speed.py [--rounds 2] [--threads 1] [--model DIR] [--output FILE]

Both get the same base model (by default an untrained Llama of a million parameters), the same
documents (the sample corpora), the same LoRA settings, batch size, schedule and seed.  TRL reads
genner's own export.  Reported are tokens a second by the clock and by processor time, fastest round
of each, and the mean loss over the epoch and after it.  Needs `pip install trl datasets`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from from_scratch import machine

from genner.models.loading import load
from genner.models.recipe import Recipe, versions
from genner.models.template import Template
from genner.study.samples import load_sample, sample_labels
from genner.training.config import make_config
from genner.training.data import collate, export, rows
from genner.training.lora import train_lora
from genner.training.scratch import Scratch, new_model
from genner.training.tokenizer import train_tokenizer
from genner.types import Document

RANK, BATCH, RATE, SEED, LENGTH = 16, 8, 1e-3, 42, 1024


def base_model(folder: Path, recipe: Recipe, documents: list[Document]) -> None:
    """Write an untrained model and its tokenizer."""
    import torch

    torch.manual_seed(0)
    tokenizer = train_tokenizer(documents, recipe)
    new_model(tokenizer, Scratch()).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def with_genner(model: str, recipe: Recipe, documents: list[Document], folder: Path) -> float:
    """Train with genner and return the mean loss over the epoch."""
    config = make_config(
        {
            "model": model,
            "train": "in memory",
            "output": str(folder),
            "recipe": recipe,
            "lora": {"rank": RANK, "alpha": 2 * RANK},
            "fit": {
                "epochs": 1,
                "batch_size": BATCH,
                "device_batch_size": BATCH,
                "learning_rate": RATE,
                "max_length": LENGTH,
                "seed": SEED,
                "gradient_checkpointing": False,
            },
        }
    )
    losses = train_lora(config, documents).losses
    return sum(loss for _, loss in losses) / len(losses)


def with_trl(model: str, recipe: Recipe, documents: list[Document], folder: Path) -> float:
    """Train with TRL and return the mean loss over the epoch."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
    from trl import SFTConfig, SFTTrainer

    folder.mkdir(parents=True)
    export(documents, recipe, folder / "data.jsonl", "trl")
    data = Dataset.from_list([json.loads(line) for line in (folder / "data.jsonl").read_text().split("\n") if line])
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        processing_class=AutoTokenizer.from_pretrained(model),
        train_dataset=data,
        peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM"),
        args=SFTConfig(
            output_dir=str(folder),
            num_train_epochs=1,
            per_device_train_batch_size=BATCH,
            learning_rate=RATE,
            lr_scheduler_type="cosine",
            warmup_steps=0.01,
            max_length=LENGTH,
            completion_only_loss=True,
            train_sampling_strategy="group_by_length",
            gradient_checkpointing=False,
            bf16=False,
            use_cpu=True,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=SEED,
            data_seed=SEED,
        ),
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.save_model(str(folder / "adapter"))
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return sum(losses) / len(losses)


def loss_after(folder: Path, recipe: Recipe, documents: list[Document], tokenizer: Any) -> float:
    """Return the mean loss of a trained model over the answers of the documents."""
    import torch
    from peft import AutoPeftModelForCausalLM

    model = AutoPeftModelForCausalLM.from_pretrained(str(folder)).eval()
    total = count = 0.0
    with torch.no_grad():
        for row in rows(documents, recipe, Template(tokenizer)):
            learned = len(row.input_ids) - row.prompt
            total += float(model(**collate([row], pad=0)).loss) * learned
            count += learned
    return total / count


def timed(run: Callable[[], float]) -> tuple[float, float, float]:
    """Return the seconds by the clock, the seconds of processor time, and the loss."""
    clock, processor = time.perf_counter(), time.process_time()
    loss = run()
    return time.perf_counter() - clock, time.process_time() - processor, loss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="base model; by default a small untrained one")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, help="write the figures here as JSON")
    options = parser.parse_args()
    import torch
    from transformers import logging

    logging.set_verbosity_error()
    torch.set_num_threads(options.threads)
    documents = load_sample("nested", "train") + load_sample("nested")
    recipe = Recipe.make("bracket", sample_labels("nested"), style="text")
    best: dict[str, list[float]] = {}
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        model = options.model or str(work / "base")
        if options.model is None:
            base_model(work / "base", recipe, documents)
        tokenizer = load(model).tokenizer
        tokens = sum(len(row.input_ids) for row in rows(documents, recipe, Template(tokenizer)))
        for number in range(options.rounds):
            for name, train in (("genner", with_genner), ("trl", with_trl)):
                folder = work / f"{name}{number}"
                clock, processor, loss = timed(
                    lambda train=train, folder=folder: train(model, recipe, documents, folder)
                )
                seconds = best.setdefault(name, [clock, processor])
                best[name] = [min(seconds[0], clock), min(seconds[1], processor)]
                adapter = folder if name == "genner" else folder / "adapter"
                found[name] = {"mean_loss": loss, "loss_after": loss_after(adapter, recipe, documents, tokenizer)}
    result: dict[str, Any] = {"rows": len(documents), "tokens": tokens, "rounds": options.rounds}
    for name, (clock, processor) in best.items():
        speeds = {"tokens_per_second": tokens / clock, "tokens_per_processor_second": tokens / processor}
        result[name] = {key: round(value, 4) for key, value in (speeds | found[name]).items()}
    result["machine"] = machine() | {"peer": versions(("trl", "datasets"))}
    print(json.dumps(result, indent=1))
    if options.output:
        options.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
