"""One system, several output formats: prompt, answer, decode, score, explain, side by side.

>>> from genner.study.samples import load_sample, sample_labels
>>> from genner.lexicon import Lexicon
>>> lexicon = Lexicon.fit(load_sample("flat", "train"))
>>> study = assess(load_sample("flat"), lexicon.predict, labels=sample_labels("flat"), formats=["xml", "bracket"])
>>> study["xml"].strict.micro.f1 == study["bracket"].strict.micro.f1
True

"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from typing_extensions import Unpack

from genner.evaluation import Comparison, ErrorReport, Evaluation, IssueTally, analyze_errors, evaluate
from genner.exceptions import DataError, UnknownNameError
from genner.formats import FORMATS, Format, Labels, get_codec
from genner.labelsets import get_label_set
from genner.metrics import Policy
from genner.metrics.settings import Scoring, Settings, refuse, resolved
from genner.prompts import Prompt, prompt
from genner.show.tables import Column, Table
from genner.types import Document, Entity, LabelSet, Prediction

__all__ = ["Exchange", "FormatResult", "Study", "System", "assess", "labels_in", "labels_of", "score"]

System: TypeAlias = Callable[[str], Iterable[Entity]]
"""Anything that names the entities of a text, such as `Lexicon.predict`."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One document with the prompt it was sent in and the answer."""

    document: Document
    prompt: Prompt
    answer: str


