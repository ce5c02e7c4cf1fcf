"""`genner calibrate` and `genner extract --confidence`: what they write, print and refuse."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import serving

import genner
from genner import Document, Entity, Prediction
from genner.cli import main
from genner.cli.examples import EXAMPLES
from genner.confidence import Calibration, Scored, above, fit_calibrator, promise_precision, with_scores


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a gold corpus of 400 documents, and predictions with scores that say how often they are right."""
    draw = random.Random(0)
    gold, scored = [], []
    for number in range(400):
        text = "abcdef" * 3
        scores = {Entity(at, at + 1, "A"): draw.choice([0.4, 0.8, 0.98]) for at in range(0, 6, 2)}
        right = [entity for entity, score in scores.items() if draw.random() < score]
        gold.append(Document(text, right, id=str(number)))
        scored.append(with_scores(Prediction(scores, text=text), scores, "agreement"))
    genner.write(gold, tmp_path / "gold.jsonl", "jsonl")
    lines = [json.dumps({"id": one.id} | two.to_dict()) for one, two in zip(gold, scored, strict=True)]
    (tmp_path / "scored.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", EXAMPLES["calibrate"])
def test_the_examples_of_the_help_run(here: Path, line: str) -> None:
    """Both examples run on such files, and leave what they name."""
    assert main(shlex.split(line)[1:]) == 0
    assert (here / "calibration.json").exists()
    assert ("--plot" in line) == (here / "curves.svg").exists()


