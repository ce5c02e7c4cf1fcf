"""Folding: strings that a reader takes for the same fold to the same characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner.testing import texts
from genner.text.folding import Folded, difference, fold


@pytest.mark.parametrize(
    ("mention", "source", "kind"),
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
def test_differences_are_named_by_the_mildest_kind(mention: str, source: str, kind: str | None) -> None:
    """Spaces before case before Unicode form before anything else."""
    assert difference(mention, source) == kind
    assert (fold(mention) == fold(source)) is (kind != "fuzzy")


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


def test_a_unit_folds_in_another_spelling_and_keeps_its_place() -> None:
    """Six characters of HTML are one ampersand, and its span covers all six."""
    folded = Folded("A&amp;B", [(1, 6, "&")])

    assert folded.chars == "a&b"
    assert folded.span(1, 2) == (1, 6)
    assert folded.span(0, 3) == (0, 7)


def test_a_span_takes_the_marks_behind_it_along() -> None:
    """A combining accent belongs to its letter; half of a ligature has no span, only a character around it."""
    folded = Folded("cafe\u0301 \ufb01x")

    assert folded.span(0, 4) == (0, 5)
    assert folded.span(4, 5) is None
    assert folded.around(4, 5) == (6, 7)
