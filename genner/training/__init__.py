"""Training data, fine-tuning and export: thin, over transformers and peft (extra `training`)."""

from __future__ import annotations

from genner.training.config import Lora, TrainConfig, load_config, make_config
from genner.training.data import EXPORTS, DataReport, Row, examples, export, rows
from genner.training.lora import Trained, merge, train_lora

__all__ = [
    "EXPORTS",
    "DataReport",
    "Lora",
    "Row",
    "TrainConfig",
    "Trained",
    "examples",
    "export",
    "load_config",
    "make_config",
    "merge",
    "rows",
    "train_lora",
]
