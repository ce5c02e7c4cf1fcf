"""Several answers about one text become one prediction, whatever their order and however their spans overlap."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import genner
from genner import Entity, Issue, Mention, Prediction
from genner.confidence import above, entity_scores, merge_predictions, with_scores
from genner.confidence.merging import heaviest

TEXT = "Ann left Rome for Oslo"
FORMATS = ("bracket", "xml", None)

spans = st.tuples(st.integers(0, 9), st.integers(1, 6), st.sampled_from("AB")).map(
    lambda one: Entity(one[0], one[0] + one[1], one[2])
)


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    entities = draw(st.lists(spans, max_size=5))
    details = {entity: draw(st.sampled_from(["a", {"id": 1}])) for entity in entities if draw(st.booleans())}
    unplaced = [Mention(text, "A") for text in draw(st.lists(st.sampled_from(["x", "y"]), max_size=2))]
    issues = [Issue("case", "a detail")] if draw(st.booleans()) else []
    return Prediction(entities, unplaced, issues, TEXT, details, draw(st.sampled_from(FORMATS)))


several = st.lists(predictions(), min_size=1, max_size=5)
hows = st.sampled_from([{"how": how} for how in ("vote", "union", "intersection")] + [{"threshold": 0.4}])


@given(several, hows, st.booleans(), st.randoms())
def test_the_order_of_the_answers_does_not_matter(listed, how, nested, random) -> None:  # type: ignore[no-untyped-def]
    """Shuffled answers are merged into the same prediction, details and issues included."""
    shuffled = listed[:]
    random.shuffle(shuffled)

    assert merge_predictions(shuffled, nested=nested, **how) == merge_predictions(listed, nested=nested, **how)


@given(several)
def test_sets_of_union_intersection_and_vote(listed: list[Prediction]) -> None:
    """Union, intersection and vote are what their names say of the sets of entities."""
    sets = [set(prediction.entities) for prediction in listed]
    votes = {entity: sum(entity in one for one in sets) for entity in set().union(*sets)}

    assert set(merge_predictions(listed, "union")) == set().union(*sets)
    assert set(merge_predictions(listed, "intersection")) == set.intersection(*sets)
    assert set(merge_predictions(listed)) == {one for one, count in votes.items() if 2 * count > len(listed)}


@given(several, st.booleans(), hows)
def test_nothing_an_answer_names_is_lost(listed: list[Prediction], nested: bool, how: dict[str, object]) -> None:
    """Every entity and mention of an answer is in the merged prediction, or in an issue that says how many name it."""
    merged = merge_predictions(listed, nested=nested, **how)  # type: ignore[arg-type]

    details = [issue.detail for issue in merged.issues if issue.kind in ("left_out", "skipped")]
    for prediction in listed:
        for one in (*prediction.entities, *prediction.unplaced):
            kept = one in merged.entities or one in merged.unplaced
            assert kept != any(f"name {one!r}" in detail for detail in details)


@given(predictions(), st.integers(1, 4))
def test_equal_answers_agree(prediction: Prediction, count: int) -> None:
    """Merging copies of one answer gives its entities, each with an agreement of 1."""
    merged = merge_predictions([prediction] * count)

    assert set(merged.entities) == set(prediction.entities)
    assert set(entity_scores(merged, "agreement").values()) <= {1.0}


@given(several, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_keeps_less(listed: list[Prediction], one: float, two: float) -> None:
    """What a high threshold keeps, a lower one keeps as well."""
    low, high = sorted((one, two))

    assert set(merge_predictions(listed, threshold=high)) <= set(merge_predictions(listed, threshold=low))


@given(several, st.floats(0.01, 1))
def test_a_threshold_is_a_cut_through_the_union(listed: list[Prediction], threshold: float) -> None:
    """Merging with a threshold keeps what `above` keeps of the union."""
    union = merge_predictions(listed, "union")

    assert (
        above(union, threshold - 1e-9, "agreement").entities == merge_predictions(listed, threshold=threshold).entities
    )


@given(st.dictionaries(spans, st.integers(1, 9), max_size=8))
def test_the_heaviest_choice_is_the_best_of_all(weights: dict[Entity, float]) -> None:
    """No set of entities without overlap weighs more: all sets are tried."""
    chosen = heaviest(weights)
    best = max(
        sum(weights[entity] for entity in some)
        for count in range(len(weights) + 1)
        for some in combinations(weights, count)
        if all(a.end <= b.start or b.end <= a.start for a, b in combinations(some, 2))
    )

    assert sum(weights[entity] for entity in chosen) == best
    assert all(a.end <= b.start for a, b in combinations(chosen, 2))


@given(several)
def test_flat_merging_keeps_no_overlap(listed: list[Prediction]) -> None:
    """With `nested=False` no two entities share a character."""
    merged = merge_predictions(listed, "union", nested=False)

    assert "left_out" not in {issue.kind for issue in merged.issues}, "a union asks for no votes"
    assert all(a.end <= b.start for a, b in combinations(merged.entities, 2))


def test_details_of_a_merged_entity() -> None:
    """What each answer wrote is kept with the entity, and what was named in its place; counted by hand."""
    ann = Entity(0, 3, "PER")
    answers = [
        Prediction([ann], text=TEXT, details={ann: {"confidence": 0.9}}, format="offset-json"),
        Prediction([ann, (9, 13, "LOC")], text=TEXT, format="xml"),
        Prediction([(0, 8, "PER")], text=TEXT, format="xml"),
    ]
    merged = merge_predictions(answers)

    assert merged.entities == (ann,)
    assert merged.details[ann] == {
        "agreement": 2 / 3,
        "votes": 2,
        "answers": 3,
        "formats": ["offset-json", "xml"],
        "written": [{"confidence": 0.9}],
        "others": [[0, 8, "PER", 1]],
    }
    assert [issue.text_span for issue in merged.issues] == [(0, 8), (9, 13)]
    assert Prediction.from_json(merged.to_json()) == merged


def test_three_of_five_are_sixty_percent() -> None:
    """A threshold that is exactly reached keeps the entity, whatever the rounding of the share."""
    ann = Prediction([(0, 3, "PER")], text=TEXT)
    none = Prediction([], text=TEXT)

    assert len(merge_predictions([ann] * 3 + [none] * 2, threshold=0.6)) == 1
    assert len(merge_predictions([ann] * 3 + [none] * 2, threshold=0.61)) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: merge_predictions([]), "expected at least one prediction"),
        (lambda: merge_predictions([Prediction([], text="a"), Prediction([], text="b")]), "about one text, got 2"),
        (lambda: merge_predictions([Prediction([])], "most"), "unknown value of how 'most'"),
        (lambda: merge_predictions([Prediction([])], threshold=3), "a share from 0 to 1, got 3"),
        (lambda: merge_predictions(["<PER>Ann</PER>"]), r"predictions\[0\]: expected a Prediction, got str"),
        (lambda: entity_scores(Prediction([(0, 1, "A")])), "unknown score of"),
        (
            lambda: entity_scores(Prediction([(0, 1, "A")], details={Entity(0, 1, "A"): {"confidence": "high"}})),
            "expected a number from 0 to 1, got 'high'",
        ),
    ],
)
def test_bad_input_is_one_clear_error(call, message: str) -> None:  # type: ignore[no-untyped-def]
    """Every error is one of genner's and names what was wrong."""
    with pytest.raises(genner.GennerError, match=message):
        call()


