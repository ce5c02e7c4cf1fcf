"""Breakdowns, confusions and streaming: other keys and other ways to add up the same counts."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import corpora, random_corpus, traced_lines

from genner.evaluation import Evaluator, analyze_errors, breakdown, confusion, evaluate
from genner.exceptions import DataError, UnknownNameError, WrongTypeError
from genner.metrics import BREAKDOWNS, MATCHINGS, Breakdown, Evaluation, parse_signature
from genner.types import Document, Entity, Issue, Mention, Prediction

TRAINING = [Document("Ada met Paris and IBM", [(0, 3, "PER"), (8, 13, "PER"), (18, 21, "ORG")])]
TEXT = "Ada and Grace Hopper saw Paris Match in Paris"
GOLD = [
    Document(
        TEXT, [(0, 3, "PER"), (8, 20, "PER"), (25, 36, "ORG"), (25, 30, "LOC"), (40, 45, "LOC")], meta={"year": 1950}
    )
]
SAID = [Prediction([(0, 3, "PER"), (8, 20, "ORG"), (25, 30, "LOC")], [Mention("Hal 9000", "PER")])]


def test_a_confusion_prints_the_same_in_any_order() -> None:
    """Which document came first does not show."""
    gold = [Document("Ann", [(0, 3, "PER")]), Document("Acme", [(0, 4, "ORG")])]
    predicted = [Document("Ann", [(0, 3, "LOC")]), Document("Acme", [(0, 4, "PER")])]
    there, back = confusion(gold, predicted), confusion(gold[::-1], predicted[::-1])

    assert repr(there) == repr(back)
    assert list(there.counts) == list(back.counts)


@pytest.mark.parametrize(
    ("by", "support", "tp"),
    [
        ("length", {"1": 3, "2": 2}, {"1": 2}),
        ("characters", {"1-4": 1, "5-8": 2, "9-16": 2}, {"1-4": 1, "5-8": 1}),
        ("depth", {"0": 4, "1": 1}, {"0": 1, "1": 1}),
        ("occurrences", {"1": 3, "2": 2}, {"1": 1, "2": 1}),
        ("seen", {"seen": 3, "unseen": 2}, {"seen": 2}),
        ("seen_label", {"same label": 1, "other label": 2, "unseen": 2}, {"same label": 1, "other label": 1}),
        ("frequency", {"1-9": 3, "0": 2}, {"1-9": 1, "0": 1}),
        ("text_length", {"0-50": 5}, {"0-50": 2}),
        ("meta:year", {"1950": 5}, {"1950": 2}),
        (lambda document, item: item.label.lower(), {"per": 2, "org": 1, "loc": 2}, {"per": 1, "loc": 1}),
    ],
)
def test_buckets_by_hand(by: object, support: dict[str, int], tp: dict[str, int]) -> None:
    result = breakdown(GOLD, SAID, by, training=TRAINING)  # type: ignore[arg-type]

    assert {name: score.support for name, score in result.scores.items() if score.support} == support
    assert {name: score.tp for name, score in result.scores.items() if score.tp} == tp
    assert result.micro == evaluate(GOLD, SAID).micro


@pytest.mark.parametrize("by", BREAKDOWNS)
@pytest.mark.parametrize("matching", MATCHINGS)
def test_buckets_add_up_to_the_whole(by: str, matching: str) -> None:
    gold, predicted = random_corpus(21, 200)
    result = breakdown(gold, predicted, by, training=gold[:9], matching=matching)

    assert result.micro == evaluate(gold, predicted, matching=matching).micro
    assert result.settings.by == by
    assert Evaluation.from_json(result.to_json()) == result
    parts = [
        breakdown(gold[a:b], predicted[a:b], by, training=gold[:9], matching=matching) for a, b in ((0, 70), (70, 200))
    ]
    assert parts[0] + parts[1] == result


def test_a_strict_match_stands_in_one_bucket() -> None:
    gold, predicted = random_corpus(22, 300)
    for by in BREAKDOWNS:
        for score in breakdown(gold, predicted, by, training=gold[:9]).scores.values():
            assert score.counts.found == score.counts.correct


def test_what_a_breakdown_needs_and_does_not_know_is_said() -> None:
    with pytest.raises(DataError, match="give `training`"):
        breakdown(GOLD, SAID, "seen")
    with pytest.raises(UnknownNameError, match="did you mean 'length'"):
        breakdown(GOLD, SAID, "lenght")
    with pytest.raises(UnknownNameError, match="unknown field of the documents 'yaer'; did you mean 'year'"):
        breakdown(GOLD, SAID, "meta:yaer")
    with pytest.raises(DataError, match="macro='gold' has no effect on a breakdown"):
        breakdown(GOLD, SAID, "length", macro="gold")


def test_a_breakdown_is_a_name_a_value_or_a_function() -> None:
    value = Breakdown("initial", lambda document, gold: lambda item: item.label[0], ("P", "O", "L"))
    result = breakdown(GOLD, SAID, value)

    assert [(name, score.support) for name, score in result.scores.items()] == [("P", 2), ("O", 1), ("L", 2)]
    assert breakdown(GOLD, SAID, value).settings.by == "initial"
    assert sum(sum(kinds.values()) for kinds in analyze_errors(GOLD, SAID).by(value).values()) == 3


def test_the_line_of_a_breakdown_names_its_labels_and_its_training_corpus() -> None:
    one = breakdown(GOLD, SAID, "seen", training=TRAINING, labels=["PER", "LOC"])
    other = breakdown(GOLD, SAID, "seen", training=TRAINING * 2, labels=["PER", "LOC"])

    assert one.settings.labels == ("PER", "LOC")
    assert one.settings.buckets == ("seen", "unseen")
    assert one.signature != other.signature
    assert parse_signature(one.signature) == one.settings
    with pytest.raises(DataError, match="scored alike"):
        one + other


def test_errors_break_down_the_same_way() -> None:
    report = analyze_errors(GOLD, SAID)
    by_length = report.by("length")

    assert {name: sum(kinds.values()) for name, kinds in by_length.items()} == {"1": 1, "2": 2}
    assert report.by("seen", training=TRAINING)["seen"]["omitted_mention"] == 1


def test_a_confusion_pairs_what_overlaps_on_request() -> None:
    """By hand: `New York` and `York` are one entity under two labels where overlaps count, and two others where not."""
    gold, predicted = [Document("New York", [(0, 8, "LOC")])], [Document("New York", [(4, 8, "ORG")])]

    assert confusion(gold, predicted, overlap=True).counts == {("LOC", "ORG"): 1}
    assert confusion(gold, predicted).counts == {("LOC", None): 1, (None, "ORG"): 1}


def test_confusions_by_hand() -> None:
    table = confusion(GOLD, SAID, labels=["PER", "LOC", "ORG"])

    assert (table["PER", "PER"], table["PER", "ORG"], table["LOC", None], table["ORG", None]) == (1, 1, 1, 1)
    assert table[None, "PER"] == 1
    assert str(table).splitlines()[:-1] == [
        "gold        PER  LOC  ORG  (missed)",
        "-----------------------------------",
        "PER           1    0    1         0",
        "LOC           0    1    0         1",
        "ORG           0    0    0         1",
        "-----------------------------------",
        "(invented)    1    0    0         -",
    ]


@pytest.mark.parametrize("overlap", [False, True])
@settings(deadline=None, max_examples=40)
@given(corpora(most=8), st.integers(0, 8))
def test_confusions_add_up(overlap: bool, corpus: list[tuple[Document, Prediction]], cut: int) -> None:
    """Rows sum to gold, columns to predictions, and the matching of that name has the same pairs."""
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    table = confusion(gold, predicted, overlap=overlap)
    rows, columns = Counter(), Counter()
    for (ours, theirs), count in table.counts.items():
        rows[ours] += count
        columns[theirs] += count
    golds = Counter(entity.label for document in gold for entity in document.entities)
    said = Counter(item.label for p in predicted for item in (*p.entities, *p.unplaced))
    exact = sum(n for (ours, theirs), n in table.counts.items() if ours == theirs)

    assert {label: n for label, n in rows.items() if label} == dict(golds)
    assert {label: n for label, n in columns.items() if label} == dict(said)
    within = evaluate(gold, predicted, matching="type" if overlap else "strict").micro.tp
    assert exact <= within if overlap else exact == within
    parts = [confusion(gold[a:b], predicted[a:b], overlap=overlap) for a, b in pairwise((0, cut, max(cut, len(gold))))]
    assert parts[0] + parts[1] == table


@settings(deadline=None, max_examples=40)
@given(corpora(most=8), st.integers(0, 8))
def test_streams_merge_into_the_one_pass_result(corpus: list[tuple[Document, Prediction]], cut: int) -> None:
    """Through JSON and pickle, as partial results of several machines would go."""
    whole = Evaluator(labels=["PER"], matching="partial")
    parts = [Evaluator(labels=["PER"], matching="partial") for _ in range(2)]
    for position, (document, prediction) in enumerate(corpus):
        whole.add(document, prediction)
        parts[position >= cut].add(document, prediction)
    merged = Evaluator.from_json(parts[0].to_json()) + pickle.loads(pickle.dumps(parts[1]))
    at_once = evaluate([g for g, _ in corpus], [p for _, p in corpus], labels=["PER"], matching="partial")

    assert merged.result() == whole.result() == at_once
    assert merged.documents == len(corpus)
    assert merged.result().micro == at_once.micro
    assert merged.result().interval() == at_once.interval()


def test_streams_keep_the_tally_and_go_on_after_json() -> None:
    evaluator = Evaluator()
    document = Document("x", [(0, 1, "A")])
    evaluator.add(document, Prediction([], issues=[Issue("no_answer", "nothing")]))
    evaluator = Evaluator.from_json(evaluator.to_json())
    evaluator.update([document], [Prediction([Entity(0, 1, "A")])])
    result = evaluator.result()

    assert (result.tally.outputs, result.tally.ok, result.tally.unparsable, result.micro.tp) == (2, 1, 1, 1)
    with pytest.raises(DataError, match="not kept"):
        _ = result.counts


def test_bad_items_of_a_stream_name_their_position_and_count_nothing() -> None:
    evaluator = Evaluator()
    document = Document("x", [(0, 1, "A")])
    evaluator.add(document, document)
    with pytest.raises(DataError, match=r"predicted\[1\]: its text differs"):
        evaluator.add(document, Document("y"))
    with pytest.raises(WrongTypeError, match=r"predicted\[1\]: expected Prediction or Document, got str"):
        evaluator.add(document, "x")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="predicted ended after 2 documents"):
        evaluator.update([document, document], [document])

    assert evaluator.documents == 2


def test_memory_of_a_stream_is_that_of_its_different_rows() -> None:
    evaluator = Evaluator()
    document, prediction = Document("x", [(0, 1, "A")]), Prediction([])
    evaluator.update([document] * 10_000, [prediction] * 10_000)

    assert len(evaluator.result().rows) == 1
    assert evaluator.result().micro.fn == 10_000


def test_depth_counts_up_to_three_and_more() -> None:
    """Five spans inside one another: 0, 1, 2, then 3 and 4 enclose them."""
    gold = [Document("x" * 20, [(at, 20 - at, "A") for at in range(5)])]
    scores = breakdown(gold, gold, "depth")

    assert {name: scores[name].gold for name in scores} == {"0": 1, "1": 1, "2": 1, "3+": 2, "unplaced": 0}


def test_depth_agrees_with_a_slow_twin() -> None:
    """Crowded spans, right and wrong predictions: each is in the bucket of the gold spans that are found one by one."""
    gold, predicted = random_corpus(seed=29, documents=800)
    scores = breakdown(gold, predicted, "depth")
    golds, wrong = Counter[str](), Counter[str]()
    for document, prediction in zip(gold, predicted, strict=True):
        spans = {(entity.start, entity.end) for entity in document.entities}
        for entities, counter in ((document.entities, golds), (prediction.entities, wrong)):
            for start, end, _ in entities:
                around = sum(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)
                counter[("0", "1", "2", "3+")[min(3, around)]] += 1

    assert {name: scores[name].gold for name in golds} == golds
    assert {name: scores[name].predicted for name in wrong} == wrong
    assert scores["3+"].gold > 5


def test_depth_of_many_nested_entities_takes_few_steps() -> None:
    """Four times the entities inside one another are not looked at sixteen times as often."""

    def steps(depth: int) -> int:
        gold = [Document("x" * 4 * depth, [(at, 4 * depth - at, "A") for at in range(depth)])]
        return traced_lines(lambda: breakdown(gold, gold, "depth"))

    assert steps(1_600) < 5 * steps(400)
