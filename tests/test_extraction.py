"""From texts to predictions in one call: a real server with faults, functions, generators, and bad input."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from chat_server import BODIES, Server, serving, tagged

import genner
from genner import DataError, Document, Entity, MissingExtraError, UnknownNameError
from genner.exceptions import GennerError, WrongTypeError
from genner.extraction import Extraction
from genner.models.generator import Completion, Generator, Request
from genner.models.opening import CallableGenerator
from genner.models.server import ServerError, shown_url

TEXTS = [f"Ann saw Rome {number} times" for number in range(12)]
LABELS = ["PER", "LOC"]
FOUND = (Entity(0, 3, "PER"), Entity(8, 12, "LOC"))


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start servers, and stop them at the end."""
    with serving() as start:
        yield start


def ask(server: Server, texts: Any = TEXTS, **options: Any) -> list[genner.Prediction]:
    """Ask a server in brackets, without asking first what constraint it takes."""
    settings = {"url": server.url, "format": "bracket", "guided": False, "timeout": 0.5, "retries": 1} | options
    return genner.extract(texts, LABELS, "openai:tiny", **settings)


def spoken(messages: list[dict[str, str]]) -> str:
    """Answer rightly in XML."""
    return tagged(messages[-1]["content"], "xml")


# -- what comes back -------------------------------------------------------------------------------


def test_a_server_finds_the_entities_of_every_text(serve: Any) -> None:
    """One prediction for each text, in order, with what it cost."""
    server, report = serve(), Extraction()

    found = ask(server, report=report)

    assert [prediction.entities for prediction in found] == [FOUND] * 12
    assert [prediction.text for prediction in found] == TEXTS
    assert (report.texts, report.windows, report.prompt_tokens, report.tokens) == (12, 12, 132, 84)
    assert report.ok


def test_a_function_is_a_model() -> None:
    """Chat messages in, a string out: any client of the user's own."""
    assert genner.extract("Ann left", LABELS, spoken)[0].entities == (Entity(0, 3, "PER"),)


def test_a_generator_is_a_model() -> None:
    """Whatever follows the protocol is asked as it is."""

    class Backwards:
        name = "backwards"

        def generate(self, requests: Sequence[Request]) -> Iterator[Completion]:
            for request in reversed(requests):
                yield Completion(request.key, spoken(list(request.messages)))

    assert isinstance(Backwards(), Generator)
    assert [one.entities for one in genner.extract(TEXTS, LABELS, Backwards())] == [FOUND] * 12


def test_async_does_the_same(serve: Any) -> None:
    """`aextract` leaves the event loop free while it waits."""
    server = serve()

    async def both() -> list[Any]:
        options: dict[str, Any] = {"url": server.url, "format": "bracket", "guided": False}
        return list(
            await asyncio.gather(*(genner.aextract(text, LABELS, "openai:tiny", **options) for text in TEXTS[:2]))
        )

    assert [found[0].entities for found in asyncio.run(both())] == [FOUND, FOUND]


def test_long_texts_are_asked_about_in_windows() -> None:
    """The parts overlap, no text is longer than asked for, and places are those of the whole text."""
    text = "Ann left . " * 10 + "Nobody came ."
    asked: list[str] = []

    def answer(messages: list[dict[str, str]]) -> str:
        asked.append(messages[-1]["content"].rpartition("\n")[2])
        return spoken(messages)

    (found,) = genner.extract(text, LABELS, answer, window=40, overlap=12)

    assert max(map(len, asked)) <= 40
    assert found.entities == tuple(Entity(at, at + 3, "PER") for at in range(0, 110, 11))


def test_the_nearest_demonstrations_are_shown() -> None:
    """Of more than `shots` the nearest are picked; labels that none of them has are remarked."""
    pool = [Document(f"Bob saw {place}", [(0, 3, "PER")]) for place in ("Paris", "Rome", "Oslo")]
    seen: list[list[dict[str, str]]] = []
    report = Extraction()

    genner.extract(
        "Ann saw Rome",
        LABELS,
        lambda messages: seen.append(messages) or "",
        demonstrations=pool,
        shots=1,
        report=report,
    )

    turns = [message["content"] for message in seen[0]]
    assert turns[0].endswith("Bob saw Rome")
    assert turns[1] == "<PER>Bob</PER> saw Rome"
    assert report.remarks == ["no demonstration has the label LOC"]


