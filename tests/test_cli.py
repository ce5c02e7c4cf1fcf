"""The command line: what it writes, where it writes it, and how it says no."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command

import genner
from genner.cli import about, compare, main, options, scores, view
from genner.cli.app import app
from genner.cli.examples import EXAMPLES
from genner.io import DATA_FORMATS, RECORD_FORMATS, read
from genner.metrics.significance import TESTS
from genner.study.samples import load_answers

ROOT = str(Path(genner.__file__).parents[1])

GOLD = [
    {
        "id": "a",
        "text": "PU.1 binds a PU.1 site",
        "entities": [
            {"start": 0, "end": 4, "label": "protein"},
            {"start": 13, "end": 22, "label": "DNA"},
            {"start": 13, "end": 17, "label": "protein"},
        ],
    },
    {"id": "b", "text": "No entity here.", "entities": []},
]
BRACKET = "[PU.1 | protein] binds a [[PU.1 | protein] site | DNA]\nNo entity here.\n"
MISSED = "[PU.1 | protein] binds a [PU.1 site | DNA]"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a small corpus in it, which is the current one."""
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "gold.jsonl", GOLD)
    return tmp_path


def lines(path: Path, records: list[object]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode()), encoding="utf-8"))


# -- encode, decode, convert, prompt ---------------------------------------------------------------


