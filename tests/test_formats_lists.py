"""What parts mentions in lists, lines and strings, in several languages; every reading is the author's own."""

from __future__ import annotations

import pytest

import genner

COMPANIES = "Apple, Google and Microsoft met Tim Cook in Cupertino, California."
GROUPS = "He likes Procter and Gamble, Johnson & Johnson and Apple."
SHIPPED = "Ship it to 221B Baker St., Apt. 4, London by Monday, June 5, 2023, with N,N-dimethylformamide."
CHINESE = "马云和马化腾昨天在深圳会面，腾讯与阿里巴巴将合作。"
JAPANESE = "山田花子は京都大学で学び、ソニーに勤めている。"
KOREAN = "김민수 씨는 부산에서 일한다."
GERMAN = "Am 3. Oktober 1990 trat der 1. FC Köln in der 2. Bundesliga an."
NAMES = "PER,ORG,LOC,DATE"
WORDS = "人名,地名,机构"

LISTS = {
    "two names of a list of the text are two": (COMPANIES, NAMES, "ORG: Apple, Google", "Apple/ORG Google/ORG"),
    "a place and its state are one": (COMPANIES, NAMES, "LOC: Cupertino, California", "Cupertino, California/LOC"),
    "names with 'and' in a comma list are whole": (
        GROUPS,
        NAMES,
        "ORG: Procter and Gamble, Johnson & Johnson, Apple",
        "Procter and Gamble/ORG Johnson & Johnson/ORG Apple/ORG",
    ),
    "so they are in a string": (
        GROUPS,
        NAMES,
        '{"ORG": "Procter and Gamble, Apple"}',
        "Procter and Gamble/ORG Apple/ORG",
    ),
    "an address is one": (SHIPPED, NAMES, "LOC: 221B Baker St., Apt. 4, London", "221B Baker St., Apt. 4, London/LOC"),
    "a date is one": (SHIPPED, NAMES, "DATE: Monday, June 5, 2023", "Monday, June 5, 2023/DATE"),
    "a comma without a space parts nothing": (
        SHIPPED,
        "DRUG",
        "DRUG: N,N-dimethylformamide",
        "N,N-dimethylformamide/DRUG",
    ),
    "ordinals of mentions number no items": (
        GERMAN,
        NAMES,
        "- 3. Oktober 1990: DATE\n- 1. FC Köln: ORG\n- 2. Bundesliga: ORG",
        "3. Oktober 1990/DATE 1. FC Köln/ORG 2. Bundesliga/ORG",
    ),
    "nor do they in rows": (
        GERMAN,
        NAMES,
        "Text,Label\n1. FC Köln,ORG\n2. Bundesliga,ORG",
        "1. FC Köln/ORG 2. Bundesliga/ORG",
    ),
    "nor in a string": (GERMAN, NAMES, '{"ORG": "1. FC Köln, 2. Bundesliga"}', "1. FC Köln/ORG 2. Bundesliga/ORG"),
    "numbers in a string are several": (
        "He wrote 185 books and 22 songs",
        "NUM",
        '{"NUM": "185, 22"}',
        "185/NUM 22/NUM",
    ),
    "a full stop parts Chinese groups": (
        CHINESE,
        WORDS,
        "人名：马云、马化腾。地名：深圳。机构：腾讯、阿里巴巴。",
        "马云/人名 马化腾/人名 深圳/地名 腾讯/机构 阿里巴巴/机构",
    ),
    "Chinese records have keys": (
        CHINESE,
        WORDS,
        "实体：马云\n类型：人名\n\n实体：深圳\n类型：地名",
        "马云/人名 深圳/地名",
    ),
    "a space parts a mention and a Chinese label": (CHINESE, WORDS, "马云 人名\n深圳 地名", "马云/人名 深圳/地名"),
    "a Japanese sentence states labels": (
        JAPANESE,
        "人名,組織",
        "「山田花子」は人名です。「京都大学」は組織です。",
        "山田花子/人名 京都大学/組織",
    ),
    "a Korean sentence states labels": (
        KOREAN,
        "인물,장소",
        "'김민수'는 인물, '부산'은 장소입니다.",
        "김민수/인물 부산/장소",
    ),
    "a name that begins with the word for no denies nothing": (
        "該廣告亦於無線、亞視播出。",
        NAMES,
        "Type: ORG\nEntity: 無線",
        "無線/ORG",
    ),
    "a number next to Thai letters is a word": (
        "ย้ำคลื่น1800อีก30%",
        "ORG,PERCENT",
        "- 30%: PERCENT",
        "30%/PERCENT",
    ),
    "offsets may be before a label and its mention": (
        "Jon met Des",
        "person",
        "0-3 person Jon\n8-11 person Des",
        "Jon/person Des/person",
    ),
    "an apostrophe may be doubled": ("Mr O'Brien left", NAMES, "PER:\n  - 'O''Brien'", "O'Brien/PER"),
    "a comment is no part of a value": (
        "Do you eat in Miramar?",
        NAMES,
        "- text: Miramar  # a city\n  label: LOC",
        "Miramar/LOC",
    ),
    "a remark on the border of a mention is no doubt": (
        COMPANIES,
        NAMES,
        'ORG: Google (not "Google and Microsoft")',
        "Google/ORG",
    ),
    "numbered remarks answer a question for one label": (
        "Tim Cook praised Ann Lee.",
        "PER",
        "1. Tim Cook: CEO of Apple\n2. Ann Lee: praised by Tim Cook",
        "Tim Cook/PER Ann Lee/PER",
    ),
    "a sentence that there are none names none": (
        COMPANIES,
        NAMES,
        "- ORG: Apple\n- DATE: There are no dates in the text.",
        "Apple/ORG",
    ),
    "a conjunction behind brackets begins no mention": (
        COMPANIES,
        NAMES,
        "实体有：Apple（ORG）、Google（ORG）和Microsoft（ORG）。",
        "Apple/ORG Google/ORG Microsoft/ORG",
    ),
    "what is no named entity is none": (
        COMPANIES,
        NAMES,
        "| Entity | Label |\n|---|---|\n| Apple | ORG |\n| met | Not a named entity |",
        "Apple/ORG",
    ),
    "one tag may be that of several words": (COMPANIES, NAMES, "met O\nTim Cook B-PER\nin O", "Tim Cook/PER"),
    "a long name of a label is no mention": (
        COMPANIES,
        NAMES,
        "ORGANIZATION (ORG): Apple\nTIME (DATE): none",
        "Apple/ORG",
    ),
}

