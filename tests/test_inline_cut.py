"""Marked copies that the end of the output cuts off: what is kept, and what is named in an issue."""

from __future__ import annotations

import pytest

from genner import decode

LABELS = ["PER", "LOC", "ORG"]

ANSWERS = [
    (
        "bracket",
        "[Ann Reed | PER¦] left [New York | LOC¦] (the city) for [Rome | LOC¦].",
        "Ann Reed left New York (the city) for Rome.",
    ),
    (
        "bracket",
        "The [1] [University of [Oslo | LOC¦] | ORG¦] [2] hired [Ann | PER¦] [3].",
        "The [1] University of Oslo [2] hired Ann [3].",
    ),
    (
        "bracket",
        "a <b> [Ann | PER¦] saw <i>[Rome | LOC¦]</i> & x|y | PER] [Bob | PER¦].",
        "a <b> Ann saw <i>Rome</i> & x|y | PER] Bob.",
    ),
    ("bracket", "  [Ann | PER¦] met [Bob | PER¦]\nin [Rome | LOC¦]  ", "  Ann met Bob\nin Rome  "),
    (
        "xml",
        "<PER>Ann Reed</¦PER> left <LOC>New York</¦LOC> (the city) for <LOC>Rome</¦LOC>.",
        "Ann Reed left New York (the city) for Rome.",
    ),
    (
        "xml",
        "The [1] <ORG>University of <LOC>Oslo</¦LOC></¦ORG> [2] hired <PER>Ann</¦PER> [3].",
        "The [1] University of Oslo [2] hired Ann [3].",
    ),
    (
        "xml",
        "a <b> <PER>Ann</¦PER> saw <i><LOC>Rome</L¦OC></i> & x|y | PER] <PER>Bob</¦PER>.",
        "a <b> Ann saw <i>Rome</i> & x|y | PER] Bob.",
    ),
    ("xml", "  <PER>Ann</¦PER> met <PER>Bob</¦PER>\nin <LOC>Rome</¦LOC>  ", "  Ann met Bob\nin Rome  "),
]
"""Answers with `¦` where no more is needed for an entity: what has begun there can only be its closing mark."""


@pytest.mark.parametrize(("format", "marked", "text"), ANSWERS)
def test_each_cut_leaves_the_entities_that_are_marked_before_it(format: str, marked: str, text: str) -> None:
    """No sooner and no later, whatever marks the text has itself, and a cut answer is never a clean one."""
    output = marked.replace("¦", "")
    places = [at - number for number, at in enumerate(at for at, char in enumerate(marked) if char == "¦")]
    entities = decode(output, text, format, labels=LABELS).entities
    ordered = sorted(entities, key=lambda entity: (entity.end, -entity.start))  # an inner mention is closed first
    for cut in range(1, len(output.rstrip())):
        prediction = decode(output[:cut], text, format, labels=LABELS)

        assert set(prediction.entities) == set(ordered[: sum(place <= cut for place in places)]), output[:cut]
        assert any(issue.kind in ("truncated", "no_answer", "syntax") for issue in prediction.issues), output[:cut]


TEXT = "Ann Reed left Rome."
PART = ("truncated", "the output copies only part of the text")


@pytest.mark.parametrize(
    ("format", "output", "mentions", "issues"),
    [
        ("bracket", "[Ann Reed | PER] le", ["Ann Reed"], [PART]),
        (
            "bracket",
            "[Ann Reed | PER] left [Ro",
            ["Ann Reed"],
            [PART, ("truncated", "'[' before 'Ro' is never closed")],
        ),
        ("bracket", "[Ann Reed | PER] left [Rome.", ["Ann Reed"], [("syntax", "'[' before 'Rome.' is never closed")]),
        (
            "bracket",
            "[Ann Reed | PER] left Rome[.",
            ["Ann Reed"],
            [("truncated", "the bracket before '.' is never closed")],
        ),
        ("xml", "<PER>Ann Reed</PER> left <L", ["Ann Reed"], [PART]),
        ("xml", "<PER>Ann Reed</PER> left <LOC>Rome</", ["Ann Reed", "Rome"], [PART]),
        (
            "xml",
            "<PER>Ann Reed</PER> left <LOC>Rome",
            ["Ann Reed"],
            [PART, ("truncated", "'LOC' before 'Rome' is never closed")],
        ),
        (
            "xml",
            "<PER>Ann Reed</PER> left <LOC>Rome.",
            ["Ann Reed"],
            [("syntax", "'LOC' before 'Rome.' is never closed")],
        ),
        (
            "xml",
            "<PER>Ann Reed</PER> left <LOC>Rome.<",
            ["Ann Reed"],
            [("truncated", "a closing mark is cut off"), ("syntax", "'LOC' before 'Rome.' is never closed")],
        ),
        ("xml", "<PER>Ann Reed<PER> left Rome.", ["Ann Reed"], [("syntax", "another notation than asked for")]),
    ],
)
def test_what_a_cut_copy_lacks_is_named(
    format: str, output: str, mentions: list[str], issues: list[tuple[str, str]]
) -> None:
    """That the text ends too soon, and each mark that nothing closes: a slip where all of the text is copied."""
    prediction = decode(output, TEXT, format, labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == mentions
    assert [(issue.kind, issue.detail) for issue in prediction.issues] == issues


def test_brackets_of_the_text_leave_several_readings_of_a_cut_copy() -> None:
    """The first is taken; what is open in it is of the text as well."""
    prediction = decode("[[a] | PER] [b] [c | PE", "[a] [b] c d", "bracket", labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == ["[a]"]
    assert [issue.kind for issue in prediction.issues] == ["truncated", "truncated"]
    assert "'[' before 'c' is never closed" in prediction.issues[1].detail


@pytest.mark.parametrize("format", ["grouped-json", "code"])
def test_a_copy_without_marks_answers_no_other_format(format: str) -> None:
    """Only where a marked copy is asked for does a copy without marks say that there are no entities."""
    assert decode("Ann | Bob left", "Ann | Bob left", "bracket", labels=LABELS).ok
    assert not decode("Ann | Bob left", "Ann | Bob left", format, labels=LABELS).ok


def test_a_whole_copy_behind_other_lines_is_ambiguous_where_brackets_of_the_text_leave_two_readings() -> None:
    prediction = decode("Sure:\n[[3H]a | PER] b", "[3H]a b", "bracket", labels=LABELS)

    assert [prediction.surface(entity) for entity in prediction] == ["[3H]a"]
    assert [issue.kind for issue in prediction.issues] == ["extra_text", "ambiguous"]
