"""A model that has learned nothing writes valid answers under a guide, and nothing else."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from constrained_models import generate, random_model, short, tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.constrained import (
    POLICIES,
    LogitsProcessor,
    RequestProcessor,
    TokenGuide,
    VllmProcessor,
    Vocabulary,
    get_guide,
    prefix_allowed_tokens,
    without_forced,
)
from genner.exceptions import DataError, UnknownNameError
from genner.formats import FORMATS, decode, encode
from genner.study.samples import load_sample, sample_labels
from genner.types import Document, Entity

LABELS = sample_labels("nested")
DOCUMENTS = short(load_sample("nested"), 1, 60) + short(load_sample("flat"), 1, 60)
PROMPTS = ["tag: ", "please tag this: "]
HOW: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "sampled": {"do_sample": True, "temperature": 2.0},
    "beams": {"num_beams": 2, "num_return_sequences": 2, "do_sample": False},
}


def limits(format: str) -> dict[str, Any]:
    if format == "grouped-json":  # without positions only whole words are read as they were written
        return {"max_entities": 2, "boundaries": "word"}
    return {"max_entities": 2} if format.endswith("json") else {"max_entities": 3, "max_depth": 2}


def guides(format: str, kind: str = "bytes") -> list[TokenGuide]:
    vocabulary = Vocabulary.from_tokenizer(tokenizer(kind))
    return [TokenGuide(get_guide(format, doc.text, LABELS, **limits(format)), vocabulary) for doc in DOCUMENTS]


def check(format: str, document: Document, output: str) -> None:
    prediction = decode(output, document.text, format=format, labels=LABELS)
    allowed = {"ambiguous"} if format == "grouped-json" else set()

    assert {issue.kind for issue in prediction.issues} <= allowed, (document.text, output)
    assert prediction.unplaced == ()
    assert {entity.label for entity in prediction.entities} <= set(LABELS)
    assert len(prediction.entities) <= 3


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("how", "kind", "policy"),
    [
        ("greedy", "bytes", "strict"),
        ("sampled", "bytes", "strict"),
        ("sampled", "bytes", "copy_first"),
        ("sampled", "pieces", "strict"),
        ("beams", "bytes", "strict"),
    ],
)
def test_a_random_model_writes_valid_answers(format: str, how: str, kind: str, policy: Any) -> None:
    """Greedy, sampled or by beams, in a batch padded on the left: every answer decodes without an issue."""
    torch.manual_seed(7)
    tokens = tokenizer(kind)
    processor = LogitsProcessor(guides(format, kind), policy=policy, count=True)
    outputs = generate(random_model(len(tokens)), tokens, PROMPTS, processor, **HOW[how])
    each = len(outputs) // len(DOCUMENTS)

    assert len(outputs) == each * len(DOCUMENTS)
    for row, output in enumerate(outputs):
        check(format, DOCUMENTS[row // each], output)
    assert 0 < processor.disagreements <= processor.steps


@pytest.mark.parametrize("format", FORMATS)
def test_a_cut_answer_gives_its_complete_entities(format: str) -> None:
    """With too few tokens allowed, the guide has only let through the beginning of a valid answer."""
    torch.manual_seed(3)
    tokens = tokenizer("bytes")
    made = guides(format)
    outputs = generate(
        random_model(len(tokens)), tokens, PROMPTS, LogitsProcessor(made, policy="strict"), max_new_tokens=9
    )

    for guide, output in zip(made, outputs, strict=True):
        assert guide.guide.follow(output.encode().rstrip(b"\xef\xbf\xbd")) is not None


@pytest.mark.parametrize("num_beams", [1, 2])
def test_prefix_allowed_tokens(num_beams: int) -> None:
    """The function for `prefix_allowed_tokens_fn` lets through the same answers."""
    tokens = tokenizer("bytes")
    batch = tokens(PROMPTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    length = batch["input_ids"].shape[1]
    found = random_model(len(tokens)).generate(
        **batch,
        prefix_allowed_tokens_fn=prefix_allowed_tokens(guides("bracket"), length),
        num_beams=num_beams,
        do_sample=False,
        max_new_tokens=500,
        pad_token_id=3,
        eos_token_id=2,
    )

    for document, row in zip(DOCUMENTS, found, strict=True):
        check("bracket", document, tokens.decode(row[length:], skip_special_tokens=True))


def test_copy_first_copies_until_the_model_asks_for_more() -> None:
    """Where the model wants what is not allowed, it may copy or end an entity; where it asks for one, it gets it."""
    vocabulary = Vocabulary([None, b"a", b"[", b" | P]", b"b", b"?"], [0])
    guide = TokenGuide(get_guide("bracket", "ab", ["P"]), vocabulary)
    request = RequestProcessor(guide, policy="copy_first", count=True)

    def open_after(wanted: int, tokens: list[int]) -> list[int]:
        logits = torch.zeros(6)
        logits[wanted] = 1.0
        return torch.isfinite(request(tokens, logits)).nonzero().flatten().tolist()

    assert open_after(5, []) == [1]
    assert open_after(2, []) == [1, 2]
    assert open_after(5, [2, 1]) == [3, 4]
    assert open_after(3, [2, 1]) == [2, 3, 4]
    assert open_after(5, [2, 1, 4]) == [3]
    assert open_after(5, [2, 1, 4, 3]) == [0]
    assert open_after(5, [1]) == [4]


@pytest.mark.parametrize("max_depth", [None, 1])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("format", ["grouped-json", "occurrence-json", "offset-json"])
def test_a_list_ends_where_the_model_repeats_an_item(format: str, policy: Any, max_depth: int | None) -> None:
    """A model that writes one item without end gets at most one it did not ask for; `strict` goes on."""
    text, labels = "Ann met Bob and Eve and Kim and Liz and Max and Pam and Tim", ["PER", "LOC", "ORG", "MISC"]
    options: Any = {"max_depth": max_depth} if format != "grouped-json" else {}
    spelled = [None, *(bytes([byte]) for byte in range(256))]
    guide = TokenGuide(get_guide(format, text, labels, **options), Vocabulary(spelled, [0]))
    once = encode(Document(text, [(0, 3, "PER")]), format, labels=labels)
    item = once[once.index('"Ann"') : once.index('"Ann"') + 5] if format == "grouped-json" else once[1:-1]
    begun = once[: once.index(item)].encode()
    wanted = begun + f"{item}, ".encode() * 100
    processor = LogitsProcessor([guide], policy=policy)
    tokens = [0]
    while len(tokens) < 400 and (len(tokens) == 1 or tokens[-1]):
        logits = torch.zeros(1, 257)
        logits[0, wanted[len(tokens) - 1] + 1] = 1.0
        tokens.append(int(processor(torch.tensor([tokens]), logits).argmax()))
    written = bytes(token - 1 for token in tokens[1:] if token).decode()

    if policy == "strict":
        assert len(tokens) == 400
    else:
        found = decode(written, text, format=format, labels=labels)
        assert tokens[-1] == 0
        assert not found.issues
        lists = Counter(entity.label if format == "grouped-json" else "" for entity in found.entities)
        assert Entity(0, 3, "PER") in found.entities
        assert max(lists.values()) <= 2
        places = [(step, step + 1) for step in processor.repeated[0]]
        kept = decode(without_forced(guide.guide, written, places), text, format=format, labels=labels).entities
        assert kept == (Entity(0, 3, "PER"),) or format == "grouped-json"


def test_scores_that_are_allowed_are_left_as_they_are() -> None:
    """The mask sets scores to minus infinity and changes nothing else."""
    vocabulary = Vocabulary([None, b"a", b"[", b" | P]", b"b", b"?"], [0])
    made = [TokenGuide(get_guide("bracket", text, ["P"]), vocabulary) for text in ("ab", "ba")]
    scores = torch.arange(12.0).reshape(2, 6)
    masked = LogitsProcessor(made, policy="strict")(torch.tensor([[9], [9]]), scores)

    low = -float("inf")
    assert masked.tolist() == [[low, 1.0, 2.0, low, low, low], [low, low, 8.0, low, 10.0, low]]
    assert scores.tolist() == torch.arange(12.0).reshape(2, 6).tolist()


@pytest.mark.parametrize(
    ("format", "wanted", "kept"),
    [
        ("occurrence-json", '"Rome"', [(0, 3, "PER")]),
        ("offset-json", '"Ann"', [(9, 13, "LOC")]),
        ("grouped-json", '"Rome"', [(0, 3, "PER")]),
        ("bracket", " | PER]", [(9, 13, "LOC")]),
        ("xml", "</LOC>", [(0, 3, "PER")]),
        ("bracket", " left ", [(0, 3, "PER"), (9, 13, "LOC")]),
        ("offset-json", ", ", [(0, 3, "PER"), (9, 13, "LOC")]),
    ],
)
def test_forced_entities_can_be_left_out(format: str, wanted: str, kept: list[tuple[int, int, str]]) -> None:
    """What the guide wrote of a mention or a closer takes the entity with it; copies and numbers take nothing."""
    text, labels = "Ann left Rome", ["PER", "LOC"]
    output = encode(Document(text, [(0, 3, "PER"), (9, 13, "LOC")]), format, labels=labels)
    at = output.index(wanted) + 1
    without = without_forced(get_guide(format, text, labels), output, [(at, at + 1)])

    assert list(decode(without, text, format=format, labels=labels).entities) == kept


@pytest.mark.parametrize("format", ["occurrence-json", "offset-json"])
@pytest.mark.parametrize(("wanted", "kept"), [('"LOC"', ["PER"]), ('"PER"', ["PER", "LOC"])])
def test_a_label_that_the_guide_chose_for_a_span_named_before_is_left_out(
    format: str, wanted: str, kept: list[str]
) -> None:
    """Where the model repeats an item and the guide changes its label, the entity is the guide's."""
    labels = ["PER", "LOC"]
    output = encode(Document("Ann left", [(0, 3, "PER"), (0, 3, "LOC")]), format, labels=labels)
    if output.index('"LOC"') < output.index('"PER"'):
        output = output.replace('"LOC"', "?").replace('"PER"', '"LOC"').replace("?", '"PER"')
    at = output.index(wanted) + 1
    without = without_forced(get_guide(format, "Ann left", labels), output, [(at, at + 1)])

    assert sorted(entity.label for entity in decode(without, "Ann left", format=format, labels=labels)) == sorted(kept)


