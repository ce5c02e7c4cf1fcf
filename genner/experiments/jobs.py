"""One run of an experiment: train if there is something to train, ask, and score; all of it once.

A run is named by everything that decides it.  While it is worked on, its answers grow in a file
next to the finished ones; the trained model stays in a folder of its own, under a name that does not
depend on how it is asked.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from genner.experiments.config import Experiment, Model, Run
from genner.experiments.corpora import Data
from genner.experiments.record import content, load_record, machine, save_record, settings_hash, slug
from genner.lexicon import Lexicon
from genner.models.answers import AnswerLog, Remembering, answer_all
from genner.models.generator import Generator, Throughput
from genner.models.opening import only_valid
from genner.models.recipe import RECIPE_FILE, Recipe, versions
from genner.models.retrieval import Nearest
from genner.models.verification import verify
from genner.study.assessment import FormatResult, score
from genner.study.outputs import Output, read_outputs
from genner.study.pairing import match
from genner.training.config import TrainConfig, TrainSettings
from genner.training.lora import train_lora
from genner.types import Document, Prediction

__all__ = ["Job", "Result", "Tell", "jobs"]

Tell = Callable[[str], None]

COMPUTES = {
    "lexicon": ("genner",),
    "base": ("genner", "torch", "transformers", "tokenizers", "peft", "accelerate"),
    "model": ("genner", "torch", "transformers", "tokenizers", "peft"),
    "server": ("genner",),
    "answers": (),
    "predictions": (),
}
"""The packages whose versions can change what a kind of model answers."""


@dataclass(frozen=True)
class Result:
    """A run that is done.

    Args:
        run: which.
        name: of the system, for tables: the model, or the model and a step after it.
        result: the predictions, scored and explained.
        record: what was kept of the work.
    """

    run: Run
    name: str
    result: FormatResult
    record: dict[str, Any]

    @property
    def evaluation(self) -> Any:
        """The strict score."""
        return self.result.strict


@dataclass
class Job:
    """One run, ready to be run.

    Args:
        run: which.
        spec: its model.
        data: its documents.
        experiment: that it is part of.
    """

    run: Run
    spec: Model
    data: Data
    experiment: Experiment
    tell: Tell = field(default=lambda message: None)

    @cached_property
    def recipe(self) -> Recipe:
        """How documents become questions."""
        return self.run.recipe(self.spec, self.data.labels, nested=self.data.nested)

    @property
    def _training(self) -> TrainSettings:
        """How weights are trained, with the seed of this run."""
        settings = self.spec.training
        return settings.model_copy(update={"transformers": settings.transformers | {"seed": self.run.seed}})

    @property
    def root(self) -> Path:
        return Path(self.experiment.output)

    # -- names ---------------------------------------------------------------------------------

    @cached_property
    def weights(self) -> dict[str, Any]:
        """Everything that decides the model."""
        spec, run, hashes = self.spec, self.run, self.data.hashes
        kind = "server" if spec.url else spec.kind
        found: dict[str, Any] = {"kind": kind, "recipe": self.recipe.to_dict(), "versions": versions(COMPUTES[kind])}
        if kind == "lexicon":
            return found | {"lexicon": spec.lexicon and spec.lexicon.model_dump(), "train": hashes["train"]}
        if kind == "base":
            found |= {"base": content(spec.path), "training": self._training.model_dump()}
            return found | {"template": spec.template, "train": hashes["train"], "validation": hashes["validation"]}
        if kind == "server":
            return found | {"model": run.fill(spec.path), "url": spec.url}
        return found | {"model": content(run.fill(spec.path))}

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Everything that decides the answers and their score."""
        spec, experiment = self.spec, self.experiment
        found: dict[str, Any] = {"weights": self.weights, "test": self.data.hashes["test"]}
        if spec.kind in ("base", "model"):
            names = ("max_new_tokens", "chunk", "guided")
            found |= {name: getattr(experiment, name) for name in names}
        if spec.kind == "model":
            found |= {"template": spec.template, "temperature": spec.temperature, "verify": spec.verify}
            found |= {"seed": self.run.seed, "url": spec.url}
            found |= {"shots": spec.shots, "by": spec.by, "shown": self.data.hashes["train"]} if spec.shots else {}
        return found

    def _file(self, folder: str, settings: dict[str, Any], suffix: str = "") -> Path:
        run = self.run
        name = slug(run.corpus, run.model, run.format, run.symbols, run.seed, settings_hash(settings)[:12])
        return self.root / folder / f"{name}{suffix}"

    @cached_property
    def path(self) -> Path:
        """The file of the run."""
        return self._file("runs", self.settings, ".json")

    @cached_property
    def model(self) -> str:
        """Folder or name of the model that is asked; a trained one need not be there yet."""
        if self.spec.kind == "base":
            return str(self._file("models", self.weights))
        return self.run.fill(self.spec.path)

    @property
    def folder(self) -> Path:
        """Where the weights are, if they are on this machine."""
        return Path(self.model.removeprefix("vllm:"))

    # -- the work ------------------------------------------------------------------------------

    def load(self) -> list[Result] | None:
        """Return the results when the run is done, else None: a row for each step."""
        if not self.path.is_file():
            return None
        self._tidy()
        return self._results(load_record(self.path))

    def do(self, generators: Callable[[Job], Generator]) -> list[Result]:
        """Do what is not done yet, and return the results."""
        began = time.monotonic()
        facts: dict[str, Any] = {}
        answers = self._answers(generators, facts)
        seconds = round(time.monotonic() - began, 1)
        names = {name: getattr(self.run, name) for name in Run.__slots__}
        record: dict[str, Any] = {"run": names, "settings": self.settings}
        record |= {"machine": machine(), "seconds": seconds, **facts, "answers": answers}
        results = self._results(record)
        record = {"scores": {result.name: _scores(result.result) for result in results}} | record
        save_record(self.path, record)
        self._tidy()
        return results

    def _tidy(self) -> None:
        """Remove what the finished run has grown from; a kill may come between the two."""
        for left in self.path.parent.glob(f"{self.path.stem}.work*"):
            left.unlink(missing_ok=True)

    def _answers(self, generators: Callable[[Job], Generator], facts: dict[str, Any]) -> list[dict[str, Any]]:
        spec, test = self.spec, self.data.test
        if spec.kind in ("answers", "predictions"):
            return self._read(self.run.fill(spec.path))
        if spec.kind == "lexicon":
            assert spec.lexicon is not None
            lexicon = Lexicon.fit(self.data.train, nested=self.data.nested, min_share=spec.lexicon.min_share)
            dropped: list[Any] = []
            found = [Document(document.text, lexicon.predict(document.text)) for document in test]
            outputs = [self.recipe.answer(document, dropped=dropped) for document in found]
            facts["dropped"] = len(dropped)
            return [{"output": output} for output in outputs]
        if spec.kind != "model":
            facts["training"] = self._train()
        elif (self.folder / RECIPE_FILE).is_file():
            asked = {name: getattr(self.recipe, name) for name in ("format", "labels", "symbols")}
            Recipe.load(self.folder).require(**asked)
        work = self.path.with_suffix(".work")
        work.parent.mkdir(parents=True, exist_ok=True)
        generator = generators(self)
        if self.experiment.guided:
            facts["guided"] = only_valid(generator, self.recipe)
        free = len(getattr(generator, "free", ()))
        shown = Nearest(self.data.train, spec.shots, by=spec.by) if spec.shots else None
        speed = Throughput(self.tell)
        if not work.is_file():
            bare = [document.replace(id=None) for document in test]  # the place of a document is its name here
            chunk = self.experiment.chunk
            answer_all(bare, self._asked, generator, work, demonstrations=shown, chunk=chunk, watch=speed.see)
            self.tell(str(speed))
            free = len(getattr(generator, "free", ())) - free
            if free:
                self.tell(f"{free} questions were asked without a constraint: none can be written for their text")
        answers = _lines(work)
        if spec.verify:
            predictions = self._predictions(self._outputs(answers))
            with AnswerLog(self.path.with_suffix(".work.verdicts"), {"model": generator.name}) as log:
                verdicts = verify(predictions, Remembering(generator, log), self.data.labels)[1]
            facts["verdicts"] = [[one.document, list(one.entity), one.answer, one.kept] for one in verdicts]
        return answers

    @property
    def _asked(self) -> Recipe:
        """The recipe the model is asked by: its own, when it has one."""
        own = self.spec.kind == "model" and (self.folder / RECIPE_FILE).is_file()
        return Recipe.load(self.folder) if own else self.recipe

    def _train(self) -> dict[str, Any]:
        """Train unless it is done, and return what there is to say of it."""
        folder = self.folder
        if not (folder / RECIPE_FILE).is_file():
            spec, settings = self.spec, self.data.settings
            config = TrainConfig(
                model=spec.path,
                train=settings.train or f"sample {settings.sample}",
                output=str(folder),
                recipe=self.recipe,
                template=spec.template,
                **{name: getattr(self._training, name) for name in TrainSettings.model_fields},
            )
            train_lora(config, self.data.train, self.data.validation, tell=self.tell)
        record = json.loads((folder / RECIPE_FILE).read_text(encoding="utf-8"))
        return {name: record[name] for name in ("report", "base")}

    def _read(self, path: str) -> list[dict[str, Any]]:
        """Read answers on disk: raw outputs stay raw."""
        matched = match(self.data.test, read_outputs(path))
        return [
            {"output": one.answer} if isinstance(one.answer, str) else one.decode(None, document.text).to_dict()
            for one, document in zip(matched, self.data.test, strict=True)
        ]

    # -- what came of it -----------------------------------------------------------------------

    def _outputs(self, answers: Sequence[dict[str, Any]]) -> list[Output]:
        """Return one output for each test document."""
        stream = BytesIO("".join(json.dumps(answer) + "\n" for answer in answers).encode())
        return match(self.data.test, read_outputs(stream))

    def _predictions(self, outputs: Sequence[Output]) -> list[Prediction]:
        return [
            self.recipe.read(one.answer, document.text)
            if isinstance(one.answer, str)
            else one.decode(None, document.text)
            for one, document in zip(outputs, self.data.test, strict=True)
        ]

    def _results(self, record: dict[str, Any]) -> list[Result]:
        outputs = self._outputs(record["answers"])
        predictions = self._predictions(outputs)
        raw = [one.answer for one in outputs if isinstance(one.answer, str)]
        written = raw if len(raw) == len(outputs) else None
        steps = [(self.run.model, predictions)]
        if "verdicts" in record:
            denied = {(at, tuple(entity)) for at, entity, _, kept in record["verdicts"] if not kept}
            steps.append((f"{self.run.model}, verified", _without(predictions, denied)))
        return [Result(self.run, name, self._score(read, written), record) for name, read in steps]

    def _score(self, predictions: Sequence[Prediction], outputs: Sequence[str] | None) -> FormatResult:
        raw = self.run.format is not None
        grounding = str(self.recipe.codec.grounding) if raw else "n/a"
        name = self.run.format or "predictions"
        return score(name, self.data.test, predictions, labels=self.data.labels, outputs=outputs, grounding=grounding)


