"""Guides in tokens: complete under every kind of tokenizer, and equal to a walk through every token."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest
from constrained_models import short, tokenizer

from genner.constrained import TokenGuide, TokenState, Vocabulary, get_guide
from genner.constrained.inline.automaton import InlineState
from genner.constrained.states import follow
from genner.exceptions import DataError
from genner.formats import FORMATS, encode
from genner.study.samples import SAMPLES, load_sample, sample_labels
from genner.types import Document

KINDS = ("bytes", "pieces", "words")
HOSTILE = Document('a [b] <c> | d \\[ é\u0301 𝒳 "q" {}\n中文', [(0, 1, "PER"), (3, 4, "LOC"), (16, 19, "PER")])


def some(name: str, count: int = 25) -> list[Document]:
    return random.Random(1).sample(load_sample(name), count)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", FORMATS)
def test_every_encoding_is_allowed_token_by_token(kind: str, format: str) -> None:
    """The tokens of any encoding are allowed one after another, and end where the answer may end."""
    tokens = tokenizer(kind)
    vocabulary = Vocabulary.from_tokenizer(tokens)
    checked = 0
    for name in SAMPLES:
        labels = sample_labels(name)
        for document in [*some(name), HOSTILE.replace(entities=[(0, 1, next(iter(labels)))])]:
            output = encode(document, format, labels=labels)
            ids = tokens(output, add_special_tokens=False)["input_ids"]
            if kind == "words" and tokens.decode(ids) != output:
                continue  # a vocabulary of words can write neither two spaces nor an unknown character
            guide = TokenGuide(get_guide(format, document.text, labels), vocabulary)
            checked += 1

            assert guide.accepts(ids), output
            assert 2 in guide.allowed(ids)

    assert checked >= (4 if kind == "words" else 50)


def slowly_allowed(state: TokenState, vocabulary: Vocabulary) -> list[int]:
    """Try every token of the vocabulary, byte by byte."""
    found = []
    for token, data in enumerate(vocabulary.tokens):
        if token in vocabulary.eos:
            if state.ended or (state.state is not None and state.state.final):
                found.append(token)
        elif data and state.state is not None:
            if state.first:
                if data[:1] == b" ":
                    data = data[1:]
                elif vocabulary.needs_space:
                    continue
            after = state.state
            for byte in data:
                after = after.following.get(byte) if after is not None else None
            if after is not None:
                found.append(token)
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("options", [{}, {"canonical_order": True, "boundaries": "word", "max_entities": 3}])
def test_allowed_tokens_are_those_whose_bytes_are_allowed(kind: str, format: str, options: dict[str, object]) -> None:
    """The walk along the trie finds the same tokens as trying each of them."""
    vocabulary = Vocabulary.from_tokenizer(tokenizer(kind))
    rng = random.Random(0)
    labels = sample_labels("flat")
    for document in [*short(some("flat"), 2, 60), HOSTILE]:
        guide = TokenGuide(get_guide(format, document.text, labels, **options), vocabulary)
        state: TokenState | None = guide.start
        for _ in range(25):
            assert state is not None
            assert state.allowed == slowly_allowed(state, vocabulary)
            assert set(state.ending) <= set(state.allowed)
            if not state.allowed:
                assert kind == "words"
                break
            token = rng.choice(state.allowed)
            before, state = state, state.after(token)
            data = vocabulary.spell(token)
            if state is not None and state.state is not None and before.state is not None and data and not before.first:
                slow = before.state
                for byte in data:
                    slow = slow.following[byte]
                assert set(slow.following) == set(state.state.following)
                assert slow.final == state.state.final


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_spell_what_the_tokenizer_decodes(kind: str) -> None:
    """The bytes of an encoding's tokens, after the space that is dropped, are the encoding."""
    tokens = tokenizer(kind)
    vocabulary = Vocabulary.from_tokenizer(tokens)
    for document in some("nested"):
        ids: Sequence[int] = tokens(document.text, add_special_tokens=False)["input_ids"]
        spelled = b"".join(vocabulary.spell(token) or b"?" for token in ids)
        if vocabulary.strips_space:
            spelled = spelled.removeprefix(b" ")

        assert spelled.decode("utf-8", "replace") == tokens.decode(ids) or vocabulary.needs_space


