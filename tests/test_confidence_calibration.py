"""Scores become probabilities, and curves and errors of calibration are what other libraries compute."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy
import pytest
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

import genner
from genner import Document, Entity, Prediction
from genner.confidence import (
    Calibration,
    Calibrator,
    Scored,
    fit_calibrator,
    precision_recall,
    promise_precision,
    reliability,
    with_scores,
)

SEEDS = [0, 1, 2]


def drawn(seed: int, *, entities: int = 400, sources: int = 1, levels: int | None = None) -> Scored:
    """Scores from which the probability of being right is a power; few different ones where `levels` is given."""
    random = numpy.random.default_rng(seed)
    scores = random.random((entities, sources))
    if levels is not None:
        scores = numpy.ceil(scores * levels) / levels
    right = random.random(entities) < scores.mean(1) ** 2
    place = numpy.sort(random.integers(0, 100, entities))
    names = tuple(f"source {number}" for number in range(sources))
    return Scored(scores[:, 0] if sources == 1 else scores, right, place, numpy.full(100, 3), names)


@pytest.mark.parametrize("levels", [None, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_isotonic_is_scikit_learn(seed: int, levels: int | None) -> None:
    """Applied with numpy alone, the probabilities are those of scikit-learn's own model, outside its range too."""
    scored = drawn(seed, levels=levels)
    expected = IsotonicRegression(out_of_bounds="clip").fit(scored.scores, scored.right)
    asked = numpy.linspace(0, 1, 101)

    assert numpy.allclose(fit_calibrator(scored, "isotonic").probabilities(asked), expected.predict(asked))


