"""Prompts: the paper's to the byte, ours in full, and what surrounds both."""

from __future__ import annotations

from hashlib import sha256

import pytest

from genner.exceptions import DataError, EncodeError, UnknownNameError
from genner.formats import FORMATS, decode
from genner.labelsets import LABEL_SETS
from genner.prompts import STYLES, Prompt, prompt
from genner.types import Document, Label, LabelSet

SENTENCE = "This is the first demonstration of a specific interaction with PU.1 on a myeloid PU.1 binding site."
DOCUMENT = Document(SENTENCE, [(63, 67, "protein"), (73, 98, "DNA"), (81, 98, "DNA"), (81, 85, "protein")])

PAPER = {
    ("conll2003", "bracket"): "5fb2101d3b5702e6",
    ("conll2003", "xml"): "2b1eb5e88b6501b1",
    ("conll2003", "grouped-json"): "54ac0d120bbcf86f",
    ("conll2003", "occurrence-json"): "2b711aebbca3931b",
    ("conll2003", "offset-json"): "a482e2e3e0363e8e",
    ("ontonotes5", "bracket"): "f550b83f3f1c8c0e",
    ("ontonotes5", "xml"): "d6916c48d4667c60",
    ("ontonotes5", "grouped-json"): "bfbf577c04447015",
    ("ontonotes5", "occurrence-json"): "52351bbdc34b9198",
    ("ontonotes5", "offset-json"): "6d4556fb8f90b68c",
    ("ace2005", "bracket"): "93cfe4524a2f6bae",
    ("ace2005", "xml"): "b84bf3e9c7c198fa",
    ("ace2005", "grouped-json"): "f0f85f41eb29111b",
    ("ace2005", "occurrence-json"): "0170405878cac616",
    ("ace2005", "offset-json"): "c962c86eda2e1be7",
    ("genia", "bracket"): "b4bbeeca891fbbeb",
    ("genia", "xml"): "bfc5c8b9ea884873",
    ("genia", "grouped-json"): "5ddb037ec0756890",
    ("genia", "occurrence-json"): "75a73ffc0d1db048",
    ("genia", "offset-json"): "bf1e9c162aae4206",
}
"""SHA-256, first 16 digits, of the instructions in the released data; OntoNotes by the printed Table 11."""

SE = """\
Your task is to do sequence labeling with labels A, B, C, and D.
A: A collective entity such as a company, institution, brand, political or governmental body, publication, or any \
organized group of people acting as a unit.
B: A named individual, including humans, animals, fictional characters, and their aliases.
C: A geographical or spatial entity, including natural features, built structures, regions, public or commercial \
places, assorted buildings, and abstract or metaphorical places.
D: Named entities that are not persons, organizations, or locations, including derived adjectives, religions, \
ideologies, nationalities, languages, events, programs, wars, titles of works, slogans, eras, and types of objects.
Now process the input sentence:"""

SO = """\
Your task is to do sequence labeling with labels A, B, C, and D.
Now process the input sentence:"""

every_format = pytest.mark.parametrize("format", FORMATS)


@pytest.mark.parametrize(("labels", "format"), PAPER)
def test_paper_style_is_the_released_data_byte_for_byte(labels: str, format: str) -> None:
    """Five formats by four label sets."""
    made = prompt(SENTENCE, format, labels, style="paper")
    lines = made.instruction.split("\n")

    assert sha256(made.instruction.encode()).hexdigest()[:16] == PAPER[labels, format]
    assert lines.index("Label Set:") == len(lines) - 2 - len(LABEL_SETS[labels])
    assert lines[-1] == "Now process the input sentence:"
    assert made.text == f"{made.instruction}\n{SENTENCE}"


def test_paper_style_of_ace_in_offsets() -> None:
    """One whole prompt, copied by hand: titles in parentheses, five lines of task."""
    assert prompt("Dan left.", "offset-json", "ace2005", style="paper").text == (
        "Your task is to identify all named entities in the input sentence and extract them with precise character "
        "offsets. Output a JSON list where each object contains:\n"
        '1. "text": the entity string.\n'
        '2. "label": the label tags defined in the Label Set below.\n'
        '3. "start": the 0-based index of the entity\'s first character.\n'
        '4. "end": the 0-based index of the first character after the entity(exclusive).\n'
        "Label Set:\n"
        "PER(person): Person entities are limited to humans. A person may be a single individual or a group.\n"
        "ORG(organization): Organization entities are limited to corporations, agencies, and other groups of people "
        "defined by an established organizational structure.\n"
        "GPE(geo-political entity): GPE entities are geographical regions defined by political and/or social groups. A "
        "GPE entity subsumes and does not distinguish between a nation, its region, its government, or its people.\n"
        "LOC(location): Location entities are limited to geographical entities such as geographical areas and "
        "landmasses, bodies of water, and geological formations.\n"
        "FAC(facility): Facility entities are limited to buildings and other permanent man-made structures and real "
        "estate improvements.\n"
        "VEH(vehicle): A vehicle entity is a physical device primarily designed to move an object from one location to "
        "another, by (for example) carrying, pulling, or pushing the transported object. Vehicle entities may or may "
        "not have their own power source.\n"
        "WEA(weapon): Weapon entities are limited to physical devices primarily used as instruments for physically "
        "harming or destroying other entities.\n"
        "Now process the input sentence:\n"
        "Dan left."
    )