def test_mentions_copied_from_a_demonstration_are_counted() -> None:
    """What is not in the text but in a worked example is named as such."""
    report = Extraction()
    shown = [Document("Bob left Oslo", [(0, 3, "PER")])]

    (found,) = genner.extract(
        "Ann ate", LABELS, lambda messages: "Bob (PER)", format="lines", demonstrations=shown, report=report
    )

    assert [issue.kind for issue in found.issues][-1] == "from_prompt"
    assert report.copied == 1


def test_texts_without_a_word_cost_nothing() -> None:
    """Nothing is asked about them, and they are counted."""
    report, asked = Extraction(), []

    found = genner.extract(["", " \n", "Ann"], LABELS, lambda messages: asked.append(1) or "Ann", report=report)

    assert [len(prediction) for prediction in found] == [0, 0, 0]
    assert (len(asked), report.empty, report.windows) == (1, 2, 1)
    assert genner.extract([], LABELS, spoken) == []


def test_progress_is_reported_to_whoever_asks(capsys: pytest.CaptureFixture[str]) -> None:
    """A function hears how many are done; a bar goes to standard error."""
    heard: list[tuple[int, int]] = []

    genner.extract(TEXTS[:3], LABELS, spoken, progress=lambda done, total: heard.append((done, total)))
    genner.extract(TEXTS[:3], LABELS, spoken, progress=True)

    assert heard == [(1, 3), (2, 3), (3, 3)]
    output = capsys.readouterr()
    assert output.out == ""
    assert "3/3 texts" in output.err


# -- answers on disk -------------------------------------------------------------------------------


def test_kept_answers_are_not_asked_for_again(serve: Any, tmp_path: Path) -> None:
    """A second run with more texts asks about the new ones alone; sampled twins are kept apart."""
    server, path, report = serve(), tmp_path / "answers.jsonl", Extraction()
    first = ask(server, [*TEXTS[:3], TEXTS[0]], answers=path)

    again = ask(server, [*TEXTS[:4], TEXTS[0]], answers=path, report=report)

    assert again[:3] == first[:3]
    assert server.seen[""] == 5
    assert report.reused == 4
    with pytest.raises(DataError, match="another run, with another recipe"):
        ask(server, format="xml", answers=path)


def test_what_was_answered_before_an_error_is_kept(serve: Any, tmp_path: Path) -> None:
    """The server goes away in the middle: the answers so far are on disk, and the next run goes on from there."""
    server, path = serve(), tmp_path / "answers.jsonl"
    server.stop_after = 5
    with pytest.raises(ServerError, match="answered 404"):
        ask(server, answers=path, batch_size=1)
    server.stop_after = None

    assert [found.entities for found in ask(server, answers=path)] == [FOUND] * 12
    assert server.seen[""] == 12


def test_lone_surrogates_cross_the_wire_and_the_disk(serve: Any, tmp_path: Path) -> None:
    """In the text they are sent as replacement characters, in an answer they are kept; no place moves."""
    server = serve("surrogate")
    path = tmp_path / "answers.jsonl"

    (odd,) = ask(server, "Ann left", answers=path, format="xml")
    server.reply = lambda question: tagged(question, "xml")
    (text,) = ask(server, "\udc00 Ann", answers=path, format="xml")

    assert odd.entities == (Entity(0, 3, "PER"),)
    assert text.entities == (Entity(2, 5, "PER"),)
    assert "\ufffd Ann" in server.bodies[-1]["messages"][-1]["content"]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """A file that genner has not written is never appended to."""
    path = tmp_path / "answers.jsonl"
    path.write_text("[1, 2]\n")

    with pytest.raises(DataError, match="expected answers that genner has kept"):
        genner.extract("Ann", LABELS, spoken, answers=path)
    with pytest.raises(DataError, match="no such directory"):
        genner.extract("Ann", LABELS, spoken, answers=tmp_path / "nowhere" / "a")


