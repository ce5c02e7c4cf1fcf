"""lm-eval, for real and offline: base and tuned models on local copies, and genner's own tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch

import genner
from genner import DataError
from genner.experiments.capability import TABLE_8, task_manager
from genner.experiments.config import make_experiment
from genner.experiments.running import run
from genner.experiments.tables import table_8
from genner.experiments.tasks import FOLDER, task_name
from genner.experiments.tasks.ner import f1, load, precision, recall, results
from genner.models.recipe import Recipe
from genner.models.retrieval import Nearest
from genner.study.samples import load_sample, sample_labels

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
"""lm-eval and what it brings call much that is deprecated."""

LABELS = sample_labels("flat")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A base model, two small corpora and local copies of two benchmarks, in the current directory."""
    import datasets
    import datasets.config
    import huggingface_hub.constants

    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    documents = load_sample("flat", "train")
    tiny_model.save(tmp_path / "base")
    genner.write(documents[:8], tmp_path / "train.jsonl", "jsonl")
    genner.write(load_sample("flat")[:4], tmp_path / "test.jsonl", "jsonl")
    endings = ["cuts the bread.", "flies away.", "sings to a fish.", "melts."]
    story = {"ind": 1, "activity_label": "Cooking", "ctx_a": "A man stands.", "ctx_b": "he", "ctx": "A man stands. he"}
    hellaswag = story | {"endings": endings, "source_id": "x", "split": "val", "split_type": "x", "label": "0"}
    _copy("Rowan/hellaswag/validation.jsonl", [hellaswag] * 4)
    _copy("Rowan/hellaswag/train.jsonl", [hellaswag])
    targets = {"choices": ["No", "Yes"], "labels": [1, 0]}
    _copy(
        "truthfulqa/truthful_qa/validation.jsonl",
        [{"question": "Is the sky green?", "mc1_targets": targets, "mc2_targets": targets}] * 3,
    )
    files = "  data_files:\n  - split: validation\n    path: validation.jsonl\n"
    card = f"---\nconfigs:\n- config_name: multiple_choice\n{files}---\n"
    (tmp_path / "copies" / "truthfulqa" / "truthful_qa" / "README.md").write_text(card)
    return tmp_path


def _copy(name: str, records: list[dict[str, Any]]) -> None:
    path = Path("copies") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_before_and_after_on_local_copies(here: Path) -> None:
    """Base and tuned model are asked once each; another run reads the files; a missing data set is a failed run."""
    settings: dict[str, Any] = {
        "output": "out",
        "corpora": {"tweets": {"train": "train.jsonl", "test": "test.jsonl", "labels": list(LABELS)}},
        "models": {
            "tiny": {
                "base": "base",
                "style": "text",
                "training": {
                    "lora": {"rank": 4, "alpha": 8},
                    "transformers": {"num_train_epochs": 1, "gradient_checkpointing": False, "learning_rate": 0.05},
                },
            }
        },
        "formats": ["xml"],
        "max_new_tokens": 3,
        "capability": {"tasks": ["hellaswag", "truthfulqa_mc1", "gsm8k"], "data": "copies", "limit": 3},
    }

    results = run(make_experiment(settings))

    found = {(one.candidate.tuned, one.task): one for one in results.answered}
    assert set(found) == {(tuned, task) for tuned in ("", "tweets, xml") for task in ("hellaswag", "truthfulqa_mc1")}
    assert found["", "hellaswag"].questions == 3
    assert found["", "hellaswag"].metric == "acc_norm,none"
    assert found["", "hellaswag"].interval is not None
    assert [name for name, _ in results.failed] == ["tiny, gsm8k", "tiny (tweets, xml), gsm8k"]
    settings["capability"]["tasks"].remove("gsm8k")
    before = {path.name: path.stat().st_mtime_ns for path in (here / "out" / "runs").iterdir()}
    again = run(make_experiment(settings))
    assert again.answered == results.answered
    assert before == {path.name: path.stat().st_mtime_ns for path in (here / "out" / "runs").iterdir()}
    table = table_8(again)
    assert table is not None
    rows = {(row["model"], row["tuned for"]): row for row in table.records()}
    assert rows["LLaMA3.1-8B", "conll2003, xml"]["HellaSwag"] == 0.7066
    assert rows["tiny", "tweets, xml"]["TruthfulQA MC1"] == found["tweets, xml", "truthfulqa_mc1"].value
    assert Path.cwd() == here


