"""Drafts, checked many tokens at a time: the answers are those of transformers, from fewer passes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import genner
from genner.constrained import LogitsProcessor, TokenGuide, Vocabulary, get_guide
from genner.models.choosing import Chooser
from genner.models.drafting import Draft, Drafter, Drafting
from genner.models.generator import requests_for
from genner.models.recipe import Recipe
from genner.models.speculative import Job, Passes, answer_jobs, obstacle
from genner.models.transformers import TransformersGenerator

LABELS = ["PER", "LOC"]
TEXTS = [
    "Ann saw Rome twice and met Bob in Paris",
    "Rome [sic] saw Ann",
    "Zoë left São Paulo — and Ann stayed.",
    "x",
]
SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    """A tokenizer of the usual kind, trained on the texts."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bytes_ = ByteLevelBPETokenizer()
    bytes_.train_from_iterator(TEXTS, vocab_size=320, special_tokens=["<pad>", "<end>"], show_progress=False)
    return PreTrainedTokenizerFast(tokenizer_object=bytes_._tokenizer, pad_token="<pad>", eos_token="<end>")


def tiny(kind: str = "Llama", attention: str = "sdpa", vocabulary: int = 320, **options: Any) -> Any:
    """Return an untrained model whose answers depend much on what it reads."""
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        **(SIZES | options), vocab_size=vocabulary, attn_implementation=attention, eos_token_id=1, pad_token_id=0
    )
    model = getattr(transformers, f"{kind}ForCausalLM")(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def generated(model: Any, prompt: list[int], room: int, *processors: Any) -> list[int]:
    """Return what transformers writes, one prompt at a time."""
    ids = torch.tensor([prompt])
    written = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=room,
        do_sample=False,
        eos_token_id=1,
        pad_token_id=0,
        logits_processor=list(processors),
    )
    return [int(token) for token in written[0, len(prompt) :]]


class Oracle:
    """Drafts a given answer with some tokens changed."""

    def __init__(self, drafting: Drafting, answer: list[int], wrong: set[int], longest: int) -> None:
        self.drafting, self.answer, self.wrong, self.longest = drafting, answer, wrong, longest
        self.written = 0
        self.state = None

    def advance(self, tokens: Any) -> None:
        self.written += len(list(tokens))

    def draft(self, limit: int) -> Draft:
        part = range(self.written, min(len(self.answer), self.written + min(limit, self.longest)))
        tokens = [(self.answer[at] + (at in self.wrong)) % 320 for at in part]
        return Draft(tokens, [0] * len(tokens))


# -- the same answers ------------------------------------------------------------------------------

