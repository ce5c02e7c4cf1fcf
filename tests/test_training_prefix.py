"""Rows behind one shared prefix: the loss and every gradient are those of separate rows."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.study.samples import load_sample, sample_labels
from genner.training.data import Row, collate
from genner.training.data import row as training_row
from genner.training.shared_prefix import Pack, Packer, losses, obstacle, packs, tensors

VOCABULARY = 50
SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
CHAT = (
    "{% for message in messages %}[{{ message.role }}] {{ message.content }}<end>\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant] {% endif %}"
)
PREFIX = [7, 3, 9, 4, 4, 8, 1, 6]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def tiny(kind: str, attention: str = "sdpa", **options: Any) -> Any:
    """Return an untrained model whose answers depend much on what it reads."""
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**(SIZES | options), attn_implementation=attention)
    model = getattr(transformers, f"{kind}ForCausalLM")(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def row_of(draw_prefix: list[int], asked: list[int], answer: list[int]) -> Row:
    return Row([*draw_prefix, *asked, *answer], len(draw_prefix) + len(asked))


TOKENS = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=6)
ROWS = st.lists(
    st.builds(row_of, st.sampled_from([PREFIX, PREFIX[:4], [*PREFIX, 2, 2], [5, 5], []]), TOKENS, TOKENS),
    min_size=1,
    max_size=7,
)


def gradients(model: Any, total: Any) -> dict[str, Any]:
    model.zero_grad()
    total.backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def apart(model: Any, rows: list[Row]) -> Any:
    """Return the summed loss of each row read for itself, as transformers computes it."""
    return sum(model(**collate([row], pad=0)).loss * (len(row.input_ids) - row.prompt) for row in rows)


def together(model: Any, rows: list[Row], limit: int) -> Any:
    """Return the summed loss of the rows in packs."""
    found = []
    for pack in packs(rows, limit):
        made = tensors(pack, additive=model.config._attn_implementation == "eager")
        labels = made.pop("labels")
        found.append(losses(model(**made).logits, labels).sum())
    return sum(found)


# -- packs -----------------------------------------------------------------------------------------


@given(ROWS, st.integers(1, 60))
def test_packs_hold_every_row_once_and_keep_to_the_limit(rows: list[Row], limit: int) -> None:
    """No row is lost or doubled; a pack over the limit is a single row; the prefix is common and ends in the prompt."""
    made = packs(rows, limit)

    assert sorted(row.input_ids for pack in made for row in pack.rows) == sorted(row.input_ids for row in rows)
    assert all(pack.tokens <= limit or len(pack.rows) == 1 for pack in made)
    assert all(
        row.input_ids[: pack.prefix] == pack.rows[0].input_ids[: pack.prefix] for pack in made for row in pack.rows
    )
    assert all(pack.prefix < row.prompt for pack in made for row in pack.rows)
    assert all(tensors(pack)["input_ids"].shape == (1, pack.tokens) for pack in made)


def read(group: list[Row]) -> int:
    """Count the tokens of a group by hand: the longest common beginning of the prompts once, the rests apart."""
    common = 0
    while all(common < row.prompt - 1 and row.input_ids[common] == group[0].input_ids[common] for row in group):
        common += 1
    return common + sum(len(row.input_ids) - 1 - common for row in group)


@given(ROWS, st.integers(10, 60))
def test_no_other_cuts_read_fewer_tokens(rows: list[Row], limit: int) -> None:
    """Tried against every choice of places to cut the rows, sorted by their tokens, into packs."""
    ordered = sorted(rows, key=lambda row: row.input_ids)
    allowed = []
    for cuts in product((False, True), repeat=len(rows) - 1):
        groups = [[ordered[0]]]
        for cut, row in zip(cuts, ordered[1:], strict=True):
            groups = [*groups, [row]] if cut else [*groups[:-1], [*groups[-1], row]]
        if all(read(group) <= limit or len(group) == 1 for group in groups):
            allowed.append((sum(map(read, groups)), len(groups)))

    made = packs(rows, limit)

    assert (sum(pack.tokens for pack in made), len(made)) == min(allowed)


def test_eight_prompts_with_one_instruction_are_one_pack() -> None:
    """The instruction is read once: 240 tokens and the rest of eight rows."""
    rows = [Row([*range(240), 300 + number, *range(60)], 270) for number in range(8)]

    assert packs(rows, 2048) == [Pack(240, rows)]
    assert packs(rows, 2048)[0].tokens == 240 + 8 * 60
    assert sorted(len(pack.rows) for pack in packs(rows, 540)) == [3, 5]


# -- the same loss and gradients -------------------------------------------------------------------


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("kind", ["Llama", "Qwen2", "Qwen3"])
@settings(max_examples=12)
@given(rows=ROWS, limit=st.sampled_from([1, 30, 1000]))
def test_the_loss_and_every_gradient_are_those_of_separate_rows(
    kind: str, attention: str, rows: list[Row], limit: int
) -> None:
    """Whatever the rows share, and whatever a pack may hold."""
    model = tiny(kind, attention)

    expected, found = apart(model, rows), together(model, rows, limit)
    wanted, given_ = gradients(model, expected), gradients(model, found)

    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    assert wanted.keys() == given_.keys()
    for name, gradient in wanted.items():
        assert torch.allclose(given_[name], gradient, rtol=1e-3, atol=1e-4 * float(gradient.abs().max()) + 1e-7), name


@pytest.mark.parametrize("format", ["xml", "offset-json"])
@pytest.mark.parametrize("template", [None, CHAT], ids=["plain lines", "chat template"])
def test_real_prompts_lose_nothing_with_and_without_a_chat_template(template: str | None, format: str) -> None:
    """Six texts with the paper's instruction, which is read once: loss and gradients are those of separate rows."""
    import tiny_model

    tokenizer = deepcopy(tiny_model.tokenizer())
    tokenizer.chat_template = template
    recipe = Recipe.make(format, sample_labels("flat"), style="paper")
    documents = list(load_sample("flat", "train"))[:6]
    made = [training_row(document, recipe, Template(tokenizer)) for document in documents]
    model = tiny_model.model()
    (pack,) = packs(made, 4000)

    expected, found = apart(model, made), together(model, made, 4000)
    wanted, given_ = gradients(model, expected), gradients(model, found)

    assert pack.prefix > 0.7 * min(one.prompt for one in made)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
    for name, gradient in wanted.items():
        assert torch.allclose(given_[name], gradient, rtol=1e-3, atol=1e-4 * float(gradient.abs().max()) + 1e-7), name


