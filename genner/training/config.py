"""What `genner train` is told, in YAML or JSON, checked before anything is loaded.

The defaults are the paper's (Section 3.1): rank 256, alpha 512, all linear modules, 8 rows a step,
2e-5, cosine, 2 epochs, 2,048 tokens.  Its text says a warm-up ratio of 0.01, which is the default
here; the script the authors released says 0.1.
"""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from genner.exceptions import DataError, MissingExtraError
from genner.io._json import load_json
from genner.models.recipe import Recipe
from genner.training.data import OnLong
from genner.training.scratch import Scratch
from genner.types._wire import describe

__all__ = ["Fit", "Lora", "TrainConfig", "load_config", "make_config", "read_settings"]

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]

_STRICT = ConfigDict(frozen=True, extra="forbid")


class Lora(BaseModel):
    """The low-rank weights that are trained.

    Args:
        rank: of each pair of matrices; vLLM must be told it (`max_lora_rank`).
        alpha: the update is scaled by `alpha / rank`.
        dropout: on their input.
        modules: which layers get them: `"all-linear"`, or names.
        quantize: `"4bit"` loads the base model in 4 bits (QLoRA; needs bitsandbytes and a GPU).
    """

    model_config = _STRICT

    rank: Positive = 256
    alpha: Positive = 512
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    modules: str | list[str] = "all-linear"
    quantize: Literal["4bit"] | None = None


class Fit(BaseModel):
    """How it is trained.

    Args:
        epochs: over the rows.
        batch_size: rows in one step, over all devices and accumulation.
        device_batch_size: rows on one device at once; the rest is accumulated.
        learning_rate: the highest.
        schedule: of the learning rate, as transformers names them.
        warmup: share of the steps in which it rises.
        weight_decay: of AdamW.
        max_length: of a row, in tokens.
        on_long: what to do with longer ones: `"raise"`, `"drop"` or `"split"`.
        packing: several rows in one, as many as fit into `max_length`.
        seed: of everything drawn.
        bf16: None takes it where the device has it.
        gradient_checkpointing: less memory for more time.
        save_steps: steps between checkpoints; None keeps one for each epoch.
        max_steps: ends earlier than `epochs`; for trials.
    """

    model_config = _STRICT

    epochs: Annotated[float, Field(gt=0)] = 2.0
    batch_size: Positive = 8
    device_batch_size: Positive = 1
    learning_rate: Annotated[float, Field(gt=0)] = 2e-5
    schedule: str = "cosine"
    warmup: Share = 0.01
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    max_length: Positive = 2048
    on_long: OnLong = "raise"
    packing: bool = False
    seed: int = 42
    bf16: bool | None = None
    gradient_checkpointing: bool = True
    save_steps: Positive | None = None
    max_steps: Positive | None = None


class TrainConfig(BaseModel):
    """One training run.

    Args:
        model: folder or hub name of the base model; not given with `scratch`.
        train: corpus to learn from, in any data format.
        validation: corpus to take the loss on after each epoch.
        output: folder for checkpoints and the result.
        recipe: format, labels and wording.
        template: options for the chat template.
        lora: the weights that are trained.
        fit: how.
        scratch: train this small model from nothing instead.
    """

    model_config = _STRICT

    model: str | None = None
    train: str
    validation: str | None = None
    output: str
    recipe: Recipe
    template: dict[str, Any] = Field(default_factory=dict)
    lora: Lora = Lora()
    fit: Fit = Fit()
    scratch: Scratch | None = None

    @model_validator(mode="after")
    def _one_model(self) -> TrainConfig:
        if (self.model is None) == (self.scratch is None):
            raise ValueError(
                "expected either a base `model` or `scratch` settings, got " + ("both" if self.model else "none")
            )
        return self


def load_config(path: str | PathLike[str], **changes: Any) -> TrainConfig:
    """Read a config, YAML or JSON as the name says; `changes` replace what the file says.

    Raises:
        DataError: naming everything that is wrong, and where.
        MissingExtraError: for YAML without pyyaml.
    """
    try:
        return make_config(read_settings(path) | changes)
    except DataError as error:
        raise error if error.path else DataError(str(error), path=str(path)) from None


def read_settings(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a mapping of settings, YAML or JSON as the name says.

    Raises:
        DataError: when there is no such file, or it holds something else.
        MissingExtraError: for YAML without pyyaml.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError("no such file", path=str(path))
    try:
        text = file.read_text(encoding="utf-8")
        loaded = load_json(text) if file.suffix.lower() == ".json" else _yaml(text)
        if not isinstance(loaded, dict):
            raise DataError(f"expected a mapping of settings, got {type(loaded).__name__} {loaded!r:.60}")
    except (DataError, UnicodeDecodeError) as error:
        raise DataError(str(error), path=str(path)) from None
    return loaded


def make_config(settings: dict[str, Any]) -> TrainConfig:
    """Check plain settings.

    Raises:
        DataError: naming everything that is wrong, and where.
    """
    try:
        return TrainConfig(**settings)
    except ValidationError as error:
        raise DataError(describe(error)) from None
    except TypeError as error:
        raise DataError(f"expected settings with names, got {json.dumps(settings, default=str):.80}: {error}") from None


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingExtraError.of("a config in YAML", "pyyaml", "training") from None
    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        raise DataError(f"expected YAML: {' '.join(str(error).split())}") from None


def _loader() -> Any:
    """Return the safe loader, with numbers as people write them: YAML 1.1 reads 2e-5 as a string."""
    import re

    import yaml

    class Loader(yaml.SafeLoader):
        pass

    number = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)[eE][-+]?\d+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    return Loader