def test_a_score_replaces_no_other() -> None:
    """What the model wrote under the name of a score, or as plain details, is kept under another name."""
    ann, rome = Entity(0, 3, "PER"), Entity(9, 13, "LOC")
    before = Prediction([ann, rome], text=TEXT, details={ann: {"confidence": 0.9}, rome: "sure"})
    after = with_scores(before, {ann: 0.5, rome: 0.25})

    assert after.details[ann] == {"confidence": 0.5, "written_confidence": 0.9}
    assert after.details[rome] == {"confidence": 0.25, "written": "sure"}


def test_what_is_below_a_threshold_is_an_issue_with_its_score() -> None:
    """An entity at the threshold is kept; the other is named, and its details go."""
    ann, rome = Entity(0, 3, "PER"), Entity(9, 13, "LOC")
    kept = above(with_scores(Prediction([ann, rome], text=TEXT), {ann: 0.75, rome: 0.5}), 0.75)

    assert kept.details == {ann: {"confidence": 0.75}}
    assert kept.issues == (genner.Issue("left_out", f"{rome!r} has a confidence of 0.5", None, rome.span),)


def test_mentions_without_a_place_are_not_kept_above_a_threshold() -> None:
    """They have no score; an answer that names one is still counted by its issue."""
    prediction = genner.decode('[{"text": "Bob", "label": "PER"}]', TEXT, "occurrence-json")
    kept = above(prediction, 0.0)

    assert [mention.text for mention in prediction.unplaced] == ["Bob"]
    assert kept.unplaced == ()
    assert kept.issues == prediction.issues


def test_the_probability_of_merged_entities_is_a_mean_over_all_answers() -> None:
    """0.9 and 0.6 of three answers are 0.5; where one that names it has no probability, there is none."""
    ann = Entity(0, 3, "PER")
    one, two = (with_scores(Prediction([ann], text=TEXT), {ann: value}, "probability") for value in (0.9, 0.6))
    none, bare = Prediction([], text=TEXT), Prediction([ann], text=TEXT)

    assert merge_predictions([one, two, none]).details[ann]["probability"] == pytest.approx(0.5)
    assert "probability" not in merge_predictions([one, two, bare]).details[ann]
