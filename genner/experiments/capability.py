"""What fine-tuning costs elsewhere: the same questions to the base model and to the tuned ones, through lm-eval.

Every model and task is a file of its own, so that hours of MMLU are not repeated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from genner.exceptions import DataError, GennerError, MissingExtraError
from genner.experiments.config import Capability, Experiment
from genner.experiments.jobs import Job, Tell
from genner.experiments.record import content, load_record, machine, save_record, settings_hash, slug
from genner.models.recipe import RECIPE_FILE, versions

__all__ = ["TABLE_8", "Answered", "Candidate", "ask_all", "candidates", "task_manager"]

TABLE_8 = {
    "truthfulqa_mc1": ("TruthfulQA MC1", "acc,none", "truthfulqa"),
    "mmlu": ("MMLU", "acc,none", "mmlu/default"),
    "gsm8k": ("GSM8K", "exact_match,strict-match", "gsm8k"),
    "hellaswag": ("HellaSwag", "acc_norm,none", "hellaswag"),
    "drop": ("DROP", "f1,none", "drop"),
}
"""What the paper's Table 8 calls each task, the metric it prints, and where lm-eval keeps the task."""

_COMPUTES = ("genner", "lm-eval", "torch", "transformers", "peft", "datasets")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model to ask.

    Args:
        name: in the experiment.
        tuned: what it was tuned for, or empty.
        path: folder or hub name.
        weights: everything that decides it.
    """

    name: str
    tuned: str
    path: str
    weights: Any


@dataclass(frozen=True, slots=True)
class Answered:
    """What one model scored in one task.

    Args:
        candidate: the model.
        task: as lm-eval names it.
        metric: the one that is reported.
        value: between 0 and 1 for the paper's tasks.
        error: standard error, where lm-eval knows it.
        questions: how many were asked.
    """

    candidate: Candidate
    task: str
    metric: str
    value: float
    error: float | None
    questions: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval by the normal approximation."""
        return None if self.error is None else (self.value - 1.96 * self.error, self.value + 1.96 * self.error)


def candidates(experiment: Experiment, jobs: Sequence[Job]) -> list[Candidate]:
    """Return the models to ask: each base before it was tuned, then what it was tuned to."""
    settings = experiment.capability
    assert settings is not None
    found: list[Candidate] = []
    for name, spec in experiment.models.items():
        if name not in (settings.models or [name]) or (settings.models is None and spec.kind != "base"):
            continue
        if spec.url is not None or spec.kind not in ("base", "model"):
            raise DataError(f"capability: model {name!r} has no weights here to ask")
        own = [job for job in jobs if job.run.model == name and job.run.symbols is None]
        own = [job for job in own if job.run.seed in (None, experiment.seeds[0])]
        if spec.kind == "base":
            found.append(Candidate(name, "", spec.path, {"model": content(spec.path)}))
        if spec.kind == "model":
            found += {job.model: Candidate(name, "", job.model, job.weights["model"]) for job in own}.values()
            continue
        tuned = [job for job in own if job.run.format in settings.formats]
        found += [Candidate(name, f"{job.run.corpus}, {job.run.format}", job.model, job.weights) for job in tuned]
    return found


def ask_all(experiment: Experiment, jobs: Sequence[Job], failed: list[tuple[str, str]], tell: Tell) -> list[Answered]:
    """Ask every model in every task, except what was asked before; failures are put down in `failed`."""
    settings = experiment.capability
    assert settings is not None
    found: list[Answered] = []
    for candidate in candidates(experiment, jobs):
        model = _Model(candidate, settings)
        for task in settings.tasks:
            asked = {"weights": candidate.weights, "task": task, "versions": versions(_COMPUTES)}
            asked |= settings.model_dump(include={"limit", "shots", "chat"}) | {"data": _listing(settings)}
            name = slug("capability", candidate.name, candidate.tuned or None, task, settings_hash(asked)[:12])
            path = Path(experiment.output) / "runs" / f"{name}.json"
            question = f"{candidate.name}{f' ({candidate.tuned})' if candidate.tuned else ''}, {task}"
            try:
                if not path.is_file():
                    tell(question)
                    record = {"model": candidate.path, "settings": asked, "machine": machine()} | model.ask(task)
                    save_record(path, record)
                    tell(f"{question}: {record['metric']} {record['value']:.4f}")
                record = load_record(path)
                parts = (record[part] for part in ("metric", "value", "error", "questions"))
                found.append(Answered(candidate, task, *parts))
            except (GennerError, OSError) as error:
                failed.append((question, str(error)))
                tell(f"{question} failed: {error}")
    return found


