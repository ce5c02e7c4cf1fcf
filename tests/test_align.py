"""Finding mentions: occurrences, folding, approximate search, echoes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.testing import texts
from genner.text.alignment import align_echo
from genner.text.folding import Folded, difference, fold
from genner.text.fuzzy import allowed_edits, best_match, edit_distance
from genner.text.occurrences import Occurrences, occurrence_index, occurrences, place_in_order, splits_word

LETTERS = st.text("abcdé ", max_size=12)


def slow_distance(one: str, other: str) -> int:
    """Levenshtein distance by the textbook."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        new = [i]
        for j, right in enumerate(other, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (left != right)))
        row = new
    return row[-1]


@given(text=st.text("ab", max_size=30), surface=st.text("ab", max_size=4))
def test_occurrences_are_all_hits(text: str, surface: str) -> None:
    """Overlapping ones included; an empty string occurs nowhere."""
    expected = [at for at in range(len(text)) if surface and text.startswith(surface, at)]

    assert list(occurrences(text, surface)) == expected


@given(text=st.text("ab ", min_size=1, max_size=30), data=st.data())
def test_an_index_counts_the_hits_up_to_a_place(text: str, data: st.DataObject) -> None:
    """The index of a place leads back to it."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    assert Occurrences(text)[text[start:end]][occurrence_index(text, start, end) - 1] == start


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        ("UNIDENTIFIED", 2, 3, True),
        ("I am", 0, 1, False),
        ("c-fos", 2, 5, False),
        ("cell_line", 0, 4, False),
        ("東京都", 0, 2, False),
        ("서울에서", 0, 2, False),
        ("ไทยแลนด์", 0, 3, False),
        ("Müller", 0, 1, True),
        ("e\u0301a", 0, 1, True),
        ("A549", 0, 1, True),
    ],
)
def test_words_are_split_only_where_spaces_make_words(text: str, start: int, end: int, expected: bool) -> None:
    """Scripts without spaces, and Hangul with its particles, have no inside of a word."""
    assert splits_word(text, start, end) is expected


def test_a_list_in_text_order_has_a_leftmost_and_a_rightmost_placement() -> None:
    """Where both agree the place is certain."""
    assert place_in_order([[0, 20], [5], [0, 20]], [2, 3, 2]) == ([0, 5, 20], [0, 5, 20])
    assert place_in_order([[0, 20, 30]], [2]) == ([0], [30])
    assert place_in_order([[5], [0]], [1, 1]) is None


@given(one=LETTERS, other=LETTERS)
@settings(max_examples=500)
def test_edit_distance_is_the_textbook_one(one: str, other: str) -> None:
    """The bit-parallel rows and the slow table agree."""
    assert edit_distance(one, other) == slow_distance(one, other)


@pytest.mark.extra
@given(one=st.text(max_size=100), other=st.text(max_size=100))
def test_edit_distance_is_rapidfuzz_s(one: str, other: str) -> None:
    """A peer agrees on any Unicode string."""
    from rapidfuzz.distance import Levenshtein

    assert edit_distance(one, other) == Levenshtein.distance(one, other)


@given(mention=st.text("abcdefgh", min_size=5, max_size=15), around=st.text("xyz", max_size=20), data=st.data())
@settings(max_examples=300)
def test_approximate_search_finds_what_is_near(mention: str, around: str, data: st.DataObject) -> None:
    """A mention with as many edits as are allowed is found, and nothing farther away is."""
    said = list(mention)
    for _ in range(allowed_edits(len(mention))):
        said[data.draw(st.integers(0, len(said) - 1))] = "q"
    source = Folded(around + "".join(said) + around)
    match = best_match(mention, source)

    assert match is not None
    first, last, edits = match
    assert edits == slow_distance(mention, source.chars[first:last]) <= allowed_edits(len(mention))


@pytest.mark.parametrize(
    ("said", "source", "kind"),
    [
        ("Rome", "Rome", None),
        ("New  York", "New York", "spacing"),
        ("new york", "New  York", "case"),
        ("İstanbul", "istanbul", "unicode"),
        ("ığdır", "Iğdır", "unicode"),
        ("Cafe\u0301", "Café", "unicode"),
        ("ﬁsh", "fish", "unicode"),
        ("ＡＢＣ", "ABC", "unicode"),
        ("O’Neil — “x”", 'O\'Neil - "x"', "unicode"),
        ("''x''", '"x"', "unicode"),
        ("Mueller", "Müller", "fuzzy"),
    ],
)
def test_differences_are_named_by_the_mildest_kind(said: str, source: str, kind: str | None) -> None:
    """Spaces before case before Unicode form before anything else."""
    assert difference(said, source) == kind
    assert (fold(said) == fold(source)) is (kind != "fuzzy")


@given(text=texts(max_pieces=20), data=st.data())
def test_folded_spans_lead_back_to_the_text(text: str, data: st.DataObject) -> None:
    """What a span of the text folds to is found again at that span."""
    folded = Folded(text)

    assert len(folded.origin) == len(folded.chars)
    assert folded.origin == sorted(folded.origin)
    if folded.chars:
        first = data.draw(st.integers(0, len(folded.chars) - 1))
        last = data.draw(st.integers(first + 1, len(folded.chars)))
        span = folded.span(first, last)
        if span is not None:
            assert 0 <= span[0] < span[1] <= len(text)
            assert fold(text[span[0] : span[1]]).startswith(folded.chars[first:last])


@given(text=texts(max_pieces=25), data=st.data())
@settings(max_examples=200, deadline=None)
def test_an_echo_is_aligned_in_order(text: str, data: st.DataObject) -> None:
    """An echo with any stretch changed maps upwards, and equal letters to equal letters."""
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(low, len(text)))
    echo, source = Folded(text[:low] + data.draw(LETTERS) + text[high:]), Folded(text)
    mapped = align_echo(echo, source).to_source
    known = [(at, to) for at, to in enumerate(mapped) if to >= 0]

    assert [to for _, to in known] == sorted({to for _, to in known})
    assert all(echo.chars[at] == source.chars[to] for at, to in known)


def test_an_echo_without_a_change_is_the_text() -> None:
    """Every letter maps to itself."""
    folded = Folded("Ann met Bob, and Bob met Ann.")

    assert align_echo(folded, folded).to_source == list(range(len(folded.chars)))
