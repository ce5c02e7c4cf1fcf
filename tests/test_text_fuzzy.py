"""Approximate search, against slow and obvious twins."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genner.text.fuzzy import FuzzySearch, allowed_edits, edit_distance, edits_within, is_slip, words_of
from genner.text.index import TextIndex

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


def slow_search(mention: str, text: str) -> int:
    """Return the fewest edits between a mention and any part of a text."""
    return min(
        slow_distance(mention, text[start:end]) for start in range(len(text)) for end in range(start + 1, len(text) + 1)
    )


@given(mention=st.text("abc", min_size=5, max_size=11), text=st.text("abc", min_size=1, max_size=16))
@settings(max_examples=150, deadline=None)
@example("abcab", "abcb")
@example("aaaaaaaaaaa", "aaaaaaaaa")
@example("aaaaa", "aaaaaaaaaaaaa")
def test_search_finds_the_fewest_edits_there_are(mention: str, text: str) -> None:
    """What every part of the text, compared by the textbook, finds is found, and nothing farther away."""
    fewest = slow_search(mention, text)
    found = FuzzySearch(TextIndex(text)).best_matches(mention)

    assert bool(found) is (fewest <= allowed_edits(len(mention)))
    assert all(0 <= first < last <= len(text) for first, last in found)
    assert any(slow_distance(mention, text[first:last]) == fewest for first, last in found) or not found


@given(one=st.text("ab", max_size=40), other=st.text("ab", max_size=40), limit=st.integers(0, 40))
@settings(max_examples=300)
def test_edits_are_counted_up_to_a_limit(one: str, other: str, limit: int) -> None:
    """Short strings are compared exactly."""
    edits = edit_distance(one, other)

    assert edits_within(one, other, limit) == (edits if edits <= limit else None)


@given(data=st.data(), size=st.integers(600, 1500), count=st.integers(1, 12))
@settings(max_examples=30, deadline=None)
def test_edits_of_long_strings_are_about_right(data: st.DataObject, size: int, count: int) -> None:
    """Block by block, never fewer edits than there are, and not many more than were made."""
    one = data.draw(st.text("abcdefghij", min_size=size, max_size=size))
    changed = list(one)
    for number in range(count):
        changed[number * size // count] = data.draw(st.sampled_from(["x", "", "xx"]))
    edits = edits_within(one, "".join(changed), size)

    assert edits is not None
    assert edit_distance(one, "".join(changed)) <= edits <= 4 * count + 8


def test_a_long_mention_with_edits_is_found() -> None:
    """Its two ends are looked for, and what is between them is compared in blocks."""
    words = [f"word{number}" for number in range(400)]
    text = "".join(words)
    start, end = text.index("word100"), text.index("word300")
    mention = text[start:end].replace("word15", "wxrd15").replace("word299", "wqrd299")

    assert FuzzySearch(TextIndex(text)).best_matches(mention) == [(start, end)]


def test_all_nearest_places_are_found() -> None:
    """Two parts of the text with as many edits are two places."""
    text = "xxbarcelonaxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxbarcelonaxx"

    assert FuzzySearch(TextIndex(text)).best_matches("barcelqna") == [(2, 11), (41, 50)]


@pytest.mark.parametrize(
    ("mention", "surface", "expected"),
    [
        ("group 1", "group 2", False),
        ("vitamin B", "vitamin D", False),
        ("T-cell", "B-cell", False),
        ("Barcelonq", "Barcelona", True),
        ('a"Quote"', '"Quote"', True),
        ("संदीप साहू", "सदीप साहू", True),
        ("1984", "1948", False),
    ],
)
def test_digits_and_single_letters_are_no_slips(mention: str, surface: str, expected: bool) -> None:
    """They name another thing; a letter glued to a quote does not."""
    assert is_slip(words_of(mention), words_of(surface)) is expected
