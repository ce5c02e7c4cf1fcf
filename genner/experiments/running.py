"""The experiment: every run once, in an order that loads each model once, and what came of it.

>>> from genner.experiments.config import make_experiment
>>> settings = {"corpora": {"tweets": {"sample": "flat"}}, "models": {"floor": {"lexicon": {}}}, "output": "results"}
>>> [str(run) for run in make_experiment(settings).runs()][:2]
['tweets, floor, bracket', 'tweets, floor, xml']

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genner.evaluation import ErrorReport, Evaluation
from genner.exceptions import GennerError
from genner.experiments.capability import Answered, ask_all
from genner.experiments.config import Experiment, Run
from genner.experiments.corpora import Data
from genner.experiments.jobs import Job, Result, Tell, jobs
from genner.metrics.counts import Row, sum_rows
from genner.models.generator import Generator
from genner.models.opening import open_generator
from genner.models.packages import require
from genner.study.assessment import Study

__all__ = ["Group", "Results", "over_seeds", "run", "state"]


@dataclass(frozen=True, slots=True)
class Group:
    """The results of one run over its seeds.

    Args:
        corpus: its name.
        name: of the system.
        format: None for a system without one.
        symbols: None where labels have their names.
        results: one for each seed.
    """

    corpus: str
    name: str
    format: str | None
    symbols: str | None
    results: tuple[Result, ...]

    @property
    def evaluation(self) -> Evaluation:
        """The strict score, counts of each document added over the seeds."""
        return over_seeds([result.evaluation for result in self.results])

    @property
    def errors(self) -> ErrorReport:
        """The errors of all seeds."""
        first, *others = (result.result.errors for result in self.results)
        for other in others:
            first = first + other
        return first

    @property
    def f1(self) -> list[float]:
        """The F1 of each seed."""
        return [result.evaluation.micro.f1 or 0.0 for result in self.results]


@dataclass(frozen=True, slots=True)
class Results:
    """What came of an experiment.

    Args:
        experiment: what was asked for.
        data: the corpora by name.
        done: every finished run, a result for each step of it.
        failed: the runs that failed, each with the reason.
        answered: what lm-eval measured.
    """

    experiment: Experiment
    data: dict[str, Data]
    done: list[Result]
    failed: list[tuple[str, str]]
    answered: list[Answered]

    def groups(self) -> list[Group]:
        """Return the results without their seeds, in the order of the runs."""
        found: dict[tuple[str, str, str | None, str | None], list[Result]] = {}
        for result in self.done:
            run = result.run
            found.setdefault((run.corpus, result.name, run.format, run.symbols), []).append(result)
        return [
            Group(corpus, name, format, symbols, tuple(results))
            for (corpus, name, format, symbols), results in found.items()
        ]

    def studies(self) -> list[Study]:
        """Return a study for each corpus and model, of its first seed: what can be browsed."""
        found: dict[tuple[str, str], list[Result]] = {}
        for result in self.done:
            run = result.run
            if run.symbols is None and run.seed in (None, self.experiment.seeds[0]):
                found.setdefault((run.corpus, result.name), []).append(result)
        return [
            Study(
                corpus,
                name,
                tuple(self.data[corpus].test),
                self.data[corpus].labels,
                tuple(result.result for result in results),
                tuple(self.data[corpus].train) or None,
            )
            for (corpus, name), results in found.items()
        ]


def over_seeds(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Add the counts of each document over the seeds, so that an interval draws documents and not runs."""
    first, *others = evaluations
    if not others:
        return first
    tally = first.tally
    for other in others:
        tally = tally + other.tally
    rows = [Row(sum_rows((row, 1) for row in same)) for same in zip(*(one.counts for one in evaluations), strict=True)]
    return Evaluation(first.settings, rows, tally)


def state(experiment: Experiment) -> list[tuple[Run, list[Result] | None]]:
    """Return every run, with its results when it is done; nothing is run.

    Args:
        experiment: whose folder is looked at.

    Raises:
        DataError: when a corpus cannot be used.
    """
    return [(job.run, job.load()) for job in jobs(experiment, lambda message: None)]


def run(experiment: Experiment, *, tell: Tell = lambda message: None) -> Results:
    """Do what is not done yet, run by run, and return everything.

    A run that fails is put down with its reason, and the others are run.

    Args:
        experiment: the settings, as `load_experiment` and `make_experiment` return them.
        tell: called with a line from time to time.

    Raises:
        DataError: before anything is run, when a corpus cannot be used.
        MissingExtraError: likewise, when a package is not installed.
    """
    waiting = jobs(experiment, tell)
    _require([job for job in waiting if not job.path.is_file()], experiment)
    done: dict[Run, list[Result]] = {}
    failed: list[tuple[str, str]] = []
    generators = _Generators(experiment)
    for number, job in enumerate(waiting, 1):
        found = None
        try:
            found = job.load()
            if found is None:
                tell(f"run {number} of {len(waiting)}: {job.run}")
                found = job.do(generators)
                tell(f"{job.run}: {', '.join(f'F1 {100 * (one.evaluation.micro.f1 or 0):.2f}' for one in found)}")
        except (GennerError, OSError) as error:
            failed.append((str(job.run), str(error)))
            tell(f"{job.run} failed: {error}")
        if found is not None:
            done[job.run] = found
    generators.forget()
    data = {job.data.name: job.data for job in waiting}
    answered: list[Answered] = []
    if experiment.capability is not None:
        answered = ask_all(experiment, waiting, failed, tell)
    return Results(experiment, data, [one for found in done.values() for one in found], failed, answered)


def _require(waiting: Sequence[Job], experiment: Experiment) -> None:
    """Say what is not installed before the first run, and not after hours."""
    for name, spec in {job.run.model: job.spec for job in waiting}.items():
        feature = f"model {name!r}"
        if spec.url is not None:
            require(feature, "openai", extra="openai")
        elif spec.kind in ("base", "model") and ":" not in spec.path:
            require(feature, "torch", "transformers", *(("peft", "accelerate") if spec.kind == "base" else ()))
    if experiment.capability is not None:
        require("general capability", "lm_eval", extra="capability")


class _Generators:
    """Gives each job what answers it; the model that was asked last stays loaded."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self._options: dict[str, Any] = {}
        self._loaded: Generator | None = None

    def forget(self) -> None:
        """Let the model go, so that its memory is free."""
        self._options, self._loaded = {}, None

    def __call__(self, job: Job) -> Generator:
        spec = job.spec
        options: dict[str, Any] = {
            "model": job.model,
            "url": spec.url,
            "batch_size": self.experiment.batch_size,
            "max_new_tokens": self.experiment.max_new_tokens,
            "temperature": spec.temperature,
            "seed": job.run.seed if spec.temperature else None,
            "template": spec.template or None,
        }
        if self._loaded is None or self._options != options:
            self.forget()
            self._options, self._loaded = options, open_generator(**options)
        return self._loaded
