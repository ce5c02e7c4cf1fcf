"""Generation: a real server with faults, a file that survives a kill, guides, and missing packages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from chat_server import Server, serving

import genner
from genner import DataError, Document, MissingExtraError, UnknownNameError
from genner.models.answers import answer_all
from genner.models.constraint import constraint
from genner.models.generator import Completion, Generator, Request, Throughput, requests_for
from genner.models.recipe import Recipe
from genner.models.server import ServerError, ServerGenerator
from genner.models.vllm import VllmGenerator
from genner.study.outputs import read_outputs
from genner.study.pairing import match

RECIPE = Recipe.make("bracket", ["PER", "LOC"])
DOCUMENTS = [
    Document(f"Ann saw Rome {number} times", [(0, 3, "PER"), (8, 12, "LOC")], id=f"d{number}") for number in range(40)
]


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start servers, and stop them at the end."""
    with serving() as start:
        yield start


def client(server: Server, **options: Any) -> ServerGenerator:
    return ServerGenerator("tiny", base_url=server.url, **({"timeout": 0.5} | options))


# -- a server --------------------------------------------------------------------------------------


def test_a_server_answers_every_request_once(serve: Any) -> None:
    """Each request gets its own answer, with the counts of tokens, greedy by default."""
    server = serve()

    found = list(client(server).generate(requests_for(DOCUMENTS, RECIPE)))

    assert {done.key for done in found} == set(range(40))
    assert all(
        RECIPE.read(done.output, DOCUMENTS[done.key].text).entities == DOCUMENTS[done.key].entities for done in found
    )
    assert found[0].tokens == 7
    assert server.bodies[0]["temperature"] == 0
    assert server.seen == {"": 40}


def test_passing_faults_cost_no_answer(serve: Any) -> None:
    """429, 500, cut connections and stalls are tried again until each request is answered."""
    server = serve("429", "500", "cut", "stall", "429", "500", "cut")

    found = list(client(server, concurrency=4).generate(requests_for(DOCUMENTS[:12], RECIPE)))

    assert len(found) == 12
    assert server.seen == {"": 12, "429": 2, "500": 2, "cut": 2, "stall": 1}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("404", "answered 404: .*fault 404"),
        ("500", "answered 500: .*fault 500"),
        ("stall", r"did not answer in 0\.5 s"),
        ("cut", "broke off its reply"),
        ("nonsense", "answered without a choice"),
    ],
)
def test_a_lasting_fault_is_one_clear_error(serve: Any, fault: str, message: str) -> None:
    """The server and what it did are named."""
    server = serve(always=fault)

    with pytest.raises(ServerError, match=message):
        list(client(server, retries=1, concurrency=1).generate(requests_for(DOCUMENTS[:2], RECIPE)))


def test_a_server_that_is_down_is_an_error() -> None:
    """Nothing listens: the address is named."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(ServerError, match=f"127.0.0.1:{port}/v1 cannot be reached: Connection refused"):
        ServerGenerator("m", base_url=f"http://127.0.0.1:{port}/v1")


@pytest.mark.slow
def test_the_server_of_transformers_says_what_the_model_says(tmp_path: Path) -> None:
    """`transformers serve`, where its packages are: the same answers over the wire as from the model here."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")

    from genner.models.transformers import TransformersGenerator

    recipe = Recipe.make("xml", ["PER", "LOC"], style="text")
    tokenizer = deepcopy(tiny_model.tokenizer())
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
    tiny_model.save(tmp_path / "tiny")
    tokenizer.save_pretrained(tmp_path / "tiny")
    here = TransformersGenerator(tiny_model.model(), tokenizer, batch_size=1, max_new_tokens=6)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = Path(sys.executable).with_name("transformers")
    command = [script, "serve", tmp_path / "tiny", "--device", "cpu", "--port", str(port)]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    served = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_open(port, served)
        there = ServerGenerator(str(tmp_path / "tiny"), base_url=f"http://127.0.0.1:{port}/v1", max_new_tokens=6)
        found = {done.key: done for done in there.generate(requests_for(DOCUMENTS[:3], recipe))}
    finally:
        served.kill()
        served.wait()

    assert found == {done.key: done for done in here.generate(requests_for(DOCUMENTS[:3], recipe))}


def _until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 240
    while True:
        assert process.poll() is None, "the server went away"
        assert time.monotonic() < deadline, "the server does not listen"
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)


def test_other_settings_reach_the_server(serve: Any) -> None:
    """Settings outside the protocol are passed on."""
    server = serve()

    list(client(server, extra_body={"guided": 1}, seed=5).generate(requests_for(DOCUMENTS[:1], RECIPE)))

    assert (server.bodies[0]["guided"], server.bodies[0]["seed"]) == (1, 5)


