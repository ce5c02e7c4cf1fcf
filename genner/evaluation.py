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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

from genner.exceptions import DataError, UnknownNameError
from genner.labelsets import get_label_set
from genner.metrics.breakdown import AnyBreakdown, digest, get_breakdown
from genner.metrics.comparison import Comparison, Disagreement, Ranking
from genner.metrics.confusion import Confusion, confused
from genner.metrics.counts import Row
from genner.metrics.errors import ErrorReport, report
from genner.metrics.matching import AnyMatching, Case, Matching, Pair, get_matching, remaining
from genner.metrics.results import Evaluation
from genner.metrics.scoring import Evaluator, cases, paired, row_of, score, without_credit
from genner.metrics.settings import Labels, Scoring, Settings, refuse, resolved
from genner.metrics.significance import TESTS
from genner.metrics.targets import Target
from genner.metrics.taxonomy import AnyPolicy, get_policy
from genner.plugins import name_of
from genner.types import Document, Entity, Prediction, canonical
from genner.types.plain import AnyDocument, AnyOutput, documents
from genner.types.tally import IssueTally

if TYPE_CHECKING:
    from genner.formats import CodecOptions, Format

__all__ = [
    "Comparison",
    "Confusion",
    "ErrorReport",
    "Evaluation",
    "Evaluator",
    "IssueTally",
    "OutputEvaluation",
    "OutputMatching",
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
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    *,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Evaluation:
    """Score predictions against gold documents.

    Args:
        gold: the documents as annotated; or dicts with `text` and `entities`, see `genner.types.plain`.
        predicted: a prediction, a document, or a dict or list of the usual shapes, for each of them, in
            the same order.  No document at all is a corpus too: every count is 0 and every ratio is 0/0.
        settings: how to compare, where no keyword says otherwise.
        options: what `genner.metrics.Settings` explains:

            * labels: the label set.  Other labels are counted in rows of their own, never dropped.
            * matching: a name of `genner.metrics.MATCHINGS`, a `Matching`, or the function of one.
            * duplicates: "count" (a repeated prediction is a false positive) or "ignore".
            * unplaced: "count" (what is not in the text is a false positive) or "ignore".
            * zero_division: the value of 0/0: 0.0, 1.0 or None.
            * macro: which labels macro and weighted averages are over: "seen" on either side, with
              "gold" entities, or all "labels" of the set.
            * label_map: renames labels on both sides first; None as the new name drops the entity.
            * depth: keeps this many steps of labels such as `ORG.company`; separator: what parts them.
            * only: scores these labels alone (after renaming).
            * grounding: how the decoder placed mentions; recorded in the signature.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ, or an item of the wrong type.
        UnknownNameError: when a setting has no such value.
    """
    ours, matching = resolved(options, settings)
    left, right = paired(gold, predicted)
    return score(ours, [matching], left, right)[0]


def evaluate_matchings(
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    matchings: Iterable[AnyMatching] = ("strict", "boundaries", "partial", "type"),
    *,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> dict[str, Evaluation]:
    """Score by several matchings, such as the four of SemEval-2013, in less time than one by one.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        matchings: each as `matching` of `evaluate`.
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`, but for `matching`; the results are the same as there.

    Returns:
        An evaluation for each matching, in the order given.

    Raises:
        DataError: when two different matchings have one name, or as `evaluate`.
    """
    refuse(options, ["matching"], "evaluate_matchings(), which takes `matchings`")
    plain, _ = resolved(options, settings)
    chosen: dict[str, Matching] = {}
    for matching in map(get_matching, matchings):
        if chosen.setdefault(matching.name, matching) != matching:
            raise DataError(
                f"two matchings are named {matching.name!r}: give each a name of its own, with Matching(...)"
            )
    left, right = paired(gold, predicted)
    return dict(zip(chosen, score(plain, [*chosen.values()], left, right), strict=True))


def analyze_errors(
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    *,
    policy: AnyPolicy = "paper",
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> ErrorReport:
    """Name the kind of each wrong prediction and of each missed gold entity.

    The sums are the strict false positives and false negatives of `evaluate`.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        policy: "paper", "unclaimed" (only wrong predictions excuse a missed gold entity), or any
            function from `Facts` to an `ErrorType` or another string.
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`, but for `matching` and `macro`.  Without `labels` no label counts as
            `ood_type`; `zero_division` is the value of shares where there is no error.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ, or an item of the wrong type.
        UnknownNameError: when a setting has no such value.
    """
    refuse(options, ["matching", "macro"], "the kinds of error, which are those of the strict score")
    rule = get_policy(policy)
    ours = replace(resolved(options, settings)[0], matching="strict", macro="seen", policy=name_of(policy))
    return report(ours, rule, *paired(gold, predicted))


def compare(
    gold: Iterable[AnyDocument],
    a: Iterable[AnyOutput],
    b: Iterable[AnyOutput],
    *,
    test: str = "randomization",
    resamples: int = 10_000,
    seed: int = 0,
    names: tuple[str, str] = ("A", "B"),
    policy: AnyPolicy = "paper",
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Comparison:
    """Compare two systems on the same documents.

    Args:
        gold: the documents as annotated.
        a: what the first system predicted for each.
        b: what the second system predicted for each.
        test: "randomization" (outputs of drawn documents are swapped; of every set of documents where
            there are few), "permutation" (of every set, for up to 20 documents that differ) or
            "bootstrap" (documents are drawn).
        resamples: draws of the test.
        seed: the same seed gives the same p-values.
        names: what to call the two.
        policy: as in `analyze_errors`.
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`.

    Raises:
        DataError: naming the first position where lengths, texts or ids differ.
        UnknownNameError: when a setting has no such value.
    """
    if test not in TESTS:
        raise UnknownNameError.of("test", test, TESTS)
    ours, matching = resolved(options, settings)
    texts = documents(gold)
    sides = [paired(texts, side)[1] for side in (a, b)]
    one, two = (score(ours, [matching], texts, side)[0] for side in sides)
    errors_a, errors_b = (analyze_errors(texts, side, policy=policy, settings=ours) for side in sides)
    apart = tuple(_disagreements(texts, matching, *(cases(ours, texts, side) for side in sides)))
    return Comparison(one, two, errors_a, errors_b, apart, test=test, resamples=resamples, seed=seed, names=names)


def _disagreements(
    texts: list[Document], matching: Matching, left: Iterable[Case], right: Iterable[Case]
) -> Iterator[Disagreement]:
    for position, (document, *both) in enumerate(zip(texts, left, right, strict=True)):
        if both[0] == both[1]:
            continue
        missed, wrong = zip(*(without_credit(case, matching) for case in both), strict=True)
        apart = [remaining(*sides) for sides in (missed[::-1], missed, wrong, wrong[::-1])]
        if any(apart):
            yield Disagreement(position, document, *map(_listed, apart))


def _listed(items: list[Any]) -> tuple[Any, ...]:
    """List entities in canonical order, then mentions without a place."""
    placed = canonical(item for item in items if isinstance(item, Entity))
    return (*placed, *(item for item in items if not isinstance(item, Entity)))


def compare_systems(
    gold: Iterable[AnyDocument],
    systems: Mapping[str, Iterable[AnyOutput]],
    *,
    metric: str = "f1",
    average: str = "micro",
    label: str | None = None,
    test: str = "randomization",
    resamples: int = 10_000,
    seed: int = 0,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Ranking:
    """Compare every pair of several systems; p-values are corrected by Holm's method.

    Args:
        gold: the documents as annotated.
        systems: what each system, by name, predicted for each document.
        metric: "precision", "recall" or "f1".
        average: "micro", "macro" or "weighted".
        label: the score of this label instead of an average.
        test: as in `compare`.
        resamples: draws of each test.
        seed: the same seed gives the same p-values.
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`.
    """
    ours, matching = resolved(options, settings)
    texts = documents(gold)
    scores = {name: evaluate(texts, one, settings=ours, matching=matching) for name, one in systems.items()}
    return Ranking.of(scores, Target(metric, average, label), test=test, resamples=resamples, seed=seed)


def breakdown(
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    by: AnyBreakdown,
    *,
    training: Iterable[AnyDocument] | None = None,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Evaluation:
    """Score each kind of entity on its own; the rows of the result are buckets instead of labels.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        by: a name of `genner.metrics.BREAKDOWNS`, `"meta:FIELD"` for a field of the documents, a
            `Breakdown`, or a function from a document and an entity (or a mention without a place)
            to a bucket.
        training: the training corpus, for "seen", "seen_label" and "frequency".
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`, but for `macro`.

    Raises:
        DataError: when a training corpus is needed and was not given, or as `evaluate`.
        UnknownNameError: when there is no breakdown or setting of that name.
    """
    refuse(options, ["macro"], "a breakdown, whose averages are over buckets")
    plain, matching = resolved(options, settings)
    left, right = paired(gold, predicted)
    learned = None if training is None else documents(training, "training")
    rule = get_breakdown(by, left, learned)
    rows = [
        row_of(case, matching, rule.prepare(document, case.gold))
        for document, case in zip(left, cases(plain, left, right), strict=True)
    ]
    read = None if learned is None else digest(learned)
    ours = replace(plain, by=rule.name, buckets=rule.buckets, training=read, macro="seen")
    return Evaluation(ours, rows, IssueTally.of(right))


def confusion(
    gold: Iterable[AnyDocument],
    predicted: Iterable[AnyOutput],
    *,
    overlap: bool = False,
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> Confusion:
    """Count which label is taken for which, with what was missed and what was invented.

    Args:
        gold: the documents as annotated.
        predicted: a prediction, or a document, for each of them.
        overlap: pair entities that overlap too, as `matching="partial"` does; else those with the same span.
        settings: how to compare, where no keyword says otherwise.
        options: as in `evaluate`, but for `matching` and `macro`; rows and columns follow `labels`.
    """
    refuse(options, ["matching", "macro"], "a confusion, which takes `overlap`")
    plain, _ = resolved(options, settings)
    ours, matching = resolved({"matching": "partial" if overlap else "boundaries", "macro": "seen"}, plain)
    compared = cases(ours, *paired(gold, predicted))
    return Confusion(ours, Counter(chain.from_iterable(confused(case, matching) for case in compared)))


def _no_outputs(case: Case) -> Iterable[Pair]:
    raise DataError("this matching counts raw outputs: give them to `evaluate_outputs`")


@dataclass(frozen=True, slots=True)
class OutputMatching(Matching):
    """A count of raw outputs.

    Args:
        rows: from the gold documents, their right outputs as the data has them (or None), the outputs of
            a model, the name of the format and the settings, to the counts of each document.
        unused: names of settings that have no effect on it.
    """

    match: Callable[[Case], Iterable[Pair]] = _no_outputs
    rows: Callable[[Sequence[Document], Sequence[str] | None, Sequence[str], str, Any], list[Row]] = field(kw_only=True)
    unused: tuple[str, ...] = ()


class OutputEvaluation(Evaluation):
    """The score of raw outputs, with what was read from them and what is wrong with it.

    Args:
        evaluation: the score alone.
        predictions: what was read from each output, in order.
        errors: the errors of the predictions.
    """

    evaluation: Evaluation
    predictions: tuple[Prediction, ...]
    errors: ErrorReport

    def __init__(self, evaluation: Evaluation, predictions: tuple[Prediction, ...], errors: ErrorReport) -> None:
        self.__dict__.update(evaluation.__dict__)
        self.evaluation, self.predictions, self.errors = evaluation, predictions, errors

    def __reduce__(self) -> tuple[Any, ...]:
        return OutputEvaluation, (self.evaluation, self.predictions, self.errors)


def evaluate_outputs(
    gold: Iterable[AnyDocument],
    outputs: Iterable[str],
    format: Format | None = None,
    *,
    decode_labels: Labels = None,
    codec_options: CodecOptions | None = None,
    gold_outputs: Iterable[str] | None = None,
    policy: AnyPolicy = "paper",
    settings: Settings | None = None,
    **options: Unpack[Scoring],
) -> OutputEvaluation:
    """Decode what a model wrote about each document, score it and explain it.

    Args:
        gold: the documents as annotated.
        outputs: one raw model output for each, in the same order.
        format: the name of a format or a format; None finds out that of each output, as `decode` does.
        decode_labels: the label set to decode with, where that is not `labels`.
        codec_options: options of the codec, such as `grounding`.
        policy: as in `analyze_errors`.
        settings: how to compare, where no keyword says otherwise.
        gold_outputs: the right outputs as the data has them, for a matching that counts raw outputs;
            by default they are written from `gold`.
        options: as in `evaluate`; `matching="authors"` counts the raw outputs as the paper's own
            scripts do, see `genner.experiments.authors`.

    Raises:
        DataError: when there is not one output for each document, or a setting has no effect.
        UnknownNameError: when a format or setting has no such value.
    """
    from genner.formats import get_codec
    from genner.formats.detect import FormatFinder

    asked = codec_options or {}
    codec = FormatFinder(asked) if format is None else get_codec(format, **asked)
    ours, matching = resolved(options, settings)
    raw = matching if isinstance(matching, OutputMatching) else None
    if raw is not None:
        refuse(options, raw.unused, f"matching={raw.name!r}")
        ours, matching = replace(ours, matching="strict"), get_matching("strict")
    elif gold_outputs is not None:
        raise DataError(f"gold_outputs has no effect on matching={ours.matching!r}: leave it out")
    label_set = get_label_set(options.get("labels", ours.labels))
    known = label_set if decode_labels is None else get_label_set(decode_labels)
    texts, written = documents(gold), list(outputs)
    if len(texts) != len(written):
        raise DataError(f"expected one output for each gold document, got {len(texts)} gold and {len(written)} outputs")
    decoded = tuple(
        codec.decode(output, document.text, labels=known) for document, output in zip(texts, written, strict=True)
    )
    read_with = None if decode_labels is None or known is None else known.names
    ours = replace(ours, format=codec.name, decode_labels=read_with)
    if "grounding" not in options:
        ours = replace(ours, grounding=str(getattr(codec, "grounding", "n/a")))
    errors = analyze_errors(texts, decoded, policy=policy, settings=ours)
    evaluation = evaluate(texts, decoded, settings=ours, matching=matching)
    if raw is not None:
        rights = None if gold_outputs is None else list(gold_outputs)
        rows = raw.rows(texts, rights, written, codec.name, ours)
        evaluation = Evaluation(replace(ours, matching=raw.name, grounding="n/a"), rows, evaluation.tally)
    return OutputEvaluation(evaluation, decoded, errors)
