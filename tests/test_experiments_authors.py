"""Raw outputs counted as the paper's scripts count them; expected numbers by hand from their rules."""

from __future__ import annotations

import pytest

from genner.evaluation import evaluate_outputs
from genner.exceptions import DataError, UnknownNameError
from genner.experiments.authors import AUTHORS, authors_row, evaluate_authors
from genner.experiments.paper import errors_with_paper, paper_results, scores_with_paper
from genner.metrics import Case, parse_signature
from genner.types import Document

GOLD = {
    "bracket": "[Inter | ORG] beat [AC [Milan | LOC] | ORG]",
    "xml": "<ORG>Inter</ORG> beat <ORG>AC <LOC>Milan</LOC></ORG>",
    "grouped-json": '{"ORG": ["Inter", "AC Milan"], "LOC": ["Milan"]}',
    "occurrence-json": '[{"text": "Inter", "label": "ORG", "occurrence_index": 1}, '
    '{"text": "AC Milan", "label": "ORG", "occurrence_index": 1}, '
    '{"text": "Milan", "label": "LOC", "occurrence_index": 1}]',
    "offset-json": '[{"text": "Inter", "label": "ORG", "start": 0, "end": 5}, '
    '{"text": "AC Milan", "label": "ORG", "start": 11, "end": 19}, '
    '{"text": "Milan", "label": "LOC", "start": 14, "end": 19}]',
}


@pytest.mark.parametrize("format", GOLD)
def test_a_perfect_answer(format: str) -> None:
    row = authors_row(GOLD[format], GOLD[format], format, ["ORG", "LOC"])

    assert (row.tp, row.fp, row.fn) == (3, 0, 0)


@pytest.mark.parametrize(
    ("format", "output", "counts"),
    [
        ("xml", "<TEAM>Inter</TEAM> beat <ORG>AC <LOC>Milan</LOC></ORG>", (2, 0, 1)),  # no tag of the set: text
        ("bracket", "[Inter | TEAM] beat [AC [Milan | LOC] | ORG]", (2, 1, 1)),  # here it counts
        ("bracket", "[Inter | ORG] beats [AC [Milan | LOC] | ORG]", (3, 0, 0)),  # changed text: by surface
        ("bracket", "[Inter | ORG] beat [AC Milan | ORG] [Milan | LOC]", (3, 0, 0)),
        ("bracket", "Inter beat AC Milan", (0, 0, 3)),
        ("bracket", "[Inter |] beat AC Milan | ORG", (0, 0, 3)),
        ("xml", "<ORG><LOC>Inter</ORG></LOC> beat AC Milan", (1, 0, 2)),  # a closing tag drops what it crosses
        ("xml", "", (0, 0, 3)),
        ("grouped-json", '{"ORG": ["Inter", "Inter"], "LOC": "Milan"}', (1, 1, 2)),
        ("grouped-json", '{"ORG": ["Inter"]', (0, 0, 3)),  # what cannot be parsed is empty
        ("occurrence-json", '[{"text": "Inter", "label": "ORG", "occurrence_index": "one"}]', (0, 0, 3)),
        ("occurrence-json", GOLD["occurrence-json"].replace('_index": 1}]', '_index": "x"}]'), (0, 0, 3)),
        (
            "occurrence-json",
            '[{"text": "Inter", "label": "ORG", "occurrence_index": "1"}, 7, {"text": "a"}]',
            (1, 0, 2),
        ),
        ("offset-json", '[{"text": "Inter", "label": "ORG", "start": 1, "end": 5}]', (0, 1, 3)),
        ("offset-json", "NaN", (0, 0, 3)),
    ],
)
def test_their_rules_by_hand(format: str, output: str, counts: tuple[int, int, int]) -> None:
    row = authors_row(GOLD[format], output, format, ["ORG", "LOC"])

    assert (row.tp, row.fp, row.fn) == counts


def test_the_main_path_reproduces_them_and_says_so() -> None:
    """An index that is no number empties their list; genner's own score recovers it."""
    gold = [Document("Inter beat AC Milan", [(0, 5, "ORG"), (11, 19, "ORG"), (14, 19, "LOC")])]
    output = [GOLD["occurrence-json"].replace('_index": 1}]', '_index": "x"}]')]
    theirs = evaluate_outputs(gold, output, "occurrence-json", labels=["ORG", "LOC"], matching="authors")
    ours = evaluate_outputs(gold, output, "occurrence-json", labels=["ORG", "LOC"])

    assert (theirs.micro.tp, theirs.micro.fn) == (0, 3)
    assert ours.micro.tp == 3
    assert "|matching:authors|" in theirs.signature
    assert theirs.settings.format == "occurrence-json"
    assert parse_signature(theirs.signature) == theirs.settings