# -- servers that fail -----------------------------------------------------------------------------


LASTING = [
    ("500", "answered 500: .*fault 500"),
    ("nonsense", "answered without a choice"),
    ("bad json", "answered what is not JSON"),
    ("garbage", "answered what is not JSON"),
    ("deep", "answered what is not JSON"),
    ("no choices", "answered without a choice"),
    ("no message", "answered without a message of text"),
    ("null", "answered without a message of text"),
    ("number", "answered without a message of text"),
    ("list", "answered without a choice"),
    ("huge", "reply of more than 8,388,608 bytes"),
    ("drip", r"did not end its reply in 0\.5 s"),
    ("stall", r"did not answer in 0\.5 s"),
    ("cut", "broke off its reply"),
]


@pytest.fixture
def small_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reply of a mebibyte be too large, so that the test need not send more."""
    import genner.models.server as module

    monkeypatch.setattr(module, "MOST_BYTES", 1 << 18)


@pytest.mark.parametrize(("fault", "message"), LASTING)
@pytest.mark.usefixtures("small_replies")
def test_a_lasting_fault_is_one_clear_error_or_a_counted_skip(serve: Any, fault: str, message: str) -> None:
    """Raised, it names the server and what it did; skipped, the other texts are answered and this one is counted."""
    message = message.replace("8,388,608", "262,144")
    report = Extraction()

    with pytest.raises(ServerError, match=message):
        ask(serve(always=fault), TEXTS[:2], retries=0)
    found = ask(serve(fault), TEXTS[:3], retries=0, batch_size=1, on_error="skip", report=report)

    assert sorted(len(prediction) for prediction in found) == [0, 2, 2]
    ((position, reason),) = report.failed
    (issue,) = found[position].issues
    assert (issue.kind, issue.detail) == ("no_answer", reason)
    assert not report.ok
    assert fault not in BODIES or "1 texts failed" in str(report)


def test_passing_faults_cost_no_answer(serve: Any) -> None:
    """429 with Retry-After, 500, cut connections and stalls are tried again until each text is answered."""
    server = serve("429", "500", "cut", "stall", "429")

    assert [found.entities for found in ask(server, retries=5)] == [FOUND] * 12


@pytest.mark.parametrize("status", ["401", "403", "404"])
def test_what_no_request_can_escape_is_never_skipped(serve: Any, status: str) -> None:
    """A wrong key or address is an error although failures are skipped."""
    with pytest.raises(ServerError, match=f"answered {status}"):
        ask(serve(always=status), on_error="skip")


def test_a_server_that_only_fails_is_not_asked_forever(serve: Any) -> None:
    """After twenty failures in a row, none of them passing, the run ends."""
    server = serve(always="nonsense")

    with pytest.raises(ServerError):
        ask(server, TEXTS * 10, on_error="skip", batch_size=1)
    assert server.seen["nonsense"] < 40


def test_a_wrong_address_fails_in_two_seconds_and_leaves_nothing(tmp_path: Path) -> None:
    """Refused, unknown, silent or malformed: one line that never shows the password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = tmp_path / "answers.jsonl"
    for url in (f"http://me:secret@127.0.0.1:{port}/v1?key=secret", "http://no.such.host.invalid/v1", "localhost:8000"):
        began = time.monotonic()
        with pytest.raises(ServerError) as caught:
            genner.extract(TEXTS, LABELS, "openai:tiny", url=url, answers=path)
        assert time.monotonic() - began < 4  # 2 s by design, on a machine that may be busy
        assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_password_in_the_address_is_sent_and_never_printed(serve: Any) -> None:
    """Basic authentication works, and messages show the address without it."""
    server = serve(always="500")
    url = server.url.replace("http://", "http://me:secret@")

    with pytest.raises(ServerError) as caught:
        ask(server, url=url, retries=0)

    assert "secret" not in str(caught.value)
    assert server.keys[0].startswith("Basic ")
    assert shown_url("https://u:p@[::1]:8/v1?token=t#f") == "https://[::1]:8/v1"


