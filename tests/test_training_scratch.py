"""A tiny model from nothing: it learns to answer in every format, and can copy before it has learned."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner import DataError, Document
from genner.models.generator import requests_for
from genner.models.recipe import Recipe
from genner.models.transformers import TransformersGenerator
from genner.study.samples import load_sample, sample_labels
from genner.training.augment import Swapper
from genner.training.data import Row, collate
from genner.training.fitting import Step
from genner.training.scratch import Scratch, new_model, train_from_scratch
from genner.training.tokenizer import COPY, TEXT, train_tokenizer

SMALL = Scratch(
    width=64,
    layers=2,
    vocabulary=1024,
    tokens=250_000,
    learning_rate=5e-3,
    copying=0.0,
    swapping=0.0,
    noise=0.0,
    seed=1,
)
ANN = Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="a")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("format", genner.FORMATS)
def test_a_tiny_model_learns_fifty_sentences_by_heart(format: str) -> None:
    """Trained on 50 real sentences it writes their entities itself, token by token, with strict F1 above 95."""
    documents = load_sample("flat", "train")[:50]
    recipe = Recipe.make(format, sample_labels("flat"), style="text")
    losses: list[Step] = []

    tiny = train_from_scratch(documents, recipe, SMALL, watch=losses.append)
    generator = TransformersGenerator(tiny.model, tiny.tokenizer, batch_size=25, max_new_tokens=300)
    outputs = {done.key: done.output for done in generator.generate(requests_for(documents, recipe))}
    predicted = [recipe.read(outputs[at], document.text) for at, document in enumerate(documents)]

    assert losses[-1].loss < 0.1 * losses[0].loss
    assert genner.evaluate(documents, predicted, labels=recipe.labels).micro.f1 > 0.95


def copied(model: Any, tokenizer: Any, length: int) -> float:
    """Return the share of random tokens that the model continues a half-written copy with."""
    first, ask = (tokenizer.convert_tokens_to_ids(token) for token in (TEXT, COPY))
    drawn = torch.randint(300, len(tokenizer), (16, length), generator=torch.Generator().manual_seed(0))
    ends = [torch.full((16, 1), id) for id in (first, ask)]
    with torch.no_grad():
        logits = model(torch.cat([ends[0], drawn, ends[1], drawn], 1)).logits[:, length + 2 : -1]
    return float((logits.argmax(-1) == drawn[:, 1:]).float().mean())


def test_the_first_weights_can_copy() -> None:
    """Before any training a third of random tokens is continued rightly; with plain weights none is."""
    recipe = Recipe.make("xml", sample_labels("flat"), style="text")
    tokenizer = train_tokenizer(load_sample("flat", "train"), recipe, size=1024)
    torch.manual_seed(0)
    with_heads = new_model(tokenizer, Scratch()).eval()
    without = new_model(tokenizer, Scratch(induction=False)).eval()

    assert copied(with_heads, tokenizer, 50) > 0.3
    assert copied(without, tokenizer, 50) < 0.05


@pytest.mark.parametrize(("width", "heads", "size"), [(96, 8, 32), (40, 8, 16), (32, 2, 16), (21, 3, 4), (16, 1, 8)])
def test_any_width_has_first_weights(width: int, heads: int, size: int) -> None:
    """Heads of their own size need not fit the width."""
    recipe = Recipe.make("xml", sample_labels("flat"), style="text")
    tokenizer = train_tokenizer(load_sample("flat", "train")[:20], recipe, size=1024)
    settings = Scratch(width=width, heads=heads, head_size=size, layers=2)

    assert new_model(tokenizer, settings)(torch.tensor([[5, 6, 7]])).logits.isfinite().all()


def test_the_same_seed_gives_the_same_model() -> None:
    """Everything that is drawn hangs on the seed."""
    documents = load_sample("flat", "train")[:20]
    recipe = Recipe.make("bracket", sample_labels("flat"), style="text")
    settings = SMALL.model_copy(update={"tokens": 6000, "swapping": 0.5, "copying": 0.2})

    runs = [train_from_scratch(documents, recipe, settings.model_copy(update={"seed": seed})) for seed in (3, 3, 4)]

    weights = [run.model.lm_head.weight for run in runs]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_killed_run_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken off half way and started again, it ends with the weights of an unbroken run; another run is refused."""
    monkeypatch.setattr("genner.training.fitting._EVERY", 0.0)
    documents = load_sample("flat", "train")[:20]
    recipe = Recipe.make("bracket", sample_labels("flat"), style="text")
    settings = SMALL.model_copy(update={"tokens": 9000, "swapping": 0.5, "copying": 0.2, "noise": 0.1})
    path, taken = tmp_path / "run.pt", []

    def stop(step: Step) -> None:
        taken.append(step.number)
        if len(taken) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_from_scratch(documents, recipe, settings, watch=stop, checkpoint=path)
    resumed = train_from_scratch(documents, recipe, settings, watch=stop, checkpoint=path)
    whole = train_from_scratch(documents, recipe, settings)

    assert taken == list(range(1, len(taken) + 1))
    assert len(taken) > 6
    assert torch.equal(resumed.model.lm_head.weight, whole.model.lm_head.weight)
    with pytest.raises(DataError, match=r"run\.pt: this checkpoint is of another run"):
        train_from_scratch(documents[:19], recipe, settings, checkpoint=path)


