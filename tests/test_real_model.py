"""A real instruction-tuned model, SmolLM2-135M-Instruct: opened once, asked and guided through the main path."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import genner
from genner import Document
from genner.extraction import Extraction

pytestmark = pytest.mark.real_model

SHOWN = [
    Document("Bob Dylan sang in Oslo .", [(0, 9, "PER"), (18, 22, "LOC")]),
    Document("Nobody came to the party .", []),
    Document("I met Anna Berg in Paris .", [(6, 15, "PER"), (19, 24, "LOC")]),
    Document("Maria Lopez left Madrid .", [(0, 11, "PER"), (17, 23, "LOC")]),
]


@pytest.fixture(scope="module")
def real() -> Any:
    """Return the module that fetches the model; its tests are skipped, with the reason, where it cannot be had."""
    path = Path(__file__).parents[1] / "benchmarks" / "real_model.py"
    if not path.is_file():
        pytest.skip("benchmarks/real_model.py is not here")
    spec = importlib.util.spec_from_file_location("real_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_model"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(real: Any) -> Path:
    """Return the folder of the converted model."""
    try:
        found: Path = real.folder()
    except real.Absent as error:
        pytest.skip(str(error))
    return found


def test_the_model_is_converted_once_and_checked(real: Any, folder: Path) -> None:
    """The record names the file that it was made from; a second call gives the same folder at once."""
    record = json.loads((folder / real.RECORD).read_text())

    assert record["gguf"] == real.GGUF_HASH
    assert list(record["weights"]) == ["model.safetensors"]
    assert real.folder() == folder


def test_a_damaged_folder_is_noticed(real: Any, folder: Path, tmp_path: Path) -> None:
    """Weights that are not those of the record are converted again."""
    damaged = tmp_path / "model"
    damaged.mkdir()
    (damaged / real.RECORD).write_text((folder / real.RECORD).read_text())
    (damaged / "model.safetensors").write_bytes(b"cut")

    assert not real._whole(damaged)


@pytest.mark.parametrize(
    ("format", "name"), [("bracket", ("London", "LOC")), ("lines", ("Peter Jones", "PER"))], ids=["bracket", "lines"]
)
def test_four_examples_find_a_name(folder: Path, format: str, name: tuple[str, str]) -> None:
    """From strings to entities with a real model, guided and free: it finds a name that a reader expects."""
    report = Extraction()

    (found,) = genner.extract(
        "Peter Jones lives in London .",
        ["PER", "LOC"],
        folder,
        format=format,
        demonstrations=SHOWN,
        guided=format == "bracket",
        max_new_tokens=64,
        report=report,
    )

    assert name in {(found.surface(entity), entity.label) for entity in found}
    assert report.guided == ("tokens" if format == "bracket" else "")
    assert report.prompt_tokens > 100


def test_a_text_longer_than_the_context_is_an_error_or_a_counted_skip(folder: Path) -> None:
    """8,192 tokens are what this model reads: the message says so, and under skip the other text is answered."""
    long, report = "one two three four " * 3000, Extraction()
    options: dict[str, Any] = {"window": None, "guided": False, "max_new_tokens": 4, "report": report}

    with pytest.raises(genner.DataError, match="8192"):
        genner.extract(long, ["PER"], folder, **options)
    found = genner.extract([long, "Ann left"], ["PER"], folder, on_error="skip", **options)

    assert [issue.kind for issue in found[0].issues] == ["no_answer"]
    assert [position for position, _ in report.failed] == [0]
