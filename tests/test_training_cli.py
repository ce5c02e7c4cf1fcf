"""`genner train`, `genner predict` and `genner merge` as they are called."""

from __future__ import annotations

import json
import re
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import tiny_model
import torch

import genner
from genner import prompt
from genner.cli import main
from genner.study.samples import load_sample, sample_labels

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

LABELS = ",".join(sample_labels("flat"))
TRAIN = ["--model", "base", "-f", "bracket", "-l", LABELS, "--training", "train.jsonl"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a small corpus in it, which is the current one."""
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    documents = [document.replace(id=f"d{at}") for at, document in enumerate(load_sample("flat", "train")[:30])]
    genner.write(documents, tmp_path / "train.jsonl", "jsonl")
    return tmp_path


@pytest.fixture
def base(here: Path) -> Path:
    """A base model in the current directory."""
    return tiny_model.save(here / "base")


def test_train_predict_evaluate(base: Path, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A config of a few lines trains an adapter, which answers, is scored and is merged; a second format is refused."""
    config = {
        "model": "base",
        "train": "train.jsonl",
        "output": "adapter",
        "recipe": {"format": "bracket", "labels": list(sample_labels("flat")), "style": "text"},
        "lora": {"rank": 4, "alpha": 8},
        "transformers": {"num_train_epochs": 1, "gradient_checkpointing": False},
    }
    (here / "run.json").write_text(json.dumps(config))
    (here / "xml.json").write_text(json.dumps(config | {"recipe": config["recipe"] | {"format": "xml"}}))  # type: ignore[operator]
    assert main(["train", "run.json"]) == 0
    captured = capfd.readouterr()
    assert "step 4 of 4, loss" in captured.err
    assert captured.out == ""
    assert main(["train", "xml.json"]) == 2
    assert "adapter: this folder holds a run with another recipe" in capfd.readouterr().err
    assert main(["predict", "train.jsonl", "-m", "adapter", "-o", "answers.jsonl", "--max-new-tokens", "5"]) == 0
    assert main(["predict", "train.jsonl", "-m", "adapter", "-o", "again.jsonl", "-f", "xml"]) == 2
    assert "trained with 'bracket', asked for 'xml'" in capfd.readouterr().err
    assert main(["evaluate", "train.jsonl", "answers.jsonl", "-f", "bracket", "-l", LABELS, "--json"]) == 0

    assert json.loads(capfd.readouterr().out)["micro"]["support"] > 0
    assert [json.loads(line)["id"] for line in (here / "answers.jsonl").read_text().splitlines()] == [
        f"d{at}" for at in range(30)
    ]
    assert main(["merge", "adapter", "merged"]) == 0
    assert main(["predict", "train.jsonl", "-m", "merged", "-o", "merged.jsonl", "--max-new-tokens", "5"]) == 0
    assert (here / "merged.jsonl").read_bytes() == (here / "answers.jsonl").read_bytes()


def test_a_guide_that_cannot_follow_the_tokens_is_one_clear_error(
    base: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A guide refuses a tokenizer that lower-cases what it reads, before anything is written."""
    from tokenizers import normalizers

    changed = deepcopy(tiny_model.tokenizer())
    changed.backend_tokenizer.normalizer = normalizers.Lowercase()
    changed.save_pretrained(base)
    asked = ["predict", "train.jsonl", "-m", "base", "-f", "bracket", "-l", LABELS, "--guided", "-o", "first.jsonl"]

    assert main(asked) == 2

    assert "a guide cannot follow the tokens of this tokenizer" in capfd.readouterr().err
    assert not (here / "first.jsonl").exists()


def test_dry_run_shows_what_is_learned(base: Path, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Three examples with prompt, answer and the number of tokens learned, the lengths, and no file."""
    before = sorted(here.iterdir())

    assert main(["train", *TRAIN, "-o", "model", "--dry-run"]) == 0

    out = capfd.readouterr().out
    first = load_sample("flat", "train")[0]
    assert out.count(">>> learned, ") == 3
    assert f"\n{prompt(first.text, 'bracket', LABELS, style='paper').text}\n" in out
    assert genner.encode(first, "bracket") in out
    assert len(re.findall(r"^mask: \d+ ignored \(-100\), then \d+ learned$", out, re.MULTILINE)) == 3
    assert "median" in out
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "Field required - at $.train"),
        (["train", "nowhere.yaml"], "nowhere.yaml: no such file"),
        (["train", *TRAIN[:4], "--training", "train.jsonl", "-o", "m"], "Field required - at $.recipe.labels"),
        (["predict", "train.jsonl", "-m", "nowhere", "-o", "x"], "give --format and --labels"),
        (
            ["predict", "train.jsonl", "-m", "/no/model", "-o", "x", "-f", "xml", "-l", LABELS],
            "model '/no/model' cannot be loaded",
        ),
        (
            [
                "predict",
                "train.jsonl",
                "-m",
                "m",
                "-o",
                "x",
                "-f",
                "xml",
                "-l",
                LABELS,
                "--url",
                "http://127.0.0.1:9/v1",
            ],
            "cannot be reached",
        ),
        (
            ["predict", "train.jsonl", "-m", "m", "-o", "x", "-f", "xml", "-l", LABELS, "--guide-policy", "strict"],
            "give both",
        ),
        (["predict", "train.jsonl", "-m", "vllm:m", "-o", "x", "-f", "xml", "-l", LABELS], "pip install genner vllm"),
        (["merge", "nowhere", "out"], "nowhere: no adapter in this folder"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    message: str,
    here: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Code 2, one line that says what is wrong, and no half-written output."""
    assert main(arguments) == 2

    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not (here / "x").exists()


def test_a_model_whose_training_was_killed_says_how_to_go_on(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Such a folder has checkpoints and no recipe: it is not asked, with options or without."""
    (here / "killed" / "checkpoints").mkdir(parents=True)

    for options in ([], ["--format", "xml", "--labels", "PER"]):
        assert main(["predict", "train.jsonl", "-m", "killed", "--output", "a.jsonl", *options]) == 2
        assert "is not finished: run genner train again" in capfd.readouterr().err


def test_a_missing_extra_names_the_pip_line(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch `genner train` says what to install, before it reads anything."""
    monkeypatch.setitem(sys.modules, "torch", None)

    assert main(["train", *TRAIN, "-o", "model"]) == 2
    assert "pip install 'genner[training]'" in capfd.readouterr().err
