"""`evaluate` and `analyze_errors`: what they accept, what they refuse, the empty cases, and what they print."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from metric_cases import random_corpus

from genner.evaluation import Evaluator, analyze_errors, compare, confusion, evaluate, evaluate_outputs
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.metrics import Evaluation, IssueTally, parse_signature
from genner.types import Document, Entity, Issue, Mention, Prediction

TEXT = "Ada met Grace in Paris."
GOLD = [Document(TEXT, [(0, 3, "PER"), (8, 13, "PER"), (17, 22, "LOC")], id="one"), Document("Nobody.", id="two")]
SAID = [Prediction([(0, 3, "PER"), (8, 13, "ORG"), (17, 22, "LOC")], text=TEXT), Prediction([(0, 6, "PER")])]


def test_attributes_of_an_evaluation() -> None:
    evaluation = evaluate(GOLD, SAID, labels=["PER", "LOC", "MISC"])
    micro, person = evaluation.micro, evaluation["PER"]

    assert (micro.tp, micro.fp, micro.fn, micro.support, micro.predicted) == (2, 2, 1, 3, 4)
    assert (micro.precision, micro.recall, micro.f1) == (0.5, 2 / 3, 4 / 7)
    assert (person.tp, person.fp, person.fn, person.support) == (1, 1, 1, 2)
    assert [row.tp for row in evaluation.counts] == [2, 0]
    assert evaluation.counts[0]["ORG"].fp == 1
    assert evaluation.labels == ("PER", "LOC", "MISC", "ORG")
    assert evaluation.unknown_labels == ("ORG",)
    assert "MISC" in evaluation
    assert evaluation.documents == 2


def test_averages_leave_out_labels_that_neither_side_has() -> None:
    """PER 1/2, LOC 1, ORG (invented) 0; MISC is declared and unseen."""
    evaluation = evaluate(GOLD, SAID, labels=["PER", "LOC", "MISC"])

    assert evaluation.averaged_labels == ("PER", "LOC", "ORG")
    assert evaluation.macro.f1 == (0.5 + 1 + 0) / 3
    assert evaluation.weighted.f1 == (2 * 0.5 + 1) / 3
    assert evaluate(GOLD, SAID, macro="gold").macro.f1 == (0.5 + 1) / 2
    assert evaluate(GOLD, SAID, labels=["PER", "LOC", "MISC"], macro="labels").macro.f1 == (0.5 + 1 + 0) / 3


def test_weighted_says_what_it_hides() -> None:
    """A thousand spurious entities of a label without gold leave weighted F1 at 1.0."""
    gold = [Document("x" * 1001, [(1000, 1001, "A")])]
    said = [Prediction([(1000, 1001, "A"), *((at, at + 1, "B") for at in range(1000))])]
    evaluation = evaluate(gold, said)

    assert evaluation.weighted.f1 == 1.0
    assert evaluation.micro.precision == 1 / 1001
    assert "1000 predicted with a label that no gold entity has: no part of the weighted average" in str(evaluation)


@pytest.mark.parametrize("zero", [None, 0.0, 1.0])
@pytest.mark.parametrize(
    ("gold", "said", "undefined"),
    [
        ([], [], ("precision", "recall", "f1")),
        ([Document("x")], [Prediction([])], ("precision", "recall", "f1")),
        ([Document("x", [(0, 1, "A")])], [Prediction([])], ("precision",)),
        ([Document("x")], [Prediction([(0, 1, "A")])], ("recall",)),
        ([Document("")], [Prediction([])], ("precision", "recall", "f1")),
    ],
)
def test_zero_divided_by_zero_is_the_chosen_value_everywhere(
    gold: list[Document], said: list[Prediction], undefined: tuple[str, ...], zero: float | None
) -> None:
    evaluation = evaluate(gold, said, zero_division=zero)

    for score in (evaluation.micro, evaluation.macro, evaluation.weighted):
        assert [getattr(score, name) for name in undefined] == [zero] * len(undefined)


def test_undefined_rows_are_left_out_of_averages() -> None:
    """Recall of B is 0/0: its mean is over A alone, or counts the chosen value."""
    gold, said = [Document("xy", [(0, 1, "A")])], [Prediction([(0, 1, "A"), (1, 2, "B")])]

    assert evaluate(gold, said, zero_division=None).macro.recall == 1.0
    assert evaluate(gold, said, zero_division=0).macro.recall == 0.5


@pytest.mark.parametrize(
    ("gold", "said", "error", "message"),
    [
        (GOLD, SAID[:1], DataError, r"got 2 gold and 1 predicted; the first without a partner is at position 1"),
        ([GOLD[0]], [Document("Ada met Grase.")], DataError, r"predicted\[0\]: its text differs .* at character 11"),
        ([GOLD[0]], [Document(TEXT, id="two")], DataError, r"predicted\[0\]: expected id 'one' as in gold, got 'two'"),
        ([Document("x")], [Prediction([(0, 2, "A")])], DataError, r"predicted\[0\]: Entity\(0, 2, 'A'\) ends past"),
        (GOLD[0], SAID, WrongTypeError, r"gold: expected a sequence of Document, got Document"),
        (GOLD, "text", WrongTypeError, r"predicted: expected a sequence of Prediction or Document, got str 'text'"),
        (GOLD, [SAID[0], {"a": 1}], WrongTypeError, r"predicted\[1\]: expected Prediction or Document, got dict"),
        ([SAID[0]], SAID[:1], WrongTypeError, r"gold\[0\]: expected Document, got Prediction"),
        (None, SAID, WrongTypeError, r"gold: expected a sequence of Document, got NoneType None"),
    ],
)
@pytest.mark.parametrize("function", [evaluate, analyze_errors])
def test_bad_input_is_one_clear_error(function, gold, said, error, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error, match=message):
        function(gold, said)


def test_iterators_will_do() -> None:
    assert evaluate(iter(GOLD), iter(SAID)) == evaluate(GOLD, SAID)


def test_settings_in_iterators_count_for_every_system() -> None:
    """They are read once for each system, and an iterator can be read once only."""
    twice = {"only": ["PER"], "label_map": [("LOC", "PER")], "labels": ["PER", "LOC"]}
    once = {name: iter(value) for name, value in twice.items()}

    assert str(compare(GOLD, SAID, GOLD, **once)) == str(compare(GOLD, SAID, GOLD, **twice))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"matching": "strikt"}, "unknown matching 'strikt'; did you mean 'strict'"),
        ({"duplicates": "drop"}, "unknown duplicates 'drop'"),
        ({"unplaced": "counts"}, "did you mean 'count'"),
        ({"macro": "all"}, "unknown macro 'all'"),
        ({"labels": "genai"}, "did you mean 'genia'"),
    ],
)
def test_unknown_settings_offer_the_closest(keywords: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        evaluate(GOLD, SAID, **keywords)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "keywords", [{"zero_division": 0.5}, {"zero_division": True}, {"depth": 0}, {"macro": "labels"}]
)
def test_settings_that_make_no_sense_are_refused(keywords: dict[str, object]) -> None:
    with pytest.raises(DataError):
        evaluate(GOLD, SAID, **keywords)  # type: ignore[arg-type]


def test_unknown_label_in_brackets_offers_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="unknown label 'PERS'; did you mean 'PER'"):
        evaluate(GOLD, SAID)["PERS"]


def test_outputs_in_several_formats_are_scored_together() -> None:
    """Where no format is named, each output is read in its own, and the signature says so."""
    gold = [Document("Ann left Rome", [(0, 3, "PER"), (9, 13, "LOC")])] * 2
    result = evaluate_outputs(gold, ["[Ann | PER] left [Rome | LOC]", '{"PER": ["Ann"], "LOC": ["Rome"]}'])

    assert result.micro.f1 == 1.0
    assert [prediction.format for prediction in result.predictions] == ["bracket", "grouped-json"]
    assert result.signature.endswith("|format:any")
    assert parse_signature(result.signature) == result.settings


def test_labels_are_merged_selected_and_shortened() -> None:
    gold = [Document("abcd", [(0, 1, "ORG.company"), (1, 2, "GPE"), (2, 3, "LOC"), (3, 4, "DATE")])]
    said = [Prediction([(0, 1, "ORG.sports"), (1, 2, "LOC"), (2, 3, "GPE"), (3, 4, "DATE")], [Mention("q", "GPE")])]

    merged = evaluate(gold, said, label_map={"GPE": "LOC", "DATE": None})
    assert (merged["LOC"].tp, merged["LOC"].fp, "DATE" in merged) == (2, 1, False)
    assert evaluate(gold, said, depth=1)["ORG"].tp == 1
    assert evaluate(gold, said, only=["DATE"]).labels == ("DATE",)
    assert evaluate(gold, said, only="DATE").micro.f1 == 1.0


def test_parts_scored_differently_do_not_merge() -> None:
    with pytest.raises(DataError, match="expected two parts scored alike"):
        evaluate(GOLD, SAID) + evaluate(GOLD, SAID, duplicates="ignore")


def test_the_table_as_text() -> None:
    assert str(evaluate(GOLD, SAID)).splitlines()[:-1] == [
        "label     precision  recall      f1  tp  fp  fn  support",
        "--------------------------------------------------------",
        "LOC          100.00  100.00  100.00   1   0   0        1",
        "ORG            0.00    0.00    0.00   0   1   0        0",
        "PER           50.00   50.00   50.00   1   1   1        2",
        "--------------------------------------------------------",
        "micro         50.00   66.67   57.14   2   2   1        3",
        "macro         50.00   50.00   50.00   2   2   1        3",
        "weighted      66.67   66.67   66.67   2   2   1        3",
        "1 predicted with a label that no gold entity has: no part of the weighted average",
    ]


@pytest.mark.parametrize(
    ("gold", "predicted", "notes"),
    [
        (["PER", "PER", "LOC"], ["LOC"], ["2 in gold outside the label set: PER"]),
        (["LOC"], ["LOC", "PER"], ["1 predicted outside the label set: PER"]),
        (
            ["PER"],
            ["ORG", "PER"],
            ["1 in gold outside the label set: PER", "2 predicted outside the label set: ORG, PER"],
        ),
        (["LOC"], ["LOC"], []),
    ],
)
def test_a_label_outside_the_label_set_is_noted_for_the_side_that_has_it(
    gold: list[str], predicted: list[str], notes: list[str]
) -> None:
    """Counted by hand: each note has the entities and the labels of its own side alone."""
    sides = [
        Document("a b c", [(2 * at, 2 * at + 1, label) for at, label in enumerate(one)]) for one in (gold, predicted)
    ]

    found = evaluate([sides[0]], [sides[1]], labels=["LOC"]).notes

    assert [note for note in found if "label set" in note] == notes


def test_everything_prints_its_signature() -> None:
    evaluation, report = evaluate(GOLD, SAID), analyze_errors(GOLD, SAID)

    assert evaluation.signature in str(evaluation)
    assert evaluation.signature in repr(evaluation)
    assert evaluation.signature in evaluation.to_latex()
    assert report.signature in str(report)
    assert parse_signature(report.signature) == report.settings


def test_json_holds_scores_to_read_and_rows_to_rebuild() -> None:
    evaluation = evaluate(GOLD, SAID)
    loaded = json.loads(evaluation.to_json())

    assert loaded["micro"]["f1"] == 4 / 7
    assert Evaluation.from_dict(loaded) == evaluation
    assert pickle.loads(pickle.dumps(evaluation)) == evaluation


@pytest.mark.parametrize("broken", ["{", "[]", "{}", '{"signature": "x"}', b"\xff"])
def test_json_that_is_no_evaluation_is_refused(broken: str | bytes) -> None:
    with pytest.raises(DataError):
        Evaluation.from_json(broken)


def test_impossible_counts_are_refused() -> None:
    value = evaluate(GOLD, SAID).to_dict()
    value["rows"][0]["counts"]["PER"] = [1, 1, 2, 1]
    with pytest.raises(DataError, match="0 <= found <= gold"):
        Evaluation.from_dict(value)


@pytest.mark.extra
def test_a_frame_holds_full_precision() -> None:
    frame = evaluate(GOLD, SAID).to_frame()

    assert frame.set_index("label").loc["micro", "f1"] == 4 / 7


def test_the_tally_counts_outputs_by_issue() -> None:
    said = [
        Prediction([], issues=[Issue("no_answer", "no answer found")]),
        Prediction([], [Mention("x", "A")], [Issue("unplaced", "a"), Issue("unplaced", "b"), Issue("case", "c")]),
        Prediction([], issues=[Issue("ambiguous", "two places")]),
        Prediction([]),
    ]
    tally = IssueTally.of(said)

    assert (tally.outputs, tally.ok, tally.clean, tally.unparsable) == (4, 1, 2, 1)
    assert (tally.kinds["unplaced"], tally.issues["unplaced"]) == (1, 2)
    assert tally.shares == {
        "clean": 0.5, "needed_repair": 0.25, "invented_labels": 0.0, "invented_text": 0.25, "changed_text": 0.25,
    }  # fmt: skip
    assert IssueTally.of(said[:1]) + IssueTally.of(said[1:]) == tally
    assert IssueTally.from_dict(tally.to_dict()) == tally
    assert "1 of 4 outputs held no answer" in evaluate([Document("x")] * 4, said).notes


def test_raw_outputs_are_decoded_scored_and_explained() -> None:
    gold = [Document("Ada met Grace.", [(0, 3, "PER"), (8, 13, "PER")])]
    result = evaluate_outputs(gold, ["<PER>Ada</PER> met <LOC>Grace</LOC>."], "xml", labels=["PER", "LOC"])

    assert result.predictions[0].entities == (Entity(0, 3, "PER"), Entity(8, 13, "LOC"))
    assert (result.micro.tp, result.errors.counts["wrong_type"], result.tally.ok) == (1, 1, 1)
    copy = pickle.loads(pickle.dumps(result))
    assert (copy, copy.predictions, copy.errors.counts) == (result, result.predictions, result.errors.counts)
    with pytest.raises(DataError, match="got 1 gold and 0 outputs"):
        evaluate_outputs(gold, [], "xml")


def test_the_label_set_goes_through_what_entities_go_through() -> None:
    """A boundary error of a known label is no `ood_type`, and an average over one label divides by one."""
    gold = [Document("Acme Corp", [(0, 9, "ORG.company")])]
    result = evaluate_outputs(gold, ["[Acme | ORG.company] Corp"], "bracket", labels=["ORG.company", "PER"], depth=1)
    perfect = [Document("a", [(0, 1, "A")])]

    assert {kind: count for kind, count in result.errors.counts.items() if count} == {"contained_by_gold": 1}
    assert evaluate(perfect, perfect, labels=["A", "B", "C"], only=["A"], macro="labels").macro.f1 == 1.0
    mapped = evaluate(perfect, perfect, labels=["A", "B"], label_map={"A": "X", "B": None})
    assert (mapped.labels, mapped.unknown_labels) == (("X",), ())


def test_decoding_and_scoring_may_need_different_label_sets() -> None:
    gold = [Document("Ada met Acme", [(0, 3, "PER"), (8, 12, "ORG")])]
    result = evaluate_outputs(
        gold, ["[Ada | PER] met [Acme | ORG]"], "bracket", labels=["PER"], only=["PER"], decode_labels=["PER", "ORG"]
    )

    assert result.predictions[0].ok
    assert (result.micro.tp, result.micro.support) == (1, 1)
    assert result.settings.decode_labels == ("PER", "ORG")
    assert parse_signature(result.signature) == result.settings


def test_lines_of_different_results_differ_and_parse_back() -> None:
    gold = [Document("a", [(0, 1, "X")])]
    bracket, xml = (
        evaluate_outputs(gold, [output], format, labels=["X"])
        for format, output in (("bracket", "[a | X]"), ("xml", "<X>a</X>"))
    )
    comparison = compare(GOLD, SAID, GOLD, resamples=50, seed=3)

    assert bracket.signature != xml.signature
    assert (bracket.settings.format, xml.settings.format) == ("bracket", "xml")
    settings = parse_signature(comparison.signature)
    assert (settings.test, settings.resamples, settings.seed) == ("randomization", 50, 3)


def test_settings_can_be_passed_as_one_value() -> None:
    settings = evaluate(GOLD, SAID, labels=["PER"], matching="type", duplicates="ignore").settings

    assert evaluate(GOLD, SAID, settings=settings) == evaluate(
        GOLD, SAID, labels=["PER"], matching="type", duplicates="ignore"
    )
    assert evaluate(GOLD, SAID, settings=settings, matching="strict").settings.duplicates == "ignore"


@pytest.mark.parametrize("keywords", [{"matching": "type"}, {"macro": "gold"}])
def test_settings_without_effect_on_errors_are_refused(keywords: dict[str, str]) -> None:
    with pytest.raises(DataError, match="has no effect on the kinds of error"):
        analyze_errors(GOLD, SAID, **keywords)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "warning"),
    [
        ([Prediction([]), Prediction([])], "no entity was predicted where gold has 3"),
        (
            [Prediction([], issues=[Issue("no_answer", "none")])] * 2,
            "none of the 2 outputs held an answer",
        ),
        (
            [Prediction([(0, 3, "person")]), Prediction([])],
            "no label is on both sides: gold has LOC, PER; predicted are person",
        ),
    ],
)
def test_a_zero_comes_with_its_reason(said: list[Prediction], warning: str) -> None:
    evaluation = evaluate(GOLD, said)

    assert evaluation.warnings == (warning,)
    assert warning in str(evaluation)


def test_rows_with_one_side_follow_zero_division() -> None:
    """Under `boundaries` a gold A found by a predicted B: row A has no prediction, row B no gold entity."""
    evaluation = evaluate(
        [Document("ab", [(0, 2, "A")])], [Prediction([(0, 2, "B")])], matching="boundaries", zero_division=1.0
    )

    assert (evaluation["A"].precision, evaluation["A"].recall, evaluation["A"].f1) == (1.0, 1.0, 1.0)
    assert (evaluation["B"].precision, evaluation["B"].recall, evaluation["B"].f1) == (1.0, 1.0, 1.0)


DATA = {
    "text": "Ada met Grace.",
    "entities": [{"start": 0, "end": 3, "label": "PER"}, {"start": 8, "end": 13, "label": "PER"}],
}


@pytest.mark.parametrize(
    "predicted",
    [
        DATA,
        {"ents": [{"start": 0, "end": 3, "label": "PER"}, {"start": 8, "end": 13, "label": "PER"}]},
        {"text": "Ada met Grace.", "labels": [[0, 3, "PER"], [8, 13, "PER"]]},
        [(0, 3, "PER"), (8, 13, "PER")],
        [{"entity_group": "PER", "start": 0, "end": 3}, {"entity_type": "PER", "start": 8, "end": 13}],
        [{"start_offset": 0, "end_offset": 3, "label": "PER"}, Entity(8, 13, "PER")],
        ("Ada met Grace.", {"entities": [(0, 3, "PER"), (8, 13, "PER")]}),
    ],
    ids=["dict", "spaCy", "Doccano", "triples", "transformers and Presidio", "mixed", "training data of spaCy"],
)
def test_plain_data_of_the_usual_shapes_is_scored(predicted: object) -> None:
    """Whatever the shape, the two entities of the sentence are read (counted by hand)."""
    for gold in (DATA, ("Ada met Grace.", [(0, 3, "PER"), (8, 13, "PER")])):
        score = evaluate([gold], [predicted]).micro  # type: ignore[list-item]
        assert (score.tp, score.fp, score.fn) == (2, 0, 0)
    evaluator = Evaluator()
    evaluator.add(DATA, predicted)  # type: ignore[arg-type]

    assert evaluator.result().micro.f1 == 1.0
    assert analyze_errors([DATA], [predicted]).total == 0  # type: ignore[list-item]


def test_plain_data_keeps_mentions_without_a_place() -> None:
    """A dict with text and label alone is a false positive, and found by its characters."""
    predicted = [[{"text": "Grace", "label": "PER"}]]

    assert evaluate([DATA], predicted).micro.fp == 1
    assert evaluate([DATA], predicted, matching="text").micro.tp == 1


def test_plain_predictions_keep_their_unplaced_mentions_and_their_id() -> None:
    """What is listed under `unplaced` is a false positive; an id says which document a prediction is about."""
    unplaced = {"entities": [], "unplaced": [{"text": "Bob", "label": "PER"}]}
    other = {**DATA, "id": "b"}

    assert evaluate([DATA], [unplaced]).micro.fp == 1
    assert evaluate([{**DATA, "id": 7}], [{**DATA, "id": "7"}]).micro.f1 == 1.0
    with pytest.raises(DataError, match=r"predicted\[0\]: expected id 'a' as in gold, got 'b'"):
        evaluate([{**DATA, "id": "a"}], [other])


def test_issues_that_are_not_about_the_output_leave_it_clean() -> None:
    """By hand: a seam and a threshold say nothing of the output; of three outputs with issues two are clean."""
    kinds = [["seam", "left_out"], ["ambiguous"], ["seam", "case"]]
    tally = IssueTally.of([Prediction([], issues=[Issue(kind, "x") for kind in one]) for one in kinds])  # type: ignore[arg-type]

    assert (tally.outputs, tally.ok, tally.clean, dict(tally.headlines)) == (3, 0, 2, {"changed_text": 1})


@pytest.mark.parametrize(
    ("gold", "predicted", "message"),
    [
        ({"entities": []}, [], r"gold\[0\]: expected a text"),
        ({**DATA, "unplaced": [{"text": "Bob", "label": "PER"}]}, [], r"gold\[0\]: expected a start and an end in"),
        (DATA, {"text": "x"}, r"predicted\[0\]: .*no list under entities, ents"),
        (DATA, [{"start": 1, "label": "PER"}], r"predicted\[0\]: expected the keys start, end and label"),
        (DATA, [(5, 2, "PER")], r"predicted\[0\]: .*expected 0 <= start < end"),
        (DATA, [(5, 99, "PER")], r"predicted\[0\]: .*ends past the end"),
    ],
)
def test_plain_data_that_is_wrong_is_named(gold: object, predicted: object, message: str) -> None:
    """The position and what was expected are in the error."""
    with pytest.raises(DataError, match=message):
        evaluate([gold], [predicted])  # type: ignore[list-item]


@pytest.mark.parametrize("make", [evaluate, confusion, analyze_errors])
def test_parts_are_summed_and_results_of_another_kind_are_not(make: Callable[..., Any]) -> None:
    gold, predicted = random_corpus(31, 40)
    parts = [make(gold[start : start + 10], predicted[start : start + 10]) for start in range(0, 40, 10)]

    assert sum(parts) == make(gold, predicted)
    for other in {evaluate, confusion, analyze_errors} - {make}:
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = parts[0] + other(gold, predicted)
