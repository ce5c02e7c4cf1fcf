"""Placing: from what an answer states about mentions to entities."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genner.formats import decode
from genner.formats.placing.claims import Claim
from genner.formats.placing.covering import Covering, Occupied
from genner.formats.placing.draft import Draft
from genner.formats.placing.free import FreePlaces
from genner.formats.placing.place import place
from genner.formats.placing.sequence import Rule, Walk, place_range
from genner.testing import check_linear
from genner.text.grounding import Source
from genner.types import Prediction

TRIP = "Ann met Bob in Oslo, then Ann flew from Oslo to Bonn and Bob to Oslo."

Stated = tuple[Any, ...] | dict[str, Any]


def placed(text: str | None, *stated: Stated, grounding: str = "fuzzy", **options: Any) -> Prediction:
    """Place claims given as (text, label) or (text, label, start, end), or by their fields."""
    claims = []
    for number, fields in enumerate(stated):
        if not isinstance(fields, dict):
            fields = dict(zip(("text", "label", "start", "end"), fields, strict=False))
        claims.append(Claim(**{"label": "X", "place": (number, number + 1), **fields}))
    draft = Draft(1000)
    place(claims, Source(text, grounding), draft, **options)
    return draft.finish(text)


def starts(prediction: Prediction) -> list[int]:
    """Return where the entities start."""
    return [entity.start for entity in prediction.entities]


def kinds(prediction: Prediction) -> list[str]:
    """Return the kinds of issues."""
    return [issue.kind for issue in prediction.issues]


def counted(*counts: tuple[str, int | None]) -> list[dict[str, Any]]:
    """Make claims that state counts."""
    return [{"text": text, "count": count} for text, count in counts]


# -- offsets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stated", "expected", "issues"),
    [
        (TRIP, ("Ann", "X", 26, 29), (26, 29), []),
        ("the He", ("he", "X", 4, 6), (4, 6), ["case"]),
        ("the cafe\u0301", ("café", "X", 4, 9), (4, 9), ["unicode"]),
        ("Barcelona and Barcelonq", ("Barcelonq", "X", 0, 9), (0, 9), ["fuzzy"]),
        ("Oslo is Oslo", ("Oslo", "X", 8, 400), (8, 12), ["offset_repaired"]),
        ("in Oslo now", ("Oslo", "X", 2, 8), (3, 7), ["offset_repaired"]),
        ("in  Oslo", (" Oslo", "X", 3, 8), (3, 8), []),
        ("Japan beat Syria", ("Syria", "X", 0, 5), (11, 16), ["offset_repaired"]),
        (TRIP, ("", "X", 26, 29), (26, 29), []),
        (TRIP, ("", "X", 0, 3), (0, 3), []),
        (TRIP, {"text": "Oslo", "start": 40}, (40, 44), []),
        (TRIP, {"text": "Oslo", "end": 44}, (40, 44), []),
        (TRIP, {"text": "Oslo", "start": 41, "count": 3}, (40, 44), ["offset_repaired"]),
    ],
)
def test_offsets_are_looked_at_first(text: str, stated: Stated, expected: tuple[int, int], issues: list[str]) -> None:
    """In every wording, before the same mention anywhere else."""
    prediction = placed(text, stated)

    assert [entity[:2] for entity in prediction.entities] == [expected]
    assert sorted(kinds(prediction)) == issues


def test_offsets_of_another_mention_do_not_make_it_one() -> None:
    """What is not in the text stays unplaced, whatever is at its offsets."""
    prediction = placed("Japan beat Syria", ("Tokyo", "LOC", 0, 5))

    assert not prediction.entities
    assert [mention.text for mention in prediction.unplaced] == ["Tokyo"]


def test_offsets_without_a_mention_must_lie_in_the_text() -> None:
    """A skipped one is an issue."""
    assert kinds(placed("Oslo", ("", "X", 2, 9))) == ["skipped"]


@pytest.mark.parametrize(
    ("cause", "text", "stated"),
    [
        ("count from 1", TRIP, [("Ann", 27, 30), ("Oslo", 41, 45)]),
        ("the end is inclusive", TRIP, [("Ann", 26, 28), ("Oslo", 40, 43)]),
        ("count from 1 and the end is inclusive", TRIP, [("Ann", 27, 29), ("Oslo", 41, 44)]),
        ("swapped", TRIP, [("Ann", 29, 26), ("Oslo", 44, 40)]),
        ("bytes of UTF-8", "ÜÜ Ann met Ann", [("Ann", 13, 16)]),
        ("bytes of UTF-8 and the end is inclusive", "ÜÜ Ann met Ann", [("Ann", 13, 15)]),
        ("bytes of UTF-8", "😀😀 Ann met Ann", [("Ann", 17, 20)]),
        ("UTF-16", "😀😀 Ann met Ann", [("Ann", 13, 16)]),
        ("runs of spaces", "a   b   Ann met Ann", [("Ann", 12, 15)]),
        ("count words", "Ann met Ann and Bob", [("Ann", 2, 3), ("Bob", 4, 5)]),
        ("words and punctuation", "Ann, met Ann", [("Ann", 3, 4)]),
        ("3 too large", TRIP, [("Ann", 29, 32), ("Oslo", 43, 47)]),
        ("start of a sentence", "Oslo is far. He loves Oslo. In Oslo it rains.", [("Oslo", 0, 4), ("Oslo", 3, 7)]),
    ],
)
def test_wrong_offsets_have_one_cause(cause: str, text: str, stated: list[tuple[str, int, int]]) -> None:
    """All are read in the same other unit, and the issue names it."""
    claims = [
        {"text": mention, "start": start, "end": end, "group": number}
        for number, (mention, start, end) in enumerate(stated)
    ]
    prediction = placed(text, *claims)
    last = {mention: text.rindex(mention) for mention, _, _ in stated}
    expected = [26, 40] if text == TRIP else [0, 31] if "sentence" in cause else sorted(last.values())

    assert starts(prediction) == expected
    assert all(cause in issue.detail for issue in prediction.issues if issue.kind == "offset_repaired")
    assert "offset_repaired" in kinds(prediction)


def test_offsets_that_are_all_off_by_one_number_lead_to_the_places_before_them() -> None:
    """The first of several places of a mention as well as a later one."""
    prediction = placed(TRIP, ("Ann", "X", 3, 6), ("Oslo", "X", 18, 22))

    assert starts(prediction) == [0, 15]
    assert all("3 too large" in issue.detail for issue in prediction.issues)


def test_a_marked_copy_keeps_the_white_space_that_the_text_has_there() -> None:
    """The alignment leaves it out; the mention in the copy has it."""
    prediction = placed("met  Bob", {"text": " Bob", "copied": (5, 8)})

    assert [entity[:2] for entity in prediction.entities] == [(4, 8)]


def test_wrong_offsets_without_a_cause_lead_to_the_nearest_free_places() -> None:
    """Three listed mentions take three places."""
    prediction = placed(TRIP, ("Oslo", "X", 16, 20), ("Oslo", "X", 17, 21), ("Oslo", "X", 70, 74))

    assert starts(prediction) == [15, 40, 64]


def test_offsets_without_mentions_are_read_by_whole_words() -> None:
    """An inclusive end cuts the last letter of every word."""
    prediction = placed(TRIP, ("", "X", 26, 28), ("", "X", 40, 43))

    assert [prediction.surface(entity) for entity in prediction.entities] == ["Ann", "Oslo"]


def test_offsets_need_no_text_when_they_fit_their_mention() -> None:
    """Without a source, only a length that fits can be believed."""
    assert starts(placed(None, ("Ann", "X", 5, 8))) == [5]
    assert placed(None, ("Ann", "X", 5, 9)).unplaced
    assert starts(placed(None, {"text": "Ann", "copied": (5, 8)})) == [5]


# -- counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "claims", "expected", "cause"),
    [
        (TRIP, counted(("Oslo", 2)), [40], ""),
        ("A UNIDENTIFIED MALE I got it.", counted(("I", 4)), [20], ""),
        ("A UNIDENTIFIED MALE I got it.", counted(("I", 1)), [20], "whole words"),
        ("A UNIDENTIFIED MALE I and I got it.", counted(("I", 1)), [20], "whole words"),
        ("Annex: Ann met Ann.", counted(("Ann", 2)), [7], ""),
        ("Annex: Ann met Ann.", counted(("Ann", 2), ("Ann", 1)), [7, 15], "whole words"),
        (TRIP, counted(("Oslo", 0), ("Oslo", 2)), [15, 64], "from 0"),
        (TRIP, counted(("Oslo", 20)), [64], "only 3 places"),
        (TRIP, counted(("Bonn", 8)), [48], "only 1 place"),
        (TRIP, counted(("Ann", 1), ("Oslo", 1), ("Ann", 1), ("Oslo", 1)), [0, 15, 26, 40], "not that of an occurrence"),
        (TRIP, counted(("Ann", 1), ("Bob", 2), ("Oslo", 3), ("Bonn", 4)), [0, 8, 15, 48], "not that of an occurrence"),
        (TRIP, counted(("Ann", 7), ("Bonn", 12)), [26, 48], "words of the text"),
        (TRIP, counted(("Ann", 26), ("Bonn", 48)), [26, 48], "offset"),
        ("NASA, Nasa and NASA.", counted(("NASA", 2)), [15], ""),
        ("NASA and NASA.", counted(("nasa", 2)), [9], ""),
        ("the He", counted(("he", 1)), [4], "whole words"),
    ],
)
def test_counts_have_one_meaning(text: str, claims: list[dict[str, Any]], expected: list[int], cause: str) -> None:
    """Plain hits, or else what explains the numbers of the whole answer."""
    prediction = placed(text, *claims)
    repaired = [issue.detail for issue in prediction.issues if issue.kind == "index_repaired"]

    assert starts(prediction) == expected
    assert bool(repaired) is bool(cause)
    assert all(cause in detail for detail in repaired)


def test_counts_of_one_mention_are_no_row_numbers() -> None:
    """One, two, three, four of three places: only the fourth is wrong."""
    prediction = placed(TRIP, *counted(("Oslo", 1), ("Oslo", 2), ("Oslo", 3), ("Oslo", 4)))

    assert starts(prediction) == [15, 40, 64]
    assert kinds(prediction) == ["index_repaired", "repeated"]


def test_a_repeated_count_is_a_repeated_entity() -> None:
    """Nothing comes back in between, so that the index is believed."""
    prediction = placed(TRIP, *counted(("Oslo", 1), ("Oslo", 1)))

    assert starts(prediction) == [15]
    assert kinds(prediction) == ["repeated"]


# -- order -----------------------------------------------------------------------------------------


def test_a_list_in_text_order_needs_no_positions() -> None:
    """Every mention has one place in one pass; nothing is ambiguous."""
    prediction = placed(TRIP, ("Ann", "P"), ("Oslo", "L"), ("Oslo", "L"), ("Bob", "P"), ("Oslo", "L"))

    assert starts(prediction) == [0, 15, 40, 57, 64]
    assert prediction.issues[0].kind == "ambiguous" if prediction.issues else True


def test_a_list_in_another_order_takes_places_from_left_to_right() -> None:
    """What the order cannot tell is an ambiguous issue that names the places."""
    prediction = placed(TRIP, ("Bonn", "L"), ("Ann", "P"), ("Oslo", "L"), ("Bob", "P"))

    assert starts(prediction) == [0, 8, 15, 48]
    assert [issue.detail for issue in prediction.issues if "Oslo" in issue.detail] == [
        "'Oslo' (L) may be at any of 15, 40, 64; taken at 15"
    ]


@pytest.mark.parametrize(("places", "named"), [(8, "24, 28; taken"), (9, "24, 28, ...; taken")])
def test_an_ambiguous_issue_names_eight_places(places: int, named: str) -> None:
    """More than these are not listed."""
    prediction = placed("Ann " * places, ("Ann", "P"))

    assert [named in issue.detail for issue in prediction.issues] == [True]


@pytest.mark.parametrize("groups", [(0, 0), (0, 1)])
@pytest.mark.parametrize("nested", [True, False])
def test_a_place_outside_a_longer_mention_is_likelier(groups: tuple[int, int], nested: bool) -> None:
    """In any shape and order of the answer."""
    claims = [
        {"text": "U.S. Navy", "label": "ORG", "group": groups[0]},
        {"text": "U.S.", "label": "LOC", "group": groups[1]},
    ]
    text = "the U.S. Navy and the U.S. flag"

    assert starts(placed(text, *claims, nested=nested)) == [4, 22]
    assert starts(placed(text, *reversed(claims), nested=nested)) == [4, 22]


def test_a_list_that_goes_label_by_label_is_not_forced_into_longer_mentions() -> None:
    """One order of all would put word2vec into the longer mention, because another label follows."""
    text = "the word2vec model by Mikolov and variants of word2vec"
    claims = [("word2vec model", "product"), ("word2vec", "product"), ("Mikolov", "person")]

    assert starts(placed(text, *claims)) == [4, 22, 46]


def test_a_list_keeps_its_order_though_a_likelier_place_is_beyond() -> None:
    """Bob alone is outside a longer mention only behind Ann, before whom the list has him."""
    text = "Bob Reed saw Bob Reed and Ann, then Bob"
    claims = [("Bob Reed", "A", 0, 8), ("Bob Reed", "A", 13, 21), ("Bob", "B"), ("Ann", "B")]

    assert starts(placed(text, *claims)) == [0, 0, 13, 26]


def test_each_group_has_an_order_of_its_own() -> None:
    """The second Ann is meant, because the first is before Bob."""
    claims = [{"text": "Bob", "group": 0}, {"text": "Ann", "group": 0}, {"text": "Oslo", "group": 1}]

    assert starts(placed("Ann saw Bob in Oslo. Ann left.", *claims)) == [8, 15, 21]


@pytest.mark.parametrize(("nested", "expected"), [(True, [0, 9]), (False, [0, 26])])
def test_a_list_overlaps_only_where_it_may(nested: bool, expected: list[int]) -> None:
    """The next place of the second mention shares a word with the first mention."""
    claims = [("New York Times", "A"), ("Times Square", "A")]

    assert starts(placed("New York Times Square and Times Square", *claims, nested=nested)) == expected


def test_a_longer_mention_comes_first_at_one_start() -> None:
    """The shorter one behind it is inside it when the list says so."""
    text = "New York Times in New York"

    assert starts(placed(text, ("New York Times", "A"), ("New York", "B"), ("York Times", "A"))) == [0, 0, 4]


def test_one_mention_under_two_labels_takes_two_places_where_there_are_two() -> None:
    """And shares one where there is one."""
    assert starts(placed("Rome and Rome", ("Rome", "LOC"), ("Rome", "ORG"))) == [0, 9]
    assert starts(placed("Rome and Milan", ("Rome", "LOC"), ("Rome", "ORG"), ("Milan", "LOC"))) == [0, 0, 9]


def test_one_more_than_there_are_places_is_repeated() -> None:
    """As often as a model runs in a circle."""
    prediction = placed("Rome and Rome", *[("Rome", "LOC")] * 4)

    assert starts(prediction) == [0, 9]
    assert kinds(prediction) == ["repeated", "repeated"]


def test_repeated_mentions_fill_places_in_every_group() -> None:
    """Two lists of the same mention are not two copies of the first place."""
    claims = [{"text": "Oslo", "group": group} for group in (0, 1)]

    assert starts(placed(TRIP, *claims)) == [15, 40]


def test_a_part_of_a_word_is_always_an_issue() -> None:
    """Whole words come first; more of them than there are takes parts, which is reported."""
    assert kinds(placed("the she", ("she", "X"))) == []
    assert "ambiguous" in kinds(placed("the", ("he", "X")))
    prediction = placed("he in the", ("he", "X"), ("he", "X"))

    assert starts(prediction) == [0, 7]
    assert "part of a word" in prediction.issues[-1].detail


def test_entities_that_may_not_overlap_find_free_places() -> None:
    """Also where the list is in no order."""
    text = "Bank of America, America, Bank"
    claims = [("America", "L"), ("Bank of America", "O"), ("Bank", "O")]
    prediction = placed(text, *claims, nested=False)

    assert starts(prediction) == [0, 17, 26]
    assert starts(placed("Rome", ("Rome", "A"), ("Rome", "B"), nested=False)) == [0, 0]


@pytest.mark.parametrize(
    ("order", "claims", "expected"),
    [
        ("genia", [("B", "X"), ("A B", "X"), ("B", "X")], [0, 2, 8]),
        ("text", [("A B", "X"), ("B", "X"), ("B", "X")], [0, 2, 8]),
        ("ace2005", [("B", "P"), ("C", "P"), ("A B", "Q")], [0, 2, 4]),
    ],
)
def test_lists_may_have_other_orders(order: str, claims: list[tuple[str, str]], expected: list[int]) -> None:
    """By end in the released GENIA files, by label in those of ACE2005."""
    assert starts(placed("A B C C B", *claims, order=order)) == expected


def test_all_occurrences_are_whole_words() -> None:
    """A mention without a position goes to each; listing it as often as it occurs is no repetition."""
    prediction = placed("he, the, he", ("he", "X"), ("he", "X"), occurrences="all")

    assert starts(prediction) == [0, 9]
    assert prediction.ok
    assert kinds(placed("he", ("he", "X"), ("he", "X"), occurrences="all")) == ["repeated"]
    assert starts(placed("he, he", {"text": "he", "count": 2}, occurrences="all")) == [4]
    assert starts(placed("the, the", ("he", "X"), occurrences="all")) == [1, 6]


# -- wordings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mention", "expected"),
    [
        ("the He", "he", "He"),
        ("the theory", "he", "he"),
        ("on 21. July and 1. July", "1. July", "1. July"),
        ("U.S. troops", '"U.S."', "U.S."),
        ("New York is", "**New York**", "New York"),
        ("New York is", " New York ", "New York"),
        ("New York is", "`New York`", "New York"),
        ('the "Titanic" sank', '"Titanic"', '"Titanic"'),
        ("in Barcelona now", "Carcelona", "Barcelona"),
        ("in Barcelona now", "arcelona", "Barcelona"),
        ("in Barcelona now", "BBarcelona", "Barcelona"),
        ("in Barcelona now", "Barceona", "Barcelona"),
        ("in Barcelona now", "Barcelons", "Barcelona"),
        ("in Barcelona now", "Barcelon", "Barcelona"),
        ("in Barcelona now", "Barcelonaa", "Barcelona"),
        ("in Barcelona now", "Barcelna", "Barcelona"),
        ("a of Barcelona a", "Barcelonas", "Barcelona"),
        ("the Kingdom of Spain", "Kingdom o Spain", "Kingdom of Spain"),
        ("Tornado\u3092Workbench\u3068\u547c", "Workbenc", "Workbench"),
        (
            "\u611b\u77e5\u770c\u77e5\u591a\u90e1\u4e59\u5ddd\u6751\u3067",
            "\u611b\u77e5\u770c\u77e5\u591a\u90e1\u4e59\u6751",
            "\u611b\u77e5\u770c\u77e5\u591a\u90e1\u4e59\u5ddd\u6751",
        ),
    ],
)
def test_a_mention_is_found_in_the_nearest_wording(text: str, mention: str, expected: str) -> None:
    """Whole words first; what models put around a mention, and one letter wrong anywhere in it, is forgiven."""
    prediction = placed(text, (mention, "X"))

    assert [prediction.surface(entity) for entity in prediction.entities] == [expected]
    assert bool(prediction.issues) is (mention != expected or expected == "he")


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("on 21. July", "1. July"),
        ("vitamin D", "vitamin B"),
        ("group 2", "group 1"),
        ("Alfred J. Lotka", "Alfred K. Lotka"),
        ("Iran", "Iraq"),
        ("Barcelona", "Madrid"),
    ],
)
def test_another_thing_is_not_a_wording(text: str, mention: str) -> None:
    """Digits, initials and short words must agree, and no number is cut."""
    prediction = placed(text, (mention, "X"))

    assert not prediction.entities
    assert [unplaced.text for unplaced in prediction.unplaced] == [mention]


def test_no_place_is_too_far_behind() -> None:
    """Three thousand places of one mention can each be stated, and each be listed."""
    text = "Ann " * 3_000

    assert starts(placed(text, {"text": "Ann", "count": 2_500})) == [4 * 2_499]
    assert starts(placed(text, ("Ann", "X", 11_000, 11_003))) == [11_000]
    assert len(placed(text, *[("Ann", "X")] * 3_000).entities) == 3_000


@pytest.mark.parametrize(
    "output",
    [
        '{"P": ["Ann", "Ann", "Bob"]}',
        '[{"text": "Ann", "label": "P"}, {"text": "Ann", "label": "P"}, {"text": "Bob", "label": "P"}]',
        '[["Ann", "P"], ["Ann", "P"], ["Bob", "P"]]',
        '[{"P": "Ann"}, {"P": "Ann"}, {"P": "Bob"}]',
        '{"text": "Ann", "label": "P"}\n{"text": "Ann", "label": "P"}\n{"text": "Bob", "label": "P"}',
        "Ann (P)\nAnn (P)\nBob (P)",
        "P: Ann, Ann, Bob",
        '[P(span="Ann"), P(span="Ann"), P(span="Bob")]',
    ],
)
@pytest.mark.parametrize("name", ["grouped-json", "occurrence-json", "lines"])
def test_repeated_mentions_fill_places_in_every_shape(output: str, name: str) -> None:
    """Asked for in any format."""
    prediction = decode(output, "Ann saw Ann and Bob", name, labels=["P"])

    assert starts(prediction) == [0, 8, 16]


# -- copies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mention", "copied", "grounding", "expected"),
    [
        ("in Oslo", "Oslo", (3, 7), "exact", [(3, 7)]),
        ("in Oslo", "oslo", (3, 7), "exact", []),
        ("in Oslo", "Oslu", (3, 7), "fuzzy", [(3, 7)]),
        ("in Oslo", "Oslu", (3, 7), "normalized", []),
        ("in Oslo", "Rome", (3, 7), "fuzzy", []),
        ("in Oslo, Rome", "Rome", (3, 7), "fuzzy", [(9, 13)]),
        ("Rome and Oslo in Rome", "Rome", (9, 13), "fuzzy", [(17, 21)]),
        ("in 台北 now", "臺北", (3, 5), "fuzzy", [(3, 5)]),
        ("the EU now", "E.U.", (4, 6), "fuzzy", [(4, 6)]),
        ("in  Oslo  now", " Oslo", (2, 9), "exact", [(4, 8)]),
    ],
)
def test_a_copy_may_differ_more(
    text: str, mention: str, copied: tuple[int, int], grounding: str, expected: list[tuple[int, int]]
) -> None:
    """Its surroundings say where it is; what differs too much is placed only where it is to the letter."""
    prediction = placed(text, {"text": mention, "copied": copied}, grounding=grounding)

    assert [entity[:2] for entity in prediction.entities] == expected
    assert len(prediction.entities) + len(prediction.unplaced) == 1


def test_copies_that_differ_too_much_take_the_nearest_free_places() -> None:
    """Each its own, as long as there are any."""
    text = "Rome and Oslo and Rome"

    assert starts(placed(text, *[{"text": "Rome", "copied": (9, 13)}] * 2)) == [0, 18]
    assert starts(placed(text, *[{"text": "Rome", "copied": (9, 13)}] * 3)) == [0, 18]


# -- parts -----------------------------------------------------------------------------------------


def slow_placements(places: list[list[tuple[int, int]]], labels: list[str], rule: Rule) -> list[tuple[int, ...]]:
    """Return every choice of places that is in order, by trying all."""

    def follows(a: tuple[int, int], b: tuple[int, int]) -> bool:
        if not rule.nested:
            return a[1] <= b[0]
        rank_a, rank_b = ((a[1], -a[0]), (b[1], -b[0])) if rule.order == "genia" else ((a[0], -a[1]), (b[0], -b[1]))
        return rank_a < rank_b or (rule.shared and rank_a == rank_b)

    found = []
    for chosen in product(*(range(len(spans)) for spans in places)):
        spans = [listed[at] for listed, at in zip(places, chosen, strict=True)]
        entities = list(zip(spans, labels, strict=True))
        in_order = all(follows(a, b) for a, b in pairwise(spans))
        if in_order and len(set(entities)) == len(entities):
            found.append(chosen)
    return found


@given(data=st.data(), rule=st.builds(Rule, st.sampled_from(["text", "genia"]), st.booleans(), st.booleans()))
@settings(max_examples=400, deadline=None)
def test_a_list_is_placed_as_by_trying_everything(data: st.DataObject, rule: Rule) -> None:
    """The leftmost and the rightmost place of each mention over all placements that are in order."""
    mentions = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    where = {size: sorted(data.draw(st.sets(st.integers(0, 7), min_size=1, max_size=4))) for size in set(mentions)}
    places = [[(start, start + size) for start in where[size]] for size in mentions]
    labels = data.draw(st.lists(st.sampled_from("AB"), min_size=len(places), max_size=len(places)))
    expected = slow_placements(places, labels, rule)
    found = place_range(places, labels, rule)

    assert (found is None) is (not expected)
    if found is not None:
        assert found[0] == [min(chosen[at] for chosen in expected) for at in range(len(places))]
        assert found[1] == [max(chosen[at] for chosen in expected) for at in range(len(places))]
        walk = Walk(rule)
        for spans, label, last in zip(places, labels, found[1], strict=True):
            at = walk.next_index(spans, label)
            assert at <= last
            walk.move(spans[data.draw(st.integers(at, last))], label)


@given(starts=st.sets(st.integers(0, 20), max_size=8), hints=st.lists(st.integers(-2, 24), max_size=10))
def test_free_places_are_given_out_once(starts: set[int], hints: list[int]) -> None:
    """The nearest one that is left, and of two as near the first."""
    spans = [(start, start + 2) for start in sorted(starts)]
    free, left = FreePlaces(spans), list(spans)
    for hint in hints:
        expected = min(left, key=lambda span: (abs(span[0] - hint), span[0]), default=None)
        assert free.nearest(hint) == expected
        assert free.first(hint) == next((span for span in left if span[0] >= hint), None)
        if expected is not None:
            free.take(expected)
            left.remove(expected)


SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda pair: (pair[0], sum(pair))), max_size=7)


@given(certain=SPANS, span=SPANS.filter(bool).map(lambda spans: spans[0]))
@example([(0, 4)], (0, 4))
@example([(0, 4)], (0, 3))
@example([(0, 4)], (1, 4))
def test_longer_places_cover_and_any_place_occupies(certain: list[tuple[int, int]], span: tuple[int, int]) -> None:
    """A place does not cover itself; places that only touch do not overlap."""
    covers = any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in certain)
    overlaps = any(start < span[1] and span[0] < end for start, end in certain)

    assert Covering(certain).covers(*span) is covers
    assert Covering(certain).outside([span]) == ([] if covers else [span])
    occupied = Occupied()
    for each in certain:
        occupied.add(*each)
    assert occupied.overlaps(*span) is overlaps is Occupied(certain).overlaps(*span)


CLAIMS = st.builds(
    lambda text, label, start, end, count, group, copied: {
        "text": text, "label": label, "start": start, "end": end, "count": count, "group": group, "copied": copied,
    },
    st.text("abA. 1é\u0301", max_size=6),
    st.sampled_from("XY"),
    st.none() | st.integers(-2, 30),
    st.none() | st.integers(-2, 30),
    st.none() | st.integers(-1, 5),
    st.integers(0, 2),
    st.none() | st.tuples(st.integers(0, 20), st.integers(0, 25)),
)  # fmt: skip


@given(
    text=st.text("abA. 1é\u0301", max_size=25),
    claims=st.lists(CLAIMS, max_size=7),
    nested=st.booleans(),
    occurrences=st.sampled_from(["listed", "all"]),
    order=st.sampled_from(["text", "genia", "ace2005"]),
    grounding=st.sampled_from(["exact", "normalized", "fuzzy"]),
)
@settings(max_examples=600, deadline=None)
def test_no_claim_is_lost(
    text: str, claims: list[dict[str, Any]], nested: bool, occurrences: str, order: str, grounding: str
) -> None:
    """Each is placed inside the text, unplaced or named in an issue, whatever it states."""
    for claim in claims:
        if claim["copied"] is not None and not claim["copied"][0] < claim["copied"][1] <= len(text):
            claim["copied"] = None
    prediction = placed(text, *claims, grounding=grounding, nested=nested, occurrences=occurrences, order=order)
    again = placed(text, *claims, grounding=grounding, nested=nested, occurrences=occurrences, order=order)
    dropped = sum(kind in ("repeated", "skipped") for kind in kinds(prediction))

    assert prediction == again
    assert all(0 <= entity.start < entity.end <= len(text) for entity in prediction.entities)
    if occurrences == "listed":
        assert len(prediction.entities) + len(prediction.unplaced) + dropped == len(claims)


@given(data=st.data(), text=st.text("ab ", min_size=1, max_size=25))
@settings(max_examples=300, deadline=None)
def test_what_is_stated_rightly_is_taken(data: st.DataObject, text: str) -> None:
    """Offsets that fit are kept without an issue, in any order and with any other claims of that kind."""
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 4))
    gold = data.draw(st.sets(spans.map(lambda pair: (pair[0], min(len(text), sum(pair)))), max_size=6))
    stated = data.draw(st.permutations(sorted(gold)))
    prediction = placed(text, *[(text[start:end], "X", start, end) for start, end in stated])

    assert {entity[:2] for entity in prediction.entities} == gold
    assert prediction.ok


# -- cost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stated",
    [
        lambda number: ("Ann", "X"),
        lambda number: ("Ann", f"L{number}"),
        lambda number: ("Ann", "X", 7 * number, 7 * number + 2),
        lambda number: {"text": "Ann", "count": number},
    ],
)
@pytest.mark.parametrize("nested", [True, False])
def test_one_mention_listed_very_often_takes_linear_time(stated: Callable[[int], Stated], nested: bool) -> None:
    """No claim goes through all places of its mention."""
    check_linear(lambda count: placed("Ann " * count, *map(stated, range(count)), nested=nested), int, size=200)


@pytest.mark.parametrize(
    ("text", "mention", "place"),
    [("é\u0301<", "\u0301<", (1, 3)), ("e\u0301x x", "\u0301x", (1, 3)), ("e\u0301", "\u0301", (1, 2))],
)
def test_a_mention_that_starts_with_a_mark_is_found_to_the_letter(
    text: str, mention: str, place: tuple[int, int]
) -> None:
    """Folding would drop the mark and find another place."""
    prediction = decode(json.dumps({"A": [mention]}), text, "grouped-json", labels="A,b")

    assert [(entity.start, entity.end) for entity in prediction] == [place]


@pytest.mark.parametrize(
    ("text", "mention", "span"),
    [
        ("昨日中国人民银行总部说", "国人民银行总部", (2, 10)),
        ("昨日中国人民银行总部说", "中国人民银行总", (2, 10)),
        ("was overexpressed here", "expnessed", (8, 17)),
    ],
)
@pytest.mark.parametrize("has_other", [True, False])
def test_offsets_that_are_right_elsewhere_are_right_for_a_misspelt_mention(
    text: str, mention: str, span: tuple[int, int], has_other: bool
) -> None:
    """Alone, a mention that the text has to the letter is believed before its offsets."""
    items = [{"text": mention, "label": "X", "start": span[0], "end": span[1]}]
    if has_other:
        items.append({"text": text[:2], "label": "X", "start": 0, "end": 2})
    places = [(entity.start, entity.end) for entity in decode(json.dumps(items), text, "offset-json", labels="X,Y")]

    assert (span in places) == has_other


@pytest.mark.parametrize(
    ("output", "surface"),
    [("昨日の[京大学 | X]で", "東京大学"), ("昨日の[東京大 | X]で", "東京大学"), ("昨日[東京大学 | X]で", "東京大学")],
)
def test_a_letter_that_a_copy_loses_belongs_to_the_letters_of_its_script(output: str, surface: str) -> None:
    """A particle before a name is not of it."""
    assert [
        prediction.surface(entity)
        for prediction in [decode(output, "昨日の東京大学で", "bracket")]
        for entity in prediction
    ] == [surface]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000"])
def test_offsets_whose_span_ends_in_white_space_are_read_in_another_unit(space: str) -> None:
    """Bytes in place of characters, where no mention says so: any white space at the rim tells."""
    text = f"\u00e9 -5{space}degrees"

    (entity,) = decode('[{"label": "X", "start": 3, "end": 5}]', text, "offset-json", labels="X")

    assert text[entity.start : entity.end] == "-5"


@pytest.mark.parametrize(
    ("order", "listed"),
    [("text", ["University of Oslo", "University", "Ann"]), ("genia", ["Oslo", "University of Oslo", "Ann"])],
)
def test_nested_mentions_in_order_tell_where_the_next_one_is(order: str, listed: list[str]) -> None:
    """By start and longest first the ends are out of order, by end and inner first the starts are."""
    text = "Ann saw University of Oslo with Ann."

    prediction = decode(json.dumps({"X": listed}), text, "grouped-json", labels="X", order=order)

    assert (32, 35, "X") in prediction.entities


@pytest.mark.parametrize(("mention", "text"), [("group 1", "In group 12."), ("2 mg", "With 12 mg.")])
def test_a_part_of_a_number_is_no_place(mention: str, text: str) -> None:
    prediction = decode(json.dumps({"X": [mention]}), text, "grouped-json", labels="X")

    assert not prediction.entities
    assert [one.text for one in prediction.unplaced] == [mention]


def test_two_labels_of_a_mention_that_comes_back_take_a_place_each() -> None:
    """The order gives each its place, and none of them is inside a longer mention."""
    prediction = decode("he (P)\nhe (Q)", "he, he", "lines", labels=["P", "Q"])

    assert [tuple(entity) for entity in prediction] == [(0, 2, "P"), (4, 6, "Q")]
    assert prediction.ok


def test_without_nesting_a_list_is_read_as_one_of_places_that_do_not_overlap_first() -> None:
    output, text = "a (Q)\na (P)\na b (P)\na (P)", "a, a, a, ab, a b, a"

    prediction = decode(output, text, "lines", labels=["P", "Q"], nested=False)

    assert [tuple(entity) for entity in prediction] == [(0, 1, "Q"), (3, 4, "P"), (13, 16, "P"), (18, 19, "P")]
    assert [issue.text_span.start for issue in prediction.issues if issue.text_span] == [0, 3]  # the last is certain


@pytest.mark.parametrize(("order", "kinds"), [("text", []), ("ace2005", ["ambiguous"])])
def test_lists_of_single_labels_say_nothing_about_each_other(order: str, kinds: list[str]) -> None:
    """In the order of ACE2005 each label begins anew, so that one mention of two is not certain."""
    output = '{"P": ["a"], "Q": ["a", "b", "a"]}'

    prediction = decode(output, "a b a", "grouped-json", labels=["P", "Q"], order=order)

    assert [issue.kind for issue in prediction.issues] == kinds
