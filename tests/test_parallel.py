"""Decoding and scoring in parts: whatever the parts, the result is that of all documents at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import genner
from genner import Document, encode, evaluate_outputs, write
from genner.exceptions import DataError
from genner.io import ReadReport
from genner.metrics import Evaluation
from genner.parallel import decode_batch, evaluate_files, mapped, merged, score_batch

LABELS = "PER,LOC"
GOLD = [
    Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")], id="a"),
    Document("Rome fell", [(0, 4, "LOC")], id="b"),
    Document("It rained", id="c"),
    Document("Ann and Bob met Ann", [(0, 3, "PER"), (8, 11, "PER"), (16, 19, "PER")], id="d"),
    Document("Ann & Bob", [(0, 9, "PER"), (0, 3, "PER")], id="e"),
]
OUTPUTS = [
    "<PER>Ann</PER> left <LOC>Rome</LOC>",
    "<PER>Rome</PER> fell",
    "I see <PER>Zed</PER> here",
    "<PER>Ann</PER> and <PER>Bob met</PER> Ann",
    "no tags at all",
]
ROWS = [{**document.to_dict(), "output": output} for document, output in zip(GOLD, OUTPUTS, strict=True)]
HOW: dict[str, Any] = {"format": "xml", "labels": LABELS}
WHOLE = evaluate_outputs(GOLD, OUTPUTS, "xml", labels=LABELS).evaluation


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in rows] for name in ROWS[0]}


def scored(rows: list[dict[str, Any]], **options: Any) -> str:
    (part,) = score_batch(decode_batch(columns(rows), **HOW), **{**HOW, **options})["evaluation"]
    return str(part)


def same(one: Evaluation, other: Evaluation) -> None:
    """Check every number of two evaluations, to the last bit."""
    assert one == other
    assert one.signature == other.signature
    assert one.tally == other.tally
    for average in ("micro", "macro", "weighted"):
        a, b = getattr(one, average), getattr(other, average)
        assert (a.precision, a.recall, a.f1, a.tp, a.fp, a.fn) == (b.precision, b.recall, b.f1, b.tp, b.fp, b.fn)
    assert one.interval() == other.interval()


@given(
    rows=st.lists(st.sampled_from(range(len(ROWS))), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=6),
    random=st.randoms(),
    matching=st.sampled_from(["strict", "partial", "type", "text"]),
)
@settings(max_examples=60)
def test_any_split_in_any_order_gives_the_same(rows: list[int], cuts: list[int], random: Any, matching: str) -> None:
    """Parts are cut anywhere, scored apart and merged in another order."""
    edges = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    parts = [[ROWS[at] for at in rows[a:b]] for a, b in pairwise(edges)]
    random.shuffle(parts)

    made = merged(scored(part, matching=matching) for part in parts)

    gold, outputs = [GOLD[at] for at in rows], [OUTPUTS[at] for at in rows]
    same(made, evaluate_outputs(gold, outputs, "xml", labels=LABELS, matching=matching).evaluation)


def test_predictions_are_those_of_decode() -> None:
    """The column has what `decode` returns, issues and all, and the others are as they were."""
    batch = decode_batch(columns(ROWS), **HOW)

    found = [json.loads(value) for value in batch["decoded"]]

    assert batch["text"] == [document.text for document in GOLD]
    assert [json.dumps(one) for one in found] == [
        json.dumps(genner.decode(output, document.text, format="xml", labels=LABELS).to_dict())
        for document, output in zip(GOLD, OUTPUTS, strict=True)
    ]


@pytest.mark.extra
def test_data_frames_and_parquet(tmp_path: Path) -> None:
    """A frame of pandas is a batch; so is one that Parquet gave back, with arrays of numpy inside."""
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame(columns(ROWS)).to_parquet(tmp_path / "x.parquet")
    frame = pandas.read_parquet(tmp_path / "x.parquet")

    part = pandas.DataFrame(score_batch(pandas.DataFrame(decode_batch(frame, **HOW)), **HOW))

    same(merged(part["evaluation"]), WHOLE)


@pytest.mark.extra
def test_frames_one_after_the_other(tmp_path: Path) -> None:
    """Spark's `mapInPandas` takes a function from frames to frames; its columns may hold JSON."""
    pandas = pytest.importorskip("pandas")
    rows = [{**row, "entities": json.dumps(row["entities"])} for row in ROWS]

    def parts(frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            yield pandas.DataFrame(score_batch(decode_batch(frame, **HOW), **HOW))

    found = list(parts(pandas.DataFrame(columns(one)) for one in (rows[:2], rows[2:])))

    assert [list(frame.columns) for frame in found] == [["evaluation"], ["evaluation"]]
    same(merged(text for frame in found for text in frame["evaluation"]), WHOLE)


def test_right_answers_are_gold_too() -> None:
    """Records of LLaMA-Factory hold prompt, prediction and the right answer."""
    rows = predictions_of(GOLD, OUTPUTS)
    batch = {name: [row[name] for row in rows] for name in rows[0]}

    (part,) = score_batch(decode_batch(batch, **HOW), **HOW)["evaluation"]

    same(merged([part]), WHOLE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": 7}, r"row\[1\]: expected an answer under one of"),
        ({"entities": [{"start": 0, "end": 99, "label": "LOC"}]}, r"row\[1\]: .* ends past the end of the text"),
        ({"text": None}, r"row\[1\]: expected a text"),
    ],
)
def test_a_bad_row_is_named(change: dict[str, Any], message: str) -> None:
    """The error has the number of the row."""
    with pytest.raises(DataError, match=message):
        scored([ROWS[0], {**ROWS[1], **change}])


