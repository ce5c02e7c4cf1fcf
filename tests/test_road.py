"""Choosing between several answers in one output, and reading answers in shapes that nobody asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import genner

SHAPES = Path(__file__).parent / "data" / "shapes_of_answers.jsonl"
"""Answers written down with their right reading, `gold`, before they were read; each was read wrongly once."""

TEXT = "Ann left Rome in May."


def test_of_two_answers_that_fit_alike_the_last_counts() -> None:
    """A model that answers twice means the second answer."""
    output = "<PER>Ann</PER> left Rome in May.\n\nAgain:\n\n<LOC>Ann</LOC> left Rome in May."

    assert genner.decode(output, TEXT, "xml", labels="PER,LOC").entities == ((0, 3, "LOC"),)


def test_an_answer_that_is_taken_back_does_not_count() -> None:
    """What is announced as the corrected answer counts, though it says less; the first one is named in an issue."""
    output = '{"PER": ["Ann", "May"], "LOC": ["Rome"]}\nWait, May is a month:\n{"PER": ["Ann"], "LOC": []}'
    prediction = genner.decode(output, TEXT, "grouped-json", labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"),)
    assert any("'May'" in issue.detail for issue in prediction.issues)


def test_without_a_word_of_correction_the_fuller_answer_counts() -> None:
    """A remark behind an answer that repeats a part of it takes nothing back."""
    output = '{"PER": ["Ann"], "LOC": ["Rome"]}\nThe person:\n{"PER": ["Ann"], "LOC": []}'
    prediction = genner.decode(output, TEXT, "grouped-json", labels="PER,LOC")

    assert [entity.label for entity in prediction.entities] == ["PER", "LOC"]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["id"]) for case in map(json.loads, SHAPES.read_text("utf-8").splitlines())]
)
def test_an_answer_in_another_shape_is_read_as_a_careful_reader_would(case: dict[str, Any]) -> None:
    labels = [genner.Label(**label) if isinstance(label, dict) else label for label in case["labels"]]
    prediction = genner.decode(case["output"], case["source"], case["format"], labels=labels)

    readings = [sorted(map(tuple, reading)) for reading in (case["gold"], *case.get("also_ok", ()))]
    assert sorted(map(tuple, prediction.entities)) in readings, prediction


def test_a_copy_without_marks_says_nothing_where_the_rest_of_the_output_names_entities() -> None:
    """A model that quotes the text before it lists the entities does not say that there are none."""
    output = f"{TEXT}\n\n- Ann (PER)\n- Rome (LOC)"

    assert genner.decode(output, TEXT, "xml", labels="PER,LOC").entities == ((0, 3, "PER"), (9, 13, "LOC"))


TAGGED = [
    ("Ann", "B-PER"),
    ("Reed", "I-PER"),
    ("met", "O"),
    ("Bob", "B-PER"),
    ("in", "O"),
    ("Rome", "B-LOC"),
    (".", "O"),
    ("Bob", "B-PER"),
    ("left", "O"),
    (".", "O"),
]


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "tags"])
@pytest.mark.parametrize("form", ["{}/{}", "{}_{}", "{}|{}", "{}({})", "{} [{}]", '["{}", "{}"]'])
def test_tokens_with_tags_are_no_marked_copy(form: str, format: str | None) -> None:
    """Tags of tokens outside of entities, too, are tags: nothing between two of them is a mention."""
    tagged = [form.format(*pair) for pair in TAGGED]
    output = f"[{', '.join(tagged)}]" if form.startswith("[") else " ".join(tagged)

    prediction = genner.decode(output, "Ann Reed met Bob in Rome. Bob left.", format, labels="PER,LOC")

    assert prediction.entities == ((0, 8, "PER"), (13, 16, "PER"), (20, 24, "LOC"), (26, 29, "PER"))


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "tags", "code"])
@pytest.mark.parametrize("mark", ["[{1}: {0}]", "{{{1}: {0}}}"])
def test_a_marked_copy_is_one_answer_though_each_of_its_marks_is_json(mark: str, format: str | None) -> None:
    """A mention that is marked twice is no second answer, which would take the place of the first."""
    mentions = [("Ann Reed", "PER"), ("Bob", "PER"), ("Rome", "LOC"), ("Bob", "PER"), ("Acme", "ORG")]
    output = "{} met {} in {}. {} left {}.".format(*(mark.format(*mention) for mention in mentions))
    prediction = genner.decode(output, "Ann Reed met Bob in Rome. Bob left Acme.", format, labels="PER,LOC,ORG")

    assert [(prediction.surface(entity), entity.label) for entity in prediction] == mentions


@pytest.mark.parametrize("around", ["{}", "Sure! Here it is:\n\n{}", "{}\n\nI hope this helps."])
def test_an_escaped_answer_is_read_among_other_text(around: str) -> None:
    """A JSON string that holds the answer may follow a preamble."""
    answer = json.dumps(json.dumps([{"text": "Ann", "label": "PER"}, {"text": "Rome", "label": "LOC"}]))
    prediction = genner.decode(around.format(answer), TEXT, "occurrence-json", labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"), (9, 13, "LOC"))


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "tags", "code"])
def test_a_strict_copy_counts_whatever_was_asked_for(format: str | None) -> None:
    """Brackets with bars may be read as lists of JSON as well, but a comma in a mention would cut it."""
    output = "[Paris, Texas | LOC]-based [Johnson & Johnson | ORG] left."
    prediction = genner.decode(output, "Paris, Texas-based Johnson & Johnson left.", format, labels="LOC,ORG")

    assert prediction.entities == ((0, 12, "LOC"), (19, 36, "ORG"))


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "tags", "code"])
def test_labels_in_front_of_their_mentions_are_no_part_of_the_text(format: str | None) -> None:
    """A label that the text has as a word, too, does not make the mention behind it a label."""
    output = "The [protein | PU.1 protein] binds [DNA | GATA sites] in [cell_type | T cells]."
    prediction = genner.decode(
        output, "The PU.1 protein binds GATA sites in T cells.", format, labels="protein,DNA,cell_type"
    )

    assert [prediction.surface(entity) for entity in prediction] == ["PU.1 protein", "GATA sites", "T cells"]


@pytest.mark.parametrize("format", [None, *genner.FORMATS, "lines", "code"])
def test_a_copy_with_nested_marks_counts_whatever_was_asked_for(format: str | None) -> None:
    """Read as pieces of JSON, the outer mention would be cut in two."""
    output = "[Rapla | LOC] maakonna suurim [AS [Rapla | LOC] Veod | ORG] on hea ."
    prediction = genner.decode(output, "Rapla maakonna suurim AS Rapla Veod on hea .", format, labels="LOC,ORG")

    assert [prediction.surface(entity) for entity in prediction] == ["Rapla", "AS Rapla Veod", "Rapla"]


@pytest.mark.parametrize("format", ["bracket", "xml"])
def test_valid_json_is_read_as_json_though_its_brackets_could_be_marks(format: str) -> None:
    output = '[["张三", "PER"], ["联合国", "ORG"]]'
    prediction = genner.decode(output, "张三会见了联合国代表。", format, labels="PER,ORG")

    assert prediction.entities == ((0, 2, "PER"), (5, 8, "ORG"))


@pytest.mark.parametrize("format", ["bracket", "xml"])
@pytest.mark.parametrize(
    "output", ['[["IL-2", "PROTEIN"], ["T cells", "CELL"]]', '{"PROTEIN": ["IL-2"], "CELL": ["T cells"]}']
)
def test_a_label_inside_a_mention_of_a_json_answer_marks_nothing(format: str, output: str) -> None:
    """Read as marks, the last word of `T cells` would be the label of the first."""
    prediction = genner.decode(output, "IL-2 is in T cells.", format, labels="PROTEIN,CELL")

    assert prediction.entities == ((0, 4, "PROTEIN"), (11, 18, "CELL"))


def test_lines_that_name_inner_mentions_in_brackets_are_no_copy() -> None:
    """Only a copy without changes goes before lines, which may follow the order of the text as well."""
    output = (
        "University of Oslo (ORG) [contains: Oslo (LOC)]\nBank of England (ORG) [contains: England (LOC)]\nAnn (PER)"
    )
    text = "She left the University of Oslo for the Bank of England with Ann."
    prediction = genner.decode(output, text, "lines", labels="PER,ORG,LOC")

    found = [prediction.surface(entity) for entity in prediction]
    assert found == ["University of Oslo", "Oslo", "Bank of England", "England", "Ann"]


@pytest.mark.parametrize("format", ["bracket", "xml"])
def test_a_list_of_mentions_with_labels_is_no_copy_with_guessed_mentions(format: str) -> None:
    """Where a list can be read, no beginning of a mention has to be guessed."""
    output = "IL-2 promoter (DNA), Jurkat T-cell line (cell_line)."
    prediction = genner.decode(
        output, "The IL-2 promoter is active in Jurkat T-cell line.", format, labels="DNA,cell_line"
    )

    assert prediction.entities == ((4, 17, "DNA"), (31, 49, "cell_line"))


def test_a_format_without_an_issue_is_the_one_of_the_answer() -> None:
    """Another format may find more in an answer that is right in its own."""
    prediction = genner.decode("<person>Ann</person> ? ? Ugh", "Ann ? ? Ugh", labels="person")

    assert (prediction.format, prediction.entities) == ("xml", ((0, 3, "person"),))

    text = "CODE_BLOCK : A_6556 ( code omitted )"
    prediction = genner.decode(f"[{text} | Code_Block]", text, labels=["Code_Block"])

    assert (prediction.format, prediction.entities) == ("bracket", ((0, len(text), "Code_Block"),))


@pytest.mark.parametrize(
    ("answer", "format"),
    [
        ('```json\n{"PER": ["Ann"], "LOC": ["Rome"]}\n```', "grouped-json"),
        ("- **Ann** (PER)\n- **Rome** (LOC)", "lines"),
        ("[Ann | PER] left [Rome | LOC]", "bracket"),
    ],
)
def test_the_format_is_found_without_a_text_too(answer: str, format: str) -> None:
    """Where no mention can have a place, mentions without one are what a format finds."""
    prediction = genner.decode(answer, labels="PER,LOC")

    found = [*map(prediction.surface, prediction), *(mention.text for mention in prediction.unplaced)]
    assert (prediction.format, found) == (format, ["Ann", "Rome"])


def test_equal_mentions_at_two_places_of_a_copy_are_two_entities() -> None:
    """What a copy marks twice is repeated only where both marks are at one place."""
    prediction = genner.decode("<LOC><PER>[</PER></LOC><LOC><PER>[</PER></LOC>\n", "[[", "xml", labels="PER,LOC")

    assert prediction.entities == ((0, 1, "LOC"), (0, 1, "PER"), (1, 2, "LOC"), (1, 2, "PER"))


@pytest.mark.parametrize("format", [None, "lines", "bracket", "grouped-json"])
@pytest.mark.parametrize(
    "announced",
    ["**Final Answer:**", "### Answer", "Output:", "Thus:", "So the answer is", "Putting it all together:", "Final:"],
)
def test_reasoning_before_an_announced_answer_is_no_part_of_it(announced: str, format: str | None) -> None:
    """Reasoning weighs mentions that the answer leaves out."""
    text = "The European Commission said on Thursday it disagreed with German advice."
    output = (
        '"The European Commission" may be an organization: European Commission -> ORG.\n'
        f"- Thursday: MISC? No, a date.\n\n{announced}\n- European Commission: ORG\n- German: MISC"
    )

    prediction = genner.decode(output, text, format, labels="PER,ORG,LOC,MISC")

    assert prediction.entities == ((4, 23, "ORG"), (59, 65, "MISC"))
    assert "extra_text" in {issue.kind for issue in prediction.issues}


@pytest.mark.parametrize("format", [None, "lines", "bracket"])
def test_headings_that_announce_parts_of_an_answer_hide_none_of_them(format: str | None) -> None:
    """Only one announcement, or a final one, says that the answer begins there."""
    output = "Sentence 1\nOutput:\n- Ann: PER\n\nSentence 2\nOutput:\n- Rome: LOC"

    prediction = genner.decode(output, "Ann left. Rome fell.", format, labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"), (10, 14, "LOC"))


@pytest.mark.parametrize("format", [None, "lines", "bracket", "grouped-json"])
@pytest.mark.parametrize(
    "mark", ['"Smith" (PER)', "`Smith` (PER)", "**Smith** (PER)", "«Smith» (PER)", "[Smith | PER]"]
)
def test_words_before_the_only_mark_of_a_copy_are_no_mention(mark: str, format: str | None) -> None:
    """In a line of a list they would be one."""
    text = "Fans of Ann Reed say hello to Smith."

    prediction = genner.decode(f"Fans of Ann Reed say hello to {mark}.", text, format, labels="PER,ORG")

    assert prediction.entities == ((30, 35, "PER"),)


@pytest.mark.parametrize("format", [None, "lines", "bracket"])
def test_a_changed_copy_with_marks_is_no_list(format: str | None) -> None:
    """A word in upper case changes the copy, and the mention before the mark is none."""
    prediction = genner.decode("Who Ships [NOAH | PER] and Ann?", "Who ships Noah and Ann?", format, labels="PER,ORG")

    assert prediction.entities == ((10, 14, "PER"),)


@pytest.mark.parametrize("format", [None, "lines", "bracket", "grouped-json"])
def test_json_that_repeats_the_text_is_no_list_of_lines(format: str | None) -> None:
    """The text in its own string is no mention."""
    text = "Expression of the platelet GPIIb gene."
    item = {"class": "DNA", "content": "platelet GPIIb gene"}
    output = "Here it is:\n\n" + json.dumps({"text": text, "entities": [item]}, indent=2)

    assert genner.decode(output, text, format, labels="DNA,RNA").entities == ((18, 37, "DNA"),)


@pytest.mark.parametrize("between", ["Wait, that is not right.", "I apologize. Here is the correct output:"])
@pytest.mark.parametrize(
    ("format", "draft", "final"),
    [
        ("grouped-json", '{"ORG": ["Ann"]}', '{"PER": ["Ann"]}'),
        ("occurrence-json", '[{"text": "Ann", "label": "ORG"}]', '[{"text": "Ann", "label": "PER"}]'),
        ("code", '[ORG(span="Ann"), LOC(span="Rome")]', '[PER(span="Ann")]'),
    ],
)
def test_a_corrected_answer_replaces_the_one_before(format: str, draft: str, final: str, between: str) -> None:
    """Pieces of one answer are joined, and what names a mention anew after words of correction is none."""
    prediction = genner.decode(f"{draft}\n\n{between}\n{final}", "Ann left Rome.", format, labels="PER,ORG,LOC")

    assert prediction.entities == ((0, 3, "PER"),)


@pytest.mark.parametrize(
    "turn",
    ["<|im_start|>user\n", "<|start_header_id|>user<|end_header_id|>\n", "<start_of_turn>user\n", "<|user|>\n"],
)
def test_a_turn_that_the_model_invents_for_its_user_is_no_part_of_the_answer(turn: str) -> None:
    """A turn of the user behind an answer begins another example."""
    output = f"1. **Ann** - PER\n{turn}Bob sued ANN.\n1. **ANN** - ORG\n2. **Bob** - PER"

    prediction = genner.decode(output, "Ann left.", "lines", labels="PER,ORG")

    assert (prediction.entities, prediction.unplaced) == (((0, 3, "PER"),), ())


@pytest.mark.parametrize(
    "output",
    [
        'entities = []\nentities.append(EntityType.PER("Hank"))',
        '[PEREntity(span="Hank")]',
        '[PER_Mention(span="Hank")]',
        'Entity(text="Hank", label="PER")',
    ],
)
def test_the_class_or_the_argument_of_a_call_names_the_label(output: str) -> None:
    """An argument does so even where the class is a label, too."""
    prediction = genner.decode(output, "Doctor Hank came.", "code", labels="entity,PER")

    assert prediction.entities == ((7, 11, "PER"),)


def test_a_prompt_that_is_repeated_with_its_turns_hides_no_answer() -> None:
    """The turn of the user at the beginning of an output is not invented."""
    output = "<|im_start|>user\nAnn left.<|im_end|>\n<|im_start|>assistant\n- Ann: PER"

    assert genner.decode(output, "Ann left.", "lines", labels="PER,ORG").entities == ((0, 3, "PER"),)


def test_what_is_set_aside_around_an_answer_in_form_is_reported() -> None:
    """Reasoning and fences are no part of it, and neither is left out without a word."""
    output = '<think>Ann?</think>\n```json\n{"PER": ["Ann"]}\n```'

    prediction = genner.decode(output, "Ann left.", "grouped-json", labels="PER")

    assert prediction.entities == ((0, 3, "PER"),)
    assert [issue.detail for issue in prediction.issues] == ["reasoning", "code fences (2 times)"]


def test_two_tagged_tokens_outside_tell_tags_from_marks() -> None:
    """A bracket or slash next to a label would be a mark in a copy otherwise."""
    prediction = genner.decode("Ann/B-PER left/O Rome/B-LOC ./O", "Ann left Rome .", "bracket", labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"), (9, 13, "LOC"))


@pytest.mark.parametrize("mention", ["[/INST]", "a </think> b"])
def test_a_mark_of_reasoning_in_a_string_of_json_in_a_string_ends_no_reasoning(mention: str) -> None:
    """The quotes before it are escaped; taken for reasoning, it hid the whole answer."""
    output = json.dumps(json.dumps([{"text": mention, "label": "PER"}, {"text": "Ann", "label": "PER"}]))

    prediction = genner.decode(output, "Ann left.", "occurrence-json", labels="PER")

    assert prediction.entities == ((0, 3, "PER"),)
    assert len(prediction.unplaced) == 1
