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

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from genner.exceptions import DataError
from genner.labelsets import get_label_set
from genner.metrics.errors import ErrorReport, report
from genner.metrics.issues import IssueTally
from genner.metrics.results import Evaluation
from genner.metrics.scoring import Output, Scorer, documents, paired
from genner.metrics.settings import Settings
from genner.metrics.taxonomy import Policy, get_policy
from genner.types import Document, Label, LabelSet, Prediction

__all__ = ["Assessment", "ErrorReport", "Evaluation", "IssueTally", "analyze_errors", "evaluate", "evaluate_outputs"]

Labels = LabelSet | Iterable[str | Label] | str | None


def settings_of(labels: Labels, **given: Any) -> Settings:
    """Gather keyword arguments into settings; `labels` as everywhere, names of `only` in any iterable."""
    label_set = get_label_set(labels)
    mapping = given.pop("label_map", None) or {}
    only = given.pop("only", None)
    return Settings(
        labels=None if label_set is None else label_set.names,
        label_map=tuple(mapping.items()) if isinstance(mapping, Mapping) else tuple(mapping),
        only=None if only is None else tuple([only] if isinstance(only, str) else only),
        **given,
    )


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
    pairs = paired(gold, predicted, texts=matching != "authors")
    rows = [scorer.row(document, output) for document, output in pairs]
    return Evaluation(settings, rows, IssueTally.of(output for _, output in pairs))


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
    scorer = Scorer(settings)
    pairs = paired(gold, predicted)
    return report(((document, scorer.case(document, output)) for document, output in pairs), settings, rule)


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
        settings: any other keyword of `evaluate`.

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
    errors = analyze_errors(texts, decoded, labels=label_set, policy=policy, **shared)
    return Assessment(decoded, evaluation, errors, evaluation.tally)
