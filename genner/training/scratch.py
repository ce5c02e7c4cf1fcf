"""A small model from nothing: a Llama of a million parameters that learns one recipe.

It needs no download and shows on a laptop what the large ones show on a cluster.  The task is
mostly copying, and copying appears suddenly, so the settings below are about making it appear:
words are the same tokens in text and answer, a share of the rows is plain copying, and entities
are swapped for others of their label so that there is less to remember and more to copy.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from genner.exceptions import DataError, EncodeError
from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.training.augment import Swapper
from genner.training.data import DataReport, OnLong, Row, rows
from genner.training.data import row as row_of
from genner.training.fitting import Pace, Step, fit
from genner.training.induction import start_copying
from genner.training.tokenizer import COPY, train_tokenizer
from genner.types import Document

__all__ = ["Scratch", "Step", "Tiny", "batches", "train_from_scratch"]

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]


class Scratch(BaseModel):
    """Size of the model and how it is trained.

    Args:
        width: of the hidden states; the MLP is 2.75 times as wide.
        layers: of the model.
        heads: of the attention.
        head_size: of the vectors that a head compares; together they may be wider than the hidden states.
        vocabulary: tokens of the BPE tokenizer.
        max_length: of a row, in tokens.
        tokens: how many to train on, padding not counted: the budget.
        batch_tokens: in one step, padding counted.
        learning_rate: of AdamW, after `warmup` (a share of the budget), falling to 0 as a cosine.
        matrix_rate: of Muon, which moves the matrices of the layers, with the same course.
        induction: whether the first weights can copy already.
        copying: share of the rows in which the answer is the text itself, or in half of them a string
            of random tokens, which nothing but copying can predict.
        swapping: share of the entities exchanged for others of their label.
        noise: share of the words between entities exchanged for any others.
        seed: of everything drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: Positive = 128
    layers: Positive = 4
    heads: Positive = 8
    head_size: Positive = 32
    vocabulary: Positive = 2048
    max_length: Positive = 1024
    tokens: Positive = 3_000_000
    batch_tokens: Positive = 1024
    learning_rate: Annotated[float, Field(gt=0)] = 3e-3
    matrix_rate: Annotated[float, Field(gt=0)] = 0.02
    warmup: Share = 0.02
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    induction: bool = True
    copying: Share = 0.12
    swapping: Share = 0.5
    noise: Share = 0.15
    seed: int = 0


class Tiny(NamedTuple):
    """A trained model, its tokenizer and what became of the documents."""

    model: Any
    tokenizer: Any
    report: DataReport


def new_model(tokenizer: Any, settings: Scratch) -> Any:
    """Build an untrained Llama that fits the tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    if settings.width % settings.heads:
        raise DataError(f"width: expected a multiple of the {settings.heads} heads, got {settings.width}")
    if settings.head_size % 2 or settings.head_size > settings.width:
        raise DataError(
            f"head_size: expected an even number up to the width {settings.width}, got {settings.head_size}"
        )
    end = tokenizer.eos_token_id
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=settings.width,
        intermediate_size=settings.width * 11 // 4,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.heads,
        head_dim=settings.head_size,
        max_position_embeddings=settings.max_length,
        tie_word_embeddings=True,
        attention_bias=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    if settings.induction and settings.layers > 1 and settings.heads > 1:
        start_copying(model)
    return model


def batches(made: Callable[[], Iterator[Row]], tokens: int, rng: random.Random) -> Iterator[list[Row]]:
    """Yield batches of rows of like length, at most `tokens` ids each with the padding; `made` gives an epoch."""
    while True:
        waiting = sorted(made(), key=lambda row: len(row.input_ids) + rng.random())
        groups: list[list[Row]] = [[]]
        for row in waiting:  # rows come shortest first, so the newest is the widest of its group
            if groups[-1] and (len(groups[-1]) + 1) * len(row.input_ids) > tokens:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        yield from groups


def train_from_scratch(
    documents: Sequence[Document],
    recipe: Recipe,
    settings: Scratch | None = None,
    *,
    on_long: OnLong = "raise",
    watch: Callable[[Step], None] | None = None,
    checkpoint: Path | None = None,
) -> Tiny:
    """Train a tokenizer and a model on the documents.

    Args:
        on_long: what to do with documents longer than `settings.max_length` tokens.
        watch: called after every step.
        checkpoint: a file to write from time to time, and to go on from after a kill.

    Raises:
        DataError: when there is nothing to learn from, a document is too long, or the checkpoint is
            of another run.
    """
    import torch

    settings = settings or Scratch()
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    if not documents:
        raise DataError("expected documents to train on, got none")
    tokenizer = train_tokenizer(documents, recipe, size=settings.vocabulary)
    template = Template(tokenizer)
    report = DataReport()
    fixed = rows(documents, recipe, template, max_length=settings.max_length, on_long=on_long, report=report)
    model = new_model(tokenizer, settings)
    epoch = _Epoch(fixed, recipe, template, settings, rng)
    identity = _identity(tokenizer, recipe, settings, report)
    pace = Pace(settings.tokens, settings.learning_rate, settings.matrix_rate, settings.warmup, settings.weight_decay)
    stream = batches(epoch, settings.batch_tokens, rng)
    fit(model, stream, pace, pad=tokenizer.pad_token_id, watch=watch, checkpoint=checkpoint, identity=identity)
    return Tiny(model, tokenizer, report)


def _identity(tokenizer: Any, recipe: Recipe, settings: Scratch, report: DataReport) -> str:
    """Name everything that decides how a run goes on; the tokenizer stands for the words of the documents."""
    parts = (tokenizer.backend_tokenizer.to_str(), recipe.model_dump_json(), settings.model_dump_json(), str(report))
    return sha256("\0".join(parts).encode()).hexdigest()


class _Epoch:
    """One pass over the rows, some of them turned into exercises."""

    def __init__(
        self, rows: Sequence[Row], recipe: Recipe, template: Template, settings: Scratch, rng: random.Random
    ) -> None:
        self.rows, self.recipe, self.template, self.settings, self.rng = rows, recipe, template, settings, rng
        self.swapper = Swapper(
            [row.document for row in rows if row.document is not None], settings.swapping, rng, noise=settings.noise
        )
        self.copy = template.tokenizer.convert_tokens_to_ids(COPY)
        self.size = len(template.tokenizer)

    def __call__(self) -> Iterator[Row]:
        for row in self.rows:
            yield self._copying(row) if self.rng.random() < self.settings.copying else self._swapped(row)

    def _copying(self, row: Row) -> Row:
        """Ask for the text itself: the same prompt, with another last token."""
        first, *text = row.input_ids[: row.prompt - 1]
        if self.rng.random() < 0.5:
            text = [self.rng.randrange(self.size) for _ in text]
        prompt = [first, *text, self.copy]
        return Row([*prompt, *text, self.template.end], len(prompt))

    def _swapped(self, row: Row) -> Row:
        document = row.document
        other = None if document is None else self.swapper(document)
        if other is None or other is document:
            return row
        try:
            made = row_of(other, self.recipe, self.template)
        except EncodeError:  # in its new place an entity may touch what the format cannot say beside it
            return row
        return made if len(made.input_ids) <= self.settings.max_length else row
