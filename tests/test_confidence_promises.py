"""A chosen threshold keeps its promise: p-values hold, and simulated documents break few promises."""

from __future__ import annotations

import json
import math
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner import Document, Entity, Prediction
from genner.confidence import Promise, Scored, promise_precision, promise_recall, review_list, with_scores
from genner.confidence.p_values import binomial_tail, p_value
from genner.confidence.promises import _share_p
from genner.testing import simulated_scores


def realised(promise: Promise, scored: Scored) -> tuple[int, int]:
    """Count what a promise keeps, entity by entity, and how many of these are right."""
    assert promise.threshold is not None
    kept = right = 0
    for document in range(scored.documents):
        here = numpy.flatnonzero((scored.document == document) & (scored.scores >= promise.threshold))
        here = here[numpy.argsort(-scored.scores[here], kind="stable")][: promise.most]
        kept += len(here)
        right += int(scored.right[here].sum())
    return kept, right


def one_each(*scores: tuple[float, bool, int]) -> Scored:
    """Documents of one entity: a score, whether it is right, and how many such documents there are."""
    values, right, counts = zip(*scores, strict=True)
    number = sum(counts)
    return Scored(
        numpy.repeat(values, counts), numpy.repeat(right, counts), numpy.arange(number), numpy.full(number, 1)
    )


# -- p-values --------------------------------------------------------------------------------------


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.01, 0.99))
def test_the_binomial_tail_is_a_sum(count: int, trials: int, chance: float) -> None:
    """Added up term by term with exact binomial coefficients."""
    terms = [math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(min(count, trials) + 1)]

    assert binomial_tail(count, trials, chance) == pytest.approx(min(1.0, math.fsum(terms)))


@pytest.mark.parametrize("test", ["betting", "binomial"])
@pytest.mark.parametrize("chance", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("delta", [0.02, 0.1, 0.5])
def test_p_values_hold_exactly(test: Any, chance: float, delta: float) -> None:
    """Over all samples of twelve losses of 0 and 1 whose mean is the limit, p is below delta at most that often."""
    trials = 12
    rejected = 0.0
    for count in range(trials + 1):
        losses = [1.0] * count + [0.0] * (trials - count)
        if p_value(losses, chance, 1.0, test=test) <= delta:
            rejected += math.comb(trials, count) * chance**count * (1 - chance) ** (trials - count)

    assert rejected <= delta


def test_p_values_hold_for_losses_of_any_size() -> None:
    """Over all samples of six losses from a distribution on four values whose mean is the limit."""
    values, chances = (-0.3, 0.0, 0.7, 2.7), (0.5, 0.3, 0.17, 0.03)
    mean = sum(value * chance for value, chance in zip(values, chances, strict=True))
    rejected = {0.05: 0.0, 0.3: 0.0, 0.8: 0.0}
    for sample in product(range(4), repeat=6):
        p = p_value([values[at] for at in sample], mean, 2.7)
        for delta in rejected:
            rejected[delta] += math.prod(chances[at] for at in sample) * (p <= delta)

    assert all(share <= delta for delta, share in rejected.items())


def test_the_normal_approximation_by_hand() -> None:
    """Losses 0, 0, 0 and one more of 1 above the limit of 0.5: a third of a standard error below it, in the table."""
    assert p_value([0.0] * 3, 0.5, 2.0, test="normal") == pytest.approx(0.36944, abs=1e-5)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20), st.randoms())
def test_the_order_of_documents_does_not_matter(losses: list[float], random: Any) -> None:
    """Bets are fixed beforehand, so that shuffled losses have the same p-value."""
    shuffled = losses[:]
    random.shuffle(shuffled)

    assert p_value(shuffled, 0.2, 1.0) == pytest.approx(p_value(losses, 0.2, 1.0))


@pytest.mark.parametrize("test", ["betting", "binomial"])
@given(st.lists(st.integers(0, 1), max_size=20), st.floats(0.05, 0.9), st.floats(0.01, 0.09))
def test_an_easier_limit_has_a_smaller_p_value(test: Any, losses: list[int], limit: float, more: float) -> None:
    """Evidence for a mean below a limit is evidence for a mean below a higher limit."""
    assert p_value(losses, limit + more, 1.0, test=test) <= p_value(losses, limit, 1.0, test=test) * (1 + 1e-9)