def test_the_papers_tasks_are_there() -> None:
    """lm-eval knows the five benchmarks, and genner's tasks when it is given their folder."""
    from lm_eval.tasks import TaskManager

    own = TaskManager(include_path=str(FOLDER), include_defaults=False).all_tasks

    for task in TABLE_8:
        assert task in task_manager(task).all_tasks
    assert set(own) >= {task_name(format) for format in genner.FORMATS}


@pytest.mark.parametrize("share", [1, 2])
def test_own_tasks_in_lm_eval(share: int) -> None:
    """A model that answers every question, or every second one, rightly gets the scores of `genner.evaluate`."""
    import lm_eval
    from lm_eval.api.model import LM

    class Right(LM):
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            return [one.doc["answer"] if at % share == 0 else "nothing" for at, one in enumerate(requests)]

        def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
            raise AssertionError("nothing is chosen here")

        loglikelihood_rolling = loglikelihood  # type: ignore[assignment]

    told = {"corpus": "test.jsonl", "labels": list(LABELS), "shown": "train.jsonl", "shots": 2}
    manager = lm_eval.tasks.TaskManager(include_path=str(FOLDER), include_defaults=False, metadata=told)
    names = [task_name(format) for format in ("xml", "offset-json")]

    said = lm_eval.simple_evaluate(Right(), tasks=names, task_manager=manager, bootstrap_iters=0)

    gold = list(genner.read("test.jsonl"))
    answered = [one.replace(entities=() if at % share else one.entities) for at, one in enumerate(gold)]
    expected = genner.evaluate(gold, answered).micro
    for name in names:
        assert said["results"][name]["ner_f1,none"] == pytest.approx(expected.f1)
        assert said["results"][name]["ner_recall,none"] == pytest.approx(expected.recall)
        assert said["n-samples"][name]["effective"] == len(gold)


def test_a_question_of_a_task_shows_the_nearest() -> None:
    """Prompt, demonstrations and answer are those of the library; without a corpus it is the sample."""
    asked = load("xml", corpus="test.jsonl", labels="PER,LOC,ORG", shown="train.jsonl", shots=1, pretrained="x")["test"]

    first = next(genner.read("test.jsonl"))
    assert asked[0]["question"].endswith(f"{first.text}\n")
    assert asked[0]["answer"] == genner.encode(first, "xml")
    assert len(load("bracket")["test"]) == len(load_sample("flat"))
    (shown,) = Nearest(list(genner.read("train.jsonl")), 1)(first)
    assert genner.encode(shown, "xml") in asked[0]["question"]
    with pytest.raises(DataError, match="label set"):
        load("xml", corpus="test.jsonl")


def test_the_scores_of_a_task_are_made_of_counts() -> None:
    """Counts are added before anything is divided; nothing at all is 0."""
    gold = [genner.Document("a b", [(0, 1, "X")]), genner.Document("a b", [(0, 1, "X"), (2, 3, "X")])]
    recipe = Recipe.make("bracket", ["X"])
    docs = [{"document": one.to_json(), "recipe": json.dumps(recipe.to_dict())} for one in gold]

    counts = [results(docs[0], ["[a | X] [b | X]"])["ner_f1"], results(docs[1], ["a [b | X]"])["ner_f1"]]

    assert counts == [(1, 1, 0), (1, 0, 1)]
    assert (precision(counts), recall(counts), f1(counts)) == (2 / 3, 2 / 3, 2 / 3)
    assert (precision([(0, 0, 0)]), recall([(0, 0, 0)]), f1([(0, 0, 0)])) == (0, 0, 0)
