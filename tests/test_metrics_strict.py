"""The strict score: a slow and obvious twin, and the laws every count must obey."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import LABELS, corpora, random_corpus

from genner.evaluation import Evaluator, evaluate
from genner.exceptions import DataError
from genner.metrics import Counts, Evaluation, Row, parse_signature
from genner.types import Document, Mention, Prediction


def slow_counts(gold: list[Document], predicted: list[Prediction]) -> dict[str, tuple[int, int, int]]:
    """Count tp, fp and fn of each label by crossing entities off a list, one by one."""
    counts = {label: [0, 0, 0] for label in LABELS}
    for document, prediction in zip(gold, predicted, strict=True):
        left = [tuple(entity) for entity in document.entities]
        for entity in prediction.entities:
            if tuple(entity) in left:
                left.remove(tuple(entity))
                counts[entity.label][0] += 1
            else:
                counts[entity.label][1] += 1
        for mention in prediction.unplaced:
            counts[mention.label][1] += 1
        for entity in left:
            counts[entity[2]][2] += 1
    return {label: tuple(three) for label, three in counts.items()}


def three(evaluation: Evaluation) -> dict[str, tuple[float, float, float]]:
    return {label: (evaluation[label].tp, evaluation[label].fp, evaluation[label].fn) for label in LABELS}


def test_counts_equal_those_of_a_brute_force_twin() -> None:
    """10,000 random nested documents, one corpus and document by document."""
    gold, predicted = random_corpus(seed=1, documents=10_000)
    evaluation = evaluate(gold, predicted, labels=LABELS)

    assert three(evaluation) == slow_counts(gold, predicted)
    for document, prediction, row in zip(gold, predicted, evaluation.counts, strict=True):
        slow = slow_counts([document], [prediction])
        assert {label: (row[label].tp, row[label].fp, row[label].fn) for label in LABELS} == slow


@settings(deadline=None, max_examples=60)
@given(corpora(), st.randoms(use_true_random=False))
def test_the_order_of_entities_and_of_documents_never_matters(
    corpus: list[tuple[Document, Prediction]], rng: random.Random
) -> None:
    def shuffled(values: tuple[object, ...]) -> list[object]:
        return rng.sample(list(values), len(values))

    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    again = [
        (Document(g.text, shuffled(g.entities)), Prediction(shuffled(p.entities), shuffled(p.unplaced), text=p.text))
        for g, p in corpus
    ]
    rng.shuffle(again)

    assert evaluate([g for g, _ in again], [p for _, p in again]) == evaluate(gold, predicted)


@settings(deadline=None, max_examples=60)
@given(corpora())
def test_counts_add_up(corpus: list[tuple[Document, Prediction]]) -> None:
    """tp + fn = gold and tp + fp = predicted, per label and in total; labels and documents sum to the total."""
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    evaluation = evaluate(gold, predicted, labels=LABELS)
    golds = Counter(entity.label for document in gold for entity in document.entities)
    said = Counter(item.label for p in predicted for item in (*p.entities, *p.unplaced))
    micro = evaluation.micro

    for label in LABELS:
        score = evaluation[label]
        assert (score.tp + score.fn, score.tp + score.fp) == (golds[label], said[label])
    assert (micro.tp + micro.fn, micro.tp + micro.fp) == (golds.total(), said.total())
    for name in ("tp", "fp", "fn", "support"):
        assert sum(getattr(evaluation[label], name) for label in LABELS) == getattr(micro, name)
        assert sum(getattr(row, name) for row in evaluation.counts) == getattr(micro, name)


@settings(deadline=None, max_examples=60)
@given(corpora(unplaced=False))
def test_swapping_the_sides_swaps_precision_and_recall(corpus: list[tuple[Document, Prediction]]) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    there = evaluate(gold, predicted, labels=LABELS)
    back = evaluate([p.to_document() for p in predicted], gold, labels=LABELS)

    for name in ("micro", "macro", *LABELS):
        one, other = (getattr(e, name, None) or e[name] for e in (there, back))
        assert (one.precision, one.recall) == (other.recall, other.precision)
        assert one.f1 == pytest.approx(other.f1)


@settings(deadline=None, max_examples=60)
@given(corpora(most=8), st.lists(st.integers(0, 8), max_size=3))
def test_merging_any_partition_equals_the_whole(corpus: list[tuple[Document, Prediction]], cuts: list[int]) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    edges = [0, *sorted(min(cut, len(gold)) for cut in cuts), len(gold)]
    parts = [evaluate(gold[a:b], predicted[a:b]) for a, b in pairwise(edges)]
    merged, whole = sum(parts[1:], parts[0]), evaluate(gold, predicted)

    assert merged == whole
    assert merged.counts == whole.counts
    assert merged.micro.f1 == whole.micro.f1
    assert Evaluation.from_json(merged.to_json()) == whole
    assert Evaluation.from_json(merged.to_json()).counts == whole.counts


def test_duplicates_are_false_positives_or_ignored() -> None:
    """Counted by default; a repeated gold entity must be said as often."""
    document = Document("Ada met Grace.", [(0, 3, "PER"), (8, 13, "PER")])
    said = Prediction([(0, 3, "PER")] * 3 + [(8, 13, "PER")])
    counted, ignored = evaluate([document], [said]).micro, evaluate([document], [said], duplicates="ignore").micro

    assert (counted.tp, counted.fp, counted.fn) == (2, 2, 0)
    assert (ignored.tp, ignored.fp, ignored.fn) == (2, 0, 0)


def test_unplaced_mentions_are_false_positives_or_ignored() -> None:
    document = Document("Ada met Grace.", [(0, 3, "PER")])
    said = Prediction([(0, 3, "PER")], [Mention("Alan", "PER"), Mention("Bletchley", "LOC")])
    counted, ignored = evaluate([document], [said]), evaluate([document], [said], unplaced="ignore")

    assert (counted.micro.tp, counted.micro.fp, counted["LOC"].fp) == (1, 2, 1)
    assert (ignored.micro.tp, ignored.micro.fp, "LOC" in ignored) == (1, 0, False)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["count", "ignore"]),
    st.sampled_from([None, 0, 1]),
    st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=4),
    st.dictionaries(st.text(min_size=1), st.none() | st.text(min_size=1), max_size=3),
    st.none() | st.integers(1, 3),
    st.text(max_size=5).filter(bool),
    st.text(),
)
def test_the_signature_reads_back_into_the_same_settings(
    duplicates: str,
    zero: int | None,
    names: list[str],
    mapping: dict[str, str | None],
    depth: int | None,
    mark: str,
    how: str,
) -> None:
    """Whatever characters labels hold, on one line."""
    evaluation = evaluate(
        [], [], labels=names, duplicates=duplicates, zero_division=zero, label_map=mapping,
        only=names, depth=depth, separator=mark, grounding=how,
    )  # fmt: skip

    assert parse_signature(evaluation.signature) == evaluation.settings
    assert len(evaluation.signature.splitlines()) == 1


def test_a_row_holds_what_is_counted_alone() -> None:
    """A key that counts nothing is no part of a row, which is then the same row."""
    row = Row({"B": Counts(1, 1, 1, 1), "A": Counts()})

    assert row == Row({"B": Counts(1, 1, 1, 1)})
    assert (list(row), row["A"], row["unheard of"]) == (["B"], Counts(), Counts())


@pytest.mark.parametrize("how", [{"labels": ["any"]}, {"only": ["any"]}, {"labels": ["any"], "only": ["any"]}])
def test_a_label_that_is_named_any_is_a_label(how: dict[str, Any]) -> None:
    """In a signature the plain word means every label."""
    gold = [Document("x", [(0, 1, "any")])]
    scored = evaluate(gold, gold, **how)

    assert parse_signature(scored.signature) == scored.settings


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"label_map": {"B": ""}}, "label_map: expected pairs of label names"),
        ({"label_map": {"B": 3}}, "label_map: expected pairs of label names"),
        ({"label_map": [("A",)]}, "label_map: expected pairs of label names"),
        ({"label_map": "A"}, "label_map: expected pairs of label names"),
        ({"label_map": 5}, "label_map: expected pairs of label names"),
        ({"only": 5}, "only: expected names of labels, got 5"),
        ({"only": ["A", ""]}, "only: expected names of labels"),
        ({"settings": "strict"}, "settings: expected Settings, got str 'strict'"),
    ],
)
def test_settings_of_the_wrong_kind_are_named(how: dict[str, Any], message: str) -> None:
    """An empty name would drop entities without a word, as None does on request."""
    gold = [Document("x", [(0, 1, "A")])]
    with pytest.raises(DataError, match=message):
        evaluate(gold, gold, **how)


def test_only_takes_labels_with_commas_as_labels_does() -> None:
    gold = [Document("xyz", [(0, 1, "A"), (1, 2, "B"), (2, 3, "C")])]

    assert [*evaluate(gold, gold, only="A, C")] == ["A", "C"]


@pytest.mark.parametrize("line", ["", "genner", "matching:strict", 3, None])
def test_what_is_no_signature_is_refused(line: Any) -> None:
    with pytest.raises(DataError, match="expected a signature such as genner:"):
        parse_signature(line)


@pytest.mark.parametrize("documents", [0, -1, 1.5, True])
def test_a_row_of_a_file_counts_documents(documents: Any) -> None:
    """A file says how often each row occurred: at least once."""
    value = evaluate([Document("x", [(0, 1, "A")])], [Prediction([])]).to_dict()
    value["rows"][0]["documents"] = documents
    value["order"] = None
    with pytest.raises(DataError, match="documents"):
        Evaluation.from_dict(value)


@pytest.mark.parametrize("label", [".a", "."])
def test_a_label_without_a_first_step_is_kept_whole(label: str) -> None:
    """Nothing before the separator is no label: the entity is counted under the name it has."""
    gold = [Document("x", [(0, 1, label)])]

    assert evaluate(gold, gold, depth=1)[label].tp == 1


def test_f_of_an_average_is_the_mean_over_its_rows() -> None:
    """By hand: A is found, of two of B one is found and one other is predicted: F2 is 1 and 1/2."""
    gold = [Document("xyz", [(0, 1, "A"), (1, 2, "B"), (2, 3, "B")])]
    evaluation = evaluate(gold, [Prediction([(0, 1, "A"), (1, 2, "B"), (0, 2, "B")])])

    assert (evaluation["B"].f(2), evaluation.macro.f(2)) == (0.5, 0.75)
    assert evaluation.weighted.f(1) == evaluation.weighted.f1


@pytest.mark.parametrize("counts", [[1, 1, 2, 1], [1, 1, 1, 2], [1, 1, 1], "1"])
def test_counts_of_a_file_that_cannot_be_are_named_by_their_place(counts: Any) -> None:
    value = evaluate([Document("x", [(0, 1, "A")])], [Prediction([(0, 1, "A")])]).to_dict()
    value["rows"][0]["counts"]["A"] = counts
    with pytest.raises(DataError, match=r"at \$\.rows\[0\]\.counts\.A"):
        Evaluation.from_dict(value)


def test_a_stream_prints_and_compares_as_its_result() -> None:
    gold = [Document("x", [(0, 1, "A")])]
    streams = [Evaluator(labels=["A"]), Evaluator(labels=["A"])]
    for stream in streams:
        stream.update(gold, gold)

    assert streams[0] == streams[1]
    assert (str(streams[0]), streams[0].signature) == (str(streams[0].result()), streams[0].result().signature)
