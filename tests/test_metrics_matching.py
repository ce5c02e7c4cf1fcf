"""The matchings: slow twins written from their definitions, and the laws that hold for all of them."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import LABELS, corpora, random_corpus

from genner.evaluation import evaluate, evaluate_matchings
from genner.metrics import MATCHINGS
from genner.metrics.matching._crowded import pair_crowded
from genner.metrics.matching._pairing import split_exact
from genner.types import Document, Entity, Issue, Mention, Prediction

Credit = tuple[Entity, Entity, float]
ONE_SIDED = ("strict", "type", "text", "authors")
"""Matchings whose pairs always agree in label."""


def slow_pairs(gold: list[Entity], said: list[Entity]) -> list[tuple[Entity, Entity]]:
    """Take the best pair of all, cross both off, and start again."""
    gold, said, kept = list(gold), list(said), []

    def order(two: tuple[Entity, Entity]) -> tuple[object, ...]:
        one, other = two
        same_span, same_label = one.span == other.span, one.label == other.label
        rank = [same_span and same_label, same_span, same_label].index(True) if same_span or same_label else 3
        overlap = len(set(range(one.start, one.end)) & set(range(other.start, other.end)))
        distance = abs(one.start - other.start) + abs(one.end - other.end)
        return rank, -overlap, distance, sorted([tuple(one), tuple(other)])

    while True:
        open_pairs = [(one, other) for one in gold for other in said if one.overlaps(other)]
        if not open_pairs:
            return kept
        best = min(open_pairs, key=order)
        gold.remove(best[0])
        said.remove(best[1])
        kept.append(best)


def slow_credit(matching: str, document: Document, prediction: Prediction) -> list[Credit]:
    pairs = slow_pairs(list(document.entities), list(prediction.entities))
    if matching == "boundaries":
        return [(one, other, 1) for one, other in pairs if one.span == other.span]
    if matching == "partial":
        return [(one, other, 1 if one.span == other.span else 0.5) for one, other in pairs]
    return [(one, other, 1) for one, other in pairs if one.label == other.label]


@pytest.mark.parametrize("matching", ["boundaries", "partial", "type"])
def test_a_slow_twin_agrees(matching: str) -> None:
    """3,000 random nested documents, label by label, document by document."""
    gold, predicted = random_corpus(seed=4, documents=3_000)
    evaluation = evaluate(gold, predicted, matching=matching)

    for document, prediction, row in zip(gold, predicted, evaluation.counts, strict=True):
        found, correct = Counter(), Counter()
        for one, other, credit in slow_credit(matching, document, prediction):
            found[one.label] += credit
            correct[other.label] += credit
        said = Counter(item.label for item in (*prediction.entities, *prediction.unplaced))
        for label in LABELS:
            golds = sum(entity.label == label for entity in document.entities)
            assert row[label] == (golds, said[label], found[label], correct[label])


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


def test_authors_compares_surfaces_where_the_text_was_changed() -> None:
    """`the` is missing in the output, so every later offset is off by four."""
    gold = [Document("See the Alps and the Alps", [(8, 12, "LOC"), (21, 25, "LOC")])] * 3
    changed = Prediction([(4, 8, "LOC"), (17, 21, "LOC")], text="See Alps and the Alps")
    flagged = Prediction([(8, 12, "LOC")], issues=[Issue("text_changed", "left out `the`")], text=gold[0].text)
    silent = Prediction([(8, 12, "LOC")], issues=[Issue("no_answer", "nothing found")])
    counts = evaluate(gold, [changed, flagged, silent], matching="authors").counts

    assert [(row.tp, row.fp, row.fn) for row in counts] == [(2, 0, 0), (1, 0, 1), (0, 0, 2)]


def test_ten_thousand_crowded_entities_pair_in_time() -> None:
    """A long document uses the index; the total still adds up."""
    rng = random.Random(6)
    gold = [Entity(s, s + rng.randint(1, 9), "A") for s in range(0, 100_000, 10)]
    said = [Entity(e[0] + rng.randint(0, 2), e[1] + 2, rng.choice("AB")) for e in gold]
    document = Document("x" * 100_020, gold)
    micro = evaluate([document], [Prediction(said)], matching="partial").micro

    assert (micro.support, micro.tp + micro.fp) == (10_000, 10_000)


@settings(deadline=None, max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(1, 30), st.sampled_from([8, 20, 60]))
def test_crowded_spans_pair_as_the_slow_twin_says(rng: random.Random, count: int, width: int) -> None:
    def draw(most: int) -> list[Entity]:
        edges = [sorted(rng.sample(range(width), 2)) for _ in range(most)]
        return [Entity(start, end, rng.choice("ABC")) for start, end in edges]

    _, gold, said = split_exact(draw(rng.randint(1, 30)), draw(count))

    assert sorted(pair_crowded(gold, said)) == sorted(slow_pairs(gold, said))


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
    gold, predicted = random_corpus(seed=6, documents=2_000)
    together = evaluate_matchings(gold, predicted, MATCHINGS, labels=LABELS, **options)
    four = evaluate_matchings(gold, predicted, labels=LABELS, **options)

    assert list(together) == list(MATCHINGS)
    assert list(four) == ["strict", "boundaries", "partial", "type"]
    for name, one in (*together.items(), *four.items()):
        alone = evaluate(gold, predicted, matching=name, labels=LABELS, **options)
        assert (one, one.counts) == (alone, alone.counts)


def test_several_matchings_share_labels_that_can_be_listed_once() -> None:
    gold, predicted = random_corpus(seed=7, documents=200)
    together = evaluate_matchings(gold, predicted, only=iter(["PER"]))

    assert {one.settings.only for one in together.values()} == {("PER",)}
    assert together["type"] == evaluate(gold, predicted, matching="type", only=["PER"])
