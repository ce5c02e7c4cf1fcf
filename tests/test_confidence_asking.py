"""`genner.extract` gives every entity a confidence: by several answers, or by the probabilities of tokens."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from chat_server import serving, tagged
from tiny_model import model as tiny_model
from tiny_model import tokenizer as tiny_tokenizer

import genner
from genner import DataError, Entity
from genner.confidence import Calibration, Calibrator, Promise, entity_scores
from genner.extraction import Extraction
from genner.models import Completion, Recipe, Request, ServerError, TransformersGenerator, requests_for

ANN, ROME = Entity(0, 3, "PER"), Entity(8, 12, "LOC")
TEXT = "Ann saw Rome."
LABELS = ["PER", "LOC"]


def changing(*answers: str) -> Any:
    """Answer with one after another."""
    remaining = list(answers)
    return lambda messages: remaining.pop(0)


BOTH, ONLY_ANN, NEITHER = "<PER>Ann</PER> saw <LOC>Rome</LOC>.", "<PER>Ann</PER> saw Rome.", TEXT


def test_agreement_of_several_answers() -> None:
    """What more than half of the answers name is kept, with the share of them as its confidence."""
    report = Extraction()
    (found,) = genner.extract(TEXT, LABELS, changing(BOTH, ONLY_ANN, ONLY_ANN), confidence=3, report=report)

    assert entity_scores(found) == {ANN: 1.0}
    assert (report.texts, report.windows) == (1, 3)
    assert [issue.detail for issue in found.issues] == [f"1 of 3 answers name {ROME!r}"]


def test_answers_belong_to_their_text() -> None:
    """Each of several texts is merged from its own answers, in order."""
    model = changing(BOTH, BOTH, NEITHER, ONLY_ANN)
    found = genner.extract([TEXT, TEXT.replace("saw", "met")], LABELS, model, confidence=2, min_confidence=0.5)

    assert [entity_scores(one) for one in found] == [
        {ANN: 1.0, ROME: 1.0},
        {ANN: 0.5},
    ]


def test_a_minimum_takes_the_place_of_the_vote() -> None:
    """With `min_confidence=0` everything that any answer names is kept."""
    (found,) = genner.extract(TEXT, LABELS, changing(BOTH, ONLY_ANN, NEITHER), confidence=3, min_confidence=0)

    assert entity_scores(found) == {ANN: pytest.approx(2 / 3), ROME: pytest.approx(1 / 3)}


def test_a_calibration_is_applied(tmp_path: Path) -> None:
    """Agreement becomes a probability, and the promise keeps what reaches its threshold."""
    calibrator = Calibrator("isotonic", ("agreement",), ((0.0, 0.0), (1.0, 0.8)))
    promise = Promise("precision", 0.7, 0.1, 0.5, 5, "confidence", 100, 50, 45, 60)
    Calibration(calibrator, promise).save(tmp_path / "c.json")
    model = changing(BOTH, ONLY_ANN, ONLY_ANN)
    (found,) = genner.extract(TEXT, LABELS, model, confidence=3, calibration=tmp_path / "c.json")

    assert entity_scores(found) == {ANN: pytest.approx(0.8)}


class Telling:
    """Answers with the probabilities of two-character tokens: 0.9 each, and 0.5 where a mark of LOC is written."""

    name = "telling"
    logprobs = False

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        for request in requests:
            output = tagged(request.messages[-1]["content"], "xml")
            tokens = [output[at : at + 2] for at in range(0, len(output), 2)]
            pairs = [(token, math.log(0.5 if token == "OC" else 0.9)) for token in tokens]
            yield Completion(request.key, output, logprobs=tuple(pairs) if self.logprobs else ())


@pytest.mark.parametrize("window", [None, 40])
def test_probabilities_of_tokens(window: int | None, tmp_path: Path) -> None:
    """The tokens of the marks are multiplied by hand; long texts are put together; kept answers keep them."""
    text = "Ann saw Rome. " * (1 if window is None else 6)
    options: dict[str, Any] = {"confidence": "probability", "window": window, "answers": tmp_path / "answers.jsonl"}
    (found,) = genner.extract(text, LABELS, Telling(), **options)
    (again,) = genner.extract(text, LABELS, Telling(), **options)

    assert entity_scores(found)[ANN] == pytest.approx(0.9**3 * 0.9**3)  # <P ER >A, n</ PE R>
    assert all(0 < score < 1 for score in entity_scores(found).values())
    assert len(found) == 2 if window is None else len(found) > 4
    assert again == found


def test_kept_answers_without_probabilities_are_not_used_for_them(tmp_path: Path) -> None:
    """A file of answers that has no probabilities is refused."""
    genner.extract(TEXT, LABELS, Telling(), answers=tmp_path / "a.jsonl")

    with pytest.raises(DataError, match="another logprobs"):
        genner.extract(TEXT, LABELS, Telling(), answers=tmp_path / "a.jsonl", confidence="probability")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence": 1}, "confidence: expected a number of answers from 2, or 'probability', got 1"),
        ({"confidence": "high"}, "or 'probability', got 'high'"),
        ({"min_confidence": 0.5}, "min_confidence and calibration need confidence="),
        ({"confidence": 3, "min_confidence": 50}, "min_confidence: expected a number from 0 to 1, got 50"),
        ({"confidence": "probability"}, "gives no probabilities of tokens; ask for a number of answers"),
    ],
)
def test_bad_options_are_one_clear_error(options: dict[str, Any], message: str) -> None:
    """Nothing is asked before the options are checked."""
    with pytest.raises(DataError, match=message):
        genner.extract(TEXT, LABELS, changing(), **options)


# -- servers ---------------------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start servers, and stop them at the end."""
    with serving() as start:
        yield start


