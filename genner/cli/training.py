"""`genner train | predict | merge`: fine-tune, answer a corpus, add an adapter to its base."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from genner.cli.inputs import corpus
from genner.cli.options import DataFormat, Labels, label_set
from genner.cli.screen import note, show
from genner.exceptions import DataError
from genner.formats import FORMATS
from genner.show.tables import Column, Table
from genner.types import Document

__all__ = ["merge", "predict", "train"]

SCRATCH_SIZES: dict[str, dict[str, Any]] = {"tiny": {}, "small": {"width": 192, "heads": 6, "learning_rate": 2e-3}}
"""What `--from-scratch` knows; everything else about them is in `genner.training.scratch.Scratch`."""


def train(
    config: Annotated[str | None, typer.Argument(metavar="CONFIG", help="Settings, as YAML or JSON.")] = None,
    *,
    train_file: Annotated[str | None, typer.Option("--train", metavar="FILE", help="Corpus to learn from.")] = None,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Base model: a folder or a hub name.")] = None,
    from_scratch: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help=f"Train a small model from nothing: {', '.join(SCRATCH_SIZES)}."),
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", "-f", metavar="NAME", help=f"Output format: {', '.join(FORMATS)}.")
    ] = None,
    labels: Labels = None,
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="DIR", help="Where the model goes.")] = None,
    tokens: Annotated[int | None, typer.Option(metavar="N", help="Budget of a model from scratch.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be learned from, and stop.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, and do not go on from a checkpoint.")] = False,
) -> None:
    """Fine-tune a model with LoRA, as the paper does, or train a tiny one from scratch."""
    _needs("transformers", "training")
    from genner.training.config import load_config, make_config

    given: dict[str, Any] = {"train": train_file, "model": model, "output": output}
    changes = {name: value for name, value in given.items() if value is not None}
    chosen = label_set(labels)
    recipe: dict[str, Any] = {"format": format} if format else {}
    if chosen is not None:
        recipe["labels"] = chosen.to_dict()
    if from_scratch is not None:
        if from_scratch not in SCRATCH_SIZES:
            raise DataError(f"--from-scratch: expected one of {', '.join(SCRATCH_SIZES)}, got {from_scratch!r}")
        budget = {} if tokens is None else {"tokens": tokens}
        changes["scratch"] = SCRATCH_SIZES[from_scratch] | budget
        recipe["style"] = "text"
    if config is not None:
        if recipe:
            raise DataError("--format, --labels and --from-scratch belong into the config when there is one")
        settings = load_config(config, **changes)
    else:
        settings = make_config(changes | {"recipe": recipe})
    documents = list(corpus(settings.train))
    if dry_run:
        _preview(settings, documents)
    else:
        from genner.training.runs import train as train_model

        if settings.scratch is None:
            _needs("peft", "training")
        held_out = [] if settings.validation is None else list(corpus(settings.validation))
        train_model(settings, documents, held_out, resume=not fresh, tell=note)


def predict(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder of a trained model, or its name on a server.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="Corpus whose texts are asked about.")],
    *,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where the answers go, a line each.")],
    backend: Annotated[
        str, typer.Option(metavar="NAME", help="What runs the model: transformers, vllm, server.")
    ] = "transformers",
    url: Annotated[str | None, typer.Option(metavar="URL", help="Of an OpenAI-compatible server.")] = None,
    format: Annotated[
        str | None, typer.Option("--format", "-f", metavar="NAME", help="Output format, when the model does not say.")
    ] = None,
    labels: Labels = None,
    style: Annotated[str | None, typer.Option(metavar="NAME", help="Wording, when the model does not say.")] = None,
    demonstrations: Annotated[
        str | None, typer.Option(metavar="FILE", help="Corpus from which the nearest documents are shown.")
    ] = None,
    shots: Annotated[int, typer.Option(metavar="N", help="How many of them are shown.")] = 3,
    guided: Annotated[bool, typer.Option("--guided", help="Let the model write valid answers alone.")] = False,
    policy: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of --guided: copy_first (the default) or strict."),
    ] = None,
    drop_forced: Annotated[
        bool, typer.Option("--drop-forced", help="With --guided: leave out entities the model did not want.")
    ] = False,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Requests at once.")] = 16,
    max_new_tokens: Annotated[int, typer.Option(metavar="N", help="Where an answer is cut off.")] = 1024,
    chunk: Annotated[
        int | None, typer.Option(metavar="N", help="Ask about longer documents in pieces of N characters.")
    ] = None,
    constrain: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What a server takes to keep answers valid: schema, vllm, sglang, llama.cpp."
        ),
    ] = None,
    data_format: DataFormat = None,
) -> None:
    """Ask a model about every document; a run that was killed goes on where it stopped."""
    if constrain is not None and url is None and backend != "server":
        raise DataError("--constrain is for a server: give --url, or --guided for a model here")
    from genner.models.answers import answer_all
    from genner.models.constraint import constraint
    from genner.models.generator import Throughput
    from genner.models.recipe import Recipe
    from genner.models.retrieval import Nearest

    chosen = label_set(labels)
    documents = list(corpus(file, data_format))
    if (Path(model) / "genner.json").is_file():
        recipe = Recipe.load(model).require(format=format, labels=chosen, style=style)
    elif format is None or chosen is None:
        raise DataError("this model does not say how it was trained: give --format and --labels", path=model)
    else:
        recipe = Recipe.make(format, chosen, style=style or "genner")
    shown = None if demonstrations is None else Nearest(list(corpus(demonstrations)), shots)
    generator = _generator(model, backend, url, recipe, guided, policy, drop_forced, batch_size, max_new_tokens)
    if constrain is not None:
        generator.constrain = constraint(recipe, constrain)
    speed = Throughput(note)
    asked = answer_all(documents, recipe, generator, output, demonstrations=shown, chunk=chunk, watch=speed.see)
    note(f"{len(documents) - asked} answers were there already" if asked < len(documents) else str(speed))
    free = getattr(generator, "free", ())
    if free:
        note(f"{len(free)} questions were asked freely: no {constrain} constraint can be written for their text")
    steps, disagreements = getattr(generator, "steps", 0), getattr(generator, "disagreements", 0)
    if steps:
        note(f"at {disagreements} of {steps} steps the model wanted what is not allowed ({disagreements / steps:.1%})")


def merge(
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="Folder that genner train has written.")],
    output: Annotated[str, typer.Argument(metavar="DIR", help="Where the merged model goes.")],
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


def _generator(
    model: str,
    backend: str,
    url: str | None,
    recipe: Any,
    guided: bool,
    policy: str | None,
    drop_forced: bool,
    batch_size: int,
    max_new_tokens: int,
) -> Any:
    if (policy is not None or drop_forced) and not guided:
        raise DataError("--policy and --drop-forced say how --guided works: give both")
    if guided and (url is not None or backend in ("server", "vllm")):
        raise DataError("--guided needs the transformers backend, which it masks token by token")
    if url is not None or backend == "server":
        from genner.models.server import ServerGenerator

        return ServerGenerator(model, base_url=url, concurrency=batch_size, max_new_tokens=max_new_tokens)
    if backend == "vllm":
        from genner.models.vllm import VllmGenerator

        return VllmGenerator(model, max_new_tokens=max_new_tokens)
    if backend != "transformers":
        raise DataError(f"--backend: expected one of transformers, vllm, server, got {backend!r}")
    _needs("transformers", "generation")
    from genner.constrained import policy_named
    from genner.models.loading import load
    from genner.models.transformers import TransformersGenerator, token_guides

    loaded = load(model)
    made = TransformersGenerator(
        loaded.model, loaded.tokenizer, batch_size=batch_size, max_new_tokens=max_new_tokens, name=model
    )
    if guided:
        made.guide = token_guides(recipe, loaded.tokenizer, made.template.end)
        made.policy = policy_named(policy or made.policy)
        made.drop_forced = drop_forced
        made.name = f"{model}, guided ({made.policy}{', forced dropped' if drop_forced else ''})"
    return made


def _preview(settings: Any, documents: list[Document]) -> None:
    """Print three examples as the model sees them, the part that is learned between marks, and the lengths."""
    from genner.models.loading import load_tokenizer
    from genner.models.template import Template
    from genner.training.data import DataReport, lengths, rows
    from genner.training.tokenizer import train_tokenizer

    scratch = settings.scratch
    if scratch is None:
        template = Template(load_tokenizer(settings.model), **settings.template)
        longest = settings.fit.max_length
    else:
        template = Template(train_tokenizer(documents, settings.recipe, size=scratch.vocabulary))
        longest = scratch.max_length
    report = DataReport()
    made = rows(documents, settings.recipe, template, max_length=longest, on_long=settings.fit.on_long, report=report)
    for row in made[:3]:
        learned = [label for label in row.labels if label >= 0]
        print(f"--- {'' if row.document is None else row.document.id or ''}")
        print(template.tokenizer.decode(row.input_ids[: row.prompt]))
        print(f">>> learned, {len(learned)} of {len(row.input_ids)} tokens:")
        print(template.tokenizer.decode(learned))
        runs = ((kept, len(list(run))) for kept, run in groupby(label >= 0 for label in row.labels))
        print("mask: " + ", then ".join(f"{size} {'learned' if kept else 'ignored (-100)'}" for kept, size in runs))
    found = lengths(made)
    names = list(next(iter(found.values())))
    columns = [Column("tokens"), *(Column(name, "count") for name in names)]
    table = [(kind, *(values[name] for name in names)) for kind, values in found.items()]
    show([Table(columns, table, title=str(report))])
