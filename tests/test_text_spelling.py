"""Other spellings of the same characters."""

from __future__ import annotations

import pytest
from hypothesis import given

from genner.testing import texts
from genner.text.spelling import bare, bare_units, respell, spelled_units


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("TNF-α", "TNF-alpha"),
        ("β-catenin", "beta-catenin"),
        ("Malm\u00c3\u00b6", "Malmö"),
        ("AT&amp;T &#65; &#x42;", "AT&T A B"),
        ("Zo\\u00eb", "Zoë"),
        ("-LRB- UN -RRB-", "( UN )"),
        ("`` no ''", '" no "'),
        ("5 µm", "5 mum"),
        ("Ã is a letter, &unknown; no reference", "Ã is a letter, &unknown; no reference"),
        ("Ελλάδα", "epsilonlamdalamdaάdeltaalpha"),
    ],
)
def test_characters_are_written_in_their_plainest_spelling(text: str, plain: str) -> None:
    """Greek in letters, HTML, escapes, bytes read in the wrong encoding, treebank brackets and quotes."""
    assert respell(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("E.U.", "EU"),
        ("IL-2", "IL2"),
        ("can't", "cant"),
        ("$1,500,000.50", "$1500000.50"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("1-2", "1-2"),
        ("-LRB-", "("),
        ("a , b", "a  b"),
    ],
)
def test_marks_that_writers_leave_out_are_dropped(text: str, plain: str) -> None:
    """Not those between two digits, which make another number."""
    assert bare(text) == plain


@given(text=texts(max_pieces=30))
def test_units_lie_in_the_text_in_order(text: str) -> None:
    """They do not overlap, and rewriting them twice changes nothing more in number."""
    for units in (spelled_units(text), bare_units(text)):
        ends = [end for _, end, _ in units]

        assert all(0 <= start < end <= len(text) for start, end, _ in units)
        assert all(start >= before for (start, _, _), before in zip(units[1:], ends, strict=False))