def test_the_model_comes_back_from_disk(tmp_path: Any) -> None:
    """Model, tokenizer and recipe are plain files, and the loaded model answers as the trained one."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    documents = load_sample("flat", "train")[:20]
    recipe = Recipe.make("bracket", sample_labels("flat"), style="text")
    tiny = train_from_scratch(documents, recipe, SMALL.model_copy(update={"tokens": 6000}))
    tiny.model.save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)

    model, tokenizer = AutoModelForCausalLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)

    asked = requests_for(documents[:4], recipe)
    answers = [
        list(TransformersGenerator(*pair, max_new_tokens=20).generate(asked))
        for pair in ((tiny.model, tiny.tokenizer), (model, tokenizer))
    ]
    assert answers[0] == answers[1]


def test_padding_changes_no_answer() -> None:
    """A batch of different lengths gives each document the answer it gets alone."""
    documents = load_sample("flat", "train")[:12]
    recipe = Recipe.make("xml", sample_labels("flat"), style="text")
    tiny = train_from_scratch(documents, recipe, SMALL.model_copy(update={"tokens": 20_000}))
    asked = requests_for(documents, recipe)

    found = [
        {
            done.key: done.output
            for done in TransformersGenerator(tiny.model, tiny.tokenizer, batch_size=size, max_new_tokens=30).generate(
                asked
            )
        }
        for size in (1, 5)
    ]

    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Scratch(width=100), "width: expected a multiple of the 8 heads, got 100"),
        (Scratch(head_size=33), "head_size: expected an even number up to the width 128, got 33"),
        (Scratch(vocabulary=300), r"vocabulary: expected at least \d+ for these labels, got 300"),
        (Scratch(max_length=4), "document 'a': .* more than the maximum length of 4"),
    ],
)
def test_settings_that_cannot_work(settings: Scratch, message: str) -> None:
    """What does not fit is said before training."""
    recipe = Recipe.make("bracket", ["PER", "LOC"], style="text")

    with pytest.raises(DataError, match=message):
        train_from_scratch([ANN], recipe, settings)


# -- swapping --------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from(["flat", "nested"]))
def test_swapped_entities_keep_their_labels(seed: int, name: str) -> None:
    """Labels stay in their order, what is between the entities stays, and the new ones are from the corpus."""
    documents = load_sample(name, "train")[:30]
    known = {(document.surface(e), e.label) for document in documents for e in document.entities}
    document = random.Random(seed).choice(documents)

    other = Swapper(documents, 1.0, random.Random(seed))(document)

    assert {(other.surface(e), e.label) for e in other.entities} <= known
    assert outermost(other) == outermost(document)


def outermost(document: Document) -> list[str]:
    """Return the labels of the outermost entities and the text between them."""
    parts, at = [], 0
    for start, end, label in document.entities:
        if start >= at:
            parts += [document.text[at:start], label]
        at = max(at, end)
    return [*parts, document.text[at:]]


def test_crossing_entities_are_left_alone() -> None:
    """A run of entities in which none encloses the rest cannot be exchanged as one."""
    crossing = Document("a b c", [(0, 3, "X"), (2, 5, "Y")])

    assert Swapper([crossing], 1.0, random.Random(0))(crossing) is crossing


def test_the_model_needs_no_mask_for_padding_on_the_right() -> None:
    """With causal attention the logits of a row are the same with and without padding after it."""
    recipe = Recipe.make("bracket", ["PER", "LOC"], style="text")
    tokenizer = train_tokenizer([ANN] * 20, recipe, size=1024)
    model = new_model(tokenizer, Scratch(width=32, layers=2, heads=2, head_size=16)).eval()
    short, long = Row([5, 6, 7, 8], 1), Row([5, 6, 7, 8, 9, 10, 11], 1)

    with torch.no_grad():
        together = model(collate([short, long], pad=0)["input_ids"]).logits[0, :4]
        alone = model(torch.tensor([short.input_ids])).logits[0]

    assert torch.allclose(together, alone, atol=1e-5)
