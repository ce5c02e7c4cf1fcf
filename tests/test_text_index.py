"""The index of a text, against plain search."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner.text import index
from genner.text.index import TextIndex
from genner.text.words import splits_word


def slow_starts(text: str, piece: str) -> list[int]:
    """Return every place by trying all."""
    return [at for at in range(len(text)) if piece and text.startswith(piece, at)]


@given(text=st.text("ab\ud800é😀", max_size=60), pieces=st.lists(st.text("ab\ud800é😀", max_size=12), max_size=8))
def test_an_indexed_text_is_searched_as_a_plain_one(text: str, pieces: list[str]) -> None:
    """The first searches go through the text, later ones through the index; both find the same."""
    plain, indexed = TextIndex(text), TextIndex(text)
    for piece in pieces:
        expected = slow_starts(text, piece)

        assert plain.starts(piece) == expected
        assert plain.has(piece) is bool(expected)
        if piece and text:
            assert indexed._look_up(piece, 1000) == expected
            assert len(indexed._look_up(piece, 1)) == min(len(expected), 1)


@given(text=st.text("ab1 .-_é", max_size=60), pieces=st.lists(st.text("ab1 .-_é", max_size=8), max_size=8))
def test_words_of_an_indexed_text_are_those_of_plain_search(text: str, pieces: list[str]) -> None:
    """Where many strings are looked for, whole words are found by their first word, and no other is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_FREE_SEARCHES", 0)
        patch.setattr(index, "_SHORT_TEXT", 0)
        patch.setattr(index, "_RARE_WORD", 2)
        searched = TextIndex(text)
        for piece in pieces:
            whole = [at for at in slow_starts(text, piece) if not splits_word(text, at, at + len(piece))]

            assert searched.whole(piece) == whole
            assert searched.starts(piece) == slow_starts(text, piece)


class _Unsearched(str):
    """A text that must not be searched."""

    __slots__ = ()

    def find(self, *_: Any) -> int:
        raise AssertionError("the text is searched")


def test_many_searches_in_a_long_text_use_the_index() -> None:
    """After some searches the text itself is not searched any more, not even for short strings."""
    random_numbers = random.Random(7)
    text = "".join(random_numbers.choices("abcdefgh ", k=30_000))
    searched = TextIndex(text)
    pieces = [text[at : at + 1 + at % 12] for at in range(0, 3000, 15)]
    for piece in pieces[:100]:
        searched.starts(piece)
    expected = {piece: slow_starts(text, piece) for piece in pieces[100:120]}
    searched.text = _Unsearched(text)

    assert {piece: searched.starts(piece) for piece in pieces[100:120]} == expected


def test_the_places_of_all_strings_together_are_limited() -> None:
    """Only strings that overlap themselves everywhere reach the limit; a thousand places remain."""
    text = "a" * 20_000
    searched = TextIndex(text)
    counts = [len(searched.starts("a" * size)) for size in range(1, 30)]

    assert counts[0] == 20_000
    assert counts[-1] == index._LATE_PLACES
    assert sum(counts) < 10 * len(text) + 200_000


@given(text=st.text("ab ", min_size=1, max_size=30), data=st.data())
def test_a_count_is_that_of_the_hits_up_to_a_place(text: str, data: st.DataObject) -> None:
    """The index of a place leads back to it."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    searched = TextIndex(text, limited=False)

    assert searched.starts(text[start:end])[searched.count(start, end) - 1] == start