def test_disagreements_are_noted_by_row_and_step() -> None:
    """Each row tells at which of its steps the model wanted something else."""
    vocabulary = Vocabulary([None, b"a", b"b", b"?"], [0])
    processor = LogitsProcessor([TokenGuide(get_guide("bracket", text, ["P"]), vocabulary) for text in ("ab", "ba")])
    wants_a = torch.tensor([[0.0, 1.0, 0.0, 0.0]] * 2)
    written = torch.tensor([[9, 1, 2, 0, 0], [9, 2, 1, 0, 0]])
    for width in (1, 2, 3):
        processor(written[:, :width], wants_a)

    assert processor.disagreed == [[1, 2], [0, 2]]
    for width in (4, 5):  # an answer that has ended wants nothing
        processor(written[:, :width], wants_a)

    assert processor.disagreed == [[1, 2], [0, 2]]
    assert (processor.steps, processor.disagreements) == (6, 4)


@settings(max_examples=60, deadline=None)
@given(
    picks=st.lists(st.integers(0, 10_000), min_size=1, max_size=5),
    seed=st.integers(0, 2**32),
    policy=st.sampled_from(POLICIES),
    precision=st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
)
def test_masks_are_those_of_one_row_at_a_time(picks: list[int], seed: int, policy: Any, precision: Any) -> None:
    """Of any rows together, in any precision: what the policy says of the state and of its highest score."""
    vocabulary = Vocabulary.from_tokenizer(tokenizer("bytes"))
    made = guides("xml")
    scores = torch.randn(len(picks), len(vocabulary), generator=torch.Generator().manual_seed(seed)).to(precision)
    processor = LogitsProcessor([made[pick % len(made)] for pick in picks], policy=policy, count=True)
    masked = processor(torch.full((len(picks), 1), 9), scores)

    for row, (guide, before, after) in enumerate(zip(processor.guides, scores, masked, strict=True)):
        state = guide.start
        disagrees = bool(before[state.allowed].max() < before.max())
        kept = state.ending if disagrees and policy == "copy_first" else state.allowed
        slow = torch.full_like(before, -float("inf"))
        slow[kept] = before[kept]

        assert torch.equal(after, slow)
        assert processor.disagreed[row] == [0] * disagrees