@pytest.mark.parametrize("sources", [1, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_beta_is_scikit_learn(seed: int, sources: int) -> None:
    """Applied with numpy alone, the probabilities are those of scikit-learn's model of the columns with a weight."""
    scored = drawn(seed, sources=sources)
    inside = (scored.scores.reshape(-1, sources) + 0.02) / 1.04
    columns = numpy.concatenate([numpy.log(inside), -numpy.log(1 - inside)], axis=1)
    calibrator = fit_calibrator(scored, "beta")
    used = numpy.flatnonzero(calibrator.weights)
    expected = LogisticRegression(C=1e3).fit(columns[:, used], scored.right).predict_proba(columns[:, used])[:, 1]

    assert len(used) >= sources
    assert numpy.allclose(calibrator.probabilities(scored.scores), expected)


@pytest.mark.parametrize("seed", range(6))
def test_a_higher_score_is_never_less_probable(seed: int) -> None:
    """Few entities, whose score says nothing or the contrary, give a line that does not fall."""
    scored = drawn(seed, entities=30)
    upside_down = Scored(1 - scored.scores, scored.right, scored.document, scored.gold)
    asked = numpy.linspace(0, 1, 101)
    probabilities = fit_calibrator(upside_down).probabilities(asked)

    assert (numpy.diff(probabilities) >= 0).all()
    assert abs(fit_calibrator(scored).applied(scored).scores.mean() - scored.right.mean()) < 0.01
    assert abs(probabilities.mean() - scored.right.mean()) < 0.1


@pytest.mark.parametrize("method", ["isotonic", "beta"])
def test_calibration_makes_the_error_small(method: Any) -> None:
    """Scores that are far from the share of right entities are near it on other documents after calibration."""
    calibrator = fit_calibrator(drawn(1, entities=3000), method)
    before = reliability(drawn(2, entities=3000)).error
    after = reliability(calibrator.applied(drawn(2, entities=3000))).error

    assert before is not None
    assert after is not None
    assert before > 0.1
    assert after < 0.05


@pytest.mark.parametrize(("method", "sources"), [("isotonic", 1), ("beta", 2)])
def test_a_calibration_is_the_same_after_saving(tmp_path: Path, method: Any, sources: int) -> None:
    """JSON keeps every number; the file holds no code."""
    calibrator = fit_calibrator(drawn(0, sources=sources), method)
    promise = promise_precision(calibrator.applied(drawn(1, sources=sources)), 0.6) if sources == 1 else None
    calibration = Calibration(calibrator, promise)
    calibration.save(tmp_path / "c.json")

    assert Calibration.load(tmp_path / "c.json") == calibration
    assert json.loads((tmp_path / "c.json").read_text())["calibrator"]["method"] == method


@pytest.mark.parametrize("text", ["", "[]", '{"method": "isotonic"}', '{"calibrator": 1}', '{"calibrator": {}}'])
def test_another_file_is_no_calibration(tmp_path: Path, text: str) -> None:
    """The error names the file."""
    (tmp_path / "c.json").write_text(text)

    with pytest.raises(genner.DataError, match=r"c\.json: "):
        Calibration.load(tmp_path / "c.json")


def test_a_calibrator_is_applied_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only fitting needs it, and says so where it is missing."""
    calibrator = Calibrator("isotonic", ("agreement",), ((0.0, 0.0), (1.0, 0.5)))
    ann = Entity(0, 3, "PER")
    prediction = with_scores(Prediction([ann], text="Ann"), {ann: 0.6}, "agreement")
    for name in ("sklearn", "sklearn.isotonic", "sklearn.linear_model"):
        monkeypatch.setitem(sys.modules, name, None)

    assert calibrator.apply(prediction).details[ann] == {"agreement": 0.6, "confidence": pytest.approx(0.3)}
    with pytest.raises(genner.MissingExtraError, match=r"pip install 'genner\[confidence\]'"):
        fit_calibrator(drawn(0))


@pytest.mark.parametrize("levels", [None, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_areas_are_those_of_scikit_learn(seed: int, levels: int | None) -> None:
    """Area under the curve, and average precision where nothing is missed, agree with scikit-learn on ties as well."""
    scored = drawn(seed, levels=levels)
    found = Scored(scored.scores, scored.right, scored.document, numpy.array([scored.right.sum()]))
    curve = precision_recall(found)

    assert curve.area == pytest.approx(roc_auc_score(scored.right, scored.scores))
    assert curve.average_precision == pytest.approx(average_precision_score(scored.right, scored.scores))


@pytest.mark.parametrize("seed", SEEDS)
def test_bins_are_those_of_scikit_learn(seed: int) -> None:
    """Mean score and share of right entities of each bin of equal width."""
    scored = drawn(seed)
    right, mean = calibration_curve(scored.right, scored.scores, n_bins=10)
    bins = [one for one in reliability(scored).bins if one.entities]

    assert [one.right / one.entities for one in bins] == pytest.approx(right.tolist())
    assert [one.total / one.entities for one in bins] == pytest.approx(mean.tolist())


def test_the_calibration_error_by_hand() -> None:
    """Two bins: |1 - 1.7| and |1 - 0.4| of 4 entities together."""
    scored = Scored(
        numpy.array([0.8, 0.9, 0.1, 0.3]), numpy.array([True, False, True, False]), numpy.arange(4), numpy.full(4, 1)
    )
    found = reliability(scored, bins=2)

    assert found.error == pytest.approx((0.7 + 0.6) / 4)


def test_the_debiased_error_by_hand() -> None:
    """One bin of mean score 0.7 with 4 of 10 right: 0.6 less than E|N(0.3, s)|, s the root of 5/12 * 7/12 / 10."""
    right = numpy.arange(10) < 4
    found = reliability(Scored(numpy.full(10, 0.7), right, numpy.arange(10), numpy.full(10, 1)))

    assert found.error == pytest.approx(0.3)
    assert found.debiased == pytest.approx(0.6 - 0.30324, abs=1e-4)


@pytest.mark.parametrize(("shift", "bounds"), [(0.0, (0.0, 0.03)), (0.1, (0.085, 0.115))])
def test_the_debiased_error_is_nearer_to_the_truth(shift: float, bounds: tuple[float, float]) -> None:
    """Mean over 60 samples of 400 entities whose probability is the score less a shift."""
    random = numpy.random.default_rng(0)
    plain, debiased, covered = [], [], 0
    for _ in range(60):
        scores = random.uniform(0.3, 0.9, 400)
        right = random.random(400) < scores - shift
        found = reliability(Scored(scores, right, numpy.arange(400) // 2, numpy.full(200, 2)), resamples=200)
        plain.append(found.error or 0.0)
        debiased.append(found.debiased or 0.0)
        covered += found.interval[0] <= shift <= found.interval[1]

    assert bounds[0] <= numpy.mean(debiased) <= bounds[1]
    assert abs(numpy.mean(debiased) - shift) <= abs(numpy.mean(plain) - shift)
    assert covered > (50 if shift else 20)


def test_the_interval_is_over_documents() -> None:
    """Copies of a document add no certainty: ten equal entities in each of few documents leave a wide interval."""
    random = numpy.random.default_rng(0)
    truth = random.random(20) < 0.5
    few = Scored(numpy.full(200, 0.5), numpy.repeat(truth, 10), numpy.repeat(numpy.arange(20), 10), numpy.full(20, 10))
    many = Scored(numpy.full(200, 0.5), random.random(200) < 0.5, numpy.arange(200), numpy.full(200, 1))

    wide, narrow = reliability(few).interval, reliability(many).interval
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_a_curve_by_hand() -> None:
    """Scores with a tie: both are kept together or not at all."""
    right = numpy.array([True, False, True, False])
    curve = precision_recall(Scored(numpy.array([0.9, 0.5, 0.5, 0.1]), right, numpy.zeros(4, int), numpy.array([4])))

    assert curve.precision.tolist() == [1.0, 2 / 3, 0.5]
    assert curve.recall.tolist() == [0.25, 0.5, 0.5]
    assert curve.at(precision=0.6) == (0.5, pytest.approx(2 / 3), 0.5)
    assert curve.at(precision=1.1) is None


def test_right_is_strict_and_a_copy_is_wrong() -> None:
    """Span and label must be those of the gold; the second of two equal entities finds none."""
    gold = [Document("Ann left", [(0, 3, "PER")])]
    predicted = Prediction([(0, 3, "PER"), (0, 3, "PER"), (0, 3, "LOC")], text="Ann left")
    scored = Scored.of(gold, [with_scores(predicted, dict.fromkeys(predicted.entities, 0.5))])

    assert scored.right.tolist() == [False, True, False]
    assert scored.gold.tolist() == [1]


def test_nothing_predicted_is_no_error() -> None:
    """A corpus without predicted entities has no curve and no calibration error, and raises nothing."""
    scored = Scored.of([Document("Ann left", [(0, 3, "PER")])], [Prediction([], text="Ann left")])

    assert precision_recall(scored).average_precision == 0.0
    assert reliability(scored).error is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_calibrator(drawn(0), "spline"), "unknown method of calibration 'spline'"),
        (lambda: fit_calibrator(drawn(0, sources=2), "isotonic"), "isotonic takes one score, got source 0, source 1"),
        (lambda: fit_calibrator(drawn(0).part(numpy.array([], int))), "right and wrong entities, got 0 right of 0"),
        (lambda: reliability(drawn(0, sources=2)), "expected one score for each entity, got 2"),
        (lambda: Calibrator.from_dict({"method": "isotonic"}), "expected a calibrator"),
        (lambda: Calibrator.from_dict([1]), "expected a calibrator"),
        (lambda: Scored.of([Document("a")], [Document("a")]), "whose details hold scores, got a Document"),
    ],
)
def test_bad_input_is_one_clear_error(call: Any, message: str) -> None:
    """Every error is one of genner's and names what was expected."""
    with pytest.raises(genner.GennerError, match=message):
        call()


@pytest.mark.extra
def test_figures_are_drawn() -> None:
    """The diagrams show percentages of both ratios."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    scored = drawn(0)

    assert reliability(scored).plot().get_xlabel() == "mean score (%)"
    assert precision_recall(scored).plot().get_ylabel() == "precision (%)"
    pyplot.close("all")