OBJECTS = {
    "numbered keys are several items": (
        '{"entity_1": "Apple", "entity_2": "Tim Cook", "type_1": "ORG", "type_2": "PER"}',
        "Apple/ORG Tim Cook/PER",
    ),
    "an id may be the mention": (
        '{"nodes": [{"id": "Apple", "type": "ORG"}, {"id": "Tim Cook", "type": "PER"}], "edges": []}',
        "Apple/ORG Tim Cook/PER",
    ),
    "a label may be one level down": ('[{"text": "Apple", "infons": {"type": "ORG"}}]', "Apple/ORG"),
    "a text part of a message may hold the answer": (
        '{"content": [{"type": "text", "text": "{\\"ORG\\": [\\"Apple\\"]}"}]}',
        "Apple/ORG",
    ),
    "so may a parameter in XML": (
        '<invoke name="save"><parameter name="entities">{"ORG": ["Apple"]}</parameter></invoke>',
        "Apple/ORG",
    ),
    "a label may be a member of a class": ('[{"text": "Apple", "label": "EntityType.ORG"}]', "Apple/ORG"),
    "keys may have equals signs": ('[{text="Apple", label="ORG", start=0, end=5}]', "Apple/ORG"),
    "offsets may count the tokens that are listed": (
        '{"tokens": ["Apple", ",", "Google", "and", "Microsoft", "met", "Tim", "Cook", "in", "Cupertino", ",",'
        ' "California", "."], "entities": [{"start": 0, "end": 1, "type": "ORG"},'
        ' {"start": 6, "end": 8, "type": "PER"}]}',
        "Apple/ORG Tim Cook/PER",
    ),
}