def test_the_key_comes_from_the_environment(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`OPENAI_API_KEY` also with an address, another variable by name, the argument before both."""
    server = serve()
    monkeypatch.setenv("OPENAI_API_KEY", "first")
    monkeypatch.setenv("OTHER", "second")
    ask(server, TEXTS[:1])
    ask(server, TEXTS[:1], api_key_env="OTHER")
    ask(server, TEXTS[:1], api_key="third")
    monkeypatch.delenv("OPENAI_API_KEY")
    ask(server, TEXTS[:1])

    assert server.keys == ["Bearer first", "Bearer second", "Bearer third", "Bearer none"]
    with pytest.raises(ServerError, match="environment variable MISSING"):
        ask(server, api_key_env="MISSING")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(ServerError, match="no key and no address"):
        genner.extract("Ann", LABELS, "openai:tiny")


def test_settings_reach_the_server(serve: Any) -> None:
    """Temperature, seed and the limit of tokens; names with a colon are the server's own."""
    server = serve()

    genner.extract(
        TEXTS[0], LABELS, "llama3:8b", url=server.url, guided=False, temperature=0.7, seed=3, max_new_tokens=99
    )

    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["seed"], body["max_tokens"]) == ("llama3:8b", 0.7, 3, 99)


@pytest.mark.parametrize(
    ("takes", "kind", "format"),
    [
        ("grammar", "llama.cpp", "bracket"),
        ("structured_outputs", "vllm", "xml"),
        ("ebnf", "sglang", "grouped-json"),
        ("response_format", "schema", "occurrence-json"),
    ],
)
def test_what_a_server_takes_is_found_out_once(serve: Any, takes: str, kind: str, format: str) -> None:
    """A few small questions show which constraint it obeys, and every text is asked about with that."""
    server, report = serve(takes=takes), Extraction()
    server.reply = lambda question: tagged(question, format)

    found = ask(server, guided=None, format=format, report=report)

    assert report.guided == kind
    assert [prediction.entities for prediction in found] == [FOUND] * 12
    assert sum(takes in body for body in server.bodies) >= 12


def test_a_server_without_constraints_answers_freely(serve: Any) -> None:
    """By default that is no error; asked for, it is."""
    server, report = serve(), Extraction()

    ask(server, TEXTS[:1], guided=None, report=report)

    assert report.guided == ""
    with pytest.raises(DataError, match="takes no constraint for bracket"):
        ask(server, TEXTS[:1], guided=True)


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "options", "error", "message"),
    [
        ([1], {}, WrongTypeError, r"texts\[0\]: expected a str, got int 1"),
        (b"Ann", {}, WrongTypeError, "expected strings, got bytes"),
        (None, {}, WrongTypeError, "expected strings, got NoneType"),
        ("Ann", {"format": "html"}, DataError, "unknown format 'html'"),
        ("Ann", {"style": "loud"}, DataError, "style"),
        ("Ann", {"demonstrations": ["Bob"]}, WrongTypeError, r"demonstrations\[0\]: expected a Document, got str"),
        ("Ann", {"demonstrations": [Document("Bo", [(0, 2, "X")])]}, DataError, "labels that are not in the label set"),
        ("Ann", {"shots": -1}, DataError, "shots: expected 0 or more"),
        ("Ann", {"window": 10, "overlap": -1}, DataError, "overlap"),
        ("Ann", {"on_error": "ignore"}, UnknownNameError, "unknown choice of on_error 'ignore'"),
        ("Ann", {"url": "http://localhost/v1"}, DataError, "url: only for a model that is given by name"),
        ("Ann", {"tempreature": 1}, UnknownNameError, "did you mean 'temperature'"),
    ],
)
def test_bad_input_is_one_clear_error(texts: Any, options: Any, error: type[Exception], message: str) -> None:
    """What was expected and what was got, before any model is asked."""
    with pytest.raises(error, match=message):
        genner.extract(texts, LABELS, spoken, **options)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("", DataError, "expected a name or a folder"),
        ("opnai:gpt", UnknownNameError, "unknown kind of model 'opnai'; did you mean 'openai'"),
        (7, WrongTypeError, "expected a name, a folder, a Generator or a function, got int"),
    ],
)
def test_models_that_are_none(model: Any, error: type[Exception], message: str) -> None:
    """The known kinds are listed."""
    with pytest.raises(error, match=message):
        genner.extract("Ann", LABELS, model)


