"""The paper's questions as runs that resume: which model, format and corpus gives which score."""

from __future__ import annotations

from genner.experiments.authors import AUTHORS, evaluate_authors
from genner.experiments.config import Experiment, load_experiment, make_experiment
from genner.experiments.paper import errors_with_paper, paper_results, plot_errors_with_paper, scores_with_paper
from genner.experiments.running import Group, Results, run, state
from genner.experiments.tables import tables

__all__ = [
    "AUTHORS",
    "Experiment",
    "Group",
    "Results",
    "errors_with_paper",
    "evaluate_authors",
    "load_experiment",
    "make_experiment",
    "paper_results",
    "plot_errors_with_paper",
    "run",
    "scores_with_paper",
    "state",
    "tables",
]