def test_the_gold_strings_of_the_data_are_scored_as_they_are() -> None:
    """Written again from its entities, `["a", "a"]` over `a b` would hold one entity; their script counts two."""
    answer = '{"PER": ["a", "a"]}'
    micro = evaluate_authors([answer], [answer], "grouped-json", labels=["PER"]).micro

    assert (micro.tp, micro.fp, micro.fn) == (2, 0, 0)


def test_labels_are_selected_there_too() -> None:
    gold = [Document("a b", [(0, 1, "X"), (2, 3, "Y")])]
    result = evaluate_outputs(gold, ["[a | X] [b | Y]"], "bracket", labels=["X", "Y"], matching="authors", only=["X"])

    assert (result.micro.support, result.micro.tp) == (1, 1)


@pytest.mark.parametrize(
    ("document", "format", "output", "counts"),
    [
        (Document("a b c", [(0, 3, "X"), (2, 5, "Y")]), "bracket", "[a b | X] c", (1, 0, 1)),
        (Document("a b", [(0, 1, "X"), (0, 1, "X")]), "xml", "<X>a</X> b", (1, 0, 1)),
    ],
)
def test_gold_that_a_format_cannot_express_is_missed(
    document: Document, format: str, output: str, counts: tuple[int, int, int]
) -> None:
    result = evaluate_outputs([document], [output], format, labels=["X", "Y"], matching="authors").micro

    assert (result.tp, result.fp, result.fn) == counts


@pytest.mark.parametrize("setting", [{"duplicates": "ignore"}, {"unplaced": "ignore"}, {"grounding": "exact"}])
def test_settings_that_their_scripts_do_not_have_are_refused(setting: dict[str, str]) -> None:
    with pytest.raises(DataError, match="has no effect on matching='authors'"):
        evaluate_outputs([Document("a")], ["a"], "bracket", labels=["X"], matching="authors", **setting)  # type: ignore[arg-type]


def test_what_is_missing_or_unknown_is_said() -> None:
    with pytest.raises(DataError, match="give `labels`"):
        authors_row("a", "a", "xml", [])
    with pytest.raises(UnknownNameError, match="did you mean 'bracket'"):
        authors_row("a", "a", "brackets", [])


def test_hostile_brackets_take_linear_time() -> None:
    row = authors_row("x", "[|" * 200_000, "bracket", ["A"])

    assert row.predicted == 0


def test_the_figures_of_the_paper() -> None:
    """Every model row has the F1 of its precision and recall; the average row is that of the eight models."""
    table = paper_results()["table_3"]
    models = [row for row in table if row["group"] == "llm"]
    for row in models:
        for scores in row["scores"].values():
            p, r = scores["precision"], scores["recall"]
            if row["model"] != "Average":
                assert scores["f1"] == pytest.approx(2 * p * r / (p + r), abs=0.02)
    for average in (row for row in models if row["model"] == "Average"):
        same = [row for row in models if row["format"] == average["format"] and row["model"] != "Average"]
        for name, scores in average["scores"].items():
            assert scores["f1"] == pytest.approx(sum(row["scores"][name]["f1"] for row in same) / 8, abs=0.02)


def test_a_system_beside_the_paper() -> None:
    gold = [Document("Inter beat AC Milan", [(0, 5, "ORG")])]
    result = evaluate_outputs(gold, ["[Inter | ORG] beat AC Milan"], "bracket", labels="conll2003")
    table = scores_with_paper({"mine": result}, "conll2003", format="bracket")

    assert [cells[:2] for cells in table.rows[:2]] == [("mine", "here"), ("LLaMA3.1-8B (bracket)", "Table 3")]
    assert table.rows[1][2:] == pytest.approx((0.9350, 0.9421, 0.9385))
    assert "\\textbf{100.00}" in table.to_latex()
    assert errors_with_paper({"mine": result.errors}).rows[3][2:] == pytest.approx((0.29, 0.382))
    assert len(scores_with_paper({}, "conll2003-so").rows) == 9
    with pytest.raises(UnknownNameError, match="did you mean 'conll2003'"):
        scores_with_paper({}, "conll2033")


def test_a_matching_of_raw_outputs_pairs_no_entities() -> None:
    """It counts what was written, so that documents alone cannot be scored by it."""
    with pytest.raises(DataError, match="counts raw outputs: give them to `evaluate_outputs`"):
        AUTHORS.match(Case("a", [], []))
