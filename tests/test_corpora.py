"""Corpus files in the forms people have them: each row of three files as a test by name.

`tests/data/corpora.jsonl`, `more_corpora.jsonl` and `tool_corpora.jsonl` (small files in the shapes that tools and
services are documented to write): `files` by name, `format` and `options` for
`genner.read`, `want` is the sorted list of `[surface, label]`, or in words what happens instead.  The right
results were worked out by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import genner
from genner.exceptions import GennerError

DATA = Path(__file__).parent / "data"

LONG = json.dumps({"text": "Ann left Rome. " + "x" * 70_000, "label": [[0, 3, "PER"]]}) + "\n"
"""The file of the row that only describes it: a record longer than the first look at a file."""

INSTEAD = {
    "col-germeval-empty-token": r"x\.tsv:1: .*empty field",
    "js-utf16-own": "offsets='utf16'",
    "brat-off-by-one": "is 'b', the annotation says 'ba'",
    "brat-no-offsets": r"a\.ann:1: ",
    "brat-crlf-lf-offsets": r"count \\r\\n as one",
    "pt-normalised-mention": r"x\.txt:3: .*'TNF-α'.*'TNF-a'",
    "cu-cross-sentence": r"x\.conllu:2: ",
}
"""What the error says, for rows that describe one."""


def rows(name: str) -> list[Any]:
    """Read the rows of a file, each a test parameter with its id."""
    lines = (DATA / name).read_text(encoding="utf-8").split("\n")
    return [pytest.param(json.loads(line), id=json.loads(line)["id"]) for line in lines if line]


def written(case: dict[str, Any], folder: Path) -> Path:
    """Write the files of a case, and return the file or the folder to read."""
    for name, content in case["files"].items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((LONG if case["id"] == "js-long-first" else content).encode("utf-8"))
    return folder / case.get("read", next(iter(case["files"]))) if len(case["files"]) == 1 or "read" in case else folder


TOOLS = rows("tool_corpora.jsonl")


@pytest.mark.parametrize("case", [*rows("corpora.jsonl"), *rows("more_corpora.jsonl"), *TOOLS])
def test_a_corpus_is_read_as_its_authors_meant_it(case: dict[str, Any], tmp_path: Path) -> None:
    """By guess or by name, the entities of a file are those that it holds, or the error says what to do."""
    path = written(case, tmp_path)
    report = genner.io.ReadReport()
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in case["options"].items()}
    error = case.get("error") or INSTEAD.get(case["id"])

    if error is not None:
        with pytest.raises(GennerError, match=error):
            list(genner.read(path, case["format"], report=report, **options))
        return
    found = [
        [document.surface(entity), entity.label]
        for document in genner.read(path, case["format"], report=report, **options)
        for entity in document.entities
    ]

    if case["id"] == "js-prodigy-reject":  # "a note, or an option, for answers 'reject' and 'ignore'"
        assert (found, report.skipped) == ([], 1)
        return
    assert sorted(found) == sorted(case["want"]), (case["note"], report)
    assert case.get("noted", "") in str(report), report
    if "texts" in case:
        assert [document.text for document in genner.read(path, case["format"], **options)] == case["texts"]


@pytest.mark.extra
@pytest.mark.parametrize("case", [row for row in TOOLS if row.values[0]["want"]])
def test_a_corpus_predicts_itself(case: dict[str, Any], tmp_path: Path) -> None:
    """The same file on both sides is right in every entity: what is read as gold is read as a prediction."""
    from genner.cli.reading import Reading  # needs typer and rich
    from genner.cli.sides import answered

    path = str(written(case, tmp_path))
    sides = answered(path, path, None, None, reading=Reading(case["options"]))

    result = genner.evaluate(sides.gold, sides.predictions)
    assert (result.micro.tp, result.micro.fp, result.micro.fn) == (len(case["want"]), 0, 0)