@every_format
def test_paper_style_symbols(format: str) -> None:
    """The symbol variants say nothing of the format (Table 4)."""
    assert prompt("x", format, "conll2003", style="paper", symbols="explained").instruction == SE
    assert prompt("x", format, "conll2003", style="paper", symbols="only").instruction == SO


def test_paper_style_of_other_label_sets() -> None:
    """With title, with definition, with both, with neither; one and two symbols."""
    labels = LabelSet([Label("A{B}", "Some thing."), Label("C", "Other.", "see"), Label("D", title="dee"), "E"])
    lines = prompt("x", "bracket", labels, style="paper").instruction.split("\n")

    assert lines[2:-1] == ["A{B}: Some thing.", "C(see): Other.", "D(dee)", "E"]
    for names, listed in ((["X"], "A"), (["X", "Y"], "A and B"), (["X", "Y", "Z"], "A, B, and C")):
        made = prompt("x", "xml", names, style="paper", symbols="only")
        assert made.instruction.split("\n")[0] == f"Your task is to do sequence labeling with labels {listed}."


def test_our_style_whole() -> None:
    """What a user sees."""
    labels = LabelSet([Label("PER", "People.", "person"), Label("LOC")])
    assert prompt("Ann left Rome.", "xml", labels).text == (
        "Find all named entities in the input and rewrite it with each of them written as <LABEL>entity text</LABEL>.\n"
        "\n"
        "Labels:\n"
        "PER (person): People.\n"
        "LOC\n"
        "\n"
        "Rules:\n"
        "- Use these labels only, spelled as above.\n"
        "- Copy the input character for character, its own brackets, symbols and misspellings included: escape "
        "nothing.\n"
        "- Tags have no attributes, and every tag that opens is closed.\n"
        "- Entities may lie inside other entities: write the inner one, tags and all, inside the outer one.\n"
        "- If the same words are an entity under two labels, put one pair of tags around the other.\n"
        "- If there is no entity, write the input unchanged.\n"
        "- Write the answer alone: no explanation, no code fence.\n"
        "\n"
        "Examples:\n"
        "Input: the captain of the Pequod came from Nantucket\n"
        "Output: the <PER>captain of the <LOC>Pequod</LOC></PER> came from <LOC><PER>Nantucket</PER></LOC>\n"
        "\n"
        "Input: it rained for two days\n"
        "Output: it rained for two days\n"
        "\n"
        "Input: Captain Ahab left Nantucket on a Sunday\n"
        "Output: <PER>Captain Ahab</PER> left <LOC>Nantucket</LOC> on a Sunday\n"
        "\n"
        "Input: then Ahab met Starbuck\n"
        "Output: then <PER>Ahab</PER> met <PER>Starbuck</PER>\n"
        "\n"
        "Input:\n"
        "Ann left Rome."
    )


@every_format
@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("labels", [*LABEL_SETS, ("X",), ("X", "Y")])
def test_our_style_illustrates_what_the_codec_reads(format: str, nested: bool, labels: str | tuple[str, ...]) -> None:
    """The illustrations decode without issue, to nested entities, none and flat ones, the plainest last."""
    made = prompt("x", format, labels, nested=nested)
    lines = made.instruction.split("\n")
    read = [decode(answer, given, format=format, labels=labels) for given, answer in made.demonstrations]
    overlapping = [any(a != b and a.overlaps(b) for a in one.entities for b in one.entities) for one in read]

    assert [bool(prediction.entities) for prediction in read] == (
        [True, False, True, True] if nested else [False, True, True]
    )
    assert overlapping == ([True, False, False, False] if nested else [False, False, False])
    assert all(prediction.ok for prediction in read)
    assert made.shown == tuple(given for given, _ in made.demonstrations)
    assert ("- Entities never overlap" in "\n".join(lines)) == (not nested)
    assert any(line.startswith("- If there is no entity, ") for line in lines)


@every_format
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("symbols", [None, "explained", "only"])
def test_demonstrations_are_answered_by_the_codec(format: str, style: str, symbols: str | None) -> None:
    """Each answer decodes to the demonstration, in the labels that the prompt asks for."""
    made = prompt("x", format, "genia", style=style, demonstrations=[DOCUMENT], symbols=symbols)  # type: ignore[arg-type]
    given, answer = made.demonstrations[0]
    read = decode(answer, given, format=format, labels=made.labels)
    back = dict(zip(made.labels, LABEL_SETS["genia"], strict=True))

    assert given == SENTENCE
    assert {(*entity.span, back[entity.label]) for entity in read.entities} == set(DOCUMENT.entities)
    assert f"\nExamples:\nInput: {SENTENCE}\nOutput: {answer}\n\n{made.closing}" in made.instruction


