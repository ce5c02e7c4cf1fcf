"""Which prompt works: wordings, zero- and four-shot, six formats, three corpora, with the real model.

    python benchmarks/prompt_grid.py run --data DIR --out answers.jsonl [--sentences 24] [--only TEXT]
    python benchmarks/prompt_grid.py run --data DIR --out guided.jsonl --guided
    python benchmarks/prompt_grid.py table --data DIR answers.jsonl ...

`run` asks whatever has no answer in the file yet and appends the raw answers; `table` decodes and scores
them: the share of clean answers, the share with a mention copied from an example, and strict F1.

The variant `genner` is what `genner.prompt` writes, with the nearest demonstrations.  The others are other
demonstrations (see `PICKS`), the illustration of the form (`none`, `flat`, `nested`, `names`, `nonsense`), where it
goes (in the instruction, or as `turns` of the chat), and where the instruction goes (`system`, or `inline`
demonstrations).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from real_model import open_model

import genner
from genner.constrained import POLICIES
from genner.evaluation import IssueTally
from genner.formats import get_codec
from genner.models.generator import Request
from genner.models.retrieval import Nearest
from genner.prompts import Prompt, prompt
from genner.study.samples import sample_labels
from genner.types import Document, LabelSet

FORMATS = (*genner.FORMATS, "lines")

CORPORA = {
    "web": ("en_uner_ewt_dev_sample.jsonl", "flat"),
    "tweets": ("train/en_btc_g.jsonl", "flat"),
    "biomedical": ("genia/en_genia_dev.jsonl", "genia"),
}
"""File below the folder of data, and label set; answers about the first two are asked to be flat, and guided so."""

NESTED = ("biomedical",)

# In our own words; labels are put on by position, so that no label of another task is ever shown.
ILLUSTRATIONS: dict[str, list[tuple[str, list[tuple[int, int, int]]]]] = {
    "none": [],
    "flat": [("boil it for two minutes", []), ("the green kettle is on the old stove", [(4, 16, 0), (27, 36, 1)])],
    "nested": [
        ("boil it for two minutes", []),
        ("a lid for the copper kettle and a kettle", [(14, 27, 0), (21, 27, 1), (34, 40, 1)]),
    ],
    "names": [
        ("it rained for two days .", []),
        ("Captain Ahab left Nantucket on the Pequod .", [(0, 12, 0), (18, 27, 1), (35, 41, 2)]),
        ("then Ahab met Starbuck .", [(5, 9, 0), (14, 22, 0)]),
    ],
    "nonsense": [("lum dori kal dori", [(0, 8, 0), (4, 8, 1), (9, 12, 0), (9, 12, 1), (13, 17, 1)]), ("kal lum", [])],
}

PICKS = ("nearest with two", "richest last", "fixed")
"""Other choices of demonstrations: the nearest with two entities or more; the nearest, that with most entities right
before the question; and four short ones with two entities or more and as many labels as possible, always the same."""

VARIANTS = (
    "genner",
    *PICKS,
    "none",
    "flat",
    "nested",
    "nonsense",
    "flat turns",
    "nested turns",
    "names turns",
    "none system",
    "flat system",
    "none inline",
)
SHOTS = (0, 4)


class Setting(NamedTuple):
    """One row of the table."""

    variant: str
    shots: int
    corpus: str
    format: str
    guided: bool

    @property
    def name(self) -> str:
        return ", ".join([self.variant, f"{self.shots} shots", self.corpus, self.format, "guided" * self.guided])


def settings(guided: bool) -> Iterator[Setting]:
    """Yield what is asked: guided answers for genner's own prompt and other demonstrations alone."""
    for variant in ("genner", *PICKS) if guided else VARIANTS:
        for shots in SHOTS:
            if not shots and (variant.endswith("inline") or variant in PICKS):
                continue
            for corpus in CORPORA:
                for format in FORMATS:
                    yield Setting(variant, shots, corpus, format, guided)


