"""Finding a mention in a text, in the wording that is nearest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import genner
from genner.testing import texts
from genner.text.grounding import Source, wording_kind


def found(text: str, mention: str, grounding: str = "fuzzy", spellings: tuple[str, ...] = ()) -> list[str]:
    """Return what the places of a mention say."""
    hits = Source(text, grounding).find(mention, spellings)
    return [text[start:end] for start, end in hits.whole or hits.spans]


@pytest.mark.parametrize(
    ("text", "mention", "expected"),
    [
        ("Ann met Ann", "Ann", ["Ann", "Ann"]),
        ("the He", "he", ["He"]),
        ("the she", "he", ["he", "he"]),
        ("am 21. Juli 2022", "1. Juli 2022", []),
        ("in 2022", "202", []),
        ("NEW\n  YORK", "new york", ["NEW\n  YORK"]),
        ("Ann Reed met", "Ann Reed.", ["Ann Reed"]),
        ("Ann Reed. He met", "Ann Reed.", ["Ann Reed."]),
        ("in Oslo now", "(Oslo)", ["Oslo"]),
        ("the U.S. Navy", "U.S.,", ["U.S."]),
        ("sang 'Tis late", '"\'Tis"', ["'Tis"]),
        ("in Oslo now", ">Oslo", ["Oslo"]),
        ("in Oslo now", "**Oslo**", ["Oslo"]),
        ("in Oslo now", " Oslo ", ["Oslo"]),
        ('the "Blue Door" opened', '"Blue Door"', ['"Blue Door"']),
        ("the Blue Door opened", "“Blue Door”", ["Blue Door"]),
        ("आज राहुल गांधी आए", "ाहुल गांधी", ["राहुल गांधी"]),
        ("พบกับสุนทรเวชทันที", "ุนทรเวช", ["สุนทรเวช"]),
        ("昨日の東京大学病院で", "x東京大学病院", ["東京大学病院"]),
        ("TNF-α binds", "TNF-alpha", ["TNF-α"]),
        ("said the -LRB- UN -RRB- .", "(UN)", ["-LRB- UN -RRB-"]),
        ("in Malmö", "MalmÃ¶", ["Malmö"]),
        ("of Zoë", r"Zo\u00eb", ["Zoë"]),
        ("AT&T sued", "AT&amp;T", ["AT&T"]),
        ("paid $100,000", "$100000", ["$100,000"]),
        ("paid 2,500", "2500", ["2,500"]),
        ("about 1.5", "1,5", ["1.5"]),
        ("about 1.5", "15", []),
        ("the EU said", "E.U.", ["EU"]),
        ("with IL-2.", "IL2", ["IL-2"]),
        ("in Rome .", "rome.", ["Rome"]),
        ("in Rome . He left", "rome.", ["Rome"]),
        ("Barcelona won", "Barcelonq", ["Barcelona"]),
        ("the E.U. said", "EU", ["E.U."]),
        ("with IL-2", "IL2", ["IL-2"]),
        ("just US", "us", ["US"]),
        ("just", "us", ["us"]),
        ("group 2", "group 1", []),
        ("vitamin D", "vitamin B", []),
        ("in Iraq", "Iran", []),
        ("The Barcelona team", "Barcelonq", ["Barcelona"]),
        ("The Barcelona team", "Qarcelona", ["Barcelona"]),
        ("The Barcelona team", "arcelona", ["Barcelona"]),
        ("The Barcelona team", "Barcelon", ["Barcelona"]),
        ("The Barcelona team", "Barclona", ["Barcelona"]),
        ("The Barcelona team", "Barcelonaa", ["Barcelona"]),
        ("The Barcelona team", "xBarcelona", ["Barcelona"]),
        ("a data frame of", "zdata frame", ["data frame"]),
        ("AS Rapla Veod on", "AS Rapla Veodo", ["AS Rapla Veod"]),
        ("sudden deaths, sudden death", "nudden death", ["sudden death"]),
        ("Fraud and fraud", "Fraudd", ["Fraud"]),
        ("overexpression", "expression", ["expression"]),
        ("«Bauskas Dzīvei»", "«Bauskgas Dzīvei»", ["«Bauskas Dzīvei»"]),
        ("Helsingistä tuli", "Helsingissä", ["Helsingistä"]),
        ("ニコライ・グルントヴィ", "ニコライ・グルントヴy", ["ニコライ・グルントヴィ"]),
        ("संदीप साहू", "aसंदीप साहू", ["संदीप साहू"]),
        ("오는 부산 동부경찰서는", "x산 동부경찰서", ["부산 동부경찰서"]),
        ("오는 부산 동부경찰서는", "부산 동부경서", ["부산 동부경찰서"]),
        ("古巣のブロマポイカルナに", "xロマポイカルナ", ["ブロマポイカルナ"]),
        ("のボストン交響楽団は", "xストン交響楽団", ["ボストン交響楽団"]),
        ("フェンウェイ・パークは", "フェンウェイ・パー", ["フェンウェイ・パーク"]),
        ("そのトム・モウルトンは", "ム・モウルトン", ["トム・モウルトン"]),
        ("メジャーデビューし", "メジャー", ["メジャー"]),
        ("จากเรือนจำกลาง", "รือนจำกลาง", ["เรือนจำกลาง"]),
        ("มีประเทศไทยแม้", "ประเทศไทยx", ["ประเทศไทย"]),
        ("และกระทรวง ที่", "xกระทรวง", ["กระทรวง"]),
        ("Rome", "", []),
        ("", "Rome", []),
        ("a\u0301", "\u0301", ["\u0301"]),
        ("Jose\u0301 left", "Jose", ["Jose"]),
    ],
)
def test_a_mention_is_found_in_its_nearest_wording(text: str, mention: str, expected: list[str]) -> None:
    """To the letter, folded, respelled, without what was added, with a few edits; whole words first."""
    assert found(text, mention) == expected


@pytest.mark.parametrize(
    ("grounding", "mention", "expected"),
    [
        ("exact", "Oslo", ["Oslo"]),
        ("exact", " 'Oslo' ", ["Oslo"]),
        ("exact", "(Oslo)", []),
        ("exact", "oslo", []),
        ("normalized", "oslo", ["Oslo"]),
        ("normalized", "(oslo)", ["Oslo"]),
        ("normalized", "O.s.l.o", []),
        ("normalized", "Barcelonq", []),
        ("fuzzy", "Barcelonq", ["Barcelona"]),
    ],
)
def test_grounding_says_how_far_a_mention_may_differ(grounding: str, mention: str, expected: list[str]) -> None:
    """White space and quotes at the rim are no part of a mention at any level."""
    assert found("Oslo, Barcelona", mention, grounding) == expected


def test_spellings_are_tried_within_each_wording() -> None:
    """Another reading of an escape is better than an edit."""
    assert found(r"C:\new is here", "C:\new", spellings=(r"C:\new",)) == [r"C:\new"]


def test_a_misspelt_mention_has_every_place_of_the_words_meant() -> None:
    """So that it can be listed as often as they occur."""
    assert found("Barcelona beat Barcelona", "Barcelonq") == ["Barcelona", "Barcelona"]


def test_a_place_is_compared_in_every_wording() -> None:
    """At stated offsets the case may differ; ends beyond the text never fit."""
    source = Source("the He met Zoë", "fuzzy")

    assert source.agrees("he", 4, 6)
    assert source.agrees("zoe", 11, 14)
    assert not source.agrees("zoe", 11, 15)
    assert not source.agrees("zoe", -1, 2)
    assert not source.agrees("met", 4, 6)
    assert not Source("the He", "exact").agrees("he", 4, 6)


def test_nearly_needs_whole_words() -> None:
    """A place that is nearly right is moved to the borders of its words."""
    source = Source("The Barcelona team", "fuzzy")

    assert source.nearly("Barcelonq", 4, 12) == (4, 13)
    assert source.nearly("Barcelonq", 0, 3) is None
    assert source.nearly("Barcelonq", 4, 99) is None
    assert Source("The Barcelona team", "normalized").nearly("Barcelonq", 4, 13) is None


@pytest.mark.parametrize(
    ("mention", "surface", "kind"),
    [
        ("Rome", "Rome", None),
        (" Rome", "Rome", "spacing"),
        ("rome", "Rome", "case"),
        ("'Rome'", "Rome", "syntax"),
        ("TNF-alpha", "TNF-α", "unicode"),
        ("Rome.", "Rome", "fuzzy"),
        ("E.U.", "EU", "fuzzy"),
    ],
)
def test_what_was_forgiven_is_named(mention: str, surface: str, kind: str | None) -> None:
    """The mildest kind of issue that explains the difference."""
    assert wording_kind(mention, surface) == kind


@given(text=texts(max_pieces=30), data=st.data())
@settings(max_examples=300, deadline=None)
def test_what_the_text_has_is_found_there(text: str, data: st.DataObject) -> None:
    """A part of the text is found to the letter unless it is only part of a word or number."""
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, min(len(text), start + 12)))
    source = Source(text, "fuzzy")
    mention = text[start:end]

    assert source.has(mention)
    assert (start, end) in source.exact(mention).spans
    if (start, end) in source.exact(mention).whole and mention.strip() == mention:
        assert (start, end) in source.find(mention).whole


@given(
    text=texts(max_pieces=30), mention=texts(max_pieces=6), grounding=st.sampled_from(["exact", "normalized", "fuzzy"])
)
@settings(max_examples=500, deadline=None)
def test_places_lie_in_the_text_in_order(text: str, mention: str, grounding: str) -> None:
    """Whatever is looked for; whole words are among the places."""
    hits = Source(text, grounding).find(mention)

    assert list(hits.spans) == sorted(set(hits.spans))
    assert all(0 <= start < end <= len(text) for start, end in hits.spans)
    assert set(hits.whole) <= set(hits.spans)


def test_a_prefix_written_onto_a_word_is_no_part_of_its_mention() -> None:
    """Hebrew writes "in" onto the name of a place; the name itself is there exactly."""
    text = "הוא נפגש בירושלים ביום שני"

    prediction = genner.decode('{"LOC": ["ירושלים"], "DATE": ["יום שני"]}', text, labels="LOC,DATE")

    assert (prediction.entities, prediction.issues) == (((10, 17, "LOC"), (19, 26, "DATE")), ())
