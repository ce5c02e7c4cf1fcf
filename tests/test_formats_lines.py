"""The formats `lines`, `tags` and `code`, and answers in lines where another format was asked for."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings

import genner
from genner.exceptions import EncodeError
from genner.formats.answer import Answer
from genner.formats.lines.calls import class_name, code_candidates, label_of_class
from genner.formats.lines.reader import line_candidates
from genner.formats.lines.tagged import joined, tag_candidates
from genner.formats.lines.walk import walk
from genner.formats.registry import get_codec
from genner.testing import LABELS, check_one_road, check_round_trip, documents
from genner.text.grounding import Source
from genner.text.words import splits_word
from genner.types import Document, Entity, LabelSet, Prediction

TEXT = "Ann Reed joined Orbital Dynamics in Oslo last May."
ITEMS = (("Ann Reed", "PER", "a person"), ("Orbital Dynamics", "ORG", "a company"), ("Oslo", "LOC", "a city"))
WANTED = {(mention, label) for mention, label, _ in ITEMS}
NAMES = ["PER", "ORG", "LOC", "MISC"]

LINE_FORMS = """
{m} ({l}); * {m} ({l}); **{m}** ({l}); - **{m}**: {l}; {i}. {m} – {l} ({r}); {i}) {m} [{l}]; • {m} → {l}; {m} => {l}
{m} = {l}; {m} | {l}; "{m}": {l}; "{m}": "{l}",; `{m}`: `{l}`; [{l}] {m}; {l}: {m}; {l} - {m}; **{l}:** {m}
{l}: {m} - {r}; {m} ({l}) - {r}; {m} ({l}): {r}.; {m} is a {l}; "{m}" is tagged as {l}.; {m} (type: {l})
Entity: {m}, Label: {l}; Entity: {m} | Type: {l}; {m} [{s}:{e}] {l}; {m} ({l}, {s}-{e}); {s}-{e}: {m} ({l})
{m} ({l}), occurrence 1; <{l}>: {m}; {m} <{l}>; [{m}]: {l}; {m} / {l}; {m} — {l}; | {m} | {l} | {r} |; {l}: ["{m}"]
{m} #{l}; {m} : B-{l}; {m} ({l}) 0.98; {m}: {l} (confidence: 0.98); > {m} ({l}); ({m}, {l}); {l}({m}); {m} {l}; {l} {m}
Entity {i}: {m} ({l}); text="{m}" label="{l}"; {m} -- {l}; {m}:{l}; {m},{l}; {l},{m}; {m} ({r}) - {l}; {l} ({r}): {m}
Named entity: {m} - {l}; The entity "{m}" is of type {l}.; - {m}: {r} ({l}); {m} | True | {r} ({l})
"""

MANY_LINE_FORMS = (
    "Entity: {m}\nType: {l}\n",
    "{i}. Entity: {m}\n   Label: {l}\n   Reason: {r}\n",
    "{i}. **{m}**\n   - Type: {l}\n   - Reason: {r}",
    "### {l}\n- {m}\n",
    "{l}:\n{m}\n",
    "{m}\n{l}\n",
    "T{i}\t{l} {s} {e}\t{m}",
    "{s}\t{e}\t{l}\t{m}",
)

WHOLE_ANSWERS = (
    "Ann Reed (PER), Orbital Dynamics (ORG), and Oslo (LOC).",
    "PER: Ann Reed; ORG: Orbital Dynamics; LOC: Oslo",
    "PER: Ann Reed. ORG: Orbital Dynamics. LOC: Oslo.",
    "(PER: Ann Reed)(ORG: Orbital Dynamics)(LOC: Oslo)",
    "Ann Reed/PER Orbital Dynamics/ORG Oslo/LOC",
    "| PER | ORG | LOC | MISC |\n|---|---|---|---|\n| Ann Reed | Orbital Dynamics | Oslo | |",
    "| # | Entity | Type |\n|--|--|--|\n| 1 | Ann Reed | PER |\n| 2 | Orbital Dynamics | ORG |\n| 3 | Oslo | LOC |",
    'text,label,start,end\n"Ann Reed",PER,0,8\n"Orbital Dynamics",ORG,16,32\nOslo,LOC,36,40',
    "PER:\n  - \"Ann Reed\"\nORG:\n  - 'Orbital Dynamics'\nLOC:\n  - Oslo # the city\nMISC: null",
    "- Person (PER): Ann Reed\n- Organization (ORG): Orbital Dynamics\n- Location (LOC): Oslo",
    "Here are the entities:\n\n- Ann Reed (PER)\n- Orbital Dynamics (ORG)\n- Oslo (LOC)\n\nNote: May is a date.",
    "Ann B-PER\nReed I-PER\njoined O\nOrbital B-ORG\nDynamics I-ORG\nin O\nOslo B-LOC\nlast O\nMay O\n. O",
    "Ann(B-PER) Reed(I-PER) joined(O) Orbital(B-ORG) Dynamics(I-ORG) in(O) Oslo(B-LOC) last(O) May(O) .(O)",
    "Ann/B-PER Reed/I-PER joined/O Orbital/B-ORG Dynamics/I-ORG in/O Oslo/B-LOC last/O May/O ./O",
    "| Token | Tag |\n|---|---|\n| Ann | B-PER |\n| Reed | E-PER |\n| joined | O |\n| Orbital | B-ORG |\n"
    "| Dynamics | E-ORG |\n| in | O |\n| Oslo | S-LOC |\n| last | O |\n| May. | O |",
    "Ann PER\nReed PER\njoined O\nOrbital ORG\nDynamics ORG\nin O\nOslo LOC\nlast O\nMay O",
    "Ann NNP B-NP B-PER\nReed NNP I-NP I-PER\njoined VBD B-VP O\nOrbital NNP B-NP B-ORG\nDynamics NNP I-NP I-ORG\n"
    "in IN B-PP O\nOslo NNP B-NP B-LOC\nlast JJ B-NP O\nMay NNP I-NP O",
    "B-PER I-PER O B-ORG I-ORG O B-LOC O O",
    '[PER(span="Ann Reed"), ORG(span="Orbital Dynamics"), LOC(span="Oslo")]',
    'result = [\n    PER(span=\'Ann Reed\'),\n    ORG(span="Orbital Dynamics"),\n    LOC(span="Oslo"),\n]',
    '[Entity(text="Ann Reed", label="PER"), Entity(text="Orbital Dynamics", label="ORG"), Entity("Oslo", "LOC")]',
)

NONE_ANSWERS = (
    "none", "None.", "N/A", "No entities.", "There are no entities in the text.", "I could not find any entities.",
    "PER: none\nORG: -\nLOC: N/A", "No named entities were found.", "Entities: none", "- None",
)  # fmt: skip

OTHER_TEXT = "Chen and Yoshida visited Kyoto with Dr. Kim-Park."
OTHER_NAMES = [
    genner.Label("PER", title="person"), genner.Label("LOC", title="location"), genner.Label("MISC", title="other name")
]  # fmt: skip
OTHER_WANTED = {("Chen", "PER"), ("Yoshida", "PER"), ("Kyoto", "LOC")}
OTHER_ANSWERS = (
    "PER: 1. Chen 2. Yoshida\nLOC: 1. Kyoto",
    "PER: (1) Chen, (2) Yoshida\nLOC: (1) Kyoto",
    "PER: 1) Chen; 2) Yoshida. LOC: 1) Kyoto.",
    "Q: Which person entities are in the text?\nA: Chen, Yoshida\n\nQ: Which location entities?\nA: Kyoto",
    "Question: Who are the persons?\nAnswer: Chen, Yoshida\nQuestion: Which locations are there?\nAnswer: Kyoto",
    "Q1: PER entities?\nA1: Chen\nYoshida\nQ2: Which LOC entities?\nA2: Kyoto\nQ3: Which MISC entities?\nA3: None",
    "Chen is a person (PER). Yoshida is a person (PER). Kyoto is a location (LOC).",
    "There are two persons (PER): Chen, Yoshida. There is one location (LOC): Kyoto.",
    "| Type | Entities |\n|---|---|\n| PER | Chen<br>Yoshida |\n| LOC | Kyoto |",
    "Chen b-per\nand o\nYoshida b-per\nvisited o\nKyoto b-loc\nwith o\nDr o\n. o",
    "Chen(b-per) and(o) Yoshida(b-per) visited(o) Kyoto(b-loc) with(o) Dr.(o) Kim-Park(o)",
    "[PER(span=Chen), PER(span=Yoshida), LOC(span=Kyoto)]",
    '[PER(span="Chen""), PER(span="Yoshida"), LOC(span="Kyoto")]',
    '[PER(span="Chen"1, PER(span="Yoshida"), LOC(span="Kyoto")]',
    "Label: PER\nEntities: Chen, Yoshida\n\nLabel: LOC\nEntities: Kyoto",
    "Type: PER\n- Chen\n- Yoshida\nType: LOC\n- Kyoto",
    "List of PER entities: Chen, Yoshida\nList of LOC entities: Kyoto",
    "The PER entities are Chen, Yoshida. The LOC entity is Kyoto.",
    "PER: Chen, Yoshida.\nLOC: Kyoto.",
    "Persons (PER): Chen, Yoshida | Locations (LOC): Kyoto",
    "PER: Chen\n     Yoshida\nLOC: Kyoto",
    "PER: Chen\\nPER: Yoshida\\nLOC: Kyoto",
    "Chen@PER\nYoshida@PER\nKyoto@LOC",
    '{"entities": "Chen (PER), Yoshida (PER), Kyoto (LOC)"}',
    '{"PER": "[Chen, Yoshida]", "LOC": "[Kyoto]"}',
    "OrderedDict([('PER', ['Chen', 'Yoshida']), ('LOC', ['Kyoto'])])",
    '[["PER", ["Chen", "Yoshida"]], ["LOC", ["Kyoto"]]]',
)

PROSE = (
    "Note: Ann Reed is a person.",
    "Sure! I will look for names in the text.",
    "I think that the person (Ann Reed) joined a company.",
    "Ann Reed is mentioned as the one who joined Orbital Dynamics.",
)


def filled(form: str) -> str:
    """Write the three items in one form."""
    return "\n".join(
        form.format(m=m, l=label, r=remark, i=at, s=TEXT.find(m), e=TEXT.find(m) + len(m))
        for at, (m, label, remark) in enumerate(ITEMS, 1)
    )


def line_forms() -> list[str]:
    return [form.strip() for line in LINE_FORMS.strip().split("\n") for form in line.split("; ")]


def found(prediction: Prediction, text: str = TEXT) -> set[tuple[str, str]]:
    return {(text[start:end], label) for start, end, label in prediction.entities}


def decode(output: str, text: str = TEXT, format: str = "grouped-json", labels: Any = NAMES) -> Prediction:
    result: Prediction = get_codec(format).decode(output, text, labels=labels)
    return result


@pytest.mark.parametrize("form", [*line_forms(), *MANY_LINE_FORMS])
def test_a_mention_and_a_label_a_line_are_read_in_every_form(form: str) -> None:
    prediction = decode(filled(form))

    assert found(prediction) == WANTED
    assert not prediction.unplaced


@pytest.mark.parametrize("output", WHOLE_ANSWERS)
def test_answers_in_lines_tags_and_code_are_read_where_json_was_asked_for(output: str) -> None:
    prediction = decode(output)

    assert found(prediction) == WANTED
    assert not prediction.unplaced
    assert not prediction.ok


@pytest.mark.parametrize("format", ["lines", "grouped-json"])
@pytest.mark.parametrize("output", OTHER_ANSWERS)
def test_several_mentions_a_line_are_read_apart(output: str, format: str) -> None:
    prediction = decode(output, OTHER_TEXT, format, OTHER_NAMES)

    assert found(prediction, OTHER_TEXT) == OTHER_WANTED
    assert not prediction.unplaced


def test_full_stops_that_end_every_line_are_no_part_of_mentions() -> None:
    text = "He took aspirin on 3 May. Acme Corp. sold it to Foo Inc. in Rome."
    dates = decode("MISC: aspirin.\nLOC: Rome.\nORG: 3 May.", text)
    firms = decode("ORG: Acme Corp.\nORG: Foo Inc.", text)

    assert found(dates, text) == {("aspirin", "MISC"), ("Rome", "LOC"), ("3 May", "ORG")}
    assert found(firms, text) == {("Acme Corp.", "ORG"), ("Foo Inc.", "ORG")}


def test_full_stops_that_end_every_sentence_of_a_line_are_no_part_of_mentions() -> None:
    text = "Ann met Bob in Rome. Ann left."

    assert found(decode("PER: Ann, Bob. LOC: Rome.", text), text) == {("Ann", "PER"), ("Bob", "PER"), ("Rome", "LOC")}


def test_a_number_behind_a_label_counts_its_mentions() -> None:
    text = "Chen has type 2 diabetes."

    assert found(decode("PER (2): Chen, Yoshida\nMISC (1): type 2 diabetes", text), text) == {
        ("Chen", "PER"),
        ("type 2 diabetes", "MISC"),
    }


def test_labels_behind_slashes_are_joined_like_tags() -> None:
    prediction = decode("Ann/PER Reed/PER joined/O Orbital/ORG Dynamics/ORG in/O Oslo/LOC last/O May/O ./O")

    assert found(prediction) == WANTED


def test_a_record_without_its_mention_is_no_heading() -> None:
    """`Anna Redd` is not in the text, so its label belongs to no list below."""
    prediction = decode("1. Anna Redd\n   Type: PER\n2. Orbital Dynamics\n   Type: ORG")

    assert found(prediction) == {("Orbital Dynamics", "ORG")}


def test_a_number_of_the_text_numbers_no_item() -> None:
    text = "Signed on May 1. Ann Reed and J. 2. Corp. left."
    prediction = decode("MISC: May 1. PER: Ann Reed\nORG: J. 2. Corp.", text)

    assert found(prediction, text) >= {("Ann Reed", "PER"), ("J. 2. Corp.", "ORG")}


def test_a_line_with_a_slip_is_no_reason_to_read_lines_as_a_marked_copy() -> None:
    text = "Ø<1>. Q/A Team"
    prediction = decode("Ø<1> (PER)\nQ/A\\Team (LOC)", text, "lines")

    assert ("Ø<1>", "PER") in found(prediction, text)
    assert len(prediction.entities) + len(prediction.unplaced) == 2


@pytest.mark.parametrize("format", ["tags", "code", "grouped-json", "bracket"])
@pytest.mark.parametrize("output", NONE_ANSWERS)
def test_a_word_for_nothing_is_an_empty_answer(output: str, format: str) -> None:
    prediction = decode(output, format=format)

    assert not prediction.entities
    assert {issue.kind for issue in prediction.issues} <= {"shape"}


@pytest.mark.parametrize("output", NONE_ANSWERS)
def test_a_word_for_nothing_is_a_clean_answer_in_lines(output: str) -> None:
    assert decode(output, format="lines") == Prediction([], text=TEXT)


@pytest.mark.parametrize("output", PROSE)
def test_prose_names_no_entities(output: str) -> None:
    labels = LabelSet(["PER", "person"])

    assert not decode(output, labels=labels).entities


def test_an_unplaced_mention_in_a_line_is_kept() -> None:
    prediction = decode("Ann Reed (PER)\nZoe (PER)\nOslo (LOC)")

    assert found(prediction) == {("Ann Reed", "PER"), ("Oslo", "LOC")}
    assert [(mention.text, mention.label) for mention in prediction.unplaced] == [("Zoe", "PER")]


def test_an_unknown_label_is_kept_where_the_other_lines_show_the_form() -> None:
    assert found(decode("- Ann Reed (PER)\n- Oslo (CITY)")) == {("Ann Reed", "PER"), ("Oslo", "CITY")}
    assert found(decode("**PER**\n- Ann Reed\n**CITY**\n- Oslo")) == {("Ann Reed", "PER"), ("Oslo", "CITY")}
    assert found(decode("PER: Ann Reed\nCITY: Oslo")) == {("Ann Reed", "PER"), ("Oslo", "CITY")}


def test_rows_that_deny_an_entity_name_none() -> None:
    output = "1. Ann Reed | True | as it is a person (PER)\n2. joined | False | a verb\n3. May | False | NONE | a date"

    assert found(decode(output)) == {("Ann Reed", "PER")}


def test_lists_are_split_only_where_the_text_does_not_have_them_whole() -> None:
    text = "Zoe met Reed, Ann and Bob in Paris, Texas on 1,500 days."

    prediction = decode("PER: Reed; Ann; Bob; LOC: Paris, Texas; MISC: 1,500", text)

    assert ("Paris, Texas", "LOC") in found(prediction, text)
    assert ("1,500", "MISC") in found(prediction, text)
    assert ("Bob", "PER") in found(prediction, text)


def test_mentions_that_look_like_the_form_itself() -> None:
    assert found(decode("butane (C4) (GAS)", "the butane (C4) gas", labels=["GAS"]), "the butane (C4) gas") == {
        ("butane (C4)", "GAS")
    }
    text = "He read Henry IV 2. Part twice."
    assert found(decode("Henry IV 2. Part (WORK)", text, labels=["WORK"]), text) == {("Henry IV 2. Part", "WORK")}


def test_lines_are_read_without_a_label_set() -> None:
    prediction = decode("PER: Ann Reed\nLOC: Oslo", labels=None)

    assert found(prediction) == {("Ann Reed", "PER"), ("Oslo", "LOC")}


def test_stated_places_become_part_of_the_claims() -> None:
    answer = Answer("Ann [0:3] PER\nOslo (LOC), occurrence 2", "", LabelSet(NAMES), Source("Ann left", "fuzzy"))
    answer.body = answer.output

    (candidate,) = line_candidates(answer)

    assert [(claim.text, claim.start, claim.end, claim.count) for claim in candidate.claims] == [
        ("Ann", 0, 3, None),
        ("Oslo", None, None, 2),
    ]


def test_an_answer_that_ends_inside_a_line_is_cut() -> None:
    assert "truncated" in {issue.kind for issue in decode("Ann Reed (PER)\nOslo (LOC").issues}


# -- the formats ----------------------------------------------------------------------------------------

DOCUMENT = Document(
    'PU.1 binds a myeloid site near "X" (C4).', [(0, 4, "PROTEIN"), (13, 25, "cell line"), (35, 39, "GAS")]
)


def test_lines_writes_a_mention_a_line() -> None:
    assert get_codec("lines").encode(DOCUMENT) == 'PU.1 (PROTEIN)\nmyeloid site (cell line)\n"(C4)" (GAS)'
    assert get_codec("lines").encode(Document("a")) == "none"


def test_code_writes_objects() -> None:
    wanted = '[PROTEIN(span="PU.1"), cell_x20_line(span="myeloid site"), GAS(span="(C4)")]'

    assert get_codec("code").encode(DOCUMENT) == wanted


def test_tags_writes_a_token_a_line() -> None:
    document = Document("Ann Reed left.", [(0, 8, "PER")])

    assert get_codec("tags").encode(document) == "Ann B-PER\nReed I-PER\nleft O\n. O"
    assert get_codec("tags", layout="text", scheme="BILOU").encode(document) == "Ann(B-PER) Reed(L-PER) left(O) .(O)"
    assert get_codec("tags", scheme="IOBES").encode(Document("Ann", [(0, 3, "PER")])) == "Ann S-PER"


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ([(0, 2, "PER")], "inside a token"),
        ([(0, 8, "PER"), (4, 8, "PER")], "overlaps another entity"),
        ([(0, 8, " PER")], "rim of a label"),
    ],
)
def test_tags_refuses_what_it_cannot_say(entities: list[tuple[int, int, str]], reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        get_codec("tags").encode(Document("Ann Reed left.", entities))


@pytest.mark.parametrize("labels", [None, LABELS], ids=["any label", "a label set"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lines", {}),
        ("code", {}),
        ("tags", {}),
        ("tags", {"scheme": "BILOU", "layout": "text"}),
        ("tags", {"scheme": "IOBES"}),
    ],
)
@given(document=documents())
@settings(max_examples=100, deadline=None)
def test_what_is_encoded_comes_back(name: str, options: dict[str, str], labels: Any, document: Document) -> None:
    codec = get_codec(name, **options)
    refused: list[Any] = []
    codec.encode(document, labels=labels, dropped=refused)
    kept = [entity for entity in document.entities if entity not in refused]
    if not codec.positional:  # a mention without a place is looked for as whole words
        text = document.text
        kept = [e for e in kept if text[e[0] : e[1]].strip() == text[e[0] : e[1]] and not splits_word(text, e[0], e[1])]
    document = document.replace(entities=kept)

    check_round_trip(codec, document, labels=labels)
    check_one_road(codec, codec.encode(document, labels=labels), document.text, labels=labels)


def test_class_names_are_reversible() -> None:
    for label in ("PER", "cell line", "9-mer", "a_x20_b", "_x5f_", "Größe", "class", "x/y", "💥"):
        assert label_of_class(class_name(label), None) == label
        assert class_name(label).isidentifier()
    assert label_of_class("CellLine", LabelSet(["cell line"])) == "Cell_Line"


def test_every_tagging_scheme_is_joined_into_entities() -> None:
    wanted = [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")]

    assert list(joined(["B-PER", "I-PER", "B-PER", "O", "B-LOC"], None)) == wanted
    assert list(joined(["B-PER", "E-PER", "S-PER", "O", "S-LOC"], None)) == wanted
    assert list(joined(["B-PER", "L-PER", "U-PER", "O", "U-LOC"], None)) == wanted
    assert list(joined(["I-PER", "I-PER", "B-PER", "O", "I-LOC"], None)) == wanted
    assert list(joined(["PER", "PER", "O"], LabelSet(["PER"]))) == [(0, 2, "PER")]


def test_tokens_are_found_where_the_copy_differs() -> None:
    assert walk(["Ann", "Reed", "-LRB-", "x", "Rome"], "Ann  reed (y) in Rome") == [
        (0, 3), (5, 9), (10, 11), None, (17, 21),
    ]  # fmt: skip


# -- cost -----------------------------------------------------------------------------------------------

HOSTILE_PIECES = (
    "[", "((", '"', "'", "“", "*", "_", " ", "\t", ",", " - ", "| ", "=", "->", "\n", "1. ", "# ", "PER ", "PER: ",
    "(PER)", "Ann (PER)\n", "Ann, ", "and ", "a(", 'P("a", ', "\\", "B-", " O", "(O", "a/O ", "text: ",
    "text,label\n", "is a ", "no entities ", "Zoe (PER), ", "x", "O\n", "Ann B-PER\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE_PIECES)
@pytest.mark.parametrize("labels", [None, LabelSet(NAMES)], ids=["any label", "a label set"])
def test_reading_takes_linear_time(piece: str, labels: LabelSet | None) -> None:
    def steps(size: int) -> int:
        output = "PER: " + piece * (size // len(piece))
        answer = Answer(output, output, labels, Source("Ann left Rome. " * (size // 15), "fuzzy"))
        calls = 0

        def count(_frame: Any, _event: str, _arg: Any) -> None:
            nonlocal calls
            calls += 1

        previous = sys.getprofile()
        sys.setprofile(count)
        try:
            for reader in (line_candidates, tag_candidates, code_candidates):
                list(reader(answer))
        finally:
            sys.setprofile(previous)
        return calls

    assert steps(4_000) <= 2.6 * steps(2_000) + 500


def test_lines_of_mentions_are_no_copy_of_a_text_that_has_as_many_lines() -> None:
    """A mention with a slip in the first line costs the mentions of the other lines nothing."""
    text = "Ann of AT&T\nleft the U.S. Navy\nwhen Dr. No came in May"
    prediction = decode("A&T (ORG)\nU.S. Navy (ORG)\nDr. No (PER)", text, "lines", labels=NAMES)

    found = {(prediction.surface(entity), entity.label) for entity in prediction}

    assert found >= {("U.S. Navy", "ORG"), ("Dr. No", "PER")}


def test_a_quote_behind_the_string_of_a_call_is_not_taken_for_its_own() -> None:
    output = '[PER(span=\'O\'Neil\'), LOC(span="AT&T";, ORG(span="New York")]'
    prediction = decode(output, "O'Neil of AT&T in New York", "code", labels=NAMES)

    found = {(prediction.surface(entity), entity.label) for entity in prediction}

    assert found >= {("O'Neil", "PER"), ("New York", "ORG")}


def test_a_title_that_reads_like_a_correction_takes_nothing_back() -> None:
    """`Final Fantasy (WORK).` names a mention; only a line without a label announces another answer."""
    output = "Ann (PER).\nFinal Fantasy (WORK).\nRome (LOC)."

    prediction = genner.decode(output, "Ann plays Final Fantasy in Rome.", "lines", labels="PER,WORK,LOC")

    assert [entity.label for entity in prediction.entities] == ["PER", "WORK", "LOC"]


def test_a_remark_on_what_might_be_an_entity_is_none_and_is_named() -> None:
    """The line is in an issue, so that nothing is left out without a word."""
    output = 'Ann (PER)\n"Rome" could also be LOC.\nBob (PER)'

    prediction = genner.decode(output, "Ann left Rome with Bob.", "lines", labels="PER,LOC")

    assert [entity.label for entity in prediction.entities] == ["PER", "PER"]
    assert any("could also be" in issue.detail for issue in prediction.issues)


@pytest.mark.parametrize("head", ["### Input:\n", "\nText: ", "\nSentence 2: "])
def test_an_invented_next_example_adds_nothing(head: str) -> None:
    """A small model goes on with another text; the text that was asked about is no such thing."""
    text = "Ann left Rome with Bob."
    answer = "Ann (PER)\nBob (PER)"

    invented = genner.decode(f"{answer}\n{head}Rome met Ann in Bonn.\nRome (PER)\n", text, "lines", labels="PER,LOC")
    echoed = genner.decode(f"Note\n{head}{text}\n{answer}\n", text, "lines", labels="PER,LOC")

    assert [entity.start for entity in invented.entities] == [entity.start for entity in echoed.entities] == [0, 19]
    assert "another example" in {issue.detail for issue in invented.issues}


def test_a_mention_with_clauses_between_commas_is_no_list() -> None:
    """Members of a list are short; what is longer belongs to one mention."""
    text = "He met a legal person, MOHELA, that could sue in its own name."
    mention = "a legal person, MOHELA, that could sue in its own name"

    prediction = genner.decode(f"* {mention} - ORG", text, "lines", labels="ORG")

    assert [text[entity.start : entity.end] for entity in prediction.entities] == [mention]


def test_an_unknown_label_at_the_end_is_kept_where_no_label_begins_so() -> None:
    """Only the beginning of a known label is cut off."""
    text = "Ann left Rome."

    kept = genner.decode("Ann - PER\nRome - CITY", text, "lines", labels="PER,LOC")
    cut = genner.decode("Ann - PER\nRome - L", text, "lines", labels="PER,LOC")

    assert [entity.label for entity in kept.entities] == ["PER", "CITY"]
    assert [entity.label for entity in cut.entities] == ["PER"]


TWICE = "Ann left Rome. Bob met Ann in Oslo."
NAMED_TWICE = {(0, 3, "PER"), (9, 13, "LOC"), (15, 18, "PER"), (23, 26, "PER"), (30, 34, "LOC")}


@pytest.mark.parametrize(
    "output",
    [
        "Ann (PER) x2\nBob (PER)\nRome (LOC)\nOslo (LOC)",
        "PER: Ann (2 occurrences), Bob\nLOC: Rome, Oslo",
        "Ann (PER, 2 mentions); Bob (PER, 1 mention); Rome (LOC, 1 mention); Oslo (LOC, 1 mention)",
        "- Ann (PER) – appears twice\n- Bob (PER)\n- Rome (LOC)\n- Oslo (LOC)",
        "Ann: PER [0:3], [23:26]\nBob: PER [15:18]\nRome: LOC [9:13]\nOslo: LOC [30:34]",
        "Sentence 1: Ann (PER), Rome (LOC)\nSentence 2: Bob (PER), Ann (PER), Oslo (LOC)",
    ],
)
def test_a_line_can_name_several_places_of_its_mention(output: str) -> None:
    """A total is how many places a mention has, and each pair of offsets is one."""
    assert set(decode(output, TWICE, "lines").entities) == NAMED_TWICE


PEOPLE = "Ann met Bob of Acme in Rome."
NAMED_PEOPLE = {("Ann", "PER"), ("Bob", "PER"), ("Acme", "ORG"), ("Rome", "LOC")}


@pytest.mark.parametrize("format", ["lines", "grouped-json", "xml"])
@pytest.mark.parametrize(
    "output",
    [
        "We have two PER (Ann, Bob), one ORG (Acme) and one LOC (Rome).",
        "I would classify Ann as PER, Bob as PER, Acme as ORG and Rome as LOC.",
        '"Ann" should be labeled PER, "Bob" should be tagged PER, Acme should be labeled ORG, and Rome is a LOC.',
        "Does the text contain PER? Yes: Ann, Bob\nDoes the text contain ORG? Yes: Acme\nIs there a LOC? Yes, Rome.",
        "The PER mentioned are Ann and Bob. The ORG mentioned is Acme. The LOC mentioned is Rome.",
        "PER: Ann, Bob ORG: Acme LOC: Rome",
        "Ann=PER Bob=PER Acme=ORG Rome=LOC",
        "PER: Ann، Bob\nORG: Acme\nLOC: Rome",
        "PER: Yes (Ann, Bob)\nORG: Yes (Acme)\nLOC: Yes (Rome)\nMISC: No",
        '{"answer": "PER: Ann, Bob\\nORG: Acme\\nLOC: Rome"}',
    ],
)
def test_sentences_questions_and_keys_name_entities(output: str, format: str) -> None:
    """Whatever is between a mention and its label, the mention is what the text has."""
    assert found(decode(output, PEOPLE, format), PEOPLE) == NAMED_PEOPLE


@pytest.mark.parametrize(
    "output",
    [
        "Ann PER-B\nReed PER-I\njoined O\nOrbital ORG-B\nDynamics ORG-I\nin O\nOslo LOC-B\nlast O\nMay O\n. O",
        "B-PER\nI-PER\nO\nB-ORG\nI-ORG\nO\nB-LOC\nO\nO\nO",
        "Ann/B-PER Reed/I-PER joined Orbital/B-ORG Dynamics/I-ORG in Oslo/B-LOC last May.",
        "Ann(PER) Reed(PER) joined(O) Orbital(ORG) Dynamics(ORG) in(O) Oslo(LOC) last(O) May(O) .(O)",
    ],
)
def test_tags_are_read_behind_labels_alone_and_on_some_words(output: str) -> None:
    """A word without a tag is outside every entity where the other words of its line have tags."""
    assert found(decode(output, format="tags")) == WANTED


@pytest.mark.parametrize(
    "output",
    [
        "PER: @@Ann Reed## joined Orbital Dynamics in Oslo last May.\n"
        "ORG: Ann Reed joined @@Orbital Dynamics## in Oslo last May.\n"
        "LOC: Ann Reed joined Orbital Dynamics in @@Oslo## last May.",
        "**PER**\n@@Ann Reed## joined Orbital Dynamics in Oslo last May.\n\n"
        "**ORG**\nAnn Reed joined @@Orbital Dynamics## in Oslo last May.\n\n"
        "**LOC**\nAnn Reed joined Orbital Dynamics in @@Oslo## last May.",
        "@@Ann Reed##(PER) joined @@Orbital Dynamics##(ORG) in @@Oslo##(LOC) last May.",
    ],
)
def test_marks_get_the_labels_that_are_written_next_to_them(output: str) -> None:
    """A label before a copy is the label of its marks."""
    assert found(decode(output, format="marks")) == WANTED


def test_an_assigned_text_that_is_not_the_source_begins_another_example() -> None:
    """GoLLIE's prompts go on with the next text, and so do small models."""
    invented = '# The next text\ntext = "Acme met Bob in Rome."\nresult = [ORG("Acme"), PER("Rome")]'
    output = f'[PER("Ann"), LOC("Rome")]\n\n{invented}'

    assert found(decode(output, PEOPLE, "code"), PEOPLE) == {("Ann", "PER"), ("Rome", "LOC")}


