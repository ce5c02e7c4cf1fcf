"""Guides and grammars of formats from outside: made from a description, or the format's own."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_constrained_guides import answers, check, documents, draw_answer, texts

from genner.constrained import END, Choice, State, exports, get_guide
from genner.exceptions import DataError, EncodeError
from genner.formats import BaseCodec, get_codec
from genner.formats.inline.description import Inline
from genner.formats.json.groups import JsonGroups
from genner.formats.json.items import Field, JsonItems
from genner.types import Document, Entity, LabelSet

LABELS = LabelSet(["A", "b"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Braces(Inline):
    """`{{PER:Ann}} left`: the opener holds the label, and what closes is the same for all."""

    name: ClassVar[str] = "braces"
    opener: ClassVar[str] = "{{{label}:"
    closer: ClassVar[str] = "}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corners(Inline):
    """`⟦Ann⟧PER⟧ left`: marks of several bytes each."""

    name: ClassVar[str] = "corners"
    opener: ClassVar[str] = "⟦"
    closer: ClassVar[str] = "⟧{label}⟧"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans(JsonItems):
    """`[{"kind": "PER", "mention": "Ann", "from": 0, "to": 3}]`: other keys, and the label first."""

    name: ClassVar[str] = "spans"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("label", "kind"),
        Field("text", "mention"),
        Field("start", "from"),
        Field("end", "to"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelLast(JsonItems):
    """`[{"mention": "Ann", "nth": 1, "kind": "PER"}]`: a number between text and label."""

    name: ClassVar[str] = "label-last"
    fields: ClassVar[tuple[Field, ...]] = (Field("text", "mention"), Field("start", "at"), Field("label", "kind"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain(JsonItems):
    """`[{"mention": "Ann", "kind": "PER"}]`: no positions at all."""

    name: ClassVar[str] = "plain"
    fields: ClassVar[tuple[Field, ...]] = (Field("text", "mention"), Field("label", "kind"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets(JsonGroups):
    """Grouped JSON under another name."""

    name: ClassVar[str] = "sheets"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFirst(JsonItems):
    """`[{"at": 0, "mention": "Ann", "kind": "PER"}]`, which no guide writes."""

    name: ClassVar[str] = "number-first"
    fields: ClassVar[tuple[Field, ...]] = (Field("start", "at"), Field("text", "mention"), Field("label", "kind"))


@dataclass(frozen=True, slots=True, kw_only=True)
class YesNo(BaseCodec):
    """Says whether there is any entity; has a guide and a grammar of its own."""

    name: ClassVar[str] = "yes-no"

    def guide(self, text: str, labels: LabelSet, **options: Any) -> State:
        return Choice([(b"yes", lambda: END), (b"no", lambda: END)], ending=b"no")

    def grammar(self, text: str, labels: LabelSet, **options: Any) -> Any:
        return {"root": [("yes",), ("no",)]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tsv(BaseCodec):
    """Has neither description nor guide."""

    name: ClassVar[str] = "tsv"


POSITIONAL = [Braces(), Corners(), Spans(), LabelLast(), get_codec("marks", label="A")]
EVERY = [*POSITIONAL, Plain(), Sheets()]
names = pytest.mark.parametrize("codec", EVERY, ids=lambda codec: codec.name)


def encodings(codec: Any, text: str) -> list[tuple[Document, str]]:
    found = []
    for document in documents(text, LABELS):
        try:
            found.append((document, codec.encode(document, labels=LABELS)))
        except EncodeError:
            continue
    return found


@names
@pytest.mark.parametrize("text", ["", "a", "a b", "aa", "{{A:", "}a}", "⟦a⟧", "@#a", "— ⟦", "\\{", "é"])
def test_every_encoding_is_allowed(codec: Any, text: str) -> None:
    """What a made-up format writes for any document is an answer its guide allows."""
    found = encodings(codec, text)
    guide = get_guide(codec, text, LABELS, boundaries="character")

    assert [output for _, output in found if not guide.accepts(output)] == []
    assert found


@names
@pytest.mark.parametrize("text", ["", "a", "ab", "aa", "a}", "⟦a", "@a"])
def test_every_answer_decodes(codec: Any, text: str) -> None:
    """What the guide of a made-up format allows decodes with no issue, and no state is a dead end."""
    guide = get_guide(codec, text, LABELS, max_entities=2)
    found = [check(guide, output) for output in answers(guide, 200)]

    assert found
    assert all(len(prediction.entities) <= 2 for prediction in found)


@pytest.mark.parametrize("codec", POSITIONAL, ids=lambda codec: codec.name)
@settings(max_examples=25, deadline=None)
@given(text=st.one_of(texts, st.text(st.sampled_from("{}A:⟦⟧@# a—"), max_size=6)), seed=st.integers(0, 2**32))
def test_drawn_answers_decode(codec: Any, text: str, seed: int) -> None:
    """Answers drawn at random about hostile texts decode with no issue."""
    guide = get_guide(codec, text, LABELS, max_entities=4)

    check(guide, draw_answer(guide, random.Random(seed)))


def test_the_label_is_chosen_where_the_format_has_it() -> None:
    """Fields come in the order of the format, and a label is offered only while some span may have it."""
    guide = get_guide(Spans(), "a", LABELS)
    output = '[{"kind": "A", "mention": "a", "from": 0, "to": 1}, {"kind": "b", "mention": "a", "from": 0, "to": 1}]'

    assert guide.accepts(output)
    assert guide.accepts(output[: output.index("}, ") + 1] + "]")
    assert guide.follow(output[: output.index("}, ") + 3] + '{"kind": "A') is None
    assert guide.follow(output[:-1] + ", ") is None


def test_plain_lists_name_a_mention_as_often_as_it_occurs() -> None:
    """Without positions, each label may have every place of a mention once."""
    guide = get_guide(Plain(), "a a", ["A"], max_entities=3)
    item = '{"mention": "a", "kind": "A"}'

    assert guide.accepts(f"[{item}, {item}]")
    assert not guide.accepts(f"[{item}, {item}, {item}]")


def test_grammars_are_made_from_the_description() -> None:
    """Openers, closers and keys of a made-up format appear in its grammars; nothing is tested by name."""
    document = Document("Ann left", [Entity(0, 3, "A")])
    for codec in (Spans(), LabelLast(), Plain(), Braces(), Corners()):
        output = codec.encode(document, labels=LABELS)

        assert re.fullmatch(exports.regex(codec, document.text, LABELS), output), codec
    assert '"{{A:"' in exports.lark(Braces(), "Ann", LABELS)
    assert exports.lark(Spans(), "a", ["A"]).splitlines()[4] == (
        'item: "{\\"kind\\": " label ", \\"mention\\": \\"" span "\\", \\"from\\": " NUMBER ", \\"to\\": " NUMBER "}"'
    )
    item = exports.json_schema(Spans(), "a", ["A"])["items"]
    assert list(item["properties"]) == ["kind", "mention", "from", "to"]
    assert exports.json_schema(Sheets(), "a", ["A"]) == exports.json_schema("grouped-json", "a", ["A"])


def test_a_format_may_bring_its_own_guide_and_grammar() -> None:
    """Where there is no description, the methods of the format are asked."""
    assert sorted(answers(get_guide(YesNo(), "a", LABELS))) == ["no", "yes"]
    assert exports.gbnf(YesNo(), "a", LABELS) == 'root ::= "yes" | "no"\nnumber ::= "0" | [1-9] [0-9]*\n'


def test_what_is_missing_is_one_clear_error() -> None:
    """A format without description, guide or grammar is refused by name."""
    with pytest.raises(DataError, match=r"^tsv has no guide: it needs a `guide` method, see CanGuide$"):
        get_guide(Tsv(), "a", LABELS)
    with pytest.raises(DataError, match=r"^tsv has no grammar: it needs a `grammar` method, see CanGrammar$"):
        exports.lark(Tsv(), "a", LABELS)
    with pytest.raises(DataError, match="tsv has no regular expression"):
        exports.regex(Tsv(), "a", LABELS)
    with pytest.raises(DataError, match=r"^braces is not a JSON format, so it has no JSON Schema$"):
        exports.json_schema(Braces(), "a", LABELS)
    with pytest.raises(DataError, match="number-first has no guide: expected items with a label"):
        get_guide(NumberFirst(), "a", LABELS)
    with pytest.raises(DataError, match="plain has no positions"):
        get_guide(Plain(), "a", LABELS, max_depth=1)
