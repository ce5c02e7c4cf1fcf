"""Inline formats: one description gives encoding, strict reading, tolerant reading and live reading."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genner import decode, encode
from genner.exceptions import EncodeError
from genner.formats.bracket import Bracket
from genner.formats.codec import BaseCodec
from genner.formats.inline.description import Inline
from genner.formats.inline.markup import derive
from genner.formats.inline.walk import readings
from genner.formats.marks import Marks
from genner.formats.road import read_answer
from genner.formats.xml import Xml
from genner.text.subsequence import common_pairs
from genner.types import Document, Entity, LabelSet, Prediction


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiki(Inline):
    """`{{PER:Ann}}`: an inline format that the package does not have."""

    name: ClassVar[str] = "wiki"
    opener: ClassVar[str] = "{{{label}:"
    closer: ClassVar[str] = "}}"


CODECS: dict[str, Inline] = {"bracket": Bracket(), "xml": Xml(), "wiki": Wiki(), "marks": Marks(label="PER")}
LABELS = LabelSet(["PER", "LOC", "ORG"])
TEXT = "Ann left Rome with Bob."
ANN, ROME, BOB = Entity(0, 3, "PER"), Entity(9, 13, "LOC"), Entity(19, 22, "PER")


def read(output: str, text: str | None = TEXT, format: str = "bracket", labels: LabelSet | None = LABELS) -> Prediction:
    return CODECS[format].decode(output, text, labels=labels)


@pytest.mark.parametrize(
    ("format", "output"),
    [
        ("bracket", "[Ann | PER] left [Rome | LOC] with [Bob | PER]."),
        ("xml", "<PER>Ann</PER> left <LOC>Rome</LOC> with <PER>Bob</PER>."),
        ("wiki", "{{PER:Ann}} left {{LOC:Rome}} with {{PER:Bob}}."),
    ],
)
def test_each_description_writes_its_own_markup_and_reads_it_back(format: str, output: str) -> None:
    document = Document(TEXT, [ANN, ROME, BOB])

    assert CODECS[format].encode(document) == output
    assert read(output, format=format) == Prediction([ANN, ROME, BOB], text=TEXT)


def test_marks_take_their_label_from_the_label_set() -> None:
    document = Document(TEXT, [ANN, BOB])

    output = Marks().encode(document, labels=["PER"])

    assert output == "@@Ann## left Rome with @@Bob##."
    assert Marks().decode(output, TEXT, labels=["PER"]).entities == (ANN, BOB)
    assert Marks().decode(output, TEXT, labels=["PER", "LOC"]).issues[0].kind == "missing_label"


def test_marks_refuse_what_they_cannot_name() -> None:
    with pytest.raises(EncodeError, match="the label is not given"):
        Marks().encode(Document(TEXT, [ANN, ROME]), labels=["PER", "LOC"])
    with pytest.raises(EncodeError, match="only PER is marked"):
        Marks(label="PER").encode(Document(TEXT, [ANN, ROME]))


def test_marks_have_other_openers_and_closers_on_request() -> None:
    codec = Marks(label="PER", opener="**", closer="%%")

    assert codec.encode(Document(TEXT, [ANN])) == "**Ann%% left Rome with Bob."
    assert codec.decode("Sure: **Ann%% left Rome with Bob", TEXT).entities == (ANN,)


@pytest.mark.parametrize(("opener", "closer"), [("{label}(", ")"), ("<<", "<<"), (" ", "]"), ("[{label}{label}]", "]")])
def test_templates_that_leave_markup_undecided_are_refused(opener: str, closer: str) -> None:
    with pytest.raises(ValueError, match="opener"):
        derive(opener, closer, named=False)


HOSTILE_TEXTS = st.lists(
    st.sampled_from([*"ab []|<>/\\@#{}:&\n\té東'\"", "PER", " | PER]", "</PER>", "{{PER:", "@@", "e\u0301"]),
    min_size=1,
    max_size=10,
).map("".join)


@given(HOSTILE_TEXTS, st.data())
def test_what_is_written_is_read_back_strictly_and_in_any_frame(text: str, data: st.DataObject) -> None:
    ends = st.integers(0, len(text))
    drawn = data.draw(st.lists(st.tuples(ends, ends, st.sampled_from(["PER", "LOC"])), max_size=4, unique=True))
    document = Document(text, sorted({Entity(*entity) for entity in drawn if entity[0] < entity[1]}))
    labels = data.draw(st.sampled_from([None, LABELS]))
    for codec in CODECS.values():
        dropped: list[Entity] = []
        output = codec.encode(document, dropped=dropped)
        expected = tuple(entity for entity in document.entities if entity not in dropped)

        assert codec.read_strict(output, text, labels) == Prediction(expected, text=text)
        for framed in (output, output + "\n", f"```\n{output}\n```", f"Here it is:\n{output}"):
            assert read_answer(codec, framed, text, labels).entities == expected


@given(st.text("[]|<>/ PERAnb\\@#{}:\n&;lt", max_size=40), st.text("[]<>| Anb\\@#\n", max_size=20), st.booleans())
def test_no_output_raises_and_every_entity_is_inside_the_text(output: str, text: str, has_text: bool) -> None:
    for codec in CODECS.values():
        for labels in (None, LABELS):
            prediction = read_answer(codec, output, text if has_text else None, labels)

            assert all(0 <= start < end <= len(prediction.text or "") for start, end, _ in prediction.entities)


TOLERANT = [
    ("bracket", "Here it is: [Ann | PER] left [Rome | LOC] with [Bob | PER].", [ANN, ROME, BOB]),
    ("bracket", "Ann left Rome with Bob.\n\nEntities:\n- [Ann | PER]\n- [Rome | LOC]", [ANN, ROME]),
    ("bracket", "[Ann | PER] left Rome with Bob.\n\nI also found [Rome | LOC].", [ANN, ROME]),
    ("bracket", "[Ann|PER] left [ Rome | LOC ] with [Bob| PER].", [ANN, ROME, BOB]),
    ("bracket", "{Ann | PER} left (Rome | LOC) with <Bob | PER>.", [ANN, ROME, BOB]),
    ("bracket", "{{Ann|PER}} left [[Rome | LOC]] with **[Bob | PER]**.", [ANN, ROME, BOB]),
    ("bracket", "[Ann](PER) left [Rome]_LOC with [Bob]{PER}.", [ANN, ROME, BOB]),
    ("bracket", "[Ann / PER] left [Rome, LOC] with [PER: Bob].", [ANN, ROME, BOB]),
    ("bracket", "**Ann** [PER] left Rome (LOC) with Bob [PER].", [ANN, ROME, BOB]),
    ("bracket", "**PER** Ann left **LOC** Rome with **PER** Bob.", [ANN, ROME, BOB]),
    ("bracket", "【Ann｜PER】 left \\[Rome \\| LOC\\] with Bob.", [ANN, ROME]),
    ("bracket", "[PER | Ann] left [LOC | Rome] with Bob.", [ANN, ROME]),
    ("bracket", "[Ann | PER left Rome with [Bob | PER].", [ANN, BOB]),
    ("bracket", "[Ann | PER] left [Rome | LOC] with [Bob", [ANN, ROME]),
    ("bracket", "<PER>Ann</PER> left <LOC>Rome</LOC> with Bob.", [ANN, ROME]),
    ("bracket", "<Ann|PER> left @@Rome##.", [ANN]),
    ("bracket", "]Ann | PER[ left Rome with Bob.", []),
    ("xml", '<mark class="PER">Ann</mark> left <em label="LOC">Rome</em> with <b>Bob</b>.', [ANN, ROME]),
    ("xml", '<entity type="PER">Ann</entity> left <entity type="LOC">Rome</entity> with Bob.', [ANN, ROME]),
    ("xml", "<tagged><PER>Ann</PER> left <LOC>Rome</LOC> with Bob</tagged>", [ANN, ROME]),
    ("xml", "[PER]Ann[/PER] left [LOC]Rome[/LOC] with Bob.", [ANN, ROME]),
    ("xml", "<PER>Ann</> left <LOC>Rome</LOK> with <PER>Bob<PER>.", [ANN, ROME, BOB]),
    ("xml", "Ann</PER> left Rome</LOC> with Bob.", [ANN, ROME]),
    ("xml", "</PER>Ann</PER> left Rome with Bob.", [ANN]),
    ("xml", "<PER>Ann</LOC> left <LOC>Rome</PER> with <PER>Bob</PER>.", [ANN, ROME, BOB]),
    ("xml", "<PER>An</LOC>n</PER> left <LOC>Rome</LOC> with Bob.", [ANN, ROME]),
    ("xml", "Ann<PER> left Rome<LOC> with Bob<PER>.", [ANN, ROME, BOB]),
    ("xml", "<PER: Ann> left <per>Bob</per>.", [ANN, BOB]),
    ("xml", "&lt;PER&gt;Ann&lt;/PER&gt; left \\<LOC\\>Rome\\</LOC\\>.", [ANN, ROME]),
    ("xml", '{"output": "<PER>Ann</PER> left <mark class=\\"LOC\\">Rome</mark> with Bob."}', [ANN, ROME]),
    ("xml", "<PER>Ann</PER>\nleft\n<LOC>Rome</LOC>\nwith Bob.", [ANN, ROME]),
    ("xml", "1. <PER>Ann</PER>\n2. <LOC>Rome</LOC>", [ANN, ROME]),
    (
        "xml",
        "<entity><text>Ann</text><label>PER</label></entity>\n<entity><text>Rome</text><label>LOC</label></entity>",
        [ANN, ROME],
    ),
    (
        "xml",
        "Draft: <PER>Ann</PER> left Rome with Bob.\nFinal: <PER>Ann</PER> left <LOC>Rome</LOC> with Bob.",
        [ANN, ROME],
    ),
    ("xml", "Ann left Rome with Bob.", []),
    ("wiki", "Sure: {{PER:Ann}} left {{LOC:Rome}} with him", [ANN, ROME]),
    ("marks", "Sure: @@Ann## left Rome with @@ Bob ##", [ANN, BOB]),
]


NOTATIONS = [
    "«Ann | PER» left «Rome | LOC» with Bob.",
    "(Ann, PER) left (Rome, LOC) with Bob.",
    "(Ann: PER) left (Rome: LOC) with Bob.",
    "Ann {PER} left Rome {LOC} with Bob.",
    "Ann <PER> left Rome <LOC> with Bob.",
    "Ann |PER| left Rome |LOC| with Bob.",
    "Ann|PER left Rome|LOC with Bob.",
    "Ann:PER left Rome:LOC with Bob.",
    "**Ann | PER** left **Rome | LOC** with Bob.",
    "<PER Ann> left <LOC Rome> with Bob.",
    "<PER=Ann> left <LOC=Rome> with Bob.",
    "[PER]Ann[PER] left [LOC]Rome[LOC] with Bob.",
    "[Ann] | PER left [Rome] | LOC with Bob.",
    "\\textbf{Ann} (PER) left \\textbf{Rome} (LOC) with Bob.",
    "@@Ann## (PER) left @@Rome## (LOC) with Bob.",
    "@Ann|PER@ left @Rome|LOC@ with Bob.",
    "[ENTITY: Ann | PER] left [ENTITY: Rome | LOC] with Bob.",
    "PER[Ann] left LOC[Rome] with Bob.",
    "PER(Ann) left LOC(Rome) with Bob.",
    "PER:Ann left LOC:Rome with Bob.",
]


@pytest.mark.parametrize("format", ["bracket", "xml"])
@pytest.mark.parametrize("output", NOTATIONS)
def test_a_copy_shows_by_what_it_inserts_how_it_marks_mentions(format: str, output: str) -> None:
    """A notation that nobody named is read where it explains the whole answer, and noted."""
    prediction = decode(output, TEXT, format, labels=["PER", "LOC"])

    assert list(prediction.entities) == [ANN, ROME]
    assert "syntax" in {issue.kind for issue in prediction.issues}


def test_a_name_before_its_label_may_hold_small_words() -> None:
    """Where a mention begins is guessed from its capitals and the small words between them."""
    text = "Ann Fischler of the EU met Nikolaus van der Pas and the van Dyck."
    output = "Ann Fischler (PER) of the EU (ORG) met Nikolaus van der Pas (PER) and the van Dyck (PER)."

    prediction = decode(output, text, "bracket", labels=["PER", "ORG"])

    mentions = [prediction.surface(entity) for entity in prediction]
    assert mentions == ["Ann Fischler", "EU", "Nikolaus van der Pas", "Dyck"]


@pytest.mark.parametrize("sign", ["/", "_"])
def test_a_label_glued_to_each_word_of_a_mention_marks_one_mention(sign: str) -> None:
    """A comma or another label parts two mentions."""
    output = "Tim/PER Cook/PER visited the Berlin/LOC Siemens/ORG plant. Cook/PER, Bob/PER left.".replace("/", sign)

    prediction = decode(output, "Tim Cook visited the Berlin Siemens plant. Cook, Bob left.", "bracket", labels=LABELS)

    mentions = [prediction.surface(entity) for entity in prediction]
    assert mentions == ["Tim Cook", "Berlin", "Siemens", "Cook", "Bob"]


def test_an_inserted_notation_may_nest() -> None:
    """Openers and closers of one kind are paired from the inside out."""
    text = "The University of Oslo hired Ann."

    prediction = decode(
        "The «University of «Oslo|LOC»|ORG» hired «Ann|PER».", text, "bracket", labels=["PER", "LOC", "ORG"]
    )

    assert list(prediction.entities) == [Entity(4, 22, "ORG"), Entity(18, 22, "LOC"), Entity(29, 32, "PER")]


@pytest.mark.parametrize(("format", "output", "entities"), TOLERANT)
def test_what_models_write_in_place_of_the_format_is_read(format: str, output: str, entities: list[Entity]) -> None:
    assert list(read(output, format=format).entities) == entities


def test_what_a_bracket_says_behind_the_label_is_kept() -> None:
    prediction = read("[Ann | PER | 0.98] left [Rome | LOC | a city] with Bob.")

    assert prediction.details == {ANN: {"confidence": 0.98}, ROME: {"remark": "a city"}}


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("<PER>Ann left <LOC>Rome</LOC> with Bob.", "Ann left"),
        ("<PER>Ann</PER> left <LOC>Ro", "Ro"),
        ("<PER>Ann</PER> left Rome with Bob.\nNote: <ORG>Acme</ORG> is not in the text.", "Acme"),
        ("An example is <ORG>Acme</ORG>.\n<PER>Ann</PER> left Rome with Bob.", "Acme"),
        ("<PER>Ann</PER> left Rome with <PER>Tim</PER>.", "Tim"),
    ],
)
def test_what_was_marked_and_is_no_entity_is_named(output: str, name: str) -> None:
    prediction = read(output, format="xml")

    assert any(name in issue.detail for issue in prediction.issues)


def test_a_mention_may_begin_with_a_slash() -> None:
    prediction = read("see <LOC>/usr/bin</LOC> right now", "see /usr/bin now", "xml")

    assert prediction.entities == (Entity(4, 12, "LOC"),)


def test_the_last_entity_survives_a_combining_mark() -> None:
    prediction = read("He met him <PER>José</PER>", "He met Jose\u0301", "xml")

    assert prediction.entities == (Entity(7, 12, "PER"),)


def test_brackets_of_the_text_are_no_markup_in_a_changed_copy() -> None:
    text = "Ann (b. 1990) saw [1] Rome"

    prediction = read("[Ann | PER] (b. 1990) saw [1] the [Rome | LOC]", text)

    assert prediction.entities == (ANN, Entity(22, 26, "LOC"))


@pytest.mark.parametrize(
    ("output", "entities"),
    [
        ("[Ann | PER[ left very [Rome | LOC] with Bob.", [ANN, ROME]),
        ("[Ann | PER} left very [Rome | LOC] with Bob.", [ANN, ROME]),
        ("[Ann | PER left very [Rome | LOC with [Bob | PER].", [ANN, ROME, BOB]),
        ("[Ann || PER left very [Rome | LOC] with Bob.", [ANN, ROME]),
        ("[Ann (| PER] left very [Rome | LOC] with Bob.", [ANN, ROME]),
        ("[Ann left [Rome | LOC | ORG] very with [Bob | PER].", [Entity(0, 13, "ORG"), ROME, BOB]),
        ("Ann | PER left very [Rome | LOC] with Bob.", [ANN, ROME]),
        ("{Ann | PER} left very (Rome | LOC) with Bob.", [ANN, ROME]),
    ],
)
def test_a_label_behind_a_bar_closes_whatever_its_bracket_is(output: str, entities: list[Entity]) -> None:
    """One that is missing, doubled or another one costs nothing, also in a copy with another word."""
    assert list(read(output).entities) == entities


@pytest.mark.parametrize("format", ["bracket", "xml", "marks"])
def test_a_tag_of_the_text_next_to_markup_is_no_markup(format: str) -> None:
    """A changed word sends the answer to the tolerant reader, which must not take the tag for its own."""
    text = "Ann saw <b> Bob and left"
    entities = [Entity(0, 3, "PER"), Entity(12, 15, "PER")]
    output = CODECS[format].encode(Document(text, entities)).replace("and", "und")

    prediction = CODECS[format].decode(output, text, labels=["PER"])

    assert list(prediction.entities) == entities
    assert [issue.kind for issue in prediction.issues] == ["text_changed"]


@pytest.mark.parametrize(
    ("output", "entities"),
    [
        ("Here:\n  [Ann | PER] left Rome with Bob.\nDone.", [ANN]),
        ("no\n[Ann | PER] left Rome with Bob.\n[Ann | PER] left [Rome | LOC] with Bob.", [ANN, ROME]),
        ("Ann left Rome with Bob\n[Ann | PER] left [Rome | LOC] with Bob.", [ANN, ROME]),
    ],
)
def test_a_strict_copy_may_begin_with_any_line(output: str, entities: list[Entity]) -> None:
    prediction = read(output)

    assert list(prediction.entities) == entities
    assert {issue.kind for issue in prediction.issues} <= {"extra_text", "skipped"}


def test_a_marked_copy_with_words_too_many_is_not_read_as_lines() -> None:
    """The model goes on where the text ends, and marks a word that the text does not have."""
    text = "A flag of the Third Reich in modern day Germany or in Israel."
    output = (
        "A flag of the Third Reich in modern day <LOC>Germany</LOC> or in <LOC>Israel</LOC> or in <LOC>other</LOC> "
        "countries or regions, cities, streets, buildings and natural places."
    )

    prediction = decode(output, text, "xml", labels=["PER", "LOC", "ORG"])

    assert list(prediction.entities) == [Entity(40, 47, "LOC"), Entity(54, 60, "LOC")]
    assert [mention.text for mention in prediction.unplaced] == ["other"]


def test_without_the_source_escapes_keep_offsets() -> None:
    text = "a [b | PER] of Ann"
    ann = Entity(15, 18, "PER")

    for output in (r"a \[b \| PER] of [Ann | PER]", r"a \[b | PER] of [Ann | PER]"):
        prediction = read(output, None)

        assert (prediction.text, prediction.entities) == (text, (ann,))


def test_without_the_source_the_text_is_what_is_left() -> None:
    prediction = read("```\n[Ann | PER] left [Rome|LOC]\n```", None)

    assert (prediction.text, prediction.entities) == ("Ann left Rome", (ANN, ROME))


def test_an_answer_cut_off_among_brackets_of_the_text_keeps_to_the_letter() -> None:
    text = "[a] met [b] in [c] and [d]"
    entities = (Entity(0, 3, "PER"), Entity(8, 11, "PER"))
    output = Bracket().encode(Document(text, entities))

    prediction = read(output[:-6], text)

    assert prediction.entities == entities
    assert any(issue.kind == "truncated" for issue in prediction.issues)


@given(st.sampled_from(["bracket", "xml", "wiki", "marks"]), st.lists(st.integers(1, 7), max_size=40))
def test_live_reading_gives_what_decoding_gives(format: str, sizes: list[int]) -> None:
    codec = CODECS[format]
    entities = (ANN, BOB) if format == "marks" else (ANN, ROME, BOB)
    output = codec.encode(Document(TEXT, entities))
    reader = codec.live_reader(TEXT, LABELS)

    given_entities = []
    for size in [*sizes, len(output)]:
        given_entities += reader.feed(output[:size])
        output = output[size:]

    assert tuple(given_entities) == entities


def test_an_escape_at_the_end_of_a_piece_is_no_mark_that_has_begun() -> None:
    """The character that is escaped could begin a mark."""
    output = Marks(label="PER").encode(Document("@@#", [Entity(0, 2, "PER")]))
    reader = Marks(label="PER").live_reader("@@#", None)

    assert output == r"@@\@@##\#"
    assert read_answer(Marks(label="PER"), output, "@@#", None).entities == (Entity(0, 2, "PER"),)
    assert [entity for char in output for entity in reader.feed(char)] == [Entity(0, 2, "PER")]


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_common_pairs_are_as_many_as_can_be(one: str, other: str) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, char in enumerate(one):
        for j, counterpart in enumerate(other):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if char == counterpart else best

    pairs = common_pairs(one, other)

    assert len(pairs) == table[-1][-1]
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))


def test_a_codec_of_another_family_is_still_a_codec() -> None:
    assert all(isinstance(codec, BaseCodec) and codec.family == "inline" for codec in CODECS.values())


@pytest.mark.parametrize(
    ("text", "output", "entity"),
    [
        ("then Joseph Reed came", "then [oseph Reed | PER] came", Entity(5, 16, "PER")),
        ("then Joseph Reed came", "then [Joseph Ree | PER] came", Entity(5, 16, "PER")),
        ("the writer Joseph Reed", "the writer [roseph Reed | PER]", Entity(11, 22, "PER")),
        ("a Gabor space is", "a [Gabor spaci | ORG] is", Entity(2, 13, "ORG")),
        ("他住在東京都内", "他住在[東京 | LOC]", Entity(3, 5, "LOC")),
        ("the pre-war prefix", "the pre-war pre[fix | ORG]", Entity(15, 18, "ORG")),
    ],
)
def test_a_slip_in_the_first_or_last_letter_of_a_mention_moves_no_edge(text: str, output: str, entity: Entity) -> None:
    assert read(output, text).entities == (entity,)


@pytest.mark.parametrize("output", ["[ | | PER] ", "[ | | PER]  ", " [ | | PER] ", "[ | | PER] \n"])
def test_white_space_around_a_copy_is_free_where_marks_hold_that_at_one_rim(output: str) -> None:
    """The mark holds the space in front of the text; the one behind it may be any white space."""
    assert Bracket().decode(output, " | ", labels="PER").entities == (Entity(0, 2, "PER"),)


def test_tags_around_the_same_words_are_read_in_canonical_order() -> None:
    """Whatever order an answer nests them in."""
    prediction = decode("<b><a>x</a></b>", "x", "xml")

    assert prediction.ok
    assert [entity.label for entity in prediction.entities] == ["a", "b"]


def test_more_than_two_readings_are_one_issue() -> None:
    """The first is taken, and the issue names the entities in which the next differs."""
    text, output = "[[a | A] | B]", "[[[[a | A] | A] | B] | B]"
    prediction = decode(output, text, "bracket")

    assert len(list(readings(derive("[", " | {label}]", False), output, text))) > 2
    assert [issue.kind for issue in prediction.issues] == ["ambiguous"]


@pytest.mark.parametrize("span", [(0, 1), (2, 3)])
def test_white_space_at_the_rim_of_the_text_cannot_be_marked(span: tuple[int, int]) -> None:
    """It is lost where the white space around an answer is not kept; white space inside can."""
    with pytest.raises(EncodeError, match="white space"):
        encode(Document(" a ", [(*span, "A")]), "xml")

    assert encode(Document("a b", [(1, 2, "A")]), "xml") == "a<A> </A>b"


@pytest.mark.parametrize(("opener", "closer"), [("<", ">"), ("<{label}>", ">>")])
def test_closers_that_name_nothing_cannot_be_named(opener: str, closer: str) -> None:
    with pytest.raises(ValueError, match="do not tell where an entity begins and ends"):
        derive(opener, closer, named=True)


def test_one_mark_alone_before_a_copy_is_no_notation() -> None:
    """A tag that is never closed says where a mention begins, and not where it ends."""
    assert decode("<PER>Ann left Rome with Bob.", TEXT, "xml", labels="PER,LOC").entities == ()


@pytest.mark.parametrize("codec", ["bracket", "xml"])
@pytest.mark.parametrize(
    "output",
    [
        '**Smith** (PER) (a.k.a. "**Obi** (PER)") left **Oslo** (LOC) for **Rome** (LOC).',
        'Text: Smith (a.k.a. "Obi") left Oslo for Rome.\n'
        'Output: (Smith, PER) (a.k.a. "(Obi, PER)") left (Oslo, LOC) for (Rome, LOC).',
        'Smith (a.k.a. "Obi") left Oslo for Rome.\n\nSmith (PER) (a.k.a. "Obi (PER)") left Oslo (LOC) for Rome (LOC).',
        'Sure:\n[PER]Smith[PER] (a.k.a. "[PER]Obi[PER]") left [LOC]Oslo[LOC] for [LOC]Rome[LOC].\nHope it helps',
        '`Smith` (PER) (a.k.a. "`Obi` (PER)") left `Oslo` (LOC) for `Rome` (LOC)',
        '{Smith: PER} (a.k.a. "{Obi: PER}") then left {Oslo: LOC} for {Rome: LOC}.',
        'The (Smith, PER) (a.k.a. "(Obi, PER)") left (Oslo, LOC) for lovely (Rome, LOC)',
    ],
)
def test_a_notation_is_found_where_words_come_before_it_or_are_changed(codec: str, output: str) -> None:
    """A notation that nobody asked for is read behind an echo of the text, and where words are added or left out."""
    text = 'Smith (a.k.a. "Obi") left Oslo for Rome.'
    found = decode(output, text, codec, labels="PER,LOC")
    marked = [("Smith", "PER"), ("Obi", "PER"), ("Oslo", "LOC"), ("Rome", "LOC")]
    assert [(found.surface(entity), entity.label) for entity in found] == marked