@pytest.mark.parametrize(
    ("text", "output", "wanted"),
    [
        (
            "Marie and Pierre won in 1903, and Marie in Stockholm, Sweden.",
            "PERSON: Marie, Pierre\nGPE: Stockholm, Sweden",
            {("Marie", "PERSON"), ("Pierre", "PERSON"), ("Stockholm", "GPE"), ("Sweden", "GPE")},
        ),
        (
            "Acme Holdings, Inc. and Acme sued.",
            "ORG: Acme Holdings, Inc., Acme",
            {("Acme Holdings, Inc.", "ORG"), ("Acme", "ORG")},
        ),
        (
            "He knows C++, SQL and Docker.",
            "GPE: C++, SQL and Docker",
            {("C++", "GPE"), ("SQL", "GPE"), ("Docker", "GPE")},
        ),
        ("RT @BBC: more #NLP now", "ORG: @BBC\nPERSON: #NLP", {("@BBC", "ORG"), ("#NLP", "PERSON")}),
        (
            "Marie won in 1903 and 1911.",
            "Marie: PERSON (0.9)\n1903: DATE (0.8)",
            {("Marie", "PERSON"), ("1903", "DATE")},
        ),
        (
            "Marie won in 1903 and 1911.",
            "('Marie', 'PERSON')\n('1903', 'DATE')",
            {("Marie", "PERSON"), ("1903", "DATE")},
        ),
        ("Marie won in 1903.", "PERSON(Marie)\nDATE(1903)", {("Marie", "PERSON"), ("1903", "DATE")}),
        ("It lowers glucose; metformin too.", "ORG: glucose; metformin", {("glucose", "ORG"), ("metformin", "ORG")}),
        ("Ann and Bob left.", "People: Ann (PERSON), Bob (PERSON)", {("Ann", "PERSON"), ("Bob", "PERSON")}),
        ("Ann saw Bob.", "In the text, Ann and Bob are PERSON.", {("Ann", "PERSON"), ("Bob", "PERSON")}),
        ("Call df.to_json() of pandas.", "df.to_json() (ORG)", {("df.to_json()", "ORG")}),
        ("Marie won in Rome.", "Marie###PERSON\nRome###GPE", {("Marie", "PERSON"), ("Rome", "GPE")}),
        (
            "The Bank of England spoke in Rome.",
            "Bank of England (ORG), which contains England (GPE)\nRome (GPE)",
            {("Bank of England", "ORG"), ("England", "GPE"), ("Rome", "GPE")},
        ),
        (
            "The Bank of England spoke in Rome.",
            "Bank of England (ORG) [contains: England (GPE)]\nRome (GPE)",
            {("Bank of England", "ORG"), ("England", "GPE"), ("Rome", "GPE")},
        ),
        (
            "马云在杭州见孙正义。",
            "“马云”是PERSON，“孙正义”是PERSON，“杭州”是GPE。",
            {("马云", "PERSON"), ("孙正义", "PERSON"), ("杭州", "GPE")},
        ),
        (
            "马云在杭州见孙正义。",
            "PERSON包括马云和孙正义；GPE包括杭州。",
            {("马云", "PERSON"), ("孙正义", "PERSON"), ("杭州", "GPE")},
        ),
    ],
)
def test_lines_hold_lists_signs_numbers_and_remarks(text: str, output: str, wanted: set[tuple[str, str]]) -> None:
    """What belongs to a mention is what the text has."""
    assert found(decode(output, text, "lines", ["PERSON", "ORG", "GPE", "DATE"]), text) == wanted


