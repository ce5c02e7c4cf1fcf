"""Fine-tuning as the paper does it: LoRA weights on a base model, trained by `transformers.Trainer`.

transformers and peft do the work.  Here are the rows, the mask, the paper's settings, and what is
written next to the weights so that they are used as they were trained.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, cast

from genner.exceptions import DataError, GennerError, MissingExtraError, UnknownNameError
from genner.models.loading import ADAPTER_FILE, CHECKPOINTS, from_pretrained, load, load_tokenizer
from genner.models.recipe import RECIPE_FILE, Recipe
from genner.models.template import Template
from genner.training.config import Lora, TrainConfig
from genner.training.data import DataReport, Row, collate, rows
from genner.training.shared_prefix import Packer, obstacle, trainer_class
from genner.types import Document

__all__ = ["BATCH", "DEFAULTS", "Trained", "merge", "train_lora"]

DEFAULTS: Mapping[str, Any] = {
    "num_train_epochs": 2,
    "learning_rate": 2e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.01,
    "save_strategy": "epoch",
    "save_total_limit": 2,
    "logging_steps": 1,
    "disable_tqdm": True,
    "seed": 42,
}
"""Settings of `transformers.TrainingArguments` that are not left to transformers.

2e-5, cosine, 2 epochs and a warm-up of 0.01 are the paper's (Section 3.1); the script its authors released
has a warm-up of 0.1.  By default bf16 is used where the device has it, activations are recomputed, and a step
has `BATCH` rows: a device takes its share at once where they share a prefix, and else one row at a time, of
like length if there are more.
"""

BATCH = 8
"""Rows in one step, over all devices and accumulation (the paper's Section 3.1)."""

OWN = ("output_dir", "remove_unused_columns")
"""Settings of `transformers.TrainingArguments` that are genner's."""


class Trained(NamedTuple):
    """The end of a run.

    Args:
        steps: taken, in this run and those it resumed.
        losses: `(step, loss)` as logged.
        validation: the loss on the validation documents, when there are any.
        report: what became of the training documents.
    """

    steps: int
    losses: list[tuple[int, float]]
    validation: float | None
    report: DataReport


def train_lora(
    config: TrainConfig,
    train: Sequence[Document],
    validation: Sequence[Document] = (),
    *,
    resume: bool = True,
    tell: Callable[[str], None] = lambda line: None,
) -> Trained:
    """Train LoRA weights and save them in `config.output`; the recipe is written last.

    Args:
        config: model, folder and settings.
        train: documents to learn from.
        validation: documents to take the loss on after each epoch.
        resume: go on from the last checkpoint in the output folder, if there is one.
        tell: called with a line after every logged step and at the end, by one of several processes.

    Raises:
        DataError: when there is nothing to learn, a row is too long, a setting is wrong, or the output
            folder holds a run with another recipe.
    """
    from transformers import Trainer, set_seed, trainer_utils

    output = Path(config.output)
    _same_run(config, output)
    arguments = _arguments(config, bool(validation))
    set_seed(arguments.seed)
    tokenizer = load_tokenizer(config.model)
    template = Template(tokenizer, **config.template)
    report = DataReport()
    options: dict[str, Any] = {"max_length": config.max_length, "on_long": config.on_long}
    learned = rows(train, config.recipe, template, report=report, **options)
    checked = rows(validation, config.recipe, template, **options) if validation else []
    model = _base_model(config, arguments)
    alone = _reason_alone(config, arguments, model, learned)
    _set_batches(arguments, config.transformers, together=alone is None)
    pad = template.end if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    packer = Packer(config.max_length, additive=model.config._attn_implementation == "eager")
    trainer: Any = (Trainer if alone else trainer_class())(
        model=_with_lora(model, config.lora, arguments),
        args=arguments,
        train_dataset=_items(learned),
        eval_dataset=_items(checked) if checked else None,
        data_collator=_Collator(partial(collate, pad=pad) if alone else packer),
        processing_class=tokenizer,
    )
    first = trainer.is_world_process_zero()
    _report_to(trainer, tell if first else lambda line: None)
    if alone and first:
        tell(f"every row is read with its own prefix: {alone}")
    config.recipe.save(output / CHECKPOINTS, base=config.model)
    last: Any = cast(Any, trainer_utils).get_last_checkpoint(str(output / CHECKPOINTS)) if resume else None
    trainer.train(resume_from_checkpoint=last)
    trained = _outcome(trainer.state, report)
    if first:
        trainer.model.save_pretrained(output)
        tokenizer.save_pretrained(output)
        # last, so that a folder with a recipe is a finished one
        config.recipe.save(output, base=config.model, settings=config.settings.model_dump(), report=str(report))
        tell(str(report))
        if trained.validation is not None:
            tell(f"loss on the validation documents: {trained.validation:.4f}")
        tell(f"the adapter is in {config.output}")
    return trained


def _outcome(state: Any, report: DataReport) -> Trained:
    history = state.log_history
    losses = [(int(entry["step"]), float(entry["loss"])) for entry in history if "loss" in entry]
    checks = [float(entry["eval_loss"]) for entry in history if "eval_loss" in entry]
    return Trained(state.global_step, losses, checks[-1] if checks else None, report)


def _report_to(trainer: Any, tell: Callable[[str], None]) -> None:
    """Send what the Trainer would print to `tell`; what else it reports to stays."""
    from transformers import PrinterCallback, TrainerCallback

    class Report(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if "loss" in others["logs"]:
                tell(f"step {state.global_step} of {state.max_steps}, loss {float(others['logs']['loss']):.4f}")

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Report())


def _same_run(config: TrainConfig, output: Path) -> None:
    """Refuse to mix two recipes in one folder."""
    for folder in (output, output / CHECKPOINTS):
        if (folder / RECIPE_FILE).is_file() and Recipe.load(folder) != config.recipe:
            raise DataError("this folder holds a run with another recipe: choose another output", path=str(folder))


def _arguments(config: TrainConfig, validated: bool) -> Any:
    """Return the `TrainingArguments`: the config's, on top of the defaults."""
    import torch
    from transformers import TrainingArguments

    known = TrainingArguments.__dataclass_fields__
    given = config.transformers
    for name in given:
        if name in OWN:
            raise DataError(f"transformers: {name} is set by genner; leave it out")
        if name not in known:
            raise UnknownNameError.of("setting of transformers.TrainingArguments", name, known)
    gpu = torch.cuda.is_available()
    settings = {
        **DEFAULTS,
        "bf16": gpu and torch.cuda.is_bf16_supported(),
        "use_cpu": not gpu,
        "dataloader_pin_memory": gpu,
        "eval_strategy": "epoch" if validated else "no",
        **_checkpointing(given, known),
        **given,
        "output_dir": str(Path(config.output) / CHECKPOINTS),
        "remove_unused_columns": False,
    }
    try:
        made = TrainingArguments(**settings)
    except (TypeError, ValueError, ImportError) as error:
        raise DataError(f"transformers: {str(error).strip().splitlines()[0]}") from None
    _set_batches(made, given, together=config.shared_prefix)
    return made


def _set_batches(arguments: Any, given: Mapping[str, Any], *, together: bool) -> None:
    """Share the rows of a step out to devices and accumulation, where the config does not.

    Args:
        together: whether the rows of a device share a prefix.
    """
    # only when the arguments are made it is known how many processes there are: before, it would be one on CPUs
    devices = arguments.world_size
    if "per_device_train_batch_size" not in given:
        at_once = BATCH // (devices * given.get("gradient_accumulation_steps", 1))
        arguments.per_device_train_batch_size = max(1, at_once) if together else 1
    if "gradient_accumulation_steps" not in given:
        at_once = arguments.per_device_train_batch_size * devices
        arguments.gradient_accumulation_steps, rest = divmod(BATCH, at_once)
        if rest:
            raise DataError(
                f"transformers: {at_once} rows at once on all devices do not divide a step of {BATCH} rows: "
                "give gradient_accumulation_steps"
            )
    if "train_sampling_strategy" not in given:
        arguments.train_sampling_strategy = "random" if together else "group_by_length"


def _checkpointing(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for activations to be recomputed, under the name this release of transformers has for it."""
    if "activation_checkpointing" in given or "gradient_checkpointing" in given:
        return {}
    name = "activation_checkpointing" if "activation_checkpointing" in known else "gradient_checkpointing"
    return {name: True, f"{name}_kwargs": {"use_reentrant": False}}


def _base_model(config: TrainConfig, arguments: Any) -> Any:
    """Load the base model onto its device."""
    import torch

    dtype = torch.bfloat16 if arguments.bf16 else torch.float32
    options = {} if config.lora.quantize is None else {"quantization_config": _four_bits(dtype)}
    model = from_pretrained("AutoModelForCausalLM", config.model, dtype=dtype, **options)
    model.config.use_cache = False  # no token is read twice
    return model if options else model.to(arguments.device)


def _reason_alone(config: TrainConfig, arguments: Any, model: Any, learned: Sequence[Row]) -> str | None:
    """Return why every row is read for itself, or None where rows share a prefix."""
    if not config.shared_prefix:
        return "shared_prefix is off"
    if arguments.n_gpu > 1:
        return f"one process for {arguments.n_gpu} GPUs splits what it reads by rows; start one process for each"
    return obstacle(model, learned)


def _with_lora(model: Any, lora: Lora, arguments: Any) -> Any:
    """Put untrained LoRA weights on the base model."""
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    recomputed = bool(getattr(arguments, "activation_checkpointing", None) or arguments.gradient_checkpointing)
    if lora.quantize is not None:
        model = cast(Any, prepare_model_for_kbit_training)(model, use_gradient_checkpointing=recomputed)
    elif recomputed:
        model.enable_input_require_grads()
    settings = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.modules,
        task_type="CAUSAL_LM",
    )
    try:
        with warnings.catch_warnings():  # peft asks for what transformers has renamed
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
            return get_peft_model(model, settings)
    except ValueError as error:
        raise DataError(f"lora: {str(error).splitlines()[0]}") from None


def _four_bits(dtype: Any) -> Any:
    from importlib.util import find_spec

    import transformers

    if find_spec("bitsandbytes") is None:
        message = "quantize: 4bit needs bitsandbytes, which is not installed: pip install bitsandbytes"
        raise MissingExtraError(message)
    return cast(Any, transformers).BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def _items(made: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what the Trainer draws from; `input_ids` tell it the length of a row."""
    return [{"row": row, "input_ids": row.input_ids} for row in made]


class _Collator:
    """Makes tensors of what the Trainer drew."""

    def __init__(self, make: Callable[[Sequence[Row]], dict[str, Any]]) -> None:
        self.make = make

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return self.make([item["row"] for item in items])


def merge(adapter: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Add the adapter to its base model and save the sum, which needs no peft to be used.

    Args:
        adapter: the folder that `train_lora` wrote.
        output: the folder of the merged model.

    Raises:
        GennerError: when there is no adapter, or it was not trained by genner.
    """
    if not (Path(adapter) / ADAPTER_FILE).is_file():
        raise DataError("no adapter in this folder", path=str(adapter))
    loaded = load(adapter)
    if loaded.recipe is None:
        raise GennerError(f"{adapter}: no recipe next to the weights: this model was not trained by genner")
    loaded.model.merge_and_unload().save_pretrained(output)
    loaded.tokenizer.save_pretrained(output)
    loaded.recipe.save(output, merged=str(adapter))