def test_a_batch_counts_each_learned_token_once() -> None:
    """The Trainer divides the loss by this number."""
    rows = [Row([*PREFIX, number, 1, 2], 9) for number in range(5)] + [Row([1, 2, 3], 1)]

    batch = Packer(1000)(rows)

    assert batch["shift_labels"].numel() == batch["labels"].numel() == 5 * 2 + 2
    assert sum(len(pack["labels"]) for pack in batch["packs"]) == 12
    assert [pack["input_ids"].shape[1] for pack in batch["packs"]] == [2, 8 + 5 * 2]


# -- models that cannot ----------------------------------------------------------------------------

LONG = [Row([*PREFIX, *range(10, 10 + number), 1, 2, 3, 4], len(PREFIX) + number) for number in (20, 21, 22)]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("kind", ["Llama", "Qwen2", "Qwen3"])
def test_these_models_can_share_a_prefix(kind: str, attention: str) -> None:
    """Nothing stops them."""
    assert obstacle(tiny(kind, attention), LONG) is None


def test_attention_over_a_window_is_found_out() -> None:
    """Where rows are longer than the window, the mask of a pack would open it."""
    assert obstacle(tiny("Mistral", sliding_window=64), LONG) is None
    assert "MistralForCausalLM reads rows in one pack differently" in str(
        obstacle(tiny("Mistral", sliding_window=8), LONG)
    )


def test_attention_without_a_mask_of_its_own_is_named() -> None:
    """Flash and flex attention take other masks."""
    model = tiny("Llama")
    model.config._attn_implementation = "flex_attention"

    assert obstacle(model, LONG) == "flex_attention attention takes no mask for each row"


def test_a_recurrent_model_is_named() -> None:
    """Mamba has no positions and reads on over the border of a row."""
    import transformers

    config = transformers.MambaConfig(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, state_size=4)

    assert "MambaForCausalLM" in str(obstacle(transformers.MambaForCausalLM(config), LONG))