def request(index: int, output: list[int], **asked: Any) -> tuple[int, Any, list[int], list[int]]:
    return index, SimpleNamespace(extra_args={"genner": asked} if asked else None), [5], output


def update(*, removed: Any = (), added: Any = (), moved: Any = ()) -> Any:
    return SimpleNamespace(batch_size=4, removed=removed, added=added, moved=moved)


class Engine(VllmProcessor):
    """A processor as vLLM would make it, with a tokenizer at hand."""

    def load_tokenizer(self, vllm_config: Any) -> Any:
        return tokenizer("bytes")


def test_vllm_protocol() -> None:
    """Requests enter, move, swap and leave; each row gets the mask of its own request."""
    size = len(tokenizer("bytes"))
    engine = Engine(None, "cpu", False)
    first: list[int] = []
    asked = {"format": "xml", "labels": ["PER"], "policy": "strict"}
    engine.update_state(
        update(added=[request(0, first, text="ab", **asked), request(1, [], text="xy", **asked), request(2, [])])
    )
    vocabulary = Vocabulary.from_tokenizer(tokenizer("bytes"))

    def rows() -> list[list[int]]:
        return [torch.isfinite(row).nonzero().flatten().tolist() for row in engine.apply(torch.zeros(3, size))]

    ab = TokenGuide(get_guide("xml", "ab", ["PER"]), vocabulary)
    xy = TokenGuide(get_guide("xml", "xy", ["PER"]), vocabulary)
    free = list(range(size))
    assert not engine.is_argmax_invariant()
    assert rows() == [ab.allowed(), xy.allowed(), free]
    first.append(ab.allowed()[0])
    engine.update_state(update(moved=[(0, 1, SimpleNamespace(name="SWAP"))]))
    assert rows() == [xy.allowed(), ab.allowed(first), free]
    engine.update_state(update(removed=[0], moved=[(1, 0, SimpleNamespace(name="UNIDIRECTIONAL"))]))
    assert rows() == [ab.allowed(first), free, free]
    engine.update_state(None)

    with pytest.raises(DataError, match="no labels"):
        Engine.validate_params(request(0, [], text="a", format="xml")[1])
    Engine.validate_params(request(0, [])[1])


def test_errors() -> None:
    """Policies have names, and every prompt needs a guide."""
    with pytest.raises(UnknownNameError, match="strict"):
        LogitsProcessor(guides("xml"), policy="copyfirst")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="got none"):
        LogitsProcessor([])
    with pytest.raises(DataError, match="2 for 3 rows"):
        LogitsProcessor(guides("xml"))(torch.zeros(3, 1, dtype=torch.long), torch.zeros(3, 4000))
