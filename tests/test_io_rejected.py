"""Records that were left out are written as they are, each with its place and what is wrong with it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from genner import io
from genner.io import Problem, ReadReport

ARTICLE = "<document><id>{}</id><passage><offset>0</offset><text>{}</text></passage></document>"
GOOD = '{"text": "Ann left", "entities": [{"start": 0, "end": 3, "label": "PER"}]}'
BAD = '{"text": "b", "entities": [{"start": 0, "end": 2, "label": "X"}]}'
PRETTY = json.dumps(json.loads(BAD), indent=1)


def rejected(path: Path) -> tuple[int, list[tuple[int | None, str | None]]]:
    """Return how many documents were read, and line and text of each record that was left out."""
    found: list[Problem] = []
    report = ReadReport(on_problem=found.append)

    read = len(list(io.read(path, on_error="skip", report=report)))

    skipped = [one for one in found if one.kind == "skipped"]
    assert len(skipped) == report.skipped
    assert all(one.path == str(path) and one.message for one in skipped)
    return read, [(one.line, one.text) for one in skipped]


@pytest.mark.parametrize(
    ("name", "content", "read", "expected"),
    [
        ("x.jsonl", f"{GOOD}\n{BAD}\r\n\n{{\n{GOOD}\n", 2, [(2, BAD), (4, "{")]),
        ("x.jsonl", f"{GOOD}\n" * 1500 + f"{BAD}\n{GOOD}", 1501, [(1501, BAD)]),
        ("x.json", f"[\n{GOOD},\n{PRETTY},\n{GOOD}]\n", 2, [(3, PRETTY)]),
        ("x.conll", "Ann\tB-PER\nleft\tO\n\nRome\tB-LOC\nfell\n\nso\tO\n", 2, [(5, "Rome\tB-LOC\nfell")]),
        ("x.txt", "1|t|Ann\n1\t0\t3\tAnn\tPER\n\n2|t|Bob\n2\t0\t9\tBob\tPER\n", 1, [(5, "2|t|Bob\n2\t0\t9\tBob\tPER")]),
    ],
    ids=["lines", "many lines", "array", "columns", "pubtator"],
)
def test_a_record_is_given_back_as_it_is(
    name: str, content: str, read: int, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    """A line, an object over several lines, a sentence or an article: whatever a record is in the format."""
    (tmp_path / name).write_bytes(content.encode())

    assert rejected(tmp_path / name) == (read, expected)


def test_what_is_not_utf8_is_shown(tmp_path: Path) -> None:
    """Bytes that are no text are written as escapes."""
    (tmp_path / "x.jsonl").write_bytes(GOOD.encode() + b"\n\xff\xfe{}\n")

    assert rejected(tmp_path / "x.jsonl") == (1, [(2, r"\xff\xfe{}")])


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"b \xe9", "expected UTF-8, got byte 0xe9 at column 56"),
        (b"b & c", "expected XML: not well-formed (invalid token)"),
        (b"b <i> c", "expected XML: mismatched tag"),
    ],
    ids=["no UTF-8", "a bare &", "an open tag"],
)
def test_xml_goes_on_where_a_record_begins_a_line(text: bytes, error: str, tmp_path: Path) -> None:
    """What is wrong inside one article costs that article alone."""
    articles = [ARTICLE.format(number, "Ann left").encode() for number in range(4)]
    articles[1] = articles[1].replace(b"Ann left", text)
    (tmp_path / "x.xml").write_bytes(b"<collection>\n" + b"\n".join(articles) + b"\n</collection>\n")

    report = ReadReport()
    read = list(io.read(tmp_path / "x.xml", on_error="skip", report=report))

    assert [document.id for document in read] == ["0", "2", "3"]
    assert [(one.line, one.message.startswith(error)) for one in report.problems] == [(3, True)], report


def test_packed_files_too(tmp_path: Path) -> None:
    """Lines count in the text that was packed."""
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(f"{GOOD}\n{BAD}\n".encode()))

    assert rejected(tmp_path / "x.jsonl.gz") == (1, [(2, BAD)])


@pytest.mark.extra
def test_the_command_writes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--rejected` counts them on standard error and writes them; without it the first one ends the command."""
    from genner.cli.app import run

    source, target = str(tmp_path / "x.jsonl"), tmp_path / "rejected.jsonl"
    Path(source).write_text(f"{GOOD}\n{BAD}\n{GOOD}\n{{\n", encoding="utf-8")

    assert run(["convert", source, "--to", "jsonl"]) == 2
    assert "x.jsonl:2: expected 0 <= start < end <= 1" in capsys.readouterr().err
    assert run(["convert", source, "--to", "jsonl", "--rejected", str(target)]) == 0

    written = capsys.readouterr()
    assert len(written.out.splitlines()) == 2
    assert "2 read, 2 skipped" in written.err
    assert [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()] == [
        {
            "path": source,
            "line": 2,
            "error": "expected 0 <= start < end <= 1 (the text's length), got 0..2",
            "text": BAD,
        },
        {
            "path": source,
            "line": 4,
            "error": "expected JSON: Expecting property name enclosed in double quotes at column 2",
            "text": "{",
        },
    ]


