"""Questions and right answers in the shapes of trainers, whatever output format the answers are in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from genner import Document, encode, formats, io
from genner.exceptions import DataError, UnknownNameError

TEXT = "Ann left Rome."
GOLD = Document(TEXT, [(0, 3, "PER"), (9, 13, "LOC")])
ASK = f"Find the entities.\nNow process the input sentence:\n{TEXT}"
ANSWER = encode(GOLD, "xml")

SHAPES: dict[str, Any] = {
    "alpaca": {"instruction": "Find the entities.\nNow process the input sentence:", "input": TEXT, "output": ANSWER},
    "sharegpt": {"conversations": [{"from": "human", "value": ASK}, {"from": "gpt", "value": ANSWER}]},
    "openai": {"messages": [{"role": "user", "content": ASK}, {"role": "assistant", "content": ANSWER}]},
    "openai with a system": {
        "messages": [
            {"role": "system", "content": "Find the entities."},
            {"role": "user", "content": f"Text: {TEXT}"},
            {"role": "assistant", "content": ANSWER},
        ]
    },
    "examples as turns": {
        "messages": [
            {"role": "user", "content": "Text: Bob slept"},
            {"role": "assistant", "content": "<PER>Bob</PER> slept"},
            {"role": "user", "content": f"Text: {TEXT}"},
            {"role": "assistant", "content": ANSWER},
        ]
    },
    "trl turns": {
        "prompt": [{"role": "user", "content": ASK}],
        "completion": [{"role": "assistant", "content": ANSWER}],
    },
    "trl strings": {"prompt": ASK, "completion": ANSWER},
}


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_trainers_are_instructions(shape: str, tmp_path: Path) -> None:
    """Each is known by its first record, and gives the sentence and the answer."""
    path = write(tmp_path / "x.json", [SHAPES[shape]])

    (record,) = io.read_instructions(path)

    assert io.guess_format(path) == "alpaca"
    assert (record.source, record.output) == (TEXT, ANSWER)


@pytest.mark.extra
@pytest.mark.parametrize("format", sorted(set(formats.formats()) - {"marks"}))
@pytest.mark.parametrize("shape", ["sharegpt", "openai", "trl strings"])
def test_any_output_format_is_read(shape: str, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`convert --format` decodes the answers of a chat, in JSON or not."""
    from genner.cli.app import run

    written = json.dumps(SHAPES[shape]).replace(json.dumps(ANSWER), json.dumps(encode(GOLD, format)))
    path = write(tmp_path / "x.json", [json.loads(written)])

    assert run(["convert", str(path), "--format", format, "--to", "jsonl", "--labels", "PER,LOC"]) == 0

    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    assert document["text"] == TEXT
    assert [(one["start"], one["end"], one["label"]) for one in document["entities"]] == [*GOLD.entities]


@pytest.mark.extra
@pytest.mark.parametrize("to", ["alpaca", "trl", "openai"])
def test_what_convert_writes_it_reads(to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A corpus goes to the data of a trainer and back."""
    from genner.cli.app import run

    io.write([GOLD, Document("Bob slept", [(0, 3, "PER")])], tmp_path / "x.jsonl")
    how = ["--format", "bracket", "--labels", "PER,LOC"]

    assert run(["convert", str(tmp_path / "x.jsonl"), "--to", to, *how, "-o", str(tmp_path / "y.json")]) == 0
    assert run(["convert", str(tmp_path / "y.json"), "--to", "jsonl", *how]) == 0

    assert capsys.readouterr().out == (tmp_path / "x.jsonl").read_text(encoding="utf-8")


def test_a_chat_of_documents_stays_one(tmp_path: Path) -> None:
    """Answers in JSON, and a question for each label, are read without a codec."""
    turns = [
        {"from": "human", "value": f"Text: {TEXT}"},
        {"from": "gpt", "value": '[{"text": "Ann", "label": "PER"}]'},
    ]
    path = write(tmp_path / "x.json", [{"conversations": turns}])

    assert io.guess_format(path) == "universal-ner"
    assert next(io.read(path)).entities == ((0, 3, "PER"),)


@pytest.mark.parametrize("shape", ["sharegpt", "openai", "trl strings"])
def test_a_document_that_keeps_its_question_stays_one(shape: str, tmp_path: Path) -> None:
    """Text and entities win over the chat that is kept with them."""
    path = write(tmp_path / "x.jsonl", {**GOLD.to_dict(), **SHAPES[shape]})

    assert io.guess_format(path) == "jsonl"
    assert next(io.read(path)).entities == GOLD.entities


# -- dataset_info.json

INFO = {
    "ner_train": {
        "file_name": "train.json",
        "columns": {"prompt": "question", "query": "sentence", "response": "gold"},
    },
    "ner_chat": {
        "file_name": "chats",
        "formatting": "sharegpt",
        "columns": {"messages": "talk"},
        "tags": {"role_tag": "who", "content_tag": "says", "user_tag": "U", "assistant_tag": "A"},
    },
    "elsewhere": {"hf_hub_url": "a/b"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as LLaMA-Factory's `data`: a list of files, with the names of their keys."""
    write(tmp_path / "dataset_info.json", INFO)
    row = {"question": "Now process the input sentence:", "sentence": TEXT, "gold": ANSWER, "split": 1}
    write(tmp_path / "train.json", [row])
    (tmp_path / "chats").mkdir()
    talk = [{"who": "U", "says": ASK}, {"who": "A", "says": ANSWER}]
    write(tmp_path / "chats" / "a.json", [{"talk": talk}])
    (tmp_path / "chats" / "b.jsonl").write_text(json.dumps({"talk": talk}) + "\n" + json.dumps({"talk": talk}))
    return tmp_path


def test_the_files_of_a_list_are_read(folder: Path) -> None:
    """All data sets with files, each with its own keys; a folder file by file; the report says that there are two."""
    report = io.ReadReport()

    records = list(io.read_instructions(folder / "dataset_info.json", report=report))
    chats = list(io.read_instructions(folder / "dataset_info.json", dataset="ner_chat"))

    assert [(record.source, record.output) for record in records] == [(TEXT, ANSWER)] * 4
    assert (records[0].instruction, records[0].meta) == ("Now process the input sentence:", {"split": 1})
    assert len(chats) == 3
    assert "dataset=NAME reads one" in report.problems[0].message


def test_a_file_takes_its_keys_from_the_list(folder: Path) -> None:
    """A file that the list names is known by it, and read by its keys."""
    assert io.guess_format(folder / "train.json") == "alpaca"
    assert next(io.read_instructions(folder / "train.json")).output == ANSWER


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"dataset": "ner_trian"}, UnknownNameError, "unknown data set 'ner_trian'; did you mean 'ner_train'"),
        ({"missing": "train.json"}, DataError, r"the file of the data set 'ner_train' is missing: .*train\.json"),
    ],
)
def test_a_list_that_is_wrong(folder: Path, change: dict[str, str], kind: type[Exception], message: str) -> None:
    """An unknown name and a missing file are errors that name them."""
    if "missing" in change:
        (folder / change.pop("missing")).unlink()

    with pytest.raises(kind, match=message):
        list(io.read_instructions(folder / "dataset_info.json", **change))
