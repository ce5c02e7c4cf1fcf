"""The paper's questions as runs that resume: which model, format and corpus gives which score."""

from __future__ import annotations

from genner.experiments.config import Experiment, load_experiment, make_experiment
from genner.experiments.running import Group, Results, run, state
from genner.experiments.tables import tables

__all__ = ["Experiment", "Group", "Results", "load_experiment", "make_experiment", "run", "state", "tables"]
