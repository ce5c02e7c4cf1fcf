"""The experiment: which runs there are, that each is done once, and that the tables say what the runs say."""

from __future__ import annotations

import html
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from chat_server import serving, tagged
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner import DataError, Document, Prediction
from genner.cli import main
from genner.experiments.config import Experiment, load_experiment, make_experiment
from genner.experiments.jobs import jobs
from genner.experiments.paper import paper_results
from genner.experiments.running import over_seeds, run
from genner.experiments.tables import table_3, table_5, tables
from genner.models.recipe import Recipe
from genner.study.samples import load_sample, sample_labels

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")

TINY = {"lora": {"rank": 4, "alpha": 8}, "transformers": {"max_steps": 2, "gradient_checkpointing": False}}
LABELS = list(sample_labels("flat"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory with two small corpora in it, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name, part, count in (("train", "train", 30), ("test", "test", 12)):
        documents = [one.replace(id=f"{name}{at}") for at, one in enumerate(load_sample("flat", part)[:count])]
        genner.write(documents, tmp_path / f"{name}.jsonl", "jsonl")
    return tmp_path


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "output": "out",
        "corpora": {"tweets": {"train": "train.jsonl", "test": "test.jsonl", "labels": LABELS}},
        "models": {"floor": {"lexicon": {}}},
        "formats": ["bracket", "xml"],
    } | changes


def experiment(**changes: Any) -> Experiment:
    return make_experiment(settings(**changes))


def stamps(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return when each file was written, and what is in it."""
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir() if path.is_file()}


# -- the config ------------------------------------------------------------------------------------


def test_the_cells_are_the_product() -> None:
    """Corpora, models, formats and seeds; symbols in XML, where the paper has them; what draws nothing runs once."""
    made = experiment(
        models={"floor": {"lexicon": {}}, "tuned": {"base": "b"}, "bare": {"base": "b", "style": "text"}},
        symbols=["explained", "only"],
        seeds=[3, 4],
        formats=["bracket"],
    )

    runs = [str(run) for run in made.runs()]

    floor = ["bracket", "xml", "xml, symbols explained", "xml, symbols only"]
    bare = ["bracket", "xml", "xml, symbols only"]  # the bare text cannot explain a symbol
    assert runs == [
        *(f"tweets, floor, {column}" for column in floor),
        *(f"tweets, tuned, {column}, seed {seed}" for column in floor for seed in (3, 4)),
        *(f"tweets, bare, {column}, seed {seed}" for column in bare for seed in (3, 4)),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"formats": ["braket"]}, "did you mean 'bracket'.* - at \\$.formats\\[0\\]"),
        ({"models": {}}, r"at least 1 item.* - at \$\.models"),
        ({"models": {"a": {}}}, r"a model needs exactly one of lexicon, .*got none - at \$\.models\.a"),
        ({"models": {"a": {"base": "x", "lexicon": {}}}}, "got lexicon and base"),
        ({"models": {"a": {"base": "x", "shots": 3}}}, "a model with 'base' has no shots"),
        (
            {"models": {"a": {"base": "x", "training": {"max_length": 0}}}},
            r"greater than 0.* - at \$\.models\.a\.training\.max_length",
        ),
        (
            {"models": {"a": {"answers": "{colour}.txt"}}},
            "in braces: expected corpus, format, seed, symbols, got colour",
        ),
        ({"models": {"a": {"answers": "a.txt"}}}, "one file of answers is in one format"),
        ({"corpora": {"a": {"test": "x"}}}, r"a corpus needs `test`.*`labels`.* - at \$\.corpora\.a"),
        (
            {"corpora": {"a": {"test": "x", "labels": ["A"]}}},
            "needs documents to learn from: corpus 'a' has no `train`",
        ),
        ({"corpora": {"a": {"sample": "flat", "paper": "conll"}}}, r"\$\.corpora\.a\.paper"),
        ({"colour": 1}, r"Extra inputs are not permitted.* - at \$\.colour"),
        ({"capability": {"models": ["b"]}}, "unknown model 'b'"),
    ],
)
def test_a_wrong_config_says_what_and_where(here: Path, changes: dict[str, Any], message: str) -> None:
    """Everything is checked before anything is run; the file is named."""
    (here / "grid.json").write_text(json.dumps(settings(**changes)))

    with pytest.raises(DataError, match=rf"(?s)grid\.json: .*{message}"):
        load_experiment("grid.json")


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ({"test": "nowhere.jsonl"}, "nowhere.jsonl"),
        ({"test": "empty.jsonl"}, "empty.jsonl: expected documents, got none"),
        ({"train": "bare.jsonl"}, "bare.jsonl: expected entities, got none in 1 documents"),
        ({"labels": ["PER"]}, r"labels that are not in the label set of tweets \(PER\): LOC, ORG"),
    ],
)
def test_a_corpus_that_cannot_be_used_stops_everything(
    here: Path, corpus: dict[str, Any], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line, code 2, and nothing was written."""
    (here / "empty.jsonl").write_text("")
    (here / "bare.jsonl").write_text('{"text": "nothing"}\n')
    made = settings()
    made["corpora"]["tweets"] |= corpus
    (here / "grid.json").write_text(json.dumps(made))

    assert main(["assess", "grid.json"]) == 2

    err = capfd.readouterr().err
    assert message.replace("\\", "") in err
    assert err.count("\n") == 1
    assert not (here / "out" / "runs").exists()


def test_a_config_leaves_no_room_for_options(capfd: pytest.CaptureFixture[str]) -> None:
    """What the config says is not said twice, and a dry run needs one."""
    assert main(["assess", "grid.json", "--format", "xml"]) == 2
    assert main(["assess", "--dry-run"]) == 2
    assert "--dry-run needs CONFIG" in capfd.readouterr().err


# -- names -----------------------------------------------------------------------------------------


def paths(**changes: Any) -> list[Path]:
    return [job.path for job in jobs(experiment(**changes), print)]


def test_the_name_of_a_cell_is_what_decides_it(here: Path) -> None:
    """Another label, document, setting or seed is another run; another order of keys or place of the output is not."""
    models = {"small": {"base": "b", "training": TINY}}
    (first, _) = whole = paths(models=models)
    texts = (here / "train.jsonl").read_text()
    others = {
        "seed": paths(models=models, seeds=[1]),
        "budget": paths(models={"small": {"base": "b", "training": TINY | {"max_length": 2049}}}),
        "cut": paths(models=models, max_new_tokens=5),
        "labels": paths(models=models, corpora={"tweets": settings()["corpora"]["tweets"] | {"labels": LABELS[::-1]}}),
    }
    (here / "train.jsonl").write_text(texts.replace(" the ", " that "))
    others["documents"] = paths(models=models)
    (here / "train.jsonl").write_text(texts)

    assert (
        paths(models={"small": {"base": "b", "training": dict(reversed(TINY.items()))}}, output="elsewhere")[0].name
        == first.name
    )
    for name, found in others.items():
        assert {path.name for path in found}.isdisjoint(path.name for path in whole), name


def test_a_model_is_not_trained_again_for_another_question(here: Path) -> None:
    """How it is asked decides the run, and not the model."""
    tiny_model.save(here / "base")
    models = {"small": {"base": "base", "style": "text", "training": TINY}}
    once, again = (experiment(models=models, formats=["xml"], max_new_tokens=count) for count in (2, 3))
    (first,) = run(once).done
    weights = stamps(Path(jobs(once, print)[0].model))

    (second,) = run(again).done

    assert first.record["answers"] != second.record["answers"]
    assert stamps(Path(jobs(again, print)[0].model)) == weights


# -- a run -----------------------------------------------------------------------------------------


def test_cells_are_done_once(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A second run reads what the first has written, and only another setting is run."""
    (here / "grid.json").write_text(json.dumps(settings(symbols=["only"])))
    assert main(["assess", "grid.json"]) == 0
    first = stamps(here / "out" / "runs")
    shown = capfd.readouterr()
    assert shown.err.count("run ") == len(first) == 3

    assert main(["assess", "grid.json"]) == 0
    again = capfd.readouterr()

    assert stamps(here / "out" / "runs") == first
    assert again.out == shown.out
    assert "run " not in again.err
    (here / "grid.json").write_text(json.dumps(settings(formats=["bracket", "xml", "offset-json"], symbols=["only"])))
    assert main(["assess", "grid.json"]) == 0
    assert "run 3 of 4: tweets, floor, offset-json" in capfd.readouterr().err
    assert first.items() < stamps(here / "out" / "runs").items()


def test_a_cell_holds_its_settings_scores_and_answers(here: Path) -> None:
    """The file says what decided it and what came of it, and its figures are those of the library."""
    results = run(experiment(formats=["xml"]))

    (file,) = (here / "out" / "runs").iterdir()
    record = json.loads(file.read_text())
    gold = list(genner.read("test.jsonl"))
    said = [
        genner.decode(one["output"], document.text, format="xml", labels=LABELS)
        for one, document in zip(record["answers"], gold, strict=True)
    ]
    evaluation = genner.evaluate(gold, said, labels=LABELS, grounding="fuzzy")
    strict = record["scores"]["floor"]["strict"]
    assert strict["f1"] == evaluation.micro.f1 == results.done[0].evaluation.micro.f1
    assert strict["interval"] == list(evaluation.interval("f1"))
    assert record["settings"]["weights"]["recipe"]["format"] == "xml"
    assert record["machine"]["versions"]["genner"]


def test_the_report_shows_the_paper_beside(here: Path) -> None:
    """Every table in every form, with the paper's rows, what made yours, and a warning where the test sets differ."""
    made = settings(symbols=["explained"])
    made["corpora"]["tweets"]["paper"] = "conll2003"
    (here / "grid.json").write_text(json.dumps(made))

    assert main(["assess", "grid.json"]) == 0

    out = here / "out"
    (one, two, three) = json.loads((out / "report.json").read_text())
    printed = {(row["format"], row["model"]): row["tweets F1"] for row in one["rows"] if row["source"] == "Table 3"}
    assert printed == {
        (row["format"], row["model"]): row["scores"]["conll2003"]["f1"] / 100
        for row in paper_results()["table_3"]
        if row["format"] in ("bracket", "xml")
    }
    assert [row["SE F1"] for row in two["rows"] if row["model"] == "LLaMA3.1-8B"] == [0.937]
    assert {row["source"] for row in three["rows"]} == {"here", "Figure 2"}
    note = "tweets is not the paper's test set: 12 documents, the paper's conll2003 has 3,453"
    for name in ("report.md", "report.tex", "report.html"):
        text = (out / name).read_text()
        assert "LLaMA3.1-8B" in text
        assert "remembers the entity strings of the training documents" in text
        assert note in html.unescape(text)
    assert [path.name for path in (out / "pages").iterdir()] == ["tweets__floor.html"]
    page = (out / "report.html").read_text()
    assert "pages/tweets__floor.html" in page
    assert re.search(r"Written on [\d :-]+ UTC by <code>genner assess grid.json</code>", page)
    assert (out / "figure_2.svg").read_text().count("LLaMA3.1-8B") > 0


KILLED = """
import os, signal, sys
from genner.cli import main
from genner.experiments import jobs

save, saved = jobs.save_record, []

def save_once(path, record):
    if saved:
        os.kill(os.getpid(), signal.SIGKILL)
    saved.append(path)
    save(path, record)

jobs.save_record = save_once
main(["assess", "grid.json"])
"""


def test_a_killed_grid_goes_on_and_repeats_nothing(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Killed when its second run is done, it keeps the first, does the others, and ends as an unbroken run does."""
    (here / "grid.json").write_text(json.dumps(settings(symbols=["only"])))
    killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True)
    runs = here / "out" / "runs"
    before = stamps(runs)
    assert killed.returncode == -signal.SIGKILL
    assert len(before) == 1

    assert main(["assess", "grid.json"]) == 0

    after = stamps(runs)
    assert capfd.readouterr().err.count("genner: run ") == 2
    assert before.items() < after.items()
    assert len(after) == 3
    assert main(["assess", "grid.json", "-o", "unbroken"]) == 0
    pairs = [(runs / name, here / "unbroken" / "runs" / name) for name in after]
    assert all(json.loads(a.read_text())["answers"] == json.loads(b.read_text())["answers"] for a, b in pairs)


@pytest.mark.parametrize(
    ("model", "package", "extra"),
    [
        ({"base": "b"}, "torch", "training"),
        ({"base": "b"}, "peft", "training"),
        ({"model": "m"}, "transformers", "training"),
        ({"model": "m", "url": "http://127.0.0.1:9/v1"}, "openai", "openai"),
        ({"base": "b"}, "lm_eval", "capability"),
    ],
)
def test_what_is_not_installed_is_said_first(
    here: Path,
    model: dict[str, Any],
    package: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Before the first run, with the pip line; nothing is written."""
    monkeypatch.setitem(sys.modules, package, None)
    capability = {"capability": {}} if extra == "capability" else {}
    (here / "grid.json").write_text(json.dumps(settings(models={"floor": {"lexicon": {}}, "it": model}, **capability)))

    assert main(["assess", "grid.json"]) == 2

    assert f"pip install 'genner[{extra}]'" in capfd.readouterr().err
    assert not (here / "out").exists()


# -- models that are asked -------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Any]:
    with serving() as start:
        yield start


@pytest.fixture
def rome(here: Path) -> list[Document]:
    """A corpus the test server knows the answers to."""
    documents = [Document(f"Ann saw Rome {at} times", [(0, 3, "PER"), (8, 12, "LOC")], id=f"d{at}") for at in range(20)]
    genner.write(documents, here / "rome.jsonl", "jsonl")
    return documents


def asked(url: str, **more: Any) -> Experiment:
    corpora = {"rome": {"train": "train.jsonl", "test": "rome.jsonl", "labels": ["PER", "LOC", "ORG"]}}
    return experiment(corpora=corpora, models={"chat": {"model": "tiny", "url": url} | more}, formats=["bracket"])


def test_a_server_that_goes_away_costs_no_answer(rome: list[Document], serve: Any, here: Path) -> None:
    """What it answered before is not asked again; the run that failed says why."""
    server = serve()
    server.stop_after = 7
    broken = run(asked(server.url))
    server.stop_after = None

    whole = run(asked(server.url))

    assert "fault 404" in broken.failed[0][1]
    assert broken.done == []
    assert server.seen[""] == 20
    assert whole.done[0].evaluation.micro.f1 == 1.0
    assert whole.failed == []


def test_one_failing_cell_does_not_stop_the_others(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The others are done and in the report, the failure is named, and the code is 2."""
    models = {"lost": {"model": "/no/model"}, "floor": {"lexicon": {}}}
    (here / "grid.json").write_text(json.dumps(settings(models=models, formats=["xml"])))

    assert main(["assess", "grid.json"]) == 2

    captured = capfd.readouterr()
    assert "floor" in captured.out
    assert "1 of the runs failed; tweets, lost, xml: model '/no/model' cannot be loaded" in captured.err
    assert "cannot be loaded" in (here / "out" / "report.html").read_text()


def test_demonstrations_and_verification_are_steps(rome: list[Document], serve: Any) -> None:
    """Nearest documents are shown, each entity is asked about once, and both scores are rows."""
    server = serve()

    def reply(question: str) -> str:
        if "yes or no" in question:
            return "no" if "'Rome'" in question else "yes"
        return tagged(question)

    server.reply = reply
    made = asked(server.url, shots=2, by="entity", verify=True)

    results = run(made)

    turns = [len(body["messages"]) for body in server.bodies]
    assert (turns.count(5), turns.count(1)) == (20, 40)
    assert [(one.name, one.evaluation.micro.recall) for one in results.done] == [("chat", 1.0), ("chat, verified", 0.5)]
    before = server.seen[""]
    assert [one.name for one in run(made).done] == ["chat", "chat, verified"]
    assert server.seen[""] == before


def test_verification_goes_on_where_it_stopped(rome: list[Document], serve: Any) -> None:
    """Broken off among the second questions, no question is put twice."""
    server = serve()
    server.reply = lambda question: "yes" if "yes or no" in question else tagged(question)
    server.stop_after = 33
    assert run(asked(server.url, verify=True)).failed
    server.stop_after = None

    results = run(asked(server.url, verify=True))

    assert server.seen[""] == 20 + 40
    assert [one.evaluation.micro.f1 for one in results.done] == [1.0, 1.0]


def test_answers_and_predictions_on_disk(rome: list[Document], here: Path) -> None:
    """Raw outputs in a format are scored next to a system without one; the pages show raw outputs as they came."""
    for name in ("bracket", "xml"):
        lines = [json.dumps({"id": one.id, "output": genner.encode(one, name)}) for one in reversed(rome)]
        (here / f"said-{name}.jsonl").write_text("\n".join(lines) + "\n")
    half = [Prediction(one.entities[:1], text=one.text) for one in rome]
    (here / "tagger.jsonl").write_text("".join(one.to_json() + "\n" for one in half))
    models = {"theirs": {"answers": "said-{format}.jsonl"}, "tagger": {"predictions": "tagger.jsonl"}}
    corpora = {"rome": {"test": "rome.jsonl", "labels": ["PER", "LOC"]}}

    results = run(experiment(corpora=corpora, models=models))

    found = {(one.run.model, one.run.format): one.evaluation.micro.recall for one in results.done}
    assert found == {("theirs", "bracket"): 1.0, ("theirs", "xml"): 1.0, ("tagger", None): 0.5}
    assert [table.title[:8] for table in tables(results)] == ["Table 3:", "Figure 2"]
    shown = {(study.system, one.format): one.outputs for study in results.studies() for one in study.results}
    assert shown["theirs", "xml"] == tuple(genner.encode(one, "xml") for one in rome)
    assert shown["tagger", "predictions"] is None


def test_a_trained_folder_is_asked_for_what_it_was_trained_for(here: Path) -> None:
    """A folder with a recipe answers in its own format, and refuses the other."""
    Recipe.make("xml", LABELS, style="text").save(tiny_model.save(here / "adapter"))

    results = run(experiment(models={"own": {"model": "adapter"}}, max_new_tokens=3))

    assert [one.run.format for one in results.done] == ["xml"]
    assert [name for name, _ in results.failed] == ["tweets, own, bracket"]
    assert "trained with 'xml', asked for 'bracket'" in results.failed[0][1]


# -- tables ----------------------------------------------------------------------------------------


COUNTS = st.lists(st.lists(st.sampled_from(["", "a", "b", "ab", "c"]), min_size=3, max_size=3), min_size=1, max_size=4)


@given(COUNTS)
def test_over_seeds_counts_are_added_document_by_document(seeds: list[list[str]]) -> None:
    """The documents stay as many as they are, and the sums are those of all seeds."""
    gold = [Document("a b", [(0, 1, "a"), (2, 3, "b")])] * 3
    runs = [
        genner.evaluate(gold, [Document("a b", [(0, 1, label) for label in said]) for said in answers])
        for answers in seeds
    ]

    added = over_seeds(runs)

    assert added.documents == 3
    assert [(row.tp, row.fp, row.fn) for row in added.counts] == [
        tuple(sum(getattr(run.counts[at], name) for run in runs) for name in ("tp", "fp", "fn")) for at in range(3)
    ]


def test_a_seed_more_does_not_narrow_the_interval() -> None:
    """Ten runs over the same documents are no ten times as many documents."""
    gold = list(load_sample("flat"))
    said = [Prediction(document.entities[: at % 3], text=document.text) for at, document in enumerate(gold)]
    once = genner.evaluate(gold, said)

    assert over_seeds([once] * 10).interval("f1") == once.interval("f1")


def test_symbols_are_scored_as_names(here: Path) -> None:
    """The dictionary knows the same under any name, and the differences are nothing."""
    results = run(experiment(symbols=["explained", "only"]))

    table = table_5(results)

    assert table is not None
    (row,) = table.records()
    assert row["SE F1"] == row["SO F1"] == row["names F1"] > 0
    assert (row["SE - names"], row["SO - names 95 % low"]) == (0, None)  # too few documents for an interval
    symbols = next(one for one in results.done if one.run.symbols == "only")
    written = set(re.findall("<(\\w+)>", "".join(answer["output"] for answer in symbols.record["answers"])))
    assert written
    assert written <= {"A", "B", "C"}


def test_several_corpora_have_a_mean(here: Path) -> None:
    """One table for all corpora, as the paper prints it."""
    corpora = {"a": {"sample": "flat"}, "b": {"sample": "nested", "paper": "genia"}}
    table = table_3(run(experiment(corpora=corpora, formats=["xml"])))

    assert table is not None
    own, *papers = table.records()
    assert own["mean F1"] == (own["a F1"] + own["b F1"]) / 2
    assert len(papers) == 9
    assert all(row["a F1"] is None and row["b F1"] > 0 for row in papers)
