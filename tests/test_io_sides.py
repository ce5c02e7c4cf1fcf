"""Gold and predictions of the commands: each may be in any data format, and an answer is never made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from genner import io
from genner.cli import main
from genner.types import Document

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


GOLD = [("a", "Ann left", 3), ("b", "Bob ran", 3), ("c", "Cy sat", 2)]
"""Id, text and end of the one PER, at the start, of three documents."""


def lines(*records: object) -> str:
    """Write records as JSON Lines; a string is a line as it is."""
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records)


def gold(end: int = 3) -> str:
    """Write the documents; the second ends outside its text where `end` says so."""
    ends = [3, end, 2]
    entities = [[{"start": 0, "end": one, "label": "PER"}] for one in ends]
    return lines(*({"id": id, "text": text, "entities": e} for (id, text, _), e in zip(GOLD, entities, strict=True)))


def counts(out: str) -> tuple[int, int, int]:
    """Return true and false positives and false negatives of the micro average."""
    micro = json.loads(out.splitlines()[0])["micro"]
    return micro["tp"], micro["fp"], micro["fn"]


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


@pytest.mark.parametrize("name", [name for name, module in io.DATA_FORMATS.items() if hasattr(module, "write")])
def test_every_format_that_is_written_is_read_on_both_sides(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gold in genner's own format and predictions in another agree, and the reverse."""
    texts = (("1", "Ann left Rome .", [(0, 3, "PER"), (9, 13, "LOC")]), ("2", "Bob ran .", [(0, 3, "PER")]))
    documents = [Document(text, entities, id=id) for id, text, entities in texts]
    file = "x.spacy" if name == "docbin" else "x"
    io.write(documents, file, name)
    io.write(documents, "own.jsonl")

    for sides in (["own.jsonl", file], [file, "own.jsonl"]):
        assert main(["evaluate", *sides, "--json"]) == 0
        assert counts(capsys.readouterr().out) == (3, 0, 0)


ANSWERS = ["<PER>Ann</PER> left", "<PER>Bob</PER> ran", "<PER>Cy</PER> sat"]


def one_each(make: Callable[[str, str], object]) -> list[object]:
    """Return what `make` makes of the id of each document and the answer about it."""
    return [make(id, answer) for (id, _, _), answer in zip(GOLD, ANSWERS, strict=True)]


def turn(answer: str) -> dict[str, str]:
    return {"role": "assistant", "content": answer}


LOGS: dict[str, object] = {
    "openai-batch.jsonl": one_each(
        lambda id, answer: {"custom_id": id, "response": {"body": {"choices": [{"message": turn(answer)}]}}}
    )[::-1],
    "anthropic-batch.jsonl": one_each(
        lambda id, answer: {"custom_id": id, "result": {"message": {"content": [{"type": "text", "text": answer}]}}}
    ),
    "vllm.jsonl": one_each(lambda id, answer: {"prompt": "Find.", "outputs": [{"index": 0, "text": answer}]}),
    "lm-eval.jsonl": one_each(lambda id, answer: {"doc": {}, "resps": [[answer]], "filtered_resps": [answer]}),
    "ollama.jsonl": one_each(lambda id, answer: {"model": "m", "message": turn(answer), "done": True}),
    "bedrock.jsonl": one_each(lambda id, answer: {"modelOutput": {"content": [{"type": "text", "text": answer}]}}),
    "langsmith.jsonl": one_each(lambda id, answer: {"inputs": {"text": "?"}, "outputs": {"output": answer}}),
    "promptfoo.json": {"results": {"results": one_each(lambda id, answer: {"response": {"output": answer, "n": 1}})}},
    "inspect.json": {
        "samples": one_each(
            lambda id, answer: {"id": id, "input": "?", "output": {"choices": [{"message": turn(answer)}]}}
        )
    },
    "helm.json": {"request_states": one_each(lambda id, answer: {"result": {"completions": [{"text": answer}]}})},
    "opencompass.json": {str(at): {"prediction": answer} for at, answer in enumerate(ANSWERS)},
    "by-id.json": {id: answer for (id, _, _), answer in zip(GOLD, ANSWERS, strict=True)},
    "strings.json": ANSWERS,
    "table.csv": "id,output\n" + "".join(f"{id},{answer}\n" for (id, _, _), answer in zip(GOLD, ANSWERS, strict=True)),
}
"""Files of answers as services and programs for evaluation write them."""