@pytest.mark.parametrize(
    ("format", "output"),
    [
        ("code", '[PER("Ann"), PER("Bob"), PER("Ann")]\n[PER("Ann"), PER("Bob"), PER("Ann")]'),
        ("lines", "Ann (PER)\nBob (PER)\nAnn (PER)\n\nAnn (PER)\nBob (PER)\nAnn (PER)\n\nAnn (PER)\nBob"),
    ],
)
def test_an_answer_that_is_written_twice_names_its_entities_once(format: str, output: str) -> None:
    """A second list of the same mentions does not fill places that the first one leaves out."""
    text = "Ann met Bob. Ann left. Old Ann came."
    prediction = decode(output, text, format)

    assert [tuple(one) for one in prediction.entities] == [(0, 3, "PER"), (8, 11, "PER"), (13, 16, "PER")]
    assert "repeated" in {issue.kind for issue in prediction.issues}


def test_punctuation_behind_a_tagged_word_is_no_part_of_its_mention() -> None:
    """Models that tag words as the text has them leave the marks at the words, but `Inc.` has its own."""
    text = "Ann left Acme Inc. for Oslo."
    output = "Ann(B-PER) left(O) Acme(B-ORG) Inc.(I-ORG) for(O) Oslo.(B-LOC)"

    assert found(decode(output, text, "tags"), text) == {("Ann", "PER"), ("Acme Inc.", "ORG"), ("Oslo", "LOC")}


