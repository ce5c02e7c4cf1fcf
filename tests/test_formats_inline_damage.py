"""Damaged marked copies: what one wrong mark may cost, and what it may not."""

from __future__ import annotations

import pytest

from genner import decode

LABELS = ["PER", "LOC", "ORG"]


def found(output: str, text: str, format: str, labels: list[str] | None = None) -> list[tuple[str, str]]:
    """Decode; return each entity's characters and label."""
    prediction = decode(output, text, format, labels=labels or LABELS)
    return [(text[start:end], label) for start, end, label in prediction.entities]


@pytest.mark.parametrize(
    ("format", "output", "text", "kept"),
    [
        ("bracket", "1,5 [{slo | ORG]\n[\\[Kivi] | LOC]. ", "1,5 Oslo\n[Kivi]. ", [("[Kivi]", "LOC")]),
        (
            "bracket",
            "see [Acme | PER], [</A Team | LOC] [Zoë | LOC] \n",
            "see Acme, Q/A Team Zoë ",
            [("Acme", "PER"), ("Zoë", "LOC")],
        ),
        ("marks", "@@Zoë## and @@Dr. N## @@Ø<1>##\n", "Zoë and Dr. No Ø<1>\n", [("Zoë", "PER"), ("Ø<1>", "PER")]),
        ("marks", "it @@Oslo##[\n@@[Kivi]##. ", "it Oslo\n[Kivi]. ", [("Oslo", "PER"), ("[Kivi]", "PER")]),
        ("marks", "none @@Oslo##[ @@[Kivi]## in", "none Oslo [Kivi] in", [("Oslo", "PER"), ("[Kivi]", "PER")]),
        (
            "xml",
            "<ORG>Acme</ORG> the <PER>Dr. Noo</PER>\n<PER>Ø<1></PER>\n <ORG>Zoë</ORG>",
            "Acme the Dr. No\nØ<1>\n Zoë",
            [("Acme", "ORG"), ("Ø<1>", "PER"), ("Zoë", "ORG")],
        ),
        ("lines", "Kim, Lee (LOC)\nC++ Guild (ER)\n\nDone.", "Kim, Lee\nC++ Guild ", [("Kim, Lee", "LOC")]),
        ("lines", "Dr. No (LOC)\nŁódź (RG)", "Dr. No\nŁódź\n", [("Dr. No", "LOC")]),
        (
            "xml",
            "it's <PER>Zoë</PER>, it) a|b <PER>Oslo</PER>, <PER>Kim, Lee</PER>\n\n<LOC>C++ Guild</LOC>, \n\nDone.",
            "it's Zoë, it) a|b Oslo, Kim, Lee\nC++ Guild, ",
            [("Zoë", "PER"), ("Oslo", "PER"), ("C++ Guild", "LOC")],
        ),
        (
            "lines",
            "Ø<1> (LOC)\nP. 7 (LOC)\nNew York (LOC)\nDr. No (/PER)\nOslo (ORG)",
            "東京 Ø<1> P. 7 New York, the Dr. No\n1,5 Oslo\n",
            [("Ø<1>", "LOC"), ("P. 7", "LOC"), ("New York", "LOC"), ("Oslo", "ORG")],
        ),
        ("lines", "Yahoo! (LOC)\nŁódź LOC)", "Yahoo! Łódź ", [("Yahoo!", "LOC")]),
        ("lines", "Ann Reed (ORG)\nC++ Guild (ORG])", "Ann Reed. \\n C++ Guild ", [("Ann Reed", "ORG")]),
        ("lines", "P. 7 (ORG)\nX-Ray Lab <ORG)", "[1] P. 7\nX-Ray Lab, ", [("P. 7", "ORG")]),
        ("lines", "P. 7 (PER)\nŁódź null(LOC)", "R&D 🙂 O P. 7\nŁódź. ", [("P. 7", "PER")]),
        ("lines", "Ø,<1> (ORG)\nKim, Lee (ORG)", "Ø<1> left Kim, Lee. ", [("Kim, Lee", "ORG")]),
        ("lines", "Oslo (PER)\nKim, Lee (LOC)\nŁóź (PER)", "in Oslo, Kim, Lee Łódź, ", [("Kim, Lee", "LOC")]),
        ("grouped-json", '{"PER": ["Ann", {Oslo", "Bob"]}', "Ann it's Oslo, Bob", [("Ann", "PER"), ("Bob", "PER")]),
        (
            "code",
            '[LOC(span="Kim, Lee"), {OC(span="[Kivi]"), ORG(span="Yahoo!"), PER(span="Zoë")]',
            "Kim, Lee [Kivi] it) (see Yahoo! Zoë. ",
            [("Kim, Lee", "LOC"), ("Yahoo!", "ORG"), ("Zoë", "PER")],
        ),
        # a word in a closing tag, before its slash
        (
            "xml",
            "saw left <ORG>[Kivi]<null/ORG> <ORG>Kim, Lee</ORG>",
            "saw left [Kivi] Kim, Lee ",
            [("Kim, Lee", "ORG")],
        ),
    ],
)
def test_a_damaged_mark_costs_no_other_mention(
    format: str, output: str, text: str, kept: list[tuple[str, str]]
) -> None:
    """The inputs are shortened ones of benchmarks/fuzz_decode.py: one mark is mutated, the others are kept."""
    got = found(output, text, format, ["PER"] if format == "marks" else None)

    assert set(kept) <= set(got)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("<PER>Ann</x/PER> met <ORG>Bob<b/ORG>", [("Ann", "PER"), ("Bob", "ORG")]),
        ("<Ann/PER> met <Bob/ORG>", [("Ann", "PER"), ("Bob", "ORG")]),
        ("<PER/ORG>Ann</PER/ORG> met Bob", [("Ann", "ORG"), ("Ann", "PER")]),
    ],
)
def test_a_tag_with_a_slash_inside_closes_holds_its_mention_or_names_two_labels(
    output: str, expected: list[tuple[str, str]]
) -> None:
    assert found(output, "Ann met Bob", "xml") == expected


def test_mentions_on_lines_of_their_own_are_a_list_where_the_source_has_fewer_lines() -> None:
    text = "1932年，周駿彥出任南京國民政府軍政部軍需署署長，後擢升至陸軍軍需總監，是為周駿彥職業生涯頂點。"

    listed = "<PER>周駿彥</PER>\n<ORG>南京國民政府軍政部軍需署</ORG>\n<PER>周駿彥</PER>"
    got = found(f"**Answer:**\n\n```\n{listed}\n```", text, "xml")

    assert got == [("周駿彥", "PER"), ("南京國民政府軍政部軍需署", "ORG"), ("周駿彥", "PER")]


def test_a_mention_keeps_the_word_that_its_copy_leaves_out() -> None:
    text = "So it is the the case that it is hard, as it must be."

    got = found("So it is [the case | LOC] that it is hard, as it must be.", text, "bracket")

    assert got == [("the the case", "LOC")]


@pytest.mark.parametrize(("format", "output"), [("xml", "<PER>\nAnn\n</PER>"), ("bracket", "[\nAnn\n | PER]")])
@pytest.mark.parametrize("frame", ["{}", "{}\n", "```\n{}\n```", "Here it is:\n{}"])
def test_marks_on_lines_of_their_own_are_part_of_the_copy(format: str, output: str, frame: str) -> None:
    prediction = decode(frame.replace("{}", output), "\nAnn\n", format, labels=LABELS)

    assert [tuple(entity) for entity in prediction.entities] == [(0, 5, "PER")]
