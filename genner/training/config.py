"""The settings of `genner train`, in YAML or JSON, checked before anything is loaded.

The defaults are the paper's (Section 3.1): rank 256, alpha 512, all linear modules, 2,048 tokens.
"""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genner.exceptions import DataError, MissingExtraError
from genner.io.json_text import load_json
from genner.models.recipe import Recipe
from genner.training.data import OnLong
from genner.types.wire import describe

__all__ = ["Lora", "TrainConfig", "TrainSettings", "load_config", "make_config", "read_settings"]

Positive = Annotated[int, Field(gt=0)]

_STRICT = ConfigDict(frozen=True, extra="forbid")


class Lora(BaseModel):
    """The low-rank weights that are trained.

    Args:
        rank: of each pair of matrices.
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


class TrainSettings(BaseModel):
    """How weights are trained, whatever on.

    Args:
        lora: the weights that are trained.
        max_length: of a row, in tokens.
        on_long: what to do with longer ones: `"raise"`, `"drop"` or `"split"`.
        shared_prefix: read what the prompts of a step begin with once, where the model allows it; at most
            `max_length` tokens are read together.
        transformers: of `transformers.TrainingArguments`, under the names they have there; the defaults
            are in `genner.training.lora.DEFAULTS`.
    """

    model_config = _STRICT

    lora: Lora = Lora()
    max_length: Positive = 2048
    on_long: OnLong = "raise"
    shared_prefix: bool = True
    transformers: dict[str, Any] = Field(default_factory=dict)


class TrainConfig(TrainSettings):
    """One training run.

    Args:
        model: folder or hub name of the base model.
        train: corpus to learn from, in any data format.
        validation: corpus to take the loss on after each epoch.
        output: folder for checkpoints and the result.
        recipe: format, labels and wording.
        template: options for the chat template.
    """

    model: str
    train: str
    validation: str | None = None
    output: str
    recipe: Recipe
    template: dict[str, Any] = Field(default_factory=dict)

    @property
    def settings(self) -> TrainSettings:
        """How the weights are trained, without what on."""
        return TrainSettings(**{name: getattr(self, name) for name in TrainSettings.model_fields})


def load_config(path: str | PathLike[str], **changes: Any) -> TrainConfig:
    """Read a config, YAML or JSON as the name says; `changes` replace what the file says.

    Args:
        path: of the file.
        **changes: settings by name, such as `model`.

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
    except (yaml.YAMLError, RecursionError) as error:
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
