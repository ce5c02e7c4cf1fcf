"""The settings of an experiment, in YAML or JSON, checked before anything runs; and the runs they ask for."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from genner.exceptions import DataError, UnknownNameError
from genner.formats import FORMATS
from genner.models.recipe import Recipe, label_set_of
from genner.study.samples import SAMPLES
from genner.training.config import Positive, TrainSettings, read_settings
from genner.types import LabelSet
from genner.types.wire import describe

__all__ = ["Capability", "Corpus", "Dictionary", "Experiment", "Model", "Run", "load_experiment", "make_experiment"]

Symbols = Literal["explained", "only"]

TABLE_8 = ("truthfulqa_mc1", "mmlu", "gsm8k", "hellaswag", "drop")
"""The benchmarks of the paper's Table 8, as lm-eval names them."""

_STRICT = ConfigDict(frozen=True, extra="forbid")

_PLACES = frozenset({"corpus", "format", "symbols", "seed"})
"""What may stand in braces in the path of a model or of answers."""


def _format(value: str) -> str:
    if value not in FORMATS:
        raise UnknownNameError.of("format", value, FORMATS)
    return value


Format = Annotated[str, BeforeValidator(_format)]


class Corpus(BaseModel):
    """Documents to learn from and documents to ask about.

    Args:
        train: file of those to learn from and to show, in any data format.
        test: file of those to ask about.
        validation: file to take the loss on, for LoRA.
        sample: a corpus that ships with genner, in place of files.
        labels: the label set; of a sample, its own.
        nested: whether entities may overlap; None looks at the documents to learn from.
        paper: name of the corpus in the paper whose figures are shown below yours.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    train: str | None = None
    test: str | None = None
    validation: str | None = None
    sample: Literal["flat", "nested"] | None = None
    labels: Annotated[
        LabelSet | None, BeforeValidator(lambda value: None if value is None else label_set_of(value))
    ] = None
    nested: bool | None = None
    paper: Literal["conll2003", "ontonotes5", "ace2005", "genia"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Corpus:
        if self.sample is not None:
            if self.train or self.test:
                raise ValueError(f"a sample ({', '.join(SAMPLES)}) brings its own documents: leave out train and test")
        elif self.test is None or self.labels is None:
            raise ValueError("a corpus needs `test`, the documents to ask about, and `labels`; or `sample`")
        return self


class Dictionary(BaseModel):
    """The baseline that remembers entity strings; see `genner.lexicon.Lexicon`."""

    model_config = _STRICT

    min_share: Annotated[float, Field(ge=0, le=1)] = 0.25


_GOES_WITH: Mapping[str, frozenset[str]] = {
    "lexicon": frozenset(),
    "base": frozenset({"style", "system", "training", "template"}),
    "model": frozenset({"style", "system", "template", "url", "shots", "by", "verify", "temperature"}),
    "answers": frozenset(),
    "predictions": frozenset(),
}
"""Each kind of model, by the setting that names it, and the other settings it has."""


class Model(BaseModel):
    """One system of the experiment: exactly one of the first five says what kind it is.

    Args:
        lexicon: the dictionary of the training entities.
        base: folder or hub name of a model that gets LoRA weights.
        model: folder or hub name of a model that is asked as it is, `vllm:NAME`, or its name on a server (`url`).
        answers: file of raw outputs.
        predictions: file of documents or predictions, of a system without a format.
        training: how weights are trained on `base`.
        style: wording of the prompt; the paper's for `base`, else genner's.
        system: whether the instruction is a system message.
        template: options for the chat template.
        url: of an OpenAI-compatible server.
        shots: nearest training documents shown to a model that is asked.
        by: what makes them near: `"sentence"` or `"entity"`.
        verify: whether it is asked about each entity again, yes or no.
        temperature: 0 is greedy.
        formats: the only ones it answers in; None means all of the experiment.
    """

    model_config = _STRICT

    lexicon: Dictionary | None = None
    base: str | None = None
    model: str | None = None
    answers: str | None = None
    predictions: str | None = None
    training: TrainSettings = TrainSettings()
    style: Literal["genner", "paper", "text"] | None = None
    system: bool = False
    template: dict[str, Any] = Field(default_factory=dict)
    url: str | None = None
    shots: Annotated[int, Field(ge=0)] = 0
    by: Literal["sentence", "entity"] = "sentence"
    verify: bool = False
    temperature: Annotated[float, Field(ge=0)] = 0.0
    formats: Annotated[list[Format], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Model:
        given = [kind for kind in _GOES_WITH if getattr(self, kind) is not None]
        if len(given) != 1:
            got = f"got {' and '.join(given)}" if given else "got none"
            raise ValueError(f"a model needs exactly one of {', '.join(_GOES_WITH)}, {got}")
        stray = sorted(self.model_fields_set - _GOES_WITH[given[0]] - {*_GOES_WITH, "formats"})
        if stray:
            raise ValueError(f"a model with {given[0]!r} has no {', '.join(stray)}")
        strange = self.places - _PLACES
        if strange:
            raise ValueError(f"in braces: expected {', '.join(sorted(_PLACES))}, got {', '.join(sorted(strange))}")
        return self

    @property
    def kind(self) -> str:
        """Which of the settings that name a kind it has."""
        return next(kind for kind in _GOES_WITH if getattr(self, kind) is not None)

    @property
    def path(self) -> str:
        """Where it is, for the kinds that are somewhere."""
        return self.model or self.answers or self.predictions or self.base or ""

    @property
    def places(self) -> frozenset[str]:
        """The names in braces in its path."""
        try:
            return frozenset(name for _, name, _, _ in string.Formatter().parse(self.path) if name is not None)
        except ValueError as error:
            raise ValueError(f"braces in {self.path!r}: {error}") from None

    @property
    def wording(self) -> str:
        """The style of its prompts."""
        return self.style or ("paper" if self.kind == "base" else "genner")

    def shows(self, symbols: Symbols) -> bool:
        """Whether it can be asked with symbols: the bare text shows no explanation, a file holds what it holds."""
        if self.kind == "answers":
            return "symbols" in self.places
        return self.wording != "text" or symbols == "only"

    @property
    def draws(self) -> bool:
        """Whether another seed gives other answers."""
        return self.kind == "base" or self.temperature > 0 or "seed" in self.places


class Capability(BaseModel):
    """What else the models are asked, through lm-eval.

    Args:
        tasks: as lm-eval names them; the paper's five by default.
        models: names of models; all with `base` when None.
        formats: which of the fine-tuned models are asked.
        data: folder with local copies of the data sets, named as on the hub.
        include_path: folder with tasks of your own.
        limit: questions of each task; None asks all.
        shots: worked examples; None leaves it to each task.
        chat: whether questions go through the chat template.
        batch_size: questions at once.
    """

    model_config = _STRICT

    tasks: Annotated[list[str], Field(min_length=1)] = list(TABLE_8)
    models: list[str] | None = None
    formats: Annotated[list[Format], Field(min_length=1)] = ["xml"]
    data: str | None = None
    include_path: str | None = None
    limit: Positive | None = None
    shots: Annotated[int, Field(ge=0)] | None = None
    chat: bool = False
    batch_size: Positive = 8


class Experiment(BaseModel):
    """Corpora, models and formats, and every combination of them.

    Args:
        output: folder for runs, models and the report.
        corpora: by name.
        models: by name.
        formats: that are compared.
        symbols: labels replaced by letters, besides the names.
        symbol_formats: in which that is done.
        seeds: of everything drawn.
        batch_size: questions at once, to a model or a server.
        max_new_tokens: where an answer is cut off.
        chunk: documents longer than this many characters are asked about in pieces.
        guided: whether only valid answers are allowed, for all models that are asked.
        capability: what else the models are asked.
    """

    model_config = _STRICT

    output: str
    corpora: Annotated[dict[str, Corpus], Field(min_length=1)]
    models: Annotated[dict[str, Model], Field(min_length=1)]
    formats: Annotated[list[Format], Field(min_length=1)] = list(FORMATS)
    symbols: list[Symbols] = []
    symbol_formats: Annotated[list[Format], Field(min_length=1)] = ["xml"]
    seeds: Annotated[list[int], Field(min_length=1)] = [0]
    batch_size: Positive = 16
    max_new_tokens: Positive = 1024
    chunk: Positive | None = None
    guided: bool = False
    capability: Capability | None = None

    @field_validator("corpora", "models")
    @classmethod
    def _names(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not name.strip() or not name.isprintable():
                raise ValueError(f"expected a name of printable characters, got {name!r}")
        return value

    @field_validator("formats", "symbols", "symbol_formats", "seeds")
    @classmethod
    def _once(cls, value: list[Any]) -> list[Any]:
        return list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _fits(self) -> Experiment:
        for model in () if self.capability is None else self.capability.models or ():
            if model not in self.models:
                raise ValueError(str(UnknownNameError.of("model", model, self.models)))
        for name, spec in self.models.items():
            several = spec.kind == "answers" and "format" not in spec.places and len(self._columns(spec)) > 1
            if several:
                raise ValueError(f"model {name!r}: one file of answers is in one format: say which in its `formats`")
            if not self._columns(spec):
                raise ValueError(f"model {name!r}: none of its formats is among those of the experiment")
            for corpus, settings in self.corpora.items():
                learns = spec.kind in ("lexicon", "base") or spec.shots > 0
                if learns and settings.train is None and settings.sample is None:
                    raise ValueError(f"model {name!r} needs documents to learn from: corpus {corpus!r} has no `train`")
        return self

    def runs(self) -> Iterator[Run]:
        """Yield every run, corpus by corpus and model by model."""
        for corpus in self.corpora:
            for model, spec in self.models.items():
                for format, symbols in self._columns(spec):
                    for seed in self.seeds if spec.draws else self.seeds[:1]:
                        yield Run(corpus, model, format, symbols, seed if spec.draws else None)

    def _columns(self, spec: Model) -> list[tuple[str | None, Symbols | None]]:
        """Return formats and namings of labels; what symbols are compared with is among them."""
        if spec.kind == "predictions":
            return [(None, None)]
        symbols = [one for one in self.symbols if spec.shows(one)]
        named = dict.fromkeys([*self.formats, *(format for format in self.symbol_formats if symbols)])
        columns: list[tuple[str | None, Symbols | None]] = [(format, None) for format in named]
        columns += [(format, one) for format in self.symbol_formats for one in symbols]
        return [column for column in columns if spec.formats is None or column[0] in spec.formats]


@dataclass(frozen=True, slots=True)
class Run:
    """One combination: what is asked about, who answers, and how.

    Args:
        corpus: its name.
        model: its name.
        format: None for a system without one.
        symbols: None where labels have their names.
        seed: None where nothing is drawn.
    """

    corpus: str
    model: str
    format: str | None
    symbols: Symbols | None
    seed: int | None

    def __str__(self) -> str:
        parts = [self.corpus, self.model, *([] if self.format is None else [self.format])]
        parts += [] if self.symbols is None else [f"symbols {self.symbols}"]
        return ", ".join([*parts, *([] if self.seed is None else [f"seed {self.seed}"])])

    def fill(self, path: str) -> str:
        """Put the names into the braces of a path."""
        return path.format(corpus=self.corpus, format=self.format, symbols=self.symbols or "names", seed=self.seed)

    def recipe(self, spec: Model, labels: LabelSet, *, nested: bool) -> Recipe:
        """Return how documents become questions here.

        Args:
            spec: the model of the run.
            labels: of the corpus.
            nested: whether entities of the corpus may overlap.
        """
        return Recipe.make(
            self.format or FORMATS[0],
            labels,
            style=spec.wording,
            nested=nested,
            symbols=self.symbols,
            system=spec.system,
        )


def load_experiment(path: str | PathLike[str], **changes: Any) -> Experiment:
    """Read a config, YAML or JSON as the name says; `changes` replace what the file says.

    Args:
        path: of the file.
        changes: settings by name, such as `output`.

    Raises:
        DataError: naming everything that is wrong, and where.
        MissingExtraError: for YAML without pyyaml.
    """
    settings = read_settings(path)
    try:
        return make_experiment(settings | changes)
    except DataError as error:
        raise DataError(str(error), path=str(path)) from None


def make_experiment(settings: Mapping[str, Any]) -> Experiment:
    """Check plain settings.

    Raises:
        DataError: naming everything that is wrong, and where.
    """
    try:
        return Experiment.model_validate(dict(settings))
    except ValidationError as error:
        raise DataError(describe(error)) from None