@pytest.mark.parametrize(
    ("how", "format", "path"),
    [
        ("schema", "offset-json", ("response_format", "json_schema", "schema", "properties", "entities")),
        ("vllm", "bracket", ("structured_outputs", "grammar")),
        ("sglang", "xml", ("ebnf",)),
        ("llama.cpp", "occurrence-json", ("grammar",)),
    ],
)
def test_each_question_is_constrained_by_its_text(serve: Any, how: str, format: str, path: tuple[str, ...]) -> None:
    """What the server is sent lets it write words of this text alone, under the name it has for that."""
    server = serve()
    recipe = Recipe.make(format, ["PER", "LOC"])

    list(client(server, constrain=constraint(recipe, how)).generate(requests_for(DOCUMENTS[:3], recipe)))

    assert len(server.bodies) == 3
    for body in server.bodies:
        (own,) = [one.text for one in DOCUMENTS[:3] if body["messages"][-1]["content"].endswith(one.text)]
        said: Any = body
        for step in path:
            said = said[step]
        number = own.split()[3]
        assert number in json.dumps(said)
        assert not any(f'"{other}"' in json.dumps(said) for other in "012" if other != number)


def test_a_text_with_markup_of_its_own_is_asked_about_freely(serve: Any) -> None:
    """No grammar can be written for it, which is counted; a schema for a format that is no JSON is an error at once."""
    server = serve()
    recipe = Recipe.make("bracket", ["PER"])
    made = constraint(recipe, "vllm")
    free, bound = DOCUMENTS[:2]
    asking = client(server, constrain=lambda text: made("a [b | PER] c" if text == free.text else text))

    list(asking.generate(requests_for([free, bound], recipe)))

    assert asking.free == [0]
    assert sorted("structured_outputs" in body for body in server.bodies) == [False, True]
    list(asking.generate([Request(0, requests_for([bound], recipe)[0].messages, None)]))
    assert asking.free == [0]
    assert "structured_outputs" not in server.bodies[-1]
    with pytest.raises(DataError, match="bracket is not a JSON format"):
        constraint(recipe, "schema")
    with pytest.raises(UnknownNameError, match=r"llama\.cpp"):
        constraint(recipe, "llama")


def test_answers_that_came_before_a_fault_are_kept(serve: Any) -> None:
    """What was on its way when another request failed is yielded before the error."""
    server = serve()
    server.stop_after = 9
    got: list[Completion] = []

    with pytest.raises(ServerError):
        got.extend(client(server, retries=0, concurrency=4).generate(requests_for(DOCUMENTS, RECIPE)))

    assert len(got) == server.seen[""] == 9


# -- a file of answers -----------------------------------------------------------------------------


class Scripted:
    """Answers from the text alone, backwards, and breaks off after a number of answers."""

    name = "scripted"

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after = stop_after
        self.asked: list[str] = []

    def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
        for request in reversed(requests):
            if self.stop_after is not None and len(self.asked) >= self.stop_after:
                raise ServerError("gone")
            assert request.text is not None
            self.asked.append(request.text)
            yield Completion(request.key, request.text.replace("Ann", "[Ann | PER]"), True, 3, 2)


def test_answers_stand_in_the_order_of_the_documents(tmp_path: Path) -> None:
    """Whatever order they came in, the file is in order, and genner reads and scores it."""
    assert isinstance(Scripted(), Generator)

    assert answer_all(DOCUMENTS, RECIPE, Scripted(), tmp_path / "a.jsonl", window=7) == 40

    outputs = list(read_outputs(tmp_path / "a.jsonl"))
    assert [output.id for output in outputs] == [document.id for document in DOCUMENTS]
    predicted = [
        output.decode(RECIPE.codec, document.text, labels=RECIPE.labels)
        for output, document in zip(match(DOCUMENTS, outputs), DOCUMENTS, strict=True)
    ]
    assert genner.evaluate(DOCUMENTS, predicted).micro.recall == 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_killed_run_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    """Twice broken off, once in the middle of a line: every document is asked about once, and the file is whole."""
    path, part = tmp_path / "a.jsonl", tmp_path / "a.jsonl.part"
    asked: list[str] = []
    for stop in (13, 5):
        generator = Scripted(stop)
        with pytest.raises(ServerError):
            answer_all(DOCUMENTS, RECIPE, generator, path, window=8)
        asked += generator.asked
        assert not path.exists()
        part.write_bytes(part.read_bytes() + b'{"key": "d3", "outp')

    last = Scripted()
    answer_all(DOCUMENTS, RECIPE, last, path, window=8)
    answer_all(DOCUMENTS, RECIPE, Scripted(), tmp_path / "whole.jsonl")

    assert sorted(asked + last.asked) == sorted(document.text for document in DOCUMENTS)
    assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not part.exists()


def test_a_file_of_another_run_is_refused(tmp_path: Path) -> None:
    """Answers of another model or recipe are never mixed with these, and a finished file is never lost."""
    path = tmp_path / "a.jsonl"
    with pytest.raises(ServerError):
        answer_all(DOCUMENTS, RECIPE, Scripted(3), path)

    with pytest.raises(DataError, match="answers of another run, with another recipe"):
        answer_all(DOCUMENTS, Recipe.make("xml", ["PER", "LOC"]), Scripted(), path)
    answer_all(DOCUMENTS, RECIPE, Scripted(), path)
    with pytest.raises(DataError, match="there already"):
        answer_all(DOCUMENTS, RECIPE, Scripted(), path)