@pytest.mark.parametrize(
    ("format", "output"),
    [
        ("lines", "PER: Ann\nORG: Acme (2 mentions), Beta\nLOC: Kyoto, Japan"),
        ("code", '[PER(span="Ann"), ORG(span="Acme"), ORG(span="Acme"), ORG("Beta"), LOC("Kyoto"), LOC("Japan"'),
        ("tags", "Ann = B-PER, met = O, Acme = B-ORG, Acme = B-ORG, Beta = B-ORG, Kyoto = B-LOC, Japan = B-LOC"),
        ("lines", "[Ann]是PER；[Acme]是ORG；[Acme]是ORG；[Beta]是ORG；[Kyoto]是LOC；[Japan]是LOC。"),
    ],
)
def test_lists_next_to_totals_calls_that_are_cut_off_and_signs_before_tags(format: str, output: str) -> None:
    """What is said with one more sign is said all the same."""
    text = "Ann met Acme, then Acme and Beta in Kyoto, Japan."
    wanted = {("Ann", "PER"), ("Acme", "ORG"), ("Beta", "ORG"), ("Kyoto", "LOC"), ("Japan", "LOC")}

    assert found(decode(output, text, format), text) == wanted


@pytest.mark.parametrize(
    "output",
    [
        "Smith, Bob (PER), Dora (PER), Paris, Texas (LOC), Springfield, Illinois (LOC), Oslo (LOC)",
        "Found: Smith, Bob (PER), Dora (PER), Paris, Texas (LOC), Springfield, Illinois (LOC) and Oslo (LOC).",
        "(Smith, Bob, PER)\n(Dora, PER)\n(Paris, Texas, LOC)\n(Springfield, Illinois, LOC)\n(Oslo, LOC)",
        "PER: Smith, Bob, Dora\nLOC: Paris, Texas, Springfield, Illinois, Oslo",
    ],
)
def test_a_mention_with_a_comma_that_the_text_does_not_list_is_one(output: str) -> None:
    """A comma of the text parts two names only where the text goes on with a longer list."""
    text = "Smith, Bob moved with Dora from Paris, Texas to Springfield, Illinois on the road to Oslo."
    wanted = {("Smith, Bob", "PER"), ("Dora", "PER"), ("Oslo", "LOC")}
    wanted |= {("Paris, Texas", "LOC"), ("Springfield, Illinois", "LOC")}

    assert found(decode(output, text, "lines"), text) == wanted


