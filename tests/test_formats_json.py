"""JSON answers: described by fields, read fast when they are clean, and in every shape when they are not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

import genner
from genner.formats.json.items import Field, JsonItems
from genner.formats.registry import get_codec
from genner.testing.laws import is_accounted_for
from genner.types import Document, Entity

TEXT = "Ann Reed and Bob joined Acme in Oslo."
LABELS = ["PER", "ORG", "LOC"]
MARKS = "[]{}\",:'"
PAIRS = [("Ann Reed", "PER"), ("Bob", "PER"), ("Acme", "ORG"), ("Oslo", "LOC")]
ENTITIES = [Entity(TEXT.index(text), TEXT.index(text) + len(text), label) for text, label in PAIRS]
FORMATS = ["grouped-json", "occurrence-json", "offset-json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(JsonItems):
    """A made-up format with other keys, in another order and without positions."""

    name: ClassVar[str] = "brief"
    fields: ClassVar[tuple[Field, ...]] = (Field("label", "kind"), Field("text", "words"))


def items(text: str, label: str) -> list[dict[str, Any]]:
    return [{text: surface, label: name} for surface, name in PAIRS]


SHAPES = {
    "items": items("text", "label"),
    "other keys": items("entity", "type"),
    "mentions under value": items("value", "name"),
    "pairs": [[text, label] for text, label in PAIRS],
    "turned pairs": [[label, text] for text, label in PAIRS],
    "flat list": [part for pair in PAIRS for part in pair],
    "columns": {"text": [text for text, _ in PAIRS], "label": [label for _, label in PAIRS]},
    "groups": {"PER": ["Ann Reed", "Bob"], "ORG": ["Acme"], "LOC": ["Oslo"]},
    "numbered groups": {"PER": {"1": "Ann Reed", "2": "Bob"}, "ORG": {"1": "Acme"}, "LOC": {"1": "Oslo"}},
    "groups of items": {"PER": [{"text": "Ann Reed"}, {"text": "Bob"}], "ORG": [{"text": "Acme"}], "LOC": ["Oslo"]},
    "mentions as keys": {"PER": {"Ann Reed": 1, "Bob": 1}, "ORG": {"Acme": 1}, "LOC": {"Oslo": 1}},
    "mention to label": dict(PAIRS),
    "label to mention": [{label: text} for text, label in PAIRS],
    "mention to item": {text: {"label": label} for text, label in PAIRS},
    "strings": [f"{text} ({label})" for text, label in PAIRS],
    "strings with the label first": [f"{label}: {text}" for text, label in PAIRS],
    "JSON in strings": [json.dumps(item) for item in items("text", "label")],
    "wrapped": {"text": TEXT, "labels": LABELS, "entities": items("text", "label")},
    "label and list": [{"label": label, "entities": [text]} for text, label in PAIRS],
    "scored labels": [{"text": text, "label": {label: 0.9}} for text, label in PAIRS],
    "one level down": [{"value": {"text": text, "labels": [label]}} for text, label in PAIRS],
    "children": [{"text": "Ann Reed", "label": "PER", "children": items("text", "label")[1:]}],
    "row numbers": [{"id": at, "text": text, "label": label} for at, (text, label) in enumerate(PAIRS, 1)],
    "relations": {"entities": items("text", "label"), "relations": [{"head": "Bob", "tail": "Acme", "type": "ORG"}]},
    "joined names": {"PER": ["Ann Reed; Bob"], "ORG": ["Acme (a company)"], "LOC": ["Oslo"]},
    "two lists": [[text for text, _ in PAIRS], [label for _, label in PAIRS]],
    "offsets in groups": {"PER": [[0, 8], [13, 16]], "ORG": [[24, 28]], "LOC": [[32, 36]]},
    "mention to labels": {text: [label] for text, label in PAIRS},
    "labels with scores": [{"mention": text, "types": [{"label": label, "score": 0.9}]} for text, label in PAIRS],
    "mentions in tags": [{"text": f"<{label}>{text}</{label}>", "label": label} for text, label in PAIRS],
    "numbered mentions": {"PER": ["1. Ann Reed", "2. Bob"], "ORG": ["1. Acme"], "LOC": ["1. Oslo"]},
    "pairs by number": {"entities": {f"T{at}": [label, text] for at, (text, label) in enumerate(PAIRS)}},
    "lists in strings": {"PER": "1. Ann Reed\n2. Bob", "ORG": "- Acme", "LOC": "* Oslo"},
    "mention to scores": {text: {label: 0.9} for text, label in PAIRS},
    "misspelt labels": {"PERR": ["Ann Reed", "Bob"], "OGR": ["Acme"], "LO": ["Oslo"]},
    "spaces around mentions": {"PER": [" Ann Reed ", "Bob "], "ORG": [" Acme"], "LOC": ["Oslo\n"]},
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_entities(format: str, shape: str) -> None:
    prediction = get_codec(format).decode(json.dumps(SHAPES[shape]), TEXT, labels=LABELS)

    assert list(prediction.entities) == ENTITIES
    assert not prediction.unplaced


@pytest.mark.parametrize("shape", ["items", "pairs", "turned pairs", "columns", "groups of items", "wrapped"])
def test_unknown_labels_are_kept_in_every_shape(shape: str) -> None:
    answer = json.dumps(SHAPES[shape]).replace("LOC", "CITY")
    prediction = get_codec("offset-json").decode(answer, TEXT, labels=["PER", "ORG", "LOC"])

    assert prediction.entities[-1] == Entity(32, 36, "CITY")


def test_writes_what_the_fields_say() -> None:
    document = Document(TEXT, ENTITIES)
    output = Brief().encode(document)

    assert output.startswith('[{"kind": "PER", "words": "Ann Reed"}, ')
    assert Brief().decode(output, TEXT).entities == document.entities
    assert Brief().decode(output, TEXT).ok
    assert not Brief.positional


def test_a_start_is_written_only_where_the_count_is_misread() -> None:
    text = "Annex: Ann met Ann."
    codec = get_codec("occurrence-json")
    inside, word = Document(text, [Entity(0, 3, "PER")]), Document(text, [Entity(15, 18, "PER")])

    assert '"start": 0' in codec.encode(inside)
    assert "start" not in codec.encode(word)
    assert codec.decode(codec.encode(inside), text).entities == inside.entities


@pytest.mark.parametrize("format", FORMATS)
def test_a_fence_and_a_newline_change_nothing(format: str) -> None:
    codec = get_codec(format)
    output = codec.encode(Document(TEXT, ENTITIES), labels=LABELS)
    plain = codec.decode(output, TEXT, labels=LABELS)

    for answer in (output + "\n", f"```json\n{output}\n```", json.dumps(json.loads(output), indent=2)):
        assert codec.decode(answer, TEXT, labels=LABELS).entities == plain.entities


@pytest.mark.parametrize(
    "answer",
    [
        '{"text": "Bob", "label": "PER"}\n{"text": "Acme", "label": "ORG"}',
        '["Bob", "PER"], ["Acme", "ORG"]',
        '[{"text": "Bob", "label": "PER"}]\n[{"text": "Acme", "label": "ORG"}]',
        '{"PER": ["Bob"]}\n{"ORG": ["Acme"]}',
        '"PER": ["Bob"], "ORG": ["Acme"]',
        '{\\"PER\\": [\\"Bob\\"], \\"ORG\\": [\\"Acme\\"]}',
        "{&quot;PER&quot;: [&quot;Bob&quot;], &quot;ORG&quot;: [&quot;Acme&quot;]}",
        '{"PER": "[\'Bob\']", "ORG": "[\\"Acme\\"]"}',
        '{"PER": ["Bob"]}, "ORG": ["Acme"]}',
        '"annotations": [\n - "label": "PER", "text": "Bob"\n - "label": "ORG", "text": "Acme"\n]',
        '{"text": "Bob", "label": "PER", "text": "Acme", "label": "ORG"}',
        '[{"text": "Bob", "label"": "PER"}, {"text": "Acme", ""label": "ORG"}]',
        '{"PER": [“Bob”], "ORG": [\'Acme"], "LOC": []}',
        '{"PER", ["Bob"], "ORG": ["Acme"]}',
        '{"PER": ["Bob" and "Bob"], "ORG": ["Acme"]}',
        '{"PER"; ["Bob"], "ORG"; ["Acme"]}',
        '[{"text"; "Bob", "label"; "PER"}, {"text"; "Acme", "label"; "ORG"}]',
        '[{"text" "Bob", "label" "PER"}, {"text": "Acme", "label" "ORG"}]',
        '{"PER": ["Bob", "bob", "BOB"], "ORG": ["Acme"]}',
        '[{"text": "Bob", "label": "PER"}, ]"text": "Acme", "label": "ORG"}]',
    ],
)
def test_pieces_and_escapes_are_put_together(answer: str) -> None:
    prediction = get_codec("grouped-json").decode(answer, TEXT, labels=LABELS)

    assert list(prediction.entities) == ENTITIES[1:3]
    assert not prediction.ok


def test_what_else_an_item_says_is_kept() -> None:
    answer = '[{"text": "Bob", "label": "PER", "confidence": 0.9, "attributes": {"role": "guest of Acme"}}]'
    prediction = get_codec("offset-json").decode(answer, TEXT, labels=LABELS)

    assert dict(prediction.details[ENTITIES[1]]) == {"confidence": 0.9, "attributes": {"role": "guest of Acme"}}
    assert list(prediction.entities) == [ENTITIES[1]]


@pytest.mark.parametrize("labels", [["name", "value", "type"], ["text", "label", "start"]])
def test_labels_may_be_named_like_keys(labels: list[str]) -> None:
    answer = json.dumps({labels[0]: ["Bob"], labels[1]: ["Acme"], labels[2]: ["Oslo"]}, indent=1)
    prediction = get_codec("grouped-json").decode(answer, TEXT, labels=labels)

    assert [entity.label for entity in prediction.entities] == labels


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_live_reading_gives_what_the_whole_answer_gives(format: str, size: int) -> None:
    codec = get_codec(format)
    output = codec.encode(Document(TEXT, ENTITIES), labels=LABELS)
    stream = codec.stream(TEXT, labels=LABELS)
    given = [entity for at in range(0, len(output), size) for entity in stream.feed(output[at : at + size])]

    assert given == list(stream.finish().entities) == ENTITIES


def slips(output: str) -> list[str]:
    """Return an output with one character less, one mark doubled, one more, or one in place of another."""
    found = []
    for at, char in enumerate(output):
        found.append(output[:at] + output[at + 1 :])
        if char in MARKS:
            found.append(output[:at] + char + output[at:])
        for mark in MARKS:
            found.append(output[:at] + mark + output[at:])
            if char in MARKS:
                found.append(output[:at] + mark + output[at + 1 :])
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_one_slip_hides_no_mention(format: str) -> None:
    codec = get_codec(format)
    document = Document(TEXT, ENTITIES)
    for output in slips(codec.encode(document, labels=LABELS)):
        prediction = codec.decode(output, TEXT, labels=LABELS)
        lost = [TEXT[start:end] for start, end, _ in set(ENTITIES) - set(prediction.entities)]

        assert format == "grouped-json" or len(lost) <= 1, (output, prediction)
        for mention in lost:
            assert f'"{mention}"' not in output or is_accounted_for(prediction, mention, output), (output, prediction)


def test_a_number_inside_a_string_is_no_offset() -> None:
    answer = '{"protein": [["NF-kappa B p65", "p65"]], "DNA": ["IL-2 promoter"]}'
    text = "NF-kappa B p65 binds the IL-2 promoter."
    prediction = get_codec("grouped-json").decode(answer, text, labels=["protein", "DNA"])

    assert {text[start:end] for start, end, _ in prediction.entities} == {"NF-kappa B p65", "p65", "IL-2 promoter"}


def test_sentences_with_their_items_are_no_mentions() -> None:
    text = "Bob left. Acme stayed."
    answer = (
        '{"sentences": [{"text": "Bob left.", "entities": [{"text": "Bob", "label": "PER"}]}, '
        '{"text": "Acme stayed.", "entities": [{"text": "Acme", "label": "ORG"}]}]}'
    )
    prediction = get_codec("occurrence-json").decode(answer, text, labels=LABELS)

    assert prediction.entities == (Entity(0, 3, "PER"), Entity(10, 14, "ORG"))
    assert not prediction.unplaced


@pytest.mark.parametrize(
    "listed", ['"Kim, Lee", Q/A Team"', '"Kim, Lee",  | "Q/A Team"', '"Kim, Lee", <PER>"Q/A Team"']
)
def test_strings_next_to_a_lost_quote_are_not_cut_at_their_own_commas(listed: str) -> None:
    text = "Kim, Lee saw the Q/A Team"
    prediction = get_codec("grouped-json").decode(f'{{"ORG": [{listed}]}}', text, labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == ["Kim, Lee", "Q/A Team"]


@pytest.mark.parametrize(
    "written", ["<PER>Bob</PER>", "- Bob", "Bob (PER)", "Bob [17:20]", "Bob - a person", "Bob -> PER"]
)
def test_a_mention_is_freed_of_its_remarks_in_every_shape(written: str) -> None:
    """What decorates a mention is no part of it, be it a string of a list or the value of an item."""
    shapes: list[object] = [
        {"PER": [written]},
        {"PER": written},
        [{"text": written, "label": "PER"}],
        [[written, "PER"]],
    ]
    for shape in shapes:
        prediction = genner.decode(json.dumps(shape), TEXT.replace("Ann Reed and ", ""), "grouped-json", labels=LABELS)

        assert [(prediction.surface(entity), entity.label) for entity in prediction.entities] == [("Bob", "PER")]
        assert not prediction.unplaced


@pytest.mark.parametrize("filler", ["", " and so on" * 2_100])
@pytest.mark.parametrize(
    "answer",
    [
        '{"PER": ["Ann"], "PER": ["Bob"]}',
        '{"PER": ["Ann"], "LOC": ["Ann"]}',
        '{"PER": ["Ann", "Ann"]}',
        '{"PER": [" Ann"]}',
        '{"PER": ["Bob "]}',
        '{"PER": ["哈哈"]}',
        '{"PER": ["Bob", "Bob"]}',
        '{"PER": ["", "Bob"]}',
        '{"PER": ["Bo"]}',
        '{"PER": ["Ann, Bob"]}',
    ],
)
def test_a_clean_answer_is_read_as_one_in_a_fence(answer: str, filler: str) -> None:
    """The fast reader sees what it has to leave to the road, in short and in long texts."""
    text = f"Ann met Bob. Ann left. 哈哈哈 {filler}"
    clean, fenced = (
        genner.decode(each, text, "grouped-json", labels=LABELS) for each in (answer, f"```\n{answer}\n```")
    )

    assert (clean.entities, clean.unplaced) == (fenced.entities, fenced.unplaced)
    assert [issue.kind for issue in clean.issues] == [one.kind for one in fenced.issues if one.kind != "extra_text"]


def test_a_mention_that_may_come_again_is_not_given_out_in_a_long_text() -> None:
    """It is one word of the text, but listed twice it means the two parts of words before."""
    codec, text = get_codec("grouped-json"), "Anna saw Annb and Ann" + " and so on" * 2_100
    pieces = ['{"PER": ["Ann"', ', "Ann"]}']
    stream = codec.stream(text, labels=LABELS)
    for piece in pieces:
        stream.feed(piece)

    assert stream.finish().entities == codec.decode("".join(pieces), text, labels=LABELS).entities


def test_an_order_holds_through_two_labels_of_one_place() -> None:
    """Russia is a place and an organisation; what is listed behind Rome is still behind it."""
    text = "Russia and Bob met. Then Bob left Rome, and Bob slept."
    pairs = [("Russia", "LOC"), ("Russia", "ORG"), ("Rome", "LOC"), ("Bob", "PER")]
    prediction = genner.decode(
        json.dumps([{"text": mention, "label": label} for mention, label in pairs]), text, labels=LABELS
    )

    assert prediction.entities == ((0, 6, "LOC"), (0, 6, "ORG"), (34, 38, "LOC"), (44, 47, "PER"))


def test_a_mention_listed_more_often_than_the_text_has_it_takes_its_last_place_again() -> None:
    prediction = genner.decode('{"PER": ["Bob", "Bob", "Bob"]}', "Bob met Bob.", "grouped-json", labels=LABELS)

    assert prediction.entities == ((0, 3, "PER"), (8, 11, "PER"))
    assert [(issue.kind, issue.text_span) for issue in prediction.issues] == [("repeated", (8, 11))]


def test_one_wrong_offset_is_no_rule_for_all() -> None:
    """A shift that explains a single item says nothing of how the answer counts."""
    answer = '[{"text": "Bob", "label": "PER", "start": 3, "end": 6}]'
    prediction = genner.decode(answer, "Ann met Bob.", "offset-json", labels=LABELS)

    assert [issue.detail for issue in prediction.issues] == [
        "'Bob' at 3 to 6 read as 8 to 11: the nearest place that fits"
    ]


def test_a_count_from_0_is_left_to_the_road() -> None:
    prediction = genner.decode(
        '[{"text": "Bob", "label": "PER", "occurrence_index": 0}]', TEXT, "occurrence-json", labels=LABELS
    )

    assert [issue.kind for issue in prediction.issues] == ["index_repaired"]


def test_an_escape_that_the_text_has_as_it_is_written_parts_no_mention() -> None:
    """A line break parts two mentions; a backslash and an `n` of the text do not."""
    text = r"saw Ann\nBob here."
    prediction = genner.decode(r'{"PER": ["Ann\nBob"]}', text, "grouped-json", labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == [r"Ann\nBob"]


def test_what_has_no_quotes_is_not_read_as_a_mention_with_a_remark() -> None:
    """Where quotes are part of another notation, the string around them is not cut into mentions."""
    items = ", ".join(f"Entity(text='{text}', label='PER')" for text in ("Angela Merkel", "Emmanuel Macron"))
    text = "Angela Merkel met Emmanuel Macron in Berlin."
    prediction = genner.decode(f"entities=[{items}]", text, "occurrence-json", labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == ["Angela Merkel", "Emmanuel Macron"]


@pytest.mark.parametrize(
    "numbers",
    [
        {"s": 13, "e": 16},
        {"last": 15, "first": 13},
        {"bounds": {"lower": 13, "upper": 16}},
        {"mentions": [{"a": 13, "b": 16}]},
        {"index": [13, 16]},
        {"n": 2},
        {"第几次出现": 2},
    ],
)
def test_numbers_that_lead_to_the_mention_are_its_place_whatever_they_are_called(numbers: dict[str, Any]) -> None:
    """Two numbers between which the text has it are offsets; one that may be its count in every item is a count."""
    items = [{"text": "Bob", "label": "PER"} | ({"n": 1, "第几次出现": 1} if len(numbers) == 1 else {})]
    items.append({"text": "Ann", "label": "PER"} | numbers)

    prediction = genner.decode(json.dumps(items), "Ann met Bob. Ann left Ann.", "offset-json", labels=LABELS)

    assert prediction.entities == ((8, 11, "PER"), (13, 16, "PER"))


@pytest.mark.parametrize("numbers", [(1, 2), (1, 3), (7, 2)])
def test_numbers_that_may_number_the_items_or_cannot_be_counts_are_none(numbers: tuple[int, int]) -> None:
    items = [{"text": text, "label": "PER", "n": n} for text, n in zip(("Ann", "Bob"), numbers, strict=True)]

    prediction = genner.decode(json.dumps(items), "Ann met Bob. Bob left.", "offset-json", labels=LABELS)

    assert prediction.entities == ((0, 3, "PER"), (8, 11, "PER"))
    assert {details["n"] for details in prediction.details.values()} == set(numbers)


def test_a_bracket_alone_is_a_mention() -> None:
    prediction = get_codec("grouped-json").decode('{"PER": ["["]}', TEXT, labels=LABELS)

    assert [mention.text for mention in prediction.unplaced] == ["["]


def test_a_word_alone_on_a_line_of_valid_json_is_no_answer() -> None:
    """`json.loads` reads Infinity, so the indented array is all there is, and its `null` says nothing."""
    tree = {"label": [float("inf"), "0", None]}
    plain, indented = (
        get_codec("occurrence-json").decode(json.dumps(tree, indent=indent), "ab", labels="PER") for indent in (None, 2)
    )

    assert (indented.entities, indented.unplaced) == (plain.entities, plain.unplaced)


@pytest.mark.parametrize("format", ["xml", "grouped-json", "occurrence-json"])
@pytest.mark.parametrize(
    "output",
    [
        "<PER><item>Ann</item><item>Bob</item></PER>\n<LOC><item>Rome</item></LOC>",
        "<entity><type>PER</type><name>Ann</name></entity><entity><type>LOC</type><name>Rome</name></entity>"
        "<entity><type>PER</type><name>Bob</name></entity>",
        '<ner><e label="PER" text="Ann"/><e label="LOC" text="Rome"/><e label="PER" text="Bob"/></ner>',
        "<entities><PER><name>Ann</name></PER><LOC><name>Rome</name></LOC><PER><name>Bob</name></PER></entities>",
    ],
)
def test_xml_that_holds_data_is_read_as_json_is(format: str, output: str) -> None:
    """Elements inside elements are no marks: what is nested in them says which label a mention has."""
    prediction = genner.decode(output, "Ann left Rome with Bob.", format, labels="PER,LOC")

    assert prediction.entities == (Entity(0, 3, "PER"), Entity(9, 13, "LOC"), Entity(19, 22, "PER"))


def test_a_mention_without_a_count_takes_a_place_that_no_other_states() -> None:
    """The first of two carries a count, the second was written without."""
    output = '[{"text": "Ann", "label": "PER", "occurrence_index": 1}, {"text": "Ann", "label": "PER"}]'

    assert genner.decode(output, "Ann met Ann.", "occurrence-json", labels="PER").entities == (
        (0, 3, "PER"),
        (8, 11, "PER"),
    )


def test_a_mention_that_looks_like_reasoning_is_kept_in_an_escaped_answer() -> None:
    """What is set aside before an answer is read comes back where it was inside a string."""
    output = '"[{\\"text\\": \\"<THINK>\\\\\\"\\", \\"label\\": \\"planet\\"}]"'

    prediction = genner.decode(output, "Ann met Bob.", "occurrence-json", labels="PER")

    assert [(mention.text, mention.label) for mention in prediction.unplaced] == [('<THINK>"', "planet")]


def test_a_mention_that_is_listed_again_takes_no_part_of_a_word() -> None:
    """Its only place is taken, so it is named once more there."""
    output = '[{"text": "t", "label": "X", "occurrence_index": 1}, {"text": "t", "label": "X"}]'

    assert genner.decode(output, "But t left.", "occurrence-json", labels="X").entities == ((4, 5, "X"),)


def test_an_answer_that_says_the_same_again_is_no_second_part() -> None:
    """A model in a loop repeats its answer; the text has the mention twice all the same."""
    output = 'Answer 1: {"PER": ["Ann"]}\nAnswer 2: {"PER": ["Ann"]}'

    assert genner.decode(output, "Ann met Ann.", "grouped-json", labels="PER").entities == ((0, 3, "PER"),)


def test_a_long_remark_is_kept_with_its_mention() -> None:
    """What is mostly other words is no mention with a remark; a short remark is taken off."""
    long = genner.decode('{"PER": ["Ann = a person of whom not very much is known here"]}', "Ann left.", "grouped-json")
    short = genner.decode('{"PER": ["Ann = a person"]}', "Ann left.", "grouped-json")

    assert (long.entities, len(long.unplaced)) == ((), 1)
    assert short.entities == ((0, 3, "PER"),)


def test_a_marked_copy_is_no_xml_with_data() -> None:
    """Text next to elements is the text that is marked."""
    output = "The <ORG>University of <LOC>Oslo</LOC></ORG>"

    prediction = genner.decode(output, "The University of Oslo", "grouped-json", labels="ORG,LOC")

    assert prediction.entities == ((4, 22, "ORG"), (18, 22, "LOC"))


@pytest.mark.parametrize("mention", ['{0"', "[0", "{Ann", '["Ann'])
@pytest.mark.parametrize("is_encoded", [False, True])
def test_a_mention_that_begins_like_json_is_a_mention(mention: str, is_encoded: bool) -> None:
    """It is no JSON in a string, from which nothing would be read, also where the whole answer is in a string."""
    output = json.dumps([{"text": mention, "label": "planet"}])
    if is_encoded:
        output = json.dumps(output)

    prediction = genner.decode(output, "Bob left.", "occurrence-json", labels=["planet", "PER"])

    assert [(one.text, one.label) for one in prediction.unplaced] == [(mention, "planet")]


@pytest.mark.parametrize("inner", ['{"entities": []}', '{"PER": []}', "[]"])
def test_an_empty_answer_in_the_text_of_a_message_is_empty(inner: str) -> None:
    """What holds the answer has a text like an item; it names no label and is no mention."""
    prediction = genner.decode(json.dumps({"type": "text", "text": inner}), "Bob left.", "grouped-json", labels="PER")

    assert not prediction.entities
    assert not prediction.unplaced


def test_an_item_may_have_the_whole_text_as_its_mention() -> None:
    """Only next to a list of mentions is the whole text an echo of the input."""
    prediction = genner.decode('{"text": "Ann", "label": "PER"}', "Ann", "occurrence-json", labels="PER,LOC")

    assert prediction.entities == ((0, 3, "PER"),)