def test_documents_without_ids_are_kept_apart(tmp_path: Path) -> None:
    """Their numbers stand in for ids, and the file has none."""
    bare = [Document("Ann left"), Document("Ann left")]

    answer_all(bare, RECIPE, Scripted(), tmp_path / "a.jsonl")

    assert [output.id for output in read_outputs(tmp_path / "a.jsonl")] == [None, None]
    with pytest.raises(DataError, match="'x' twice"):
        answer_all([Document("a", id="x")] * 2, RECIPE, Scripted(), tmp_path / "b.jsonl")


def test_long_documents_are_asked_about_in_pieces(tmp_path: Path) -> None:
    """The pieces are answered apart, and the prediction is over the whole text."""
    text = "Ann left . " * 10 + "Nobody came ."
    document = Document(text, [(at, at + 3, "PER") for at in range(0, 110, 11)], id="long")
    generator = Scripted()

    answer_all([document, DOCUMENTS[0]], RECIPE, generator, tmp_path / "a.jsonl", chunk=40)

    outputs = list(read_outputs(tmp_path / "a.jsonl"))
    predicted = outputs[0].decode(RECIPE.codec, document.text)
    assert max(map(len, generator.asked)) <= 40
    assert predicted.entities == document.entities


def test_throughput_is_told_from_time_to_time() -> None:
    """Whoever waits hears how many answers there are, and how fast they come."""
    heard: list[str] = []
    speed = Throughput(heard.append, every=0.0)

    for key in range(3):
        speed.see(Completion(key, "a", tokens=5))

    assert [line.split(" in ")[0] for line in heard] == ["1 answers", "2 answers", "3 answers"]
    assert "tokens a second" in heard[0]


# -- what is not there -----------------------------------------------------------------------------


def test_a_missing_package_names_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """openai comes with an extra; vLLM has to be installed by whoever wants it."""
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.setitem(sys.modules, "vllm", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'genner\[openai\]'"):
        ServerGenerator("m")
    with pytest.raises(MissingExtraError, match="pip install genner vllm"):
        VllmGenerator("m")


# -- guides ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", genner.FORMATS)
def test_a_guided_model_writes_valid_answers_alone(format: str) -> None:
    """Even an untrained model ends with an answer that has no issue."""
    from genner.models.transformers import TransformersGenerator, token_guides

    recipe = Recipe.make(format, ["PER", "LOC"], style="text")
    tokenizer = tiny_model.tokenizer()
    generator = TransformersGenerator(tiny_model.model(), tokenizer, batch_size=2, max_new_tokens=200)
    free = list(generator.generate(requests_for(DOCUMENTS[:2], recipe)))
    generator.guide = token_guides(recipe, tokenizer, generator.template.end)

    guided = list(generator.generate(requests_for(DOCUMENTS[:2], recipe)))

    assert all(done.finished for done in guided)
    assert all(recipe.read(done.output, DOCUMENTS[done.key].text).ok for done in guided)
    assert not all(recipe.read(done.output, DOCUMENTS[done.key].text).ok for done in free)
    others = [Request(one.key, one.messages, None) for one in requests_for(DOCUMENTS[:2], recipe)]
    assert list(generator.generate(others)) == free  # no guide fits a question that is not about entities


@pytest.mark.parametrize(
    ("format", "text", "spans", "allowed"),
    [
        ("xml", "Ann left", [(0, 3, "PER"), (0, 3, "LOC")], False),
        ("offset-json", "Ann left", [(0, 3, "PER"), (0, 3, "LOC")], False),
        ("xml", "Ann left", [(0, 2, "PER")], False),
        ("grouped-json", "Ann left", [(0, 3, "PER")], True),
        ("grouped-json", "Ann left", [(0, 2, "PER")], False),
    ],
)
def test_guides_follow_the_recipe(format: str, text: str, spans: list[tuple[int, int, str]], allowed: bool) -> None:
    """Answers of a flat recipe are flat, and entities are whole words."""
    from genner.models.transformers import token_guides

    recipe = Recipe.make(format, ["PER", "LOC"], style="text", nested=False)
    tokenizer = tiny_model.tokenizer()
    answer = genner.encode(Document(text, spans), format, labels=recipe.labels)
    ids = tokenizer(answer, add_special_tokens=False)["input_ids"]

    assert token_guides(recipe, tokenizer, tokenizer.eos_token_id)(text).accepts(ids) is allowed


def test_a_tokenizer_that_changes_the_text_cannot_be_guided() -> None:
    """Tokens that do not spell what is encoded are refused, and shown."""
    from tokenizers import normalizers

    from genner.models.transformers import token_guides

    recipe = Recipe.make("xml", ["PER", "LOC"], style="text")
    tokenizer = deepcopy(tiny_model.tokenizer())
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()

    with pytest.raises(DataError, match="'a <per>b</per> c'"):
        token_guides(recipe, tokenizer, tokenizer.eos_token_id)