def test_two_names_of_a_longer_list_of_the_text_are_two_mentions() -> None:
    """`Ann, Bob` is a part of `Ann, Bob and Carl`, and no name with a comma."""
    text = "Ann, Bob and Carl met Dora."

    assert {one for one, _ in found(decode("PER: Ann, Bob, Dora", text, "lines"), text)} == {"Ann", "Bob", "Dora"}


@pytest.mark.parametrize(
    "output",
    ["Ann=PER Rome=LOC", "PER=Ann LOC=Rome", "PER[Ann] LOC[Rome]", "PER{Ann} LOC{Rome}", "{PER: Ann} {LOC: Rome}"],
)
def test_mentions_on_one_line_that_do_not_follow_in_the_text_need_no_sign_between_them(output: str) -> None:
    """Where the text goes on from one mention to what is behind its label, a line copies it; elsewhere it lists."""
    text = "Ann flew to Rome."

    assert found(decode(output, text, "lines"), text) == {("Ann", "PER"), ("Rome", "LOC")}
    assert found(decode("[Ann | PER] flew to [Rome | LOC].", text, "lines"), text) == {("Ann", "PER"), ("Rome", "LOC")}


def test_a_line_before_a_record_that_names_its_own_mention_is_none() -> None:
    """A copy of the text over the first key is no mention, and a mention over the keys is one."""
    text = "Ann met Bob in Oslo."
    record = f"{text}\nType: PER\nName: Ann\n\nType: LOC\nName: Oslo"

    assert found(decode(record, text, "lines"), text) == {("Ann", "PER"), ("Oslo", "LOC")}
    assert found(decode("Ann\nType: PER\n\nOslo\nType: LOC", text, "lines"), text) == {("Ann", "PER"), ("Oslo", "LOC")}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("Ann Reed (Nationality)", [("Ann Reed", "Nationality")]),
        ("- Ann Reed: weapon", [("Ann Reed", "weapon")]),
        ("Answer: Ann Reed", []),
    ],
)
def test_a_single_line_keeps_a_label_outside_of_the_set(output: str, expected: list[tuple[str, str]]) -> None:
    """A label that nobody asked for is counted, and words of the answer are no label."""
    text = "Ann Reed joined Orbital Dynamics in Oslo."
    prediction = genner.decode(output, text, "lines", labels="PER,ORG,LOC")

    assert [(prediction.surface(entity), entity.label) for entity in prediction] == expected