def test_losses_out_of_bounds_are_refused() -> None:
    """A loss that is larger than the largest would make the p-value wrong."""
    with pytest.raises(genner.DataError, match="losses: expected at most 1, got 2"):
        p_value([0, 2], 0.1, 1.0)
    with pytest.raises(genner.DataError, match="the binomial test is for losses of 0 and 1"):
        p_value([0.5], 0.1, 1.0, test="binomial")
    with pytest.raises(genner.UnknownNameError, match="unknown test 'student'"):
        p_value([0.5], 0.1, 1.0, test="student")  # type: ignore[arg-type]


# -- promises --------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", ["betting", "binomial", None, "normal"])
def test_promises_of_precision_are_kept(test: Any) -> None:
    """Of 100 promises of 88 % made on 250 simulated documents each, at most delta and chance are broken."""
    random = numpy.random.default_rng(1)
    future = simulated_scores(1500, random)
    broken = made = 0
    for _ in range(100):
        promise = promise_precision(simulated_scores(250, random), 0.88, delta=0.2, test=test)
        if promise.threshold is not None:
            kept, right = realised(promise, future)
            made += 1
            broken += right < 0.88 * kept

    assert made > 60
    assert broken <= 100 * 0.2 + 3 * math.sqrt(100 * 0.2 * 0.8)


@pytest.mark.parametrize("test", ["betting", "binomial"])
def test_promises_of_recall_are_kept(test: Any) -> None:
    """Of 100 promises of recall on 200 simulated documents each, at most delta and chance are broken."""
    random = numpy.random.default_rng(2)
    future = simulated_scores(6000, random)
    broken, made, delta = 0, 0, 0.2
    for run in range(100):
        promise = promise_recall(simulated_scores(200, random), 0.5, delta=delta, test=test, seed=run)
        if promise.threshold is None:
            continue
        kept = future.per_document((future.scores >= promise.threshold) & future.right)
        some = future.gold > 0
        made += 1
        broken += (kept[some] / future.gold[some]).mean() < 0.5

    assert made > 80
    assert broken <= 100 * delta + 3 * math.sqrt(100 * delta * (1 - delta))


def test_conformal_risk_control_holds_on_average() -> None:
    """The mean recall of the next document, over 400 draws of 60 documents and one more, is the target or more."""
    random = numpy.random.default_rng(3)
    recalls = []
    for _ in range(400):
        promise = promise_recall(simulated_scores(60, random), 0.6, delta=None)
        future = simulated_scores(30, random)
        some = numpy.flatnonzero(future.gold > 0)[0]
        threshold = 2.0 if promise.threshold is None else promise.threshold
        kept = future.per_document((future.scores >= threshold) & future.right)
        recalls.append(1.0 if promise.threshold is None else kept[some] / future.gold[some])

    assert numpy.mean(recalls) >= 0.6 - 3 * numpy.std(recalls) / math.sqrt(400)
    assert numpy.mean(recalls) <= 0.68, "the threshold is far lower than it needs to be"


def test_a_promise_of_precision_is_useful() -> None:
    """On 2,000 documents the threshold is near the best: it keeps most of what a known truth would allow."""
    scored = simulated_scores(2000, numpy.random.default_rng(4))
    promise = promise_precision(scored, 0.9)

    assert promise.threshold is not None
    assert promise.right / promise.kept > 0.9
    assert promise.right > 0.5 * promise.gold


def test_the_binomial_test_draws_every_entity_alike() -> None:
    """Over all places in steps of 1/12, as many right and wrong entities are drawn as the documents keep, of 4 places.

    Documents keep 3, 1 and 4 entities, 2, 0 and 3 of them right: 12 * 3 / 4 draws of the first, and so on.
    """
    kept, right = numpy.array([3, 1, 4]), numpy.array([2, 0, 3])
    drawn_right = drawn_wrong = 0
    for step in range(12):
        places = numpy.full(3, (step + 0.5) / 12)
        losses = (places * 4 < kept - right)[places * 4 < kept]
        expected = binomial_tail(int(losses.sum()), len(losses), 0.2) if len(losses) else 1.0
        drawn_wrong, drawn_right = drawn_wrong + int(losses.sum()), drawn_right + int((~losses).sum())

        assert _share_p(kept, right, 0.8, 4, "binomial", places) == pytest.approx(expected)

    assert (drawn_right, drawn_wrong) == (12 * 5 / 4, 12 * 3 / 4)


