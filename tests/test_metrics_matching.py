"""The matchings: slow twins written from their definitions, and the laws that hold for all of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import LABELS, corpora, random_corpus, random_entities

from genner.evaluation import evaluate, evaluate_matchings
from genner.exceptions import DataError
from genner.metrics import MATCHINGS, Case, Matching
from genner.metrics.matching.pairing import overlapping, overlapping_by_label
from genner.types import Document, Entity, Mention, Prediction

ONE_SIDED = ("strict", "type", "text")
"""Matchings whose pairs always agree in label."""


def most_credit(gold: list[Entity], said: list[Entity], worth: Callable[[Entity, Entity], float]) -> float:
    """Try every way to pair the gold entities, one after the other, with a free prediction or with none."""

    @cache
    def best(place: int, free: frozenset[int]) -> float:
        if place == len(gold):
            return 0.0
        tried = [best(place + 1, free)]
        for other in free:
            credit = worth(gold[place], said[other])
            if credit:
                tried.append(credit + best(place + 1, free - {other}))
        return max(tried)

    return best(0, frozenset(range(len(said))))


WORTH: dict[str, Callable[[Entity, Entity], float]] = {
    "strict": lambda one, other: float(one == other),
    "boundaries": lambda one, other: float(one.span == other.span),
    "partial": lambda one, other: 1.0 if one.span == other.span else 0.5 * one.overlaps(other),
    "type": lambda one, other: float(one.label == other.label and one.overlaps(other)),
}
"""What a pair is worth, from the definitions."""


@pytest.mark.parametrize("matching", WORTH)
def test_no_pairing_gives_more_credit(matching: str) -> None:
    """3,000 random nested documents, one by one, against every pairing there is."""
    gold, predicted = random_corpus(seed=4, documents=3_000)
    rows = evaluate(gold, predicted, matching=matching).counts

    for document, prediction, row in zip(gold, predicted, rows, strict=True):
        expected = most_credit(list(document.entities), list(prediction.entities), WORTH[matching])
        assert row.counts.found == row.counts.correct == expected


def mirrored(document: Document, prediction: Prediction) -> tuple[Document, Prediction]:
    size = len(document.text)
    turned = [[(size - e.end, size - e.start, e.label) for e in side.entities] for side in (document, prediction)]
    return Document(document.text[::-1], turned[0]), Prediction(turned[1], prediction.unplaced)


def renamed(document: Document, prediction: Prediction) -> tuple[Document, Prediction]:
    names = dict(zip(LABELS, [*LABELS[1:], LABELS[0]], strict=True))
    sides = [[(e.start, e.end, names[e.label]) for e in side.entities] for side in (document, prediction)]
    mentions = [Mention(one.text, names[one.label]) for one in prediction.unplaced]
    return Document(document.text, sides[0]), Prediction(sides[1], mentions)


@pytest.mark.parametrize("change", [mirrored, renamed])
@pytest.mark.parametrize("matching", WORTH)
def test_totals_stay_the_same_when_text_is_mirrored_or_labels_are_renamed(
    matching: str, change: Callable[[Document, Prediction], tuple[Document, Prediction]]
) -> None:
    gold, predicted = random_corpus(seed=8, documents=2_000)
    changed = [change(document, prediction) for document, prediction in zip(gold, predicted, strict=True)]
    there = evaluate(gold, predicted, matching=matching).counts
    back = evaluate([one for one, _ in changed], [two for _, two in changed], matching=matching).counts

    assert [row.counts for row in there] == [row.counts for row in back]


@pytest.mark.parametrize("matching", WORTH)
def test_the_rows_of_labels_stay_the_same_when_text_is_mirrored(matching: str) -> None:
    """Which of several entities is paired does not depend on the direction of reading."""
    gold, predicted = random_corpus(seed=11, documents=4_000)
    changed = [mirrored(document, prediction) for document, prediction in zip(gold, predicted, strict=True)]
    there = evaluate(gold, predicted, matching=matching).counts
    back = evaluate([one for one, _ in changed], [two for _, two in changed], matching=matching).counts

    assert there == back


@pytest.mark.parametrize("matching", WORTH)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([(7, 8, "A"), (1, 10, "C"), (0, 3, "C")], [(7, 9, "B"), (4, 8, "C"), (3, 5, "A")]),
        ([(7, 12, "C"), (5, 7, "A"), (1, 4, "C")], [(7, 9, "A"), (0, 6, "B"), (8, 12, "B")]),
    ],
)
def test_the_rows_of_labels_are_swapped_with_the_sides(
    matching: str, left: list[tuple[int, int, str]], right: list[tuple[int, int, str]]
) -> None:
    """Entities that are paired in one manner from the left and in another, as good, from the right."""
    one, two = Document("x" * 12, left), Document("x" * 12, right)
    there, back = (evaluate([gold], [said], matching=matching).scores for gold, said in ((one, two), (two, one)))
    counts = {label: score.counts for label, score in back.items()}
    swapped = {label: (n.predicted, n.gold, n.correct, n.found) for label, n in counts.items()}

    assert {label: score.counts for label, score in there.items()} == swapped


def test_of_equally_good_pairings_the_first_labels_decide() -> None:
    """By hand: A and one C are paired with C, and with either A or B, as many and as well; A comes first."""
    gold = [Document("x" * 10, [(7, 8, "A"), (1, 10, "C"), (0, 3, "C")])]
    said = [Prediction([(7, 9, "B"), (4, 8, "C"), (3, 5, "A")])]
    scores = evaluate(gold, said, matching="partial").scores

    assert {label: scores[label].counts.correct for label in "ABC"} == {"A": 0.5, "B": 0, "C": 0.5}


@pytest.mark.parametrize("matching", ["boundaries", "partial"])
def test_of_equal_spans_the_first_labels_are_paired(matching: str) -> None:
    """By hand: one gold entity against two predictions with its span and other labels."""
    gold, said = [Document("x", [(0, 1, "A")])], [Prediction([(0, 1, "C"), (0, 1, "B")])]
    scores = evaluate(gold, said, matching=matching).scores

    assert {label: scores[label].counts.correct for label in "BC"} == {"B": 1, "C": 0}


def test_labels_that_can_be_paired_are_paired() -> None:
    """Of the largest pairings by any overlap, one that covers what the largest within labels covers."""
    rng = random.Random(9)
    for _ in range(2_000):
        gold, said = random_entities(rng, 5), random_entities(rng, 5)
        pairs = overlapping_by_label(gold, said)
        within = sum(
            len(overlapping([e for e in gold if e.label == name], [e for e in said if e.label == name]))
            for name in LABELS
        )
        alike = [two for two in pairs if two[0].label == two[1].label]

        assert len(pairs) == len(overlapping(gold, said))
        assert all(one.overlaps(other) for one, other in pairs)
        for side, entities in enumerate((gold, said)):
            assert not Counter(two[side] for two in pairs) - Counter(entities)
        assert len(alike) == within or len(pairs) > within


@pytest.mark.parametrize(
    ("matching", "gold", "said", "credit"),
    [
        ("partial", [(0, 1, "A"), (1, 5, "A")], [(0, 3, "A"), (3, 6, "A")], 1.0),
        ("partial", [(6, 7, "A"), (2, 6, "A")], [(4, 7, "A"), (1, 4, "A")], 1.0),
        ("partial", [(0, 2, "A"), (4, 10, "A")], [(1, 8, "A"), (8, 9, "A")], 1.0),
        ("type", [(0, 4, "A"), (0, 6, "B")], [(0, 4, "B"), (0, 6, "A")], 2.0),
        ("type", [(6, 8, "A"), (4, 8, "B"), (7, 8, "A")], [(4, 8, "A"), (0, 8, "A"), (3, 4, "B"), (4, 8, "C")], 2.0),
    ],
)
def test_pairs_that_a_greedy_order_misses(
    matching: str, gold: list[tuple[int, int, str]], said: list[tuple[int, int, str]], credit: float
) -> None:
    micro = evaluate([Document("x" * 12, gold)], [Prediction(said)], matching=matching).micro

    assert micro.tp == credit


def test_a_slow_twin_agrees_on_texts() -> None:
    gold, predicted = random_corpus(seed=5, documents=3_000)
    evaluation = evaluate(gold, predicted, matching="text")

    for document, prediction, row in zip(gold, predicted, evaluation.counts, strict=True):
        ours = Counter((document.surface(entity), entity.label) for entity in document.entities)
        said = Counter((document.surface(entity), entity.label) for entity in prediction.entities)
        said.update((mention.text, mention.label) for mention in prediction.unplaced)
        shared = Counter(label for _, label in (ours & said).elements())
        for label in LABELS:
            assert (row[label].tp, row[label].fp) == (
                shared[label],
                sum(n for (_, name), n in said.items() if name == label) - shared[label],
            )


@pytest.mark.parametrize("matching", MATCHINGS)
@settings(deadline=None, max_examples=30)
@given(corpora(), st.randoms(use_true_random=False))
def test_order_never_matters(matching: str, corpus: list[tuple[Document, Prediction]], rng: random.Random) -> None:
    def shuffled(values: tuple[object, ...]) -> list[object]:
        return rng.sample(list(values), len(values))

    again = [
        (Document(g.text, shuffled(g.entities)), Prediction(shuffled(p.entities), shuffled(p.unplaced), text=p.text))
        for g, p in corpus
    ]
    rng.shuffle(again)

    assert evaluate([g for g, _ in again], [p for _, p in again], matching=matching) == evaluate(
        [g for g, _ in corpus], [p for _, p in corpus], matching=matching
    )


@pytest.mark.parametrize("matching", MATCHINGS)
@settings(deadline=None, max_examples=30)
@given(corpora())
def test_counts_add_up(matching: str, corpus: list[tuple[Document, Prediction]]) -> None:
    """In total for all; per label on either side, and with one tp for both sides where labels must agree."""
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    evaluation = evaluate(gold, predicted, labels=LABELS, matching=matching)
    golds = Counter(entity.label for document in gold for entity in document.entities)
    said = Counter(item.label for p in predicted for item in (*p.entities, *p.unplaced))
    micro = evaluation.micro

    assert micro.counts.found == micro.counts.correct
    assert (micro.tp + micro.fn, micro.tp + micro.fp) == (golds.total(), said.total())
    for label in LABELS:
        score = evaluation[label]
        assert (score.tp + score.fn, score.counts.correct + score.fp) == (golds[label], said[label])
        assert min(score.tp, score.fp, score.fn) >= 0
        if matching in ONE_SIDED:
            assert score.counts.found == score.counts.correct
    for name in ("tp", "fp", "fn", "support"):
        assert sum(getattr(evaluation[label], name) for label in LABELS) == getattr(micro, name)


@pytest.mark.parametrize("matching", MATCHINGS)
@settings(deadline=None, max_examples=30)
@given(corpora(unplaced=False))
def test_swapping_the_sides_swaps_precision_and_recall(
    matching: str, corpus: list[tuple[Document, Prediction]]
) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    there = evaluate(gold, predicted, labels=LABELS, matching=matching)
    back = evaluate([p.to_document() for p in predicted], gold, labels=LABELS, matching=matching)

    for one, other in zip((there.micro, *there.scores.values()), (back.micro, *back.scores.values()), strict=True):
        assert (one.precision, one.recall) == (other.recall, other.precision)


@pytest.mark.parametrize("matching", MATCHINGS)
@settings(deadline=None, max_examples=30)
@given(corpora(most=8), st.lists(st.integers(0, 8), max_size=3))
def test_merging_any_partition_equals_the_whole(
    matching: str, corpus: list[tuple[Document, Prediction]], cuts: list[int]
) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    edges = [0, *sorted(min(cut, len(gold)) for cut in cuts), len(gold)]
    parts = [evaluate(gold[a:b], predicted[a:b], matching=matching) for a, b in pairwise(edges)]

    assert sum(parts[1:], parts[0]) == evaluate(gold, predicted, matching=matching)


@settings(deadline=None, max_examples=60)
@given(corpora())
def test_looser_matchings_find_no_less(corpus: list[tuple[Document, Prediction]]) -> None:
    gold, predicted = [one for one, _ in corpus], [two for _, two in corpus]
    tp = {name: evaluate(gold, predicted, matching=name).micro.tp for name in MATCHINGS}

    assert tp["strict"] <= min(tp.values())
    assert tp["boundaries"] <= tp["partial"]


TEXT = "New York and New York City"


@pytest.mark.parametrize(
    ("matching", "said", "counts"),
    [
        ("strict", [(0, 8, "ORG")], (0, 1, 2)),
        ("boundaries", [(0, 8, "ORG")], (1, 0, 1)),
        ("partial", [(0, 3, "ORG")], (0.5, 0.5, 1.5)),
        ("partial", [(0, 8, "ORG"), (13, 21, "LOC")], (1.5, 0.5, 0.5)),
        ("type", [(0, 3, "LOC")], (1, 0, 1)),
        ("type", [(0, 8, "ORG")], (0, 1, 2)),
        ("type", [(8, 13, "LOC")], (0, 1, 2)),  # it touches, and shares no character
        ("text", [(13, 21, "LOC")], (1, 0, 1)),  # the right characters in the wrong place
    ],
)
def test_by_hand(matching: str, said: list[tuple[int, int, str]], counts: tuple[float, ...]) -> None:
    """tp, fp, fn against gold `New York` and `New York City`, both LOC."""
    gold = [Document(TEXT, [(0, 8, "LOC"), (13, 26, "LOC")])]
    micro = evaluate(gold, [Prediction(said)], matching=matching).micro

    assert (micro.tp, micro.fp, micro.fn) == counts


def test_a_pair_of_different_labels_has_a_row_on_each_side() -> None:
    evaluation = evaluate([Document("x", [(0, 1, "PER")])], [Prediction([(0, 1, "ORG")])], matching="boundaries")

    assert (evaluation["PER"].recall, evaluation["PER"].fp, evaluation["ORG"].precision) == (1.0, 0, 1.0)
    assert (evaluation.micro.tp, evaluation.micro.fp, evaluation.micro.fn) == (1, 0, 0)


def test_text_matching_takes_mentions_that_had_no_place() -> None:
    gold = [Document("a b a", [(0, 1, "X"), (4, 5, "X")])]
    said = [Prediction([(0, 1, "X")], [Mention("a", "X"), Mention("a", "X")])]
    micro = evaluate(gold, said, matching="text").micro

    assert (micro.tp, micro.fp, micro.fn) == (2, 1, 0)


def test_ten_thousand_crowded_entities_pair_in_time() -> None:
    """A long document uses the index; the total still adds up."""
    rng = random.Random(6)
    gold = [Entity(s, s + rng.randint(1, 9), "A") for s in range(0, 100_000, 10)]
    said = [Entity(e[0] + rng.randint(0, 2), e[1] + 2, rng.choice("AB")) for e in gold]
    document = Document("x" * 100_020, gold)
    micro = evaluate([document], [Prediction(said)], matching="partial").micro

    assert (micro.support, micro.tp + micro.fp) == (10_000, 10_000)


@pytest.mark.parametrize("matching", ["boundaries", "partial", "type"])
def test_deep_nesting_pairs_in_time(matching: str) -> None:
    """2,000 spans inside one another would make four million pairs; every one has its own answer."""
    depth = 2_000
    gold = Document("x" * 4 * depth, [(at, 4 * depth - 1 - at, "A") for at in range(depth)])
    said = Prediction([(at, 4 * depth - at, "A") for at in range(depth)])
    micro = evaluate([gold], [said], matching=matching).micro

    assert micro.tp == {"boundaries": 0, "partial": depth / 2, "type": depth}[matching]


@pytest.mark.parametrize("options", [{}, {"duplicates": "ignore"}, {"unplaced": "ignore"}, {"only": ["PER"]}])
def test_several_matchings_at_once_score_like_each_alone(options: dict[str, Any]) -> None:
    gold, predicted = random_corpus(seed=6, documents=1_000)
    alone = {name: evaluate(gold, predicted, matching=name, labels=LABELS, **options) for name in MATCHINGS}
    together = evaluate_matchings(gold, predicted, MATCHINGS, labels=LABELS, **options)
    four = evaluate_matchings(gold, predicted, labels=LABELS, **options)

    assert list(together) == list(MATCHINGS)
    assert list(four) == ["strict", "boundaries", "partial", "type"]
    for name, one in (*together.items(), *four.items()):
        assert (one, one.counts) == (alone[name], alone[name].counts)


def test_several_matchings_share_labels_that_can_be_listed_once() -> None:
    gold, predicted = random_corpus(seed=7, documents=200)
    together = evaluate_matchings(gold, predicted, only=iter(["PER"]))

    assert {one.settings.only for one in together.values()} == {("PER",)}
    assert together["type"] == evaluate(gold, predicted, matching="type", only=["PER"])


def first_letter(case: Case) -> list[tuple[Entity, Entity, float]]:
    """Pair the first entities of both sides."""
    return [(case.gold[0], case.predicted[0], 0.5)] if case.gold and case.predicted else []


def test_a_matching_is_a_name_a_value_or_a_function() -> None:
    gold, predicted = random_corpus(seed=10, documents=50)
    value = Matching("first", first_letter)
    by_value = evaluate(gold, predicted, matching=value)
    by_function = evaluate(gold, predicted, matching=first_letter)

    assert by_value.micro == by_function.micro
    assert by_value.micro.tp == sum(bool(d.entities and p.entities) for d, p in zip(gold, predicted, strict=True)) / 2
    assert (by_value.settings.matching, by_function.settings.matching) == ("first", "first_letter")
    assert list(evaluate_matchings(gold, predicted, ["strict", value])) == ["strict", "first"]


def test_a_matching_stricter_than_strict_is_called_for_every_document() -> None:
    """Nothing is taken for granted of a matching that makes no promise."""
    gold = [Document("ab", [(0, 1, "A")])]
    never = Matching("never", lambda case: [])

    assert evaluate(gold, gold, matching=never).micro.tp == 0
    assert evaluate(gold, gold, matching=Matching("never", lambda case: [], pairs_exact_first=True)).micro.tp == 1


@pytest.mark.parametrize("credit", [[1, 1], [2]])
def test_pairs_that_cannot_be_counted_are_refused(credit: list[float]) -> None:
    gold = [Document("ab", [(0, 1, "A")])]
    matching = Matching("mine", lambda case: [(case.gold[0], case.predicted[0], one) for one in credit])
    with pytest.raises(DataError, match="matching 'mine'"):
        evaluate(gold, gold, matching=matching)