@pytest.mark.parametrize(
    "behind",
    [
        '("package" was excluded since it is a common noun.)',
        "In summary, AIBO and computer vision were found in the text.",
        "These are all the named entities in the package.",
    ],
)
def test_prose_behind_a_list_of_bullets_is_no_item(behind: str) -> None:
    """A heading goes on to the last bullet below it."""
    text = "The AIBO is an inexpensive platform for computer vision in a package. These days it sleeps."
    output = f"### product\n- AIBO\n\n### field\n- computer vision\n\n{behind}"
    prediction = genner.decode(output, text, "lines", labels="product,field")

    assert prediction.entities == ((4, 8, "product"), (40, 55, "field"))


@pytest.mark.parametrize(
    "output",
    [
        "#\tText\tLabel\n1\tAnn Reed\tPER\n2\t62\tNUM",
        "# | Label | Text\n--- | --- | ---\n1 | PER | Ann Reed\n2 | NUM | 62",
        "1. Ann Reed (type: PER)\n\n2. 62 (type: NUM)",
        "* Ann Reed (PER). (confidence: 0.95)\n* 62 (NUM). (confidence: 0.95)",
        "**62** is an entity of type **NUM**. **Ann Reed** is an entity of type **PER**.",
        "Entity 1: Ann Reed\nType 1: PER\nEntity 2: 62\nType 2: NUM",
    ],
)
def test_numbers_are_mentions_where_nothing_else_is(output: str) -> None:
    """A column of row numbers has its name, and a number with a remark is what the remark is about."""
    prediction = genner.decode(output, "Ann Reed sold 62 units.", "lines", labels="PER,NUM")

    assert prediction.entities == ((0, 8, "PER"), (14, 16, "NUM"))