def test_few_documents_are_best_tested_by_drawing() -> None:
    """On 120 documents of one entity each, 96 % right, planning takes the exact test, which betting does not reach."""
    random = numpy.random.default_rng(8)
    made = {"betting": 0, None: 0}
    for _ in range(40):
        right = random.random(120) < 0.96
        scored = Scored(numpy.full(120, 0.9), right, numpy.arange(120), numpy.full(120, 1))
        for test in made:
            made[test] += promise_precision(scored, 0.9, test=test).threshold is not None  # type: ignore[arg-type]

    assert made[None] > made["betting"] + 5


def test_nothing_is_promised_where_nothing_is_good_enough() -> None:
    """Scores that say nothing of a system that is right half of the time allow no threshold."""
    random = numpy.random.default_rng(5)
    place = numpy.repeat(numpy.arange(300), 2)
    scored = Scored(random.random(600), random.random(600) < 0.5, place, numpy.full(300, 2))
    promise = promise_precision(scored, 0.9)

    assert promise.threshold is None
    assert "no threshold is good enough on 210 documents; nothing is kept" in str(promise)
    assert promise.keep(predicted("a", 0.99)).entities == ()


def test_few_documents_promise_nothing() -> None:
    """Ten documents without an error are no evidence of 95 %."""
    scored = Scored(numpy.full(10, 0.9), numpy.full(10, True), numpy.arange(10), numpy.full(10, 1))

    assert promise_precision(scored, 0.95).threshold is None


def test_other_documents_can_plan() -> None:
    """Documents given for planning are not tested, and all others are."""
    random = numpy.random.default_rng(6)
    promise = promise_precision(simulated_scores(500, random), 0.85, planning=simulated_scores(100, random))

    assert promise.documents == 500
    assert promise.threshold is not None


def test_planning_does_not_look_at_what_is_tested() -> None:
    """Where no document that plans has two entities, the limit is one, whatever the tested documents have."""
    tested = simulated_scores(500, numpy.random.default_rng(6))
    promise = promise_precision(tested, 0.8, planning=one_each((0.9, True, 50), (0.4, False, 50)))

    assert tested.per_document(None).max() > 3
    assert promise.most == 1


def test_thresholds_are_tested_until_one_fails() -> None:
    """Behind a threshold that is not good enough none is chosen, although all entities together would be."""
    tested = one_each((0.95, True, 200), (0.6, False, 60), (0.3, True, 2000))
    promise = promise_precision(tested, 0.9, planning=one_each((0.95, True, 200), (0.95, False, 1)))

    assert (promise.kept, promise.right) == (200, 200)


@pytest.mark.parametrize(("target", "found"), [(0.75, 8), (0.65, 7), (0.9, 9)])
def test_conformal_risk_control_by_hand(target: float, found: int) -> None:
    """Of 9 documents with one gold entity m may be missed: (m + 1) / 10 is at most 1 less the target."""
    scored = one_each(*((score / 10, True, 1) for score in range(1, 10)))
    promise = promise_recall(scored, target - 1e-9, delta=None)

    assert promise.right == found


@pytest.mark.parametrize("test", ["betting", "binomial", "normal"])
def test_recall_is_of_documents_with_gold(test: Any) -> None:
    """100 documents with one gold entity, 95 of which are found, promise a recall of 80 %; 900 without gold no more."""
    one = one_each((0.9, True, 95), (0.9, False, 5))
    more = Scored(one.scores, one.right, one.document, numpy.append(one.gold, numpy.zeros(900, int)))

    assert promise_recall(one, 0.8, test=test).right == 95
    assert promise_recall(more, 0.8, test=test).right == 95
    assert promise_recall(more, 0.96, test=test).threshold is None


def test_the_highest_scores_are_kept_as_they_were_tested() -> None:
    """A score at the threshold is kept, and of more than the limit the highest, of equal ones the first in the text."""
    promise = Promise("precision", 0.9, 0.1, 0.5, 3, "confidence", 10, 5, 5, 5)
    prediction = predicted("aaaaa", 0.5, 0.49, 0.9, 0.6, 0.5)
    first, _, *rest = prediction.entities
    scored = Scored.of([Document("aaaaa", rest)], [prediction])

    assert set(promise.kept_of(prediction)) == {first, rest[0], rest[1]}
    assert [each.tolist() for each in promise.counts(scored)] == [[3.0], [2.0]]