def load(data: Path, corpus: str, sentences: int) -> tuple[list[Document], list[Document], LabelSet]:
    """Return the documents to ask about, three of four with entities, a pool to show, and the labels."""
    name, labels = CORPORA[corpus]
    documents = [Document.from_json(line) for line in (data / name).read_text("utf-8").split("\n") if line]
    documents = [d.replace(meta=None) for d in documents if 20 <= len(d.text) <= 250 and "@ " not in d.text]
    pool, held = documents[::2], documents[1::2]
    full, empty = ([d for d in held if bool(d.entities) is kind] for kind in (True, False))
    step = max(1, len(full) // sentences)
    many = sentences - sentences // 4
    asked = [*full[::step][:many], *empty[: sentences - many]]
    known = sample_labels("flat") if labels == "flat" else genner.get_label_set(labels)
    assert known is not None
    return asked, [d for d in pool if d.entities], known


def picker(variant: str, pool: Sequence[Document]) -> Callable[[Document], list[Document]]:
    """Return what chooses the demonstrations of a variant."""
    most = max(SHOTS)
    rich = [document for document in pool if len(document.entities) >= 2]
    if variant == "fixed":
        short = [document for document in rich if len(document.text) < 150]
        known = sorted(short, key=lambda document: -len({entity.label for entity in document.entities}))[:most]
        return lambda document: known
    nearest = Nearest(rich if variant == "nearest with two" else pool, most)
    if variant == "richest last":
        return lambda document: sorted(nearest(document), key=lambda shown: len(shown.entities))
    return nearest


def build(setting: Setting, text: str, shown: Sequence[Document], labels: LabelSet) -> tuple[Prompt, list[Any]]:
    """Return the prompt of a variant and its chat messages."""
    made = prompt(text, setting.format, labels, demonstrations=shown, nested=setting.corpus in NESTED)
    if setting.variant in ("genner", *PICKS):
        return made, made.messages()
    kind, _, layout = setting.variant.partition(" ")
    codec = get_codec(setting.format)
    names = labels.names
    examples = []
    for words, marked in ILLUSTRATIONS[kind]:
        entities = [(start, end, names[label % len(names)]) for start, end, label in marked]
        examples.append((words, codec.encode(Document(words, entities), labels=labels)))
    demonstrations = made.demonstrations if shown else ()
    task = made.task
    if layout == "turns":
        demonstrations = (*examples, *demonstrations)
    elif examples:
        lines = [f"Input: {given}\nOutput: {answer}" for given, answer in examples]
        task = "\n".join([task, "The form of an answer, on words of another kind:", *lines, ""])
    made = replace(made, task=task, demonstrations=demonstrations)
    messages = made.messages(system=layout == "system", demonstrations="inline" if layout == "inline" else "turns")
    return replace(made, demonstrations=(*examples, *demonstrations)), messages


def questions(data: Path, asked: Sequence[Setting], sentences: int) -> Iterator[tuple[Setting, int, Prompt, Any]]:
    """Yield every question of the settings."""
    for corpus in CORPORA:
        documents, pool, labels = load(data, corpus, sentences)
        for setting in asked:
            if setting.corpus == corpus:
                pick = picker(setting.variant, pool)
                for at, document in enumerate(documents):
                    shown = pick(Document(document.text)) if setting.shots else ()
                    yield setting, at, *build(setting, document.text, shown, labels)


def run(arguments: argparse.Namespace) -> None:
    """Ask, and append the answers."""
    import torch

    from genner.models.recipe import Recipe
    from genner.models.transformers import TransformersGenerator, token_guides

    wanted = [one for one in settings(arguments.guided) if arguments.only in one.name]
    wanted = wanted[arguments.part :: arguments.parts]
    out = Path(arguments.out)
    done = {(row["setting"], row["at"]) for row in _rows([out])} if out.exists() else set()
    model, tokenizer = open_model(arguments.model)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device, torch.bfloat16 if device == "cuda" else torch.float32)
    generator = TransformersGenerator(model, tokenizer, batch_size=arguments.batch, max_new_tokens=arguments.tokens)
    todo = [
        one for one in questions(Path(arguments.data), wanted, arguments.sentences) if (one[0].name, one[1]) not in done
    ]
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for one in todo:  # a guide is made for one format and one label set
        groups[(one[0].format, one[0].corpus) if arguments.guided else ("", "")].append(one)
    with out.open("a", encoding="utf-8") as stream:
        for members in groups.values():
            if arguments.guided:
                recipe = Recipe.make(members[0][0].format, members[0][2].labels, nested=members[0][0].corpus in NESTED)
                generator.guide = token_guides(recipe, tokenizer, generator.template.end)
                generator.policy = arguments.policy
            requests = [Request(at, one[3], one[2].input) for at, one in enumerate(members)]
            for answer in generator.generate(requests):
                setting, at, _, _ = members[answer.key]
                row = {"setting": setting.name, "at": at, "output": answer.output, "finished": answer.finished}
                stream.write(json.dumps(row) + "\n")
                stream.flush()