def test_a_guide_without_a_tokenizer() -> None:
    """Any list of byte strings is a vocabulary; tokens may split characters and cross borders of markup."""
    tokens = [b"\xc3", b"\xa9", b"[", b"[\xc3", b"\xa9 | P", b"ER]", b" | PER] ", b"x", None, b"\xc3\xa9x"]
    vocabulary = Vocabulary([*tokens, None], [10])
    guide = TokenGuide(get_guide("bracket", "é x", ["PER"]), vocabulary)

    assert guide.allowed() == [0, 2, 3]
    assert guide.allowed([3]) == [1, 4]
    assert guide.allowed([3, 4]) == [5]
    assert guide.accepts([3, 1, 6, 7])
    assert guide.allowed([3, 1, 6, 7]) == [10]
    assert guide.allowed([3, 1, 6, 7, 10]) == [10]
    assert guide.allowed([7]) == []
    assert guide.follow([99]) is None


def test_a_string_goes_no_further_than_the_last_span() -> None:
    """White space behind the last word is offered neither as a token nor to what follows an answer."""
    vocabulary = Vocabulary([b'[{"text": "', b"ab", b" ", b",", b'"', None], [5])
    guide = TokenGuide(get_guide("offset-json", "ab,ab ", ["PER"], boundaries="word"), vocabulary)

    assert guide.allowed([0, 1]) == [3, 4]
    assert guide.follow([0, 1, 2]) is None


def test_a_string_may_be_at_several_places_whatever_was_written_before() -> None:
    """What is kept of a place where an earlier mention ended is not taken for all places of a later one."""
    document = Document("xab yab", [(0, 2, "PER"), (5, 7, "PER")])
    output = encode(document, "offset-json", labels=["PER"])

    assert get_guide("offset-json", document.text, ["PER"]).accepts(output)


def test_follow_agrees_with_single_steps() -> None:
    """Going along a stretch of text at once leads where single bytes lead."""
    guide = get_guide("bracket", "ab cd [e] f", ["PER"])
    for output in (b"ab cd ", b"[ab", b"[ab | P", b"ab [cd | PER] \\[e", b"ab cd [\\[e | PER"):
        slow = guide.start
        for byte in output:
            slow = slow.following[byte]
        fast = follow(guide.start, output)

        assert isinstance(fast, InlineState)
        assert isinstance(slow, InlineState)
        assert fast.readings == slow.readings


class Stub:
    """A tokenizer of which nothing is known but its tokens and its decoder."""

    eos_token_id = 0

    def __init__(self, token: str, decoder: object) -> None:
        self.token, self.decoder = token, decoder

    def get_vocab(self) -> dict[str, int]:
        return {"</s>": 0, self.token: 1}

    def to_str(self) -> str:
        return json.dumps({"decoder": self.decoder})


STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
REPLACE = {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}


@pytest.mark.parametrize(
    ("token", "decoder", "spelled", "strips"),
    [
        ("\u0120a", {"type": "ByteLevel"}, b" a", False),
        ("\u0120a", {"type": "Sequence", "decoders": [{"type": "ByteLevel"}, STRIP]}, b" a", True),
        ("\u2581a", {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "never"}, b" a", False),
        ("_a", {"type": "Metaspace", "replacement": "_"}, b" a", True),
        ("\u2581a", {"type": "Sequence", "decoders": [REPLACE]}, b" a", False),
        ("\u2581a", {"type": "Sequence", "decoders": [REPLACE, STRIP]}, b" a", True),
        ("@@a", {"type": "WordPiece", "prefix": "@@"}, b"a", True),
        ("##a", None, b"a", True),
        ("\u2581a", None, b" a", True),
        ("\u0120a", None, b" a", False),
        ("a", None, b"a", False),
    ],
)
def test_the_decoder_tells_how_tokens_are_written(token: str, decoder: object, spelled: bytes, strips: bool) -> None:
    """What a token spells, and whether a first space is left out, by the decoder or else by the tokens."""
    vocabulary = Vocabulary.from_tokenizer(Stub(token, decoder))

    assert (vocabulary.spell(1), vocabulary.strips_space) == (spelled, strips)


def test_errors() -> None:
    """A vocabulary needs tokens that end an answer, and a tokenizer that has a vocabulary."""
    with pytest.raises(DataError, match="eos"):
        Vocabulary([b"a"], [7])
    with pytest.raises(DataError, match="get_vocab"):
        Vocabulary.from_tokenizer(object())
