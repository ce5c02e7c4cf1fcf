"""`genner train | predict | merge`: fine-tune, answer a corpus, add an adapter to its base."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from genner.cli.inputs import corpus, other_corpus
from genner.cli.options import (
    Adapter,
    AnyFormat,
    AnyStyle,
    BaseModel,
    BatchSize,
    Corpus,
    DataFormat,
    Demonstrations,
    DropForced,
    DryRun,
    Fresh,
    Guided,
    GuidePolicy,
    Labels,
    MaxNewTokens,
    MergedModel,
    ModelName,
    OutputFile,
    OutputPath,
    Shots,
    Training,
    TrainingConfig,
    Url,
    Window,
    label_set,
)
from genner.cli.reading import Reading, reads
from genner.cli.screen import note, show
from genner.exceptions import DataError
from genner.show.tables import Column, Table
from genner.types import Document

__all__ = ["merge", "predict", "train"]


@reads
def train(
    config: TrainingConfig = None,
    *,
    training: Training = None,
    model: BaseModel = None,
    format: AnyFormat = None,
    labels: Labels = None,
    output: OutputPath = None,
    reading: Reading,
    dry_run: DryRun = False,
    fresh: Fresh = False,
) -> None:
    """Fine-tune a model with LoRA, as the paper does."""
    _needs("transformers", "training")
    from genner.training.config import load_config, make_config

    given: dict[str, Any] = {"train": training, "model": model, "output": output}
    changes = {name: value for name, value in given.items() if value is not None}
    chosen = label_set(labels)
    recipe: dict[str, Any] = {"format": format} if format else {}
    if chosen is not None:
        recipe["labels"] = chosen.to_dict()
    if config is not None:
        if recipe:
            raise DataError("--format and --labels belong in the config when there is one")
        settings = load_config(config, **changes)
    else:
        settings = make_config(changes | {"recipe": recipe})
    documents = list(corpus(settings.train, None, reading))
    if dry_run:
        _preview(settings, documents)
    else:
        from genner.training.lora import train_lora

        _needs("peft", "training")
        held_out = [] if settings.validation is None else list(other_corpus(settings.validation, reading))
        train_lora(settings, documents, held_out, resume=not fresh, tell=note)


@reads
def predict(
    file: Corpus = "-",
    *,
    model: ModelName,
    output: OutputFile,
    url: Url = None,
    format: AnyFormat = None,
    labels: Labels = None,
    style: AnyStyle = None,
    demonstrations: Demonstrations = None,
    shots: Shots = 3,
    guided: Guided = False,
    guide_policy: GuidePolicy = None,
    drop_forced: DropForced = False,
    batch_size: BatchSize = 16,
    max_new_tokens: MaxNewTokens = 1024,
    window: Window = None,
    data_format: DataFormat = None,
    reading: Reading,
) -> None:
    """Ask a model about every document and keep the raw answers; a run that was killed resumes."""
    from genner.models import Nearest, Recipe, Throughput, answer_all
    from genner.models.loading import CHECKPOINTS
    from genner.models.opening import open_generator

    if (guide_policy is not None or drop_forced) and not guided:
        raise DataError("--guide-policy and --drop-forced say how --guided works: give both")
    chosen = label_set(labels)
    documents = list(corpus(file, data_format, reading))
    folder = Path(model.removeprefix("vllm:"))
    if (folder / "genner.json").is_file():
        recipe = Recipe.load(folder).require(format=format, labels=chosen, style=style)
    elif (folder / CHECKPOINTS).is_dir():
        raise DataError("this training run is not finished: run genner train again to resume it", path=model)
    elif format is None or chosen is None:
        raise DataError("this model does not say how it was trained: give --format and --labels", path=model)
    else:
        recipe = Recipe.make(format, chosen, style=style or "genner")
    shown = None if demonstrations is None else Nearest(list(other_corpus(demonstrations, reading)), shots)
    generator = open_generator(model, url=url, batch_size=batch_size, max_new_tokens=max_new_tokens)
    if guided:
        _guide(generator, recipe, guide_policy, drop_forced)
    speed = Throughput(note)
    asked = answer_all(documents, recipe, generator, output, demonstrations=shown, chunk=window, watch=speed.see)
    note(f"{len(documents) - asked} answers were already there" if asked < len(documents) else str(speed))
    free = getattr(generator, "free", ())
    if free:
        note(f"{len(free)} questions were asked without a constraint: none can be written for their text")
    steps, disagreements = getattr(generator, "steps", 0), getattr(generator, "disagreements", 0)
    if steps:
        share = f"{disagreements} of {steps} steps ({disagreements / steps:.1%})"
        note(f"at {share} the model preferred a token that is not allowed")


def _guide(generator: Any, recipe: Any, policy: str | None, drop_forced: bool) -> None:
    """Only allow valid answers, and put how into the name that the answers are kept under."""
    from genner.constrained import policy_named
    from genner.models.opening import only_valid

    kind = only_valid(generator, recipe)
    if hasattr(generator, "policy"):
        generator.policy, generator.drop_forced = policy_named(policy or generator.policy), drop_forced
        kind = f"{generator.policy}{', forced dropped' if drop_forced else ''}"
    elif policy is not None or drop_forced:
        raise DataError("--guide-policy and --drop-forced are for a model on this machine")
    generator.name = f"{generator.name}, guided ({kind})"


def merge(
    adapter: Adapter,
    output: MergedModel,
) -> None:
    """Add an adapter to its base model, so that it can be used without peft."""
    _needs("peft", "merging an adapter")
    from genner.training.lora import merge as merged

    merged(adapter, output)
    note(f"the model is in {output}")


def _needs(package: str, feature: str) -> None:
    """Say what to install before anything else is done."""
    from genner.models.packages import require

    require(feature, "torch", package)


def _preview(settings: Any, documents: list[Document]) -> None:
    """Print three examples as the model sees them, the part that is learned between marks, and the lengths."""
    from genner.models.loading import load_tokenizer
    from genner.models.template import Template
    from genner.training.data import DataReport, lengths, rows

    template = Template(load_tokenizer(settings.model), **settings.template)
    report = DataReport()
    options = {"max_length": settings.max_length, "on_long": settings.on_long}
    made = rows(documents, settings.recipe, template, report=report, **options)
    shown: list[str | Table] = []
    for number, row in enumerate(made[:3], 1):
        learned = [label for label in row.labels if label >= 0]
        runs = ((kept, len(list(run))) for kept, run in groupby(label >= 0 for label in row.labels))
        lines = (
            f"--- {(row.document and row.document.id) or f'#{number}'}",
            template.tokenizer.decode(row.input_ids[: row.prompt]),
            f">>> learned, {len(learned)} of {len(row.input_ids)} tokens:",
            template.tokenizer.decode(learned),
            "mask: " + ", then ".join(f"{size} {'learned' if kept else 'ignored (-100)'}" for kept, size in runs),
        )
        shown.append("\n".join(lines))
    found = lengths(made)
    names = list(next(iter(found.values())))
    columns = [Column("tokens"), *(Column(name, "count") for name in names)]
    table = [(kind, *(values[name] for name in names)) for kind, values in found.items()]
    show([*shown, Table(columns, table, title=str(report))])