def test_calibrate_prints_tables_and_the_promise(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reliability and precision against recall on standard output, the promise on standard error."""
    assert main(["calibrate", "gold.jsonl", "scored.jsonl", "--precision", "0.9"]) == 0
    out, err = capsys.readouterr()

    assert "expected calibration error 0.0" in out
    assert "before, with agreement as it is: expected calibration error" in out
    assert "precision against recall" in out
    assert "precision of at least 90.0%, with a certainty of 95%: keep confidence >= " in " ".join(err.split())


def test_the_calibration_keeps_what_it_promises(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file that is written keeps entities of at least the wished precision; JSON has the same promise."""
    assert main(["calibrate", "gold.jsonl", "scored.jsonl", "--precision", "0.9", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    calibration = Calibration.load("calibration.json")
    assert calibration.promise is not None
    assert record["promise"] == calibration.promise.to_dict()
    assert record["entities"] == 600

    scored = [Prediction.from_json(line) for line in (here / "scored.jsonl").read_text().splitlines()]
    kept = [calibration.apply(prediction) for prediction in scored]
    counts = genner.evaluate(genner.read("gold.jsonl"), kept).micro
    assert counts.precision >= 0.9
    assert counts.recall > 0.4


def test_one_half_fits_and_the_other_judges(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds what the same calls in Python give: no document fits the calibrator and tests the promise."""
    assert main(["calibrate", "gold.jsonl", "scored.jsonl", "--precision", "0.9", "--seed", "3", "--json"]) == 0
    predicted = [Prediction.from_json(line) for line in (here / "scored.jsonl").read_text().splitlines()]
    first, second = Scored.of(genner.read("gold.jsonl"), predicted, "agreement").split(0.5, seed=3)
    calibrator = fit_calibrator(first)
    promise = promise_precision(calibrator.applied(second), 0.9, planning=calibrator.applied(first))

    assert Calibration.load("calibration.json") == Calibration(calibrator, promise)
    assert json.loads(capsys.readouterr().out)["right"] == second.right.sum()


@pytest.mark.parametrize("wish", [["--precision", "0.995"], ["--recall", "0.999"]])
def test_a_promise_that_cannot_be_made_is_a_finding(
    here: Path, wish: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 1, and the file keeps nothing."""
    assert main(["calibrate", "gold.jsonl", "scored.jsonl", *wish]) == 1
    err = " ".join(capsys.readouterr().err.split())
    assert "no threshold is good enough" in err
    assert "a larger --delta there may be one" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gold.jsonl", "gold.jsonl"], "expected a score in the details of each entity"),
        (["gold.jsonl", "scored.jsonl", "--score", "probability"], "unknown score of"),
        (["gold.jsonl", "scored.jsonl", "--precision", "0.9", "--recall", "0.5"], "expected one of them"),
        (["gold.jsonl", "scored.jsonl", "--precision", "95"], "target: expected a number above 0 and below 1"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    here: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written."""
    assert main(["calibrate", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_predictions_that_are_cut_already_are_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A calibrator has to see every entity that it is applied to later, and not those alone that a threshold kept."""
    lines = [json.loads(line) for line in (here / "scored.jsonl").read_text().splitlines()]
    cut = [{"id": line.pop("id")} | above(Prediction.from_dict(line), 0.5, "agreement").to_dict() for line in lines]
    (here / "cut.jsonl").write_text("\n".join(map(json.dumps, cut)) + "\n", encoding="utf-8")

    assert main(["calibrate", "gold.jsonl", "cut.jsonl"]) == 2
    assert "entities were left out of the predictions" in " ".join(capsys.readouterr().err.split())
    assert not (here / "calibration.json").exists()


# -- extract ---------------------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Any]:
    """Start servers, and stop them at the end."""
    with serving() as start:
        yield start


def extract(server: Any, *options: str) -> int:
    (Path("texts.txt")).write_text("Ann saw Rome\nAnn left\n", encoding="utf-8")
    base = ["extract", "texts.txt", "--model", "openai:m", "--url", server.url, "-l", "PER,LOC", "-f", "bracket"]
    return main([*base, "--free", *options])


def changing(server: Any) -> None:
    """Let every second answer about a text leave Rome out."""
    plain, counts = server.reply, {"asked": 0}

    def reply(question: str) -> str:
        counts["asked"] += 1
        answer: str = plain(question)
        return answer.replace("[Rome | LOC]", "Rome") if counts["asked"] % 2 else answer

    server.reply = reply


def test_extract_gives_confidence(here: Path, serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Each entity has its agreement in the details of the prediction."""
    server = serve()
    changing(server)
    assert extract(server, "--confidence", "4", "--min-confidence", "0", "--batch-size", "1") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [[one["details"]["confidence"] for one in each["entities"]] for each in found] == [[1.0, 0.5], [1.0]]
    assert len(server.bodies) == 8


def test_extract_hands_over_what_it_is_not_sure_of(here: Path, serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What reaches the threshold is written, and texts with more are tasks of Label Studio."""
    server = serve()
    changing(server)
    options = ["--confidence", "4", "--min-confidence", "0.9", "--review", "tasks.json", "--batch-size", "1"]
    assert extract(server, *options) == 0
    out, err = capsys.readouterr()
    found = [json.loads(line) for line in out.splitlines()]
    (task,) = json.loads(Path("tasks.json").read_text())

    assert [[one["label"] for one in each["entities"]] for each in found] == [["PER"], ["PER"]]
    assert [one["value"]["text"] for one in task["predictions"][0]["result"]] == ["Ann", "Rome"]
    assert "1 of 2 texts are in tasks.json" in " ".join(err.split())
    assert "left out for their confidence: 1, each a left_out issue" in " ".join(err.split())


def test_a_calibration_is_for_a_number_of_answers(here: Path, serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It is written with the number that its scores came from, and refused for another before anything is asked."""
    lines = [json.loads(line) for line in (here / "scored.jsonl").read_text().splitlines()]
    for entity in (one for line in lines for one in line["entities"]):
        entity["details"]["answers"] = 5
    (here / "scored.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    server = serve()

    assert main(["calibrate", "gold.jsonl", "scored.jsonl"]) == 0
    assert Calibration.load("calibration.json").answers == 5
    assert extract(server, "--confidence", "3", "--calibration", "calibration.json") == 2
    assert "the calibration is for 5 answers to each question, got 3" in " ".join(capsys.readouterr().err.split())
    assert server.bodies == []
    assert extract(server, "--confidence", "5", "--calibration", "calibration.json") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--confidence", "high"], "--confidence: expected a number of answers, or probability, got 'high'"),
        (["--min-confidence", "0.5"], "need confidence="),
        (["--confidence", "3", "--review", "t.json"], "--review needs one rule"),
        (["--confidence", "3", "--calibration", "gold.jsonl"], "gold.jsonl: "),
    ],
)
def test_bad_options_of_extract(
    here: Path, serve: Any, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are refused before anything is asked."""
    server = serve()
    assert extract(server, *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert server.bodies == []
