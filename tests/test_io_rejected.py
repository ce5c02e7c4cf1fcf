"""Records that were left out are written as they are, each with its place and what is wrong with it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from genner import io
from genner.io import Problem, ReadReport

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
