"""Alignment: where each character of a copy of the text comes from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.testing import texts
from genner.text.alignment import align_copy
from genner.text.folding import Folded

LETTERS = st.text("abcdé ", max_size=12)


@given(text=texts(max_pieces=25), data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_copy_is_aligned_in_order(text: str, data: st.DataObject) -> None:
    """A copy with any part changed maps upwards, and equal letters to equal letters."""
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    copy, source = Folded(text[:low] + data.draw(LETTERS) + text[high:]), Folded(text)
    mapped = align_copy(copy, source).to_source
    known = [(at, to) for at, to in enumerate(mapped) if to >= 0]

    assert [to for _, to in known] == sorted({to for _, to in known})
    assert all(copy.chars[at] == source.chars[to] for at, to in known)


def test_a_copy_without_a_change_is_the_text() -> None:
    """Every letter maps to itself."""
    folded = Folded("Ann met Bob, and Bob met Ann.")

    assert align_copy(folded, folded).to_source == list(range(len(folded.chars)))


def projected(copied: str, text: str, mention: str) -> str | None:
    """Return what the text has where a copy of it has a mention."""
    copy, source = Folded(copied), Folded(text)
    start = copied.index(mention)
    part = align_copy(copy, source).project(copy.at(start), copy.at(start + len(mention)))
    span = None if part is None else source.span(*part)
    return None if span is None else text[slice(*span)]


@pytest.mark.parametrize(
    ("copied", "text", "mention", "expected"),
    [
        ("Ann Ried left", "Ann Reed left", "Ann Ried", "Ann Reed"),
        ("they met oseph Reed.", "they met Joseph Reed.", "oseph Reed", "Joseph Reed"),
        ("they met Joseph Ree.", "they met Joseph Reed.", "Joseph Ree", "Joseph Reed"),
        ("oseph Reed left", "Joseph Reed left", "oseph Reed", "Joseph Reed"),
        ("they met Ann Ree", "they met Ann Reed", "Ann Ree", "Ann Reed"),
        ("they met Xoseph Reed.", "they met Joseph Reed.", "Xoseph Reed", "Joseph Reed"),
        ("they met Joseph ReeX.", "they met Joseph Reed.", "Joseph ReeX", "Joseph Reed"),
        ("they met xJoseph Reed.", "they met Joseph Reed.", "xJoseph Reed", "Joseph Reed"),
        ("they met JJoseph Reed.", "they met Joseph Reed.", "JJoseph Reed", "Joseph Reed"),
        ("they met Joseph Reedd.", "they met Joseph Reed.", "Joseph Reedd", "Joseph Reed"),
        ("she lives in Paris now", "she lives in London now", "Paris", "London"),
        ("Paris is far", "London is far", "Paris", "London"),
        ("far is Paris", "far is London", "Paris", "London"),
        ("they met tall Ann", "they met Ann", "tall", None),
        ("Xx Yy met Ann Ried", "Joe Reed met Ann Reed", "Ann Ried", "Ann Reed"),
        ("the group Xx Yy Ann left", "the group of Ann left", "Yy Ann", "Ann"),
        ("the Ann Xx Yy group left", "the Ann of group left", "Ann Xx", "Ann"),
        ("昨日の東京大学病院", "昨日の東京大学病院", "東京大学", "東京大学"),
        ("昨日、京大学の病院", "昨日、東京大学の病院", "京大学", "東京大学"),
    ],
)
def test_a_mention_in_a_copy_leads_to_what_the_text_has_there(
    copied: str, text: str, mention: str, expected: str | None
) -> None:
    """Changed letters at its edges and letters left out there belong to it; words that were added are nowhere."""
    assert projected(copied, text, mention) == expected


def test_a_long_copy_is_aligned_by_the_words_that_are_there_once() -> None:
    """With so many words changed at both ends, and the rest the same, each of the rest maps to itself."""
    words = [f"word{number}" if number % 3 else "and" for number in range(4_000)]
    text = " ".join(words)
    copied = " ".join(["another", *words[1:1_500], "added", *words[1_501:-1], "last"])

    for number in (2, 1_499, 1_502, 3_998):
        assert projected(copied, text, f" {words[number]} ".strip()) == words[number]
    assert projected(copied, text, "added") == "and"
