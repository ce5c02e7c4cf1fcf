"""A matching, a policy, a breakdown and a reader that another package brings, in Python and on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import genner
from genner.evaluation import breakdown, evaluate_matchings
from genner.exceptions import WrongTypeError
from genner.metrics import ErrorReport

MODULE = """
from genner.metrics import Breakdown, Matching
from genner.types import Document

def same_start(case):
    free = {}
    for other in case.predicted:
        free.setdefault(other.start, other)
    return [(one, free.pop(one.start), 1) for one in case.gold if one.start in free]

starts = Matching("starts", same_start, "the start agrees")

def sides(facts):
    return None if facts.side == "gold" and facts.relations else "lost" if facts.side == "gold" else "made up"

initial = Breakdown("initial", lambda document, gold: lambda item: item.label[0])

class Bars:
    SUFFIXES = (".bars",)

    def sniff(self, name, head):
        return "|" in head.partition("\\n")[0]

    def read(self, source):
        for line in source.text().splitlines():
            text, *entities = line.split("|")
            yield Document(text, [(int(start), int(end), label) for start, end, label in map(str.split, entities)])

bars = Bars()
"""
POINTS = """
[genner.matchings]
starts = elsewhere:starts
[genner.error_policies]
sides = elsewhere:sides
[genner.breakdowns]
initial = elsewhere:initial
[genner.readers]
bars = elsewhere:bars
"""
TEXT = "Ada met Grace in Paris."
GOLD = [genner.Document(TEXT, [(0, 3, "PER"), (8, 13, "PER"), (17, 22, "LOC")])]
PREDICTED = [genner.Prediction([(0, 7, "PER"), (17, 22, "LOC")], text=TEXT)]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an installed package that declares entry points."""
    (tmp_path / "elsewhere.py").write_text(MODULE)
    info = tmp_path / "elsewhere-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_names_of_another_package_work_everywhere(package: Path) -> None:
    evaluation = genner.evaluate(GOLD, PREDICTED, matching="starts")
    report = genner.analyze_errors(GOLD, PREDICTED, policy="sides")

    assert (evaluation.micro.tp, evaluation.settings.matching) == (2, "starts")
    assert {kind: count for kind, count in report.counts.items() if count} == {"made up": 1, "lost": 1}
    assert breakdown(GOLD, PREDICTED, "initial")["L"].tp == 1
    with pytest.raises(genner.UnknownNameError, match="did you mean 'starts'"):
        genner.evaluate(GOLD, PREDICTED, matching="start")


def test_kinds_of_ones_own_print_and_go_to_json(package: Path) -> None:
    report = genner.analyze_errors(GOLD, PREDICTED, policy="sides")
    lines = str(report).splitlines()

    assert ["lost", "1", "50.00"] in [line.split() for line in lines]
    assert json.loads(report.to_json())["counts"]["made up"] == 1
    assert {json.loads(line)["type"] for line in report.to_jsonl().splitlines()} == {"lost", "made up", "touched"}
    assert [case.kind for case in report.select(type="made up")] == ["made up"]
    assert report + report == genner.analyze_errors(GOLD * 2, PREDICTED * 2, policy="sides")
    with pytest.raises(genner.UnknownNameError, match="did you mean 'made up'"):
        report.select(type="made upp")


@pytest.mark.extra
def test_kinds_of_ones_own_are_plotted_and_on_the_page(package: Path) -> None:
    from genner.report import errors_to_html

    report: ErrorReport = genner.analyze_errors(GOLD, PREDICTED, policy="sides")

    assert "made up" in [tick.get_text() for tick in report.plot().get_yticklabels()]
    assert "made up" in errors_to_html(report)


def test_a_policy_sees_the_whole_facts(package: Path) -> None:
    """Registered or passed, it is called for every case of one document after the other, with its partner."""
    partners = []

    def noting(facts: genner.metrics.Facts) -> str | None:
        partners.append(facts.partner)
        return "any"

    genner.analyze_errors(GOLD * 2, PREDICTED * 2, policy=noting)

    assert [{*partners[:3]}, {*partners[3:]}] == [{(0, 3, "PER"), (0, 7, "PER"), None}] * 2


@pytest.mark.extra
@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["evaluate", "--matching", "starts", "--by", "initial"], ["|matching:starts|", "|by:initial"]),
        (["errors", "--policy", "sides", "--by", "initial"], ["made up", "initial"]),
        (["compare", "predicted.jsonl", "--matching", "starts", "--policy", "sides"], ["|matching:starts|", "made up"]),
        (["view"], ["[Ada]PER met"]),
    ],
    ids=["evaluate", "errors", "compare", "view"],
)
def test_all_of_them_together_on_the_command_line(package: Path, arguments: list[str], shown: list[str]) -> None:
    """The corpus is in a format of that package, and is scored by its matching, policy and breakdown."""
    command, *options = arguments
    (package / "gold.bars").write_text(TEXT + "".join(f"|{e.start} {e.end} {e.label}" for e in GOLD[0].entities) + "\n")
    (package / "predicted.jsonl").write_text(json.dumps(PREDICTED[0].to_dict()) + "\n")
    sides = ["gold.bars"] if command == "view" else ["gold.bars", "predicted.jsonl"]
    done = subprocess.run(
        [sys.executable, "-m", "genner", command, *sides, *options, "--from", "bars"],
        cwd=package,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert [part for part in shown if part not in done.stdout] == []


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (None, "expected pairs, got NoneType"),
        ([3], "expected .gold, prediction, credit., got 3"),
        ([(GOLD[0].entities[0], PREDICTED[0].entities[0], "1")], "expected credit of at most 1, got '1'"),
        ([(GOLD[0].entities[0], PREDICTED[0].entities[0])], "expected .gold, prediction, credit."),
    ],
)
def test_what_a_matching_gives_is_looked_at(pairs: Any, message: str) -> None:
    with pytest.raises(genner.DataError, match=message):
        genner.evaluate(GOLD, PREDICTED, matching=lambda case: pairs)


@pytest.mark.parametrize("kind", [3, "", "touched", None])
def test_a_kind_is_a_name(kind: Any) -> None:
    """`touched` is what reports call a missed gold entity without a kind."""
    with pytest.raises(genner.DataError, match="policy: expected"):
        genner.analyze_errors(GOLD, PREDICTED, policy=lambda facts: kind)


def test_two_matchings_of_one_name_are_refused() -> None:
    with pytest.raises(genner.DataError, match="two matchings are named '<lambda>'"):
        evaluate_matchings(GOLD, PREDICTED, [lambda case: [], lambda case: ()])

    assert [*evaluate_matchings(GOLD, PREDICTED, ["strict", "strict"])] == ["strict"]


def test_a_matching_of_the_wrong_type_is_named() -> None:
    """What is no name, no value and no function is one error that says what is expected."""
    with pytest.raises(WrongTypeError, match="matching 3: expected a name, a Matching or a function, got 3"):
        genner.evaluate([], [], matching=3)  # type: ignore[arg-type]