def test_one_label_is_enough() -> None:
    """A label set of one is asked about like any other."""
    (found,) = genner.extract("Ann left Rome", ["PER"], lambda messages: "<PER>Ann</PER> left Rome")

    assert found.entities == (Entity(0, 3, "PER"),)


def test_a_function_that_fails_is_raised_or_counted() -> None:
    """Its own error passes through; skipped, it is the reason of the failure."""

    def broken(messages: list[dict[str, str]]) -> str:
        if "Rome 1 " in messages[-1]["content"]:
            raise RuntimeError("no credit")
        return spoken(messages)

    report = Extraction()
    with pytest.raises(RuntimeError, match="no credit"):
        genner.extract(TEXTS[:3], LABELS, broken)
    found = genner.extract(TEXTS[:3], LABELS, broken, on_error="skip", report=report)

    assert [len(prediction) for prediction in found] == [2, 0, 2]
    assert report.failed == [(1, "RuntimeError: no credit")]

    async def later(messages: list[dict[str, str]]) -> str:
        return ""

    with pytest.raises(WrongTypeError, match="expected a function that returns a str"):
        genner.extract("Ann", LABELS, later)  # type: ignore[arg-type]


def test_a_generator_keeps_its_own_choice_of_on_error() -> None:
    """What the caller set on a generator holds unless `extract` is given another choice."""

    def broken(messages: list[dict[str, str]]) -> str:
        raise RuntimeError("no credit")

    report = Extraction()
    generator = CallableGenerator(broken, on_error="skip")
    genner.extract("Ann", LABELS, generator, report=report)

    assert report.failed == [(0, "RuntimeError: no credit")]
    with pytest.raises(RuntimeError, match="no credit"):
        genner.extract("Ann", LABELS, generator, on_error="raise")


def test_a_missing_package_names_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server needs openai, a model here torch and transformers; nothing else is asked for."""
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'genner\[openai\]'"):
        genner.extract("Ann", LABELS, "openai:tiny", url="http://localhost:1/v1")
    with pytest.raises(MissingExtraError, match=r"pip install 'genner\[training\]'"):
        genner.extract("Ann", LABELS, "some/model")


def test_every_error_is_one_of_genners(serve: Any) -> None:
    """One `except` catches what a server can do."""
    for fault in BODIES:
        with pytest.raises(GennerError):
            ask(serve(always=fault), TEXTS[:1], retries=0)


# -- the command -----------------------------------------------------------------------------------


def test_the_command_writes_a_prediction_a_line(serve: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts from a file of lines; predictions with the number of the line; failures are counted and end in code 1."""
    from genner.cli import main

    server = serve()
    source = tmp_path / "texts.txt"
    source.write_text("Ann saw Rome\n\nNobody came\n")
    command = ["extract", str(source), "-m", "openai:tiny", "--url", server.url, "-l", "PER,LOC", "-f", "bracket"]

    assert main([*command, "--free"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["id"], len(line["entities"])) for line in lines] == [("1", 2), ("3", 0)]

    server.faults = ["nonsense"]
    assert main([*command, "--free", "--retries", "0", "--on-error", "skip"]) == 1
    assert "1 texts failed, the first is number" in capsys.readouterr().err
    server.always = "nonsense"
    assert main([*command, "--free", "--retries", "0", "-o", str(tmp_path / "out.jsonl")]) == 2
    assert not (tmp_path / "out.jsonl").exists()