@dataclass(frozen=True, slots=True)
class FormatResult:
    """The predictions and scores of one format.

    Args:
        format: its name, or another name for the source of the predictions.
        predictions: one for each document.
        strict: the score by span and label.
        text: the score by surface and label, which is fair to formats without positions.
        errors: the wrong predictions and missed entities.
        dropped: entities of the system that the format cannot express.
        example: the first exchange that holds an entity, when the answers were made here.
        outputs: the raw answers, one for each document, where they are known.
    """

    format: str
    predictions: tuple[Prediction, ...]
    strict: Evaluation
    text: Evaluation
    errors: ErrorReport
    dropped: tuple[Entity, ...] = ()
    example: Exchange | None = None
    outputs: tuple[str, ...] | None = None

    @property
    def issues(self) -> IssueTally:
        """What decoding had to repair or guess."""
        return self.strict.tally

    @property
    def ambiguous(self) -> int:
        """Outputs with an entity whose place had to be guessed."""
        return self.issues.kinds.get("ambiguous", 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the scores, errors and issues as plain data."""
        errors = self.errors.to_dict()
        del errors["cases"]
        return {
            "format": self.format,
            "strict": _without_rows(self.strict),
            "text": _without_rows(self.text),
            "errors": errors,
            "issues": self.issues.to_dict(),
            "dropped": len(self.dropped),
        }


def _without_rows(evaluation: Evaluation) -> dict[str, Any]:
    return {key: value for key, value in evaluation.to_dict().items() if key not in ("rows", "order", "issues")}


@dataclass(frozen=True, slots=True)
class Study:
    """The results of one system on one corpus, format by format.

    Args:
        name: of the corpus.
        system: name of the system.
        gold: the documents as annotated.
        labels: the label set; None when there is none.
        results: one for each format, or for each system.
        training: documents the system learned from, where they are known.
        comparison: of two results, where one was asked for.
    """

    name: str
    system: str
    gold: tuple[Document, ...]
    labels: LabelSet | None
    results: tuple[FormatResult, ...]
    training: tuple[Document, ...] | None = None
    comparison: Comparison | None = None

    def __getitem__(self, format: str) -> FormatResult:
        for result in self.results:
            if result.format == format:
                return result
        raise UnknownNameError.of("format in this study", format, [result.format for result in self.results])

    @property
    def entities(self) -> int:
        """Number of gold entities."""
        return sum(len(document.entities) for document in self.gold)

    def to_table(self) -> Table:
        """Lay out scores, issues and errors, a row for each format."""
        columns = [
            Column("format"),
            Column("precision", "percent"),
            Column("recall", "percent"),
            Column("strict F1", "percent"),
            Column("text F1", "percent"),
            Column("not clean", "count"),
            Column("ambiguous", "count"),
            *(Column(str(kind), "count") for kind in self.error_types),
        ]
        rows = [
            (
                result.format,
                result.strict.micro.precision,
                result.strict.micro.recall,
                result.strict.micro.f1,
                result.text.micro.f1,
                result.issues.outputs - result.issues.clean,
                result.ambiguous,
                *(result.errors.counts.get(kind, 0) for kind in self.error_types),
            )
            for result in self.results
        ]
        title = f"{self.name}: {len(self.gold):,} documents, {self.entities:,} entities, answered by {self.system}"
        notes = [f"{len(r.dropped)} entities cannot be expressed in {r.format}" for r in self.results if r.dropped]
        return Table(columns, rows, title=title, notes=(*notes, self.results[0].strict.signature))

    @property
    def error_types(self) -> tuple[str, ...]:
        """The kinds of error that occurred in any format, in the order of the taxonomy."""
        kinds = dict.fromkeys(kind for result in self.results for kind in result.errors.kinds)
        return tuple(kind for kind in kinds if any(result.errors.counts.get(kind) for result in self.results))

    def __str__(self) -> str:
        return str(self.to_table())

    def to_dict(self) -> dict[str, Any]:
        """Return the results of every system as plain data."""
        return {
            "corpus": self.name,
            "system": self.system,
            "documents": len(self.gold),
            "entities": self.entities,
            "labels": [] if self.labels is None else self.labels.to_dict()["labels"],
            "results": [result.to_dict() for result in self.results],
        }


def assess(
    gold: Iterable[Document],
    system: System,
    *,
    labels: Labels = None,
    formats: Sequence[Format] = FORMATS,
    name: str = "corpus",
    system_name: str = "lexicon",
    style: str = "genner",
    grounding: str = "fuzzy",
    training: Iterable[Document] | None = None,
) -> Study:
    """Let a system answer in each format, decode what it wrote, score it and explain it.

    Args:
        gold: the documents as annotated.
        system: finds the entities of a text; each format then has to express them.
        labels: the label set; the labels of the gold entities when None.
        formats: names of `FORMATS`, or codecs.
        name: of the corpus, for tables.
        system_name: for tables.
        style: the wording of the prompts.
        grounding: how far decoding may go to place a mention.
        training: documents the system learned from, to separate seen entities from new ones.

    Raises:
        DataError: when there is no document, or no label.
    """
    documents = tuple(gold)
    label_set = get_label_set(labels) or labels_of(documents)
    found = [Document(document.text, system(document.text)) for document in documents]
    results = []
    for format in formats:
        codec = get_codec(format, grounding=grounding)
        dropped: list[Entity] = []
        answers = [codec.encode(document, labels=label_set, dropped=dropped) for document in found]
        predictions = [
            codec.decode(answer, document.text, labels=label_set)
            for answer, document in zip(answers, documents, strict=True)
        ]
        shown = next((place for place, document in enumerate(found) if document.entities), 0)
        asked = prompt(documents[shown].text, format, label_set, style=style)
        example = Exchange(documents[shown], asked, answers[shown])
        result = score(codec.name, documents, predictions, labels=label_set, outputs=answers, grounding=grounding)
        results.append(replace(result, dropped=tuple(dropped), example=example))
    learned = None if training is None else tuple(training)
    return Study(name, system_name, documents, label_set, tuple(results), learned)


def score(
    format: str,
    gold: Sequence[Document],
    predictions: Sequence[Prediction],
    *,
    policy: str | Policy = "paper",
    outputs: Sequence[str] | None = None,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> FormatResult:
    """Score and explain predictions from any source.

    Args:
        format: its name, or another name for the predictions.
        gold: the documents as annotated.
        predictions: one for each document.
        policy: as in `analyze_errors`.
        outputs: the raw answers that the predictions were read from, to show them.
        settings: how to compare, where no keyword says otherwise.
        options: keywords that `evaluate` and `analyze_errors` share.

    Raises:
        DataError: when there is no document.
    """
    if not gold:
        raise DataError("expected at least one document, got none")
    refuse(options, ["matching", "macro"], "predictions that are scored strictly, by their text and by kinds of error")
    ours, _ = resolved(options, settings)
    return FormatResult(
        format,
        tuple(predictions),
        evaluate(gold, predictions, settings=ours),
        evaluate(gold, predictions, settings=ours, matching="text"),
        analyze_errors(gold, predictions, settings=ours, policy=policy),
        outputs=None if outputs is None else tuple(outputs),
    )


def labels_of(documents: Iterable[Document | Prediction]) -> LabelSet:
    """Return the labels that occur in the documents, the most frequent first.

    Raises:
        DataError: when there is none.
    """
    found = labels_in(documents)
    if found is None:
        raise DataError("no document has an entity: name the label set")
    return found


def labels_in(documents: Iterable[Document | Prediction]) -> LabelSet | None:
    """Return the labels that occur in the documents, the most frequent first; None when there is none."""
    counts = Counter(entity.label for document in documents for entity in document.entities)
    ordered = sorted(counts, key=lambda label: (-counts[label], label))
    return LabelSet(ordered) if ordered else None