@lru_cache(maxsize=8)
def task_manager(task: str, include_path: str | None = None) -> Any:
    """Return what knows a task.

    Raises:
        MissingExtraError: when lm-eval is not installed.
        DataError: when there is no such task.
    """
    try:
        import lm_eval
        from lm_eval.tasks import TaskManager
    except ImportError:
        raise MissingExtraError.of("general capability", "lm-eval", "capability") from None
    own = [] if include_path is None else [include_path]
    if task in TABLE_8:  # to read all fourteen thousand tasks takes ten seconds, one folder nothing
        folder = Path(lm_eval.__file__).parent / "tasks" / TABLE_8[task][2]
        near = TaskManager(include_path=[*own, str(folder)], include_defaults=False)
        if task in near.all_tasks:
            return near
    manager = _whole(include_path)
    if task not in manager.all_tasks:
        raise DataError(f"capability: lm-eval has no task {task!r}")
    return manager


@lru_cache(maxsize=2)
def _whole(include_path: str | None) -> Any:
    from lm_eval.tasks import TaskManager

    return TaskManager(include_path=include_path)


class _Model:
    """Loads when it is first asked."""

    def __init__(self, candidate: Candidate, settings: Capability) -> None:
        self.candidate, self.settings = candidate, settings
        self._loaded: Any = None

    def ask(self, task: str) -> dict[str, Any]:
        """Return the figures of one task.

        Raises:
            DataError: when the model or the task cannot be used.
        """
        settings = self.settings
        manager = task_manager(task, settings.include_path)
        import lm_eval

        model = self._load()
        with _inside(settings.data):
            try:
                answers = lm_eval.simple_evaluate(
                    model,
                    tasks=[task],
                    num_fewshot=settings.shots,
                    limit=settings.limit,
                    apply_chat_template=settings.chat,
                    task_manager=manager,
                    bootstrap_iters=1000,
                    log_samples=False,
                )
            except Exception as error:  # lm-eval and datasets raise whatever they like when data is not there
                raise DataError(f"lm-eval: {type(error).__name__}: {str(error).strip().splitlines()[0]}") from error
        return _figures(task, answers)

    def _load(self) -> Any:
        from lm_eval.models.huggingface import HFLM

        from genner.models.loading import load

        path = Path(self.candidate.path)
        if self.candidate.tuned and not (path / RECIPE_FILE).is_file():
            raise DataError("this model was not trained, see above", path=str(path))
        if self._loaded is None:
            loaded = load(self.candidate.path)
            self._loaded = HFLM(
                pretrained=loaded.model, tokenizer=loaded.tokenizer, batch_size=self.settings.batch_size
            )
        return self._loaded


def _figures(task: str, answers: Any) -> dict[str, Any]:
    """Pick the metric the paper prints, else the first."""
    found = {**answers["results"], **answers.get("groups", {})}[task]
    scores = {name: value for name, value in found.items() if "," in name and "_stderr," not in name}
    metric = TABLE_8[task][1] if task in TABLE_8 else ""
    if metric not in scores:
        metric = next(iter(scores))
    name, _, filtered = metric.partition(",")
    error = found.get(f"{name}_stderr,{filtered}")
    counts = answers.get("n-samples", {})
    inside = answers.get("group_subtasks", {}).get(task) or [task]
    asked = sum(counts[one]["effective"] for one in _leaves(inside, answers) if one in counts)
    return {
        "metric": metric,
        "value": float(scores[metric]),
        "error": error if isinstance(error, float) else None,
        "questions": asked,
        "scores": {key: value for key, value in found.items() if isinstance(value, (int, float))},
    }


def _leaves(names: Sequence[str], answers: Any) -> Iterator[str]:
    groups = answers.get("group_subtasks", {})
    for name in names:
        below = groups.get(name) or []
        yield from _leaves(below, answers) if below else [name]


def _listing(settings: Capability) -> list[Any]:
    """Name local data by what files there are: their content may be many gigabytes."""
    folders = [Path(folder) for folder in (settings.data, settings.include_path) if folder is not None]
    return [
        [str(file.relative_to(folder)), file.stat().st_size]
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]


@contextmanager
def _inside(folder: str | None) -> Iterator[None]:
    """Work in a folder: a data set named `Rowan/hellaswag` is then looked for in it before the hub is asked."""
    if folder is None:
        yield
        return
    if not Path(folder).is_dir():
        raise DataError("no such directory", path=folder)
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
