"""Incremental decoding: chunks change nothing, and entities come as soon as they are final."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genner.exceptions import EncodeError
from genner.formats import FORMATS, get_codec
from genner.testing import LABELS, documents, texts
from genner.types import Document, Entity


def chunked(output: str, cuts: list[int]) -> list[str]:
    edges = [0, *sorted({cut % (len(output) + 1) for cut in cuts}), len(output)]
    return [output[low:high] for low, high in pairwise(edges)]


@pytest.mark.parametrize("name", FORMATS)
@given(document=documents(), cuts=st.lists(st.integers(0, 500), max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_is_given_early_is_in_the_end_result(name: str, document: Document, cuts: list[int]) -> None:
    """On a clean answer nothing is given that is later taken back, and nothing twice."""
    codec = get_codec(name)
    try:
        output = codec.encode(document, labels=LABELS)
    except EncodeError:
        return
    stream = codec.stream(document.text, labels=LABELS)
    given_early = [entity for chunk in chunked(output, cuts) for entity in stream.feed(chunk)]
    result = stream.finish()

    assert result == codec.decode(output, document.text, labels=LABELS)
    assert given_early == stream.emitted
    assert len(set(given_early)) == len(given_early)


@pytest.mark.parametrize("name", FORMATS)
@given(output=texts(max_pieces=30), text=texts(), cuts=st.lists(st.integers(0, 500), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_answer_ends_as_if_decoded_whole(name: str, output: str, text: str, cuts: list[int]) -> None:
    """Whatever comes, `finish` gives what `decode` gives, and what was given before."""
    codec = get_codec(name)
    stream = codec.stream(text, labels=LABELS)
    for chunk in chunked(output, cuts):
        stream.feed(chunk)
    result = stream.finish()

    decoded = codec.decode(output, text, labels=LABELS)
    assert set(result.entities) == set(decoded.entities) | set(stream.emitted)
    assert result.unplaced == decoded.unplaced


TEXT = "Ann left Rome for Bonn."
GOLD = Document(TEXT, [(0, 3, "PER"), (9, 13, "LOC"), (18, 22, "LOC")])


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("before", ["", "Here it is:\n\n", '<think>{"PER": ["Rome"]} [Rome | PER]</think>\n', "```\n"])
def test_each_entity_comes_with_its_last_character(name: str, before: str) -> None:
    """Fed one character at a time, every entity is out before the answer ends."""
    codec = get_codec(name)
    stream = codec.stream(TEXT)
    for char in before + codec.encode(GOLD)[:-1]:
        stream.feed(char)

    assert tuple(stream.emitted) == GOLD.entities


def test_an_inline_entity_comes_with_its_closing_bracket() -> None:
    """Not a character later."""
    stream = get_codec("bracket").stream(TEXT)

    assert stream.feed("[Ann | PER") == ()
    assert stream.feed("]") == (Entity(0, 3, "PER"),)


def test_what_was_given_stays_when_the_answer_is_taken_back() -> None:
    """An entity that a caller has seen is kept, with an issue that names it."""
    stream = get_codec("offset-json").stream(TEXT)
    stream.feed('[{"text": "Ann", "label": "LOC", "start": 0, "end": 3}]\n\nNo, wait:\n')
    stream.feed('[{"text": "Ann", "label": "PER", "start": 0, "end": 3}, ')
    stream.feed('{"text": "Rome", "label": "LOC", "start": 9, "end": 13}]')
    result = stream.finish()

    assert result.entities == (Entity(0, 3, "LOC"), Entity(0, 3, "PER"), Entity(9, 13, "LOC"))
    assert "Entity(0, 3, 'LOC')" in result.issues[-1].detail


def test_a_mention_that_ends_inside_a_word_waits_for_the_rest_of_the_word() -> None:
    """The copy may have lost the last letter: what was given would then be another place than what is decoded."""
    stream = get_codec("bracket").stream("then Joseph Reed came", labels=["PER"])

    assert stream.feed("then [Joseph Ree | PER]") == ()
    assert stream.feed(" came") == ()
    assert stream.finish().entities == ((5, 16, "PER"),)


def test_a_mention_inside_a_word_is_given_with_the_next_letter() -> None:
    stream = get_codec("bracket").stream("then Reeds came", labels=["PER"])

    assert stream.feed("then [Reed | PER]") == ()
    assert stream.feed("s") == ((5, 9, "PER"),)


@pytest.mark.parametrize(
    "before", ["<think>Maybe  <PER> [[その他<</PER></think>", "Maybe</think>", "Sure. <think>x</think>"]
)
@pytest.mark.parametrize("size", [1, 5, 100])
def test_an_answer_behind_reasoning_begins_a_line(before: str, size: int) -> None:
    """White space at its beginning is that of the text, and a mark may hold a part of it."""
    text, answer = "  [[その他<", " <PER> [[その他<</PER>"
    codec = get_codec("xml")
    stream = codec.stream(text, labels=["PER"])
    for at in range(0, len(before + answer), size):
        stream.feed((before + answer)[at : at + size])

    assert stream.emitted == [Entity(1, 8, "PER")]
    assert codec.decode(before + answer, text, labels=["PER"]).entities == (Entity(1, 8, "PER"),)
