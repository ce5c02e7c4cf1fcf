"""genner's tasks for lm-eval: a YAML file for each output format, and what they have in common in `ner.py`.

lm_eval --tasks genner_xml --include_path "$(python -m genner.experiments.tasks)" ...

"""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOLDER", "task_name"]

FOLDER = Path(__file__).parent
"""What lm-eval is given as `include_path`."""


def task_name(format: str) -> str:
    """Return what the task for an output format is called."""
    return f"genner_{format.replace('-', '_')}"