def jobs(experiment: Experiment, tell: Tell) -> list[Job]:
    """Read the corpora and return a job for each run.

    Raises:
        DataError: when a corpus cannot be used, or the folder of a base model is not there.
    """
    data = {name: Data(name, settings) for name, settings in experiment.corpora.items()}
    made = []
    for run in experiment.runs():
        made.append(Job(run, experiment.models[run.model], data[run.corpus], experiment, tell))
    return made


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _without(predictions: Sequence[Prediction], denied: set[tuple[int, tuple[Any, ...]]]) -> list[Prediction]:
    return [
        Prediction(
            [entity for entity in one.entities if (at, tuple(entity)) not in denied], one.unplaced, one.issues, one.text
        )
        for at, one in enumerate(predictions)
    ]


def _scores(result: FormatResult) -> dict[str, Any]:
    """Return the figures of a run, for whoever reads its file."""
    found: dict[str, Any] = {}
    for kind, evaluation in (("strict", result.strict), ("text", result.text)):
        micro = evaluation.micro
        found[kind] = {name: getattr(micro, name) for name in ("precision", "recall", "f1", "tp", "fp", "fn")}
        found[kind]["interval"] = [*evaluation.interval("f1")][:2]
    errors = {str(kind): count for kind, count in result.errors.counts.items()}
    signature = result.strict.signature
    return found | {"errors": errors, "issues": dict(result.issues.kinds), "signature": signature}