@pytest.mark.parametrize(
    "output", ["1. **A Child ( Kind )** - WORK", "A Child ( Kind ) [1]: WORK", "A Child ( Kind )\tWORK"]
)
def test_a_mention_keeps_the_bracket_at_its_end(output: str) -> None:
    """White space inside of the brackets belongs to the mention, too."""
    prediction = genner.decode(output, 'The work " A Child ( Kind ) " is old.', "lines", labels="WORK,PER")

    assert prediction.entities == ((11, 27, "WORK"),)


@pytest.mark.parametrize(
    "output",
    [
        "- Ann: PER\n- 1. FC Köln: ORG",
        "Ann | PER\n1. FC Köln | ORG",
        "**PER**\n- Ann\n\n**ORG**\n- 1. FC Köln",
        "entity,label\n1. FC Köln,ORG\nAnn,PER",
        "1. Ann (PER)\n2. 1. FC Köln (ORG)",
    ],
)
def test_a_number_that_numbers_no_list_belongs_to_its_mention(output: str) -> None:
    """Where other lines have no numbers, or a bullet is before it, the number is of the name."""
    prediction = genner.decode(output, "Ann plays for 1. FC Köln.", "lines", labels="PER,ORG")

    assert prediction.entities == ((0, 3, "PER"), (14, 24, "ORG"))


