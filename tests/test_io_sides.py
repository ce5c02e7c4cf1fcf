"""Gold and predictions of the commands: each may be in any data format, and an answer is never made up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from genner.cli import main

FILES = {
    "doccano.jsonl": json.dumps({"id": 1, "text": "Ann left Rome", "label": [[0, 3, "PER"], [9, 13, "LOC"]]}) + "\n",
    "gold.conll": "Ann\tB-PER\nleft\tO\nRome\tB-LOC\n",
    "both.conll": "Ann B-PER B-PER\nleft O O\nRome B-LOC B-ORG\n",
    "spans.jsonl": json.dumps({"text": "Ann left  Rome", "spans": [{"start": 10, "end": 14, "label": "LOC"}]}) + "\n",
    "gliner.json": json.dumps([{"tokenized_text": ["Ann", "left", "Rome"], "ner": [[0, 0, "PER"], [2, 2, "LOC"]]}]),
    "pred.xml": "<collection><document><id>1</id><passage><offset>0</offset><text>Ann left Rome</text><annotation>"
    '<infon key="type">PER</infon><location offset="0" length="3"/><text>Ann</text></annotation></passage></document>'
    "</collection>",
    "folder/a.txt": "Ann left Rome",
    "folder/a.ann": "T1\tPER 0 3\tAnn\nT2\tLOC 9 13\tRome\n",
    "gold-key.jsonl": json.dumps({"id": 1, "gold": "[Ann | PER] left [Rome | LOC]"}) + "\n",
    "completion.jsonl": json.dumps({"id": 1, "completion": "[Ann | PER] left [Rome | LOC]"}) + "\n",
    "openai.jsonl": json.dumps({"choices": [{"message": {"role": "assistant", "content": "[Ann | PER] left Rome"}}]})
    + "\n",
    "two.conll": "Ann\tB-PER\n\nBob\tB-PER\n",
    "two-swapped.jsonl": '{"text": "Bob", "ents": [{"start": 0, "end": 3, "label": "PER"}]}\n'
    '{"text": "Ann", "ents": []}\n',
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "right"),
    [
        (["doccano.jsonl", "doccano.jsonl"], (2, 0, 0)),
        (["gold.conll", "doccano.jsonl"], (2, 0, 0)),
        (["doccano.jsonl", "gliner.json"], (2, 0, 0)),
        (["folder", "spans.jsonl"], (1, 0, 1)),
        (["gold.conll", "pred.xml"], (1, 0, 1)),
        (["folder/a.txt", "gold.conll"], (2, 0, 0)),
        (["both.conll"], (1, 1, 1)),
        (["gold.conll", "completion.jsonl", "-f", "bracket"], (2, 0, 0)),
        (["gold.conll", "openai.jsonl", "-f", "bracket"], (1, 0, 1)),
        (["two.conll", "two-swapped.jsonl"], (1, 0, 1)),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_two_files_in_any_two_formats(
    here: Path, files: list[str], right: tuple[int, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides are paired by id, text or order, also over texts that differ in white space; counts by hand."""
    assert main(["evaluate", *files, "--json"]) == 0

    micro = json.loads(capsys.readouterr().out)["micro"]
    assert (micro["tp"], micro["fp"], micro["fn"]) == right


def test_other_pairings_are_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the order is not the same, texts pair the two sides, and a note says so."""
    main(["evaluate", "two.conll", "two-swapped.jsonl", "--json"])

    assert "genner: gold and predictions are paired by text\n" in capsys.readouterr().err


def test_an_answer_is_never_taken_from_an_unknown_key(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record without a known key is an error that lists the keys it has and those that are known."""
    assert main(["evaluate", "gold.conll", "gold-key.jsonl", "-f", "bracket"]) == 2

    error = capsys.readouterr().err
    assert "gold-key.jsonl:1: expected an answer under one of predict, " in error
    assert error.endswith("the keys are 'id', 'gold'\n")


def test_reader_options_on_the_command_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--option` hands numbers, words and lists to the reader, and a misspelt one is an error."""
    assert main(["convert", "both.conll", "--to", "jsonl", "--option", "tag_column=2"]) == 0
    assert [one["label"] for one in json.loads(capsys.readouterr().out)["entities"]] == ["PER", "ORG"]

    assert main(["convert", "both.conll", "--to", "jsonl", "--option", "tag_colum=2"]) == 2
    assert "did you mean 'tag_column'" in capsys.readouterr().err


def test_instruction_data_both_ways(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`convert --to alpaca` writes questions and answers in a format, which the same format reads back."""
    assert main(["convert", "gold.conll", "--to", "alpaca", "-f", "bracket", "-o", "train.json"]) == 0

    (record,) = json.loads((here / "train.json").read_text())
    assert (record["input"], record["output"]) == ("Ann left Rome", "[Ann | PER] left [Rome | LOC]")
    assert main(["convert", "train.json", "-f", "bracket", "--to", "doccano"]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == [[0, 3, "PER"], [9, 13, "LOC"]]
    assert main(["convert", "gold.conll", "--to", "openai"]) == 2
    assert "--to openai writes answers: name their --format" in capsys.readouterr().err


def test_check_prints_findings_and_writes_fixes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`genner check` exits with 1 under --fail-on-issues when something is odd, and --fix writes a corpus."""
    (here / "odd.jsonl").write_text('{"text": "Ann left", "entities": [{"start": 0, "end": 4, "label": "PER"}]}\n')

    assert main(["check", "odd.jsonl", "--fail-on-issues"]) == 1
    assert "edge_space      1  document 1: 'Ann ' PER at 0" in capsys.readouterr().out
    assert main(["check", "odd.jsonl", "--fix", "all"]) == 0
    assert json.loads(capsys.readouterr().out)["entities"] == [{"start": 0, "end": 3, "label": "PER"}]
    assert main(["check", "doccano.jsonl", "--against", "gold.conll", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kappa"] == 1.0
