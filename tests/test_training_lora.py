"""LoRA over transformers: it learns, it goes on where it stopped, and it says what it is for."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch

from genner import DataError, Document, LabelSet, MissingExtraError
from genner.models.generator import requests_for
from genner.models.loading import load
from genner.models.recipe import Recipe
from genner.models.transformers import TransformersGenerator
from genner.study.samples import load_sample, sample_labels
from genner.training.config import TrainConfig, load_config, make_config
from genner.training.lora import BATCH, DEFAULTS, merge, train_lora

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
"""peft still calls what transformers has deprecated."""

LABELS = sample_labels("flat")
DOCUMENTS = load_sample("flat", "train")[:24]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny untrained Llama on disk, as a base model."""
    return tiny_model.save(tmp_path_factory.mktemp("base"), 64)


def config(
    base: Path, output: Path, *, max_length: int = 512, shared_prefix: bool = True, **changes: Any
) -> TrainConfig:
    usual = {"per_device_train_batch_size": 4, "learning_rate": 0.03, "num_train_epochs": 4}
    return make_config(
        {
            "model": str(base),
            "train": "train.jsonl",
            "output": str(output),
            "recipe": {"format": "bracket", "labels": LABELS, "style": "text"},
            "lora": {"rank": 16, "alpha": 32},
            "max_length": max_length,
            "shared_prefix": shared_prefix,
            "transformers": usual | {"gradient_checkpointing": False} | changes,
        }
    )


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A finished run."""
    output = tmp_path_factory.mktemp("run") / "adapter"
    return output, train_lora(config(base, output), DOCUMENTS, DOCUMENTS[:8])


def answers(folder: Path) -> list[str]:
    loaded = load(folder)
    asked = requests_for(DOCUMENTS[:4], Recipe.make("bracket", LABELS, style="text"))
    generator = TransformersGenerator(loaded.model, loaded.tokenizer, batch_size=2, max_new_tokens=25)
    return [done.output for done in sorted(generator.generate(asked), key=lambda done: done.key)]


def test_training_lowers_the_loss(adapter: tuple[Path, Any]) -> None:
    """Four epochs over 24 sentences: the loss falls, and is taken on the validation documents too."""
    _, trained = adapter

    assert trained.steps == 12
    assert trained.losses[-1][1] < 0.95 * trained.losses[0][1]
    assert trained.validation is not None
    assert trained.validation < 0.95 * trained.losses[0][1]


def test_the_adapter_carries_its_recipe(adapter: tuple[Path, Any]) -> None:
    """Format, labels, wording, settings and versions lie beside the weights, and another use is refused."""
    output, _ = adapter

    record = json.loads((output / "genner.json").read_text())

    assert record["recipe"]["format"] == "bracket"
    assert record["settings"]["lora"]["rank"] == 16
    assert record["settings"]["transformers"]["learning_rate"] == 0.03
    assert {"torch", "transformers", "peft"} <= set(record["versions"])
    with pytest.raises(DataError, match="format: trained with 'bracket', asked for 'xml'"):
        Recipe.load(output).require(format="xml")


def test_reloaded_and_merged_predict_the_same(adapter: tuple[Path, Any], base: Path, tmp_path: Path) -> None:
    """The adapter answers the same each time it is loaded, and as one model with its base; the base does not."""
    output, _ = adapter

    merge(output, tmp_path / "merged")

    assert answers(output) == answers(output) == answers(tmp_path / "merged")
    assert answers(output) != answers(base)
    assert Recipe.load(tmp_path / "merged") == Recipe.load(output)
    assert not (tmp_path / "merged" / "adapter_config.json").exists()


def test_a_killed_run_resumes_to_the_same_loss(base: Path, tmp_path: Path) -> None:
    """Stopped after a checkpoint and started again, it ends with the losses and weights of an unbroken run."""
    whole = train_lora(
        config(base, tmp_path / "whole", num_train_epochs=2, save_strategy="steps", save_steps=3), DOCUMENTS
    )
    settings = config(base, tmp_path / "broken", num_train_epochs=2, save_strategy="steps", save_steps=3)
    _stop_after(3, settings)

    resumed = train_lora(settings, DOCUMENTS)

    assert resumed.steps == whole.steps == 6
    assert [loss for _, loss in resumed.losses] == pytest.approx([loss for _, loss in whole.losses], abs=1e-6)
    assert answers(tmp_path / "broken") == answers(tmp_path / "whole")


def _stop_after(step: int, settings: TrainConfig) -> None:
    """Run until a checkpoint is written, then fail as a killed process would leave it."""
    from unittest.mock import patch

    import transformers

    class Killed(BaseException):
        pass

    original = transformers.Trainer._save_checkpoint

    def save(self: Any, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        if self.state.global_step == step:
            raise Killed

    with patch.object(transformers.Trainer, "_save_checkpoint", save), pytest.raises(Killed):
        train_lora(settings, DOCUMENTS)
    assert not (Path(settings.output) / "genner.json").exists()
    with pytest.raises(DataError, match="is not finished"):
        load(settings.output)


@pytest.mark.parametrize("style", ["text", "paper"])
def test_a_shared_prefix_changes_no_loss(base: Path, tmp_path: Path, style: Any) -> None:
    """Three steps of eight rows: one pack, several, accumulated or with activations recomputed, as separate rows."""
    runs: dict[str, dict[str, Any]] = {
        "alone": {"shared_prefix": False, "per_device_train_batch_size": 8},
        "together": {"per_device_train_batch_size": 8},
        "in several packs": {"per_device_train_batch_size": 8, "max_length": 440},
        "accumulated": {"per_device_train_batch_size": 2},
        "recomputed": {"per_device_train_batch_size": 8, "gradient_checkpointing": True},
    }
    usual = {"max_steps": 3, "train_sampling_strategy": "sequential", "max_length": 1000}
    losses: dict[str, list[float]] = {}
    for name, changes in runs.items():
        settings = config(base, tmp_path / name, **(usual | changes))
        recipe = Recipe.make("bracket", LABELS, style=style)
        short = [document for document in DOCUMENTS if len(document.text) < 60]
        trained = train_lora(settings.model_copy(update={"recipe": recipe}), short, short[:5])
        losses[name] = [loss for _, loss in trained.losses]
        losses[name].append(trained.validation or 0.0)

    assert all(found == pytest.approx(losses["alone"], abs=2e-4) for found in losses.values())
    assert losses["alone"][-1] < losses["alone"][0]


def test_rows_that_cannot_share_a_prefix_are_read_alone(base: Path, tmp_path: Path) -> None:
    """One line says why, and a step has eight rows all the same."""
    lines: list[str] = []
    settings = config(base, tmp_path / "out", shared_prefix=False, max_steps=1)

    train_lora(settings, DOCUMENTS, tell=lines.append)

    assert lines[0] == "every row is read with its own prefix: shared_prefix is off"


def test_what_transformers_reports_to_stays_on(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracker that `report_to` names hears every loss, as under transformers alone."""
    from transformers import TrainerCallback
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK

    heard: list[float] = []

    class Tracker(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
            heard.extend([logs["loss"]] if "loss" in logs else [])

    monkeypatch.setitem(INTEGRATION_TO_CALLBACK, "tracker", Tracker)

    trained = train_lora(config(base, tmp_path / "out", max_steps=2, report_to=["tracker"]), DOCUMENTS[:8])

    assert heard == [loss for _, loss in trained.losses]
    assert len(heard) == 2


def test_another_recipe_in_the_same_folder_is_refused(adapter: tuple[Path, Any], base: Path) -> None:
    """Two runs that do not fit are never mixed."""
    settings = config(base, adapter[0])
    other = settings.model_copy(update={"recipe": Recipe.make("xml", LABELS, style="text")})

    with pytest.raises(DataError, match="holds a run with another recipe"):
        train_lora(other, DOCUMENTS)


@pytest.mark.parametrize(
    ("changes", "fit", "documents", "message"),
    [
        ({"model": "/no/such/model"}, {}, DOCUMENTS, "model '/no/such/model' cannot be loaded"),
        ({}, {"max_length": 10}, DOCUMENTS, "more than the maximum length of 10"),
        ({}, {"per_device_train_batch_size": 3}, DOCUMENTS, "3 rows at once on all devices do not divide a step of 8"),
        ({}, {"learning_rat": 1}, DOCUMENTS, "did you mean 'learning_rate'"),
        ({}, {"output_dir": "x"}, DOCUMENTS, "output_dir is set by genner"),
        ({}, {"save_strategy": "often"}, DOCUMENTS, "transformers: often is not a valid SaveStrategy"),
        ({}, {}, [Document("nothing")], "expected entities to learn"),
    ],
)
def test_what_cannot_be_trained_is_said_and_nothing_is_written(
    base: Path, tmp_path: Path, changes: dict[str, Any], fit: dict[str, Any], documents: list[Document], message: str
) -> None:
    """The error comes before the first step, and the output folder does not exist."""
    settings = config(base, tmp_path / "out", **fit).model_copy(update=changes)

    with pytest.raises((DataError, LookupError), match=message):
        train_lora(settings, documents)

    assert not (tmp_path / "out").exists()


def test_unknown_modules_are_an_error(base: Path, tmp_path: Path) -> None:
    """Module names that the model has not are said by name."""
    settings = config(base, tmp_path / "out")
    lora = settings.lora.model_copy(update={"modules": ["no_such_layer"]})

    with pytest.raises(DataError, match=r"lora: .*no_such_layer"):
        train_lora(settings.model_copy(update={"lora": lora}), DOCUMENTS)


@pytest.mark.slow
def test_several_processes_share_the_batch(base: Path, tmp_path: Path) -> None:
    """Two processes take as many steps as one, and one of them tells and saves."""
    import genner

    genner.write(DOCUMENTS[:16], tmp_path / "train.jsonl", "jsonl")
    settings = config(base, tmp_path / "out", per_device_train_batch_size=2, num_train_epochs=1).model_copy(
        update={"train": str(tmp_path / "train.jsonl")}
    )
    (tmp_path / "run.json").write_text(settings.model_dump_json())
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "-m"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}

    done = subprocess.run(
        [*command, "genner", "train", "run.json"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert re.findall(r"step \d+ of \d+", done.stderr) == ["step 1 of 2", "step 2 of 2"]
    assert Recipe.load(tmp_path / "out") == settings.recipe


def four_bits(settings: TrainConfig) -> TrainConfig:
    return settings.model_copy(update={"lora": settings.lora.model_copy(update={"quantize": "4bit"})})


def test_four_bits_need_a_package(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """QLoRA without bitsandbytes names the pip line."""
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *more: None if name == "bitsandbytes" else found(name, *more)
    )

    with pytest.raises(MissingExtraError, match="pip install bitsandbytes"):
        train_lora(four_bits(config(base, tmp_path / "out")), DOCUMENTS)


def test_weights_in_four_bits_are_trained_upon(base: Path, tmp_path: Path) -> None:
    """QLoRA, where bitsandbytes is: the base is in 4 bits, the loss falls, and the adapter is loaded again."""
    pytest.importorskip("bitsandbytes")
    settings = config(base, tmp_path / "out", per_device_train_batch_size=8, gradient_checkpointing=True)

    losses = train_lora(four_bits(settings), DOCUMENTS).losses

    assert losses[-1][1] < 0.95 * losses[0][1]
    assert load(tmp_path / "out").recipe == settings.recipe


# -- the config ------------------------------------------------------------------------------------

YAML = """
model: some/model
train: train.jsonl
output: out
recipe: {format: xml, labels: genia}
transformers:
  learning_rate: 2e-6
"""


def test_the_defaults_are_the_papers(tmp_path: Path) -> None:
    """Rank 256, alpha 512, all linear modules, batch 8, cosine, 2 epochs, 2,048 tokens (Section 3.1)."""
    (tmp_path / "c.yaml").write_text(YAML)

    made = load_config(tmp_path / "c.yaml")

    assert (made.lora.rank, made.lora.alpha, made.lora.modules) == (256, 512, "all-linear")
    assert (made.max_length, BATCH) == (2048, 8)
    assert (DEFAULTS["num_train_epochs"], DEFAULTS["learning_rate"]) == (2, 2e-5)
    assert (DEFAULTS["lr_scheduler_type"], DEFAULTS["warmup_steps"]) == ("cosine", 0.01)
    assert made.transformers == {"learning_rate": 2e-6}
    assert made.recipe.style == "paper"


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    """A config may be either, and options of the command line come on top."""
    (tmp_path / "c.yaml").write_text(YAML)
    made = load_config(tmp_path / "c.yaml")
    (tmp_path / "c.json").write_text(made.model_dump_json())

    assert load_config(tmp_path / "c.json") == made
    assert load_config(tmp_path / "c.yaml", output="other").output == "other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (YAML.replace("transformers:", "fit:"), r"c\.yaml: .*Extra inputs are not permitted.*\$\.fit"),
        (YAML.replace("out\n", "out\nmax_length: long\n"), r"valid integer.*'long' - at \$\.max_length"),
        (YAML.replace("genia", "genai"), "did you mean 'genia'"),
        (YAML.replace("labels: genia", "style: paper"), r"Field required - at \$\.recipe\.labels"),
        (YAML.replace("model: some/model", ""), r"Field required - at \$\.model"),
        ("a: [", "expected YAML: "),
        ("just words", "expected a mapping of settings, got str 'just words'"),
        ("1: 2", "expected settings with names"),
    ],
)
def test_a_wrong_config_says_what_and_where(tmp_path: Path, text: str, message: str) -> None:
    """Unknown settings, wrong types, missing labels, no YAML at all: the file and the place are named."""
    (tmp_path / "c.yaml").write_text(text)

    with pytest.raises((DataError, LookupError), match=message):
        load_config(tmp_path / "c.yaml")


def test_a_missing_config_is_an_error(tmp_path: Path) -> None:
    """The file is named."""
    with pytest.raises(DataError, match=r"nowhere\.yaml: no such file"):
        load_config(tmp_path / "nowhere.yaml")


def test_labels_may_have_definitions(tmp_path: Path) -> None:
    """In a config labels are a name, names, or names with definitions."""
    text = YAML.replace("labels: genia", 'labels: {A: "first", B: "second"}')
    (tmp_path / "c.yaml").write_text(text)

    labels = load_config(tmp_path / "c.yaml").recipe.labels

    assert isinstance(labels, LabelSet)
    assert labels["A"].definition == "first"