PROMPTS = st.lists(
    st.builds(
        lambda shared, own: [*([5, 6, 7, 8, 9, 10][:shared]), *own],
        st.sampled_from([0, 3, 6, 6]),
        st.lists(st.integers(2, 319), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize(
    ("kind", "attention"), [("Llama", "sdpa"), ("Llama", "eager"), ("Qwen2", "sdpa"), ("Qwen3", "sdpa")]
)
@settings(max_examples=12)
@given(
    prompts=PROMPTS,
    wrong=st.sets(st.integers(0, 20)),
    longest=st.integers(0, 9),
    batch_size=st.integers(1, 4),
    room=st.integers(1, 20),
)
def test_any_draft_gives_the_answer_of_transformers(
    kind: str, attention: str, prompts: list[list[int]], wrong: set[int], longest: int, batch_size: int, room: int
) -> None:
    """Whatever the prompts share, however long and wrong the drafts are, and whoever waits for whom."""
    model = tiny(kind, attention)
    expected = [generated(model, prompt, room) for prompt in prompts]
    drafting = Drafting(None, Vocabulary([b"x"] * 320, [1]), 1)
    jobs = [
        Job(key, prompt, room, Oracle(drafting, answer, wrong, longest))  # type: ignore[arg-type]
        for key, (prompt, answer) in enumerate(zip(prompts, expected, strict=True))
    ]

    found = {job.key: job.answer for job in answer_jobs(model, jobs, Chooser(), batch_size=batch_size, end=1)}

    assert [found[key] for key in range(len(prompts))] == expected


def test_right_drafts_save_passes() -> None:
    """An answer of 40 tokens that is drafted right takes a pass for the prefix and two or three more."""
    model = tiny()
    prompt = list(range(5, 30))
    answer = generated(model, prompt, 40)
    drafting = Drafting(None, Vocabulary([b"x"] * 320, [1]), 1)
    passes = Passes()
    job = Job(0, prompt, 40, Oracle(drafting, answer, set(), 100))  # type: ignore[arg-type]

    (done,) = answer_jobs(model, [job], Chooser(), batch_size=1, end=1, passes=passes)

    assert done.answer == answer
    assert passes.passes <= 5
    assert passes.accepted >= len(answer) - 5


def test_the_shared_prefix_is_read_once() -> None:
    """Eight prompts of 105 tokens that share 100: 100 tokens and 5 for each, and the answers."""
    model = tiny()
    prompts = [[*range(100), 110 + number, 1, 2, 3, 4] for number in range(8)]
    passes = Passes()
    jobs = [Job(number, prompt, 1) for number, prompt in enumerate(prompts)]

    list(answer_jobs(model, jobs, Chooser(), batch_size=8, end=1, passes=passes))

    assert passes.tokens == 100 + 8 * 5
    assert passes.passes == 2


def test_one_long_prompt_is_read_without_the_others() -> None:
    """Of seven prompts of 5 tokens and one of 125 none is padded to it, and it does not end a hundred passes later."""
    model = tiny()
    prompts = [[3, 110 + number, 1, 2, 3, *(range(120) if number == 4 else ())] for number in range(8)]
    expected = [generated(model, prompt, 20) for prompt in prompts]
    passes = Passes()
    jobs = [Job(number, prompt, 20) for number, prompt in enumerate(prompts)]

    found = {job.key: job.answer for job in answer_jobs(model, jobs, Chooser(), batch_size=8, end=1, passes=passes)}

    assert [found[key] for key in range(8)] == expected
    assert passes.passes <= 1 + 1 + 20
    assert passes.tokens <= 1 + 124 + 8 * 4 + 8 * 20


# -- guided ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["copy_first", "strict"])
@pytest.mark.parametrize("format", genner.FORMATS)
def test_guided_answers_are_those_of_the_guide_in_transformers(tokenizer: Any, format: str, policy: Any) -> None:
    """The same tokens, and the same steps at which the model wanted something else."""
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos=1)
    model = tiny(vocabulary=len(tokenizer))
    guides = [TokenGuide(get_guide(format, text, LABELS, max_entities=4), vocabulary) for text in TEXTS]
    prompts = [[5, 6, 7, *tokenizer(text)["input_ids"]] for text in TEXTS]
    expected, disagreed, repeated = [], [], []
    for prompt, guide in zip(prompts, guides, strict=True):
        processor = LogitsProcessor([guide], policy=policy, count=True)
        expected.append(generated(model, prompt, 200, processor))
        disagreed.append(processor.disagreed[0])
        repeated.append(processor.repeated[0])
    drafting = Drafting(tokenizer, vocabulary, 1)
    chooser, passes = Chooser(policy), Passes()
    jobs = [
        Job(key, prompt, 200, Drafter(drafting, guide), guided=True)
        for key, (prompt, guide) in enumerate(zip(prompts, guides, strict=True))
    ]

    found = {job.key: job for job in answer_jobs(model, jobs, chooser, batch_size=2, end=1, passes=passes)}

    assert [found[key].answer for key in range(len(TEXTS))] == expected
    assert [found[key].disagreed for key in range(len(TEXTS))] == disagreed
    assert [found[key].repeated for key in range(len(TEXTS))] == repeated
    assert chooser.steps == sum(map(len, expected))
    assert chooser.disagreements == sum(map(len, disagreed))
    assert passes.passes < sum(map(len, expected))


@pytest.mark.parametrize("kind", ["Llama", "Mistral"])
def test_the_generator_answers_as_transformers_does(tokenizer: Any, kind: str) -> None:
    """Free, with drafts or without, guided or not, in batches; also a model that takes no mask for each token."""
    model = tiny(kind, vocabulary=len(tokenizer), sliding_window=16) if kind == "Mistral" else tiny(vocabulary=273)
    recipe = Recipe.make("xml", LABELS)
    documents = [genner.Document(text) for text in TEXTS]
    generator = TransformersGenerator(model, tokenizer, batch_size=3, max_new_tokens=30)
    asked = requests_for(documents, recipe)
    expected = [generated(model, generator.template.prompt(request.messages), 30) for request in asked]

    plain = {done.key: done for done in generator.generate(asked)}
    generator.expect(recipe)
    drafted = {done.key: done for done in generator.generate(asked)}
    generator.follow(recipe)
    guided = {done.key: done for done in generator.generate(asked)}

    assert [plain[key].output for key in range(len(TEXTS))] == [
        generator.template.decode([id for id in answer if id != 1]) for answer in expected
    ]
    assert plain == drafted
    assert {key: done.tokens for key, done in plain.items()} == dict(enumerate(map(len, expected)))
    assert all(recipe.codec.decode(done.output, TEXTS[key]).ok for key, done in guided.items() if done.finished)
    assert guided != plain
    assert (generator.passes.passes > 0) is (kind == "Llama")


def test_drawn_answers_depend_on_the_seed_alone(tokenizer: Any) -> None:
    """At a temperature the same seed gives the same answers, and another seed others."""
    recipe = Recipe.make("xml", LABELS)
    asked = requests_for([genner.Document(text) for text in TEXTS], recipe)

    found = [
        [
            done.output
            for done in TransformersGenerator(
                tiny(vocabulary=273), tokenizer, max_new_tokens=10, temperature=1.0, seed=seed
            ).generate(asked)
        ]
        for seed in (1, 1, 2)
    ]

    assert found[0] == found[1] != found[2]


# -- what is drafted -------------------------------------------------------------------------------


def drafted(tokenizer: Any, format: str, text: str, written: str, learned: str | None = None, limit: int = 40) -> str:
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos=1)
    drafting = Drafting(tokenizer, vocabulary, 1)
    guide = TokenGuide(get_guide(format, text, LABELS), vocabulary)
    if learned is not None:
        drafting.learn(guide, tokenizer(learned)["input_ids"])
    drafter = Drafter(drafting, guide)
    drafter.advance(tokenizer(written)["input_ids"])
    tokens = drafter.draft(limit).tokens
    assert len(tokens) <= limit
    return "".join("<end>" if token == 1 else vocabulary.spell(token).decode() for token in tokens)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("format", "written", "expected"),
    [
        ("bracket", "", "Ann saw Rome twice<end>"),
        ("bracket", "Ann saw [", "Rome twice | "),
        ("bracket", "Ann saw [Rome | L", "OC] twice<end>"),
        ("xml", "Ann saw <LOC>Rome</", "LOC> twice<end>"),
        ("xml", "Ann saw <LOC>Rome</LOC>", " twice<end>"),
        ("offset-json", '[{"text": "Rome"', ', "label": "'),
        ("offset-json", '[{"text": "Rome", "label": "LOC"', ', "start": 8, "end": 12}]<end>'),
        ("occurrence-json", '[{"text": "Rome", "label": "LOC"', ', "occurrence_index": 1}]<end>'),
        ("grouped-json", "", '{"PER": [], "LOC": []}<end>'),
    ],
)
def test_what_a_draft_holds(tokenizer: Any, format: str, written: str, expected: str) -> None:
    """The source, what closes an entity, keys and the numbers that follow from a mention."""
    found = drafted(tokenizer, format, "Ann saw Rome twice", written)

    assert found == expected


