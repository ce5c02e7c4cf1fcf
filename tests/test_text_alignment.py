"""Alignment: where each character of a copy of the text comes from."""

from __future__ import annotations

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