def table(arguments: argparse.Namespace) -> None:
    """Decode and score the answers."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for row in _rows([Path(name) for name in arguments.answers]):
        found[row["setting"]][row["at"]] = row["output"]
    rows: dict[Setting, tuple[float, float, float]] = {}
    for corpus in CORPORA:
        documents, pool, labels = load(Path(arguments.data), corpus, arguments.sentences)
        for setting in (*settings(False), *settings(True)):
            outputs = found.get(setting.name, {})
            if setting.corpus != corpus or len(outputs) < len(documents):
                continue
            predictions = []
            pick = picker(setting.variant, pool)
            for at, document in enumerate(documents):
                shown = pick(Document(document.text)) if setting.shots else ()
                made, _ = build(setting, document.text, shown, labels)
                predictions.append(made.decode(outputs[at]))
            tally = IssueTally.of(predictions)
            copied = tally.kinds.get("from_prompt", 0) / len(documents)
            f1 = genner.evaluate(documents, predictions, labels=labels).micro.f1
            rows[setting] = (tally.clean / len(documents), copied, f1)
    for guided in (False, True):
        for shots in SHOTS:
            kind = "guided" if guided else "free"
            print(f"\n{shots} shots, {kind}: clean % / copied % / F1, {arguments.sentences} sentences each")
            print(
                "| variant | corpus | " + " | ".join(FORMATS) + " | mean F1 |\n|---|---|" + "---|" * (len(FORMATS) + 1)
            )
            for variant in VARIANTS:
                for corpus in CORPORA:
                    line = [rows.get(Setting(variant, shots, corpus, format, guided)) for format in FORMATS]
                    scores = [one for one in line if one is not None]
                    if scores:
                        shown_cells = [
                            "" if one is None else f"{one[0] * 100:.0f} / {one[1] * 100:.0f} / {one[2] * 100:.1f}"
                            for one in line
                        ]
                        mean = sum(one[2] for one in scores) / len(scores) * 100
                        print(f"| {variant} | {corpus} | {' | '.join(shown_cells)} | {mean:.1f} |")


def _rows(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for line in path.read_text("utf-8").split("\n"):
            if line.endswith("}"):
                yield json.loads(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    asking = commands.add_parser("run")
    asking.add_argument("--data", required=True)
    asking.add_argument("--out", required=True)
    asking.add_argument("--model", help="converted folder; else what real_model.py finds")
    asking.add_argument("--sentences", type=int, default=24)
    asking.add_argument("--guided", action="store_true")
    asking.add_argument("--policy", default="copy_first", choices=POLICIES, help="of the guide; into a file of its own")
    asking.add_argument("--only", default="", help="settings whose name holds this")
    asking.add_argument("--batch", type=int, default=16)
    asking.add_argument("--tokens", type=int, default=200, help="where an answer is cut off")
    asking.add_argument("--part", type=int, default=0)
    asking.add_argument("--parts", type=int, default=1)
    asking.set_defaults(do=run)
    scoring = commands.add_parser("table")
    scoring.add_argument("--data", required=True)
    scoring.add_argument("--sentences", type=int, default=24)
    scoring.add_argument("answers", nargs="+")
    scoring.set_defaults(do=table)
    arguments = parser.parse_args()
    arguments.do(arguments)


if __name__ == "__main__":
    main()