@pytest.mark.extra
def test_both_sides_line_by_line_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`evaluate --workers` writes the line of the side that is bad."""
    from genner.cli.app import run

    gold, answers, target = (tmp_path / name for name in ("gold.jsonl", "answers.jsonl", "rejected.jsonl"))
    gold.write_text(f"{GOOD}\n{BAD}\n{GOOD}\n", encoding="utf-8")
    answers.write_text('{"output": "<PER>Ann</PER> left"}\n{"output": "b"}\n{"x": 1}\n', encoding="utf-8")

    arguments = ["evaluate", str(gold), str(answers), "--format", "xml", "--workers", "1"]
    assert run([*arguments, "--rejected", str(target)]) == 0

    assert "1 read, 2 skipped" in capsys.readouterr().err
    found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [(Path(one["path"]).name, one["line"], one["text"]) for one in found] == [
        ("gold.jsonl", 2, BAD),
        ("answers.jsonl", 3, '{"x": 1}'),
    ]


COMMANDS = {
    "evaluate": ["gold", "pred"],
    "errors": ["gold", "pred"],
    "compare": ["gold", "pred", "pred"],
    "calibrate": ["gold", "pred", "--score", "confidence", "-o", "calibration.json"],
    "view": ["gold"],
    "check": ["gold", "--against", "pred"],
    "encode": ["gold", "--format", "xml"],
    "convert": ["gold", "--to", "jsonl"],
    "prompt": ["gold", "--format", "xml", "--labels", "PER"],
    "decode": ["answers", "--format", "xml", "--source", "gold"],
    "assess": ["--corpus", "gold", "--training", "gold", "-o", "report.html"],
}
"""Commands that read files, each with what it needs."""


@pytest.mark.extra
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_reads_files_takes_the_option(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each leaves bad records out, of whichever side, and writes them; without the option they end it with code 2."""
    from genner.cli.app import run

    monkeypatch.chdir(tmp_path)
    scored = GOOD.replace('"PER"}', '"PER", "confidence": 0.5}')
    Path("gold").write_text(f"{GOOD}\n{BAD}\n" + f"{GOOD}\n" * 8, encoding="utf-8")
    wrong = scored.replace('"start": 0, "end": 3', '"start": 4, "end": 8')
    Path("pred").write_text(f"{scored}\n{wrong}\n{scored}\n" * 3 + "{\n", encoding="utf-8")
    Path("answers").write_text('{"output": "<PER>Ann</PER> left"}\n' * 9 + "{\n", encoding="utf-8")
    names = [name for name in COMMANDS[command] if name in ("gold", "pred", "answers")]
    wanted = {("gold", 2, BAD) if name == "gold" else (name, 10, "{") for name in names}

    assert run([command, *COMMANDS[command]]) == 2
    assert run([command, *COMMANDS[command], "--rejected", "rejected.jsonl"]) == 0, capsys.readouterr().err

    found = [json.loads(line) for line in Path("rejected.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(one["path"], one["line"], one["text"]) for one in found} == wanted


@pytest.mark.extra
def test_options_of_readers_are_for_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file on either side is read with the options that its format knows."""
    from genner.cli.app import run

    (tmp_path / "x.conll").write_text("B-LOC\tAnn\tB-PER\nO\tleft\tO\n", encoding="utf-8")
    (tmp_path / "x.jsonl").write_text(GOOD + "\n", encoding="utf-8")
    columns, lines = str(tmp_path / "x.conll"), str(tmp_path / "x.jsonl")
    options = ["--option", "token_column=1", "--option", "tag_column=2", "--json"]

    assert run(["evaluate", columns, lines, *options]) == 0
    assert run(["evaluate", columns, columns, *options]) == 0
    assert capsys.readouterr().out.count('"f1": 1.0') >= 2
    assert run(["evaluate", lines, columns, *options]) == 2
    assert "option of jsonl read" in capsys.readouterr().err


@pytest.mark.extra
def test_scores_of_entities_go_from_answers_to_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an answer says of an entity is written where the format has a place for it, and counted elsewhere."""
    from genner.cli.app import run

    entity = '{"text": "Ann", "label": "PER", "start": 0, "end": 3, "confidence": 0.9}'
    (tmp_path / "answers.txt").write_text(f"[{entity}]\n", encoding="utf-8")
    (tmp_path / "texts.jsonl").write_text('{"id": "1", "text": "Ann left"}\n', encoding="utf-8")
    convert = ["convert", str(tmp_path / "answers.txt"), "--from", "offset-json"]
    convert += ["--source", str(tmp_path / "texts.jsonl"), "--to"]

    assert run([*convert, "jsonl"]) == 0
    written = json.loads(capsys.readouterr().out)["entities"]
    assert written == [{"start": 0, "end": 3, "label": "PER", "confidence": 0.9}]
    assert run([*convert, "columns"]) == 0
    assert "1 written, 1 left out" in capsys.readouterr().err


@pytest.mark.extra
def test_what_was_left_out_is_kept_when_nothing_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A command that ends with code 2, as all records were bad, still writes them; a short row costs its sentence."""
    from genner.cli.app import run

    (tmp_path / "x.csv").write_text("Satz;Wort;Tag\n1;in;O\n1;Rome;B-LOC\n2;in\n2;Oslo;B-LOC\n", encoding="utf-8")
    (tmp_path / "y.jsonl").write_text(BAD + "\n", encoding="utf-8")
    target = tmp_path / "rejected.jsonl"

    assert run(["view", str(tmp_path / "y.jsonl"), "--rejected", str(target)]) == 2
    assert json.loads(target.read_text(encoding="utf-8"))["text"] == BAD
    assert run(["convert", str(tmp_path / "x.csv"), "--to", "jsonl", "--rejected", str(target)]) == 0
    assert json.loads(target.read_text(encoding="utf-8"))["line"] == 4
    assert json.loads(capsys.readouterr().out)["text"] == "in Rome"
