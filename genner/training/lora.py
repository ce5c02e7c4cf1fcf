"""Fine-tuning as the paper does it: LoRA weights on a base model, trained by `transformers.Trainer`.

transformers and peft do the work.  Here is what they are told: the rows, the mask, the settings,
and what is written beside the weights so that they are used as they were trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, cast

from genner.exceptions import DataError, GennerError, MissingExtraError
from genner.models.loading import ADAPTER_FILE, CHECKPOINTS, from_pretrained, load, load_tokenizer
from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.training.config import Fit, Lora, TrainConfig
from genner.training.data import DataReport, Row, collate, pack, rows
from genner.types import Document

__all__ = ["Trained", "merge", "train_lora"]

Watch = Callable[[int, int, float], None]


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
    watch: Watch | None = None,
) -> Trained:
    """Train LoRA weights and save them in `config.output` with the recipe.

    Args:
        resume: go on from the last checkpoint in the output folder, if there is one.
        watch: called with step, number of steps and loss after every step.

    Raises:
        DataError: when there is nothing to learn, a row is too long, or the output folder holds a run
            with another recipe.
    """
    import torch
    from transformers import Trainer, set_seed, trainer_utils

    if config.model is None:
        raise DataError("model: LoRA needs a base model, got none")
    output = Path(config.output)
    _same_run(config, output)
    set_seed(config.fit.seed)
    tokenizer = load_tokenizer(config.model)
    template = Template(tokenizer, **config.template)
    report = DataReport()
    options: dict[str, Any] = {"max_length": config.fit.max_length, "on_long": config.fit.on_long}
    learned = rows(train, config.recipe, template, report=report, **options)
    checked = rows(validation, config.recipe, template, **options) if validation else []
    bf16 = _bf16(config.fit)
    model = _base(config.model, config.lora, torch.bfloat16 if bf16 else torch.float32)
    trainer: Any = Trainer(
        model=_with_lora(model, config.lora, config.fit),
        args=_arguments(config, bf16, bool(checked)),
        train_dataset=_items(learned, config.fit),
        eval_dataset=_items(checked, config.fit) if checked else None,
        data_collator=_Collator(template.end if tokenizer.pad_token_id is None else tokenizer.pad_token_id),
        processing_class=tokenizer,
    )
    _report_to(trainer, watch)
    config.recipe.save(output / CHECKPOINTS, base=config.model)
    last: Any = cast(Any, trainer_utils).get_last_checkpoint(str(output / CHECKPOINTS)) if resume else None
    trainer.train(resume_from_checkpoint=last)
    if trainer.is_world_process_zero():
        trainer.model.save_pretrained(output)
        tokenizer.save_pretrained(output)
        # last, so that a folder with a recipe is a finished one
        settings = {"lora": config.lora.model_dump(), "fit": config.fit.model_dump()}
        config.recipe.save(output, base=config.model, **settings, report=str(report))
    history = trainer.state.log_history
    losses = [(int(entry["step"]), float(entry["loss"])) for entry in history if "loss" in entry]
    checks = [float(entry["eval_loss"]) for entry in history if "eval_loss" in entry]
    return Trained(trainer.state.global_step, losses, checks[-1] if checks else None, report)


def _report_to(trainer: Any, watch: Watch | None) -> None:
    """Send what the Trainer would print to `watch`."""
    from transformers import PrinterCallback, TrainerCallback

    class Report(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if watch is not None and "loss" in others["logs"]:
                watch(state.global_step, state.max_steps, float(others["logs"]["loss"]))

    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Report())


def _same_run(config: TrainConfig, output: Path) -> None:
    """Refuse to mix two recipes in one folder."""
    for folder in (output, output / CHECKPOINTS):
        if (folder / "genner.json").is_file() and Recipe.load(folder) != config.recipe:
            raise DataError("this folder holds a run with another recipe: choose another output", path=str(folder))


def _bf16(fit: Fit) -> bool:
    import torch

    return (torch.cuda.is_available() and torch.cuda.is_bf16_supported()) if fit.bf16 is None else fit.bf16


def _base(name: str, lora: Lora, dtype: Any) -> Any:
    if lora.quantize is None:
        return from_pretrained("AutoModelForCausalLM", name, dtype=dtype)
    from importlib.util import find_spec

    import transformers

    if find_spec("bitsandbytes") is None:
        message = "quantize: 4bit needs bitsandbytes, which is not installed: pip install bitsandbytes"
        raise MissingExtraError(message)
    four = cast(Any, transformers).BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )
    return from_pretrained("AutoModelForCausalLM", name, dtype=dtype, quantization_config=four)


def _with_lora(model: Any, lora: Lora, fit: Fit) -> Any:
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    model.config.use_cache = False  # with a cache, packed samples would see each other
    if lora.quantize is not None:
        model = cast(Any, prepare_model_for_kbit_training)(model, use_gradient_checkpointing=fit.gradient_checkpointing)
    elif fit.gradient_checkpointing:
        model.enable_input_require_grads()
    settings = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.modules,
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, settings)
    except ValueError as error:
        raise DataError(f"lora: {str(error).splitlines()[0]}") from None


def _arguments(config: TrainConfig, bf16: bool, validated: bool) -> Any:
    import torch
    from transformers import TrainingArguments

    fit = config.fit
    made = TrainingArguments(
        output_dir=str(Path(config.output) / CHECKPOINTS),
        num_train_epochs=fit.epochs,
        max_steps=fit.max_steps or -1,
        per_device_train_batch_size=fit.device_batch_size,
        per_device_eval_batch_size=fit.device_batch_size,
        learning_rate=fit.learning_rate,
        lr_scheduler_type=fit.schedule,
        warmup_steps=fit.warmup if fit.warmup < 1 else 0,
        weight_decay=fit.weight_decay,
        bf16=bf16,
        use_cpu=not torch.cuda.is_available(),
        **_checkpointing(fit),
        train_sampling_strategy="random" if fit.packing else "group_by_length",
        save_strategy="epoch" if fit.save_steps is None else "steps",
        save_steps=fit.save_steps or 500,
        save_total_limit=2,
        eval_strategy="epoch" if validated else "no",
        logging_steps=1,
        logging_first_step=True,
        report_to=[],
        disable_tqdm=True,
        seed=fit.seed,
        data_seed=fit.seed,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    # only now it is known how many processes there are: asked for earlier, it would be one on CPUs
    devices = made.world_size
    made.gradient_accumulation_steps, rest = divmod(fit.batch_size, fit.device_batch_size * devices)
    if rest or not made.gradient_accumulation_steps:
        raise DataError(
            f"batch_size: expected a multiple of device_batch_size {fit.device_batch_size} times {devices} devices, "
            f"got {fit.batch_size}"
        )
    return made


def _checkpointing(fit: Fit) -> dict[str, Any]:
    """Ask for gradient checkpointing under the name this release of transformers has for it."""
    from transformers import TrainingArguments

    if not fit.gradient_checkpointing:
        return {}
    fields = TrainingArguments.__dataclass_fields__
    name = "activation_checkpointing" if "activation_checkpointing" in fields else "gradient_checkpointing"
    return {name: True, f"{name}_kwargs": {"use_reentrant": False}}


def _items(made: Sequence[Row], fit: Fit) -> list[dict[str, Any]]:
    """Return what the Trainer draws from: single rows or packs; `input_ids` tell it their length."""
    groups = pack(made, fit.max_length) if fit.packing else [[row] for row in made]
    return [
        {"rows": group, "packed": fit.packing, "input_ids": [id for row in group for id in row.input_ids]}
        for group in groups
    ]


class _Collator:
    """Makes tensors of what the Trainer drew."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        drawn = [row for item in items for row in item["rows"]]
        return collate(drawn, pad=self.pad, packed=items[0]["packed"])


def merge(adapter: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Add the adapter to its base model and save the sum, which needs no peft to be used.

    Raises:
        GennerError: when there is no adapter, or it was not trained by genner.
    """
    if not (Path(adapter) / ADAPTER_FILE).is_file():
        raise DataError("no adapter in this folder", path=str(adapter))
    loaded = load(adapter)
    if loaded.recipe is None:
        raise GennerError(f"{adapter}: no recipe beside the weights: this model was not trained by genner")
    loaded.model.merge_and_unload().save_pretrained(output)
    loaded.tokenizer.save_pretrained(output)
    loaded.recipe.save(output, merged=str(adapter))
