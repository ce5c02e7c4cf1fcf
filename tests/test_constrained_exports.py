"""Grammars say what guides say, as far as a grammar can; engines and patterns agree."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import llguidance
import numpy as np
import pytest
import xgrammar
from constrained_models import short, tokenizer
from llguidance.gbnf_to_lark import any_to_lark
from llguidance.hf import from_tokenizer

from genner.constrained import TokenGuide, Vocabulary, exports, get_guide
from genner.exceptions import DataError
from genner.formats import FORMATS, decode, encode, get_codec
from genner.study.samples import load_sample, sample_labels
from genner.types import Document

LABELS = sample_labels("flat")
TEXTS = [document.text for document in short(load_sample("flat"), 2, 60)] + ['"q" é\n(𝒳)', "  ", ""]
INLINE = ("bracket", "xml")


def options(format: str) -> dict[str, Any]:
    return {"boundaries": "word"} | ({} if format == "grouped-json" else {"max_depth": 1})


def documents(text: str, count: int = 12) -> list[Document]:
    """Draw flat documents with entities at word boundaries."""
    rng = random.Random(text)
    words = [match.span() for match in re.finditer(r"\w+", text)]
    found = []
    for _ in range(count):
        chosen = [span for span in words if rng.random() < 0.3]
        found.append(Document(text, [(start, end, rng.choice(list(LABELS))) for start, end in chosen]))
    return found


def set_bits(mask: np.ndarray, count: int) -> list[int]:
    """Return the tokens that a mask of one bit a token allows, lowest bit first."""
    return np.flatnonzero(np.unpackbits(mask.view(np.uint8), count=count, bitorder="little")).tolist()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", TEXTS)
def test_lark_and_guide_allow_the_same_tokens(format: str, text: str) -> None:
    """llguidance allows what the guide allows: exactly, where the format needs no count, and at least elsewhere."""
    tokens = tokenizer("bytes")
    vocabulary = Vocabulary.from_tokenizer(tokens)
    grammar = exports.lark(format, text, LABELS).replace("%llguidance {}", '%llguidance {"no_forcing": true}')
    matcher = llguidance.LLMatcher(from_tokenizer(tokens), grammar)
    assert not matcher.is_error(), matcher.get_error()
    state = TokenGuide(get_guide(format, text, LABELS, **options(format)), vocabulary).start
    rng = random.Random(1)
    for _ in range(40):
        theirs = set_bits(np.frombuffer(matcher.compute_bitmask(), np.uint8), len(vocabulary))
        if format in INLINE:
            assert theirs == state.allowed
        else:
            assert set(theirs) >= set(state.allowed)
        token = rng.choice(state.allowed)
        if token in vocabulary.eos:
            break
        assert matcher.try_consume_tokens([token]) == 1
        after = state.after(token)
        assert after is not None
        state = after


@pytest.mark.parametrize("format", FORMATS)
def test_gbnf_is_the_same_grammar(format: str) -> None:
    """The notation of llama.cpp and xgrammar accepts every encoding, by way of llguidance."""
    tokens = from_tokenizer(tokenizer("bytes"))
    for text in TEXTS[:3]:
        grammar = any_to_lark(exports.gbnf(format, text, LABELS))
        assert exports.ebnf(format, text, LABELS) == exports.gbnf(format, text, LABELS)
        for document in documents(text, 4):
            matcher = llguidance.LLMatcher(tokens, grammar)
            assert not matcher.is_error(), matcher.get_error()
            ids = tokens.tokenize_str(encode(document, format, labels=LABELS))

            assert matcher.validate_tokens(ids) == len(ids)


@pytest.mark.parametrize("format", FORMATS)
def test_xgrammar_takes_the_grammar(format: str) -> None:
    """xgrammar compiles it, accepts every encoding token by token to its end, and masks what is not allowed."""
    tokens = tokenizer("bytes")
    vocabulary = Vocabulary.from_tokenizer(tokens)
    info = xgrammar.TokenizerInfo.from_huggingface(tokens, stop_token_ids=[2])
    compiler = xgrammar.GrammarCompiler(info, max_threads=1)
    bitmask = xgrammar.allocate_token_bitmask(1, info.vocab_size)
    for text in TEXTS[:3]:
        compiled = compiler.compile_grammar(exports.ebnf(format, text, LABELS))
        for document in documents(text, 3):
            matcher = xgrammar.GrammarMatcher(compiled)
            state = TokenGuide(get_guide(format, text, LABELS, **options(format)), vocabulary).start
            for token in [*tokens(encode(document, format, labels=LABELS))["input_ids"], 2]:
                matcher.fill_next_token_bitmask(bitmask)
                theirs = set_bits(bitmask.numpy(), len(vocabulary))
                assert set(theirs) >= set(state.allowed)
                if format in INLINE:
                    assert theirs == state.allowed
                assert matcher.accept_token(token), (text, document, token)
                after = state.after(token)
                assert after is not None
                state = after

            assert matcher.is_terminated()


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "xml"])
@pytest.mark.parametrize("text", TEXTS)
def test_regex_matches_every_encoding(format: str, text: str) -> None:
    """The expression matches encodings, and nothing that changes the text or invents a label."""
    pattern = re.compile(exports.regex(format, text, LABELS))
    for document in documents(text):
        output = encode(document, format, labels=LABELS)

        assert pattern.fullmatch(output), output
        assert not pattern.fullmatch(output + "x")
        if document.entities:
            assert not pattern.fullmatch(output.replace(document.entities[0].label, "NOSUCH"))


@pytest.mark.parametrize("format", [name for name in FORMATS if name.endswith("json")])
@pytest.mark.parametrize("root", ["array", "object"])
def test_json_schema(format: str, root: Any) -> None:
    """The schema names every field, and llguidance lets through encodings that obey it."""
    tokens = from_tokenizer(tokenizer("bytes"))
    text = TEXTS[0]
    schema = exports.json_schema(format, text, LABELS, root=root)
    grammar = llguidance.LLMatcher.grammar_from_json_schema(
        json.dumps(schema | {"x-guidance": {"whitespace_flexible": True}})
    )
    for document in documents(text):
        value = json.loads(encode(document, format, labels=LABELS))
        for item in value if isinstance(value, list) else []:
            item.pop("start" if format == "occurrence-json" else "", None)
        if root == "object" and isinstance(value, list):
            value = {"entities": value}
        output = json.dumps(value, ensure_ascii=False)
        matcher = llguidance.LLMatcher(tokens, grammar)
        ids = tokens.tokenize_str(output)

        assert matcher.validate_tokens(ids) == len(ids), (output, matcher.get_error())
        found = decode(output, text, format=format, labels=LABELS)
        if format != "grouped-json":
            assert found.entities == document.entities


def test_escapes_and_depth() -> None:
    """A grammar escapes brackets of the text, nests as deep as asked, and needs room to do so."""
    assert re.fullmatch(exports.regex("bracket", "a [b]", ["P"]), "[a | P] \\[b]")
    assert get_codec("bracket").decode("[a | P] \\[b]", "a [b]").entities == ((0, 1, "P"),)
    nested = exports.lark("xml", "a b", ["P", "Q"], max_depth=2)
    assert len(nested.splitlines()) > len(exports.lark("xml", "a b", ["P", "Q"]).splitlines())
    with pytest.raises(DataError, match="more than the limit of 50"):
        exports.lark("xml", "a b c d e", ["P", "Q"], max_depth=4, limit=50)
    with pytest.raises(DataError, match="markup of its own"):
        exports.lark("xml", "a <P>", ["P"])
    with pytest.raises(DataError, match="no short regular expression"):
        exports.regex("xml", "a", ["P"])
    with pytest.raises(DataError, match="xml is not a JSON format, so it has no JSON Schema"):
        exports.json_schema("xml", "a", ["P"])


def test_a_small_grammar_in_full() -> None:
    """Every rule of a small grammar, in the two notations."""
    assert exports.lark("offset-json", "a b", ["P"]) == (
        "%llguidance {}\n\n"
        'start: "[]" | "[" item more "]"\n'
        'more: "" | ", " item more\n'
        'item: "{\\"text\\": \\"" span "\\", \\"label\\": " label ", \\"start\\": " NUMBER ", \\"end\\": " NUMBER "}"\n'
        'label: "\\"P\\""\n'
        "span: span0 | span2\n"
        'span0: "a" | "a" span1\n'
        'span1: " " span2\n'
        'span2: "b"\n'
        "NUMBER: /0|[1-9][0-9]*/\n"
    )
    assert exports.gbnf("bracket", "a", ["P"]) == (
        'root ::= "a" s1 | "[" s2\ns2 ::= "a" s3\ns3 ::= " | P]" s1\ns1 ::= ""\nnumber ::= "0" | [1-9] [0-9]*\n'
    )
