"""The main path: documents and outputs -> decode -> score and errors.

>>> from genner.types import Document
>>> gold = [Document("Ada met Grace.", [(0, 3, "PER"), (8, 13, "PER")])]
>>> answer = [Document("Ada met Grace.", [(0, 3, "PER"), (8, 13, "ORG")])]
>>> evaluate(gold, answer).micro.f1
0.5
>>> analyze_errors(gold, answer).counts["wrong_type"]
1

"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from genner.exceptions import DataError, UnknownNameError
from genner.labelsets import get_label_set
from genner.metrics.authors import authors_row
from genner.metrics.breakdown import get_bucketing
from genner.metrics.comparison import TESTS, Comparison, Difference, Disagreement, Ranking
from genner.metrics.confusion import Confusion
from genner.metrics.errors import ErrorReport, report
from genner.metrics.issues import IssueTally
from genner.metrics.matching import Item
from genner.metrics.results import Evaluation
from genner.metrics.scoring import Output, Scorer, count, documents, paired
from genner.metrics.settings import Labels, reread, settings_of
from genner.metrics.streaming import Evaluator
from genner.metrics.targets import Target
from genner.metrics.taxonomy import Policy, get_policy
from genner.types import Document, Entity, Prediction, canonical

__all__ = [
    "Assessment",
    "Comparison",
    "Confusion",
    "ErrorReport",
    "Evaluation",
    "Evaluator",
    "IssueTally",
    "Ranking",
    "analyze_errors",
    "breakdown",
    "compare",
    "compare_systems",
    "confusion",
    "evaluate",
    "evaluate_matchings",
    "evaluate_outputs",
]


def evaluate(
    gold: Iterable[Document],
    predicted: Iterable[Output],
    *,
    labels: Labels = None,
    matching: str = "strict",
    duplicates: str = "count",
    unplaced: str = "count",
    zero_division: float | None = 0.0,
    macro: str = "seen",
    label_map: Mapping[str, str | None] | None = None,
    only: Iterable[str] | None = None,
    depth: int | None = None,
    separator: str = ".",
    grounding: str = "n/a",
) -> Evaluation:
    """Score predictions against gold documents.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them, in the same order.  No document at
            all is a corpus too: every count is 0 and every ratio is 0/0.
        labels: the label set.  Other labels are counted in rows of their own, never dropped.
        matching: a name of `genner.metrics.MATCHINGS`.
        duplicates: "count" (a repeated prediction is a false positive) or "ignore".
        unplaced: "count" (what is not in the text is a false positive) or "ignore".
        zero_division: the value of 0/0: 0.0, 1.0 or None.
        macro: which labels macro and weighted averages are over: "seen" on either side, with "gold"
            entities, or all "labels" of the set.
        label_map: renames labels on both sides first; None as the new name drops the entity.
        only: scores these labels alone (after renaming).
        depth: keeps this many steps of labels such as `ORG.company`.
        separator: what parts those steps.
        grounding: how the decoder placed mentions; recorded in the signature.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ, or an item of the wrong type.
        UnknownNameError: when a setting has no such value.
    """
    settings = settings_of(
        labels,
        matching=matching,
        duplicates=duplicates,
        unplaced=unplaced,
        zero_division=zero_division,
        macro=macro,
        label_map=label_map,
        only=only,
        depth=depth,
        separator=separator,
        grounding=grounding,
    )
    scorer = Scorer(settings)
    left, right = paired(gold, predicted, texts=matching != "authors")
    return Evaluation(settings, list(map(scorer.row, left, right)), IssueTally.of(right))


def evaluate_matchings(
    gold: Iterable[Document],
    predicted: Iterable[Output],
    matchings: Iterable[str] = ("strict", "boundaries", "partial", "type"),
    *,
    labels: Labels = None,
    **settings: Any,
) -> dict[str, Evaluation]:
    """Score by several matchings, such as the four of SemEval-2013, in little more time than by one.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        matchings: names of `genner.metrics.MATCHINGS`.
        labels: the label set.
        settings: any other keyword of `evaluate`; the results are the same as there.

    Returns:
        An evaluation for each matching, in the order given.
    """
    plain = settings_of(labels, matching="strict", **settings)  # once: `only` may be an iterator
    chosen = {name: replace(plain, matching=name) for name in matchings}
    scorers = [Scorer(one) for one in chosen.values()]
    left, right = paired(gold, predicted, texts=set(chosen) != {"authors"})
    counted = [Scorer.rows(scorers, document, output) for document, output in zip(left, right, strict=True)]
    tally = IssueTally.of(right)
    return {
        name: Evaluation(one, [rows[place] for rows in counted], tally)
        for place, (name, one) in enumerate(chosen.items())
    }


def analyze_errors(
    gold: Iterable[Document],
    predicted: Iterable[Output],
    *,
    labels: Labels = None,
    policy: str | Policy = "paper",
    duplicates: str = "count",
    unplaced: str = "count",
    zero_division: float | None = 0.0,
    label_map: Mapping[str, str | None] | None = None,
    only: Iterable[str] | None = None,
    depth: int | None = None,
    separator: str = ".",
    grounding: str = "n/a",
) -> ErrorReport:
    """Tell what kind of error each wrong prediction and each missed gold entity is.

    Arguments are those of `evaluate`; the sums are its strict false positives and false negatives.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        labels: the label set; without one no label counts as `ood_type`.
        policy: "paper", "unclaimed" (only wrong predictions excuse a missed gold entity), or any
            function from `Facts` to an `ErrorType`.
        duplicates: "count" or "ignore".
        unplaced: "count" or "ignore".
        zero_division: the value of shares where there is no error.
        label_map: renames labels on both sides first.
        only: looks at these labels alone.
        depth: keeps this many steps of labels such as `ORG.company`.
        separator: what parts those steps.
        grounding: recorded in the signature.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ, or an item of the wrong type.
        UnknownNameError: when a setting has no such value.
    """
    rule = get_policy(policy)
    settings = settings_of(
        labels,
        policy=policy if isinstance(policy, str) else getattr(policy, "__name__", type(policy).__name__),
        duplicates=duplicates,
        unplaced=unplaced,
        zero_division=zero_division,
        label_map=label_map,
        only=only,
        depth=depth,
        separator=separator,
        grounding=grounding,
    )
    return report(zip(*paired(gold, predicted), strict=True), Scorer(settings), rule)


def compare(
    gold: Iterable[Document],
    a: Iterable[Output],
    b: Iterable[Output],
    *,
    labels: Labels = None,
    test: str = "randomization",
    resamples: int = 10_000,
    seed: int = 0,
    names: tuple[str, str] = ("A", "B"),
    policy: str | Policy = "paper",
    **settings: Any,
) -> Comparison:
    """Compare two systems on the same documents.

    Args:
        gold: the documents as annotated.
        a: what the first system said of each.
        b: what the second system said of each.
        labels: the label set.
        test: "randomization" (outputs of a document may be swapped) or "bootstrap" (documents are drawn).
        resamples: draws of the test.
        seed: the same seed gives the same p values.
        names: what to call the two.
        policy: as in `analyze_errors`.
        settings: any other keyword of `evaluate`.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
        UnknownNameError: when a setting has no such value.
    """
    if test not in TESTS:
        raise UnknownNameError.of("test", test, TESTS)
    labels, settings = reread(labels, settings)
    texts = documents(gold)
    left, right = list(a), list(b)
    one, two = (evaluate(texts, side, labels=labels, **settings) for side in (left, right))
    shared = {name: value for name, value in settings.items() if name not in ("matching", "macro")}
    errors_a, errors_b = (analyze_errors(texts, side, labels=labels, policy=policy, **shared) for side in (left, right))
    apart = _disagreements(Scorer(one.settings), texts, left, right)
    return Comparison(one, two, errors_a, errors_b, apart, test=test, resamples=resamples, seed=seed, names=names)


def _disagreements(
    scorer: Scorer, texts: list[Document], left: list[Output], right: list[Output]
) -> Iterator[Disagreement]:
    for position, (document, one, two) in enumerate(zip(texts, left, right, strict=True)):
        if one.entities == two.entities and one == two:
            continue
        first, second = (scorer.match(document, side) for side in (one, two))
        found_a, found_b = (
            Counter(entity for entity in (*side.found, *side.half_found) if isinstance(entity, Entity))
            for side in (first, second)
        )
        wrong_a, wrong_b = (
            Counter(side.predicted) - Counter([*side.correct, *side.half_correct]) for side in (first, second)
        )
        if found_a != found_b or wrong_a != wrong_b:
            yield Disagreement(
                position,
                document,
                canonical((found_a - found_b).elements()),
                canonical((found_b - found_a).elements()),
                _items(wrong_a - wrong_b),
                _items(wrong_b - wrong_a),
            )


def _items(found: Counter[Item]) -> tuple[Item, ...]:
    """List entities in canonical order, then mentions without a place."""
    items = list(found.elements())
    placed = canonical(item for item in items if isinstance(item, Entity))
    return (*placed, *(item for item in items if not isinstance(item, Entity)))


def compare_systems(
    gold: Iterable[Document],
    systems: Mapping[str, Iterable[Output]],
    *,
    labels: Labels = None,
    metric: str = "f1",
    average: str = "micro",
    label: str | None = None,
    test: str = "randomization",
    resamples: int = 10_000,
    seed: int = 0,
    **settings: Any,
) -> Ranking:
    """Compare every pair of several systems; p values are corrected by Holm's method.

    Args:
        gold: the documents as annotated.
        systems: what each system, by name, said of each document.
        labels: the label set.
        metric: "precision", "recall" or "f1".
        average: "micro", "macro" or "weighted".
        label: the score of this label instead of an average.
        test: "randomization" or "bootstrap".
        resamples: draws of each test.
        seed: the same seed gives the same p values.
        settings: any other keyword of `evaluate`.
    """
    labels, settings = reread(labels, settings)
    texts = documents(gold)
    scores = {name: evaluate(texts, said, labels=labels, **settings) for name, said in systems.items()}
    target = Target(metric, average, label)

    def compared(one: str, two: str) -> Difference:
        a, b = scores[one], scores[two]
        pair = Comparison(a, b, test=test, resamples=resamples, seed=seed, names=(one, two))
        return pair.difference(metric, average=average, label=label)

    return Ranking.of(scores, target, compared)


def breakdown(
    gold: Iterable[Document],
    predicted: Iterable[Output],
    by: str | Callable[[Document, Item], str],
    *,
    labels: Labels = None,
    training: Iterable[Document] | None = None,
    **settings: Any,
) -> Evaluation:
    """Score each kind of entity on its own; the rows of the result are buckets instead of labels.

    Args:
        gold: the documents as annotated.
        predicted: what was said of each.
        by: a name of `genner.metrics.BREAKDOWNS`, `"meta:FIELD"` for a field of the documents, or
            a function from a document and an entity (or a mention without a place) to a bucket.
        labels: the label set.
        training: the training corpus, for "seen", "seen_label" and "frequency".
        settings: any other keyword of `evaluate`.

    Raises:
        DataError: when a training corpus is needed and was not given, or as `evaluate`.
        UnknownNameError: when there is no breakdown or setting of that name.
    """
    plain = settings_of(labels, **settings)
    scorer = Scorer(plain)
    left, right = paired(gold, predicted, texts=plain.matching != "authors")
    learned = None if training is None else documents(training, "training")
    bucketing = get_bucketing(by, left, learned)
    rows = []
    for document, output in zip(left, right, strict=True):
        case = scorer.case(document, output)
        rows.append(count(scorer.matched(case), bucketing.prepare(document, case.gold)))
    ours = replace(plain, by=bucketing.name, labels=bucketing.buckets, macro="seen")
    return Evaluation(ours, rows, IssueTally.of(right))


def confusion(
    gold: Iterable[Document],
    predicted: Iterable[Output],
    *,
    labels: Labels = None,
    overlap: bool = False,
    **settings: Any,
) -> Confusion:
    """Count which label is taken for which, with what was missed and what was invented.

    Args:
        gold: the documents as annotated.
        predicted: what was said of each.
        labels: the label set, whose order rows and columns follow.
        overlap: pair entities that overlap too, as `matching="partial"` does; else those with the same span.
        settings: any other keyword of `evaluate`.
    """
    ours = settings_of(labels, **({"matching": "partial" if overlap else "boundaries"} | settings))
    scorer = Scorer(ours)
    cases = map(scorer.case, *paired(gold, predicted))
    return Confusion.of(ours, cases, overlap=overlap)


class Assessment(NamedTuple):
    """Everything there is to say of one system on one corpus."""

    predictions: tuple[Prediction, ...]
    evaluation: Evaluation
    errors: ErrorReport
    issues: IssueTally


def evaluate_outputs(
    gold: Iterable[Document],
    outputs: Iterable[str],
    format: str,
    *,
    labels: Labels = None,
    codec_options: Mapping[str, Any] | None = None,
    policy: str | Policy = "paper",
    **settings: Any,
) -> Assessment:
    """Decode what a model wrote about each document, score it and explain it.

    Args:
        gold: the documents as annotated.
        outputs: one raw model output for each, in the same order.
        format: a name of `genner.FORMATS`.
        labels: the label set, for decoding and scoring alike.
        codec_options: options of the codec, such as `grounding`.
        policy: as in `analyze_errors`.
        settings: any other keyword of `evaluate`; `matching="authors"` scores the raw outputs as the
            paper's own scripts do, see `genner.metrics.authors`.

    Raises:
        DataError: when there is not one output for each document.
        UnknownNameError: when a format or setting has no such value.
    """
    from genner.formats import get_codec

    options = dict(codec_options or {})
    codec = get_codec(format, **options)
    label_set = get_label_set(labels)
    texts, written = documents(gold), list(outputs)
    if len(texts) != len(written):
        raise DataError(f"expected one output for each gold document, got {len(texts)} gold and {len(written)} outputs")
    decoded = tuple(
        codec.decode(output, document.text, labels=label_set) for document, output in zip(texts, written, strict=True)
    )
    settings.setdefault("grounding", str(getattr(codec, "grounding", options.get("grounding", "n/a"))))
    shared = {name: value for name, value in settings.items() if name not in ("matching", "macro")}
    evaluation = evaluate(texts, decoded, labels=label_set, **settings)
    if settings.get("matching") == "authors":
        writer = get_codec(format, **({"escape": "never"} if format in ("bracket", "xml") else {}))
        names = label_set or ()
        rows = [
            authors_row(writer.encode(document, labels=label_set), output, format, names)
            for document, output in zip(texts, written, strict=True)
        ]
        evaluation = Evaluation(replace(evaluation.settings, matching=f"authors-{format}"), rows, evaluation.tally)
    errors = analyze_errors(texts, decoded, labels=label_set, policy=policy, **shared)
    return Assessment(decoded, evaluation, errors, evaluation.tally)
