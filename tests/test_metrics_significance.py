"""Intervals and tests: the array arithmetic against the plain one, twins that score again, and known answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from metric_cases import LABELS, corpora, random_corpus

from genner.evaluation import compare, compare_systems, evaluate
from genner.exceptions import DataError, UnknownNameError
from genner.metrics import Evaluation, Interval, Target, holm
from genner.metrics.significance import FEWEST_DRAWN, bootstrap
from genner.metrics.targets import Sample
from genner.types import Document, Prediction

METRICS = ("precision", "recall", "f1")
AVERAGES = ("micro", "macro", "weighted")


@pytest.mark.parametrize("zero", [None, 0, 1])
@pytest.mark.parametrize("macro", ["seen", "gold", "labels"])
@settings(deadline=None, max_examples=25)
@given(corpora())
def test_arrays_and_plain_arithmetic_agree(
    zero: int | None, macro: str, corpus: list[tuple[Document, Prediction]]
) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    for matching in ("strict", "partial"):
        evaluation = evaluate(
            gold, predicted, labels=["PER", "ORG"], matching=matching, zero_division=zero, macro=macro
        )
        targets = [Target(metric, average) for metric in METRICS for average in AVERAGES]
        targets += [Target(metric, label="PER") for metric in METRICS]
        for target in targets:
            score = evaluation["PER"] if target.label else getattr(evaluation, target.average)
            expected = getattr(score, target.metric)
            got = float(Sample.of([evaluation.counts], evaluation.settings, [target]).observed[0])

            assert np.isnan(got) if expected is None else got == pytest.approx(expected)


def rescored(gold: Sequence[Document], predicted: Sequence[Prediction], resamples: int) -> list[float]:
    """Bootstrap by drawing documents and scoring each drawn corpus anew."""
    rng, values = random.Random(1), []
    for _ in range(resamples):
        drawn = rng.choices(range(len(gold)), k=len(gold))
        values.append(evaluate([gold[i] for i in drawn], [predicted[i] for i in drawn]).macro.f1 or 0.0)
    return values


def test_the_interval_is_that_of_scoring_every_draw_anew() -> None:
    gold, predicted = random_corpus(8, 80)
    slow = np.quantile(rescored(gold, predicted, 2000), [0.025, 0.975])
    fast = evaluate(gold, predicted).interval("f1", average="macro", resamples=4000)

    assert fast == pytest.approx(tuple(slow), abs=0.006)


def test_every_draw_has_as_many_documents_as_the_corpus() -> None:
    sample = Sample(np.array([30.0, 20.0]), [np.ones((2, 1))], lambda sums: sums[0].T, [50])
    _, (interval,) = bootstrap(sample, resamples=100, seed=0)

    assert (interval.value, *interval) == (50, 50, 50)


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("metric", METRICS)
def test_both_methods_agree_on_a_large_corpus(metric: str, average: str) -> None:
    evaluation = evaluate(*random_corpus(9, 1500))
    drawn = evaluation.interval(metric, average=average, resamples=3000)
    closed = evaluation.interval(metric, average=average, method="delta")

    assert drawn.value == closed.value == getattr(getattr(evaluation, average), metric)
    assert drawn == pytest.approx(closed, abs=0.002)


def test_an_interval_unpacks_and_depends_on_the_seed_alone() -> None:
    gold, predicted = random_corpus(10, 50)
    evaluation = evaluate(gold, predicted)
    low, high = evaluation.interval("recall", label="PER", seed=3)
    backwards = evaluate(gold[::-1], predicted[::-1])
    merged = evaluate(gold[:20], predicted[:20]) + evaluate(gold[20:], predicted[20:])

    assert low < (evaluation["PER"].recall or 0) < high
    assert evaluation.interval(seed=3) == backwards.interval(seed=3) == merged.interval(seed=3)
    assert evaluation.interval(seed=3) != evaluation.interval(seed=4)


@pytest.mark.parametrize("method", ["bootstrap", "delta"])
@pytest.mark.parametrize("average", AVERAGES)
def test_nothing_to_draw_from_is_no_interval(method: str, average: str) -> None:
    empty = evaluate([], []).interval(method=method, average=average)
    assert (tuple(empty), empty.value) == ((None, None), 0.0)
    undefined = evaluate([], [], zero_division=None).interval(method=method, average=average)
    assert (tuple(undefined), undefined.value) == ((None, None), None)


@pytest.mark.parametrize("method", ["bootstrap", "delta"])
def test_few_documents_have_no_interval_and_the_reason(method: str) -> None:
    """Documents without entities say nothing of a score."""
    gold, predicted = random_corpus(3, 500)
    full = [place for place, document in enumerate(gold) if document.entities]
    few = full[: FEWEST_DRAWN - 1]
    interval = evaluate(
        [*(gold[place] for place in few), *[Document("x")] * 50],
        [*(predicted[place] for place in few), *[Prediction([])] * 50],
    ).interval(method=method)

    assert tuple(interval) == (None, None)
    assert interval.reason == f"{FEWEST_DRAWN - 1} documents with entities; at least {FEWEST_DRAWN} are needed"
    assert interval.value is not None
    more = full[:FEWEST_DRAWN]
    assert None not in evaluate([gold[at] for at in more], [predicted[at] for at in more]).interval(method=method)


@pytest.mark.parametrize(("test", "fewest"), [("randomization", 6), ("permutation", 6), ("bootstrap", FEWEST_DRAWN)])
def test_few_documents_have_no_p_value_and_the_reason(test: str, fewest: int) -> None:
    """One document, of which one system found all and the other nothing, shows nothing."""
    full = Document("abc", [(0, 1, "X")])
    for count in (1, fewest - 1, fewest):
        one = compare([full] * count, [full] * count, [Document("abc")] * count, test=test, resamples=2000).difference()
        assert (one.p_value is None) == (count < fewest) == bool(one.reason)


@pytest.mark.parametrize("test", ["randomization", "permutation"])
def test_all_swaps_of_few_documents_are_listed(test: str) -> None:
    """Six documents, all better in A: 2 of 64 swaps are as extreme."""
    full = Document("abc", [(0, 1, "X")])

    assert compare([full] * 6, [full] * 6, [Document("abc")] * 6, test=test).p_value == 2 / 64


def test_too_many_swaps_to_list_are_refused() -> None:
    full = Document("abc", [(0, 1, "X")])
    with pytest.raises(DataError, match="at most 20 documents that differ, here are 21"):
        _ = compare([full] * 21, [full] * 21, [Document("abc")] * 21, test="permutation").p_value


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"metric": "f2"}, UnknownNameError),
        ({"average": "mikro"}, UnknownNameError),
        ({"label": "NOPE"}, UnknownNameError),
        ({"method": "exact"}, UnknownNameError),
        ({"level": 1.0}, DataError),
        ({"resamples": 0}, DataError),
    ],
)
def test_bad_requests_are_refused(keywords: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(*random_corpus(1, 3)).interval(**keywords)  # type: ignore[arg-type]


@pytest.mark.parametrize("test", ["randomization", "bootstrap"])
def test_a_system_does_not_differ_from_itself(test: str) -> None:
    gold, predicted = random_corpus(11, 60)
    comparison = compare(gold, predicted, predicted, test=test, resamples=200)

    assert comparison.p_value == 1.0
    assert tuple(comparison.interval) == (0.0, 0.0)
    assert (comparison.only_a, comparison.only_b, comparison.disagreements) == ((), (), ())


@pytest.mark.parametrize("test", ["randomization", "bootstrap"])
def test_the_sides_of_a_comparison_can_be_swapped(test: str) -> None:
    gold, a = random_corpus(12, 60)
    b = random_corpus(13, 60)[1]
    there, back = compare(gold, a, b, test=test, resamples=500), compare(gold, b, a, test=test, resamples=500)
    one, other = there.difference("f1"), back.difference("f1")

    assert one.value == pytest.approx(-other.value)
    assert there.only_a == back.only_b
    assert there.p_value == back.p_value
    assert there.interval == pytest.approx((-back.interval.high, -back.interval.low))


@pytest.mark.parametrize("test", ["randomization", "bootstrap"])
def test_the_sides_can_be_swapped_where_both_have_the_same_rows(test: str) -> None:
    """The rows alone do not say which system is first: what one did on a document, the other did on another."""
    gold = [random_corpus(22, 1)[0][0]] * 60
    a = [random_corpus(seed, 1)[1][0] for seed in range(60)]
    b = [*a[1:], a[0]]
    there, back = (
        compare(gold, *sides, test=test, resamples=300).difference("f1", average="macro") for sides in ((a, b), (b, a))
    )

    assert there.p_value == back.p_value
    assert there.interval == pytest.approx((-back.interval.high, -back.interval.low))


def test_a_number_is_the_same_alone_and_among_others() -> None:
    gold, a = random_corpus(23, 60)
    b = random_corpus(24, 60)[1]
    pair, again = (compare(gold, a, b, resamples=300) for _ in range(2))
    table = {row[0]: row for row in again.to_table().rows}
    alone = pair.difference("recall", average="macro")
    score = evaluate(gold, a)
    shown = {row[0]: row[4] for row in score.to_table(intervals=True).rows}

    assert table["macro recall"][4:] == (alone.interval, alone.p_value)
    assert shown == {
        **{name: score.interval(label=name) for name in score},
        **{name: score.interval(average=name) for name in AVERAGES},
    }


def test_a_label_of_few_documents_has_no_p_value() -> None:
    """Others that hold the label of no entity say nothing of it."""
    gold = [Document("ab", [(0, 1, "X")])] * 10 + [Document("ab", [(0, 1, "Y")])] * 5
    pair = compare(gold, gold, [Prediction([])] * 15)

    assert pair.difference(label="X").p_value is not None
    assert pair.difference(label="Y").reason == "5 documents with entities; at least 6 are needed"
    assert pair.difference(label="Y").p_value is None
    assert "no p-value for Y f1: 5 documents with entities; at least 6 are needed" in str(pair)
    assert "no interval for 5 more" in str(pair)


def test_the_randomization_test_is_exact_where_all_swaps_can_be_listed() -> None:
    """Ten documents that differ: 1,024 swaps, of which the drawn share is an estimate."""
    gold, a = random_corpus(14, 10)
    b = random_corpus(15, 10)[1]
    b = [Prediction(gold[i].entities) if i % 3 == 0 else b[i] for i in range(10)]
    observed = abs(evaluate(gold, a).micro.f1 - evaluate(gold, b).micro.f1)
    extreme = 0
    for swaps in range(1024):
        one = [b[i] if swaps >> i & 1 else a[i] for i in range(10)]
        other = [a[i] if swaps >> i & 1 else b[i] for i in range(10)]
        extreme += abs(evaluate(gold, one).micro.f1 - evaluate(gold, other).micro.f1) >= observed - 1e-12

    assert compare(gold, a, b, test="permutation").p_value == pytest.approx(extreme / 1024)


def test_only_a_and_only_b_are_what_one_system_alone_got_right() -> None:
    gold = [Document("a b c d", [(0, 1, "X"), (2, 3, "X"), (4, 5, "X")]), Document("e", [(0, 1, "X")])]
    a = [Prediction([(0, 1, "X"), (2, 3, "X"), (6, 7, "X")]), Prediction([(0, 1, "X")])]
    b = [Prediction([(0, 1, "X"), (4, 5, "X")]), Prediction([(0, 1, "X")])]
    comparison = compare(gold, a, b, resamples=100, names=("old", "new"))

    assert [tuple(entity) for _, entity in comparison.only_a] == [(2, 3, "X")]
    assert [tuple(entity) for _, entity in comparison.only_b] == [(4, 5, "X")]
    assert [one.position for one in comparison.disagreements] == [0]
    assert "gold entities right in old alone: 1, in new alone: 1" in str(comparison)


def test_error_shares_are_compared_with_intervals() -> None:
    gold, a = random_corpus(16, 200)
    b = random_corpus(17, 200)[1]
    comparison = compare(gold, a, b, labels=LABELS, resamples=200)
    differences = comparison.error_differences(resamples=500)

    for kind, one in differences.items():
        assert one.value == pytest.approx(comparison.errors_a.shares[kind] - comparison.errors_b.shares[kind])
        low, high = one.interval
        assert low <= one.value <= high
    assert "wrong_type" in str(comparison.error_table())


def test_several_systems_are_compared_with_correction() -> None:
    gold, a = random_corpus(18, 60)
    systems = {"a": a, "again": a, "b": random_corpus(19, 60)[1], "gold": gold}
    ranking = compare_systems(gold, systems, resamples=500)

    assert ranking.adjusted["a", "again"] == 1.0
    for pair, one in ranking.differences.items():
        assert ranking.adjusted[pair] >= one.p_value
    assert "p (Holm)" in str(ranking)


def test_holm_by_hand() -> None:
    """Three tests: 3 x 0.01, then 2 x 0.02, then 0.06 stays; order and ties are kept."""
    assert holm([0.06, 0.01, 0.02]) == [0.06, 0.03, 0.04]
    assert holm([0.01, 0.01]) == [0.02, 0.02]
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_unknown_tests_and_different_settings_are_refused() -> None:
    gold, a = random_corpus(1, 3)
    with pytest.raises(UnknownNameError, match="did you mean 'bootstrap'"):
        compare(gold, a, a, test="bootstrapp")
    with pytest.raises(UnknownNameError, match="unknown label"):
        compare(gold, a, a).difference(label="NOPE")


def test_an_interval_survives_pickling() -> None:
    import pickle

    interval = Interval(0.1, 0.3, value=0.2, level=0.9, method="delta")
    again = pickle.loads(pickle.dumps(interval))

    assert (again, again.value, again.signature) == (interval, 0.2, "interval:delta|level:0.9")


def test_the_table_shows_intervals() -> None:
    evaluation: Evaluation = evaluate(*random_corpus(20, 60))
    low, high = evaluation.interval()

    assert f"[{100 * low:.2f}, {100 * high:.2f}]" in str(evaluation.to_table(intervals=True))


def test_every_table_with_an_interval_says_how_it_was_drawn() -> None:
    gold, a = random_corpus(21, 60)
    b = [Prediction(one.entities, text=document.text) for document, one in zip(gold, a, strict=True)]
    drawn = "interval:bootstrap|level:0.95|resamples:1000|seed:0"
    settings = evaluate(gold, a).signature
    tested = f"{settings}|test:randomization|resamples:10000|seed:0"
    pair, ranking = compare(gold, a, b), compare_systems(gold, {"a": a, "b": b})

    assert evaluate(gold, a).to_table(intervals=True).notes[-2:] == (drawn, settings)
    assert pair.to_table().notes[-2:] == (drawn, tested)
    assert pair.error_table().notes == (drawn, pair.errors_a.signature)
    assert ranking.to_table().notes == (drawn, f"{tested}|correction:holm")
    assert evaluate(gold, a).interval(method="delta").signature == "interval:delta|level:0.95"


@pytest.mark.parametrize("test", ["randomization", "permutation", "bootstrap"])
@pytest.mark.parametrize("how", [{"seed": -1}, {"seed": "x"}, {"seed": True}, {"resamples": 0}, {"resamples": 1e3}])
def test_a_seed_and_a_number_of_draws_are_whole_numbers(test: str, how: dict[str, Any]) -> None:
    gold = [Document("x", [(0, 1, "A")])] * 30
    with pytest.raises(DataError, match=f"{next(iter(how))}: expected an int of at least"):
        compare(gold, gold, gold, test=test, **how).p_value  # noqa: B018


def test_the_bounds_of_a_share_in_closed_form_by_hand() -> None:
    """20 of 25 documents with one entity each are found: 0.8, give or take 1.959964 times sqrt(0.8 * 0.2 / 24)."""
    gold = [Document("x", [(0, 1, "A")])] * 25
    said = [Prediction([(0, 1, "A")])] * 20 + [Prediction([])] * 5
    low, high = evaluate(gold, said).interval("recall", method="delta")

    assert low == pytest.approx(0.8 - 1.959964 * (0.16 / 24) ** 0.5, abs=1e-6)
    assert high == pytest.approx(0.8 + 1.959964 * (0.16 / 24) ** 0.5, abs=1e-6)


def test_a_bootstrap_test_draws_as_if_there_were_no_difference() -> None:
    """All of 30 documents are better in A; drawn documents are as much better, which is no evidence against that."""
    gold = [Document("xy", [(0, 1, "A"), (1, 2, "A")])] * 30
    worse = [Prediction([(0, 1, "A")])] * 29 + [Prediction([])]

    assert compare(gold, gold, worse, test="bootstrap", resamples=999).p_value == 0.001


def test_swaps_are_listed_where_there_are_as_many_as_draws() -> None:
    """Six documents that differ have 64 swaps, of which 2 are as extreme."""
    gold = [Document("x", [(0, 1, "A")])] * 6
    nothing = [Prediction([])] * 6

    assert compare(gold, gold, nothing, resamples=64).p_value == 2 / 64
    assert compare(gold, gold, nothing, resamples=63).p_value != 2 / 64