def test_encode_writes_a_line_for_each_document(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain output is what a model should answer, one answer a line."""
    code = main(["encode", "gold.jsonl", "--format", "bracket"])

    assert (code, capsys.readouterr()) == (0, (BRACKET, ""))


def test_encode_as_json_can_be_decoded_and_scored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON output carries id and text, so the way back needs nothing else."""
    assert main(["encode", "gold.jsonl", "-f", "offset-json", "--json", "-o", "answers.jsonl"]) == 0
    assert main(["decode", "answers.jsonl", "-f", "offset-json", "-o", "predictions.jsonl"]) == 0
    assert main(["evaluate", "gold.jsonl", "predictions.jsonl", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["micro"]["f1"] == 1.0


@pytest.mark.parametrize("format", genner.FORMATS)
def test_encode_and_decode_in_a_pipe(
    here: Path, format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bare answers on standard input are decoded against the texts of a corpus."""
    main(["encode", "gold.jsonl", "-f", format, "-l", "genia"])
    stdin(monkeypatch, capsys.readouterr().out)

    code = main(["decode", "-", "-f", format, "-l", "genia", "--source", "gold.jsonl", "--fail-on-issues"])

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    surfaces = [
        (one["id"], [entity | {"text": one["text"][entity["start"] : entity["end"]]} for entity in one["entities"]])
        for one in GOLD
    ]
    assert [(one["id"], one["entities"]) for one in found] == surfaces


def test_decode_one_output_with_its_text(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --text the whole input is one output, line breaks and all."""
    stdin(monkeypatch, "<PER>Ann</PER>\nleft")

    assert main(["decode", "-f", "xml", "--text", "Ann\nleft"]) == 0
    expected = [{"start": 0, "end": 3, "label": "PER", "text": "Ann"}]
    assert json.loads(capsys.readouterr().out)["entities"] == expected


def test_decode_reports_and_fails_when_asked_to(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--fail-on-issues makes an issue an exit code; --report counts them, away from the data."""
    lines(here / "answers.jsonl", [{"id": "a", "text": "Ann left", "output": "[Ann | PERSON] left"}])

    code = main(["decode", "answers.jsonl", "-f", "bracket", "-l", "PER,LOC", "--report", "--json", "--fail-on-issues"])

    captured = capsys.readouterr()
    tally, note = captured.err.splitlines()
    assert code == 1
    assert json.loads(captured.out)["issues"][0]["kind"] == "unknown_label"
    assert json.loads(tally)["kinds"] == {"unknown_label": 1}
    assert note.startswith("genner: 1 of 1 outputs had issues; first: answers.jsonl:1: unknown_label")


def test_encode_names_what_a_format_cannot_say(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Crossing spans stop the command; --drop leaves them out and counts them."""
    crossing = {
        "id": "x",
        "text": "a b c",
        "entities": [{"start": 0, "end": 3, "label": "A"}, {"start": 2, "end": 5, "label": "B"}],
    }
    lines(here / "crossing.jsonl", [crossing])

    assert main(["encode", "crossing.jsonl", "-f", "bracket", "-o", "out.txt"]) == 2
    assert "document 'x'" in one_line(capsys.readouterr().err)
    assert not (here / "out.txt").exists()
    assert main(["encode", "crossing.jsonl", "-f", "bracket", "-o", "out.txt", "--drop"]) == 0
    assert "left out" in one_line(capsys.readouterr().err)


@pytest.mark.parametrize("source", genner.FORMATS)
@pytest.mark.parametrize("target", [*genner.FORMATS, "jsonl"])
def test_convert_between_any_two(here: Path, source: str, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Outputs go from one format into another, and out into a corpus."""
    main(["encode", "gold.jsonl", "-f", source, "-l", "genia", "--json", "-o", "from.jsonl"])
    arguments = ["convert", "from.jsonl", "--from", source, "--to", target, "-l", "genia", "-o", "to.txt"]

    assert main(arguments) == 0
    if target == "jsonl":
        assert list(read("to.txt", "jsonl")) == list(read("gold.jsonl"))
    else:
        main(["encode", "gold.jsonl", "-f", target, "-l", "genia"])
        assert (here / "to.txt").read_text() == capsys.readouterr().out


def test_convert_between_data_formats(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A corpus goes from one data format into another."""
    lines(
        here / "flat.jsonl",
        [{"id": "a", "text": "Ann left Rome", "entities": [{"start": 0, "end": 3, "label": "PER"}]}],
    )

    assert main(["convert", "flat.jsonl", "--to", "columns", "-o", "flat.conll"]) == 0
    assert [document.entities for document in read(here / "flat.conll")] == [((0, 3, "PER"),)]


def test_prompt_as_text_and_as_messages(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The prompt of the library, for a person or for a chat model."""
    expected = genner.prompt("Hi there", "xml", "conll2003", style="paper")
    arguments = ["prompt", "--text", "Hi there", "-f", "xml", "-l", "conll2003", "--style", "paper"]

    assert main(arguments) == 0
    assert capsys.readouterr().out == expected.text + "\n"
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == expected.messages()


# -- evaluate and errors ---------------------------------------------------------------------------


def generated(path: Path) -> None:
    """Write what LLaMA-Factory leaves behind for two sentences; the second has the template's tokens."""
    asked = f"Task\nLabel Set:\nDNA: x\nNow process the input sentence:\n{GOLD[0]['text']}"
    right = BRACKET.split("\n")[0]
    lines(
        path,
        [
            {"prompt": asked, "predict": right, "label": right},
            {
                "prompt": f"<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n",
                "predict": MISSED,
                "label": right,
            },
        ],
    )


def test_evaluate_generated_predictions_as_they_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file of LLaMA-Factory holds both sides; 5 of 6 entities are found, none invented."""
    generated(here / "generated_predictions.jsonl")

    assert main(["evaluate", "generated_predictions.jsonl", "--format", "bracket", "--labels", "genia", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["documents"], said["micro"]["tp"], said["micro"]["fp"], said["micro"]["fn"]) == (2, 5, 0, 1)
    assert list(said["labels"]) == ["DNA", "RNA", "protein", "cell_line", "cell_type"]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([{"id": "b", "output": "No entity here."}, {"id": "a", "output": MISSED}], id="outputs-by-id"),
        pytest.param([MISSED, "No entity here."], id="strings-by-order"),
        pytest.param([GOLD[1], GOLD[0] | {"entities": GOLD[0]["entities"][:2]}], id="documents-by-id"),
        pytest.param(
            [{"entities": GOLD[0]["entities"][:2], "issues": []}, {"entities": []}], id="predictions-by-order"
        ),
    ],
)
def test_evaluate_takes_what_a_system_left(
    here: Path, answers: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Outputs, predictions and documents, by id or by order: the same two of three entities are found."""
    lines(here / "answers.jsonl", answers)

    assert main(["evaluate", "gold.jsonl", "answers.jsonl", "--format", "bracket", "--json"]) == 0
    micro = json.loads(capsys.readouterr().out)["micro"]
    assert (micro["tp"], micro["fp"], micro["fn"]) == (2, 0, 1)


def test_evaluate_reads_bare_lines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A text file of answers, one a line, needs no JSON around them."""
    (here / "answers.txt").write_text(BRACKET)

    assert main(["evaluate", "gold.jsonl", "answers.txt", "--format", "bracket", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["micro"]["f1"] == 1.0


def test_evaluate_prints_the_table_of_the_library(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command and the function say the same."""
    documents = list(genner.read("gold.jsonl"))

    assert main(["evaluate", "gold.jsonl", "gold.jsonl", "-l", "genia"]) == 0
    assert capsys.readouterr().out == f"{genner.evaluate(documents, documents, labels='genia')}\n"


def test_errors_shows_the_case(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case names its kind, both sides and the place in the text."""
    lines(here / "answers.jsonl", ["[PU.1 | DNA] binds a PU.1 site", "No entity here."])

    assert main(["errors", "gold.jsonl", "answers.jsonl", "-f", "bracket", "-l", "genia", "--type", "wrong_type"]) == 0
    assert capsys.readouterr().out.endswith(
        "wrong_type  a: predicted DNA 'PU.1' at 0..4, gold protein 'PU.1' at 0..4\n"
        "    gold       [PU.1]protein binds a [[PU.1]protein site]DNA\n"
        "    predicted  [[PU.1]]DNA binds a PU.1 site\n"
    )


def test_errors_as_json_lines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every selected case is a line of JSON."""
    lines(here / "answers.jsonl", ["PU.1 binds a PU.1 site", "No entity here."])

    assert main(["errors", "gold.jsonl", "answers.jsonl", "-f", "bracket", "--label", "DNA", "--json"]) == 0
    (case,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (case["type"], case["gold"]["text"]) == ("omitted_mention", "PU.1 site")


def two_systems(here: Path) -> None:
    """The first system labels PU.1 wrongly; the second misses the DNA and invents an entity."""
    lines(here / "a.jsonl", ["[PU.1 | DNA] binds a [[PU.1 | protein] site | DNA]", "No entity here."])
    (here / "b.txt").write_text("<protein>PU.1</protein> binds a PU.1 site\nNo <DNA>entity</DNA> here.\n")


COMPARE = [
    "compare",
    "gold.jsonl",
    "a.jsonl",
    "b.txt",
    "-f",
    "bracket",
    "-f",
    "xml",
    "-l",
    "genia",
    "--resamples",
    "50",
]


def test_errors_are_sorted_filtered_and_sampled(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same seed draws the same cases; several kinds may be asked for; an order puts them in rows."""
    two_systems(here)

    def cases(*options: str) -> list[tuple[str, str]]:
        arguments = ["errors", "gold.jsonl", "b.txt", "-f", "xml", "-l", "genia", "--json", *options]
        assert main(arguments) == 0
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(case["type"], (case["gold"] or case["predicted"])["text"]) for case in found]

    everything = cases("--sort", "text")
    assert everything == [
        ("omitted_mention", "PU.1"),
        ("omitted_mention", "PU.1 site"),
        ("completely_o", "entity"),
    ]
    assert cases("--sort", "type")[0] == ("completely_o", "entity")
    assert cases("--type", "completely_o", "--type", "omitted_mention") == cases()
    assert cases()[-1] == ("completely_o", "entity")
    assert cases("--text", "No entity") == [("completely_o", "entity")]
    draws = {tuple(cases("--sample", "1", "--seed", str(seed))) for seed in range(8)}
    assert len(draws) > 1
    assert cases("--sample", "2", "--seed", "5") == cases("--sample", "2", "--seed", "5")


def test_compare_tells_what_each_got_right(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Format against format: the tables of the library, then the documents where they differ, both answers shown."""
    two_systems(here)

    assert main([*COMPARE, "--name", "one", "--name", "two"]) == 0
    out = capsys.readouterr().out
    assert "gold entities right in one alone: 2, in two alone: 1" in out
    assert out.endswith(
        "a\n"
        "    gold       [PU.1]protein binds a [[PU.1]protein site]DNA\n"
        "    one        [[PU.1]]DNA binds a [[PU.1]protein site]DNA\n"
        "    two        [PU.1]protein binds a PU.1 site\n"
        "    found by one alone: DNA 'PU.1 site' at 13..22\n"
        "    found by one alone: protein 'PU.1' at 13..17\n"
        "    wrong in one alone: DNA 'PU.1' at 0..4\n"
        "    found by two alone: protein 'PU.1' at 0..4\n"
        "\n"
        "b\n"
        "    gold       No entity here.\n"
        "    one        No entity here.\n"
        "    two        No [[entity]]DNA here.\n"
        "    wrong in two alone: DNA 'entity' at 3..9\n"
    )


def test_long_names_of_systems_have_a_column_wide_enough(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The texts of gold and of both systems begin in one column."""
    two_systems(here)

    assert main([*COMPARE, "--name", "a long name", "--name", "two", "--limit", "1"]) == 0
    assert (
        "    gold         [PU.1]protein binds a [[PU.1]protein site]DNA\n"
        "    a long name  [[PU.1]]DNA binds a [[PU.1]protein site]DNA\n"
        "    two          [PU.1]protein binds a PU.1 site\n"
    ) in capsys.readouterr().out


def test_compare_for_machines(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each document, filtered as asked; with --summary one line with the scores."""
    two_systems(here)

    def found(*options: str) -> list[dict[str, object]]:
        assert main([*COMPARE, "--json", *options]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [one["id"] for one in found()] == ["a", "b"]
    assert [one["id"] for one in found("--only", "b")] == ["a"]
    assert [one["id"] for one in found("--type", "completely_o")] == ["b"]
    assert [one["id"] for one in found("--label", "protein")] == ["a"]
    assert [one["id"] for one in found("--text", "No entity")] == ["b"]
    (whole,) = found("--summary")
    assert (whole["names"], whole["disagreements"]) == (["a", "b"], 2)
    assert whole["scores"][2]["a"] == 2 / 3  # type: ignore[index]
    (whole,) = found("--summary", "--by", "depth")
    assert whole["by"] == {
        "depth": [
            {"depth": "0", "gold": 2, "a f1": 0.5, "b f1": 0.5},
            {"depth": "1", "gold": 1, "a f1": 1.0, "b f1": 0.0},
        ]
    }


def test_view_shows_corpora_predictions_and_outputs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same entities are shown the same way, whatever file they come from."""
    shown = "a\n    [PU.1]protein binds a [[PU.1]protein site]DNA\n\nb\n    No entity here.\n"
    (here / "out.txt").write_text(BRACKET)
    main(["decode", "out.txt", "-f", "bracket", "--source", "gold.jsonl", "-o", "predictions.jsonl"])

    assert main(["view", "gold.jsonl"]) == 0
    assert capsys.readouterr().out == shown
    assert main(["view", "out.txt", "-f", "bracket", "--source", "gold.jsonl", "--limit", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [shown.splitlines()[1], "", "1 more; --limit shows them"]
    assert main(["view", "predictions.jsonl", "--json", "--label", "DNA"]) == 0
    assert [len(json.loads(line)["entities"]) for line in capsys.readouterr().out.splitlines()] == [3]


@pytest.mark.parametrize("command", ["view", "errors", "evaluate", "compare"])
def test_pages_are_written(here: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--html writes a page that holds the documents, and whose signature names the format of raw answers."""
    two_systems(here)
    arguments = {
        "view": ["view", "gold.jsonl"],
        "errors": ["errors", "gold.jsonl", "b.txt", "-f", "xml", "--policy", "unclaimed"],
        "evaluate": ["evaluate", "gold.jsonl", "b.txt", "-f", "xml", "--matching", "partial"],
        "compare": [*COMPARE, "--matching", "text"],
    }[command]

    assert main([*arguments, "--html", "page.html"]) == 0
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "PU.1 binds a PU.1 site" in page
    assert ("matching:strict" in page) == (command != "view")
    assert (
        set(re.findall(r"[|]format:([a-z/-]+)", re.sub("<wbr>", "", page)))
        == {
            "view": set(),
            "errors": {"xml"},
            "evaluate": {"xml"},
            "compare": {"bracket/xml"},
        }[command]
    )


def page_buckets(path: Path) -> list[str]:
    """Return what the page at `path` breaks down by."""
    data = path.read_text(encoding="utf-8").partition('id="data">')[2].partition("</script>")[0]
    return [one["by"] for one in json.loads(data)["studies"][0]["buckets"]]


COMMANDS = {
    "evaluate": ["gold.jsonl", "a.txt"],
    "errors": ["gold.jsonl", "a.txt", "--limit", "0"],
    "compare": ["gold.jsonl", "a.txt", "b.txt", "--summary", "--resamples", "10"],
    "assess": ["--corpus", "gold.jsonl", "--outputs", "a.txt"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_breakdowns_asked_for_are_printed_and_on_the_page(
    here: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order given, those that need training documents too."""
    (here / "a.txt").write_text(BRACKET.replace("DNA", "protein"))
    (here / "b.txt").write_text(BRACKET)
    lines(here / "gold.jsonl", [record | {"meta": {"part": "one"}} for record in GOLD])
    training = "--training"
    page = "--output" if command == "assess" else "--html"
    arguments = [command, *COMMANDS[command], "--format", "bracket", "--labels", "DNA,protein"]
    asked = ["--by", "seen", "--by", "meta:part", training, "gold.jsonl", page, "r.html"]

    code = main([*arguments, *asked])

    assert code == 0
    assert page_buckets(here / "r.html") == ["seen", "meta:part"]
    heads = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line]
    assert command == "assess" or [head for head in heads if head in ("seen", "meta:part", "one")] == [
        "seen", "seen", "meta:part", "one"
    ]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("by", "told"), [("lenght", "did you mean 'length'"), ("seen", "training corpus"), ("meta:part", "unknown field")]
)
def test_breakdowns_that_cannot_be_made_are_refused_first(
    here: Path, command: str, by: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, code 2, and nothing written."""
    (here / "a.txt").write_text(BRACKET)
    (here / "b.txt").write_text(BRACKET)

    code = main([command, *COMMANDS[command], "--format", "bracket", "--by", by])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert not [path for path in here.iterdir() if path.suffix == ".html"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_page_that_cannot_be_written_leaves_nothing_written(
    here: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even the tables: the page comes first."""
    (here / "a.txt").write_text(BRACKET)
    (here / "b.txt").write_text(BRACKET)
    page = "--output" if command == "assess" else "--html"

    code = main([command, *COMMANDS[command], "--format", "bracket", page, "nowhere/r.html"])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_page_of_chosen_errors_holds_them_alone(here: Path) -> None:
    """With a filter, --html writes the documents of the chosen cases, and opens on them; it names the command."""
    labels = {"x": "LOC", "y": "PER", "z": "ORG"}
    for name, found in (("three", dict.fromkeys(labels, "PER")), ("found", labels)):
        records = [
            {"id": id, "text": "Ann", "entities": [{"start": 0, "end": 3, "label": label}]}
            for id, label in found.items()
        ]
        lines(here / f"{name}.jsonl", records)

    assert main(["errors", "three.jsonl", "found.jsonl", "--html", "r.html", "--label", "ORG"]) == 0
    page = (here / "r.html").read_text()
    (data,) = re.findall(r'id="data">(.*?)</script>', page, re.DOTALL)
    (study,) = json.loads(data)["studies"]
    assert [document["id"] for document in study["docs"]] == ["z"]
    assert study["shown"] == {"show": "mistake"}
    assert "<h1>1 case in 1 document</h1>" in page
    assert "<code>genner errors three.jsonl found.jsonl --html r.html --label ORG</code>" in page


@pytest.mark.parametrize("command", ["evaluate", "errors", "compare"])
def test_a_bad_output_leaves_no_page(here: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written where one of the two cannot be."""
    for name in "ab":
        (here / f"{name}.txt").write_text(BRACKET)
    both = ["--format", "bracket", "--html", "r.html", "--output", "nowhere/out.txt"]

    assert main([command, *COMMANDS[command], *both]) == 2
    assert capsys.readouterr().err.endswith("nowhere: no such directory\n")
    assert not (here / "r.html").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_corpus_without_entities_has_a_page(here: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No label is known then, and there is nothing to be wrong about."""
    lines(here / "gold.jsonl", [{"text": "No entity."}, {"text": "None here."}])
    (here / "a.txt").write_text("No entity.\nNone here.\n")
    (here / "b.txt").write_text("No entity.\nNone here.\n")
    page = "--output" if command == "assess" else "--html"

    assert main([command, *COMMANDS[command], "--format", "bracket", page, "r.html"]) == 0
    assert (here / "r.html").stat().st_size > 1000


def test_a_terminal_shows_colours_and_a_pipe_does_not(here: Path) -> None:
    """Colours go to a terminal alone, and not where NO_COLOR is set; the brackets are always there."""
    script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    command = [sys.executable, "-c", script, sys.executable, "-m", "genner", "view", "gold.jsonl"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)

    coloured = subprocess.run(command, capture_output=True, env=environment, stdin=subprocess.DEVNULL).stdout
    plain = subprocess.run(
        command, capture_output=True, env={**environment, "NO_COLOR": "1"}, stdin=subprocess.DEVNULL
    ).stdout
    assert b"\x1b[3" in coloured
    assert b"[PU.1]protein binds a [[PU.1]protein site]DNA" in plain
    assert not any(code in plain for code in (b"\x1b[3", b"\x1b[9"))
    assert "\x1b" not in program("view", "gold.jsonl").stdout


def test_the_authors_matching_counts_raw_outputs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the paper's scripts see is the output as written, not what genner reads from it."""
    (here / "out.txt").write_text(f"Sure! {MISSED}\nNo entity here.\n")
    arguments = ["evaluate", "gold.jsonl", "out.txt", "-f", "bracket", "-l", "genia", "--matching", "authors", "--json"]

    assert main(arguments) == 0
    signature = json.loads(capsys.readouterr().out)["signature"]
    assert "|matching:authors|" in signature
    assert "|format:bracket" in signature


# -- assess ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def samples_once() -> Iterator[None]:
    """Read the answers that ship once for all tests that ask for the same formats: it takes seconds."""
    module = importlib.import_module("genner.cli.assess")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_sample", cache(module._sample))
        yield


@pytest.mark.usefixtures("samples_once")
def test_assess_without_arguments(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Recorded answers of a model, fine-tuned and as it is, in five formats that differ; other systems next to them."""
    assert main(["assess", "--json"]) == 0
    studies = json.loads(capsys.readouterr().out)["studies"]
    assert [(study["corpus"], study["system"].rpartition(", ")[2]) for study in studies] == [
        ("sample, flat", "fine-tuned"),
        ("sample, flat", "zero-shot"),
        ("sample, nested", "fine-tuned"),
        ("sample, nested", "zero-shot"),
    ]
    for study in studies:
        scores = {result["format"]: result["strict"]["micro"]["f1"] for result in study["results"]}
        tuned = study["system"].endswith("fine-tuned")
        others = ["spaCy", "lexicon"] if tuned else []
        assert set(scores) == {*load_answers(study["corpus"][8:], "fine-tuned" if tuned else "zero-shot"), *others}
        assert len(set(scores.values())) == len(scores)
        assert not tuned or min(scores["bracket"], scores["xml"]) > max(
            scores[name] for name in genner.FORMATS if name.endswith("json")
        )
        assert tuned or max(scores.values()) < 0.2
    assert "<!doctype html>" in (here / "report.html").read_text(encoding="utf-8")[:200].lower()


def test_assess_prints_a_column_for_each_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The table is for people, who see formats side by side; --format chooses them."""
    assert main(["assess", "--format", "xml", "--format", "bracket", "--output", "r.html"]) == 0
    heads = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("format ")]
    # each table is wider than 80 columns with a row for each format, so it is turned
    assert heads[:2] == [["format", "xml", "bracket", "spaCy", "lexicon"], ["format", "xml", "bracket"]]
    assert (here / "r.html").exists()


def test_assess_own_corpus_and_own_outputs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lexicon learned from the corpus itself finds all of it; own outputs are decoded and scored."""
    assert main(["assess", "--corpus", "gold.jsonl", "--training", "gold.jsonl", "--json"]) == 0
    (study,) = json.loads(capsys.readouterr().out)["studies"]
    assert [result["strict"]["micro"]["f1"] for result in study["results"]] == [1.0] * 5

    (here / "answers.txt").write_text(f"{MISSED}\nNo entity here.\n")
    arguments = ["assess", "--corpus", "gold.jsonl", "--outputs", "answers.txt", "--format", "bracket", "--json"]
    assert main([*arguments, "--labels", "genia"]) == 0
    (study,) = json.loads(capsys.readouterr().out)["studies"]
    assert study["results"][0]["errors"]["touched"] == 1


# -- saying no -------------------------------------------------------------------------------------


def one_line(err: str) -> str:
    """Return the one line on standard error, and check that it is one."""
    assert err.count("\n") == 1, err
    assert err.startswith("genner: ")
    return err


BAD = {
    "nothing-there": (["encode", "nope.jsonl", "-f", "xml"], "nope.jsonl: no such file"),
    "directory": (["encode", "directory", "-f", "xml"], "directory"),
    "empty-corpus": (["encode", "empty.jsonl", "-f", "xml"], "empty.jsonl: expected documents, got none"),
    "empty-outputs": (["evaluate", "gold.jsonl", "empty.jsonl"], "empty.jsonl: expected outputs, got none"),
    "binary": (["encode", "binary.jsonl", "-f", "xml"], "binary.jsonl: expected a text file, got a binary one"),
    "binary-outputs": (["evaluate", "gold.jsonl", "binary.jsonl"], "binary.jsonl"),
    "outside": (["encode", "outside.jsonl", "-f", "xml"], "outside.jsonl:1: expected 0 <= start < end <= 1"),
    "wrong-type": (["encode", "types.jsonl", "-f", "xml"], "types.jsonl:1: text: expected a string, got int 5"),
    "wrong-type-outputs": (["evaluate", "gold.jsonl", "types.jsonl"], "types.jsonl:1"),
    "broken-line": (["encode", "broken.jsonl", "-f", "xml"], "broken.jsonl:2: expected JSON"),
    "broken-line-outputs": (["evaluate", "gold.jsonl", "broken.jsonl"], "broken.jsonl:1: expected an answer under one"),
    "missing-column": (["encode", "column.conll", "-f", "xml"], "column.conll:2: a column is missing"),
    "unknown-format": (["encode", "gold.jsonl", "-f", "xlm"], "unknown format 'xlm'; did you mean 'xml'?"),
    "unknown-labels": (["encode", "gold.jsonl", "-f", "xml", "-l", "geni"], "did you mean 'genia'?"),
    "unknown-data-format": (
        ["encode", "gold.jsonl", "-f", "xml", "--from", "conlu"],
        "did you mean 'conllu' or 'columns'?",
    ),
    "unknown-target": (["convert", "gold.jsonl", "--to", "jsnl"], "did you mean 'jsonl' or 'nested-json'?"),
    "unknown-output": (
        ["convert", "gold.jsonl", "--to", "braket"],
        "unknown format 'braket'; did you mean 'bracket' or",
    ),
    "unknown-input": (["convert", "gold.jsonl", "--from", "braket", "--to", "xml"], "did you mean 'bracket' or"),
    "unknown-to-all": (["convert", "gold.jsonl", "--to", "zzz"], "unknown format 'zzz'. `genner formats` lists all"),
    "part-of-a-name": (
        ["encode", "gold.jsonl", "-f", "json"],
        "did you mean 'grouped-json', 'occurrence-json' or 'offset-json'?",
    ),
    "ending-of-files": (
        ["convert", "gold.jsonl", "--to", "conll"],
        "unknown format 'conll'; did you mean 'columns'? `genner formats` lists all",
    ),
    "ending-misspelt": (["convert", "gold.jsonl", "--to", "conll2003"], "did you mean 'columns'?"),
    "unknown-matching": (["evaluate", "gold.jsonl", "gold.jsonl", "--matching", "strct"], "did you mean 'strict'?"),
    "unknown-kind": (["errors", "gold.jsonl", "gold.jsonl", "--type", "wrong_typ"], "did you mean 'wrong_type'?"),
    "unknown-order": (
        ["errors", "gold.jsonl", "gold.jsonl", "--sort", "typ"],
        "'typ' is not one of 'document', 'type'",
    ),
    "unknown-side": (
        ["compare", "gold.jsonl", "gold.jsonl", "gold.jsonl", "--only", "c"],
        "'c' is not one of 'a', 'b'",
    ),
    "three-formats": (
        ["compare", *["gold.jsonl"] * 3, "-f", "xml", "-f", "xml", "-f", "xml"],
        "--format: expected one",
    ),
    "one-name": (["compare", "gold.jsonl", "gold.jsonl", "gold.jsonl", "--name", "a"], "--name: expected one for A"),
    "view-without-text": (["view", "short.txt", "-f", "xml", "--source", "gold.jsonl"], "expected 2 outputs"),
    "unknown-command": (["encod"], "No such command 'encod'"),
    "unknown-option": (["encode", "gold.jsonl", "-f", "xml", "--labls", "genia"], "--labls"),
    "format-missing": (["encode", "gold.jsonl"], "Missing option '--format'"),
    "labels-twice": (["evaluate", "gold.jsonl", "gold.jsonl", "-l", "PER,PER"], "appear twice: PER"),
    "foreign-labels": (
        ["encode", "gold.jsonl", "-f", "xml", "-l", "conll2003"],
        "labels that are not in the label set",
    ),
    "lengths-differ": (
        ["evaluate", "gold.jsonl", "short.txt", "-f", "xml"],
        "expected 2 outputs, one for each document, got 1",
    ),
    "unknown-id": (
        ["evaluate", "gold.jsonl", "ids.jsonl", "-f", "xml"],
        "ids.jsonl:2: no gold document has the id 'z'",
    ),
    "missing-id": (["evaluate", "gold.jsonl", "few.jsonl", "-f", "xml"], "no output for document 'b'"),
    "id-twice": (
        ["evaluate", "gold.jsonl", "twice.jsonl", "-f", "xml"],
        "twice.jsonl:2: a second output for document 'a'",
    ),
    "other-text": (["evaluate", "gold.jsonl", "other.jsonl"], "other.jsonl:1: expected an answer about"),
    "other-source": (
        ["evaluate", "gold.jsonl", "source.jsonl", "-f", "xml"],
        "source.jsonl:2: expected an answer about",
    ),
    "one-side": (["evaluate", "gold.jsonl"], "expected a second file"),
    "both-stdin": (["evaluate", "-", "-"], "not both"),
    "nobody-answers": (["assess", "--corpus", "gold.jsonl"], "--training"),
    "output-directory": (["encode", "gold.jsonl", "-f", "xml", "-o", "directory"], "directory: expected a file"),
    "output-nowhere": (["encode", "gold.jsonl", "-f", "xml", "-o", "no/such/place"], "no such directory"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_code_2(here: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is wrong: one line that helps, exit code 2, no traceback, nothing half-written."""
    (here / "directory").mkdir()
    (here / "empty.jsonl").touch()
    (here / "binary.jsonl").write_bytes(b"\x7fELF\x02\x01\x01\x00\xff\xfe\x00\x00" * 50)
    lines(here / "outside.jsonl", [{"text": "a", "entities": [{"start": 0, "end": 5, "label": "X"}]}])
    lines(here / "types.jsonl", [{"text": 5}])
    (here / "broken.jsonl").write_text('{"text": "a"}\n{"text": \n{"text": "b"}\n')
    (here / "column.conll").write_text("Ann B-PER\nleft\n\n")
    (here / "short.txt").write_text("one\n")
    lines(here / "ids.jsonl", [{"id": "a", "output": ""}, {"id": "z", "output": ""}])
    lines(here / "few.jsonl", [{"id": "a", "output": ""}])
    lines(here / "twice.jsonl", [{"id": "a", "output": ""}, {"id": "a", "output": ""}])
    lines(here / "other.jsonl", [{"id": "a", "text": "else", "entities": []}, GOLD[1]])
    lines(here / "raw.jsonl", ["one", "two"])
    lines(here / "source.jsonl", [{"text": GOLD[0]["text"], "output": ""}, {"text": "else", "output": ""}])
    arguments, expected = BAD[name]

    code = main(arguments)

    said = one_line(capsys.readouterr().err)
    assert code == 2
    assert expected in said


def test_control_characters_in_a_message_are_written_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A message quotes what it met, and cannot be used to move the cursor."""
    assert main(["encode", "no\x1b[2J\nsuch", "-f", "xml"]) == 2
    assert capsys.readouterr().err == "genner: error: no\\x1b[2J such: no such file\n"


def test_a_bad_line_can_be_skipped_and_is_counted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--skip-bad goes on, and says how many records it left out and where the first is."""
    (here / "broken.jsonl").write_text('{"text": "a"}\n{"text": \n{"text": "b"}\n')

    assert main(["encode", "broken.jsonl", "-f", "xml", "--skip-bad"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "a\nb\n"
    assert captured.err.startswith("genner: 2 read, 1 skipped; first: broken.jsonl:2")


# -- as a program ----------------------------------------------------------------------------------


def program(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "genner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", **options)  # type: ignore[call-overload]


def test_the_program_says_its_version_and_helps() -> None:
    """`--version`, `--help` and no argument at all are no errors."""
    assert program("--version").stdout == f"genner {genner.__version__}\n"
    assert "assess" in program("--help").stdout
    assert program().returncode == 0


def test_output_is_utf8_whatever_the_locale(here: Path) -> None:
    """Data leaves as UTF-8 even where the terminal speaks something else."""
    lines(here / "kana.jsonl", [{"text": "東京タワー", "entities": [{"start": 0, "end": 2, "label": "地名"}]}])
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}

    assert program("encode", "kana.jsonl", "-f", "bracket", env=environment).stdout == "[東京 | 地名]タワー\n"


def test_a_closed_pipe_is_no_traceback(here: Path) -> None:
    """`genner ... | head` ends quietly."""
    lines(here / "many.jsonl", [{"text": "word " * 2000}] * 200)
    command = f"{sys.executable} -m genner encode many.jsonl -f xml | head -n 1 | wc -l"

    done = subprocess.run(command, shell=True, capture_output=True, text=True)

    assert (done.stdout.strip(), done.stderr) == ("1", "")


def test_without_the_extra_the_pip_line_is_printed(tmp_path: Path) -> None:
    """The command is installed with the core; without typer it says what to install."""
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')")
    done = program("assess", env={**os.environ, "PYTHONPATH": str(tmp_path)})

    assert done.returncode == 2
    assert "pip install 'genner[cli]'" in one_line(done.stderr)


EXAMPLE_LINES = [
    line
    for name, found in EXAMPLES.items()
    for line in found
    if name not in ("calibrate", "extract", "train", "predict", "merge") and ".yaml" not in line
]
"""Those that need no model."""


@pytest.mark.usefixtures("samples_once")
@pytest.mark.parametrize("line", EXAMPLE_LINES)
def test_examples_of_the_help_run(tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example that needs no model runs as printed, on files such as it names."""
    gold = [{"id": "1", "text": "Ann left Rome", "entities": [{"start": 0, "end": 3, "label": "PER"}]}]
    for name in ("gold", "predicted", "one", "two"):
        lines(tmp_path / f"{name}.jsonl", gold)
    for name in ("answers", "other"):
        (tmp_path / f"{name}.txt").write_text("<PER>Ann</PER> left Rome\n")
    monkeypatch.chdir(tmp_path)
    _, pipe, command = line.rpartition(" | ")
    if pipe:
        stdin(monkeypatch, "<PER>Ann</PER> left")

    assert main(shlex.split(command)[1:]) == 0


def test_every_command_has_examples_and_short_lines_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`genner --help` cuts no line, and each command ends its help with examples that name its own options."""
    commands = get_command(app).commands
    assert list(EXAMPLES) == list(commands)
    assert main(["--help"]) == 0
    assert "..." not in capsys.readouterr().out.replace("[ARGS]...", "")

    for name, command in commands.items():
        known = {word for parameter in command.params for word in parameter.opts}
        assert main([name, "--help"]) == 0
        text = capsys.readouterr().out
        assert "Examples:\n    " in text
        assert max(map(len, text.splitlines())) <= 80
        shown = text.replace(" \\\n       ", "")  # a long line goes on in the next
        assert all(f"\n    {line}\n" in shown for line in EXAMPLES[name])
        assert {word for line in EXAMPLES[name] for word in line.split() if word.startswith("--")} <= known


def test_formats_lists_what_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Every output format with an example that decodes, and every data format."""
    assert main(["formats", "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    written = {one["output format"]: one["an answer"] for one in records if "output format" in one}

    assert tuple(written) == genner.formats()
    assert written["xml"] == "<PER>Bo</PER> left"
    assert {one["data format"] for one in records if "data format" in one} == {*DATA_FORMATS, *RECORD_FORMATS}


def test_info_names_versions_and_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each extra has the versions of its packages, or those that are absent and the line that installs them."""
    found = {"pandas": None, "genner": genner.__version__}
    monkeypatch.setattr(about, "installed", lambda name: found.get(name, "1.0"))

    assert main(["info"]) == 0
    shown = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    facts = {name: value.strip() for name, value in shown.items()}
    assert facts["genner"] == genner.__version__
    assert facts["extra frame"] == "not installed: pandas; pip install 'genner[frame]'"
    assert facts["extra cli"] == "jinja2 1.0, rich 1.0, typer 1.0"
    assert facts["package"] == str(Path(genner.__file__).parent)


def test_info_lists_every_group_of_plug_ins(capsys: pytest.CaptureFixture[str]) -> None:
    """The groups are those that the page on extending genner names."""
    page = (Path(__file__).parents[1] / "docs" / "extending_others.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"\| `(genner\.\w+)` \|$", page, re.MULTILINE))

    assert main(["info"]) == 0
    shown = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert len(documented) == 6
    assert {name for name in shown if name.startswith("genner.")} == documented


# -- the list of options ---------------------------------------------------------------------------


def test_every_option_is_declared_in_one_list() -> None:
    """No command declares an option or an argument of its own."""
    folder = Path(genner.__file__).parent / "cli"
    elsewhere = [
        path.name
        for path in folder.glob("*.py")
        if path.name != "options.py" and re.search(r"typer\.(Option|Argument)\(", path.read_text(encoding="utf-8"))
    ]

    assert elsewhere == []


def test_a_word_means_the_same_in_every_command() -> None:
    """Options of one name have one help text, but for files, folders and what is read or written."""
    found: dict[str, set[str]] = {}
    for command in get_command(app).commands.values():
        for parameter in command.params:
            for word in parameter.opts:
                if word.startswith("-") and word != "--help":
                    found.setdefault(word, set()).add(parameter.help)
    several = {word for word, helps in found.items() if len(helps) > 1}

    assert several <= {"--output", "-o", "--from", "--to", "--format", "-f", "--text", "--model", "-m"}
    assert {"--training", "--source", "--guide-policy", "--fail-on-issues"} <= found.keys()


def test_orders_are_those_that_the_list_offers() -> None:
    """What `--sort` offers is what the commands know."""
    for commands, name in ((scores, "SortCases"), (compare, "SortDifferences"), (view, "SortDocuments")):
        assert get_args(get_args(getattr(options, name))[0]) == tuple(commands.ORDERS)
    assert get_args(get_args(options.Test)[0]) == TESTS


def test_a_shell_completes_choices_and_names() -> None:
    """Closed choices and names of matchings, with those of plug-ins, are offered."""
    for words, cword, expected in (
        ("genner evaluate --matching par", "3", "partial"),
        ("genner evaluate --duplicates ", "3", "ignore"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "genner"],
            env=os.environ
            | {"_GENNER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": cword, "PYTHONPATH": ROOT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert expected in done.stdout.split()


def test_an_internal_error_is_code_3(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of genner is no bad input: the traceback and a line that says so."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("odd \x1b[31m")

    monkeypatch.setattr(scores, "answered", broken)

    assert main(["evaluate", "gold.jsonl", "gold.jsonl"]) == 3
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert "\x1b" not in error
    assert error.splitlines()[-1].startswith("genner: internal error, please report it: RuntimeError(")


def test_tables_fit_80_columns_and_hide_no_control_characters(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A label that holds an escape or turns the line is written out; wide tables go under each other."""
    label = "P\x1b[31m\u202eX"
    lines(here / "odd.jsonl", [{"text": "ab " * 9, "entities": [{"start": 0, "end": 2, "label": label}]}] * 30)
    gold = {"text": "ab " * 9, "entities": [{"start": 3, "end": 5, "label": label}]}
    lines(here / "right.jsonl", [gold] * 30)

    for command in (
        ["evaluate", "right.jsonl", "odd.jsonl", "--intervals", "--by", "length"],
        ["errors", "right.jsonl", "odd.jsonl", "--by", "length"],
        ["compare", "right.jsonl", "odd.jsonl", "right.jsonl"],
        ["view", "odd.jsonl"],
    ):
        assert main(command) == 0
        printed = capsys.readouterr()
        assert "\x1b" not in printed.out + printed.err
        assert "\u202e" not in printed.out + printed.err
        assert "\\u202e" in printed.out
        tables = [line for line in printed.out.splitlines() if "genner:" not in line and "interval:" not in line]
        assert max(map(len, tables)) <= 80


def test_json_leaves_nothing_out(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Intervals, with the reason where there is none, and the counts of all errors."""
    assert main(["evaluate", "gold.jsonl", "gold.jsonl", "--json", "-l", "PER"]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored["intervals"]["averages"]["micro"]["reason"].startswith("1 document with entities")
    assert "PER" in scored["intervals"]["labels"]

    assert main(["errors", "gold.jsonl", "gold.jsonl", "--json", "--summary", "--by", "length"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["counts"]["wrong_type"] == 0
    assert summary["by"] == {"length": {}}


# -- no format named -------------------------------------------------------------------------------

MIXED = (
    '```json\n{"PER": ["Ann"], "LOC": ["Rome"]}\n```',
    "- **Ann** (PER)\n- **Rome** (LOC)",
    "<PER>Ann</PER> left <LOC>Rome</LOC>",
    '[{"entity": "Ann", "type": "PER"}, {"entity": "Rome", "type": "LOC"}]',
)
"""Answers of several models about one sentence."""


@pytest.fixture
def mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = {"text": "Ann left Rome", "entities": [[0, 3, "PER"], [9, 13, "LOC"]]}
    gold = [json.dumps({"id": str(place), **document}) + "\n" for place in range(len(MIXED))]
    (tmp_path / "gold.jsonl").write_text("".join(gold))
    answers = [json.dumps({"id": str(place), "output": one}) + "\n" for place, one in enumerate(MIXED)]
    (tmp_path / "answers.jsonl").write_text("".join(answers))


def test_decode_finds_the_format_of_each_output(mixed: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --format every answer is read, each prediction names its format, and a remark counts them."""
    assert main(["decode", "answers.jsonl", "--source", "gold.jsonl", "--labels", "PER,LOC"]) == 0

    out, err = capsys.readouterr()
    read = [json.loads(line) for line in out.splitlines()]
    assert [[entity["text"] for entity in one["entities"]] for one in read] == [["Ann", "Rome"]] * 4
    assert [one["format"] for one in read][:3] == ["grouped-json", "lines", "xml"]
    assert "genner: no --format, so it was found for each output: " in err
    assert all(f"{name} 1" in err for name in ("grouped-json", "lines", "xml"))


@pytest.mark.parametrize(
    "command",
    [
        ["evaluate", "gold.jsonl", "answers.jsonl", "--labels", "PER,LOC", "--json"],
        ["evaluate", "gold.jsonl", "answers.jsonl", "--labels", "PER,LOC", "--json", "--workers", "2"],
        ["errors", "gold.jsonl", "answers.jsonl", "--labels", "PER,LOC", "--json"],
        ["compare", "gold.jsonl", "answers.jsonl", "gold.jsonl", "--labels", "PER,LOC", "--json"],
        ["view", "answers.jsonl", "--source", "gold.jsonl", "--json"],
    ],
    ids=lambda command: command[0] + command[-1],
)
def test_no_command_needs_the_format_of_raw_outputs(
    mixed: None, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Answers in four formats are scored, compared and shown, all of them right."""
    assert main(command) == 0

    out = capsys.readouterr().out
    if command[0] == "evaluate":
        assert json.loads(out)["micro"]["f1"] == 1.0
    elif command[0] == "view":
        assert [len(json.loads(line)["entities"]) for line in out.splitlines()] == [2] * 4
    else:
        assert out == ""  # no error, no document where the systems differ
