"""Guides follow the tokenizers of models from scratch, in which spaces move behind markers."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_constrained_guides import LITERAL, TEXTS, documents, texts

from genner._old_formats import FORMATS, get_codec
from genner.constrained import TokenGuide, TokenState, Vocabulary, get_guide
from genner.exceptions import DataError, EncodeError
from genner.study.samples import load_sample, sample_labels
from genner.training.data import Template
from genner.training.recipe import Recipe
from genner.training.tokenizer import train_tokenizer
from genner.types import Document, LabelSet

LABELS = LabelSet(["A", "b", "Cc"])
spaced = st.lists(
    st.sampled_from([" ", "[", " [", "<A>", " <b>", "</A>", '"', '", "', " x", "x", "é", "\n"]), max_size=6
)


@lru_cache(maxsize=8)
def made(format: str) -> tuple[Any, Vocabulary]:
    """Train a tokenizer for a format, and read its vocabulary."""
    recipe = Recipe.make(format, LABELS, style="text")
    known = [Document("x [x y] x", [(0, 1, "A"), (3, 4, "b"), (5, 6, "Cc")]), Document("a <b> é", [(0, 1, "b")])]
    tokenizer = train_tokenizer(known, recipe, size=1024)
    return tokenizer, Vocabulary.from_tokenizer(tokenizer)


def guide_of(format: str, text: str, **options: Any) -> TokenGuide:
    return TokenGuide(get_guide(format, text, LABELS, **options), made(format)[1])


def draw(guide: TokenGuide, rng: random.Random) -> list[int]:
    """Walk the tokens at random, glyphs more often than others, and after a while straight to the end."""
    state: TokenState | None = guide.start
    written: list[int] = []
    glyphs = guide.vocabulary.glyphs.tokens.keys()
    while state is not None and not state.ended:
        choices = state.allowed if len(written) < 60 else state.quiet
        assert choices, f"a dead end after {written} for {guide.guide}"
        preferred = [token for token in choices if token in glyphs] or choices
        token = rng.choice(preferred if rng.random() < 0.5 else choices)
        if len(written) > 60 and 4 in choices:  # 4 is the end token
            token = 4
        written.append(token)
        state = state.after(token)
        assert len(written) < 2000
    assert state is not None
    return written[:-1]


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(text=st.one_of(texts, spaced.map("".join)), seed=st.integers(0, 2**32))
def test_drawn_tokens_decode_to_answers(format: str, text: str, seed: int) -> None:
    """Whatever tokens the guide lets through, the tokenizer decodes them to a valid answer."""
    tokenizer, _ = made(format)
    guide = guide_of(format, text, max_entities=5)
    rng = random.Random(seed)
    for _ in range(3):
        ids = draw(guide, rng)
        output = Template(tokenizer).decode(ids)

        assert guide.guide.accepts(output), (text, output, [tokenizer.convert_ids_to_tokens(id) for id in ids])


def encodings(format: str, text: str) -> list[str]:
    found = []
    for document in documents(text, LABELS):
        try:
            found.append(get_codec(format).encode(document, labels=LABELS))
        except EncodeError:
            continue
    return found


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", [*TEXTS, *LITERAL, "x [x", " [ x", "  x", "x <A><b> x", '", "x', "x x\n[[x"])
def test_every_encoding_is_allowed_as_it_is_tokenized(format: str, text: str) -> None:
    """The tokens of what the format writes are allowed one after another."""
    tokenizer, _ = made(format)
    guide = guide_of(format, text)
    for output in encodings(format, text):
        ids = tokenizer(output, add_special_tokens=False)["input_ids"]
        assert Template(tokenizer).decode(ids) == output
        assert guide.accepts(ids), (output, [tokenizer.convert_ids_to_tokens(id) for id in ids])


@pytest.mark.parametrize("format", FORMATS)
def test_encodings_of_a_corpus(format: str) -> None:
    """The same for real sentences, nested entities included."""
    labels = sample_labels("nested")
    recipe = Recipe.make(format, labels, style="text")
    some = random.Random(3).sample(load_sample("nested"), 30)
    tokenizer = train_tokenizer(some[:15], recipe, size=1024)
    vocabulary = Vocabulary.from_tokenizer(tokenizer)
    for document in some:
        ids = tokenizer(recipe.answer(document), add_special_tokens=False)["input_ids"]

        assert TokenGuide(get_guide(format, document.text, labels), vocabulary).accepts(ids), document


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", ["x [x y", "[x <A>"])
def test_allowed_tokens_are_those_that_can_be_followed(format: str, text: str) -> None:
    """The walk along the trie finds the tokens that are found when each is tried, also behind glyphs."""
    guide = guide_of(format, text)
    rng = random.Random(1)
    glyphs = guide.vocabulary.glyphs.tokens.keys()
    behind = 0
    for _ in range(4):
        state: TokenState | None = guide.start
        for _ in range(14):
            assert state is not None
            if state.ended:
                break
            tried = [id for id in range(len(guide.vocabulary)) if state.after(id) is not None]
            assert state.allowed == tried
            assert set(state.quiet) <= set(tried)
            behind += state.run is not None
            choices = [id for id in tried if id in glyphs and rng.random() < 0.7] or tried
            state = state.after(rng.choice(choices))

    assert behind > 3


def test_runs_no_longer_than_the_decoder_undoes() -> None:
    """Three brackets in a row may be glyphs; the space of the fourth would stand elsewhere."""
    _, vocabulary = made("bracket")
    guide = guide_of("bracket", "x")
    glyph = next(id for id, (_, alone) in vocabulary.glyphs.tokens.items() if alone)

    assert glyph in guide.allowed([glyph, glyph])
    assert glyph not in guide.allowed([glyph, glyph, glyph])
    assert guide.allowed([glyph, glyph, glyph])


def test_a_text_with_a_glyph_is_refused() -> None:
    """A character that the tokenizer keeps for itself cannot be copied, which is said at once."""
    with pytest.raises(DataError, match="takes for a marker"):
        guide_of("bracket", "x \ufdd0")
