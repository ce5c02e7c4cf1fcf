"""Load a model to answer with: a trained adapter, a merged model, or any other."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from genner.exceptions import DataError, MissingExtraError
from genner.models.recipe import RECIPE_FILE, Recipe

__all__ = ["ADAPTER_FILE", "CHECKPOINTS", "Loaded", "from_pretrained", "load", "load_tokenizer"]

ADAPTER_FILE = "adapter_config.json"
"""What peft calls the settings file of an adapter."""

CHECKPOINTS = "checkpoints"
"""The folder of checkpoints inside the output folder of a training run."""


class Loaded(NamedTuple):
    """A model ready to answer."""

    model: Any
    tokenizer: Any
    recipe: Recipe | None


def from_pretrained(kind: str, name: str, **options: Any) -> Any:
    """Load from a folder or the hub; what goes wrong there becomes one line."""
    import transformers

    try:
        return getattr(transformers, kind).from_pretrained(name, **options)
    except (OSError, ValueError) as error:
        raise DataError(f"model {name!r} cannot be loaded: {str(error).strip().splitlines()[0]}") from error


def load_tokenizer(name: str) -> Any:
    """Load the tokenizer of a model.

    Raises:
        DataError: when there is none.
    """
    return from_pretrained("AutoTokenizer", name)


def load(folder: str | PathLike[str], *, dtype: Any = None) -> Loaded:
    """Load a model to answer with: a trained adapter with its base, a merged model, or any other.

    Args:
        folder: of the model, or its name on the hub.
        dtype: of the weights, as transformers takes it; what the device has when None.

    Raises:
        DataError: when it cannot be loaded, or the training run is not finished.
    """
    import torch

    path = Path(folder)
    recipe = Recipe.load(path) if (path / RECIPE_FILE).is_file() else None
    if path.is_dir() and recipe is None and (path / CHECKPOINTS).is_dir():
        raise DataError("this training run is not finished: run genner train again to resume it", path=str(path))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    options: dict[str, Any] = {} if dtype is None else {"dtype": dtype}
    tokenizer = load_tokenizer(str(folder))
    if (path / ADAPTER_FILE).is_file():
        try:
            from peft import AutoPeftModelForCausalLM
        except ImportError:
            raise MissingExtraError.of("an adapter", "peft", "training") from None
        try:
            model = AutoPeftModelForCausalLM.from_pretrained(str(folder), **options)
        except (OSError, ValueError) as error:
            raise DataError(f"adapter {str(folder)!r} cannot be loaded: {str(error).splitlines()[0]}") from error
    else:
        model = from_pretrained("AutoModelForCausalLM", str(folder), **options)
    return Loaded(model.to(device).eval(), tokenizer, recipe)