def test_codec_options_reach_the_codec() -> None:
    """The order of the released GENIA lists puts the entity that ends first before the others."""
    by_end = prompt("x", "offset-json", "genia", demonstrations=[DOCUMENT], order="genia").demonstrations[0][1]

    assert by_end.index('"start": 81, "end": 85') < by_end.index('"start": 73, "end": 98')


def made(demonstrations: int) -> Prompt:
    documents = [Document("Ann left", [(0, 3, "PER")]), Document("Bob left", [(0, 3, "PER")])]
    return prompt("Cy left", "bracket", ["PER"], style="paper", demonstrations=documents[:demonstrations])


def test_messages_without_demonstrations_are_the_text() -> None:
    """One user turn holds what a fine-tuned model was trained on."""
    assert made(0).messages() == [{"role": "user", "content": made(0).text}]
    assert made(0).messages(system=True) == [
        {"role": "system", "content": made(0).instruction},
        {"role": "user", "content": "Cy left"},
    ]


def test_messages_with_demonstrations_as_turns() -> None:
    """The instruction stands once, first."""
    bare = made(0).instruction
    answers = [
        {"role": "assistant", "content": "[Ann | PER] left"},
        {"role": "user", "content": "Bob left"},
        {"role": "assistant", "content": "[Bob | PER] left"},
        {"role": "user", "content": "Cy left"},
    ]

    assert made(2).messages() == [{"role": "user", "content": f"{bare}\nAnn left"}, *answers]
    assert made(2).messages(system=True) == [
        {"role": "system", "content": bare},
        {"role": "user", "content": "Ann left"},
        *answers,
    ]


def test_messages_with_demonstrations_inline() -> None:
    """The same text as `.text`, whole or split at the input."""
    two = made(2)

    assert two.messages(demonstrations="inline") == [{"role": "user", "content": two.text}]
    assert two.messages(demonstrations="inline", system=True) == [
        {"role": "system", "content": two.instruction},
        {"role": "user", "content": "Cy left"},
    ]
    assert two.text.endswith(
        "\nPER\nExamples:\nInput: Ann left\nOutput: [Ann | PER] left\n\nInput: Bob left\nOutput: [Bob | PER] left\n\n"
        "Now process the input sentence:\nCy left"
    )


def test_document_shows_its_text_alone() -> None:
    """The gold entities do not leak into the prompt."""
    assert prompt(DOCUMENT, "xml", "genia") == prompt(SENTENCE, "xml", "genia")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"format": "braket"}, UnknownNameError, "unknown format 'braket'; did you mean 'bracket'?"),
        ({"style": "papers"}, UnknownNameError, "unknown style 'papers'; did you mean 'paper'?"),
        ({"labels": "genai"}, UnknownNameError, "unknown label set 'genai'; did you mean 'genia'?"),
        ({"symbols": "onyl"}, UnknownNameError, "unknown use of symbols 'onyl'; did you mean 'only'?"),
        ({"demonstation": []}, UnknownNameError, "unknown option of bracket 'demonstation'"),
        ({"labels": None}, DataError, "labels: a prompt needs a label set, got None"),
        ({"text": 5}, TypeError, "text: expected a str or a Document, got int 5"),
        ({"demonstrations": ["x"]}, TypeError, "demonstrations[0]: expected a Document, got str 'x'"),
        (
            {"demonstrations": [Document("x"), Document("x", [(0, 1, "Q")])]},
            DataError,
            "demonstrations[1]: labels that are not in the label set (PER, LOC): 'Q'",
        ),
        (
            {"demonstrations": [Document("abc", [(0, 2, "PER"), (1, 3, "LOC")])]},
            EncodeError,
            "demonstrations[0]: bracket cannot express",
        ),
        (
            {"demonstrations": [Document("abc", [(0, 3, "PER"), (1, 2, "LOC")])], "nested": False},
            DataError,
            "demonstrations[0]: under nested=False entities may not overlap, Entity(0, 3, 'PER') and Entity(1, 2",
        ),
    ],
)
def test_bad_arguments_are_one_clear_error(changes: dict[str, object], error: type[Exception], message: str) -> None:
    """One clear error each."""
    arguments = {"text": "x", "format": "bracket", "labels": ["PER", "LOC"]} | changes

    with pytest.raises(error) as caught:
        prompt(**arguments)  # type: ignore[arg-type]

    assert message in str(caught.value)


def test_unknown_way_of_showing_demonstrations_is_told() -> None:
    """The closest is offered."""
    with pytest.raises(UnknownNameError, match="did you mean 'inline'"):
        made(1).messages(demonstrations="inlined")  # type: ignore[arg-type]