@pytest.mark.parametrize("name", LOGS)
def test_answers_are_read_as_programs_log_them(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one answer to each question is found, wherever the program keeps it."""
    content = LOGS[name]
    made = lines(*content) if name.endswith(".jsonl") and isinstance(content, list) else content
    Path(name).write_text(made if isinstance(made, str) else json.dumps(made), encoding="utf-8")
    Path("texts.jsonl").write_text(gold(), encoding="utf-8")

    assert main(["evaluate", "texts.jsonl", name, "--format", "xml", "--json"]) == 0

    assert counts(capsys.readouterr().out) == (3, 0, 0)


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


MENTION = {"text": "Ann", "label": "PER"}
WITHOUT_TEXT = {
    "mentions": [{"id": "a", "entities": [MENTION]}],
    "named": [{"id": "a", "entities": [{"name": "Ann", "type": "PER"}]}],
    "pairs": [{"id": "a", "entities": [["Ann", "PER"]]}],
    "by label": [{"id": "a", "entities": {"PER": ["Ann"]}}],
    "pipeline": [[{"entity_group": "PER", "word": "ann", "start": 0, "end": 3, "score": 0.9}]],
    "comprehend": [{"Entities": [{"BeginOffset": 0, "EndOffset": 3, "Text": "Ann", "Type": "PER", "Score": 0.9}]}],
    "google": [
        {"entities": [{"name": "Ann", "type": "PER", "mentions": [{"text": {"content": "Ann", "beginOffset": 0}}]}]}
    ],
    "uie": [[{"PER": [{"text": "Ann", "start": 0, "end": 3, "probability": 0.9}]}]],
}
"""Entities of "Ann left" as programs and services return them, without the text."""


@pytest.mark.parametrize("records", WITHOUT_TEXT.values(), ids=WITHOUT_TEXT)
def test_entities_without_their_text(records: list[object], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are placed in the text of the document they are paired with, by id or by order."""
    (here / "g.jsonl").write_text(gold().split("\n")[0] + "\n")
    (here / "p.jsonl").write_text(lines(*records))

    assert main(["evaluate", "g.jsonl", "p.jsonl", "--json"]) == 0
    captured = capsys.readouterr()
    assert counts(captured.out) == (1, 0, 0)
    by = "by id" if isinstance(records[0], dict) and "id" in records[0] else "by order"
    assert json.loads(captured.out)["paired"] == by
    assert f"gold and predictions are paired {by}\n" in captured.err


def test_a_mention_that_is_not_in_the_text_counts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a wrong prediction also where the record has the text."""
    (here / "g.jsonl").write_text(gold().split("\n")[0] + "\n")
    (here / "p.jsonl").write_text(lines({"text": "Ann left", "entities": [MENTION, {"text": "Zed", "label": "PER"}]}))

    main(["evaluate", "g.jsonl", "p.jsonl", "--json"])

    assert counts(capsys.readouterr().out) == (1, 1, 0)


def test_a_text_without_a_known_key_is_no_answer(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text and a string under an unknown key are an error that lists the keys, not a document without entities."""
    (here / "p.jsonl").write_text(lines({"id": "a", "text": "Ann left", "my_answer": "[Ann | PER] left"}))

    assert main(["evaluate", "gold.conll", "p.jsonl"]) == 2
    assert capsys.readouterr().err.endswith("the keys are 'id', 'text', 'my_answer'\n")


@pytest.mark.parametrize("workers", [[], ["--workers", "1"]], ids=["alone", "workers"])
@pytest.mark.parametrize("with_ids", [True, False])
def test_bad_records_on_both_sides(
    workers: list[str], with_ids: bool, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gold of a bad answer and the answer of bad gold are left out; both bad records are in one file."""
    (here / "g.jsonl").write_text(gold(end=30))
    ids = [{"id": id} if with_ids else {} for id, *_ in GOLD]
    answers = [{"output": f"<PER>{text.split()[0]}</PER> {text.split()[1]}"} for _, text, _ in GOLD]
    (here / "p.jsonl").write_text(lines(ids[0] | answers[0], ids[1] | answers[1], "{bad"))

    command = ["evaluate", "g.jsonl", "p.jsonl", "-f", "xml", "--json", "--rejected", "bad.jsonl", *workers]
    assert main(command) == 0

    assert counts(capsys.readouterr().out) == (1, 0, 0)
    found = [json.loads(line) for line in (here / "bad.jsonl").read_text().splitlines()]
    assert [(one["path"], one["line"]) for one in found] == [("g.jsonl", 2), ("p.jsonl", 3)]


def test_bad_instruction_records(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Instruction data and files that hold both sides are skipped over too."""
    (here / "g.jsonl").write_text(
        lines(
            {"instruction": "x", "input": "Ann left", "output": "<PER>Ann</PER> left"},
            {"instruction": "x", "output": 3},
        )
    )
    (here / "p.jsonl").write_text(lines({"output": "<PER>Ann</PER> left"}, {"output": "b"}))
    both = {"prompt": "Text: Ann left", "predict": "Ann left", "label": "<PER>Ann</PER> left"}
    (here / "both.jsonl").write_text(lines("{bad", both))

    assert main(["evaluate", "g.jsonl", "p.jsonl", "-f", "xml", "--json", "--skip-bad"]) == 0
    assert counts(capsys.readouterr().out) == (1, 0, 0)
    assert main(["evaluate", "both.jsonl", "-f", "xml", "--json", "--skip-bad"]) == 0
    assert counts(capsys.readouterr().out) == (0, 0, 1)


def test_compare_leaves_out_what_either_system_lacks(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both systems are compared on the documents that all three files have."""
    (here / "g.jsonl").write_text(gold())
    right = [{"id": id, "entities": [{"start": 0, "end": end, "label": "PER"}]} for id, _, end in GOLD]
    (here / "a.jsonl").write_text(lines("{bad", *right[1:]))
    (here / "b.jsonl").write_text(lines(*right[:2], "{bad"))

    assert main(["compare", "g.jsonl", "a.jsonl", "b.jsonl", "--skip-bad", "--summary", "--json"]) == 0

    (whole,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(one["a"], one["b"]) for one in whole["scores"] if one["score"] == "micro f1"] == [(1.0, 1.0)]
    assert whole["paired"] == ["by id", "by id"]


def test_a_bad_record_in_an_array(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of an array with a record a line, a byte that is not UTF-8 and broken JSON cost one record each."""
    records = [b'{"text": "%s", "entities": [[0, 2, "PER"]]}' % text for text in (b"Ann", b"B\xffb", b"Cy", b"Di")]
    records[2] = records[2].replace(b",", b"", 1)
    (here / "a.json").write_bytes(b"[\n" + b",\n".join(records) + b"\n]\n")

    assert main(["convert", "a.json", "--to", "jsonl", "--rejected", "bad.jsonl"]) == 0

    assert [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()] == ["Ann", "Di"]
    found = [json.loads(line)["line"] for line in (here / "bad.jsonl").read_text().splitlines()]
    assert found == [3, 4]
    assert main(["convert", "a.json", "--to", "jsonl"]) == 2
    assert "a.json:3: expected UTF-8, got byte 0xff" in capsys.readouterr().err


def test_workers_take_what_evaluate_takes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Any data format, breakdowns, tokens and reader options give what one process gives."""
    shown = []
    for workers in ([], ["--workers", "2"]):
        command = ["evaluate", "both.conll", "doccano.jsonl", "--by", "length", "--tokens", "--option", "tag_column=2"]
        assert main([*command, *workers]) == 0
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]


def test_a_pattern_on_both_sides(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pattern means all its files on either side."""
    assert main(["evaluate", "g*.conll", "g*.conll", "--json"]) == 0
    assert counts(capsys.readouterr().out) == (2, 0, 0)


def test_view_names_predictions(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A prediction is shown under the id of its record."""
    (here / "p.jsonl").write_text(lines({"id": "a-7", "text": "Ann left", "entities": [], "issues": []}))

    assert main(["view", "p.jsonl"]) == 0
    assert capsys.readouterr().out.startswith("a-7\n")


@pytest.mark.parametrize("to", ["jsonl", "nested-json", "doccano", "trl", "openai", "alpaca"])
def test_a_lone_surrogate_is_written(to: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON can say half a pair of UTF-16 in ASCII, in every format that is JSON."""
    (here / "s.jsonl").write_text('{"text": "Ann \\ud800", "entities": []}\n')

    assert main(["convert", "s.jsonl", "--to", to, "-f", "xml", "--labels", "PER,LOC"]) == 0
    assert "\\ud800" in capsys.readouterr().out