def ask(server: Any, **options: Any) -> Any:
    settings = {"url": server.url, "format": "bracket", "guided": False, "timeout": 2} | options
    return genner.extract(TEXT, LABELS, "openai:tiny", **settings)


def test_a_server_is_asked_at_a_temperature_and_with_different_seeds(serve: Any) -> None:
    """Several answers to one question differ, so each has a seed of its own."""
    server = serve()
    (found,) = ask(server, confidence=3, seed=7)

    assert sorted(body["seed"] for body in server.bodies) == [7, 8, 9]
    assert {body["temperature"] for body in server.bodies} == {0.7}
    assert entity_scores(found) == {ANN: 1.0, ROME: 1.0}
    with pytest.raises(DataError, match="at a temperature of 0 are equal"):
        ask(server, confidence=3, temperature=0)


def test_a_server_gives_the_probabilities_of_tokens(serve: Any) -> None:
    """Tokens that are parts of one character count together; marks and labels are multiplied by hand."""
    server = serve()
    text = "Ann saw 東."
    answer = "[Ann | PER] saw [東 | LOC]."
    tokens: list[tuple[bytes, float]] = [(b"[", 0.5), (b"Ann", 1.0), (b" | PER]", 0.8), (b" saw ", 1.0), (b"[", 0.4)]
    tokens += [(bytes([byte]), 0.9) for byte in "東".encode()]
    tokens += [(b" |", 1.0), (b" LOC].", 0.5)]
    server.logprobs = [
        {"token": token.decode(errors="replace"), "logprob": math.log(p), "bytes": [*token]} for token, p in tokens
    ]
    server.reply = lambda question: answer
    (found,) = genner.extract(
        text, LABELS, "openai:tiny", url=server.url, format="bracket", guided=False, confidence="probability"
    )

    assert entity_scores(found) == {ANN: pytest.approx(0.5 * 0.8), Entity(8, 9, "LOC"): pytest.approx(0.4 * 0.5)}
    assert server.bodies[0]["logprobs"] is True


def test_a_server_without_probabilities_is_one_clear_error(serve: Any) -> None:
    """A server that leaves them out is named at once."""
    with pytest.raises(ServerError, match="gives no probabilities of tokens"):
        ask(serve(), confidence="probability")


# -- a model on this machine -----------------------------------------------------------------------


@pytest.mark.parametrize("drafts", [True, False])
def test_a_model_gives_the_probabilities_of_its_tokens(drafts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of one pass over the whole answer, and their texts spell the answer, drafted or not."""
    import torch

    if not drafts:
        monkeypatch.setattr("genner.models.transformers.obstacle", lambda model, longest: "not here")
    tokenizer, model = tiny_tokenizer(), tiny_model()
    recipe = Recipe.make("xml", LABELS)
    generator = TransformersGenerator(model, tokenizer, max_new_tokens=24, logprobs=True)
    for done in generator.generate(requests_for([genner.Document(TEXT), genner.Document("東 Ann.")], recipe)):
        text = (TEXT, "東 Ann.")[done.key]
        prompt = generator.template.prompt(recipe.messages(text))
        plain = TransformersGenerator(model, tokenizer, max_new_tokens=24)
        (same,) = plain.generate([Request(0, recipe.messages(text), text)])
        with torch.inference_mode():
            answer = model.generate(torch.tensor([prompt]), max_new_tokens=24, do_sample=False)[0, len(prompt) :]
            scores = model(torch.tensor([[*prompt, *answer]])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        expected = scores.gather(1, answer[:, None])[:, 0]
        kept = expected[: done.tokens - done.finished]

        assert same.output == done.output
        assert same.logprobs == ()
        assert "".join(token for token, _ in done.logprobs) == done.output
        assert sum(value for _, value in done.logprobs) == pytest.approx(float(kept.sum()), abs=1e-3)
