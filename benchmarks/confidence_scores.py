"""What `confidence.py` judges: the entities of recorded answers with their scores, and of spaCy's spancat.

    python benchmarks/confidence_scores.py --data DIR --answers FOLDER --scores FOLDER [--corpora flat ...]

decodes what `fine_tune.py run` wrote, `CORPUS-FORMAT-lora.json`, and keeps the entities of each answer with their
probabilities, and no text, in `CORPUS-lora.json`.  `spacy_systems.py` writes `CORPUS-spancat.json` beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fine_tune import load

import genner
from genner import Document, Entity, Prediction
from genner.confidence import Scored, merge_predictions, with_probabilities, with_scores
from genner.models import Recipe

CORPORA = ("flat", "web", "genia", "nested")


class System(NamedTuple):
    """Predictions of all documents of a corpus, with one score for each entity.

    Args:
        name: what answered.
        score: what scores it; `""` where nothing does, and all scores are 1.
        calls: of a model for each document.
        scored: its entities.
    """

    name: str
    score: str
    calls: int
    scored: Scored

    def __str__(self) -> str:
        return f"{self.name}, {self.score}"


def held_out(data: Path, name: str) -> list[Document]:
    """Return the documents that spancat predicts: of `genia` and `flat` all, and not every fourth."""
    path = {"genia": "genia/en_genia_test.jsonl", "flat": "train/en_btc_g.jsonl"}.get(name)
    if path is None:
        return load(data, name).test
    lines = (data / path).read_text("utf-8").split("\n")
    read = [Document.from_json(line).replace(meta=None) for line in lines if line]
    return read if name == "genia" else [document for document in read if "@" not in document.text]


def read(data: Path, answers: Path, name: str, out: Path) -> None:
    """Write the entities of all answers about a corpus, as `spacy_systems.py` does those of spaCy."""
    corpus = load(data, name)
    texts = {document.id: document.text for document in corpus.test}
    ids: list[str] = []
    entities: dict[str, list[Any]] = {}
    for format in genner.FORMATS:
        record = json.loads((answers / f"{name}-{format}-lora.json").read_text(encoding="utf-8"))
        ids, recipe = record["ids"], Recipe.make(format, corpus.labels, style="paper")
        tokens = record.get("tokens") or [None] * len(ids)
        entities[format] = [
            spans(recipe, output, texts[id], listed)
            for id, output, listed in zip(ids, record["free"]["outputs"], tokens, strict=True)
        ]
        for number, outputs in enumerate(record.get("samples", ()), 1):
            entities[f"{format}, sample {number}"] = [
                spans(recipe, output, texts[id], None) for id, output in zip(ids, outputs, strict=True)
            ]
    path = out / f"{name}-lora.json"
    path.write_text(json.dumps({"corpus": name, "ids": ids, "entities": entities}) + "\n", encoding="utf-8")
    print(path)


def spans(recipe: Recipe, output: str, text: str, tokens: Any) -> list[Any]:
    """Return the entities of an answer as `[start, end, label, probability]`; without tokens it is not known."""
    found = recipe.read(output, text)
    if tokens is None:
        return [[*entity, None] for entity in found]
    found = with_probabilities(found, output, tokens, format=recipe.codec, labels=recipe.asked_labels)
    return [[*entity, round(found.details[entity]["probability"], 6)] for entity in found]


def predictions_of(documents: Sequence[Document], listed: Sequence[Any]) -> list[Prediction]:
    """Return one prediction for each document, with the probabilities that are known."""
    found = []
    for document, rows in zip(documents, listed, strict=True):
        scores = {Entity(*row[:3]): row[3] for row in rows if row[3] is not None}
        found.append(with_scores(Prediction([row[:3] for row in rows], text=document.text), scores, "probability"))
    return found


def systems_of(data: Path, scores: Path, name: str) -> list[System]:
    """Return the systems that the answers about a corpus make, in several formats or to several questions."""
    record = json.loads((scores / f"{name}-lora.json").read_text(encoding="utf-8"))
    known = {document.id: document for document in load(data, name).test}
    gold = [known[id] for id in record["ids"]]
    answers = {answer: predictions_of(gold, listed) for answer, listed in record["entities"].items()}
    has_tokens = any(row[3] is not None for rows in record["entities"]["bracket"] for row in rows)

    def merged(name: str, *several: Sequence[Prediction], by: Sequence[str]) -> list[System]:
        union = [merge_predictions(each, "union") for each in zip(*several, strict=True)]
        return [System(name, score, len(several), Scored.of(gold, union, score)) for score in by]

    found = []
    for format in genner.FORMATS:
        if has_tokens:
            found.append(System(format, "probability", 1, Scored.of(gold, answers[format], "probability")))
        else:  # the agreement of one answer is 1
            (one,) = merged(format, answers[format], by=["agreement"])
            found.append(one._replace(score=""))
    samples = [listed for answer, listed in answers.items() if "sample" in answer]
    for count in range(1, len(samples) + 1):
        title = f"bracket and {count} sample{'s' * (count > 1)}"
        found += merged(title, answers["bracket"], *samples[:count], by=["agreement"])
    if has_tokens:
        three = [answers[format] for format in ("bracket", "xml", "grouped-json")]
        found += merged("three formats", *three, by=["probability"])
    by = ["agreement", "probability"] if has_tokens else ["agreement"]
    found += merged("five formats", *(answers[format] for format in genner.FORMATS), by=by)
    return [*found, spancat(data, scores, name)]


def spancat(data: Path, scores: Path, name: str) -> System:
    """Return the spans of spancat with their scores, on more documents than the model was asked about."""
    record = json.loads((scores / f"{name}-spancat.json").read_text(encoding="utf-8"))
    known = {document.id: document for document in held_out(data, name)}
    gold = [known[id] for id in record["ids"]]
    found = predictions_of(gold, record["entities"])
    return System("spancat", "score", 1, Scored.of(gold, found, "probability"))


def scored_ones(systems: Sequence[System]) -> list[System]:
    """Return the systems whose entities have a score."""
    return [one for one in systems if one.score]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for folder in ("data", "answers", "scores"):
        parser.add_argument(f"--{folder}", required=True, type=Path)
    parser.add_argument("--corpora", nargs="+", choices=CORPORA, default=CORPORA)
    asked = parser.parse_args()
    for corpus in asked.corpora:
        read(asked.data, asked.answers, corpus, asked.scores)
