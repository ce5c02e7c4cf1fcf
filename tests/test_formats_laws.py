"""The laws of the codecs, over the registry."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genner._old_formats import FORMATS, get_codec
from genner.testing import HOSTILE, LABELS, check_decode, check_round_trip, documents, texts
from genner.types import Document

PLAIN = (*"ab ,.", "New York", "ab", "I", "İ")


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents())
@example(document=Document("[3H]", [(1, 3, "PER")]))
@example(document=Document("[3H]", [(0, 3, "PER")]))
@example(document=Document("a | PER]", [(0, 1, "PER")]))
@example(document=Document("<PER></PER>", [(5, 6, "PER")]))
@settings(max_examples=400, deadline=None)
def test_decoding_gives_back_what_was_encoded(name: str, document: Document) -> None:
    """Law 1 over a hostile alphabet, with and without the label set."""
    for labels in (None, LABELS):
        check_round_trip(get_codec(name), document, labels=labels, positional=name != "grouped-json")


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents(pieces=PLAIN, max_pieces=20, max_entities=8))
@settings(max_examples=200, deadline=None)
def test_plain_texts_come_back_too(name: str, document: Document) -> None:
    """Law 1 where entities share surfaces, nest and cross."""
    check_round_trip(get_codec(name), document, labels=LABELS, positional=name != "grouped-json")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("order", ["text", "genia", "ace2005"])
@given(document=documents())
@settings(max_examples=60, deadline=None)
def test_the_order_of_lists_changes_no_entity(name: str, order: str, document: Document) -> None:
    """Every order of entities in lists decodes alike."""
    check_round_trip(get_codec(name, order=order), document, positional=name != "grouped-json")


@pytest.mark.parametrize("name", FORMATS)
@given(output=st.one_of(st.text(), texts(max_pieces=30)), text=st.one_of(st.none(), st.text(), texts()))
@settings(max_examples=200, deadline=None)
def test_decode_never_raises(name: str, output: str, text: str | None) -> None:
    """Laws 2, 3 and 4 on strings that were never an encoding."""
    check_decode(get_codec(name), output, text, labels=LABELS)
    check_decode(get_codec(name), output, text)


@pytest.mark.parametrize("name", ["bracket", "xml"])
@given(document=documents(max_pieces=6, max_entities=3))
@settings(max_examples=200, deadline=None)
def test_unescaped_output_is_right_or_flagged(name: str, document: Document) -> None:
    """With `escape="never"` a wrong reading is never silent."""
    codec = get_codec(name, escape="never")
    try:
        output = codec.encode(document)
    except ValueError:
        return
    prediction = codec.decode(output, document.text)

    assert prediction.entities == document.entities or not prediction.ok


@pytest.mark.parametrize("name", ["bracket", "xml"])
@given(document=documents(pieces=tuple(piece for piece in HOSTILE if not set("[]|<>\\") & set(piece))))
@settings(max_examples=100, deadline=None)
def test_inline_output_carries_its_text(name: str, document: Document) -> None:
    """Where the text holds no markup characters, the output alone gives text and entities."""
    codec = get_codec(name)
    try:
        output = codec.encode(document)
    except ValueError:
        return
    prediction = codec.decode(output)

    assert (prediction.text, prediction.entities) == (document.text, document.entities)
