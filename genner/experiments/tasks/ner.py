"""What lm-eval's tasks of genner are made of: questions from a corpus, and counts from an answer.

lm-eval loads this file by its path.  What `--metadata` holds arrives as keywords:

* `corpus`: file with the documents to ask about, in any data format; else the sample corpus `sample`.
* `labels`: name of a label set, or names; needed with `corpus`.
* `shown`, `shots`: file to take the nearest documents from as demonstrations, and how many.
* `style`: wording of the prompt, `"genner"` or `"paper"`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from genner.evaluation import evaluate
from genner.exceptions import DataError
from genner.io import read
from genner.models.recipe import Recipe
from genner.models.retrieval import Nearest
from genner.study.samples import load_sample, sample_labels
from genner.types import Document

__all__ = ["f1", "load", "precision", "recall", "results"]

Counts = tuple[float, float, float]
"""True positives, false positives and false negatives of one document."""


def load(
    format: str,
    *,
    corpus: str | None = None,
    labels: Any = None,
    sample: str = "flat",
    shown: str | None = None,
    shots: int = 3,
    style: str = "genner",
    **others: Any,
) -> dict[str, Any]:
    """Return the questions as lm-eval wants them; `others` are settings of the model, and not for this task.

    Raises:
        DataError: when there is no document, or no label set.
    """
    from datasets import Dataset

    if corpus is None:
        documents, labels = list(load_sample(sample)), sample_labels(sample) if labels is None else labels
    else:
        documents = list(read(corpus))
    if not documents:
        raise DataError("expected documents to ask about, got none", path=corpus)
    if isinstance(labels, str) and "," in labels:
        labels = labels.split(",")
    recipe = Recipe.make(format, labels, style=style)
    nearest = None if shown is None else Nearest(list(read(shown)), shots)
    asked = [_question(document, recipe, () if nearest is None else nearest(document)) for document in documents]
    return {"test": Dataset.from_list(asked)}


bracket, xml, grouped_json, occurrence_json, offset_json = (
    partial(load, format) for format in ("bracket", "xml", "grouped-json", "occurrence-json", "offset-json")
)


def _question(document: Document, recipe: Recipe, demonstrations: Sequence[Document]) -> dict[str, str]:
    turns = recipe.messages(document.text, demonstrations)
    return {
        "question": "\n".join(turn["content"] for turn in turns) + "\n",
        "answer": recipe.codec.encode(document, labels=recipe.asked_labels, dropped=[]),
        "document": document.to_json(),
        "recipe": json.dumps(recipe.to_dict()),
    }


def results(doc: Mapping[str, str], outputs: Sequence[str]) -> dict[str, Counts]:
    """Decode one answer and count; every metric is made of the same counts."""
    document, recipe = Document.from_json(doc["document"]), Recipe(**json.loads(doc["recipe"]))
    prediction = recipe.read(outputs[0], document.text)
    micro = evaluate([document], [prediction], labels=recipe.labels).micro
    counts = (micro.tp, micro.fp, micro.fn)
    return {"ner_f1": counts, "ner_precision": counts, "ner_recall": counts}


def f1(counts: Iterable[Counts]) -> float:
    """Micro F1 over all documents; nothing found and nothing to find is 0."""
    tp, fp, fn = map(sum, zip(*counts, strict=True))
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def precision(counts: Iterable[Counts]) -> float:
    """Share of the predictions that are right."""
    tp, fp, _ = map(sum, zip(*counts, strict=True))
    return tp / (tp + fp) if tp else 0.0


def recall(counts: Iterable[Counts]) -> float:
    """Share of the gold entities that are found."""
    tp, _, fn = map(sum, zip(*counts, strict=True))
    return tp / (tp + fn) if tp else 0.0
