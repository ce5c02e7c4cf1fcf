"""From documents to token ids: what the loss sees, and what is cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import genner
from genner import DataError, Document, LabelSet
from genner.models.recipe import Recipe
from genner.models.template import Template
from genner.study.samples import load_sample, sample_labels
from genner.training.data import IGNORED, DataReport, Row, collate, examples, export, lengths, rows
from genner.training.data import row as row_of
from genner.training.splitting import split

LABELS = LabelSet(["PER", "LOC"])
ANN = Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="a")
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_model.tokenizer()


@pytest.fixture
def chat(tokenizer: Any) -> Any:
    """The same tokenizer with a chat template in the manner of ChatML."""
    from copy import deepcopy

    made = deepcopy(tokenizer)
    made.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    made.chat_template = CHATML
    return made


def recipe(format: str = "bracket", **options: Any) -> Recipe:
    return Recipe.make(format, LABELS, **options)


# -- the mask --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["genner", "paper", "text"])
@pytest.mark.parametrize("format", genner.FORMATS)
def test_the_loss_sees_the_answer_and_its_end_alone(chat: Any, format: str, style: str) -> None:
    """Label ids are ignored over the whole prompt, and spell the answer and the end of the turn after it."""
    template = Template(chat)

    row = row_of(ANN, recipe(format, style=style), template)

    prompt = template.prompt(recipe(format, style=style).messages(ANN.text))
    assert row.input_ids[: row.prompt] == prompt
    assert row.labels[: row.prompt] == [IGNORED] * len(prompt)
    assert template.decode(row.labels[row.prompt : -1]) == genner.encode(ANN, format, labels=LABELS)
    assert row.labels[-1] == chat.convert_tokens_to_ids("<|im_end|>") == template.end


def test_without_a_chat_template_the_prompt_is_plain_lines(tokenizer: Any) -> None:
    """A base model reads the prompt and a line break, and its answer ends with the end of text."""
    from copy import deepcopy

    base = deepcopy(tokenizer)
    base.chat_template = None
    template = Template(base)

    row = row_of(ANN, recipe(style="text"), template)

    assert base.decode(row.input_ids[: row.prompt]).strip() == ANN.text
    assert row.input_ids[-1] == template.end == base.convert_tokens_to_ids(tiny_model.END)


def test_the_loss_does_not_depend_on_the_words_of_the_prompt(tokenizer: Any) -> None:
    """With the logits of the answer fixed, another prompt of any words gives the same loss."""
    row = row_of(ANN, recipe(style="text"), Template(tokenizer))
    other = Row([7] * row.prompt + row.input_ids[row.prompt :], row.prompt)
    logits = torch.randn(1, len(row.input_ids), len(tokenizer), generator=torch.Generator().manual_seed(0))
    noise = logits.clone()
    noise[:, : row.prompt - 1] = torch.randn(1, row.prompt - 1, len(tokenizer))

    losses = [
        torch.nn.functional.cross_entropy(values[0, :-1], collate([item], pad=0)["labels"][0, 1:])
        for values, item in ((logits, row), (noise, other))
    ]

    assert losses[0] == losses[1]


# -- too long --------------------------------------------------------------------------------------


LONG = Document(
    "Ann left Rome . Bob stayed in New York City . Then Ann came back to Rome again .",
    [(0, 3, "PER"), (9, 13, "LOC"), (16, 19, "PER"), (30, 43, "LOC"), (51, 54, "PER"), (68, 72, "LOC")],
    id="long",
)


def test_a_long_row_is_an_error_that_names_the_document(tokenizer: Any) -> None:
    """The default is to say so, with both lengths and the ways out."""
    with pytest.raises(DataError, match=r"document 'long': \d+ tokens of prompt and \d+ of answer.*'split' or 'drop'"):
        rows([ANN, LONG], recipe(style="text"), Template(tokenizer), max_length=40)


def test_a_long_row_can_be_left_out_and_is_reported(tokenizer: Any) -> None:
    """What is dropped is named with the reason."""
    report = DataReport()

    made = rows([ANN, LONG], recipe(style="text"), Template(tokenizer), max_length=40, on_long="drop", report=report)

    assert [row.document for row in made] == [ANN]
    assert list(report.dropped) == ["'long'"]


def test_a_long_document_can_be_split_between_entities(tokenizer: Any) -> None:
    """The pieces fit, hold all entities and are the whole text."""
    report = DataReport()

    made = rows([LONG], recipe(style="text"), Template(tokenizer), max_length=48, on_long="split", report=report)

    pieces = [row.document for row in made if row.document]
    assert len(pieces) > 1
    assert max(len(row.input_ids) for row in made) <= 48
    assert "".join(piece.text for piece in pieces) == LONG.text
    assert [piece.surface(e) for piece in pieces for e in piece.entities] == [LONG.surface(e) for e in LONG.entities]
    assert (report.split, report.dropped) == (["'long'"], {})


def test_what_cannot_be_split_is_left_out_and_named(tokenizer: Any) -> None:
    """An entity longer than the row is never cut."""
    whole = Document("word " * 50, [(0, 249, "PER")], id="w")
    report = DataReport()

    rows([ANN, whole], recipe(style="text"), Template(tokenizer), max_length=60, on_long="split", report=report)

    assert list(report.dropped) == ["'w', characters 0 to 250"]


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([], "expected documents to train on, got none"),
        ([Document("nothing here")], "expected entities to learn, got none in 1 documents"),
        (
            [Document("Ann", [(0, 3, "DNA")], id="x")],
            r"document 'x': labels that are not in the label set \(PER, LOC\)",
        ),
    ],
)
def test_nothing_to_learn_is_an_error(tokenizer: Any, documents: list[Document], message: str) -> None:
    """No documents, no entities, labels that are not asked for: said before anything is trained."""
    with pytest.raises(DataError, match=message):
        rows(documents, recipe(style="text"), Template(tokenizer))


@settings(max_examples=100, deadline=None)
@given(st.text("ab .\n", min_size=1, max_size=60), st.data(), st.integers(1, 20))
def test_pieces_are_the_document(text: str, data: st.DataObject, size: int) -> None:
    """Whatever the text and the entities, the pieces put together are what was split."""
    bounds = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda pair: pair[0] < pair[1])
    entities = data.draw(st.lists(bounds, max_size=4, unique=True))
    document = Document(text, [(start, end, "X") for start, end in entities])

    pieces = list(split(document, lambda part: len(part.text) <= size))

    moved = [
        (start + piece.offset, end + piece.offset, label)
        for piece in pieces
        for start, end, label in piece.document.entities
    ]
    assert "".join(piece.document.text for piece in pieces) == text
    assert Document(text, moved) == document


# -- batches ---------------------------------------------------------------------------------------


def test_a_padded_batch_has_no_loss_at_the_padding() -> None:
    """Padding is on the right, masked, and ignored."""
    batch = collate([Row([5, 6, 7], 1), Row([5, 6, 7, 8, 9], 2)], pad=0)

    assert batch["input_ids"].tolist() == [[5, 6, 7, 0, 0], [5, 6, 7, 8, 9]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7, IGNORED, IGNORED], [IGNORED, IGNORED, 7, 8, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]


def test_lengths_are_quantiles() -> None:
    """The report of a dry run says how long prompts, answers and rows are."""
    made = [Row([1] * size, 2) for size in range(3, 103)]

    found = lengths(made)

    assert found["row"] == {"min": 3, "median": 53, "p90": 93, "p99": 102, "max": 102}
    assert found["prompt"]["max"] == 2


@pytest.mark.parametrize("format", genner.FORMATS)
@pytest.mark.parametrize("name", ["flat", "nested"])
def test_answers_survive_the_tokenizer(tokenizer: Any, name: str, format: str) -> None:
    """Every answer of the samples comes back from its token ids, character for character."""
    made = Recipe.make(format, sample_labels(name), style="text")
    template = Template(tokenizer)

    for document in load_sample(name):
        row = row_of(document, made, template)

        assert template.decode(row.input_ids[row.prompt : -1]) == made.answer(document)


# -- export ----------------------------------------------------------------------------------------


def test_export_for_other_trainers(tmp_path: Path) -> None:
    """The same questions and answers in the forms LLaMA-Factory, TRL and OpenAI read."""
    made = recipe(style="paper")
    answer = "[Ann | PER] left [Rome | LOC]"
    for kind in ("llama-factory", "trl", "openai"):
        assert export([ANN], made, tmp_path / kind, kind) == 1

    (alpaca,) = json.loads((tmp_path / "llama-factory").read_text())
    trl = json.loads((tmp_path / "trl").read_text())
    chat = json.loads((tmp_path / "openai").read_text())

    assert alpaca["input"] == ANN.text
    assert alpaca["output"] == answer
    assert f"{alpaca['instruction']}\n{alpaca['input']}" == chat["messages"][0]["content"]
    assert trl == {"prompt": chat["messages"][:1], "completion": [{"role": "assistant", "content": answer}]}
    assert chat["messages"][1] == {"role": "assistant", "content": answer}


def test_examples_carry_the_id() -> None:
    """A question knows the document it is about."""
    (example,) = examples([ANN], recipe())

    assert example.id == "a"


# -- the recipe ------------------------------------------------------------------------------------


def test_a_recipe_travels_with_the_weights(tmp_path: Path) -> None:
    """What was saved is what is loaded, symbols, definitions and all."""
    made = Recipe.make("xml", "conll2003", style="paper", symbols="explained", nested=False)

    made.save(tmp_path, base="some/model")

    assert Recipe.load(tmp_path) == made
    record = json.loads((tmp_path / "genner.json").read_text())
    assert record["base"] == "some/model"
    assert {"genner", "torch", "transformers"} <= set(record["versions"])


def test_a_recipe_refuses_another_use(tmp_path: Path) -> None:
    """Another format or label set is named with what the model was trained with."""
    made = recipe("xml")

    assert made.require(format="xml", labels=["PER", "LOC"], style=None) is made
    with pytest.raises(
        DataError, match=r"format: trained with 'xml', asked for 'bracket'; labels: .*PER, LOC.*LOC, PER"
    ):
        made.require(format="bracket", labels=["LOC", "PER"])
    with pytest.raises(DataError, match="no recipe next to the weights"):
        Recipe.load(tmp_path)


def test_symbols_go_out_and_come_back() -> None:
    """The model writes symbols, and the prediction has the names again."""
    made = Recipe.make("bracket", "conll2003", symbols="only")
    document = Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")])

    answer = made.answer(document)

    assert answer == "[Ann | B] left [Rome | C]"
    assert made.read(answer, document.text).entities == document.entities


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "braket"}, "did you mean 'bracket'"),
        ({"labels": "genai"}, "did you mean 'genia'"),
        ({"style": "poem"}, r"\$\.style"),
        ({"colour": "red"}, r"\$\.colour"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    """Names are checked, with the nearest known one, and nothing unknown is taken."""
    with pytest.raises((DataError, genner.UnknownNameError), match=message):
        Recipe.make(**({"format": "xml", "labels": "genia"} | changes))