def test_what_is_kept_is_what_was_tested() -> None:
    """`keep` applies threshold and limit to predictions as the test counted them, and names what it leaves out."""
    text = "x" * 50
    random = numpy.random.default_rng(7)
    gold, predicted = [], []
    for _ in range(300):
        spans = [Entity(at, at + 1, "A") for at in range(random.poisson(2))]
        scores = {span: float(random.choice([0.2, 0.6, 0.97])) for span in spans}
        gold.append(Document(text, [span for span in spans if random.random() < scores[span] ** 0.5]))
        predicted.append(with_scores(Prediction(spans, text=text), scores))
    promise = promise_precision(Scored.of(gold, predicted), 0.9, planning=Scored.of(gold[:50], predicted[:50]))
    kept = [promise.keep(prediction) for prediction in predicted]
    counts = genner.evaluate(gold, kept).micro

    assert promise.threshold is not None
    assert (counts.tp, counts.tp + counts.fp) == (promise.right, promise.kept)
    for before, after in zip(predicted, kept, strict=True):
        left = {issue.text_span for issue in after.issues if issue.kind == "left_out"}
        assert left == {entity.span for entity in set(before.entities) - set(after.entities)}
    assert Promise.from_dict(promise.to_dict()) == promise


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one: promise_precision(one, 95), "target: expected a number above 0 and below 1, got 95"),
        (lambda one: promise_precision(one, 0.9, delta=0), "delta: expected a number above 0"),
        (lambda one: Promise.from_dict({"target": 1}), "expected a promise"),
        (
            lambda one: Promise.from_dict(promise_precision(one, 0.9).to_dict() | {"threshold": "high"}),
            "expected a promise",
        ),
    ],
)
def test_bad_input_is_one_clear_error(call: Any, message: str) -> None:
    """Every error names the argument and what it should be."""
    with pytest.raises(genner.GennerError, match=message):
        call(simulated_scores(20, numpy.random.default_rng(0)))


# -- the list of what a person should look at ------------------------------------------------------


def predicted(text: str, *scores: float) -> Prediction:
    entities = [Entity(at, at + 1, "A") for at in range(len(scores))]
    return with_scores(Prediction(entities, text=text), dict(zip(entities, scores, strict=True)))


def test_the_review_list_begins_where_a_look_corrects_most() -> None:
    """Expected errors by hand: 0.1 + 0.4, 0.5, and 0.1 + 0.2 + 0.3 at a threshold of 0.6; one document is sure."""
    predictions = [
        ("a", predicted("aaaa", 0.9, 0.4)),
        ("b", predicted("bbbb", 0.5)),
        ("c", predicted("cccc", 0.9, 0.2, 0.3)),
        ("d", predicted("dddd", 0.99)),
    ]
    listed = review_list(predictions, 0.6)

    assert [document.id for document in listed] == ["c", "a", "b"]
    assert [document.meta["expected_errors"] for document in listed] == [0.6, 0.5, 0.5]


def test_the_review_list_is_a_file_of_label_studio(tmp_path: Path) -> None:
    """Entities are predictions with their scores, which wait for a person, and genner reads them back."""
    listed = review_list([("a", predicted("aaaa", 0.9, 0.4))], 0.6)
    genner.write(listed, tmp_path / "tasks.json", "label-studio")
    (task,) = json.loads((tmp_path / "tasks.json").read_text())
    (back,) = genner.read(tmp_path / "tasks.json")

    assert "annotations" not in task
    assert [one["score"] for one in task["predictions"][0]["result"]] == [0.9, 0.4]
    assert (back.id, back.entities) == ("a", listed[0].entities)


def test_an_answer_that_lost_something_is_reviewed() -> None:
    """A document whose answer was cut off is on the list although all its entities are sure."""
    cut = Prediction([], issues=[genner.Issue("truncated", "the output ends inside the answer")], text="aaaa")

    assert [document.text for document in review_list([cut, predicted("bbbb", 0.99)], 0.5)] == ["aaaa"]
