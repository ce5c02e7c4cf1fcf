"""Where words begin and end."""

from __future__ import annotations

import pytest

from genner.text.words import cuts_number, splits_word


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
        ("テレビ局", 0, 2, True),
        ("テレビ局", 0, 3, False),
        ("トム・ウルトン", 0, 2, False),
        ("SBSテレビ", 0, 3, False),
        ("เชียงใหม่", 0, 1, True),
        ("พะเยา", 0, 1, True),
        ("พะเยา", 0, 2, False),
        ("ປະເທດ", 0, 1, True),
        ("ประเทศไ", 0, 7, False),
        ("בירושלים", 1, 8, False),
        ("ומבירושלים", 3, 10, True),
        ("ומירושלים", 2, 9, False),
        ("ירושלים", 1, 7, True),
        ("وبيروت", 1, 6, False),
        ("القاهرة", 2, 7, True),
    ],
)
def test_words_are_split_only_where_spaces_make_words(text: str, start: int, end: int, expected: bool) -> None:
    """Hangul and scripts without spaces have no words; Katakana and syllables of Thai are not split; in Hebrew and
    Arabic one or two prefixes are words of their own."""
    assert splits_word(text, start, end) is expected


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [("21 July", 1, 7, True), ("210", 0, 2, True), ("A549", 1, 4, False), ("1 2", 0, 1, False), ("12", 0, 2, False)],
)
def test_a_number_is_cut_between_two_digits(text: str, start: int, end: int, expected: bool) -> None:
    """A letter beside a digit is another word."""
    assert cuts_number(text, start, end) is expected