def found(text: str, labels: str, output: str, format: str) -> tuple[list[str], int]:
    prediction = genner.decode(output, text, format, labels=labels)
    return [f"{prediction.surface(one)}/{one.label}" for one in prediction], len(prediction.unplaced)


@pytest.mark.parametrize("format", ["lines", "grouped-json", "offset-json"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_mentions_is_parted_as_a_reader_would(name: str, format: str) -> None:
    text, labels, output, wanted = LISTS[name]

    entities, unplaced = found(text, labels, output, format)

    assert sorted(entities) == sorted(split(wanted))
    assert unplaced == 0


@pytest.mark.parametrize("format", ["grouped-json", "occurrence-json", "offset-json"])
@pytest.mark.parametrize("name", OBJECTS)
def test_objects_around_mentions_are_read_in_more_shapes(name: str, format: str) -> None:
    output, wanted = OBJECTS[name]

    assert found(COMPANIES, NAMES, output, format) == (split(wanted), 0)


def split(wanted: str) -> list[str]:
    """Split `Tim Cook/PER Apple/ORG` behind each label."""
    parts, words = [], []
    for word in wanted.split():
        words.append(word)
        if "/" in word:
            parts.append(" ".join(words))
            words = []
    return parts


def test_a_count_may_be_a_range_or_a_phrase() -> None:
    """`1-3` names three places, `second occurrence` the second."""
    text = "Goa, Goa and Goa"
    output = '[{"text": "Goa", "label": "LOC", "occurrence_index": "%s"}]'

    ranged = genner.decode(output % "1-3", text, "occurrence-json", labels="LOC")
    second = genner.decode(output % "second occurrence", text, "occurrence-json", labels="LOC")

    assert [one.start for one in ranged] == [0, 5, 13]
    assert [one.start for one in second] == [5]


@pytest.mark.parametrize("answer", ["Annotate: {text}", "{text}"])
def test_a_prompt_that_is_repeated_behind_the_first_mark_hides_no_answer(answer: str) -> None:
    output = f"<bos><start_of_turn>user\n{answer.format(text=COMPANIES)}<end_of_turn>\n<start_of_turn>model\n"

    assert found(COMPANIES, NAMES, output + '{"ORG": ["Apple"]}<end_of_turn>', "grouped-json") == (["Apple/ORG"], 0)


@pytest.mark.parametrize("output", ["PER: Ann Reed\nORG: Orbital Dyn", "PER: Ann Reed\nLOC: Oslo\nPER: An"])
def test_a_last_line_that_is_cut_inside_a_mention_names_none(output: str) -> None:
    """The fragment is reported, and what is before it is kept."""
    prediction = genner.decode(output, "Ann Reed joined Orbital Dynamics in Oslo.", "lines", labels="PER,ORG,LOC")

    assert all(len(prediction.surface(one)) in (4, 8) for one in prediction)
    assert "truncated" in {issue.kind for issue in prediction.issues}


def test_offsets_in_words_leave_punctuation_out_that_the_mention_has_not() -> None:
    text = "So, she came up with class projects, and left."
    output = '[["she", "X", 1, 2], ["class projects", "X", 5, 7]]'

    assert found(text, "X", output, "offset-json")[0] == ["she/X", "class projects/X"]


def test_a_mention_that_begins_with_a_bracket_is_no_answer_in_a_string() -> None:
    """It is kept as a mention without a place."""
    prediction = genner.decode('[{"text": "[0", "label": "PER"}]', COMPANIES, "offset-json", labels=NAMES)

    assert [(one.text, one.label) for one in prediction.unplaced] == [("[0", "PER")]
