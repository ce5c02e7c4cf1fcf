"""What a page is made of: a study, an error report alone, or a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from genner.metrics import ErrorCase, ErrorReport
from genner.metrics.scoring import case_of
from genner.metrics.settings import Settings
from genner.report._breakdowns import (
    By,
    breakdowns_data,
    error_breakdowns_data,
    error_bucketings,
    shown_breakdowns,
)
from genner.report._confidence import confidence_data
from genner.report._documents import Answers, documents_of
from genner.report._figures import (
    comparison_data,
    confusion_data,
    equal_systems,
    error_labels_data,
    errors_data,
    example_data,
    issues_data,
    label_scores_data,
    notes_data,
    scores_data,
)
from genner.report._headline import errors_headline, study_headline
from genner.report._links import Linker, linker
from genner.study.assessment import Study
from genner.types import Document, Entity, Mention, Prediction
from genner.types.tally import IssueTally

__all__ = ["corpus_section", "errors_section", "study_section"]

NOT_CHOSEN = "not chosen"
"""The kind of an error on a page of other cases; the script knows it under this name."""


def study_section(study: Study, number: int, by: Sequence[By] | None = None) -> dict[str, Any]:
    """Describe a study: a corpus and what one or several systems made of it.

    Args:
        study: what to show.
        number: of the study on the page.
        by: what scores are broken down by; the usual when None.
    """
    link = linker(number)
    labels = study.labels or ()
    names = list(dict.fromkeys((*labels, *(name for result in study.results for name in result.strict.labels))))
    shown = shown_breakdowns(study, by)
    gold = study.results[0].strict.micro.support if study.results else study.entities
    return {
        "name": study.name,
        "system": study.system,
        "headline": study_headline(study),
        "described": [
            link(len(study.gold), "documents", unit="documents", r=0, show=""),
            "documents,",
            link(gold, "gold entities", r=0, show="gold"),
            f"gold entities, answered by {study.system}.",
        ],
        "labels": [
            {"name": name, "definition": study.labels[name].definition if study.labels and name in labels else ""}
            for name in names
        ],
        "systems": [result.format for result in study.results],
        "signatures": list(dict.fromkeys(result.strict.signature for result in study.results)),
        "notes": [*equal_systems(study), *(note for result in study.results for note in notes_data(result))],
        "scores": [scores_data(study, result, place, link) for place, result in enumerate(study.results)],
        "errors": errors_data({result.format: result.errors for result in study.results}, link),
        "error_labels": [
            error_labels_data(one.errors, one.format, place, link) for place, one in enumerate(study.results)
        ],
        "label_scores": [
            label_scores_data(result.strict, result.format, names, place, link)
            for place, result in enumerate(study.results)
        ],
        "confusions": [confusion_data(study, result, place, link) for place, result in enumerate(study.results)],
        "breakdowns": breakdowns_data(study, shown, link),
        "confidence": confidence_data(study),
        "issues": issues_data({result.format: result.issues for result in study.results}, link),
        "comparison": None if study.comparison is None else comparison_data(study, study.comparison, link),
        "examples": [example_data(result) for result in study.results if result.example is not None],
        "buckets": [
            {"by": one.bucketing.name, "described": one.described, "names": one.bucketing.buckets} for one in shown
        ],
        "docs": documents_of(
            study.gold,
            [Answers(one.strict.settings, one.predictions, one.errors, one.outputs) for one in study.results],
            [one.bucketing for one in shown],
        ),
    }


def errors_section(
    report: ErrorReport,
    by: Sequence[By] = (),
    training: Sequence[Document] | None = None,
    cases: Iterable[ErrorCase] | None = None,
) -> dict[str, Any]:
    """Describe a report alone: it keeps the documents with errors, and the number of the others.

    Args:
        report: what to show.
        by: what errors are broken down by.
        training: the training corpus, for breakdowns that need it.
        cases: those of the report to count, in their documents; all when None.
    """
    link = linker(0)
    settings = replace(report.settings, policy=None)
    chosen = {id(case) for case in (_cases(report) if cases is None else cases)}
    counted = _with(report, lambda case: case if id(case) in chosen else None)
    kept = sorted({case.position: case.document for case in _cases(counted)}.items())
    places = {position: place for place, (position, _) in enumerate(kept)}
    gold = [document for _, document in kept]

    def drawn(case: ErrorCase) -> ErrorCase | None:
        if case.position not in places:
            return None
        return case._replace(position=places[case.position], type=case.type if id(case) in chosen else NOT_CHOSEN)

    whole = _with(report, drawn)
    at_hand = _with(whole, lambda case: None if case.type == NOT_CHOSEN else case)
    seen = {label for document in gold for _, _, label in document.entities} | {case.label for case in whole.cases}
    labels = dict.fromkeys([*(report.settings.scored_labels or ()), *sorted(seen)])
    predicted = _predictions(settings, gold, whole)
    compared = [case_of(settings, document, output) for document, output in zip(gold, predicted, strict=True)]
    bucketings = error_bucketings(compared, gold, by, training)
    documents = link(len(gold), "documents with errors", unit="documents", r=0, show="")
    return {
        "name": "errors",
        "headline": errors_headline(counted),
        "described": _described(report, documents, link) if cases is None else _chosen(counted, documents, link),
        "labels": [{"name": name, "definition": ""} for name in labels],
        "systems": ["predicted"],
        "signatures": [report.signature],
        "notes": list(report.notes) if cases is None else [],
        "errors": errors_data({"predicted": counted}, link),
        "error_labels": [error_labels_data(counted, "predicted", 0, link)],
        "error_breakdowns": error_breakdowns_data(at_hand, compared, bucketings, link),
        "buckets": [{"by": one.name, "described": words, "names": one.buckets} for one, words in bucketings],
        "docs": documents_of(gold, [Answers(settings, predicted, whole)], [one for one, _ in bucketings]),
    }


def _described(report: ErrorReport, documents: dict[str, Any], link: Linker) -> list[Any]:
    return [
        f"{report.documents:,} documents,",
        documents,
        f"with errors; {report.correct:,} correct predictions,",
        link(report.fp, "wrong predictions", r=0, show="wrong"),
        "wrong,",
        link(report.fn, "gold entities missed", r=0, show="missed"),
        "gold entities missed.",
    ]


def _chosen(report: ErrorReport, documents: dict[str, Any], link: Linker) -> list[Any]:
    return [
        link(len(_cases(report)), "chosen cases", r=0, show="mistake"),
        "chosen cases in",
        documents,
        "documents. Other errors of these documents have a dotted edge and are not counted.",
    ]


def _cases(report: ErrorReport) -> list[ErrorCase]:
    return [*report.cases, *report.touched_cases]


def _with(report: ErrorReport, change: Callable[[ErrorCase], ErrorCase | None]) -> ErrorReport:
    """Return a report with other cases; `change` returns None for those to leave out."""
    cases = [new for new in map(change, _cases(report)) if new is not None]
    return ErrorReport(report.settings, cases, Counter(case.type for case in cases), report.strict, report.documents)


def corpus_section(name: str, documents: Sequence[Document], predicted: Sequence[Prediction] | None) -> dict[str, Any]:
    """Describe a corpus, or predictions, which nothing is compared with."""
    link = linker(0)
    counts: Counter[str] = Counter()
    for place, document in enumerate(documents):
        counts.update(entity.label for entity in document.entities)
        counts.update(mention.label for mention in (() if predicted is None else predicted[place].unplaced))
    show = "gold" if predicted is None else "predicted"
    return {
        "name": name,
        "described": [
            link(len(documents), "documents", unit="documents", show=""),
            "documents,",
            link(counts.total(), "entities", show=show),
            "entities.",
        ],
        "labels": [{"name": label, "definition": ""} for label in counts],
        "systems": [] if predicted is None else ["predicted"],
        "entities": [
            {"label": label, "figure": link(count, f"entities, {label}", show=show, label=label)}
            for label, count in counts.most_common()
        ],
        "issues": [] if predicted is None else issues_data({"predicted": IssueTally.of(predicted)}, link),
        "buckets": [],
        "docs": documents_of(
            documents, [] if predicted is None else [Answers(Settings(), predicted)], scored=predicted is None
        ),
    }


def _predictions(settings: Settings, gold: Sequence[Document], errors: ErrorReport) -> list[Prediction]:
    """Build each prediction again: the gold entities that were not missed, and the wrong ones."""
    missed: list[Counter[Entity]] = [Counter() for _ in gold]
    placed: list[list[Entity]] = [[] for _ in gold]
    unplaced: list[list[Mention]] = [[] for _ in gold]
    for case in (*errors.cases, *errors.touched_cases):
        item = case.item
        if isinstance(item, Mention):
            unplaced[case.position].append(item)
        elif case.facts.side == "gold":
            missed[case.position][item] += 1
        else:
            placed[case.position].append(item)
    found = [Counter(case_of(settings, document, Prediction(())).gold) - missed[at] for at, document in enumerate(gold)]
    return [
        Prediction([*found[at].elements(), *placed[at]], unplaced[at], text=document.text)
        for at, document in enumerate(gold)
    ]