def test_an_answer_exactly_in_form_is_no_copy_of_the_text() -> None:
    """A line longer than the text, whose mention is written as a JSON string, is read without an issue."""
    prediction = decode('"\\u200d" (PER)', "\u200d", "lines")

    assert (prediction.entities, prediction.issues) == ((Entity(0, 1, "PER"),), ())


@pytest.mark.parametrize(
    ("output", "mention"),
    [
        ("LOC: Kore&#x27;ye", "Kore'ye"),
        ("- Kore&#39;ye: LOC", "Kore'ye"),
        ("Kore&apos;ye (LOC)", "Kore'ye"),
        ("ORG: AT&amp;T", "AT&T"),
    ],
)
def test_escapes_of_html_part_no_mention(output: str, mention: str) -> None:
    """The semicolon of an escape separates nothing, and places in the output are those of the escaped answer."""
    prediction = genner.decode(output, "Bu Kore'ye ve AT&T ye", "lines", labels="LOC,ORG")

    assert [prediction.surface(entity) for entity in prediction] == [mention]
    assert all(0 <= issue.output_span.start <= issue.output_span.end <= len(output) for issue in prediction.issues)


@pytest.mark.parametrize("slip", ["Ø,1>", "Ø<,1>"])
def test_a_comma_in_the_place_of_another_sign_parts_no_mention_elsewhere(slip: str) -> None:
    """The lines around it keep the commas that the text has; found by fuzzing."""
    text = "and Kim, Lee of Ann Reed, [1] C++ Guild - Ø<1>"

    prediction = genner.decode(
        f"Kim, Lee (ORG)\nAnn Reed (LOC)\n{slip} (LOC)\n\nDone.", text, "lines", labels="ORG,LOC"
    )

    assert "Kim, Lee" in [prediction.surface(entity) for entity in prediction]