def test_a_choice_is_drafted_as_it_was_taken_before(tokenizer: Any) -> None:
    """After an answer with a place, a label is drafted as a place, and a list goes on."""
    learned = (
        '[{"text": "Ann", "label": "LOC", "start": 0, "end": 3}, '
        '{"text": "Rome", "label": "LOC", "start": 8, "end": 12}]'
    )
    text = "Ann saw Rome twice"

    assert drafted(tokenizer, "offset-json", text, '[{"text": "Rome"').endswith('"label": "')
    assert drafted(tokenizer, "offset-json", text, '[{"text": "Rome"', learned).startswith(
        ', "label": "LOC", "start": 8'
    )
    assert drafted(tokenizer, "offset-json", text, "", learned) == '[{"text": "'


def test_an_answer_that_left_its_format_is_found_again_in_the_source(tokenizer: Any) -> None:
    """A miscopied word costs the drafts of a few tokens, not of the rest."""
    text = "Ann saw Rome twice and met Bob in Paris"

    assert drafted(tokenizer, "xml", text, "Ann saw Roma") == ""
    assert drafted(tokenizer, "xml", text, "Ann saw Roma twice and met") == " Bob in Paris"
    assert drafted(tokenizer, "xml", text, "So Ann said so and so Ann said so").startswith(" and so Ann said so")


@pytest.mark.parametrize(
    ("format", "written", "expected"),
    [
        ("offset-json", '[{"text": "Ann", "label": "PER", "start": 1, "end": 4}, {"text": "Rome"', ', "label": "'),
        ("occurrence-json", '[{"text": "Anna", "label": "PER", "occurrence_index": 1}, {', '"text": "'),
        ("grouped-json", '{"PER": ["Anna"], "LOC": ["Ro', "me twice and met Bob in Paris"),
        ("grouped-json", '{"PER": ["Anna", "Bo', "b in Paris"),
    ],
)
def test_a_json_answer_is_taken_up_again_at_its_next_item(
    tokenizer: Any, format: str, written: str, expected: str
) -> None:
    """A wrong number or an invented mention costs the drafts of its own item."""
    assert drafted(tokenizer, format, "Ann saw Rome twice and met Bob in Paris", written).startswith(expected)


# -- models that cannot ----------------------------------------------------------------------------


def test_models_that_cannot_read_drafts_are_named() -> None:
    """Attention over a window, recurrent layers, attention without a mask."""
    import transformers

    assert obstacle(tiny(), 300) is None
    assert obstacle(tiny("Mistral", sliding_window=400), 300) is None
    assert "layers that do not look at all tokens" in str(obstacle(tiny("Mistral", sliding_window=64), 300))
    mamba = transformers.MambaForCausalLM(
        transformers.MambaConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, state_size=4)
    )
    assert "MambaForCausalLM" in str(obstacle(mamba, 300))


def test_drawing_follows_the_probabilities() -> None:
    """Of 4,000 tokens drawn at temperature 2, each comes up as often as the softmax of half its score says."""
    scores = torch.tensor([2.0, 0.0, 1.0, -3.0])
    chooser = Chooser(temperature=2.0, seed=3)

    counts = torch.zeros(4)
    for _ in range(4000):
        counts[chooser.choose(scores, 0, None)[0]] += 1

    assert torch.allclose(counts / 4000, (scores / 2).softmax(-1), atol=0.03)
