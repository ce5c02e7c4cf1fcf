"""One training run as its config says, from documents to a folder with weights and recipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from genner.exceptions import DataError
from genner.models.recipe import RECIPE_FILE, Recipe
from genner.training.config import TrainConfig
from genner.training.fitting import Step
from genner.types import Document

__all__ = ["train"]


def train(
    config: TrainConfig,
    documents: Sequence[Document],
    validation: Sequence[Document] = (),
    *,
    resume: bool = True,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Train and save in `config.output`; the recipe is written last, so a folder with one is finished.

    Args:
        documents: to learn from.
        validation: to take the loss on, for LoRA.
        resume: go on from what a killed run has left.
        tell: called with a line from time to time.

    Raises:
        DataError: when there is nothing to learn, or the folder holds another run.
    """
    if int(os.environ.get("RANK", "0")):  # of several processes that train together one tells
        tell = None
    tell = tell or _silent
    if config.scratch is None:
        _lora(config, documents, validation, resume, tell)
    else:
        _scratch(config, documents, resume, tell)


def _silent(message: str) -> None:
    pass


def _scratch(config: TrainConfig, documents: Sequence[Document], resume: bool, tell: Callable[[str], None]) -> None:
    from genner.training.scratch import train_from_scratch

    settings = config.scratch
    assert settings is not None

    def watch(step: Step) -> None:
        if step.number % 100 == 0:
            tell(f"{step.tokens:,} of {settings.tokens:,} tokens, loss {step.loss:.3f}, {step.seconds:.0f} s")

    other = Path(config.output) / RECIPE_FILE
    if other.is_file() and Recipe.load(config.output) != config.recipe:
        raise DataError("this folder holds a run with another recipe: choose another output", path=config.output)
    checkpoint = Path(config.output) / "checkpoints" / "scratch.pt"
    if not resume:
        checkpoint.unlink(missing_ok=True)
    made = train_from_scratch(
        documents, config.recipe, settings, on_long=config.fit.on_long, watch=watch, checkpoint=checkpoint
    )
    made.model.save_pretrained(config.output)
    made.tokenizer.save_pretrained(config.output)
    parameters = sum(weights.numel() for weights in made.model.parameters())
    config.recipe.save(config.output, scratch=settings.model_dump(), parameters=parameters, report=str(made.report))
    tell(str(made.report))
    tell(f"the model is in {config.output}")


def _lora(
    config: TrainConfig,
    documents: Sequence[Document],
    validation: Sequence[Document],
    resume: bool,
    tell: Callable[[str], None],
) -> None:
    from genner.training.lora import train_lora

    def watch(step: int, steps: int, loss: float) -> None:
        tell(f"step {step} of {steps}, loss {loss:.4f}")

    trained = train_lora(config, documents, validation, resume=resume, watch=watch)
    tell(str(trained.report))
    if trained.validation is not None:
        tell(f"loss on the validation documents: {trained.validation:.4f}")
    tell(f"the adapter is in {config.output}")