def test_what_does_not_belong_together_is_refused() -> None:
    """No part, parts of other settings, a batch that was not decoded, a count of raw outputs."""
    with pytest.raises(DataError, match="got none"):
        merged([])
    with pytest.raises(DataError, match="scored alike"):
        merged([scored(ROWS), scored(ROWS, matching="partial")])
    with pytest.raises(DataError, match="'decoded', which decode_batch adds"):
        score_batch(columns(ROWS), **HOW)
    with pytest.raises(DataError, match="counts raw outputs"):
        scored(ROWS, matching="authors")


# -- files


def predictions_of(gold: list[Document], outputs: list[str]) -> list[dict[str, str]]:
    return [
        {
            "prompt": f"Now process the input sentence:\n{document.text}",
            "predict": output,
            "label": encode(document, "xml"),
        }
        for document, output in zip(gold, outputs, strict=True)
    ]


def lines(path: Path, records: Any) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    """A corpus of 600 documents, the outputs for it, and a file of both."""
    gold, outputs = GOLD * 120, OUTPUTS * 120
    gold = [document.replace(id=str(number)) for number, document in enumerate(gold)]
    write(gold, tmp_path / "gold.jsonl")
    answers = [{"id": document.id, "output": output} for document, output in zip(gold, outputs, strict=True)]
    return (
        str(tmp_path / "gold.jsonl"),
        lines(tmp_path / "answers.jsonl", answers),
        lines(tmp_path / "generated_predictions.jsonl", predictions_of(gold, outputs)),
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_files_are_scored_line_by_line(files: tuple[str, str, str], workers: int) -> None:
    """Two files in the same order, or one that holds both sides, from one process or two."""
    gold, answers, both = files
    whole = merged([WHOLE] * 120)

    made = evaluate_files(gold, answers, "xml", workers=workers, labels=LABELS)
    single = evaluate_files(both, format="xml", workers=workers, labels=LABELS)

    assert made.rows == single.rows == whole.rows
    assert made.tally == single.tally == whole.tally
    assert made.documents == 600


def test_bad_lines_are_counted_or_named(files: tuple[str, str, str]) -> None:
    """Both sides of a bad line are left out, from either process; without `skip_bad` it is an error with its line."""
    gold, answers, _ = files
    broken = Path(answers).read_text(encoding="utf-8").splitlines()
    broken[1], broken[550] = "{", '{"x": 1}'
    Path(answers).write_text("\n".join(broken) + "\n\n", encoding="utf-8")
    report = ReadReport()

    made = evaluate_files(gold, answers, "xml", workers=2, labels=LABELS, skip_bad=True, report=report)

    assert (made.documents, report.read, report.skipped) == (598, 598, 2)
    assert [problem.line for problem in report.problems] == [2, 551]
    with pytest.raises(DataError, match=r"answers\.jsonl:2: expected JSON"):
        evaluate_files(gold, answers, "xml", workers=2)
    Path(answers).write_text("\n".join(broken[5:10]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"answers\.jsonl: expected a line for each of .*gold\.jsonl: line 6 there"):
        evaluate_files(gold, answers, "xml", skip_bad=True)


def test_other_files_are_refused(files: tuple[str, str, str], tmp_path: Path) -> None:
    """What cannot be read line by line is an error that says how to make it so."""
    (tmp_path / "x.conll").write_text("Ann B-PER\n\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"x\.conll: expected JSON Lines .* got columns: genner convert --to jsonl"):
        evaluate_files(str(tmp_path / "x.conll"), files[1])
    with pytest.raises(DataError, match="got jsonl"):
        evaluate_files(files[0])


def test_processes_keep_the_order_and_pass_on_errors() -> None:
    """Results come in the order of the items; an error ends the work."""
    assert list(mapped(str, range(20), 2)) == [str(number) for number in range(20)]
    with pytest.raises(ValueError, match="invalid literal"):
        list(mapped(int, ["1", "x", *"23456789"], 2))
    with pytest.raises(DataError, match="workers: expected a number of processes, got 0"):
        list(mapped(int, ["1"], 0))


# -- Ray

ON_RAY = """
import sys, ray, ray.data
from genner.parallel import decode_batch, merged, score_batch

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
ray.data.DataContext.get_current().enable_progress_bars = False
how = {"format": "xml", "labels": "PER,LOC"}
for rows in (ray.data.read_json(sys.argv[1]), ray.data.read_parquet(sys.argv[2])):
    decoded = rows.map_batches(decode_batch, batch_size=70, fn_kwargs=how)
    parts = decoded.map_batches(score_batch, batch_size=50, fn_kwargs=how)
    print(merged(part["evaluation"] for part in parts.iter_rows()).to_json())
"""


@pytest.mark.extra
def test_ray_gives_the_same(tmp_path: Path) -> None:
    """Ray Data on this machine reads JSON Lines and Parquet; the batches it makes do not show in the result."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'genner[ray]'")
    pandas = pytest.importorskip("pandas")
    rows = ROWS * 60
    lines(tmp_path / "rows.jsonl", rows)
    pandas.DataFrame(columns(rows)).to_parquet(tmp_path / "rows.parquet")

    done = subprocess.run(
        [sys.executable, "-c", ON_RAY, tmp_path / "rows.jsonl", tmp_path / "rows.parquet"],
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    in_json, in_parquet = map(Evaluation.from_json, done.stdout.splitlines())
    same(in_json, merged([WHOLE] * 60))
    same(in_parquet, merged([WHOLE] * 60))


# -- the command line


@pytest.mark.extra
def test_evaluate_with_workers_prints_the_same(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The table of two processes is that of one that reads everything, also where lines are not enough."""
    from genner.cli.app import run

    gold, answers, both = files
    shown = []
    for arguments in ([gold, answers], [both]):
        for more in ([], ["--workers", "1"], ["--workers", "2"]):
            assert run(["evaluate", *arguments, "--format", "xml", "--labels", LABELS, *more]) == 0
            shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1] == shown[2]
    assert shown[3] == shown[4] == shown[5]
    lines = Path(answers).read_text(encoding="utf-8").splitlines()
    Path(answers).write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    for sides, more in (([both], ["--by", "length", "--tokens"]), ([gold, answers], ["--json"])):
        made = []
        for workers in ([], ["--workers", "2"]):
            assert run(["evaluate", *sides, "--format", "xml", "--labels", LABELS, *more, *workers]) == 0
            made.append(capsys.readouterr().out)
        assert made[0] == made[1]


@pytest.mark.extra
def test_check_with_workers_prints_the_same(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Two processes try the formats; the tables are those of one."""
    from genner.cli.app import run

    shown = []
    for more in ([], ["--workers", "2"]):
        assert run(["check", files[0], *more]) == 0
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]


@pytest.mark.extra
def test_decode_with_workers_prints_the_same(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Lines come in the order of the outputs, and the tally is of all of them."""
    from genner.cli.app import run

    shown = []
    for more in ([], ["--workers", "2"]):
        assert run(["decode", files[1], "--source", files[0], "--format", "xml", "--report", *more]) == 0
        shown.append(capsys.readouterr())

    assert shown[0] == shown[1]
    assert len(shown[0].out.splitlines()) == 600
